package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/replay"
)

func monday() time.Time { return time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC) }

// sceneWith is twelve days of which eight are scored, with events.
func sceneWith(t *testing.T, events ...*calendar.Event) *replay.Scene {
	t.Helper()
	schedule, err := calendar.NewSchedule(events)
	if err != nil {
		t.Fatal(err)
	}
	trace := &replay.Trace{Start: monday(), Step: time.Hour, Values: slices.Repeat([]float64{10}, 12*24)}
	s, err := replay.NewScene(trace, replay.SceneOptions{Capacity: 1, Schedule: schedule})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func event(id, class string, start time.Time, length time.Duration) *calendar.Event {
	return &calendar.Event{
		ID: id, Title: id, Class: class, Status: calendar.Confirmed, Confidence: 1, Impact: calendar.Impact{Multiplier: 2},
		Window: calendar.Window{Start: calendar.WallOf(start), End: calendar.WallOf(start.Add(length)), Zone: time.UTC},
	}
}

func occurrences(t *testing.T, s *replay.Scene, seed uint64) map[string][]calendar.Occurrence {
	t.Helper()
	all, err := wrongCalendars(s, seed)
	if err != nil {
		t.Fatal(err)
	}
	by := map[string][]calendar.Occurrence{}
	for _, a := range all {
		from, to := margins(s)
		by[strings.Fields(a.name)[0]] = a.timeline.Between(from, to)
	}
	if len(by) != 4 {
		t.Fatalf("there are %d wrong calendars", len(by))
	}
	return by
}

func TestWrongCalendars(t *testing.T) {
	start := monday().Add(6*24*time.Hour + 20*time.Hour)
	by := occurrences(t, sceneWith(t, event("final", "match", start, 2*time.Hour)), 1)
	if late := by["all"][0]; !late.Start.Equal(start.Add(-30*time.Minute)) || !late.End.Equal(start.Add(90*time.Minute)) {
		t.Errorf("what is late is announced for %s to %s", late.Start, late.End)
	}
	if n := len(by["missing"]); n != 0 {
		t.Errorf("%d events are there that are missing", n)
	}
	if m := by["announced"][0].Impact().Multiplier; m != 10 {
		t.Errorf("announced is ×%g", m)
	}
	if n := len(by["and"]); n != 2 {
		t.Errorf("the event and a false one are %d", n)
	}
}

func TestExaggerationGrows(t *testing.T) {
	for _, c := range []struct{ from, want calendar.Impact }{
		{calendar.Impact{}, calendar.Impact{Multiplier: 10}},
		{calendar.Impact{Multiplier: 9.9}, calendar.Impact{Multiplier: 10}},
		{calendar.Impact{Multiplier: 10}, calendar.Impact{Multiplier: 100}},
		{calendar.Impact{Floor: 7}, calendar.Impact{Floor: 70}},
		{calendar.Impact{Peak: calendar.Peak{Value: 5, Unit: calendar.Requests}}, calendar.Impact{Peak: calendar.Peak{Value: 50, Unit: calendar.Requests}}},
	} {
		if got := exaggerated(c.from); got != c.want {
			t.Errorf("%v becomes %v", c.from, got)
		}
	}
}

// A false event shares neither day nor time of day with its true one, and meets
// none, whatever is drawn; one seed gives the same ones.
func TestFalseEventsDoNotTakePlace(t *testing.T) {
	var events []*calendar.Event
	for d := range 12 {
		events = append(events, event(fmt.Sprintf("e%02d", d), "match", monday().Add(time.Duration(24*d+(5*d)%24)*time.Hour), 90*time.Minute))
	}
	s := sceneWith(t, events...)
	for seed := range uint64(50) {
		made := falseEvents(s, seed)
		if len(made) != len(events) {
			t.Fatalf("seed %d: %d false events of %d", seed, len(made), len(events))
		}
		for i, e := range made {
			if why := wrongly(s, e, s.Events[i], append(slices.Clone(events), made[:i]...)); why != "" {
				t.Errorf("seed %d: %s %s", seed, e.ID, why)
			}
		}
		again := falseEvents(s, seed)
		if !slices.EqualFunc(made, again, (*calendar.Event).Equal) {
			t.Errorf("seed %d draws others the next time", seed)
		}
	}
	if slices.EqualFunc(falseEvents(s, 1), falseEvents(s, 2), (*calendar.Event).Equal) {
		t.Error("two seeds draw the same")
	}
}

// wrongly says what is wrong with a false event beside its true one and others.
func wrongly(s *replay.Scene, e *calendar.Event, real calendar.Occurrence, others []*calendar.Event) string {
	const day = 24 * time.Hour
	start, end := e.Window.Instants()
	apart := start.Sub(real.Start).Abs() % day
	switch {
	case min(apart, day-apart) < 2*time.Hour || start.Truncate(day).Equal(real.Start.Truncate(day)):
		return fmt.Sprintf("at %s is no other time than %s", start, real.Start)
	case start.Before(s.At(s.Scored)) || end.After(s.At(len(s.Demand))) || end.Sub(start) != real.End.Sub(real.Start):
		return fmt.Sprintf("is from %s to %s", start, end)
	}
	for _, o := range others {
		if from, to := o.Window.Instants(); from.Before(end) && start.Before(to) {
			return "meets " + o.ID
		}
	}
	return ""
}

// Where the calendar is full, false events meet those of other classes; where it
// is full of their own, there is none.
func TestAFullCalendar(t *testing.T) {
	full := event("season", "season", monday(), 12*24*time.Hour)
	match := event("match", "match", monday().Add(7*24*time.Hour), time.Hour)
	made := falseEvents(sceneWith(t, full, match), 1)
	if len(made) != 1 || made[0].Class != "match" {
		t.Errorf("%d false events", len(made))
	}
}

// Events without a class are alike by their ID, which must stay so.
func TestARepeatedEventStaysOne(t *testing.T) {
	s := sceneWith(t, event("gala", "", monday().Add(5*24*time.Hour), time.Hour))
	for _, o := range occurrences(t, s, 1)["and"] {
		if o.Event.Class != "gala" {
			t.Errorf("%s is of class %q", o.Event.ID, o.Event.Class)
		}
	}
}
