package calendar_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/headstart-scaler/headstart/calendar"
)

// recurring is an hour that is repeated by a rule; other fields are of no
// interest.
func recurring(t rapid.TB, rule, start, zoneName string) *calendar.Event {
	t.Helper()
	z, w := zone(t, zoneName), wall(t, start)
	r, err := calendar.ParseRule(rule, w, z)
	if err != nil {
		t.Fatalf("%s: %v", rule, err)
	}
	return &calendar.Event{
		ID: rule, Title: rule, Window: calendar.Window{Start: w, End: w.Add(time.Hour), Zone: z},
		Recurrence: calendar.NewRecurrence(r, nil, nil, nil), Confidence: 1, Status: calendar.Confirmed,
	}
}

func day(t rapid.TB, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// clocks are the starts of an event's occurrences in a window, as its zone's
// clocks show them.
func clocks(t rapid.TB, e *calendar.Event, from, to string) []string {
	t.Helper()
	s, err := calendar.NewSchedule([]*calendar.Event{e})
	if err != nil {
		t.Fatal(err)
	}
	starts := []string{}
	begin, end := day(t, from), day(t, to)
	for _, o := range s.Timeline(nil, begin, end).Between(begin, end) {
		starts = append(starts, calendar.WallOf(o.Start.In(e.Window.Zone)).String())
	}
	return starts
}

func TestRules(t *testing.T) {
	for _, c := range []struct{ rule, start, from, to, want string }{
		{"FREQ=WEEKLY;BYDAY=SA", "2026-03-21T20:00", "2026-03-20", "2026-04-05", "2026-03-21T20:00 2026-03-28T20:00 2026-04-04T20:00"},
		{"rrule:freq=weekly;byday=sa ", "2026-03-21T20:00", "2026-03-20", "2026-03-29", "2026-03-21T20:00 2026-03-28T20:00"},
		{"FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=MO", "2026-03-02T20:00", "2026-03-01", "2026-03-31", "2026-03-02T20:00 2026-03-08T20:00 2026-03-16T20:00 2026-03-22T20:00 2026-03-30T20:00"},
		{"FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU", "2026-03-02T20:00", "2026-03-01", "2026-03-31", "2026-03-02T20:00 2026-03-15T20:00 2026-03-16T20:00 2026-03-29T20:00 2026-03-30T20:00"},
		// COUNT, and looked at long after.
		{"FREQ=DAILY;COUNT=3", "2026-03-28T02:30", "2026-03-27", "2026-04-30", "2026-03-28T02:30 2026-03-29T03:30 2026-03-30T02:30"},
		{"FREQ=DAILY;COUNT=1000", "2024-01-01T12:00", "2026-09-25", "2026-10-30", "2026-09-25T12:00 2026-09-26T12:00"},
		{"FREQ=DAILY;COUNT=1", "2026-01-01T12:00", "2025-01-01", "2027-01-01", "2026-01-01T12:00"},
		{"FREQ=WEEKLY;BYDAY=SA;COUNT=2", "2026-03-20T20:00", "2026-03-01", "2026-04-30", "2026-03-20T20:00 2026-03-21T20:00"}, // the start counts
		// UNTIL: a date, a clock, an instant.
		{"FREQ=DAILY;UNTIL=20260330", "2026-03-29T20:00", "2026-03-01", "2026-04-30", "2026-03-29T20:00 2026-03-30T20:00"},
		{"FREQ=DAILY;UNTIL=20260330T195959", "2026-03-29T20:00", "2026-03-01", "2026-04-30", "2026-03-29T20:00"},
		{"FREQ=DAILY;UNTIL=20260330T200000", "2026-03-29T20:00", "2026-03-01", "2026-04-30", "2026-03-29T20:00 2026-03-30T20:00"},
		{"FREQ=DAILY;UNTIL=20260330T175959Z", "2026-03-29T20:00", "2026-03-01", "2026-04-30", "2026-03-29T20:00"},
		{"FREQ=DAILY;UNTIL=20260330T180000Z", "2026-03-29T20:00", "2026-03-01", "2026-04-30", "2026-03-29T20:00 2026-03-30T20:00"},
		{"FREQ=DAILY;UNTIL=20261025T010000Z", "2026-10-24T02:45", "2026-10-01", "2026-11-30", "2026-10-24T02:45 2026-10-25T02:45"}, // the second 02:00
		{"FREQ=DAILY;UNTIL=20260330;COUNT=9", "2026-03-29T20:00", "2026-03-01", "2026-04-30", "2026-03-29T20:00 2026-03-30T20:00"},
		// Leap days, and months that are too short.
		{"FREQ=YEARLY", "2024-02-29T12:00", "2024-01-01", "2033-01-01", "2024-02-29T12:00 2028-02-29T12:00 2032-02-29T12:00"},
		{"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "2096-02-29T12:00", "2096-01-01", "2106-01-01", "2096-02-29T12:00 2104-02-29T12:00"},
		{"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1", "2027-02-28T12:00", "2027-01-01", "2029-01-01", "2027-02-28T12:00 2028-02-29T12:00"},
		{"FREQ=MONTHLY", "2026-01-31T12:00", "2026-01-01", "2026-06-01", "2026-01-31T12:00 2026-03-31T12:00 2026-05-31T12:00"},
		{"FREQ=MONTHLY;BYDAY=-1FR", "2026-01-30T12:00", "2026-01-01", "2026-04-01", "2026-01-30T12:00 2026-02-27T12:00 2026-03-27T12:00"},
		{"FREQ=MONTHLY;BYDAY=5SA", "2026-01-31T12:00", "2026-01-01", "2026-09-01", "2026-01-31T12:00 2026-05-30T12:00 2026-08-29T12:00"},
		{"FREQ=MONTHLY;BYDAY=MO,1FR", "2026-03-02T12:00", "2026-03-01", "2026-03-17", "2026-03-02T12:00 2026-03-06T12:00 2026-03-09T12:00 2026-03-16T12:00"}, // both, which the library cannot
		{"FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "2026-01-30T12:00", "2026-01-01", "2026-04-01", "2026-01-30T12:00 2026-02-27T12:00 2026-03-31T12:00"},
		{"FREQ=YEARLY;BYWEEKNO=53;BYDAY=TH", "2026-12-31T12:00", "2026-01-01", "2033-01-01", "2026-12-31T12:00 2032-12-30T12:00"},
		{"FREQ=YEARLY;BYWEEKNO=20", "2026-05-11T12:00", "2026-01-01", "2028-01-01", "2026-05-11T12:00 2027-05-17T12:00"}, // the start's day of the week
		// Hours on both sides of a gap and of an hour that is shown twice.
		{"FREQ=HOURLY;INTERVAL=6", "2026-03-28T21:00", "2026-03-28", "2026-03-30", "2026-03-28T21:00 2026-03-29T03:00 2026-03-29T09:00 2026-03-29T15:00 2026-03-29T21:00"},
		{"FREQ=HOURLY;COUNT=4", "2026-03-29T01:00", "2026-03-28", "2026-03-30", "2026-03-29T01:00 2026-03-29T03:00 2026-03-29T04:00"}, // 02:00 and 03:00 are one
		{"FREQ=HOURLY;COUNT=3", "2026-10-25T01:00", "2026-10-24", "2026-10-27", "2026-10-25T01:00 2026-10-25T02:00 2026-10-25T03:00"},
	} {
		got := clocks(t, recurring(t, c.rule, c.start, "Europe/Malta"), c.from, c.to)
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s from %s:\ngot  %s\nwant %s", c.rule, c.start, strings.Join(got, " "), c.want)
		}
	}
}

func TestRulesThatAreRefused(t *testing.T) {
	start, malta := wall(t, "2026-03-21T10:00"), zone(t, "Europe/Malta")
	for _, c := range []struct {
		rule string
		want string
		is   error
	}{
		{"FREQ=MINUTELY", "", calendar.ErrTooOften},
		{"FREQ=SECONDLY;COUNT=1", "", calendar.ErrTooOften},
		{"FREQ=HOURLY;BYMINUTE=0,30", "", calendar.ErrTooOften},
		{"FREQ=DAILY;BYSECOND=0,1", "", calendar.ErrTooOften},
		{"FREQ=DAILY;COUNT=100001", "", calendar.ErrTooMany},
		{"FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "", calendar.ErrNever},
		{"FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30", "", calendar.ErrNever},
		{"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=5", "", calendar.ErrNever},
		{"FREQ=HOURLY;INTERVAL=24;BYHOUR=11", "", calendar.ErrNever}, // the library does not return
		{"FREQ=MONTHLY;BYDAY=-53MO", "", calendar.ErrNever},          // the library panics
		{"FREQ=MONTHLY;BYDAY=53MO", "", calendar.ErrNever},
		{"FREQ=MONTHLY;BYDAY=6MO", "", calendar.ErrNever},
		{"FREQ=HOURLY;BYSETPOS=2", "", calendar.ErrNever},
		{"FREQ=DAILY;UNTIL=20260320", "", calendar.ErrNever},
		{"FREQ=WEEKLY;BYDAY=2MO", "INTERVAL", nil},
		{"FREQ=YEARLY;BYWEEKNO=20;BYDAY=2MO", "INTERVAL", nil},
		{"FREQ=DAILY;COUNT=0", "COUNT", nil},
		{"FREQ=DAILY;COUNT=-1", "COUNT", nil},
		{"FREQ=DAILY;INTERVAL=0", "INTERVAL", nil},
		{"FREQ=DAILY;INTERVAL=-1", "interval", nil},
		{"FREQ=DAILY;INTERVAL=10001", "INTERVAL", nil},
		{"FREQ=WEEKLY;INTERVAL=9223372036854775807", "INTERVAL", nil},
		{"FREQ=YEARLY;BYEASTER=0", "BYEASTER", nil},
		{"FREQ=DAILY\nFREQ=DAILY", "more than one", nil},
		{"DTSTART=20260101T000000;FREQ=DAILY", "more than one", nil},
		{"FREQ=DAILY;BYHOUR=24", "byhour", nil},
		{"FREQ=DAILY;BYMONTHDAY=0", "bymonthday", nil},
		{"FREQ=FORTNIGHTLY", "no recurrence rule", nil},
		{"BYDAY=SA", "no recurrence rule", nil},
		{"", "no recurrence rule", nil},
		{"FREQ=DAILY;BYHOUR=" + strings.Repeat("1,", 1000) + "1", "longer", nil},
	} {
		_, err := calendar.ParseRule(c.rule, start, malta)
		if err == nil || c.is != nil && !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.60s: %v, want %v %q", c.rule, err, c.is, c.want)
		}
	}
	if _, err := calendar.ParseRule("FREQ=DAILY;UNTIL=20270101T000000Z", start, nil); err == nil {
		t.Error("an UNTIL in UTC was read without a zone")
	}
	for _, text := range []string{"FREQ=DAILY;COUNT=100000", "FREQ=DAILY;INTERVAL=10000", "FREQ=HOURLY;INTERVAL=24;BYHOUR=10"} {
		if _, err := calendar.ParseRule(text, start, malta); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestAnHourlyRuleIsPlayedForTenYears(t *testing.T) {
	e := recurring(t, "FREQ=HOURLY", "2026-01-01T00:00", "UTC")
	if n := len(clocks(t, e, "2026-01-01", "2036-01-01")); n != 24*3652 {
		t.Errorf("%d hours in ten years with two leap days, want %d", n, 24*3652)
	}
}

func TestRecurrenceLeavesOutMovesAndAdds(t *testing.T) {
	e := recurring(t, "FREQ=WEEKLY", "2026-03-07T20:00", "Europe/Malta")
	at := func(text string) calendar.Wall { return wall(t, text) }
	e.Recurrence = calendar.NewRecurrence(e.Recurrence.Rule(),
		[]calendar.Wall{at("2026-03-18T12:00"), at("2026-03-07T20:00"), at("2026-03-18T12:00"), at("2026-04-04T20:00")},
		[]calendar.Wall{at("2026-03-14T20:00"), at("2026-03-15T20:00")},
		[]calendar.Move{
			{From: at("2026-03-21T20:00"), Start: at("2026-03-22T18:00"), End: at("2026-03-22T23:00")},
			{From: at("2026-03-28T20:00"), Start: at("2026-07-01T20:00"), End: at("2026-07-01T21:00")}, // far away
			{From: at("2026-08-01T20:00"), Start: at("2026-03-01T20:00"), End: at("2026-03-01T21:00")}, // before the start
		})
	for _, c := range []struct{ from, to, want string }{
		{"2026-03-01", "2026-03-02", "2026-03-01T20:00"},
		{"2026-03-02", "2026-04-05", "2026-03-07T20:00 2026-03-18T12:00 2026-03-22T18:00 2026-04-04T20:00"},
		{"2026-07-01", "2026-07-02", "2026-07-01T20:00"},
		{"2026-07-31", "2026-08-09", "2026-08-08T20:00"},
	} {
		if got := strings.Join(clocks(t, e, c.from, c.to), " "); got != c.want {
			t.Errorf("%s to %s: got %s, want %s", c.from, c.to, got, c.want)
		}
	}
	r := e.Recurrence
	if r.Plain() || !r.Repeats() || len(r.Extra()) != 3 || len(r.Left()) != 2 || len(r.Moved()) != 3 {
		t.Errorf("got %+v", r)
	}
	r.Extra()[0] = at("2030-01-01")
	if slices.Contains(r.Extra(), at("2030-01-01")) {
		t.Error("a recurrence can be changed from outside")
	}
}

// What stands alone can be left out or moved too, as a calendar's exports have it.
func TestAnEventThatStandsAlone(t *testing.T) {
	e := recurring(t, "FREQ=DAILY;COUNT=1", "2026-03-07T20:00", "Europe/Malta")
	start := e.Window.Start
	for _, c := range []struct {
		name string
		r    calendar.Recurrence
		want string
	}{
		{"plain", calendar.Recurrence{}, "2026-03-07T20:00"},
		{"left out", calendar.NewRecurrence(calendar.Rule{}, nil, []calendar.Wall{start}, nil), ""},
		{"moved", calendar.NewRecurrence(calendar.Rule{}, nil, nil, []calendar.Move{{From: start, Start: start.AddDays(1), End: start.AddDays(2)}}), "2026-03-08T20:00"},
		{"repeated", calendar.NewRecurrence(calendar.Rule{}, []calendar.Wall{start.AddDays(2)}, nil, nil), "2026-03-07T20:00 2026-03-09T20:00"},
	} {
		e.Recurrence = c.r
		if got := strings.Join(clocks(t, e, "2026-03-01", "2026-04-01"), " "); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// Weeks of a festival, every second month, and looked at from their middle.
func TestRecurrencesThatLastAWeek(t *testing.T) {
	e := recurring(t, "FREQ=WEEKLY;INTERVAL=2", "2026-01-05T00:00", "Europe/Malta")
	e.Window.End, e.Window.AllDay = e.Window.Start.AddDays(7), true
	for _, c := range []struct{ from, to, want string }{
		{"2026-03-18", "2026-03-19", "2026-03-16T00:00"},                  // Wednesday of it
		{"2026-03-24", "2026-03-25", ""},                                  // Tuesday of the other
		{"2026-03-22", "2026-04-01", "2026-03-16T00:00 2026-03-30T00:00"}, // its Sunday to the next
	} {
		if got := strings.Join(clocks(t, e, c.from, c.to), " "); got != c.want {
			t.Errorf("%s to %s: got %q, want %q", c.from, c.to, got, c.want)
		}
	}
}

// Bounded whatever the rule: a fuzzer that finds one which is not stops here.
func FuzzRule(f *testing.F) {
	for _, seed := range []string{
		"FREQ=WEEKLY;BYDAY=SA", "FREQ=HOURLY;INTERVAL=24;BYHOUR=11", "FREQ=MONTHLY;BYDAY=-53MO", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
		"FREQ=YEARLY;BYWEEKNO=53;BYDAY=TH;COUNT=50", "FREQ=HOURLY;UNTIL=20260330T175959Z", "FREQ=YEARLY;BYYEARDAY=366,-366;BYSETPOS=-1;WKST=SU",
	} {
		f.Add(seed)
	}
	malta := zone(f, "Europe/Malta")
	start := wall(f, "2026-03-21T10:00")
	from := day(f, "2030-03-01")
	f.Fuzz(func(t *testing.T, text string) {
		limit, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		rule, err := calendar.ParseRule(text, start, malta)
		if err == nil {
			e := &calendar.Event{ID: "x", Title: "x", Window: calendar.Window{Start: start, End: start.Add(time.Hour), Zone: malta}, Recurrence: calendar.NewRecurrence(rule, nil, nil, nil), Confidence: 1, Status: calendar.Confirmed}
			s, err := calendar.NewSchedule([]*calendar.Event{e})
			if err != nil {
				t.Fatal(err)
			}
			if n := s.Timeline(nil, from, from.AddDate(0, 0, 40)).Len(); n > 40*24+2 {
				t.Errorf("%q happens %d times in 40 days", text, n)
			}
		}
		if limit.Err() != nil {
			t.Errorf("%q took more than 5 s", text)
		}
	})
}
