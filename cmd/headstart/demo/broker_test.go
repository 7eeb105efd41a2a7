package demo

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/signal"
	"github.com/headstart-scaler/headstart/signal/kafka"
)

// The embedded broker, its producer and its consumer group are real enough
// for the real adapter: what is produced arrives, what is consumed is
// committed.
func TestBrokerCarriesTheDeposits(t *testing.T) {
	b, err := startBroker()
	if err != nil {
		t.Fatal(err)
	}
	defer b.close()
	ctx, cancel := context.WithCancel(context.Background())
	group := &consumers{brokers: b.addresses(), log: slog.New(slog.DiscardHandler)}
	defer group.wait()
	defer cancel()
	produced := make(chan error, 1)
	go func() { produced <- b.produce(ctx, wave{calm: 60, peak: 60, every: time.Hour}) }()
	group.resize(ctx, 3)

	source, err := kafka.New(kafka.Config{Brokers: b.addresses(), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	query := signal.ConsumerGroup{Group: depositsGroup, Topics: depositsTopic, OffsetReset: signal.Earliest}
	deadline := time.Now().Add(60 * time.Second)
	for {
		reading := source.Read(ctx, []signal.Query{query})[0]
		if g := reading.Group; g != nil && g.Rated && g.Consumption > 40 && g.Arrival > 40 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("after a minute: %+v, group %+v", reading, reading.Group)
		}
		time.Sleep(500 * time.Millisecond)
	}
}
