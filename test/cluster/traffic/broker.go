package traffic

import (
	"context"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kversion"

	"github.com/headstart-scaler/headstart/test/rig"
)

// Broker is a Kafka cluster of one broker with the traffic of a scenario. Its
// own producers and consumers reach it as everybody does: while it is Down
// they do not.
type Broker struct {
	t       testing.TB
	door    *door
	client  *kgo.Client // of the scenario itself: producer and admin
	admin   *kadm.Client
	ctx     context.Context // ends what runs beside the test
	running sync.WaitGroup

	mu     sync.Mutex
	topics map[string]*topic
	crews  []*crew
}

// StartBroker starts a broker on a free loopback port, without topics.
func StartBroker(t testing.TB) *Broker {
	t.Helper()
	d, err := newDoor()
	if err != nil {
		t.Fatalf("start the broker: %v", err)
	}
	cluster, err := kfake.NewCluster(
		kfake.NumBrokers(1),
		kfake.ListenFn(func(string, string) (net.Listener, error) { return d, nil }),
		// As brokers do, members that join together cause one rebalance.
		kfake.BrokerConfigs(map[string]string{"group.initial.rebalance.delay.ms": "500"}),
	)
	if err != nil {
		_ = d.Close() // nobody came
		t.Fatalf("start the broker: %v", err)
	}
	t.Cleanup(cluster.Close)
	client, err := kgo.NewClient(clientOptions(d, kgo.RequestRetries(2))...)
	if err != nil {
		t.Fatalf("start the broker's client: %v", err)
	}
	t.Cleanup(client.Close)
	ctx, stop := context.WithCancel(t.Context())
	b := &Broker{t: t, door: d, client: client, admin: kadm.NewClient(client), ctx: ctx, topics: map[string]*topic{}}
	t.Cleanup(func() {
		stop()
		b.running.Wait()
	})
	return b
}

// clientOptions are those of all clients here. Later versions than these name
// topics by id, which raw requests would have to look up.
func clientOptions(d *door, more ...kgo.Opt) []kgo.Opt {
	return append(more, kgo.SeedBrokers(d.address.String()), kgo.MaxVersions(kversion.V3_6_0()))
}

// Addresses are the broker's, HOST:PORT, as a client is configured with.
func (b *Broker) Addresses() []string { return []string{b.door.address.String()} }

// CreateTopic creates an empty topic.
func (b *Broker) CreateTopic(name string, partitions int) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if _, err := b.admin.CreateTopic(ctx, int32(partitions), 1, nil, name); err != nil {
		b.t.Fatalf("create topic %s: %v", name, err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.topics[name] = &topic{broker: b, name: name, written: make([]int64, partitions)}
}

// topic finds a topic of CreateTopic.
func (b *Broker) topic(name string) *topic {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	found, ok := b.topics[name]
	if !ok {
		b.t.Fatalf("there is no topic %s: call CreateTopic first", name)
	}
	return found
}

// Down ends every connection and refuses new ones. Whatever the broker holds
// stays: offsets, commits, and members until their sessions time out.
func (b *Broker) Down() { b.door.shut() }

// Up lets clients in again, on the same port, and returns when the broker
// answers.
func (b *Broker) Up() {
	b.t.Helper()
	rig.Eventually(b.t, patience, func() error {
		if err := b.door.open(); err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(b.ctx, time.Second)
		defer cancel()
		if err := b.client.Ping(ctx); err != nil {
			return fmt.Errorf("ask the broker: %w", err)
		}
		return nil
	})
}
