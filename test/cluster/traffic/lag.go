package traffic

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// extent is a partition as a group sees it.
type extent struct {
	start, end int64
	commit     int64 // the log's start where the group has not committed
}

// Lag is the number of messages that wait for a group. A partition without a
// commit counts from the log's start. It is for any goroutine.
func (b *Broker) Lag(group, topic string) (int64, error) {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	extents, err := b.extents(ctx, group, topic)
	if err != nil {
		return 0, err
	}
	lag := int64(0)
	for _, x := range extents {
		lag += x.end - x.commit
	}
	return lag, nil
}

// extents reads the partitions of a topic, commits before ends: a commit made
// meanwhile then is not one beyond the end.
func (b *Broker) extents(ctx context.Context, group, topic string) ([]extent, error) {
	if open, _ := b.door.state(); !open {
		return nil, fmt.Errorf("read the lag of %s on %s: the broker is down", group, topic)
	}
	commits, err := b.admin.FetchOffsets(ctx, group)
	if err == nil {
		err = commits.Error()
	}
	if err != nil && !errors.Is(err, kerr.GroupIDNotFound) {
		return nil, fmt.Errorf("read the commits of %s: %w", group, err)
	}
	starts, err := listed(b.admin.ListStartOffsets(ctx, topic))
	if err != nil {
		return nil, fmt.Errorf("read where the log of %s begins: %w", topic, err)
	}
	ends, err := listed(b.admin.ListEndOffsets(ctx, topic))
	if err != nil {
		return nil, fmt.Errorf("read where the log of %s ends: %w", topic, err)
	}
	extents := make([]extent, len(ends))
	for p := range extents {
		x := extent{start: starts[p], end: ends[p], commit: starts[p]}
		if c, ok := commits.Lookup(topic, int32(p)); ok && c.At >= 0 {
			x.commit = c.At
		}
		extents[p] = x
	}
	return extents, nil
}

// listed are a topic's offsets by partition, which are numbered from 0.
func listed(all kadm.ListedOffsets, err error) ([]int64, error) {
	if err == nil {
		err = all.Error()
	}
	if err != nil {
		return nil, err
	}
	var offsets []int64
	for _, partitions := range all {
		offsets = make([]int64, len(partitions))
		for p, x := range partitions {
			offsets[p] = x.Offset
		}
	}
	return offsets, nil
}

// SetLag makes exactly so many messages wait for a group, evenly over the
// topic's partitions, and returns when they do. A flow and consumers of
// Consume pause for it and go on from there.
//
// It moves the group's commits, back too, and writes only what the log is too
// short for. So a lag appears without anything arriving, where the log holds
// enough; Produce before a scenario begins, then SetLag 0. With Produce alone
// the same messages arrive in a burst, which a scaler may take for a rate.
func (b *Broker) SetLag(group, topic string, messages int64) {
	b.t.Helper()
	x := b.topic(topic)
	x.mu.Lock()
	defer x.mu.Unlock()
	if c := b.crew(group, topic); c != nil {
		c.settle.Lock()
		defer c.settle.Unlock()
		defer c.forget() // where it went on from
	}
	if err := b.setLag(x, group, messages); err != nil {
		b.t.Fatalf("set the lag of %s on %s to %d: %v", group, topic, messages, err)
	}
}

func (b *Broker) setLag(x *topic, group string, messages int64) error {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	extents, err := b.extents(ctx, group, x.name)
	if err != nil {
		return err
	}
	lack, commits := make([]int64, len(extents)), make([]int64, len(extents))
	for p, e := range extents {
		want := messages / int64(len(extents))
		if int64(p) < messages%int64(len(extents)) {
			want++
		}
		lack[p] = max(0, want-(e.end-e.start))
		commits[p] = e.end + lack[p] - want
	}
	if err := x.produce(lack); err != nil {
		return fmt.Errorf("produce: %w", err)
	}
	for {
		err := b.commitAs(ctx, group, x.name, commits)
		if !rebalancing(err) || len(b.members(group)) == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("commit during a rebalance that does not end: %w", err)
		case <-time.After(flowBeat):
		}
	}
}

// rebalancing tells whether a commit was refused by a group on its way to
// another generation, or by one that does not count its members yet.
func rebalancing(err error) bool {
	return errors.Is(err, kerr.RebalanceInProgress) || errors.Is(err, kerr.IllegalGeneration) || errors.Is(err, kerr.UnknownMemberID)
}

// commitAs commits one offset per partition, as any member of a group that has
// members, since a coordinator takes commits of nobody else then.
func (b *Broker) commitAs(ctx context.Context, group, topic string, offsets []int64) error {
	commits := make(map[int32]int64, len(offsets))
	for p, offset := range offsets {
		commits[int32(p)] = offset
	}
	request := commitRequest(group, topic, commits)
	for _, m := range b.members(group) {
		request.MemberID, request.Generation = m.client.GroupMetadata()
		if request.MemberID == "" || request.Generation < 0 {
			continue // it has not joined yet
		}
		if err := commit(ctx, m.client, request); !errors.Is(err, kerr.UnknownMemberID) {
			return err
		}
	}
	request.MemberID, request.Generation = "", -1
	err := commit(ctx, b.client, request)
	if errors.Is(err, kerr.UnknownMemberID) {
		return fmt.Errorf("%w: the group has members, and only they may commit; let them leave, or let Consume be the consumers", err)
	}
	return err
}

func commitRequest(group, topic string, offsets map[int32]int64) *kmsg.OffsetCommitRequest {
	request := kmsg.NewPtrOffsetCommitRequest()
	request.Group = group
	to := kmsg.NewOffsetCommitRequestTopic()
	to.Topic = topic
	for partition, offset := range offsets {
		p := kmsg.NewOffsetCommitRequestTopicPartition()
		p.Partition, p.Offset = partition, offset
		to.Partitions = append(to.Partitions, p)
	}
	request.Topics = append(request.Topics, to)
	return request
}

// commit sends a commit and returns the first refusal.
func commit(ctx context.Context, client kmsg.Requestor, request *kmsg.OffsetCommitRequest) error {
	answer, err := request.RequestWith(ctx, client)
	if err != nil {
		return err
	}
	for _, t := range answer.Topics {
		for _, p := range t.Partitions {
			if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
				return err
			}
		}
	}
	return nil
}
