package signal

import (
	"slices"
	"time"
)

// unreadFor is how long the last lag of a partition stands in for one that
// cannot be read. A leader election takes seconds; a partition out of reach
// for longer makes the whole reading unreachable.
const unreadFor = 30 * time.Second

// BacklogTracker turns the successive offsets of one consumer group into
// readings: lag by the query's rules and rates between answers.
//
// A partition without a commit counts from the log start under Earliest.
// Under Latest it counts from the log end the tracker saw first: the group
// will start there, and only what arrived since is for it. A partition added
// to a topic the tracker already knew counts from its start.
//
// A partition that could not be read keeps its last lag and rates for 30 s,
// with a note; after that, or when it was never read, the reading is
// Unreachable and names it. So a partial answer never shrinks a reading.
//
// A commit beyond the log's end keeps the partition's last lag until the next
// answer tells a leader that is behind from a topic recreated or truncated.
// Then a consumer's fetch is out of range, and the group goes on where its
// offset reset says: at the log start under Earliest, so that all of the log
// counts; at the log end under Latest, so that only what arrived since counts,
// once the last lag has stood in for 30 s.
//
// A rate that cannot be told across a break of the count (a recreated topic, a
// commit moved back) keeps its last value; see GroupBacklog.Rated.
//
// A BacklogTracker is not safe for concurrent use.
type BacklogTracker struct {
	query      ConsumerGroup
	at         time.Time
	partitions map[partitionID]*progress
	topics     map[string]bool // topics whose partitions were all listed once
	listed     map[partitionID]bool
	members    int
	// moved is the last instant any partition's commit went forward.
	moved time.Time
	rated bool // rates were told once
	last  Reading
}

// NewBacklogTracker returns a tracker of the query that has seen nothing.
func NewBacklogTracker(q ConsumerGroup) *BacklogTracker {
	return &BacklogTracker{
		query:      q,
		partitions: map[partitionID]*progress{},
		topics:     map[string]bool{},
		listed:     map[partitionID]bool{},
		members:    -1,
	}
}

// Observe takes the group's offsets at an instant and returns the reading:
// Fine with a GroupBacklog, Empty without any partition, Unreachable when a
// partition is out of reach for too long, Invalid when commits lie beyond
// their logs' ends and nothing tells what waits: on every partition, unless
// Earliest has settled it, or on one that no earlier answer was true of. An
// answer not newer than the last one changes nothing
// and returns the last reading.
func (t *BacklogTracker) Observe(o GroupOffsets) Reading {
	if !t.at.IsZero() && !o.At.After(t.at) {
		return t.last
	}
	t.at = o.At
	t.last = t.observe(o)
	return t.last
}

func (t *BacklogTracker) observe(o GroupOffsets) Reading {
	if len(o.Partitions)+len(o.Unread) == 0 {
		return Bad(o.At, Empty, "%s has no partition: check the names of group and topics and the partition limit", t.query)
	}
	var n notes
	t.count(o.Members)
	present, unread := t.take(o, &n)
	if len(o.Unread) == 0 && len(unread) == len(o.Partitions) {
		return Bad(o.At, Invalid, "%s: no partition's offsets can be true (a log end before its start, or a negative offset)", t.query)
	}
	if bad, ok := t.hold(unread, len(unread) == len(present), &n); !ok {
		return bad
	}
	t.forget(present, &n)
	if beyond := t.untold(); len(beyond) > 0 {
		return Bad(o.At, Invalid, "%s: committed offsets lie beyond the log end (%s): topic recreated or truncated; if this stays so, reset the group's offsets",
			t.query, enumerate(beyond))
	}
	return t.sum(o, &n)
}

// count takes the number of members. A changed membership means a rebalance,
// after which every partition gets a fresh chance to be consumed.
func (t *BacklogTracker) count(members int) {
	if members < 0 {
		return
	}
	if t.members >= 0 && members != t.members {
		for _, p := range t.partitions {
			p.still = t.at
		}
	}
	t.members = members
}

// take advances every partition that was read. It returns all partitions of
// the answer, and the unread ones apart, those whose numbers cannot be true
// among them.
func (t *BacklogTracker) take(o GroupOffsets, n *notes) (map[partitionID]bool, []UnreadPartition) {
	present := make(map[partitionID]bool, len(o.Partitions)+len(o.Unread))
	unread := slices.Clone(o.Unread)
	for _, u := range o.Unread {
		present[partitionID{u.Topic, u.Partition}] = true
	}
	for _, x := range o.Partitions {
		present[partitionID{x.Topic, x.Partition}] = true
		if !plausible(x) {
			unread = append(unread, UnreadPartition{x.Topic, x.Partition, "its offsets contradict each other"})
			continue
		}
		t.advance(x, n)
	}
	for id := range present {
		t.listed[id], t.topics[id.topic] = true, true
	}
	return present, unread
}

func (t *BacklogTracker) advance(x PartitionOffsets, n *notes) {
	id := partitionID{x.Topic, x.Partition}
	p, ok := t.partitions[id]
	if !ok {
		p = &progress{first: t.at, base: x.End}
		if t.topics[id.topic] && !t.listed[id] {
			p.base = x.Start // added since: all of it arrived after the topic was first seen
		}
		t.partitions[id] = p
	}
	before, known := p.committed, !p.at.IsZero()
	p.advance(t.at, x, t.query.OffsetReset, n)
	if known && p.committed > before {
		t.moved = t.at
	}
}

// hold lets the last answer of unread partitions stand for a while. It
// returns the reading to give instead when that is not allowed.
func (t *BacklogTracker) hold(unread []UnreadPartition, nothingRead bool, n *notes) (Reading, bool) {
	var lost []string
	why := ""
	for _, u := range unread {
		id := partitionID{u.Topic, u.Partition}
		p, known := t.partitions[id]
		if !nothingRead && known && t.at.Sub(p.at) <= unreadFor {
			n.add(noteUnread, "%s (%s)", id, u.Why)
			continue
		}
		if why == "" {
			why = u.Why
		}
		lost = append(lost, id.String())
	}
	if len(lost) == 0 {
		return Reading{}, true
	}
	return Bad(t.at, Unreachable, "%s: cannot read %s: %s", t.query, enumerate(lost), why), false
}

// forget drops the partitions that are no longer part of the answer.
func (t *BacklogTracker) forget(present map[partitionID]bool, n *notes) {
	var gone []string
	for id := range t.partitions {
		if !present[id] {
			gone = append(gone, id.String())
			delete(t.partitions, id)
		}
	}
	slices.Sort(gone)
	n[noteDropped] = gone
	for id := range t.listed {
		if !present[id] {
			delete(t.listed, id)
		}
	}
}
