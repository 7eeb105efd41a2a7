package pipeline

import (
	"cmp"
	"slices"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/forecast"
	"github.com/headstart-scaler/headstart/signal"
)

// teach has a model learn from samples, oldest first, told of events as it is by
// ticks: from forecast.Heed before they count until they have ended. The events are
// in the order in which they begin to count. It returns those the model knows of
// at the end.
func teach(m Model, samples []signal.Sample, events []calendar.Occurrence) (near []calendar.Occurrence) {
	var over time.Time // of those that are near, the first end
	for i, s := range samples {
		changed := i == 0
		if !s.At.Before(over) && len(near) > 0 {
			near = slices.DeleteFunc(slices.Clone(near), func(o calendar.Occurrence) bool { return !o.To().After(s.At) })
			changed = true
		}
		for len(events) > 0 && !s.At.Before(events[0].From().Add(-forecast.Heed)) {
			if events[0].To().After(s.At) {
				near, changed = append(slices.Clip(near), events[0]), true
			}
			events = events[1:]
		}
		if changed {
			over = firstEnd(near)
			m.Expect(near)
		}
		m.Observe(s.At, s.Value)
	}
	return near
}

func firstEnd(events []calendar.Occurrence) (first time.Time) {
	for i, o := range events {
		if end := o.To(); i == 0 || end.Before(first) {
			first = end
		}
	}
	return first
}

// relearn takes a model that learned from the past, and has it learn from what was
// seen since. events are those of the past and of now.
func (f *feed) relearn(model Model, events []calendar.Occurrence) {
	f.model = model
	f.told = teach(model, f.series.Since(time.Time{}, nil), events)
}

// joined are events of two lists, each once, in the order in which they begin to
// count.
func joined(a, b []calendar.Occurrence) []calendar.Occurrence {
	if len(a) == 0 || len(a) == len(b) && &a[0] == &b[0] {
		return b
	}
	if len(b) == 0 {
		return a
	}
	type name struct {
		event *calendar.Event
		start int64
	}
	known := make(map[name]bool, len(a))
	all := slices.Clone(a)
	for _, o := range a {
		known[name{o.Event, o.Start.UnixNano()}] = true
	}
	for _, o := range b {
		if !known[name{o.Event, o.Start.UnixNano()}] {
			all = append(all, o)
		}
	}
	slices.SortStableFunc(all, func(x, y calendar.Occurrence) int {
		return cmp.Or(x.From().Compare(y.From()), x.Start.Compare(y.Start), cmp.Compare(x.Event.ID, y.Event.ID))
	})
	return all
}
