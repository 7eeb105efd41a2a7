package intake_test

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/calendar/intake"
)

// made is when the files of these tests are made.
func made() time.Time { return time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC) }

// A schedule has to be the same after it was written and read, whatever is in
// it: else a file that was exported, corrected and uploaded changes events that
// nobody touched.
func TestWhatIsWrittenIsReadBackTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		schedule := drawSchedule(t)
		file := intake.WriteICS(schedule, made())
		r := intake.Read(file, intake.Options{Now: made()})
		if !r.OK() {
			t.Fatalf("%v\n%s", r.Errors, file)
		}
		read, err := calendar.NewSchedule(r.Events)
		if err != nil {
			t.Fatal(err)
		}
		for _, change := range schedule.Diff(read) {
			t.Errorf("before:\n%#v\nafter:\n%#v\n%s", change.Before, change.After, file)
		}
		if again := intake.WriteICS(read, made()); !bytes.Equal(file, again) {
			t.Errorf("written again:\n%s\nat first:\n%s", again, file)
		}
		for _, p := range r.Warnings {
			if p.Code == intake.ZoneDiffers || p.Code == intake.ZoneFound || p.Code == intake.UnknownField {
				t.Errorf("our own file is doubted: %v\n%s", p, file)
			}
		}
		wellFormed(t, file)
	})
}

// wellFormed holds a file to RFC 5545, 3.1: lines end with CR LF, none is longer
// than 75 bytes, and no character is cut in two.
func wellFormed(t interface{ Errorf(string, ...any) }, file []byte) {
	if !bytes.HasSuffix(file, []byte("\r\n")) {
		t.Errorf("the last line has no end")
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(string(file), "\r\n"), "\r\n") {
		if len(line) > 75 || !utf8.ValidString(line) || strings.ContainsAny(line, "\r\n") {
			t.Errorf("line of %d bytes: %q", len(line), line)
		}
	}
}

func drawSchedule(t *rapid.T) calendar.Schedule {
	events := make([]*calendar.Event, rapid.IntRange(1, 4).Draw(t, "events"))
	for i := range events {
		events[i] = drawEvent(t, i)
	}
	s, err := calendar.NewSchedule(events)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// words are texts with everything that means something in a calendar file.
func words(t *rapid.T, name string) string {
	text := rapid.StringOfN(rapid.SampledFrom([]rune("ab:;,\\\"n N<>&/äß🎰€-=+@'%#x1")), 0, 90, -1).Draw(t, name)
	return strings.Join(strings.Fields(text), " ")
}

func drawEvent(t *rapid.T, i int) *calendar.Event {
	e := &calendar.Event{
		ID:    strings.TrimSpace(fmt.Sprintf("%s%d", words(t, "id"), i)),
		Title: strings.TrimSpace("t" + words(t, "title")), Class: words(t, "class"), Owner: words(t, "owner"), Confidence: 1,
		Status: rapid.SampledFrom([]calendar.Status{calendar.Confirmed, calendar.Tentative, calendar.Cancelled}).Draw(t, "status"),
	}
	if e.Status != calendar.Cancelled {
		e.Window, e.Recurrence = drawTimes(t)
	} else {
		e.Window, _ = drawTimes(t)
	}
	lines := rapid.SliceOfN(rapid.SampledFrom([]string{"", "plain", "class: x", "Expected peak: 3", "a<br>b", "2 < 3", "tail  x", `back\slash`}), 0, 4).Draw(t, "notes")
	e.Notes = strings.TrimSpace(strings.Join(lines, "\n"))
	switch rapid.IntRange(0, 3).Draw(t, "impact") {
	case 1:
		e.Impact.Multiplier = rapid.SampledFrom([]float64{3, 1.125, 0.5, 12.345, 1e6}).Draw(t, "multiplier")
	case 2:
		units := []calendar.Unit{calendar.Requests, calendar.Messages, calendar.Connections}
		e.Impact.Peak = calendar.Peak{Value: rapid.SampledFrom([]float64{1, 12000, 12.125, 1e12}).Draw(t, "peak"), Unit: rapid.SampledFrom(units).Draw(t, "unit")}
	case 3:
		e.Impact.Floor = rapid.Int32Range(1, 1_000_000).Draw(t, "floor")
	}
	if rapid.Bool().Draw(t, "unsure") {
		e.Confidence = rapid.SampledFrom([]float64{0.8, 0.125, 0.333, 0.01}).Draw(t, "confidence")
	}
	ramps := rapid.SampledFrom([]time.Duration{0, time.Minute, 90 * time.Minute, 36 * time.Hour, 61 * time.Second})
	e.Ramp = calendar.Ramp{Up: ramps.Draw(t, "up"), Down: ramps.Draw(t, "down")}
	names := rapid.SampledFrom([][]string{nil, {"Aurora"}, {"Aurora", "Borealis"}, {"a, b", "c;d|e"}, {"all"}})
	e.Scope = calendar.Scope{Brands: names.Draw(t, "brands"), Markets: names.Draw(t, "markets"), Regions: names.Draw(t, "regions")}
	if rapid.Bool().Draw(t, "selects") {
		e.Scope.Workloads, _ = calendar.ParseSelector("team=payments tier=gold|silver")
	}
	return e
}

func drawTimes(t *rapid.T) (calendar.Window, calendar.Recurrence) {
	name := rapid.SampledFrom([]string{"Europe/Malta", "America/New_York", "UTC", "Africa/Casablanca", "Asia/Kolkata", "Australia/Lord_Howe", "America/Sao_Paulo", "Etc/GMT-2"}).Draw(t, "zone")
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	w := calendar.Window{Zone: zone, AllDay: rapid.Bool().Draw(t, "all day")}
	w.Start = calendar.Date(2026, time.January, 1).AddDays(rapid.IntRange(0, 800).Draw(t, "day"))
	unit := 24 * time.Hour
	if !w.AllDay {
		unit = time.Minute
		w.Start = w.Start.Add(time.Duration(rapid.IntRange(0, 86399).Draw(t, "second")) * time.Second)
	}
	w.End = w.Start.Add(unit * time.Duration(rapid.IntRange(1, 300).Draw(t, "length")))
	if name == "UTC" && w.AllDay && rapid.Bool().Draw(t, "midnight") {
		w.AllDay = false
	}
	return w, drawRecurrence(t, w, unit)
}

func drawRecurrence(t *rapid.T, w calendar.Window, unit time.Duration) calendar.Recurrence {
	var rule calendar.Rule
	texts := []string{
		"", "", "FREQ=WEEKLY;BYDAY=SA", "FREQ=DAILY;COUNT=5", "FREQ=MONTHLY;UNTIL=20291231", "FREQ=DAILY;UNTIL=20291231T235959;INTERVAL=2",
		"FREQ=DAILY;UNTIL=20291231T235959Z",
	}
	if text := rapid.SampledFrom(texts).Draw(t, "rule"); text != "" {
		var err error
		if rule, err = calendar.ParseRule(text, w.Start, w.Zone); err != nil {
			t.Fatal(err)
		}
	}
	walls := func(name string) []calendar.Wall {
		return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) calendar.Wall {
			return w.Start.Add(unit * time.Duration(rapid.IntRange(1, 400).Draw(t, "at")))
		}), 0, 3).Draw(t, name)
	}
	left, extra := walls("left"), walls("extra")
	var moved []calendar.Move
	for _, from := range walls("moved") {
		if !slices.Contains(left, from) {
			start := from.Add(unit * time.Duration(rapid.IntRange(1, 9).Draw(t, "by")))
			moved = append(moved, calendar.Move{From: from, Start: start, End: start.Add(unit * 7)})
		}
	}
	return calendar.NewRecurrence(rule, extra, left, moved)
}

// What is written looks like this to the programs that read it.
func TestAScheduleIsWrittenAsItsGolden(t *testing.T) {
	data, err := os.ReadFile("testdata/ics/google.ics")
	if err != nil {
		t.Fatal(err)
	}
	s, err := calendar.NewSchedule(intake.Read(data, intake.Options{Now: made()}).Events)
	if err != nil {
		t.Fatal(err)
	}
	compareICS(t, "testdata/ics/written.golden", strings.ReplaceAll(string(intake.WriteICS(s, made())), "\r\n", "\n"))
}

// A zone without a name, as an offset in JSON has, is written in UTC: the
// instants are the same.
func TestAZoneWithoutANameIsWrittenInUTC(t *testing.T) {
	zone := time.FixedZone("", 2*3600)
	start := calendar.Date(2026, time.March, 20).At(20, 0)
	s, err := calendar.NewSchedule([]*calendar.Event{{
		ID: "a", Title: "A", Window: calendar.Window{Start: start, End: start.Add(time.Hour), Zone: zone}, Confidence: 1, Status: calendar.Confirmed,
	}})
	if err != nil {
		t.Fatal(err)
	}
	file := string(intake.WriteICS(s, made()))
	if !strings.Contains(file, "DTSTART:20260320T180000Z\r\n") || strings.Contains(file, "TZID") {
		t.Error(file)
	}
}
