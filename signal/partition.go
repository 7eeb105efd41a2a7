package signal

import (
	"fmt"
	"time"
)

// partitionID names a partition across topics.
type partitionID struct {
	topic  string
	number int32
}

// String is TOPIC/PARTITION.
func (id partitionID) String() string { return fmt.Sprintf("%s/%d", id.topic, id.number) }

// progress is what a tracker remembers of one partition. The zero progress
// has seen nothing.
type progress struct {
	first, at             time.Time // of the first and the last answer; at is zero before the first
	start, end, committed int64
	// base is where the group is measured from while it has no commit and
	// reads from the latest.
	base int64
	lag  int64
	// still is the last instant the commit moved, or there was no lag.
	still time.Time

	arrival, consumption rate
	unrated              bool // the arrival held is too old to stand in
	ahead                contradiction
}

// plausible reports whether the numbers can be a partition's offsets at all.
func plausible(o PartitionOffsets) bool {
	return o.Start >= 0 && o.End >= o.Start && o.Committed >= -1
}

// advance takes the next answer. The progress so far must be of an earlier
// instant, or zero.
func (p *progress) advance(at time.Time, o PartitionOffsets, reset OffsetReset, n *notes) {
	id := partitionID{o.Topic, o.Partition}
	before := *p
	known := !before.at.IsZero()

	p.at, p.start, p.end, p.committed = at, o.Start, o.End, o.Committed
	p.base = rebase(before, o)
	p.contradict(before)
	p.measure(id, reset, n)
	if known {
		p.rate(before, id, n)
	}
	if !known || p.lag == 0 || p.committed != before.committed {
		p.still = at
	}
}

// rebase returns where a group without a commit is counted from under
// "latest": the end first seen, because what was there before is not for it;
// the start of a log that began anew, because all of it came after that; and
// the last commit when commits have gone, because a group that is still
// running goes on from there.
func rebase(before progress, o PartitionOffsets) int64 {
	switch {
	case o.Committed >= 0:
		return min(o.Committed, o.End)
	case before.at.IsZero():
		return before.base
	case o.End < before.end:
		return o.Start
	default:
		return before.base
	}
}

// measure sets lag = end − position, where the position is the commit, moved
// up to the log start, or stands in for one that was never made or cannot be
// true.
func (p *progress) measure(id partitionID, reset OffsetReset, n *notes) {
	if p.ahead.seen {
		p.lag = p.beyond(id, reset, n)
		return
	}
	position := p.committed
	switch {
	case p.committed >= 0 && p.committed < p.start:
		n.add(noteDeleted, "%s (%d)", id, p.start-p.committed)
	case p.committed < 0 && reset == Earliest:
		position = p.start
		if p.end > p.start {
			n.add(noteFromStart, "%s", id)
		}
	case p.committed < 0:
		position = p.base
		if p.end > p.start {
			n.add(noteFromSeen, "%s (from %d)", id, p.base)
		}
	}
	p.lag = max(0, p.end-max(position, p.start))
}
