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
	at                    time.Time // of the last answer; zero before the first
	start, end, committed int64
	// base is where the group is measured from while it has no commit and
	// reads from the latest.
	base int64
	lag  int64
	// still is the last instant the commit moved, or there was no lag.
	still time.Time

	arrival, consumption float64 // 1/s over the last interval
	rated                bool
	contradicts          bool // committed beyond the end
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
	p.measure(id, reset, n)

	p.rated = false
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
		return o.Committed
	case before.at.IsZero():
		return before.base
	case o.End < before.end:
		return o.Start
	default:
		return before.base
	}
}

// measure sets lag = end − position, where the position is the commit, moved
// up to the log start, or stands in for one that was never made.
func (p *progress) measure(id partitionID, reset OffsetReset, n *notes) {
	p.contradicts = p.committed > p.end
	position := p.committed
	switch {
	case p.contradicts:
		n.add(noteAhead, "%s (%d > %d)", id, p.committed, p.end)
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

// rate sets the rates since before, or leaves the progress unrated across
// whatever breaks a count.
func (p *progress) rate(before progress, id partitionID, n *notes) {
	seconds := p.at.Sub(before.at).Seconds()
	arrived := p.end - before.end
	consumed, counted := p.consumed(before, id, n)
	if arrived < 0 {
		n.add(noteRecreated, "%s (%d → %d)", id, before.end, p.end)
		return
	}
	if !counted {
		return
	}
	p.arrival, p.consumption = float64(arrived)/seconds, float64(consumed)/seconds
	p.rated = true
}

// consumed is how far the commit moved. A jump over messages that retention
// deleted was not consumption: only what lies past the log start counts. It
// reports false where there is no count: at the first commit, when commits
// have gone, and when they moved back.
func (p *progress) consumed(before progress, id partitionID, n *notes) (int64, bool) {
	switch {
	case p.committed < 0 && before.committed < 0:
		return 0, true
	case p.committed < 0:
		n.add(noteGone, "%s (was %d)", id, before.committed)
		return 0, false
	case before.committed < 0:
		return 0, false
	case p.committed < before.committed:
		n.add(noteBack, "%s (%d → %d)", id, before.committed, p.committed)
		return 0, false
	default:
		return max(0, p.committed-max(before.committed, p.start)), true
	}
}
