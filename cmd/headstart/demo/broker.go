package demo

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	depositsTopic      = "deposits"
	depositsGroup      = "deposits"
	depositsPartitions = 24
	depositsPerSecond  = 25 // what one consumer gets through
)

// broker is an embedded Kafka-protocol broker with one topic.
type broker struct {
	cluster *kfake.Cluster
}

func startBroker() (*broker, error) {
	cluster, err := kfake.NewCluster(
		kfake.NumBrokers(1),
		kfake.SeedTopics(depositsPartitions, depositsTopic),
		kfake.BrokerConfigs(map[string]string{"group.initial.rebalance.delay.ms": "500"}),
	)
	if err != nil {
		return nil, fmt.Errorf("start the embedded broker: %w", err)
	}
	return &broker{cluster: cluster}, nil
}

func (b *broker) addresses() []string { return b.cluster.ListenAddrs() }

func (b *broker) close() { b.cluster.Close() }

// produce writes deposits as the wave has them until ctx ends.
func (b *broker) produce(ctx context.Context, w wave) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(b.addresses()...), kgo.DefaultProduceTopic(depositsTopic),
		kgo.ProducerLinger(10*time.Millisecond), kgo.RecordPartitioner(kgo.RoundRobinPartitioner()))
	if err != nil {
		return fmt.Errorf("start the producer: %w", err)
	}
	defer client.Close()
	const beat = 100 * time.Millisecond
	start, sequence, owed := time.Now(), 0, 0.0
	for ticker := time.NewTicker(beat); ; {
		select {
		case <-ctx.Done():
			ticker.Stop()
			return nil
		case <-ticker.C:
		}
		owed += w.at(time.Since(start)) * beat.Seconds()
		for ; owed >= 1; owed-- {
			sequence++
			client.Produce(ctx, &kgo.Record{Value: strconv.AppendInt(nil, int64(sequence), 10)}, nil)
		}
	}
}

// consumers is a real consumer group whose size follows the replicas that are
// ready.
type consumers struct {
	brokers []string
	log     *slog.Logger

	mu      sync.Mutex
	members []context.CancelFunc
	running sync.WaitGroup
}

// resize starts or stops members until there are n. It returns at once.
func (c *consumers) resize(ctx context.Context, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.members) < n {
		member, leave := context.WithCancel(ctx)
		c.members = append(c.members, leave)
		c.running.Go(func() { c.consume(member) })
	}
	for len(c.members) > n {
		last := len(c.members) - 1
		c.members[last]()
		c.members = c.members[:last]
	}
}

func (c *consumers) wait() { c.running.Wait() }

// consume works off what its partitions hold, as fast as one replica can.
func (c *consumers) consume(ctx context.Context) {
	client, err := kgo.NewClient(kgo.SeedBrokers(c.brokers...), kgo.ConsumerGroup(depositsGroup),
		kgo.ConsumeTopics(depositsTopic), kgo.DisableAutoCommit(),
		kgo.Balancers(kgo.CooperativeStickyBalancer()),
		kgo.HeartbeatInterval(500*time.Millisecond), kgo.SessionTimeout(10*time.Second))
	if err != nil {
		c.log.Error("start a consumer", "error", err)
		return
	}
	defer client.Close()
	const beat = 200 * time.Millisecond
	for ticker := time.NewTicker(beat); ; {
		select {
		case <-ctx.Done():
			ticker.Stop()
			return
		case <-ticker.C:
		}
		poll, cancel := context.WithTimeout(ctx, beat)
		fetched := client.PollRecords(poll, depositsPerSecond/5)
		cancel()
		if fetched.NumRecords() == 0 {
			continue
		}
		if err := client.CommitRecords(ctx, fetched.Records()...); err != nil && ctx.Err() == nil {
			c.log.Debug("commit deposits", "error", err)
		}
	}
}
