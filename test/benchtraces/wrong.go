package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/replay"
)

// announcement is a calendar that was given out instead of the right one.
type announcement struct {
	name     string
	timeline *calendar.Timeline
}

const (
	late        = 30 * time.Minute // how late all take place in a calendar that is late
	tooMuch     = 10.              // what is announced where too much is
	otherTime   = 2 * time.Hour    // as far from its own time of day a false event is
	drawsAnyhow = 200              // for a place without any event, then for one without its class
)

// wrongCalendars are what may go wrong with a scene's calendar: events that were
// cancelled without notice, as many as take place; all of them half an hour late;
// none announced; and far too much announced.
func wrongCalendars(s *replay.Scene, seed uint64) ([]announcement, error) {
	from, to := margins(s)
	right := single(s.Timeline.Between(from, to))
	cancelled := falseEvents(s, seed)
	var all []announcement
	for _, c := range []struct {
		name   string
		events []*calendar.Event
	}{
		{fmt.Sprintf("and %d false events of %d, cancelled without notice", len(cancelled), len(s.Events)), append(slices.Clone(right), cancelled...)},
		{"all 30 min late", moved(right, -late)},
		{"missing", nil},
		{"announced ×10", changed(right, func(e *calendar.Event) { e.Impact = exaggerated(e.Impact) })},
	} {
		schedule, err := calendar.NewSchedule(c.events)
		if err != nil {
			return nil, fmt.Errorf("calendar %s: %w", c.name, err)
		}
		all = append(all, announcement{c.name, schedule.Timeline(nil, from, to)})
	}
	return all, nil
}

// margins are those of a scene's own timeline: a week beyond the trace.
func margins(s *replay.Scene) (from, to time.Time) {
	const week = 7 * 24 * time.Hour
	return s.Start.Add(-week), s.At(len(s.Demand)).Add(week)
}

// single makes an event of each occurrence.
func single(occurrences []calendar.Occurrence) []*calendar.Event {
	events := make([]*calendar.Event, len(occurrences))
	for i, o := range occurrences {
		events[i] = at(o, o.Start, fmt.Sprintf("%s #%d", o.Event.ID, i))
	}
	return events
}

// at is an occurrence as an event that starts elsewhere. Events without a class
// are each of their own, which their occurrences go on to share.
func at(o calendar.Occurrence, start time.Time, id string) *calendar.Event {
	e := *o.Event
	if e.Class == "" {
		e.Class = e.ID
	}
	start = start.UTC()
	e.ID, e.Recurrence, e.Ramp = id, calendar.Recurrence{}, o.Ramp
	e.Window = calendar.Window{
		Start: calendar.WallOf(start), End: calendar.WallOf(start.Add(o.End.Sub(o.Start))), Zone: time.UTC,
	}
	return &e
}

func changed(events []*calendar.Event, change func(*calendar.Event)) []*calendar.Event {
	all := make([]*calendar.Event, len(events))
	for i, e := range events {
		own := *e
		change(&own)
		all[i] = &own
	}
	return all
}

func moved(events []*calendar.Event, by time.Duration) []*calendar.Event {
	return changed(events, func(e *calendar.Event) { e.Window = e.Window.From(e.Window.Start.Add(by)) })
}

// exaggerated announces ten times the usual, or ten times what was announced
// where that is so much already.
func exaggerated(i calendar.Impact) calendar.Impact {
	switch {
	case i.Peak.Value > 0:
		i.Peak.Value *= tooMuch
	case i.Floor > 0:
		i.Floor *= tooMuch
	case i.Multiplier < tooMuch:
		i.Multiplier = tooMuch
	default:
		i.Multiplier *= tooMuch
	}
	return i
}

// falseEvents are events that do not take place, one for each that does and like
// it: on another day of the part that is scored, at another time of day, and
// where none takes place. In a calendar too full for that they meet events of
// other classes, and what finds no place even so is left out.
func falseEvents(s *replay.Scene, seed uint64) []*calendar.Event {
	draws := rand.New(rand.NewPCG(seed, 0x66616c7365)) //nolint:gosec // a simulation, which is to be the same again
	taken := slices.Clone(s.Events)
	var events []*calendar.Event
	for i, o := range s.Events {
		start, ok := elsewhere(s, draws, o, taken)
		if !ok {
			continue
		}
		events = append(events, at(o, start, fmt.Sprintf("%s false #%d", o.Event.ID, i)))
		o.Start, o.End = start, start.Add(o.End.Sub(o.Start))
		taken = append(taken, o)
	}
	return events
}

func elsewhere(s *replay.Scene, draws *rand.Rand, o calendar.Occurrence, taken []calendar.Occurrence) (start time.Time, ok bool) {
	const grid = 5 * time.Minute
	scored, length := s.At(s.Scored), o.End.Sub(o.Start)
	room := s.At(len(s.Demand)).Sub(scored) - length
	if room < grid {
		return start, false
	}
	for i := range 2 * drawsAnyhow {
		start = scored.Add(time.Duration(draws.Int64N(int64(room))).Truncate(grid))
		meets := func(t calendar.Occurrence) bool {
			alike := i < drawsAnyhow || t.Event.Class == o.Event.Class
			return alike && t.Start.Before(start.Add(length)) && start.Before(t.End)
		}
		if !sameTime(start, o.Start) && !slices.ContainsFunc(taken, meets) {
			return start, true
		}
	}
	return start, false
}

// sameTime reports whether two instants share the day, or about the time of day.
func sameTime(a, b time.Time) bool {
	const day = 24 * time.Hour
	a, b = a.UTC(), b.UTC()
	apart := (a.Sub(b)%day + day) % day
	return a.Truncate(day).Equal(b.Truncate(day)) || min(apart, day-apart) < otherTime
}
