package traffic_test

import (
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/headstart-scaler/headstart/test/cluster/traffic"
	"github.com/headstart-scaler/headstart/test/rig"
)

// awaitMembers waits until a group has so many members, of whom so many have
// partitions.
func (o *observer) awaitMembers(group string, all, working int) {
	o.Helper()
	begin := time.Now()
	rig.Eventually(o, 15*time.Second, func() error {
		if a, w := o.members(group); a != all || w != working {
			return fmt.Errorf("%d members, %d of them with partitions; want %d and %d", a, w, all, working)
		}
		return nil
	})
	o.Logf("%d members after %s", all, time.Since(begin).Round(time.Millisecond))
}

// consumption is what a group commits per second over a while.
func (o *observer) consumption(group, topic string, over time.Duration) float64 {
	o.Helper()
	committed := func() (sum int64) {
		_, commits := o.offsets(group, topic)
		for _, c := range commits {
			sum += max(0, c)
		}
		return sum
	}
	begin, first := time.Now(), committed()
	<-time.After(over)
	return float64(committed()-first) / time.Since(begin).Seconds()
}

func TestConsumptionFollowsTheReplicasThatAreReady(t *testing.T) {
	t.Parallel()
	b := traffic.StartBroker(t)
	b.CreateTopic("orders", 12)
	b.SetLag("billing", "orders", 100_000)
	o := observe(t, b)
	var ready atomic.Int64
	b.Consume("billing", "orders", 100, func() int { return int(ready.Load()) })
	if got := o.consumption("billing", "orders", 300*time.Millisecond); got != 0 {
		t.Errorf("without a replica %.1f messages per second are consumed", got)
	}
	for _, n := range []int64{12, 2} {
		ready.Store(n)
		o.awaitMembers("billing", int(n), int(n))
		o.consumption("billing", "orders", 500*time.Millisecond)                               // what a rebalance held up
		got, want := o.consumption("billing", "orders", 1600*time.Millisecond), float64(100*n) // eight beats, give or take one
		if got < 0.85*want || got > 1.15*want {
			t.Errorf("%d replicas consume %.1f messages per second, want %.0f", n, got, want)
		}
		t.Logf("%d replicas consume %.1f messages per second", n, got)
	}
	// The lag is set exactly under way, and never consumed below nothing.
	b.SetLag("billing", "orders", 150)
	if got, err := b.Lag("billing", "orders"); err != nil || got > 150 || got < 50 {
		t.Errorf("right after SetLag 150 the lag is %d, %v", got, err)
	}
	rig.Eventually(t, 5*time.Second, func() error {
		if got, err := b.Lag("billing", "orders"); err != nil || got != 0 {
			return fmt.Errorf("lag %d, %w", got, err)
		}
		return nil
	})
	ready.Store(0)
	o.awaitMembers("billing", 0, 0)
	b.SetLag("billing", "orders", 7)
	o.wantLag(b, "billing", "orders", 7)
}

func TestALagIsSetExactlyWhileMembersConsume(t *testing.T) {
	t.Parallel()
	b := traffic.StartBroker(t)
	b.CreateTopic("orders", 5)
	o := observe(t, b)
	b.SetLag("billing", "orders", 10)
	b.Consume("billing", "orders", 0.001, func() int { return 4 }) // members that take a quarter of an hour for one
	for _, lag := range []int64{3000, 40, 0, 12_345} {
		b.SetLag("billing", "orders", lag) // whatever rebalance is under way
		o.wantLag(b, "billing", "orders", lag)
	}
	o.awaitMembers("billing", 4, 4)
	b.SetLag("billing", "orders", 99)
	o.wantLag(b, "billing", "orders", 99)
}

// A member that is about to commit what it knew before a SetLag would undo it.
func TestALagThatIsSetIsNotUndoneByACommitUnderWay(t *testing.T) {
	t.Parallel()
	b := traffic.StartBroker(t)
	b.CreateTopic("orders", 24)
	b.SetLag("billing", "orders", 1_000_000)
	o := observe(t, b)
	b.Consume("billing", "orders", 10, func() int { return 24 })
	o.awaitMembers("billing", 24, 24)
	for i := range 500 {
		want := int64(400_000 + 300_000*(i%2))
		b.SetLag("billing", "orders", want)
		if got, err := b.Lag("billing", "orders"); err != nil || got > want || got < want-1000 {
			t.Fatalf("SetLag %d, the %dth: the lag is %d, %v", want, i, got, err)
		}
	}
}

func TestFortyEightMembersAndNoMore(t *testing.T) {
	t.Parallel()
	b := traffic.StartBroker(t)
	b.CreateTopic("orders", 48)
	b.Flow("orders", 480)
	o := observe(t, b)
	b.Consume("billing", "orders", 20, func() int { return 60 })
	o.awaitMembers("billing", 48, 48)
	rig.Eventually(t, 5*time.Second, func() error {
		if got, err := b.Lag("billing", "orders"); err != nil || got > 300 {
			return fmt.Errorf("twice the flow is consumed and yet the lag is %d, %w", got, err)
		}
		return nil
	})
}

func TestMembersGoOnAfterTheBrokerWasDown(t *testing.T) {
	t.Parallel()
	b := traffic.StartBroker(t)
	b.CreateTopic("orders", 4)
	b.SetLag("billing", "orders", 100_000)
	o := observe(t, b)
	b.Consume("billing", "orders", 100, func() int { return 4 })
	o.awaitMembers("billing", 4, 4)
	b.Down()
	<-time.After(time.Second)
	b.Up()
	rig.Eventually(t, 10*time.Second, func() error {
		if got := o.consumption("billing", "orders", 500*time.Millisecond); got < 300 {
			return fmt.Errorf("%.1f messages per second, want 400", got)
		}
		return nil
	})
}

// failing is a test whose end by Fatal is an outcome.
type failing struct {
	testing.TB
	fatal string
}

func (f *failing) Fatalf(format string, args ...any) {
	f.fatal = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// fatal is what ends a test that does this.
func (f *failing) when(do func()) string {
	f.fatal = ""
	done := make(chan struct{})
	go func() { defer close(done); do() }()
	<-done
	return f.fatal
}

func TestWhatCannotBeDoneEndsTheTest(t *testing.T) {
	t.Parallel()
	f := &failing{TB: t}
	b := traffic.StartBroker(f)
	b.CreateTopic("orders", 4)
	o := observe(t, b, kgo.ConsumerGroup("theirs"), kgo.ConsumeTopics("orders"))
	o.awaitMembers("theirs", 1, 1)
	b.Consume("billing", "orders", 1, func() int { return 0 })
	for _, c := range []struct {
		what, want string
		do         func()
	}{
		{"a group with members that are not ours", "only they may commit", func() { b.SetLag("theirs", "orders", 5) }},
		{"a topic that is not there", "CreateTopic first", func() { b.SetLag("billing", "order", 5) }},
		{"a topic that is there", "create topic orders", func() { b.CreateTopic("orders", 4) }},
		{"a flow below 0", "not below 0", func() { b.Flow("orders", -1) }},
		{"a rate of 0", "above 0", func() { b.Consume("other", "orders", 0, func() int { return 1 }) }},
		{"consumers twice", "already", func() { b.Consume("billing", "orders", 1, func() int { return 1 }) }},
		{"a broker that is down", "is down", func() { b.Down(); b.SetLag("billing", "orders", 5) }},
	} {
		if got := f.when(c.do); !strings.Contains(got, c.want) {
			t.Errorf("%s: ended by %q, want %q", c.what, got, c.want)
		}
	}
}
