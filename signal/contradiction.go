package signal

import (
	"fmt"
	"time"
)

// contradiction is a commit beyond the log's end. A leader just elected may
// know of a shorter log than consumers have read, for less than a second; a
// log truncated or made anew stays shorter until the group is reset.
type contradiction struct {
	seen    bool
	settled bool      // the log is shorter: no leader that is behind
	from    time.Time // of the last answer without it; zero when there was none
	lag     int64     // then
	// base is the log's end when it was first seen, where a group that reads
	// from the latest goes on.
	base int64
}

// contradict takes note of a commit beyond the end. It is settled by a second
// answer that says so, and at once where the log's end fell and the arrival
// rate does not explain how far the commit is ahead.
func (p *progress) contradict(before progress) {
	switch {
	case p.committed <= p.end:
		p.ahead = contradiction{}
	case before.ahead.seen:
		p.ahead.settled = true
		p.ahead.base = min(p.ahead.base, p.end)
	default:
		unexplained := before.arrival.known() && p.end < before.end &&
			float64(p.committed-p.end) > before.arrival.perSecond*p.at.Sub(before.at).Seconds()
		p.ahead = contradiction{seen: true, settled: unexplained, from: before.at, lag: before.lag, base: p.end}
	}
}

// beyond is the lag of a partition whose commit lies beyond its end: what the
// group will read once its fetch is out of range and its offset is reset.
func (p *progress) beyond(id partitionID, reset OffsetReset, n *notes) int64 {
	a, offsets := p.ahead, fmt.Sprintf("%s (%d > %d)", id, p.committed, p.end)
	since := p.end - max(a.base, p.start)
	switch {
	case !a.settled:
		n.add(noteAhead, "%s", offsets)
		return a.lag
	case reset == Earliest:
		n.add(noteAheadStart, "%s", offsets)
		return p.end - p.start
	case p.at.Sub(a.from) <= unreadFor:
		n.add(noteAhead, "%s", offsets)
		return max(a.lag, since)
	default:
		n.add(noteAheadEnd, "%s", offsets)
		return since
	}
}

// told reports whether the offsets say what waits, by themselves.
func (p *progress) told(reset OffsetReset) bool {
	return !p.ahead.seen || p.ahead.settled && reset == Earliest
}

// untold returns the partitions whose commits lie beyond their logs' ends when
// that leaves the reading without a value: no commit can be believed, or no
// answer before told what the lag was.
func (t *BacklogTracker) untold() []string {
	ahead, believed, blind := false, false, false
	for _, p := range t.partitions {
		believed = believed || p.committed >= 0 && p.told(t.query.OffsetReset)
		ahead = ahead || p.ahead.seen
		blind = blind || p.ahead.seen && !p.ahead.settled && p.ahead.from.IsZero()
	}
	if !ahead || believed && !blind {
		return nil
	}
	var beyond []string
	for _, id := range t.order() {
		if p := t.partitions[id]; p.ahead.seen {
			beyond = append(beyond, fmt.Sprintf("%s (%d > %d)", id, p.committed, p.end))
		}
	}
	return beyond
}
