package intake_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/calendar/intake"
)

// fromOthers is what other programs made, and what they found.
const fromOthers = "testdata/ics/made-by-others/"

// forOthers is a schedule with all that a calendar file has words for.
func forOthers(t *testing.T) calendar.Schedule {
	t.Helper()
	zone := func(name string) *time.Location {
		z, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		return z
	}
	event := func(id, zoneName string, start calendar.Wall, length time.Duration) *calendar.Event {
		return &calendar.Event{
			ID: id, Title: "Title of " + id, Confidence: 1, Status: calendar.Confirmed,
			Window: calendar.Window{Start: start, End: start.Add(length), Zone: zone(zoneName)},
		}
	}
	rule := func(e *calendar.Event, text string) calendar.Rule {
		r, err := calendar.ParseRule(text, e.Window.Start, e.Window.Zone)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	malta := event("malta", "Europe/Malta", calendar.Date(2026, time.March, 7).At(22, 0), 6*time.Hour)
	malta.Title = `Night; league, "final" \ – äß夜` + strings.Repeat(" long", 30)
	malta.Notes = "First line\nsecond; line, with \\ and <b>"
	malta.Impact.Multiplier = 3
	first := malta.Window.Start
	malta.Recurrence = calendar.NewRecurrence(rule(malta, "FREQ=WEEKLY;BYDAY=SA;UNTIL=20260509T220000"),
		[]calendar.Wall{first.AddDays(3)}, []calendar.Wall{first.AddDays(7)},
		[]calendar.Move{{From: first.AddDays(14), Start: first.AddDays(15), End: first.AddDays(15).Add(2 * time.Hour)}})
	newYork := event("new-york", "America/New_York", calendar.Date(2026, time.March, 1).At(1, 30), time.Hour)
	newYork.Recurrence = calendar.NewRecurrence(rule(newYork, "FREQ=MONTHLY;BYDAY=1SU;COUNT=5"), nil, nil, nil)
	casablanca := event("casablanca", "Africa/Casablanca", calendar.Date(2026, time.February, 10).At(20, 0), time.Hour)
	casablanca.Recurrence = calendar.NewRecurrence(rule(casablanca, "FREQ=WEEKLY;COUNT=8"), nil, nil, nil)
	days := event("days", "Europe/Malta", calendar.Date(2026, time.May, 1), 48*time.Hour)
	days.Window.AllDay = true
	days.Recurrence = calendar.NewRecurrence(rule(days, "FREQ=MONTHLY;COUNT=3"), nil, []calendar.Wall{calendar.Date(2026, time.June, 1)}, nil)
	gone := event("gone", "Europe/Malta", calendar.Date(2026, time.May, 5), time.Hour)
	gone.Status = calendar.Cancelled
	s, err := calendar.NewSchedule([]*calendar.Event{
		malta, newYork, casablanca, days, gone, event("utc", "UTC", calendar.Date(2026, time.May, 5).At(18, 0), time.Hour),
		event("kolkata", "Asia/Kolkata", calendar.Date(2026, time.July, 5).At(18, 0), time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Other libraries find in our files, in theirs, and in those of Google and
// Outlook the same events at the same instants as we do. How to ask them anew
// stands in the folder's README.
func TestOthersFindTheSameEvents(t *testing.T) {
	compareICS(t, fromOthers+"written.ics", string(intake.WriteICS(forOthers(t), made())))
	for _, reader := range []string{"icalendar", "icaljs"} {
		for file, theirs := range seenBy(t, reader) {
			t.Run(reader+"/"+filepath.Base(file), func(t *testing.T) { findsTheSame(t, file, theirs) })
		}
	}
}

// seenBy is what a library found, by file.
func seenBy(t *testing.T, reader string) map[string][][4]string {
	t.Helper()
	data, err := os.ReadFile(fromOthers + "seen-by-" + reader + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var seen map[string][][4]string
	if err := json.Unmarshal(data, &seen); err != nil || len(seen) < 4 {
		t.Fatalf("%d files: %v", len(seen), err)
	}
	return seen
}

func findsTheSame(t *testing.T, file string, theirs [][4]string) {
	if len(theirs) == 0 {
		t.Fatal("it found nothing")
	}
	ours := occurrences(t, fromOthers+file, theirs)
	for _, row := range ours {
		if !slices.Contains(theirs, row) {
			t.Errorf("we alone find %q", row)
		}
	}
	for _, row := range theirs {
		if !slices.Contains(ours, row) {
			t.Errorf("it alone finds %q", row)
		}
	}
}

// occurrences are those of 2026: id, title, start and end. Days are dates where
// the other has dates: to it, Outlook's days are times.
func occurrences(t *testing.T, file string, others [][4]string) [][4]string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	r := intake.Read(data, intake.Options{Zone: time.UTC, Now: judged()})
	s, err := calendar.NewSchedule(r.Events)
	if err != nil || !r.OK() {
		t.Fatalf("%v %v", err, r.Errors)
	}
	var rows [][4]string
	from := time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)
	for _, o := range s.Timeline(nil, from, from.AddDate(1, 0, 0)).Between(from, from.AddDate(1, 0, 0)) {
		row := func(form func(time.Time) string) [4]string {
			return [4]string{o.Event.ID, o.Event.Title, form(o.Start), form(o.End)}
		}
		days := row(func(at time.Time) string { return at.In(o.Event.Window.Zone).Format(time.DateOnly) })
		if o.Event.Window.AllDay && slices.Contains(others, days) {
			rows = append(rows, days)
		} else {
			rows = append(rows, row(func(at time.Time) string { return at.UTC().Format(time.RFC3339) }))
		}
	}
	return rows
}

// What other libraries write is read without a warning that a person would have
// to look into in vain.
func TestWhatOthersWriteIsReadInFull(t *testing.T) {
	for file, want := range map[string]int{"by-icalendar.ics": 4, "by-icaljs.ics": 3, "written.ics": 7} {
		data, err := os.ReadFile(fromOthers + file)
		if err != nil {
			t.Fatal(err)
		}
		r := intake.Read(data, intake.Options{Zone: time.UTC, Now: judged()})
		if !r.OK() || len(r.Events) != want {
			t.Errorf("%s: %d events, errors %v", file, len(r.Events), r.Errors)
		}
		for _, p := range r.Warnings {
			switch p.Code {
			case intake.AllDayEvent, intake.Overlapping, intake.InThePast, intake.NoImpact, intake.Cancels:
			case intake.UnknownField:
				if p.Column != "VALARM" {
					t.Errorf("%s: %v", file, p)
				}
			default:
				t.Errorf("%s: %v", file, p)
			}
		}
	}
}
