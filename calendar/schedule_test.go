package calendar_test

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/headstart-scaler/headstart/calendar"
)

func schedule(t rapid.TB, events ...*calendar.Event) calendar.Schedule {
	t.Helper()
	s, err := calendar.NewSchedule(events)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// hour is an event of an hour, by ID and start.
func hour(t rapid.TB, id, start string) *calendar.Event {
	t.Helper()
	w := wall(t, start)
	return &calendar.Event{
		ID: id, Title: id, Window: calendar.Window{Start: w, End: w.Add(time.Hour), Zone: time.UTC},
		Confidence: 1, Status: calendar.Confirmed,
	}
}

// few draws up to eight events of few IDs that differ in little, each ID once.
func few(name string, statuses ...calendar.Status) *rapid.Generator[[]*calendar.Event] {
	one := rapid.Custom(func(t *rapid.T) *calendar.Event {
		e := hour(t, fmt.Sprint(rapid.IntRange(0, 9).Draw(t, name)), "2026-03-21T20:00")
		e.Title = rapid.SampledFrom([]string{"a", "b"}).Draw(t, "title")
		e.Window = e.Window.From(e.Window.Start.AddDays(rapid.IntRange(0, 5).Draw(t, "day")))
		e.Status = rapid.SampledFrom(statuses).Draw(t, "status")
		return e
	})
	return rapid.SliceOfNDistinct(one, 0, 8, func(e *calendar.Event) string { return e.ID })
}

// apply does what a Diff says.
func apply(t rapid.TB, s calendar.Schedule, changes []calendar.Change) calendar.Schedule {
	t.Helper()
	var events []*calendar.Event
	for _, c := range changes {
		if c.After != nil {
			events = append(events, c.After)
			continue
		}
		gone := *c.Before
		gone.Status = calendar.Cancelled
		events = append(events, &gone)
	}
	merged, err := s.Merge(events)
	if err != nil {
		t.Fatal(err)
	}
	return merged
}

func idOf(c calendar.Change) string {
	if c.Before != nil {
		return c.Before.ID
	}
	return c.After.ID
}

func merge(t rapid.TB, s calendar.Schedule, events []*calendar.Event) calendar.Schedule {
	t.Helper()
	merged, err := s.Merge(events)
	if err != nil {
		t.Fatal(err)
	}
	return merged
}

// merged is a schedule, what was merged into it, by ID, and what that gave.
type merged struct {
	before, after calendar.Schedule
	incoming      map[string]*calendar.Event
}

func anyMerge(t *rapid.T) merged {
	m := merged{incoming: map[string]*calendar.Event{}}
	m.before = schedule(t, few("before", calendar.Confirmed, calendar.Tentative).Draw(t, "schedule")...)
	list := few("incoming", calendar.Confirmed, calendar.Cancelled).Draw(t, "incoming")
	m.after = merge(t, m.before, list)
	for _, e := range list {
		m.incoming[e.ID] = e
	}
	if again := merge(t, m.after, list).Diff(m.after); len(again) > 0 {
		t.Fatalf("merged again, %v differ", again)
	}
	return m
}

func TestMergeChangesWhatItNamesAndNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := anyMerge(t)
		want := map[string]*calendar.Event{}
		for e := range m.before.All() {
			want[e.ID] = e
		}
		maps.Copy(want, m.incoming)
		maps.DeleteFunc(want, func(_ string, e *calendar.Event) bool { return e.Status == calendar.Cancelled })
		got := map[string]*calendar.Event{}
		for e := range m.after.All() {
			got[e.ID] = e
		}
		if !maps.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
		for _, c := range m.before.Diff(m.after) {
			if m.incoming[idOf(c)] == nil {
				t.Fatalf("%s differs and was not merged", idOf(c))
			}
		}
	})
}

func TestADiffAppliedGivesTheOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := schedule(t, few("of a", calendar.Confirmed, calendar.Tentative).Draw(t, "a")...)
		b := schedule(t, few("of b", calendar.Confirmed, calendar.Tentative).Draw(t, "b")...)
		changes := a.Diff(b)
		if got := apply(t, a, changes); len(got.Diff(b)) > 0 || got.Len() != b.Len() {
			t.Fatalf("%v applied to a leaves %v", changes, got.Diff(b))
		}
		if back := b.Diff(a); len(back) != len(changes) {
			t.Fatalf("%d changes there and %d back", len(changes), len(back))
		}
		all, err := a.Replace(slices.Collect(b.All()), day(t, "2026-01-01"), day(t, "2027-01-01"))
		if err != nil || len(all.Diff(b)) > 0 {
			t.Fatalf("all replaced differs by %v, %v", all.Diff(b), err)
		}
	})
}

// March 2026 is replaced.
func TestReplaceRemovesWhatTakesPlaceWithinAlone(t *testing.T) {
	at := func(text string) calendar.Wall { return wall(t, text) }
	move := func(from, start string) []calendar.Move {
		return []calendar.Move{{From: at(from), Start: at(start), End: at(start).Add(time.Hour)}}
	}
	for _, c := range []struct {
		name, rule, start string
		extra, left       []calendar.Wall
		moved             []calendar.Move
		want              bool // removed
	}{
		{"before", "", "2026-02-28T22:59", nil, nil, nil, false},
		{"into it", "", "2026-02-28T23:30", nil, nil, nil, false},
		{"from its first instant", "", "2026-03-01T00:00", nil, nil, nil, true},
		{"to its last", "", "2026-03-31T23:00", nil, nil, nil, true},
		{"out of it", "", "2026-03-31T23:01", nil, nil, nil, false},
		{"after", "", "2026-04-01T00:00", nil, nil, nil, false},
		{"weekly for ever", "FREQ=WEEKLY", "2026-03-07T20:00", nil, nil, nil, false},
		{"every 30 years", "FREQ=YEARLY;INTERVAL=30", "2026-03-07T20:00", nil, nil, nil, false},
		{"four weeks", "FREQ=WEEKLY;COUNT=4", "2026-03-07T20:00", nil, nil, nil, true},
		{"five weeks", "FREQ=WEEKLY;COUNT=5", "2026-03-07T20:00", nil, nil, nil, false},
		{"since February", "FREQ=WEEKLY;COUNT=3", "2026-02-28T20:00", nil, nil, nil, false},
		{"since February, its first left out", "FREQ=WEEKLY;COUNT=3", "2026-02-28T20:00", nil, []calendar.Wall{at("2026-02-28T20:00")}, nil, true},
		{"since February, its first moved into March", "FREQ=WEEKLY;COUNT=3", "2026-02-28T20:00", nil, nil, move("2026-02-28T20:00", "2026-03-02T20:00"), true},
		{"the last of five left out", "FREQ=WEEKLY;COUNT=5", "2026-03-07T20:00", nil, []calendar.Wall{at("2026-04-04T20:00")}, nil, true},
		{"one moved to May", "FREQ=WEEKLY;COUNT=4", "2026-03-07T20:00", nil, nil, move("2026-03-14T20:00", "2026-05-01T20:00"), false},
		{"one moved to January", "FREQ=WEEKLY;COUNT=4", "2026-03-07T20:00", nil, nil, move("2026-03-14T20:00", "2026-01-01T20:00"), false},
		{"once more in 2090", "", "2026-03-07T20:00", []calendar.Wall{at("2090-03-07T20:00")}, nil, nil, false},
		{"once more in 2020", "", "2026-03-07T20:00", []calendar.Wall{at("2020-03-07T20:00")}, nil, nil, false},
		{"once more in March", "", "2026-03-07T20:00", []calendar.Wall{at("2026-03-08T20:00")}, nil, nil, true},
		{"all of it left out", "", "2026-03-07T20:00", nil, []calendar.Wall{at("2026-03-07T20:00")}, nil, true},
		{"all of it left out, in May", "", "2026-05-07T20:00", nil, []calendar.Wall{at("2026-05-07T20:00")}, nil, false},
		{"hourly in March alone", "FREQ=HOURLY;UNTIL=20260331T230000", "2026-03-01T00:00", nil, nil, nil, true},
		{"hourly in March and an hour", "FREQ=HOURLY;UNTIL=20260401T000000", "2026-03-01T00:00", nil, nil, nil, false},
	} {
		e := hour(t, "a", c.start)
		var rule calendar.Rule
		if c.rule != "" {
			rule = recurring(t, c.rule, c.start, "UTC").Recurrence.Rule()
		}
		e.Recurrence = calendar.NewRecurrence(rule, c.extra, c.left, c.moved)
		s, err := schedule(t, e).Replace([]*calendar.Event{hour(t, "b", "2026-03-21T20:00")}, day(t, "2026-03-01"), day(t, "2026-04-01"))
		if err != nil {
			t.Fatal(err)
		}
		if _, found := s.Event("a"); found == c.want {
			t.Errorf("%s: removed is %t, want %t", c.name, !found, c.want)
		}
		if _, found := s.Event("b"); !found {
			t.Errorf("%s: the new event is missing", c.name)
		}
	}
}

func TestSchedulesRefuseWhatIsInvalid(t *testing.T) {
	a := hour(t, "a", "2026-03-21T20:00")
	if _, err := calendar.NewSchedule([]*calendar.Event{a, hour(t, "b", "2026-03-21T20:00"), hour(t, "a", "2026-03-22T20:00")}); err == nil || !strings.Contains(err.Error(), `"a"`) {
		t.Errorf("two events with one id: %v", err)
	}
	bad := hour(t, "b", "2026-03-21T20:00")
	bad.Confidence = 2
	for name, err := range map[string]error{
		"new":     second(calendar.NewSchedule([]*calendar.Event{bad})),
		"merge":   second(schedule(t, a).Merge([]*calendar.Event{bad})),
		"replace": second(schedule(t, a).Replace([]*calendar.Event{bad}, day(t, "2026-01-01"), day(t, "2027-01-01"))),
	} {
		if field := (calendar.FieldError{}); !errors.As(err, &field) || field.Field != calendar.FieldConfidence || field.Found != "2" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func second(_ calendar.Schedule, err error) error { return err }

func TestValidate(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*calendar.Event)
		want   calendar.Field // "" is valid
	}{
		{"as it is", func(*calendar.Event) {}, ""},
		{"no id", func(e *calendar.Event) { e.ID = "" }, calendar.FieldID},
		{"no title", func(e *calendar.Event) { e.Title = "" }, calendar.FieldTitle},
		{"a long title", func(e *calendar.Event) { e.Title = strings.Repeat("x", 4097) }, calendar.FieldTitle},
		{"no zone", func(e *calendar.Event) { e.Window.Zone = nil }, calendar.FieldZone},
		{"ends as it starts", func(e *calendar.Event) { e.Window.End = e.Window.Start }, calendar.FieldEnd},
		{"ends before it starts", func(e *calendar.Event) { e.Window.End = e.Window.Start.Add(-1e9) }, calendar.FieldEnd},
		{"a leap year", func(e *calendar.Event) { e.Window.End = e.Window.Start.AddDays(366) }, ""},
		{"more than a year", func(e *calendar.Event) { e.Window.End = e.Window.Start.AddDays(367) }, calendar.FieldLength},
		{"in 1969", func(e *calendar.Event) { e.Window = e.Window.From(wall(t, "1969-12-31T23:00")) }, calendar.FieldStart},
		{"in 1970", func(e *calendar.Event) { e.Window = e.Window.From(wall(t, "1970-01-01")) }, ""},
		{"in 2200", func(e *calendar.Event) { e.Window = e.Window.From(wall(t, "2200-12-31T23:00")) }, ""},
		{"in 2201", func(e *calendar.Event) { e.Window = e.Window.From(wall(t, "2201-01-01")) }, calendar.FieldStart},
		{"once more in 2201", func(e *calendar.Event) {
			e.Recurrence = calendar.NewRecurrence(calendar.Rule{}, []calendar.Wall{wall(t, "2201-01-01")}, nil, nil)
		}, calendar.FieldExtra},
		{"moved to 2201", func(e *calendar.Event) {
			e.Recurrence = calendar.NewRecurrence(calendar.Rule{}, nil, nil, []calendar.Move{{From: e.Window.Start, Start: wall(t, "2201-01-01"), End: wall(t, "2201-01-02")}})
		}, calendar.FieldMoved},
		{"moved to nothing", func(e *calendar.Event) {
			e.Recurrence = calendar.NewRecurrence(calendar.Rule{}, nil, nil, []calendar.Move{{From: e.Window.Start, Start: e.Window.Start, End: e.Window.Start}})
		}, calendar.FieldMoved},
		{"no confidence", func(e *calendar.Event) { e.Confidence = 0 }, calendar.FieldConfidence},
		{"little confidence", func(e *calendar.Event) { e.Confidence = 0.01 }, ""},
		{"too much confidence", func(e *calendar.Event) { e.Confidence = 1.01 }, calendar.FieldConfidence},
		{"confidence that is no number", func(e *calendar.Event) { e.Confidence = math.NaN() }, calendar.FieldConfidence},
		{"a ramp of a week", func(e *calendar.Event) { e.Ramp.Up = 7 * 24 * time.Hour }, ""},
		{"a longer ramp", func(e *calendar.Event) { e.Ramp.Down = 7*24*time.Hour + 1 }, calendar.FieldRamp},
		{"a ramp backwards", func(e *calendar.Event) { e.Ramp.Up = -1 }, calendar.FieldRamp},
		{"no status", func(e *calendar.Event) { e.Status = "" }, calendar.FieldStatus},
		{"tentative", func(e *calendar.Event) { e.Status = calendar.Tentative }, ""},
		{"a multiplier below 0", func(e *calendar.Event) { e.Impact.Multiplier = -1 }, calendar.FieldMultiplier},
		{"a multiplier that is no number", func(e *calendar.Event) { e.Impact.Multiplier = math.NaN() }, calendar.FieldMultiplier},
		{"an endless multiplier", func(e *calendar.Event) { e.Impact.Multiplier = math.Inf(1) }, calendar.FieldMultiplier},
		{"a peak without a unit", func(e *calendar.Event) { e.Impact.Peak.Value = 1 }, calendar.FieldUnit},
		{"a unit without a peak", func(e *calendar.Event) { e.Impact.Peak.Unit = calendar.Requests }, calendar.FieldPeak},
		{"a peak that is no number", func(e *calendar.Event) { e.Impact.Peak = calendar.Peak{Value: math.NaN(), Unit: calendar.Requests} }, calendar.FieldPeak},
		{"a peak", func(e *calendar.Event) { e.Impact.Peak = calendar.Peak{Value: 1, Unit: calendar.Requests} }, ""},
		{"a floor below 0", func(e *calendar.Event) { e.Impact.Floor = -1 }, calendar.FieldFloor},
		{"two impacts", func(e *calendar.Event) { e.Impact = calendar.Impact{Multiplier: 2, Floor: 3} }, calendar.FieldImpact},
	} {
		e := hour(t, "a", "2026-03-21T20:00")
		c.change(e)
		err := e.Validate()
		field := calendar.FieldError{}
		if errors.As(err, &field); field.Field != c.want || (err == nil) != (c.want == "") {
			t.Errorf("%s: %v, want the field %q", c.name, err, c.want)
		}
	}
	e := calendar.Event{}
	if all := strings.Count(e.Validate().Error(), "\n") + 1; all != 7 {
		t.Errorf("an event that says nothing has %d errors: %v", all, e.Validate())
	}
}

// Each field counts.
func TestDiffSeesEachField(t *testing.T) {
	for name, change := range map[string]func(*calendar.Event){
		"title":   func(e *calendar.Event) { e.Title = "other" },
		"class":   func(e *calendar.Event) { e.Class = "other" },
		"start":   func(e *calendar.Event) { e.Window.Start = e.Window.Start.Add(-1e9) },
		"end":     func(e *calendar.Event) { e.Window.End = e.Window.End.Add(1e9) },
		"zone":    func(e *calendar.Event) { e.Window.Zone = zone(t, "Europe/Malta") },
		"all day": func(e *calendar.Event) { e.Window.AllDay = true },
		"rule": func(e *calendar.Event) {
			e.Recurrence = recurring(t, "FREQ=DAILY", "2026-03-21T20:00", "UTC").Recurrence
		},
		"left out": func(e *calendar.Event) {
			e.Recurrence = calendar.NewRecurrence(calendar.Rule{}, nil, []calendar.Wall{{}}, nil)
		},
		"extra": func(e *calendar.Event) {
			e.Recurrence = calendar.NewRecurrence(calendar.Rule{}, []calendar.Wall{e.Window.End}, nil, nil)
		},
		"moved": func(e *calendar.Event) {
			e.Recurrence = calendar.NewRecurrence(calendar.Rule{}, nil, nil, []calendar.Move{{From: e.Window.Start, Start: e.Window.Start, End: e.Window.End}})
		},
		"brands":     func(e *calendar.Event) { e.Scope.Brands = []string{"x"} },
		"markets":    func(e *calendar.Event) { e.Scope.Markets = []string{"x"} },
		"regions":    func(e *calendar.Event) { e.Scope.Regions = []string{"x"} },
		"workloads":  func(e *calendar.Event) { e.Scope.Workloads = calendar.Selector{{Key: "a", Values: []string{"b"}}} },
		"impact":     func(e *calendar.Event) { e.Impact.Floor = 1 },
		"confidence": func(e *calendar.Event) { e.Confidence = 0.5 },
		"ramp":       func(e *calendar.Event) { e.Ramp.Up = 1 },
		"status":     func(e *calendar.Event) { e.Status = calendar.Tentative },
		"owner":      func(e *calendar.Event) { e.Owner = "x" },
		"notes":      func(e *calendar.Event) { e.Notes = "x" },
	} {
		a, b := hour(t, "a", "2026-03-21T20:00"), hour(t, "a", "2026-03-21T20:00")
		if n := len(schedule(t, a).Diff(schedule(t, b))); n != 0 {
			t.Fatalf("%d changes of nothing", n)
		}
		change(b)
		if n := len(schedule(t, a).Diff(schedule(t, b))); n != 1 {
			t.Errorf("%s: %d changes, want 1", name, n)
		}
	}
}
