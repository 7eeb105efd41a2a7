package calendar

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"time"
)

// Schedule is a set of events. It is immutable; the zero Schedule is empty.
type Schedule struct {
	events []*Event // ordered by ID
}

// NewSchedule returns a schedule of events, which nobody changes after that.
// Two events with one ID, and invalid ones, are errors.
func NewSchedule(events []*Event) (Schedule, error) {
	s := Schedule{slices.SortedStableFunc(slices.Values(events), byID)}
	for i, e := range s.events {
		if err := e.Validate(); err != nil {
			return Schedule{}, fmt.Errorf("event %q: %w", e.ID, err)
		}
		if i > 0 && s.events[i-1].ID == e.ID {
			return Schedule{}, fmt.Errorf("two events have the id %q", e.ID)
		}
	}
	return s, nil
}

func byID(a, b *Event) int { return cmp.Compare(a.ID, b.ID) }

// Len is the number of events.
func (s Schedule) Len() int { return len(s.events) }

// All yields the events in the order of their IDs.
func (s Schedule) All() iter.Seq[*Event] { return slices.Values(s.events) }

// Event returns the event of an ID.
func (s Schedule) Event(id string) (*Event, bool) {
	i, found := slices.BinarySearchFunc(s.events, id, func(e *Event, id string) int { return cmp.Compare(e.ID, id) })
	if !found {
		return nil, false
	}
	return s.events[i], true
}

// Merge returns the schedule with events added, each in the place of the one
// with its ID. A cancelled event removes the one with its ID.
func (s Schedule) Merge(events []*Event) (Schedule, error) {
	incoming, err := NewSchedule(events)
	if err != nil {
		return Schedule{}, err
	}
	return s.with(incoming), nil
}

// Replace is Merge, and removes all other events that take place within
// [from, to) alone: those that reach beyond it, or are repeated beyond it,
// stay.
func (s Schedule) Replace(events []*Event, from, to time.Time) (Schedule, error) {
	incoming, err := NewSchedule(events)
	if err != nil {
		return Schedule{}, err
	}
	kept := Schedule{}
	for _, e := range s.events {
		if !e.within(from, to) {
			kept.events = append(kept.events, e)
		}
	}
	return kept.with(incoming), nil
}

// Overlaid returns the schedule with another one laid over it: of an id that
// both have, the other's event counts.
func (s Schedule) Overlaid(over Schedule) Schedule { return s.with(over) }

// with merges two ordered lists.
func (s Schedule) with(incoming Schedule) Schedule {
	merged := make([]*Event, 0, len(s.events)+len(incoming.events))
	i := 0
	for _, e := range incoming.events {
		for i < len(s.events) && s.events[i].ID < e.ID {
			merged = append(merged, s.events[i])
			i++
		}
		if i < len(s.events) && s.events[i].ID == e.ID {
			i++
		}
		if e.Status != Cancelled {
			merged = append(merged, e)
		}
	}
	return Schedule{append(merged, s.events[i:]...)}
}

// within reports whether an event takes place, and only in [from, to).
func (e *Event) within(from, to time.Time) bool {
	takesPlace := false
	// What is long before the range or long after it is looked for first: a
	// rule may have any number of instances inside.
	before, after := WallOf(from.UTC()).Add(offset), WallOf(to.UTC()).Add(-offset)
	for _, part := range [...][2]Wall{{dawn(), before}, {after, dusk()}, {before, after}} {
		for w := range e.Recurrence.instances(e.Window, part[0], part[1]) {
			start, end := w.Instants()
			if start.Before(from) || end.After(to) {
				return false
			}
			takesPlace = true
			if part[0] == before {
				return true
			}
		}
	}
	if takesPlace {
		return true
	}
	// All of it was left out: it is where it would have been.
	start, end := e.Window.Instants()
	return !start.Before(from) && !end.After(to)
}

// Nothing takes place before dawn, and what does after dusk does before: events
// start in firstYear to lastYear, and a rule shows in a cycle all it has.
func dawn() Wall { return Date(firstYear-1, time.January, 1) }
func dusk() Wall { return Date(lastYear+cycle+1, time.January, 1) }

// Change is one difference between two schedules: an event added (Before is
// nil), removed (After is nil) or changed.
type Change struct {
	Before, After *Event
}

// Diff returns what is different in another schedule, in the order of IDs.
func (s Schedule) Diff(after Schedule) []Change {
	var changes []Change
	i, j := 0, 0
	for i < len(s.events) || j < len(after.events) {
		switch {
		case j == len(after.events) || i < len(s.events) && s.events[i].ID < after.events[j].ID:
			changes = append(changes, Change{Before: s.events[i]})
			i++
		case i == len(s.events) || s.events[i].ID > after.events[j].ID:
			changes = append(changes, Change{After: after.events[j]})
			j++
		default:
			if !s.events[i].Equal(after.events[j]) {
				changes = append(changes, Change{s.events[i], after.events[j]})
			}
			i++
			j++
		}
	}
	return changes
}

// Equal reports whether two events say the same.
func (e *Event) Equal(o *Event) bool {
	return e.ID == o.ID && e.Title == o.Title && e.Class == o.Class &&
		e.Window.equal(o.Window) && e.Recurrence.Equal(o.Recurrence) && e.Scope.equal(o.Scope) &&
		e.Impact == o.Impact && e.Confidence == o.Confidence && e.Ramp == o.Ramp &&
		e.Status == o.Status && e.Owner == o.Owner && e.Notes == o.Notes
}

func (w Window) equal(o Window) bool {
	return w.Start == o.Start && w.End == o.End && w.AllDay == o.AllDay && w.Zone.String() == o.Zone.String()
}

// Equal reports whether two recurrences say the same.
func (r Recurrence) Equal(o Recurrence) bool {
	return r.rule.text == o.rule.text && slices.Equal(r.extra, o.extra) && slices.Equal(r.left, o.left) && slices.Equal(r.moved, o.moved)
}

func (s Scope) equal(o Scope) bool {
	return slices.Equal(s.Brands, o.Brands) && slices.Equal(s.Markets, o.Markets) && slices.Equal(s.Regions, o.Regions) &&
		slices.EqualFunc(s.Workloads, o.Workloads, func(a, b Requirement) bool {
			return a.Key == b.Key && slices.Equal(a.Values, b.Values)
		})
}
