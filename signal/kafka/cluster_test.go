package kafka_test

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"
	"go.uber.org/goleak"

	"github.com/headstart-scaler/headstart/signal"
	"github.com/headstart-scaler/headstart/signal/kafka"
)

// patience is far more than anything here takes; it only ends hung tests.
const patience = 20 * time.Second

// theirs are goroutines of the embedded broker that outlive its Close a little.
var theirs = []goleak.Option{
	goleak.IgnoreAnyFunction("github.com/twmb/franz-go/pkg/kfake.(*clientConn).read"),
	goleak.IgnoreAnyFunction("github.com/twmb/franz-go/pkg/kfake.(*clientConn).read.func1"),
	goleak.IgnoreAnyFunction("github.com/twmb/franz-go/pkg/kfake.(*clientConn).write"),
}

// clock is a time of day that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// fixture is a cluster, a client that plays producer and consumers, and a
// source reading it.
type fixture struct {
	*testing.T
	cluster *kfake.Cluster
	client  *kgo.Client
	clock   *clock
	source  *kafka.Source
}

func newFixture(t *testing.T, opts ...kfake.Opt) *fixture {
	t.Helper()
	// Registered first, so that it runs last.
	t.Cleanup(func() { goleak.VerifyNone(t, theirs...) })
	cluster, err := kfake.NewCluster(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.MaxVersions(kversion.V3_6_0())) // later OffsetCommits name topics by id
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	f := &fixture{T: t, cluster: cluster, client: client, clock: newClock()}
	f.source = f.open(func(*kafka.Config) {})
	return f
}

// open returns another source of the same cluster.
func (f *fixture) open(change func(*kafka.Config)) *kafka.Source {
	f.Helper()
	conf := kafka.Config{Brokers: f.cluster.ListenAddrs(), Now: f.clock.Now, Logger: slog.New(slog.DiscardHandler)}
	change(&conf)
	s, err := kafka.New(conf)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = s.Close() })
	return s
}

func (f *fixture) ctx() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	f.Cleanup(cancel)
	return ctx
}

func (f *fixture) produce(topic string, partition int32, n int) {
	f.Helper()
	records := make([]*kgo.Record, n)
	for i := range records {
		records[i] = &kgo.Record{Topic: topic, Partition: partition, Value: []byte("x")}
	}
	if err := f.client.ProduceSync(f.ctx(), records...).FirstErr(); err != nil {
		f.Fatal(err)
	}
}

func (f *fixture) commit(group, topic string, partition int32, offset int64) {
	f.Helper()
	r := kmsg.NewPtrOffsetCommitRequest()
	r.Group = group
	x := kmsg.NewOffsetCommitRequestTopic()
	x.Topic = topic
	p := kmsg.NewOffsetCommitRequestTopicPartition()
	p.Partition, p.Offset = partition, offset
	x.Partitions = append(x.Partitions, p)
	r.Topics = append(r.Topics, x)
	answer, err := r.RequestWith(f.ctx(), f.client)
	if err != nil {
		f.Fatal(err)
	}
	if code := answer.Topics[0].Partitions[0].ErrorCode; code != 0 {
		f.Fatalf("commit of %s to %s/%d: code %d", group, topic, partition, code)
	}
}

// read asks one query, a tick after the last one.
func (f *fixture) read(q signal.Query) signal.Reading {
	f.Helper()
	return f.readAll(q)[0]
}

func (f *fixture) readAll(qs ...signal.Query) []signal.Reading {
	f.Helper()
	f.clock.forward(5 * time.Second)
	return f.source.Read(f.ctx(), qs)
}

func (f *fixture) wantLag(r signal.Reading, messages int64) *signal.GroupBacklog {
	f.Helper()
	if !r.OK() {
		f.Fatalf("reading is %s: %s", r.Condition, r.Reason)
	}
	if r.Group == nil || r.Value != float64(messages) || r.Group.Messages != messages {
		f.Fatalf("value %v, group %+v; want %d messages", r.Value, r.Group, messages)
	}
	return r.Group
}

func (f *fixture) wantBad(r signal.Reading, c signal.Condition, words ...string) {
	f.Helper()
	if r.Condition != c {
		f.Fatalf("reading is %s (value %v, %q); want %s", r.Condition, r.Value, r.Reason, c)
	}
	for _, w := range words {
		if !strings.Contains(r.Reason, w) {
			f.Fatalf("reason %q does not say %q", r.Reason, w)
		}
	}
}

func group(name, topics string) signal.ConsumerGroup {
	return signal.ConsumerGroup{Group: name, Topics: topics, OffsetReset: signal.Earliest}
}

func wantNote(t *testing.T, b *signal.GroupBacklog, words ...string) {
	t.Helper()
	for _, note := range b.Notes {
		found := true
		for _, w := range words {
			found = found && strings.Contains(note, w)
		}
		if found {
			return
		}
	}
	t.Fatalf("no note with %q in %q", words, b.Notes)
}
