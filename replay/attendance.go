package replay

import (
	"cmp"
	"slices"
	"time"
)

// aroundStart is what counts as an event's peak: so long before its start and
// after it.
const aroundStart = 15 * time.Minute

// attendance is how an event was met: when replicas were too few for the first
// time from shortly before its start to its end, and until when.
type attendance struct {
	from, peakTo, to int // steps: around the start, and until when it is looked for

	scored bool
	since  int // -1 until replicas were too few
	late   int // steps
	met    bool
}

// attendances are those of a scene's events, in the order in which they begin.
func attendances(s *Scene) []attendance {
	var all []attendance
	for _, e := range s.Events {
		a := attendance{from: s.step(e.Start.Add(-aroundStart)), peakTo: s.step(e.Start.Add(aroundStart)), since: -1}
		a.to = max(s.step(e.End), a.peakTo)
		all = append(all, a)
	}
	slices.SortStableFunc(all, func(a, b attendance) int { return cmp.Compare(a.from, b.from) })
	return all
}

// take adds a scored step, and reports whether later ones count too.
func (a *attendance) take(i int, short bool) bool {
	a.scored = true
	switch {
	case a.since < 0 && short && i < a.to:
		a.since, a.late = i, 1
	case a.since >= 0 && short:
		a.late = i - a.since + 1
	case a.since >= 0:
		a.met, a.late = true, i-a.since
	}
	return !a.met && (a.since >= 0 || i < a.to)
}

// visits is the attendance of all events, as steps go by.
type visits struct {
	events    []attendance
	next      int
	active    []int
	peakUntil int
}

// take adds a scored step, and reports whether it is around the start of one.
func (v *visits) take(i int, short bool) (peak bool) {
	for ; v.next < len(v.events) && v.events[v.next].from <= i; v.next++ {
		v.active = append(v.active, v.next)
		v.peakUntil = max(v.peakUntil, v.events[v.next].peakTo)
	}
	kept := v.active[:0]
	for _, k := range v.active {
		if v.events[k].take(i, short) {
			kept = append(kept, k)
		}
	}
	v.active = kept
	return i < v.peakUntil
}

// late returns how many minutes replicas were late, on average over events and
// at worst; nil where no event was scored.
func (v *visits) late() (mean, worst *float64) {
	sum, most, n := 0, 0, 0
	for _, a := range v.events {
		if a.scored {
			sum, most, n = sum+a.late, max(most, a.late), n+1
		}
	}
	if n == 0 {
		return nil, nil
	}
	average, longest := float64(sum)/float64(n)*Step.Minutes(), float64(most)*Step.Minutes()
	return &average, &longest
}
