package harness

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/headstart-scaler/headstart/test/rig"
)

// Kafka is one real broker in KRaft's combined mode, with its data in a folder
// of the test's.
type Kafka struct {
	t       testing.TB
	Address string // HOST:PORT, the same after a restart

	classPath, config, logging string
	process                    *rig.Process
	client                     *kafka.Client
}

// StartKafka fetches the broker if need be, formats its storage, starts it and
// returns when it answers. It needs Java 17 and, the first time, Maven.
func StartKafka(t testing.TB) *Kafka {
	t.Helper()
	real := filepath.Join(must(t, rig.Root), "test", "real")
	folder, err := rig.Run(t.Context(), real, filepath.Join(real, "fetch-kafka.sh"))
	if err != nil {
		t.Fatalf("fetch Kafka: %v", err)
	}
	k := &Kafka{
		t: t, Address: must(t, rig.FreeAddress),
		classPath: filepath.Join(strings.TrimSpace(string(folder)), "*"),
		logging:   filepath.Join(real, "log4j2.properties"),
	}
	k.client = &kafka.Client{Addr: kafka.TCP(k.Address), Timeout: 10 * time.Second}
	k.format()
	k.Start()
	return k
}

func (k *Kafka) format() {
	k.t.Helper()
	dir := k.t.TempDir()
	k.config = filepath.Join(dir, "server.properties")
	controller := must(k.t, rig.FreeAddress)
	properties := fmt.Sprintf(`process.roles=broker,controller
node.id=1
controller.quorum.voters=1@%[2]s
listeners=PLAINTEXT://%[1]s,CONTROLLER://%[2]s
advertised.listeners=PLAINTEXT://%[1]s
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs=%[3]s
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
auto.create.topics.enable=false
log.cleaner.enable=false
`, k.Address, controller, filepath.Join(dir, "data"))
	if err := os.WriteFile(k.config, []byte(properties), 0o600); err != nil {
		k.t.Fatalf("write Kafka's configuration: %v", err)
	}
	args := append(k.java(), "kafka.tools.StorageTool", "format", "--cluster-id", "aGVhZHN0YXJ0LXRlc3QtMQ", "--config", k.config)
	if out, err := rig.Run(k.t.Context(), dir, program(k.t, "java", "install a Java 17 runtime"), args...); err != nil {
		k.t.Fatalf("format Kafka's storage: %v\n%s", err, out)
	}
}

func (k *Kafka) java() []string {
	return []string{"-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dlog4j2.configurationFile=" + k.logging, "-cp", k.classPath}
}

// Start starts the broker on the data it has, and returns when it answers.
func (k *Kafka) Start() {
	k.t.Helper()
	k.process = rig.Beside(k.t, rig.Command{
		Name: "kafka", Path: program(k.t, "java", "install a Java 17 runtime"),
		Args: append(k.java(), "kafka.Kafka", k.config),
	})
	await(k.t, k.process, 2*time.Minute, func(ctx context.Context) error {
		// A client keeps what it learnt of a broker that has gone.
		k.client = &kafka.Client{Addr: kafka.TCP(k.Address), Timeout: 10 * time.Second, Transport: &kafka.Transport{DialTimeout: time.Second}}
		m, err := k.client.Metadata(ctx, &kafka.MetadataRequest{})
		if err == nil && len(m.Brokers) == 0 {
			err = errors.New("no broker in the metadata yet")
		}
		return err
	})
}

// Kill kills the broker as a lost machine would: at once, its data left as it
// is.
func (k *Kafka) Kill() { k.process.Kill() }

// CreateTopic creates a topic and returns when it can be written.
func (k *Kafka) CreateTopic(topic string, partitions int) {
	k.t.Helper()
	answer, err := k.client.CreateTopics(k.t.Context(), &kafka.CreateTopicsRequest{
		Topics: []kafka.TopicConfig{{Topic: topic, NumPartitions: partitions, ReplicationFactor: 1}},
	})
	if err == nil {
		err = answer.Errors[topic]
	}
	if err != nil {
		k.t.Fatalf("create topic %s: %v", topic, err)
	}
	rig.Eventually(k.t, 30*time.Second, func() error {
		ends, err := k.ends(topic) // of every partition, so each has a leader that serves
		if err == nil && len(ends) != partitions {
			err = fmt.Errorf("topic %s has %d partitions so far", topic, len(ends))
		}
		return err
	})
}

// Produce writes n messages, as many to each partition as to any other but
// for one.
func (k *Kafka) Produce(topic string, n int) {
	k.t.Helper()
	w := &kafka.Writer{
		Addr: kafka.TCP(k.Address), Topic: topic, Balancer: &kafka.RoundRobin{},
		BatchSize: 5000, BatchTimeout: 20 * time.Millisecond, RequiredAcks: kafka.RequireAll,
	}
	defer func() { _ = w.Close() }() // WriteMessages has told of every error
	for sent := 0; sent < n; {
		batch := make([]kafka.Message, min(5000, n-sent))
		for i := range batch {
			batch[i].Value = []byte("deposit")
		}
		if err := w.WriteMessages(k.t.Context(), batch...); err != nil {
			k.t.Fatalf("produce to %s: %v", topic, err)
		}
		sent += len(batch)
	}
}

// Commit sets a group's committed offset of every partition of the topic, as
// consumers that are gone would have left it. Offsets beyond the end are cut
// to it.
func (k *Kafka) Commit(group, topic string, offset int64) {
	k.t.Helper()
	ends, err := k.ends(topic)
	if err != nil {
		k.t.Fatal(err)
	}
	commits := make([]kafka.OffsetCommit, 0, len(ends))
	for partition, end := range ends {
		commits = append(commits, kafka.OffsetCommit{Partition: partition, Offset: min(offset, end)})
	}
	rig.Eventually(k.t, 30*time.Second, func() error { // the coordinator's topic is created at first use
		answer, err := k.client.OffsetCommit(k.t.Context(), &kafka.OffsetCommitRequest{
			GroupID: group, GenerationID: -1, Topics: map[string][]kafka.OffsetCommit{topic: commits},
		})
		if err != nil {
			return err
		}
		for _, p := range answer.Topics[topic] {
			if p.Error != nil {
				return fmt.Errorf("commit %s of %s-%d: %w", group, topic, p.Partition, p.Error)
			}
		}
		return nil
	})
}

// ends returns the log end offset of each partition.
func (k *Kafka) ends(topic string) (map[int]int64, error) {
	m, err := k.client.Metadata(k.t.Context(), &kafka.MetadataRequest{Topics: []string{topic}})
	if err != nil {
		return nil, fmt.Errorf("look up the partitions of %s: %w", topic, err)
	}
	ask := &kafka.ListOffsetsRequest{Topics: map[string][]kafka.OffsetRequest{}}
	for _, t := range m.Topics {
		for _, p := range t.Partitions {
			ask.Topics[topic] = append(ask.Topics[topic], kafka.LastOffsetOf(p.ID))
		}
	}
	answer, err := k.client.ListOffsets(k.t.Context(), ask)
	if err != nil {
		return nil, fmt.Errorf("list the offsets of %s: %w", topic, err)
	}
	ends := map[int]int64{}
	for _, p := range answer.Topics[topic] {
		if p.Error != nil {
			return nil, fmt.Errorf("list the offsets of %s-%d: %w", topic, p.Partition, p.Error)
		}
		ends[p.Partition] = p.LastOffset
	}
	return ends, nil
}
