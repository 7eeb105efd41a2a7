package intake

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"

	"github.com/headstart-scaler/headstart/calendar"
)

// anyText is a text as people write them, and as attackers do; without blanks
// around it.
func anyText(t *rapid.T, label string, least int) string {
	alphabet := []rune(`=+-@'"` + "\t\n\r;,|\\_x000D_ aZé0½€漢＝🎰")
	text := strings.TrimSpace(string(rapid.SliceOfN(rapid.SampledFrom(alphabet), least, 12).Draw(t, label)))
	for len(text) < least {
		text += "T"
	}
	return text
}

func anyNames(t *rapid.T, label string) []string {
	var list []string
	for range rapid.IntRange(0, 2).Draw(t, label+" count") {
		list = append(list, anyText(t, label, 1))
	}
	if rapid.IntRange(0, 9).Draw(t, label+" all") == 0 {
		return []string{"all"}
	}
	return list
}

func anyEvent(t *rapid.T, id string) *calendar.Event {
	zone, err := time.LoadLocation(rapid.SampledFrom([]string{"UTC", "Europe/Malta", "America/New_York", "Australia/Lord_Howe"}).Draw(t, "zone"))
	if err != nil {
		t.Fatal(err)
	}
	start := calendar.Date(2026, time.January, rapid.IntRange(1, 2000).Draw(t, "day"))
	w := calendar.Window{Zone: zone, AllDay: rapid.Bool().Draw(t, "all day")}
	if w.AllDay {
		w.Start, w.End = start, start.AddDays(rapid.IntRange(1, 5).Draw(t, "days"))
	} else {
		w.Start = start.Add(time.Duration(rapid.IntRange(0, 86399).Draw(t, "second")) * time.Second)
		w.End = w.Start.Add(time.Duration(rapid.IntRange(1, 300_000).Draw(t, "seconds")) * time.Second)
	}
	e := &calendar.Event{
		ID: id, Title: anyText(t, "title", 1), Class: anyText(t, "class", 0), Window: w,
		Scope:      calendar.Scope{Brands: anyNames(t, "brand"), Markets: anyNames(t, "market"), Regions: anyNames(t, "region")},
		Confidence: rapid.Float64Range(1e-6, 1).Draw(t, "confidence"),
		Status:     rapid.SampledFrom([]calendar.Status{calendar.Confirmed, calendar.Tentative}).Draw(t, "status"),
		Owner:      anyText(t, "owner", 0), Notes: anyText(t, "notes", 0),
	}
	e.Scope.Workloads, err = calendar.ParseSelector(rapid.SampledFrom([]string{"", "team=payments tier=gold|silver"}).Draw(t, "selector"))
	if err != nil {
		t.Fatal(err)
	}
	value := rapid.Float64Range(1e-6, 1e6).Draw(t, "value")
	switch rapid.IntRange(0, 3).Draw(t, "impact") {
	case 0:
		e.Impact.Multiplier = value
	case 1:
		e.Impact.Peak = calendar.Peak{Value: value, Unit: rapid.SampledFrom([]calendar.Unit{calendar.Requests, calendar.Messages, calendar.Connections}).Draw(t, "unit")}
	case 2:
		e.Impact.Floor = rapid.Int32Range(1, 1_000_000).Draw(t, "floor")
	}
	if rapid.Bool().Draw(t, "ramps") {
		e.Ramp = calendar.Ramp{Up: time.Duration(rapid.IntRange(0, 7200).Draw(t, "up")) * time.Second, Down: 90 * time.Minute}
	}
	if rapid.Bool().Draw(t, "repeats") {
		e.Recurrence = anyRecurrence(t, w)
	}
	return e
}

func anyRecurrence(t *rapid.T, w calendar.Window) calendar.Recurrence {
	text := rapid.SampledFrom([]string{"FREQ=DAILY", "FREQ=WEEKLY;INTERVAL=2;COUNT=12", "FREQ=MONTHLY;BYDAY=-1SA;UNTIL=20350101T000000Z"}).Draw(t, "rule")
	rule, err := calendar.ParseRule(text, w.Start, w.Zone)
	if err != nil {
		t.Fatal(err)
	}
	var moved []calendar.Move
	if rapid.Bool().Draw(t, "moved") {
		moved = []calendar.Move{{From: w.Start.AddDays(14), Start: w.Start.AddDays(15), End: w.End.AddDays(16)}}
	}
	return calendar.NewRecurrence(rule, []calendar.Wall{w.Start.AddDays(3), w.Start.AddDays(5)}, []calendar.Wall{w.Start.AddDays(28)}, moved)
}

func anySchedule(t *rapid.T) calendar.Schedule {
	var events []*calendar.Event
	for i := range rapid.IntRange(1, 4).Draw(t, "events") {
		events = append(events, anyEvent(t, string(rune('a'+i))+anyText(t, "id", 0)))
	}
	s, err := calendar.NewSchedule(events)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// mustRead reads a file without errors as a schedule.
func mustRead(t interface {
	Helper()
	Fatalf(string, ...any)
}, data []byte, o Options,
) calendar.Schedule {
	t.Helper()
	r := Read(data, o)
	if !r.OK() {
		t.Fatalf("%s: %v", r.Format, r.Errors)
	}
	s, err := calendar.NewSchedule(r.Events)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return s
}

// What is written is read back as what it was, in all forms.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anySchedule(t)
		workbook, err := WriteXLSX(s)
		if err != nil {
			t.Fatal(err)
		}
		for name, data := range map[string][]byte{"json": EncodeJSON(s), "csv": WriteCSV(s), "xlsx": workbook} {
			back := mustRead(t, data, Options{})
			if diff := s.Diff(back); len(diff) > 0 {
				t.Fatalf("%s:\nbefore %+v\nafter  %+v", name, diff[0].Before, diff[0].After)
			}
		}
		if again := EncodeJSON(mustRead(t, EncodeJSON(s), Options{})); !bytes.Equal(again, EncodeJSON(s)) {
			t.Fatalf("JSON is not canonical: %s", again)
		}
	})
}

// JSON keeps what a table cannot: blanks around texts.
func TestJSONKeepsBlanks(t *testing.T) {
	zone := time.UTC
	start := calendar.Date(2026, time.May, 1)
	s, err := calendar.NewSchedule([]*calendar.Event{{
		ID: " a ", Title: "  Cup\n", Window: calendar.Window{Start: start, End: start.At(1, 0), Zone: zone, AllDay: true},
		Confidence: 1, Status: calendar.Cancelled, Scope: calendar.Scope{Brands: []string{" B "}}, Notes: "<b>&\u2028</b>",
	}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := s.Diff(mustRead(t, EncodeJSON(s), Options{})); len(diff) > 0 {
		t.Errorf("%+v became %+v", diff[0].Before, diff[0].After)
	}
}

// No cell of an export begins with what a spreadsheet takes for a formula.
func TestExportsHoldNoFormula(t *testing.T) {
	start := calendar.Date(2026, time.May, 1).At(10, 0)
	var events []*calendar.Event
	for _, title := range []string{"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "'=1", "''=1", "=cmd|' /C calc'!A0", "＝1", "'plain", "a=1"} {
		events = append(events, &calendar.Event{
			ID: title, Title: title, Window: calendar.Window{Start: start, End: start.Add(time.Hour), Zone: time.UTC},
			Confidence: 1, Status: calendar.Confirmed, Owner: title, Notes: title, Class: title,
		})
	}
	s, err := calendar.NewSchedule(events)
	if err != nil {
		t.Fatal(err)
	}
	sc := scanner{text: strings.TrimPrefix(string(WriteCSV(s)), byteOrderMark), delimiter: ','}
	for sc.more() {
		for {
			value, _ := sc.value()
			if value != "" && strings.ContainsRune("=+-@\t\r＝", []rune(value)[0]) {
				t.Errorf("cell %q is a formula", value)
			}
			if !sc.more() || sc.text[sc.at] != ',' {
				break
			}
			sc.at++
		}
		sc.endLine()
	}
	back := mustRead(t, WriteCSV(s), Options{})
	if diff := s.Diff(back); len(diff) > 0 {
		t.Errorf("%q became %q", diff[0].Before.Title, diff[0].After.Title)
	}
}

// Our own templates are read without a word but for what their examples give
// reason to.
func TestTemplates(t *testing.T) {
	workbook, err := TemplateXLSX()
	if err != nil {
		t.Fatal(err)
	}
	var titles [][]string
	for _, data := range [][]byte{TemplateCSV(), workbook} {
		r := Read(data, Options{Now: time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)})
		if !r.OK() || len(r.Warnings) > 0 || len(r.Events) != len(examples()) {
			t.Errorf("%s: %v %v, %d events", r.Format, r.Errors, r.Warnings, len(r.Events))
		}
		var of []string
		for _, e := range r.Events {
			of = append(of, e.Title+e.Window.Start.String()+e.Window.End.String())
		}
		titles = append(titles, of)
	}
	if !slices.Equal(titles[0], titles[1]) {
		t.Errorf("the templates differ: %v", titles)
	}
}
