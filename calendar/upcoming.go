package calendar

import (
	"slices"
	"time"
)

// Upcoming returns the first n occurrences of an event that have not ceased to
// count at an instant, in the order in which they begin to. It looks eleven years
// ahead, from the event's first start on where that is later, and further and
// further: what recurs often is found among few.
func (e *Event) Upcoming(classes Classes, at time.Time, n int) []Occurrence {
	alone := Schedule{events: []*Event{e}}
	if first := e.firstStart().digits.Add(-classes.Of(e).Ramp.Up - e.Ramp.Up - offset); first.After(at) {
		at = first // in UTC, and so before the start in any zone
	}
	var found []Occurrence
	for days := 1; days <= farthest; days *= 4 {
		to := at.AddDate(0, 0, days)
		found = alone.Timeline(classes, at, to).Between(at, to)
		if len(found) >= n || len(found) > 0 && e.Recurrence.Plain() {
			break
		}
	}
	return slices.Clone(found[:min(n, len(found))]) // the others are not held
}

// firstStart is the earliest clock at which an event starts.
func (e *Event) firstStart() Wall {
	first := e.Window.Start
	earlier := func(start Wall) {
		if start.Before(first) {
			first = start
		}
	}
	for _, start := range e.Recurrence.extra {
		earlier(start)
	}
	for _, m := range e.Recurrence.moved {
		earlier(m.Start)
	}
	return first
}
