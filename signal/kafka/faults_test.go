package kafka_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/headstart-scaler/headstart/signal"
)

func TestOneBadQuerySpoilsNoOther(t *testing.T) {
	f := newFixture(t, kfake.NumBrokers(2), kfake.SeedTopics(2, "orders"))
	f.produce("orders", 0, 3)
	f.cluster.Fault(
		kfake.Fault{Keys: []kmsg.Key{kmsg.OffsetFetch}, Group: "secret", Err: kerr.GroupAuthorizationFailed, Count: -1},
		kfake.Fault{Keys: []kmsg.Key{kmsg.OffsetFetch}, Group: "loading", Err: kerr.CoordinatorLoadInProgress, Count: -1},
		kfake.Fault{Keys: []kmsg.Key{kmsg.FindCoordinator}, Group: "hidden", Err: kerr.GroupAuthorizationFailed, Count: -1},
		kfake.Fault{Keys: []kmsg.Key{kmsg.FindCoordinator}, Group: "orphan", Err: kerr.CoordinatorNotAvailable, Count: -1},
	)
	limited := group("g", "orders")
	limited.Partitions = "5"
	pattern := group("g", "")
	pattern.Pattern = "nothing.*"
	broken := group("g", "")
	broken.Pattern = "("
	r := f.readAll(
		group("good", "orders"),
		group("good", "nosuch"),
		group("secret", "orders"),
		group("loading", "orders"),
		group("hidden", "orders"),
		group("orphan", "orders"),
		limited, pattern, broken,
		group("never-seen", ""),
		signal.Expression{PromQL: "up"},
		group("", "orders"),
	)
	f.wantLag(r[0], 3)
	f.wantBad(r[1], signal.Refused, "nosuch", "does not exist")
	f.wantBad(r[2], signal.Refused, "secret", "grant DESCRIBE on the group")
	f.wantBad(r[3], signal.Unreachable, "loading", "passes by itself")
	f.wantBad(r[4], signal.Refused, "hidden", "grant DESCRIBE on the group")
	f.wantBad(r[5], signal.Unreachable, "orphan", "no coordinator")
	f.wantBad(r[6], signal.Empty, "partition")
	f.wantBad(r[7], signal.Empty, "matches the pattern")
	f.wantBad(r[8], signal.Refused, "pattern")
	f.wantBad(r[9], signal.Empty, "committed no offset")
	f.wantBad(r[10], signal.Refused, "consumer groups only")
	f.wantBad(r[11], signal.Refused, "set consumerGroup")
}

func TestUnauthorisedTopicIsRefusedAndNotLeftOut(t *testing.T) {
	f := newFixture(t, kfake.SeedTopics(1, "orders-eu", "orders-us"))
	f.produce("orders-eu", 0, 3)
	f.produce("orders-us", 0, 4)
	f.commit("g", "orders-eu", 0, 0)
	pattern := group("g", "")
	pattern.Pattern = "orders-.*"
	f.wantLag(f.read(pattern), 7)
	for _, key := range []kmsg.Key{kmsg.OffsetFetch, kmsg.ListOffsets} {
		h := f.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{key}, Topic: "orders-us", Err: kerr.TopicAuthorizationFailed, Count: -1})
		f.wantBad(f.read(pattern), signal.Refused, "orders-us", "grant DESCRIBE on the topic")
		h.Remove()
		f.wantLag(f.read(pattern), 7)
	}
}

func TestMovesAreFollowedWithinARead(t *testing.T) {
	f := newFixture(t, kfake.NumBrokers(3), kfake.SeedTopics(3, "orders"))
	for p := range int32(3) {
		f.produce("orders", p, 10)
	}
	f.commit("g", "orders", 0, 4)
	q := group("g", "orders")
	f.wantLag(f.read(q), 26)
	for node := range int32(3) {
		for p := range int32(3) {
			if err := f.cluster.MoveTopicPartition("orders", p, node); err != nil {
				t.Fatal(err)
			}
		}
		f.cluster.RehashCoordinators()
		b := f.wantLag(f.read(q), 26)
		if !b.Rated || len(b.Notes) != 1 {
			t.Fatalf("after a move to broker %d: %+v", node, b)
		}
	}
}

func TestRemovedBrokerIsFollowed(t *testing.T) {
	f := newFixture(t, kfake.NumBrokers(3), kfake.SeedTopics(6, "orders"))
	for p := range int32(6) {
		f.produce("orders", p, 10)
	}
	q := group("g", "orders")
	f.wantLag(f.read(q), 60)
	if err := f.cluster.RemoveNode(f.cluster.LeaderFor("orders", 0)); err != nil {
		t.Fatal(err)
	}
	f.wantLag(f.read(q), 60)
}

func TestPartitionWithoutLeaderIsHeldThenNamed(t *testing.T) {
	f := newFixture(t, kfake.SeedTopics(3, "orders"))
	for p := range int32(3) {
		f.produce("orders", p, 10)
	}
	q := group("g", "orders")
	f.wantLag(f.read(q), 30)
	f.wantLag(f.read(q), 30)
	h := f.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.ListOffsets}, Topic: "orders", Partitions: []int32{1}, Err: kerr.NotLeaderForPartition, Count: -1})
	f.produce("orders", 0, 5)
	b := f.wantLag(f.read(q), 35)
	if !b.Rated || b.Partitions != 3 {
		t.Fatalf("while a leader moves: %+v", b)
	}
	f.clock.forward(30 * time.Second)
	f.wantBad(f.read(q), signal.Unreachable, "orders/1", "does not lead")
	h.Remove()
	f.wantLag(f.read(q), 35)
}

func TestStoppedClusterIsUnreachableAndComesBack(t *testing.T) {
	f := newFixture(t, kfake.NumBrokers(2), kfake.SeedTopics(2, "orders"))
	f.produce("orders", 0, 10)
	q := group("g", "orders")
	f.wantLag(f.read(q), 10)
	addresses := f.cluster.ListenAddrs()
	f.cluster.Close()
	f.wantBad(f.read(q), signal.Unreachable, addresses[0][:10])
	f.wantBad(f.read(q), signal.Unreachable, "refuses connections")

	var ports []int
	for _, a := range addresses {
		port, err := strconv.Atoi(a[strings.LastIndex(a, ":")+1:])
		if err != nil {
			t.Fatal(err)
		}
		ports = append(ports, port)
	}
	again, err := kfake.NewCluster(kfake.NumBrokers(2), kfake.Ports(ports...), kfake.SeedTopics(2, "orders"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(again.Close)
	wantNote(t, f.wantLag(f.read(q), 0), "recreated", "orders/0 (10 → 0)")
}

func TestRetentionAndRecreationAreNoted(t *testing.T) {
	f := newFixture(t, kfake.SeedTopics(1, "orders"))
	f.produce("orders", 0, 100)
	f.commit("g", "orders", 0, 10)
	q := group("g", "orders")
	f.wantLag(f.read(q), 90)
	if err := f.cluster.DeleteRecords("orders", 0, 70); err != nil {
		t.Fatal(err)
	}
	b := f.wantLag(f.read(q), 30)
	wantNote(t, b, "retention deleted messages", "orders/0 (60)")
	f.produce("orders", 0, 50)
	if b = f.wantLag(f.read(q), 80); !b.Rated || b.Arrival != 10 {
		t.Fatalf("50 arrived in 5 s: %+v", b)
	}

	if err := f.cluster.DeleteTopic("orders"); err != nil {
		t.Fatal(err)
	}
	f.wantBad(f.read(q), signal.Refused, "orders", "does not exist")
	f.client.PurgeTopicsFromClient("orders") // it would produce to the old topic's id
	if err := f.cluster.CreateTopic("orders", 1, nil); err != nil {
		t.Fatal(err)
	}
	f.produce("orders", 0, 7)
	f.clock.forward(30 * time.Second)
	b = f.wantLag(f.read(q), 7)
	wantNote(t, b, "recreated", "orders/0 (150 → 7)")
	wantNote(t, b, "last rate is held", "orders/0 (10/s")
	if !b.Rated || b.Arrival != 10 {
		t.Fatalf("the rate is not held across a recreated topic: %+v", b)
	}
}

func TestPatternTakesNewTopicsAndLosesDeletedOnes(t *testing.T) {
	f := newFixture(t, kfake.SeedTopics(2, "orders-eu"), kfake.SeedTopics(1, "other", "my-orders-x"))
	f.produce("orders-eu", 0, 3)
	f.produce("my-orders-x", 0, 100)
	q := group("g", "")
	q.Pattern = "orders-.*"
	f.wantLag(f.read(q), 3)
	if err := f.cluster.CreateTopic("orders-us", 1, nil); err != nil {
		t.Fatal(err)
	}
	f.produce("orders-us", 0, 4)
	f.clock.forward(30 * time.Second)
	f.wantLag(f.read(q), 7)
	if err := f.cluster.DeleteTopic("orders-us"); err != nil {
		t.Fatal(err)
	}
	wantNote(t, f.wantLag(f.read(q), 3), "no longer among", "orders-us/0")
}

func TestOpenQueryTakesEveryTopicCommittedTo(t *testing.T) {
	f := newFixture(t, kfake.NumBrokers(2), kfake.SeedTopics(2, "a", "b", "c"))
	f.produce("a", 0, 10)
	f.produce("b", 1, 10)
	f.produce("c", 0, 10)
	f.commit("g", "a", 0, 4)
	f.commit("g", "b", 0, 0)
	open, named := group("g", ""), group("g", "c")
	r := f.readAll(open, named)
	if b := f.wantLag(r[0], 6+10); b.Partitions != 4 {
		t.Fatalf("partitions of a and b: %+v", b)
	}
	f.wantLag(r[1], 10)
	f.commit("g", "c", 0, 9)
	r = f.readAll(open, named)
	f.wantLag(r[0], 6+10+1)
	f.wantLag(r[1], 1)
}

func TestLatestCountsFromTheFirstReading(t *testing.T) {
	f := newFixture(t, kfake.SeedTopics(1, "orders"))
	f.produce("orders", 0, 100)
	q := group("g", "orders")
	q.OffsetReset = signal.Latest
	f.wantLag(f.read(q), 0)
	f.produce("orders", 0, 8)
	wantNote(t, f.wantLag(f.read(q), 8), "never committed", "orders/0 (from 100)")
	f.commit("g", "orders", 0, 106)
	f.wantLag(f.read(q), 2)
}

func TestCommitsBeyondTheEndAreInvalidUntilSettled(t *testing.T) {
	f := newFixture(t, kfake.SeedTopics(2, "orders"))
	f.produce("orders", 0, 10)
	f.produce("orders", 1, 10)
	f.commit("g", "orders", 0, 50)
	earliest := group("g", "orders")
	latest := earliest
	latest.OffsetReset = signal.Latest
	for _, r := range f.readAll(earliest, latest) {
		f.wantBad(r, signal.Invalid, "orders/0 (50 > 10)", "reset the group's offsets")
	}
	r := f.readAll(earliest, latest)
	wantNote(t, f.wantLag(r[0], 10+10), "beyond the log end", "counted from the log start", "orders/0 (50 > 10)")
	f.wantBad(r[1], signal.Invalid, "orders/0 (50 > 10)")
	f.commit("g", "orders", 1, 3)
	r = f.readAll(earliest, latest)
	f.wantLag(r[0], 10+7)
	wantNote(t, f.wantLag(r[1], 7), "beyond the log end", "only what arrived since", "orders/0 (50 > 10)")
}
