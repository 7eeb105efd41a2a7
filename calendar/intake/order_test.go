package intake_test

import (
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/calendar/intake"
)

// Dates with dots have the day first: no language writes the month first so.
// What the file shows, and what the uploader says, comes before that.
func TestDatesWithDots(t *testing.T) {
	for _, c := range []struct {
		dates  [2]string
		chosen intake.DateOrder
		order  intake.DateOrder
		first  string // "" where it is ambiguous
	}{
		{[2]string{"6.12.2026", "7.12.2026"}, "", intake.DayMonthYear, "2026-12-06T20:00"},
		{[2]string{"6. 12. 2026", "7.12.26"}, "", intake.DayMonthYear, "2026-12-06T20:00"},
		{[2]string{"6.12.26", "07.12.26"}, "", intake.DayMonthYear, "2026-12-06T20:00"},
		{[2]string{"6.12.2026", "7.12.2026"}, intake.MonthDayYear, intake.MonthDayYear, "2026-06-12T20:00"},
		{[2]string{"6.12.2026", "12.31.2026"}, "", intake.MonthDayYear, "2026-06-12T20:00"},
		{[2]string{"6.12.2026", "25/12/2026"}, "", intake.DayMonthYear, "2026-12-06T20:00"},
		{[2]string{"6.12.2026", "12/25/2026"}, "", intake.DetectOrder, ""},
		{[2]string{"6.12.2026", "2026-12-25"}, "", intake.DayMonthYear, "2026-12-06T20:00"},
		{[2]string{"6/12/2026", "7/12/2026"}, "", intake.DetectOrder, ""},
		{[2]string{"6-12-2026", "7-12-2026"}, "", intake.DetectOrder, ""},
		{[2]string{"6 12 2026", "7 12 2026"}, "", intake.DetectOrder, ""},
	} {
		file := "title,start,end,multiplier\nA," + c.dates[0] + " 20:00," + c.dates[0] + " 21:00,3\nB," + c.dates[1] + " 20:00," + c.dates[1] + " 21:00,3\n"
		r := intake.Read([]byte(file), intake.Options{Zone: time.UTC, DateOrder: c.chosen, Now: judged()})
		switch {
		case r.Order != c.order:
			t.Errorf("%v is read as %q, want %q", c.dates, r.Order, c.order)
		case c.first == "" && (len(r.Errors) != 1 || r.Errors[0].Code != intake.AmbiguousDate):
			t.Errorf("%v: %v", c.dates, r.Errors)
		case c.first != "" && (len(r.Events) != 2 || r.Events[0].Window.Start.String() != c.first):
			t.Errorf("%v: %v %v", c.dates, r.Events, r.Errors)
		}
	}
	list := "title,start,end,multiplier,recurrence,except\nA,2026-12-06 20:00,2026-12-06 21:00,3,daily,8.12.2026\n"
	if r := intake.Read([]byte(list), intake.Options{Zone: time.UTC, Now: judged()}); !r.OK() || len(r.Warnings) != 0 || len(r.Events[0].Recurrence.Left()) != 1 {
		t.Errorf("%v %v", r.Errors, r.Warnings)
	}
}
