package calendar_test

import (
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/headstart-scaler/headstart/calendar"
)

// What is to come is what the timeline of all of it begins with.
func TestUpcomingIsTheBeginOfTheTimeline(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := planned(t, 0).event
		at := e.Window.Start.Digits().Add(time.Duration(rapid.IntRange(-900*24, 60*24).Draw(t, "hours from the start")) * time.Hour)
		classes := calendar.Classes{"ramped": {Name: "ramped", Ramp: calendar.Ramp{Up: time.Hour, Down: 30 * time.Minute}, IgnoreTentative: true}}
		n := rapid.IntRange(1, 4).Draw(t, "n")
		got := e.Upcoming(classes, at, n)
		until := at.AddDate(0, 0, 1024)
		want := schedule(t, e).Timeline(classes, at, until).Between(at, until)
		want = want[:min(n, len(want))]
		same := func(a, b calendar.Occurrence) bool { return a.Start.Equal(b.Start) && a.End.Equal(b.End) }
		if len(got) < len(want) || !slices.EqualFunc(got[:len(want)], want, same) {
			t.Fatalf("%d to come from %s: %v, want %v", n, at, got, want)
		}
	})
}

// What recurs every hour is found among few, however far ahead it begins, and
// none but what was asked for is held.
func TestUpcomingOfHourlyEventsIsCheap(t *testing.T) {
	now := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	for _, ahead := range []int{1, 40, 600, 4000} {
		e := recurring(t, "FREQ=HOURLY", calendar.WallOf(now.AddDate(0, 0, ahead)).String(), "Europe/Malta")
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		found := e.Upcoming(nil, now, 3)
		runtime.ReadMemStats(&after)
		if len(found) != 3 || cap(found) > 4 {
			t.Errorf("%d days ahead: %d found with room for %d, want 3", ahead, len(found), cap(found))
		}
		if took := (after.TotalAlloc - before.TotalAlloc) >> 10; took > 256 {
			t.Errorf("%d days ahead: 3 occurrences took %d kB", ahead, took)
		}
	}
}

func ExampleEvent_Upcoming() {
	start := calendar.WallOf(time.Date(2027, 6, 5, 20, 0, 0, 0, time.UTC))
	rule, err := calendar.ParseRule("FREQ=WEEKLY;BYDAY=SA", start, time.UTC)
	if err != nil {
		fmt.Println(err)
	}
	e := &calendar.Event{
		ID: "sat", Title: "Saturday final", Window: calendar.Window{Start: start, End: start.Add(3 * time.Hour), Zone: time.UTC},
		Recurrence: calendar.NewRecurrence(rule, nil, nil, nil),
	}
	for _, o := range e.Upcoming(nil, time.Date(2027, 6, 12, 22, 0, 0, 0, time.UTC), 2) {
		fmt.Println(o.Name())
	}
	// Output:
	// sat@2027-06-12T20:00Z
	// sat@2027-06-19T20:00Z
}
