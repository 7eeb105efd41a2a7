package calendar_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/headstart-scaler/headstart/calendar"
)

func TestInstancesAndTheNearest(t *testing.T) {
	for _, c := range []struct {
		rule, start, at string
		starts          bool
		nearest         string // "" is none
	}{
		{"FREQ=WEEKLY;BYDAY=SA", "2027-06-05T20:00", "2027-06-12T20:00", true, "2027-06-12T20:00"},
		{"FREQ=WEEKLY;BYDAY=SA", "2027-06-05T20:00", "2027-06-12T20:01", false, "2027-06-12T20:00"},
		{"FREQ=WEEKLY;BYDAY=SA", "2027-06-05T20:00", "2027-06-15T20:00", false, "2027-06-12T20:00"},
		{"FREQ=WEEKLY;BYDAY=SA", "2027-06-05T20:00", "2027-06-16T20:00", false, "2027-06-19T20:00"},
		{"FREQ=WEEKLY;BYDAY=SA", "2027-06-05T20:00", "2027-05-29T20:00", false, "2027-06-05T20:00"}, // before the first
		{"FREQ=WEEKLY;BYDAY=SA", "2027-06-02T20:00", "2027-06-02T20:00", true, "2027-06-02T20:00"},  // the first, though the rule has it not
		{"FREQ=WEEKLY;BYDAY=SA;COUNT=2", "2027-06-05T20:00", "2027-06-19T20:00", false, "2027-06-12T20:00"},
		{"FREQ=WEEKLY;BYDAY=SA", "2027-06-05T20:00", "2027-06-16T08:00", false, "2027-06-12T20:00"}, // of two as near, the one before
		{"FREQ=YEARLY", "2024-02-29T20:00", "2027-02-28T20:00", false, "2028-02-29T20:00"},
		{"FREQ=YEARLY;INTERVAL=20", "2027-06-05T20:00", "2036-06-05T20:00", false, "2027-06-05T20:00"}, // nine years
		{"FREQ=YEARLY;INTERVAL=24", "2027-06-05T20:00", "2039-06-05T20:00", false, ""},                 // twelve years to both
		{"FREQ=WEEKLY;BYDAY=SA", "2027-06-05T20:00", "2007-06-05T20:00", false, ""},
		{"FREQ=YEARLY;INTERVAL=40", "2027-06-05T20:00", "2047-06-05T20:00", false, ""},
	} {
		e := recurring(t, c.rule, c.start, "Europe/Malta")
		at := wall(t, c.at)
		if got := e.Recurrence.Starts(e.Window, at); got != c.starts {
			t.Errorf("%s from %s: starts at %s is %t", c.rule, c.start, c.at, got)
		}
		near, ok := e.Recurrence.Nearest(e.Window, at)
		if ok != (c.nearest != "") || ok && near.String() != c.nearest {
			t.Errorf("%s from %s: nearest to %s is %s, %t", c.rule, c.start, c.at, near, ok)
		}
	}
}

// What is left out or moved is an instance, and is not the nearest; further
// dates are both.
func TestInstancesThatAreNotWhereTheRuleHasThem(t *testing.T) {
	e := recurring(t, "FREQ=WEEKLY;BYDAY=SA", "2027-06-05T20:00", "UTC")
	r := calendar.NewRecurrence(e.Recurrence.Rule(),
		[]calendar.Wall{wall(t, "2027-06-16T09:00")}, []calendar.Wall{wall(t, "2027-06-12T20:00")},
		[]calendar.Move{{From: wall(t, "2027-06-19T20:00"), Start: wall(t, "2027-06-14T20:00"), End: wall(t, "2027-06-14T21:00")}})
	for at, starts := range map[string]bool{"2027-06-12T20:00": true, "2027-06-19T20:00": true, "2027-06-16T09:00": true, "2027-06-14T20:00": false} {
		if r.Starts(e.Window, wall(t, at)) != starts {
			t.Errorf("starts at %s is %t", at, !starts)
		}
	}
	for to, want := range map[string]string{"2027-06-13T20:00": "2027-06-16T09:00", "2027-06-20T20:00": "2027-06-16T09:00", "2027-06-22T20:00": "2027-06-26T20:00"} {
		if near, ok := r.Nearest(e.Window, wall(t, to)); !ok || near.String() != want {
			t.Errorf("nearest to %s is %s, want %s", to, near, want)
		}
	}
}

// Both say the same as a look at each instance.
func TestInstancesOneByOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rule := rapid.SampledFrom([]string{"FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY;BYDAY=MO,FR", "FREQ=MONTHLY;BYMONTHDAY=-1", "FREQ=HOURLY;INTERVAL=7", "FREQ=DAILY;COUNT=9"}).Draw(t, "rule")
		e := recurring(t, rule, "2027-01-04T20:00", "UTC")
		at := e.Window.Start.Add(time.Duration(rapid.IntRange(-48, 2400).Draw(t, "hour")) * time.Hour)
		starts := false
		var nearest time.Duration = 1 << 62
		for _, text := range clocks(t, e, "2026-12-01", "2028-01-01") {
			start := wall(t, text)
			starts = starts || start == at
			nearest = min(nearest, start.Sub(at).Abs())
		}
		if got := e.Recurrence.Starts(e.Window, at); got != starts {
			t.Errorf("starts at %s is %t", at, got)
		}
		if near, ok := e.Recurrence.Nearest(e.Window, at); !ok || near.Sub(at).Abs() != nearest {
			t.Errorf("nearest to %s is %s, another one is %s away", at, near, nearest)
		}
	})
}
