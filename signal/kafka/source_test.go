package kafka_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/headstart-scaler/headstart/signal"
)

func TestReadCountsLagRatesAndPartitions(t *testing.T) {
	f := newFixture(t, kfake.NumBrokers(3), kfake.SeedTopics(4, "orders", "refunds"))
	f.produce("orders", 0, 10)
	f.produce("orders", 1, 20)
	f.produce("refunds", 3, 5)
	f.commit("billing", "orders", 0, 4)
	f.commit("billing", "orders", 1, 20)
	q := group("billing", "orders,refunds")

	b := f.wantLag(f.read(q), 6+0+5)
	if b.Partitions != 8 || b.PartitionsWithLag != 2 || b.Rated || b.Members != 0 {
		t.Fatalf("first reading: %+v", b)
	}
	f.produce("orders", 0, 50)
	f.commit("billing", "orders", 0, 34)
	b = f.wantLag(f.read(q), 26+0+5)
	if !b.Rated || b.Arrival != 10 || b.Consumption != 6 {
		t.Fatalf("50 arrived and 30 consumed in 5 s: %+v", b)
	}
}

func TestAThousandGroupsCostAHandfulOfRequests(t *testing.T) {
	const groups, topics, brokers = 1000, 40, 3
	names := make([]string, topics)
	for i := range names {
		names[i] = fmt.Sprintf("t%02d", i)
	}
	f := newFixture(t, kfake.NumBrokers(brokers), kfake.SeedTopics(3, names...))
	for _, name := range names {
		f.produce(name, 1, 7)
	}
	var queries []signal.Query
	for i := range groups {
		queries = append(queries, group(fmt.Sprintf("g%03d", i), strings.Join(names[i%30:i%30+10], ",")))
	}
	for _, r := range f.readAll(queries...) {
		f.wantLag(r, 70)
	}
	first := f.source.Requests()
	for _, r := range f.readAll(queries...) {
		f.wantLag(r, 70)
	}
	tick := f.source.Requests() - first
	t.Logf("%d groups on %d topics and %d brokers: %d requests for the first read, %d for the next", groups, topics, brokers, first, tick)
	if want := uint64(brokers + 2*brokers + 2*brokers); tick > want {
		t.Fatalf("a tick took %d requests, want at most %d: an OffsetFetch, two ListOffsets and two for members per broker", tick, want)
	}
	if first > 30 {
		t.Fatalf("the first read took %d requests", first)
	}
}
