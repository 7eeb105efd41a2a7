package traffic

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

const (
	// flowBeat is the time between two writes of a flow.
	flowBeat = 100 * time.Millisecond
	// flowWidth is how many partitions a beat writes to at most; the next writes
	// to others. Fewer batches are less to keep over a long scenario.
	flowWidth = 16
)

// topic is a topic and what is written to it.
type topic struct {
	broker *Broker
	name   string

	mu      sync.Mutex // held while the log grows, and by who must not see it grow
	written []int64    // messages by partition
	rate    float64    // messages per second of the flow
	owed    float64    // messages of the flow that are due
	at      time.Time  // until when owed is counted; zero before there was a flow
}

// Produce writes n messages, evenly over the partitions, and returns when they
// are in the log.
func (b *Broker) Produce(topic string, n int) {
	b.t.Helper()
	x := b.topic(topic)
	x.mu.Lock()
	defer x.mu.Unlock()
	if err := x.produce(x.spread(int64(n), len(x.written))); err != nil {
		b.t.Fatalf("produce %d messages to %s: %v", n, topic, err)
	}
}

// Flow writes messages at a constant rate from now on, in beats of a tenth of
// a second, until it is told another rate; 0 stops it after what is due. What
// is due while the broker is down is written once it is up, as by producers
// that buffer.
func (b *Broker) Flow(topic string, perSecond float64) {
	b.t.Helper()
	if perSecond < 0 {
		b.t.Fatalf("flow of %v messages per second to %s: a rate is not below 0", perSecond, topic)
	}
	x := b.topic(topic)
	x.mu.Lock()
	defer x.mu.Unlock()
	x.accrue(time.Now())
	if x.at.IsZero() {
		b.running.Go(x.flow)
	}
	x.rate, x.at = perSecond, time.Now()
}

// flow is the beat of a topic's flow.
func (x *topic) flow() {
	ticker := time.NewTicker(flowBeat)
	defer ticker.Stop()
	for {
		select {
		case <-x.broker.ctx.Done():
			return
		case <-ticker.C:
		}
		open, before := x.broker.door.state()
		if !open {
			continue
		}
		err := x.beat()
		if _, after := x.broker.door.state(); err != nil && before == after && x.broker.ctx.Err() == nil {
			x.broker.t.Errorf("flow to %s: %v", x.name, err)
			return
		}
	}
}

// beat writes what is due.
func (x *topic) beat() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.accrue(time.Now())
	due := int64(x.owed)
	if due == 0 {
		return nil
	}
	if err := x.produce(x.spread(due, min(flowWidth, len(x.written)))); err != nil {
		return err
	}
	x.owed -= float64(due)
	return nil
}

// accrue counts what the flow has to write until now.
func (x *topic) accrue(now time.Time) {
	if !x.at.IsZero() {
		x.owed += x.rate * now.Sub(x.at).Seconds()
		x.at = now
	}
}

// spread shares messages among so many of the partitions, evenly: those that
// were written least to, so that they all get the same in the end.
func (x *topic) spread(messages int64, width int) []int64 {
	order := make([]int, len(x.written))
	for p := range order {
		order[p] = p
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(x.written[a], x.written[b]) })
	counts := make([]int64, len(x.written))
	each, rest := messages/int64(width), messages%int64(width)
	for i, p := range order[:width] {
		counts[p] = each
		if int64(i) < rest {
			counts[p]++
		}
	}
	return counts
}

// produce writes so many messages to each partition. Batches have a size
// limit, so it takes as many rounds as the largest count needs.
func (x *topic) produce(counts []int64) error {
	ctx, cancel := context.WithTimeout(x.broker.ctx, patience)
	defer cancel()
	left := slices.Clone(counts)
	for {
		request := x.round(left)
		if len(request.Topics[0].Partitions) == 0 {
			for p, n := range counts {
				x.written[p] += n
			}
			return nil
		}
		answer, err := request.RequestWith(ctx, x.broker.client)
		if err != nil {
			return err
		}
		if err := refusal(answer); err != nil {
			return err
		}
	}
}

// refusal is why a partition did not take its messages.
func refusal(answer *kmsg.ProduceResponse) error {
	for _, t := range answer.Topics {
		for _, p := range t.Partitions {
			if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
				return fmt.Errorf("partition %d: %w", p.Partition, err)
			}
		}
	}
	return nil
}

// round is the next request for the counts, which it lessens.
func (x *topic) round(counts []int64) *kmsg.ProduceRequest {
	request := kmsg.NewPtrProduceRequest()
	request.Acks, request.TimeoutMillis = -1, int32(patience.Milliseconds())
	to := kmsg.NewProduceRequestTopic()
	to.Topic = x.name
	now := time.Now()
	for i, n := range counts {
		n = min(n, maxBatch)
		if n <= 0 {
			continue
		}
		counts[i] -= n
		p := kmsg.NewProduceRequestTopicPartition()
		p.Partition, p.Records = int32(i), batch(int(n), now)
		to.Partitions = append(to.Partitions, p)
	}
	request.Topics = append(request.Topics, to)
	return request
}
