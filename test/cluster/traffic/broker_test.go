package traffic_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/headstart-scaler/headstart/test/cluster/traffic"
	"github.com/headstart-scaler/headstart/test/rig"
)

// observer reads a broker by a client of its own, as a scaler does.
type observer struct {
	*testing.T
	client *kgo.Client
	admin  *kadm.Client
}

func observe(t *testing.T, b *traffic.Broker, opts ...kgo.Opt) *observer {
	t.Helper()
	client, err := kgo.NewClient(append(opts, kgo.SeedBrokers(b.Addresses()...))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return &observer{t, client, kadm.NewClient(client)}
}

// offsets are the ends and the commits by partition; -1 where there is none.
func (o *observer) offsets(group, topic string) (ends, commits []int64) {
	o.Helper()
	ends, commits, err := o.tryOffsets(group, topic)
	if err != nil {
		o.Fatal(err)
	}
	return ends, commits
}

func (o *observer) tryOffsets(group, topic string) (ends, commits []int64, err error) {
	fetched, err := o.admin.FetchOffsetsForTopics(o.Context(), group, topic)
	if err != nil {
		return nil, nil, err
	}
	listed, err := o.admin.ListEndOffsets(o.Context(), topic)
	if err != nil {
		return nil, nil, err
	}
	if err := listed.Error(); err != nil {
		return nil, nil, err
	}
	ends, commits = make([]int64, len(listed[topic])), make([]int64, len(listed[topic]))
	for p, x := range listed[topic] {
		ends[p] = x.Offset
		commits[p] = fetched[topic][p].At
	}
	return ends, commits, nil
}

// end is the number of messages ever produced to a topic.
func (o *observer) end(topic string) int64 {
	o.Helper()
	listed, err := o.admin.ListEndOffsets(o.Context(), topic)
	if err != nil {
		o.Fatal(err)
	}
	sum := int64(0)
	listed.Each(func(x kadm.ListedOffset) { sum += x.Offset })
	return sum
}

// members is the number of live members with or without partitions.
func (o *observer) members(group string) (all, working int) {
	o.Helper()
	described, err := o.admin.DescribeGroups(o.Context(), group)
	if err != nil {
		o.Fatal(err)
	}
	for _, m := range described[group].Members {
		all++
		if assigned, ok := m.Assigned.AsConsumer(); ok && len(assigned.Topics) > 0 && len(assigned.Topics[0].Partitions) > 0 {
			working++
		}
	}
	return all, working
}

// wantLag holds what everybody sees: the sum exactly, and evenly spread.
func (o *observer) wantLag(b *traffic.Broker, group, topic string, want int64) {
	o.Helper()
	if got, err := b.Lag(group, topic); err != nil || got != want {
		o.Errorf("Lag is %d, %v; want %d", got, err, want)
	}
	ends, commits := o.offsets(group, topic)
	sum := int64(0)
	var lags []int64
	for p := range ends {
		lags = append(lags, ends[p]-commits[p])
		sum += ends[p] - commits[p]
	}
	if sum != want || slices.Max(lags)-slices.Min(lags) > 1 || slices.Contains(commits, -1) {
		o.Errorf("a client sees %d messages waiting, %v by partition, commits %v; want %d evenly", sum, lags, commits, want)
	}
}

func TestALagIsExactAndWithoutArrivalWhereTheLogIsLongEnough(t *testing.T) {
	t.Parallel()
	b := traffic.StartBroker(t)
	b.CreateTopic("orders", 7)
	o := observe(t, b)
	b.Produce("orders", 50_000)
	if got, err := b.Lag("billing", "orders"); got != 50_000 || err != nil {
		t.Errorf("a group without commits has a lag of %d, %v; want the whole log", got, err)
	}
	for _, c := range []struct{ lag, end int64 }{
		{0, 50_000},
		{20_000, 50_000},
		{1, 50_000},
		{49_999, 50_000},
		{60_003, 60_003}, // 10 001 had to be written
		{5, 60_003},
	} {
		b.SetLag("billing", "orders", c.lag)
		o.wantLag(b, "billing", "orders", c.lag)
		if end := o.end("orders"); end < c.end || end > c.end+7 {
			t.Errorf("lag %d: %d messages in the log, want %d", c.lag, end, c.end)
		}
	}
	b.SetLag("billing", "orders", 100)
	b.SetLag("other", "orders", 200) // of another group's lag nothing changes
	o.wantLag(b, "billing", "orders", 100)
	b.Produce("orders", 10)
	if got, err := b.Lag("billing", "orders"); got != 110 || err != nil {
		t.Errorf("after 10 more: lag %d, %v", got, err)
	}
}

func TestAMillionMessagesWaitWithinTwoSeconds(t *testing.T) {
	b := traffic.StartBroker(t)
	b.CreateTopic("orders", 48)
	for _, lag := range []int64{1_000_000, 0, 1_000_000} {
		begin := time.Now()
		b.SetLag("billing", "orders", lag)
		took := time.Since(begin)
		t.Logf("a lag of %d took %s", lag, took)
		if took > 2*time.Second {
			t.Errorf("a lag of %d took %s, want at most 2 s", lag, took)
		}
	}
	observe(t, b).wantLag(b, "billing", "orders", 1_000_000)
}

// A consumer's own decoder reads what was written, beyond one batch.
func TestMessagesAreReadByAConsumer(t *testing.T) {
	b := traffic.StartBroker(t)
	b.CreateTopic("orders", 2)
	const sent = 250_001
	b.Produce("orders", sent)
	o := observe(t, b, kgo.ConsumeTopics("orders"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	next := map[int32]int64{}
	for read := 0; read < sent; {
		fetched := o.client.PollFetches(ctx)
		if err := fetched.Err(); err != nil {
			t.Fatalf("after %d messages: %v", read, err)
		}
		fetched.EachRecord(func(r *kgo.Record) {
			if r.Offset != next[r.Partition] || time.Since(r.Timestamp).Abs() > time.Minute {
				t.Fatalf("partition %d: offset %d of %s, want %d", r.Partition, r.Offset, r.Timestamp, next[r.Partition])
			}
			next[r.Partition]++
			read++
		})
	}
}

// growth watches a log from one time it grows over so many more, and returns
// messages per second and the longest pause.
func (o *observer) growth(topic string, times int) (rate float64, longest time.Duration) {
	o.Helper()
	var first, last int64
	var begin, grown time.Time
	for seen, before := -1, o.end(topic); seen < times; <-time.After(2 * time.Millisecond) {
		last = o.end(topic)
		if last == before {
			continue
		}
		now := time.Now()
		if seen++; seen == 0 {
			first, begin = last, now
		} else {
			longest = max(longest, now.Sub(grown))
		}
		before, grown = last, now
	}
	return float64(last-first) / grown.Sub(begin).Seconds(), longest
}

func TestAFlowKeepsItsRate(t *testing.T) {
	b := traffic.StartBroker(t)
	b.CreateTopic("orders", 48)
	o := observe(t, b)
	for _, rate := range []float64{1000, 250, 20} {
		b.Flow("orders", rate)
		o.growth("orders", 1) // with what was due before
		got, longest := o.growth("orders", 10)
		if got < 0.95*rate || got > 1.05*rate {
			t.Errorf("a flow of %v/s came to %.1f/s", rate, got)
		}
		if longest > 250*time.Millisecond {
			t.Errorf("a flow of %v/s paused for %s", rate, longest)
		}
		t.Logf("a flow of %v/s came to %.1f/s, its longest pause %s", rate, got, longest)
	}
	b.Flow("orders", 0)
	<-time.After(200 * time.Millisecond) // one more beat may write what was due
	end := o.end("orders")
	rig.Always(t, 300*time.Millisecond, func() error {
		if now := o.end("orders"); now > end {
			return fmt.Errorf("%d messages after the flow was stopped", now-end)
		}
		return nil
	})
	listed, err := o.admin.ListEndOffsets(t.Context(), "orders")
	if err != nil {
		t.Fatal(err)
	}
	var ends []int64
	listed.Each(func(x kadm.ListedOffset) { ends = append(ends, x.Offset) })
	if slices.Max(ends)-slices.Min(ends) > 100/16+1 { // of one beat
		t.Errorf("by partition %v: not even", ends)
	}
}

func TestABrokerThatIsDownIsAnErrorAndKeepsItsOffsets(t *testing.T) {
	t.Parallel()
	b := traffic.StartBroker(t)
	b.CreateTopic("orders", 6)
	b.SetLag("billing", "orders", 1000)
	o := observe(t, b)
	endsBefore, commitsBefore := o.offsets("billing", "orders") // over a connection that then breaks
	address := b.Addresses()[0]
	for range 3 {
		b.Down()
		b.Down() // twice is once
		begin := time.Now()
		quick := observe(t, b, kgo.RequestRetries(0))
		if err := quick.client.Ping(t.Context()); err == nil || !strings.Contains(err.Error(), "refused") {
			t.Errorf("a client is told %v, want connection refused", err)
		}
		if _, err := b.Lag("billing", "orders"); err == nil || !strings.Contains(err.Error(), "down") {
			t.Errorf("Lag while down is %v", err)
		}
		if took := time.Since(begin); took > time.Second {
			t.Errorf("that took %s, want at most 1 s", took)
		}
		b.Up()
		b.Up()
		ends, commits := o.offsets("billing", "orders")
		if !slices.Equal(ends, endsBefore) || !slices.Equal(commits, commitsBefore) || b.Addresses()[0] != address {
			t.Errorf("after Up at %s: ends %v, commits %v; want %v, %v at %s", b.Addresses()[0], ends, commits, endsBefore, commitsBefore, address)
		}
	}
	b.SetLag("billing", "orders", 17) // and it goes on
	o.wantLag(b, "billing", "orders", 17)
}

// Who waits on a connection is not left waiting.
func TestAConnectionIsCutWhileItWaits(t *testing.T) {
	t.Parallel()
	b := traffic.StartBroker(t)
	conn, err := net.Dial("tcp", b.Addresses()[0])
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	cut := make(chan error, 1)
	go func() {
		_, err := conn.Read(make([]byte, 1))
		cut <- err
	}()
	if err := observe(t, b).client.Ping(t.Context()); err != nil { // the broker is at work
		t.Fatal(err)
	}
	begin := time.Now()
	b.Down()
	if err := <-cut; err == nil || errors.Is(err, os.ErrDeadlineExceeded) || time.Since(begin) > time.Second {
		t.Errorf("a read ended by %v after %s, want a broken connection at once", err, time.Since(begin))
	}
}

func TestAFlowMakesUpForTheTimeDown(t *testing.T) {
	t.Parallel()
	b := traffic.StartBroker(t)
	b.CreateTopic("orders", 6)
	o := observe(t, b)
	b.Flow("orders", 400)
	begin := time.Now()
	b.Down()
	<-time.After(time.Second)
	b.Up()
	rig.Eventually(t, 5*time.Second, func() error {
		want := int64(400*time.Since(begin).Seconds()) - 80 // two beats
		if end := o.end("orders"); end < want || end > want+120 {
			return fmt.Errorf("%d messages, want about %d", end, want)
		}
		return nil
	})
}

func TestNothingIsLeftBehind(t *testing.T) {
	t.Run("traffic", func(t *testing.T) {
		b := traffic.StartBroker(t)
		b.CreateTopic("orders", 8)
		b.Flow("orders", 100)
		b.Consume("billing", "orders", 10, func() int { return 8 })
		m := traffic.StartMetrics(t)
		m.Set(rate, 1)
		if now(t, m, rate) != "1" {
			t.Error("no answer")
		}
		o := observe(t, b)
		rig.Eventually(t, 10*time.Second, func() error {
			if all, _ := o.members("billing"); all < 8 {
				return fmt.Errorf("%d members", all)
			}
			return nil
		})
	})
	rig.Eventually(t, 3*time.Second, func() error {
		stacks := make([]byte, 1<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		for stack := range strings.SplitSeq(string(stacks), "\n\n") {
			if strings.Contains(stack, "franz-go") || strings.Contains(stack, "traffic.(*") {
				return fmt.Errorf("a goroutine is left:\n%s", stack)
			}
		}
		return nil
	})
}
