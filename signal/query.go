package signal

import (
	"fmt"
	"strings"
)

// Query names one thing to measure at a source. Its implementations,
// Expression and ConsumerGroup, are comparable, so that equal queries of
// different workloads are recognised and sent once.
type Query interface {
	// String names the query as its author would recognise it.
	String() string
	query()
}

// Expression is an instant query in PromQL that yields one number.
type Expression struct {
	PromQL string
}

func (Expression) query() {}

// String returns the PromQL text.
func (e Expression) String() string { return e.PromQL }

// ConsumerGroup asks for the backlog of a Kafka consumer group.
type ConsumerGroup struct {
	Group string
	// Topics is the comma-joined, sorted list of topics; empty with an empty
	// Pattern means every topic the group has committed offsets for.
	Topics string
	// Pattern is an RE2 expression a topic's whole name has to match.
	Pattern string
	// Partitions is KEDA's partitionLimitation, normalised ("0-3,7"); empty
	// means all.
	Partitions string
	// OffsetReset says where a group that never committed, or committed beyond
	// the log's end, starts reading.
	OffsetReset OffsetReset
	// ExcludePersistentLag leaves out partitions whose committed offset stood
	// still for a minute while they had lag, the group had live members and
	// others' commits went forward: nobody consumes them, and replicas would
	// not help. When nothing in the group moves, nothing is left out: it hangs
	// or commits rarely, and its backlog is real.
	ExcludePersistentLag bool
}

func (ConsumerGroup) query() {}

// String names the group and its topics.
func (g ConsumerGroup) String() string {
	switch {
	case g.Pattern != "":
		return fmt.Sprintf("consumer group %s on topics matching %s", g.Group, g.Pattern)
	case g.Topics != "":
		return fmt.Sprintf("consumer group %s on %s", g.Group, strings.ReplaceAll(g.Topics, ",", ", "))
	default:
		return fmt.Sprintf("consumer group %s on every topic it committed to", g.Group)
	}
}

// OffsetReset is the consumer's auto.offset.reset.
type OffsetReset string

// Where a consumer without a committed offset starts. Names are Kafka's.
const (
	Latest   OffsetReset = "latest"
	Earliest OffsetReset = "earliest"
)
