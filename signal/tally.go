package signal

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// persistAfter is how long a commit has to stand still before its lag is
// called persistent: several times Kafka's default interval between commits
// (auto.commit.interval.ms, 5 s), so that lag does not flap in and out of the
// reading between two commits.
const persistAfter = time.Minute

// sum adds the partitions up. Persistent lag is left out of messages and
// rates alike: replicas would not help with what arrives there either.
func (t *BacklogTracker) sum(o GroupOffsets, n *notes) Reading {
	b := GroupBacklog{Members: o.Members, Partitions: len(t.partitions), Rated: t.rate()}
	order := t.order()
	excluded := t.excluded(order, n)
	for _, id := range order {
		p := t.partitions[id]
		b.Waiting += p.lag
		if excluded[id] {
			n.add(noteExcluded, "%s (%d)", id, p.lag)
			continue
		}
		b.Messages += p.lag
		if p.lag > 0 {
			b.PartitionsWithLag++
		}
		b.Arrival += p.arrival.perSecond
		b.Consumption += p.consumption.perSecond
	}
	b.Notes = n.list()
	r := Good(o.At, float64(b.Messages))
	r.Group = &b
	return r
}

// rate reports whether the group's rates are told, as GroupBacklog.Rated says.
func (t *BacklogTracker) rate() bool {
	some, all, current := false, true, true
	for _, p := range t.partitions {
		some = some || p.arrival.known()
		all = all && (p.first.Equal(t.at) || p.arrival.known() && p.consumption.known())
		current = current && !p.unrated
	}
	t.rated = some && (t.rated || all)
	return t.rated && current
}

// excluded returns the partitions with lag that nobody consumes, where the
// query wants them left out: their commits stood still for persistAfter, and
// the group's others went forward for as long after. When that is all the
// group's lag and nothing has moved for persistAfter, the group as a whole is
// stuck or commits rarely, and all of its lag counts.
func (t *BacklogTracker) excluded(order []partitionID, n *notes) map[partitionID]bool {
	if !t.query.ExcludePersistentLag || t.members == 0 {
		return nil // without members it is waiting for consumers
	}
	out := map[partitionID]bool{}
	var still []string
	withLag := 0
	for _, id := range order {
		p := t.partitions[id]
		if p.lag == 0 {
			continue
		}
		withLag++
		if t.at.Sub(p.still) < persistAfter {
			continue
		}
		still = append(still, fmt.Sprintf("%s (%d)", id, p.lag))
		if t.moved.Sub(p.still) >= persistAfter {
			out[id] = true
		}
	}
	if len(still) == withLag && t.at.Sub(t.moved) >= persistAfter {
		n[noteStuck] = still
		return nil
	}
	return out
}

func (t *BacklogTracker) order() []partitionID {
	ids := make([]partitionID, 0, len(t.partitions))
	for id := range t.partitions {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b partitionID) int {
		return cmp.Or(cmp.Compare(a.topic, b.topic), cmp.Compare(a.number, b.number))
	})
	return ids
}
