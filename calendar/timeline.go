package calendar

import (
	"cmp"
	"slices"
	"time"
)

// Occurrence is one time that an event takes place.
type Occurrence struct {
	Event      *Event
	Class      Class
	Start, End time.Time // End is not part of it
	Ramp       Ramp      // the event's, or its class's
}

// Name is the event's ID and when this occurrence starts, by which it can be
// told from the others.
func (o Occurrence) Name() string {
	start := o.Start.UTC()
	if start.Second() != 0 {
		return o.Event.ID + "@" + start.Format("2006-01-02T15:04:05Z")
	}
	return o.Event.ID + "@" + start.Format("2006-01-02T15:04Z")
}

// From is when it begins to count, and To when it has ceased: the ramps are
// part of it.
func (o Occurrence) From() time.Time { return o.Start.Add(-o.Ramp.Up) }

// To is when it has ceased to count.
func (o Occurrence) To() time.Time { return o.End.Add(o.Ramp.Down) }

// Timeline is the occurrences of a schedule in a window, ready to be asked. It
// is immutable and safe for concurrent use.
type Timeline struct {
	from, to time.Time
	all      []Occurrence // ordered by From
	// latest is an implicit tree over all: the middle of a range holds the last
	// To of the range, so that ranges which ended before are passed over whole.
	latest []time.Time
}

// Timeline returns the occurrences that count at some time in [from, to).
// Cancelled events, and tentative ones of classes that ignore them, have none.
func (s Schedule) Timeline(classes Classes, from, to time.Time) *Timeline {
	l := &Timeline{from: from, to: to}
	for _, e := range s.events {
		l.add(e, classes.Of(e))
	}
	l.sort()
	// Two clocks of a rule may be one instant, where clocks are moved.
	l.all = slices.CompactFunc(l.all, func(a, b Occurrence) bool {
		return a.Event == b.Event && a.Start.Equal(b.Start) && a.End.Equal(b.End)
	})
	l.latest = make([]time.Time, len(l.all))
	l.index(0, len(l.all))
	return l
}

// sort orders the occurrences. Small keys are sorted in their place, as
// occurrences are heavy to move.
func (l *Timeline) sort() {
	type key struct {
		from  int64 // seconds
		index int
	}
	keys := make([]key, len(l.all))
	for i := range l.all {
		keys[i] = key{l.all[i].From().Unix(), i}
	}
	slices.SortFunc(keys, func(x, y key) int {
		if x.from != y.from {
			return cmp.Compare(x.from, y.from)
		}
		a, b := &l.all[x.index], &l.all[y.index]
		return cmp.Or(a.From().Compare(b.From()), a.Start.Compare(b.Start), cmp.Compare(a.Event.ID, b.Event.ID), a.End.Compare(b.End))
	})
	sorted := make([]Occurrence, len(keys))
	for i, k := range keys {
		sorted[i] = l.all[k.index]
	}
	l.all = sorted
}

// index fills the tree of a range and returns its last To.
func (l *Timeline) index(low, high int) time.Time {
	if low == high {
		return time.Time{}
	}
	middle := (low + high) / 2
	last := l.all[middle].To()
	for _, side := range []time.Time{l.index(low, middle), l.index(middle+1, high)} {
		if side.After(last) {
			last = side
		}
	}
	l.latest[middle] = last
	return last
}

// offset is more than the difference of any zone's clocks from UTC, and of what
// a gap moves.
const offset = 48 * time.Hour

func (l *Timeline) add(e *Event, class Class) {
	if e.Status == Cancelled || e.Status == Tentative && class.IgnoreTentative {
		return
	}
	ramp := e.Ramp
	if ramp == (Ramp{}) {
		ramp = class.Ramp
	}
	from := WallOf(l.from.UTC()).Add(-ramp.Down - offset)
	to := WallOf(l.to.UTC()).Add(ramp.Up + offset)
	if e.Recurrence.Plain() && !e.Window.meets(from, to) {
		return // most events of a schedule, seen from a window of some days
	}
	for w := range e.Recurrence.instances(e.Window, from, to) {
		start, end := w.Instants()
		o := Occurrence{Event: e, Class: class, Start: start, End: end, Ramp: ramp}
		if o.From().Before(l.to) && o.To().After(l.from) {
			l.all = append(l.all, o)
		}
	}
}

// Window is what the timeline was made for.
func (l *Timeline) Window() (from, to time.Time) { return l.from, l.to }

// Len is the number of occurrences.
func (l *Timeline) Len() int { return len(l.all) }

// Between returns the occurrences that count at some time in [from, to), in the
// order in which they begin to. Outside the timeline's window there are none.
func (l *Timeline) Between(from, to time.Time) []Occurrence {
	if from.Before(l.from) {
		from = l.from
	}
	if to.After(l.to) {
		to = l.to
	}
	var found []Occurrence
	if from.Before(to) {
		l.collect(0, len(l.all), from, to, &found)
	}
	return found
}

func (l *Timeline) collect(low, high int, from, to time.Time, found *[]Occurrence) {
	if low == high {
		return
	}
	middle := (low + high) / 2
	if !l.latest[middle].After(from) {
		return
	}
	l.collect(low, middle, from, to, found)
	if o := &l.all[middle]; o.From().Before(to) {
		if o.To().After(from) {
			*found = append(*found, *o)
		}
		l.collect(middle+1, high, from, to, found)
	}
}
