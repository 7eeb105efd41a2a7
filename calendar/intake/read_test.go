package intake_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/calendar/intake"
)

func Example() {
	file := "title,start,end,timezone,expected_peak,unit\n" +
		"Derby,27/03/2027 20:00,27/03/2027 22:00,Europe/Malta,12k,rps\n" +
		"Cup,28/03/2027 20:00,28/03/2027 22:00,Europe/Mlata,3,x\n"
	r := intake.Read([]byte(file), intake.Options{Now: time.Date(2026, time.November, 24, 0, 0, 0, 0, time.UTC)})
	for _, e := range r.Events {
		fmt.Println(e.Title, e.Window.Start, e.Impact.Peak.Value, e.Impact.Peak.Unit)
	}
	for _, p := range r.Errors {
		fmt.Println(p)
	}
	// Output:
	// Derby 2027-03-27T20:00 12000 requests/s
	// Row 3, column timezone: expected a time zone such as Europe/Malta, found Europe/Mlata. Did you mean Europe/Malta?
}

func ExampleGroup() {
	var problems []intake.Problem
	for _, row := range []int{3, 4, 5, 9} {
		problems = append(problems, intake.Problem{Row: row, Column: "unit", Code: intake.Missing, Fix: "Write what the number counts."})
	}
	problems = append(problems, intake.Problem{Row: 7, Column: "Start Date", Code: intake.AmbiguousDate, Expected: "YYYY-MM-DD", Found: "03/04/27", Fix: "Choose the file's date order."})
	for _, repair := range intake.Group(problems) {
		fmt.Printf("%d in rows %s: %s\n", repair.Count, repair.Rows, repair.Fix)
	}
	fmt.Println(problems[4])
	// Output:
	// 4 in rows 3-5, 9: Write what the number counts.
	// 1 in rows 7: Choose the file's date order.
	// Row 7, column Start Date: expected YYYY-MM-DD, found 03/04/27. Choose the file's date order.
}

func archive(t *testing.T, names ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range names {
		if _, err := w.Create(name); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A file is told by what it holds; what is of no format is called by its name.
func TestFormats(t *testing.T) {
	const event = `{"id":"a","title":"A","start":"2027-01-01T10:00","end":"2027-01-01T11:00","timezone":"UTC","floor":3}`
	for _, c := range []struct {
		name   string
		data   []byte
		format intake.Format
		found  string // in the first error
	}{
		{"a list", []byte("[" + event + "]"), intake.JSON, ""},
		{"a document", []byte("\ufeff\n {\"events\": [" + event + "]}"), intake.JSON, ""},
		{"a table", []byte("title,start,end,timezone\nA,2027-01-01 10:00,2027-01-01 11:00,UTC\n"), intake.CSV, ""},
		{"a calendar", []byte("begin:vcalendar\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:a\r\nSUMMARY:A\r\nDTSTART:20270101T100000Z\r\nDTEND:20270101T110000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"), intake.ICS, ""},
		{"xls", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00\x00"), "", "an old .xls workbook, or one with a password"},
		{"pdf", []byte("%PDF-1.7\n\x00"), "", "a PDF"},
		{"gzip", []byte("\x1f\x8b\x08\x00\x00"), "", "a gzip archive"},
		{"zeros", make([]byte, 100), "", "bytes that are no text"},
		{"page", []byte("<table><tr><td>title"), "", "a page or XML"},
		{"ods", archive(t, "mimetype", "content.xml"), "", "an OpenDocument file (.ods)"},
		{"xlsb", archive(t, "xl/workbook.bin"), "", "a binary workbook (.xlsb)"},
		{"numbers", archive(t, "Index/Document.iwa"), "", "a Numbers file"},
		{"docx", archive(t, "word/document.xml"), "", "a text document"},
		{"cut off", archive(t, "xl/workbook.xml")[:60], "", "a workbook that is broken: open archive: zip: not a valid zip file"},
		{"cut off calendars", archive(t, "calendar.ics")[:60], "", "an archive that is broken: open archive: zip: not a valid zip file"},
		{"nothing in it", archive(t, "xl/workbook.xml"), intake.XLSX, "none"},
	} {
		r := intake.Read(c.data, intake.Options{Now: judged()})
		switch {
		case r.Format != c.format:
			t.Errorf("%s is taken for %q", c.name, r.Format)
		case c.found == "" && !r.OK():
			t.Errorf("%s: %v", c.name, r.Errors)
		case c.found != "" && (len(r.Errors) != 1 || r.Errors[0].Found != c.found):
			t.Errorf("%s: %v, want %s", c.name, r.Errors, c.found)
		}
	}
}

// What the uploader says comes before what is recognised.
func TestOptions(t *testing.T) {
	malta, err := time.LoadLocation("Europe/Malta")
	if err != nil {
		t.Fatal(err)
	}
	file := []byte("Was;Wann;Bis;title;Load\nDerby;03/04/27 20:00;03/04/27 22:00;x;3\n")
	o := intake.Options{
		Now: judged(), Zone: malta, DateOrder: intake.MonthDayYear,
		Columns: map[string]string{"Was": "title", "wann": "start", "BIS": "end", "title": "-", "Load": "multiplier"},
		Classes: calendar.Classes{},
	}
	r := intake.Read(file, o)
	if !r.OK() || len(r.Events) != 1 {
		t.Fatal(r.Errors)
	}
	e := r.Events[0]
	if e.Title != "Derby" || e.Window.Start.String() != "2027-03-04T20:00" || e.Window.Zone != malta || e.Impact.Multiplier != 3 {
		t.Errorf("%+v", e)
	}
	want := []intake.Column{{Header: "Was", Means: "title"}, {Header: "Wann", Means: "start"}, {Header: "Bis", Means: "end"}, {Header: "title", Means: "-"}, {Header: "Load", Means: "multiplier"}}
	if !slices.Equal(r.Columns, want) || r.Order != intake.MonthDayYear {
		t.Errorf("%v, %s", r.Columns, r.Order)
	}
	o.DateOrder = intake.DayMonthYear
	if r := intake.Read(file, o); len(r.Events) != 1 || r.Events[0].Window.Start.String() != "2027-04-03T20:00" {
		t.Errorf("day first: %v", r.Events)
	}
	o.DateOrder = intake.YearMonthDay
	if r := intake.Read(file, o); len(r.Events) != 1 || r.Events[0].Window.Start.String() != "2003-04-27T20:00" {
		t.Errorf("year first: %v %v", r.Events, r.Errors)
	}
	whole := []byte("title,start,end\nDerby,03/04/2027 20:00,2027-04-03 22:00\n")
	if r := intake.Read(whole, intake.Options{Zone: malta, DateOrder: intake.YearMonthDay}); len(r.Errors) != 1 || r.Errors[0].Code != intake.BadDate || r.Errors[0].Fix != "Correct the date, or choose the file's date order." {
		t.Errorf("a year of four digits that stands last is read with the year first: %v %v", r.Events, r.Errors)
	}
	o.DateOrder = intake.MonthDayYear
	wrong := []byte("title;start;end\nDerby;25/04/27 20:00;25/04/27 22:00\n")
	if r := intake.Read(wrong, intake.Options{Zone: malta, DateOrder: intake.MonthDayYear}); len(r.Errors) != 2 || r.Errors[0].Code != intake.BadDate || r.Errors[0].Expected != "MM/DD/YYYY or YYYY-MM-DD" {
		t.Errorf("a day that the chosen order has not: %v", r.Errors)
	}
}

// A class says what events without an impact do, and how its name is written.
func TestClasses(t *testing.T) {
	file := []byte("title,class,start,end,timezone\nA,TOURNAMENT,2027-01-01 10:00,2027-01-01 11:00,UTC\nB,fair,2027-01-02 10:00,2027-01-02 11:00,UTC\n")
	r := intake.Read(file, intake.Options{Now: judged(), Classes: calendar.Classes{"tournament": {Name: "tournament", Multiplier: 2}}})
	if len(r.Events) != 2 || r.Events[0].Class != "tournament" || len(r.Warnings) != 1 || r.Warnings[0].Row != 3 || r.Warnings[0].Code != intake.NoImpact {
		t.Errorf("%v %v", r.Events, r.Warnings)
	}
}

// A line of a description that says again what is known is a note, in whatever
// file it comes: it may be why somebody wrote the first one.
func TestLinesOfADescriptionThatStandTwice(t *testing.T) {
	table := "Subject,Start Date,Start Time,End Date,End Time,Description\n" +
		"A,2027-06-05,20:00,2027-06-05,21:00,\"multiplier: 2\nmultiplier: 9\nhello\"\n"
	calendar := "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a\r\nSUMMARY:A\r\nDTSTART:20270605T200000Z\r\nDTEND:20270605T210000Z\r\n" +
		"DESCRIPTION:multiplier: 2\\nmultiplier: 9\\nhello\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	for _, file := range []string{table, calendar} {
		r := intake.Read([]byte(file), intake.Options{Zone: time.UTC, Now: judged()})
		if !r.OK() || len(r.Events) != 1 {
			t.Fatalf("%s: %v", r.Format, r.Errors)
		}
		if e := r.Events[0]; e.Impact.Multiplier != 2 || e.Notes != "multiplier: 9\nhello" {
			t.Errorf("%s: ×%v, notes %q", r.Format, e.Impact.Multiplier, e.Notes)
		}
	}
}

// A date that names no instance of an event is a warning in JSON too.
func TestInstancesOfJSON(t *testing.T) {
	const file = `[{"id":"a","title":"A","start":"2027-06-05T20:00","end":"2027-06-05T21:00","timezone":"UTC","floor":3,"recurrence":"FREQ=WEEKLY",
		"except":["2027-06-12T20:00","2027-06-20T20:00"],"moved":[{"from":"2027-06-25T20:00","start":"2027-06-27T20:00","end":"2027-06-27T21:00"}]}]`
	r := intake.Read([]byte(file), intake.Options{Now: judged()})
	want := []string{
		"Row 1, column except: expected the start of an instance (the nearest is 2027-06-19T20:00), found 2027-06-20T20:00. It leaves nothing out: write the start of the instance that is meant, or delete it.",
		"Row 1, column moved: expected the start of an instance (the nearest is 2027-06-26T20:00), found 2027-06-25T20:00. It moves nothing, and its new time is one more instance: write the start of the one that is meant.",
	}
	if !r.OK() || len(r.Warnings) != len(want) {
		t.Fatalf("%v %v", r.Errors, r.Warnings)
	}
	for i, p := range r.Warnings {
		if p.Code != intake.NoInstance || p.String() != want[i] {
			t.Errorf("%s: %s, want %s", p.Code, p, want[i])
		}
	}
}

// Who mends the first problem of a group must not be wrong about the others:
// what has another cause is another group, and points to where it stands.
func TestGroupsHaveOneCause(t *testing.T) {
	file := "id,title,start,end,timezone,multiplier,floor,recurrence,also,moved\n" +
		"a,A,2027-06-05 20:00,2027-06-05 19:00,UTC,3,,,,\n" + // ends before it starts
		"b,B,2027-06-05 20:00,2028-07-05 21:00,UTC,3,,,,\n" + // lasts too long
		"c,C,2027-06-05 20:00,2027-06-05 21:00,UTC,2000000,,,,\n" +
		"d,D,2027-06-05 20:00,2027-06-05 21:00,UTC,,2000000,,,\n" +
		"e,E,2027-06-05 20:00,2027-06-05 21:00,UTC,3,3,,,\n" +
		"f,F,2027-06-05 20:00,2027-06-05 21:00,UTC,3,,daily,2727-06-09 20:00,\n" +
		"g,G,2027-06-05 20:00,2027-06-05 21:00,UTC,3,,daily,,2027-06-06T20:00>2027-06-07T20:00/2027-06-07T19:00\n" +
		"h," + strings.Repeat("H", 5000) + ",2027-06-05 20:00,2027-06-05 21:00,UTC,3,,,,\n" +
		"i,,2027-06-05 20:00,2027-06-05 21:00,UTC,3,,,,\n"
	var got []string
	for _, g := range intake.Group(intake.Read([]byte(file), intake.Options{Now: judged()}).Errors) {
		got = append(got, g.Rows+" "+g.Column+": "+g.Fix)
	}
	want := []string{
		"2 end: Correct the start or the end: an event past midnight ends on the next date.",
		"3 end: Correct the start or the end: an event lasts a year at most.",
		"4 multiplier: Correct the number, or leave it out.",
		"5 floor: Correct the number, or leave it out.",
		"6 expected_peak: Leave out all of them but one.",
		"7 also: Correct the year.",
		"8 moved: Correct when the moved instance starts and ends.",
		"9 title: Shorten it.",
		"10 title: Write a title.",
	}
	if !slices.Equal(got, want) {
		t.Errorf("groups\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Limits are kept to the row, and problems beyond theirs are counted.
func TestLimits(t *testing.T) {
	rows := func(n int, row string) []byte {
		return []byte("title,start,end,timezone,floor\n" + strings.Repeat(row, n))
	}
	const bad = "A,soon,later,UTC,1\n"
	r := intake.Read(rows(5, bad), intake.Options{Limits: intake.Limits{Problems: 4}})
	if len(r.Errors) != 4 || r.ErrorsOmitted != 6 {
		t.Errorf("%d errors and %d more", len(r.Errors), r.ErrorsOmitted)
	}
	const good = "A,2027-01-01 10:00,2027-01-01 11:00,UTC,1\n"
	if r := intake.Read(rows(1, good), intake.Options{Limits: intake.Limits{Rows: 1}}); !r.OK() {
		t.Error(r.Errors)
	}
	for name, l := range map[string]intake.Limits{
		"rows": {Rows: 1}, "columns": {Columns: 4}, "cell": {Cell: 15}, "bytes": {Bytes: 100},
	} {
		if r := intake.Read(rows(2, good), intake.Options{Limits: l}); r.OK() || r.Errors[0].Code != intake.TooLarge {
			t.Errorf("%s: %v", name, r.Errors)
		}
	}
	if r := intake.Read(rows(1, good), intake.Options{Limits: intake.Limits{Columns: 5, Cell: 16}}); !r.OK() {
		t.Error(r.Errors)
	}
}

// JSON is strict, and says where and what instead.
func TestJSONIsStrict(t *testing.T) {
	const rest = `"id":"a","start":"2027-01-01T10:00","end":"2027-01-01T11:00"`
	for text, want := range map[string]string{
		`[{"titel":"A",` + rest + `}]`:                        "Row 1, column titel: expected a field of an event, found titel. Did you mean title?",
		`[{"title":"A","title":"B",` + rest + `}]`:            `Row 1, column title: expected the field once, found "B". Leave one of them out.`,
		`[{"title":7,` + rest + `}]`:                          "Row 1, column title: expected a text, found 7. Correct the value.",
		`[{"title":"A","floor":1.5,` + rest + `}]`:            "Row 1, column floor: expected a whole number, found 1.5. Correct the value.",
		`[{"title":"A","moved":[{"form":"x"}],` + rest + `}]`: `Row 1, column moved: expected a list of objects with from, start and end, found [{"form":"x"}]. Correct the value.`,
		`[{"title":"A",` + rest + `},{"title":"B"}]`:          "Row 2, column start: expected a clock such as 2026-03-29T20:30, found nothing. Write date and time.",
		`[7]`:                      `Row 1: expected an object such as {"id": …}, found 7. Write each event as an object.`,
		`{"events":[],"event":[]}`: "Column event: expected events, found event. Leave the field out.",
		`{"events":{}}`:            "File: expected a .csv, .xlsx, .ics or .json file, found broken JSON in line 1: events is no list: it has to begin with [. Correct the JSON.",
		"[\n{\"title\":}]":         "File: expected a .csv, .xlsx, .ics or .json file, found broken JSON in line 2: read event 1: invalid character '}' looking for beginning of value. Correct the JSON.",
		`[] []`:                    "File: expected a .csv, .xlsx, .ics or .json file, found text after the end of the JSON. Delete it.",
		`[{"title":"A","start":"2027-01-01T10:00Z","end":"2027-01-01"}]`:   "Row 1, column start: expected a clock such as 2026-03-29T20:30, found 2027-01-01T10:00Z. Write date and time of the time zone, without an offset.",
		`[{"title":"A","ramp_up":"soon",` + rest + `}]`:                    "Row 1, column ramp_up: expected a duration such as 30m or 1h30m, found soon. Write the duration with its unit.",
		`[{"title":"A","workloads":"x",` + rest + `}]`:                     "Row 1, column workloads: expected labels such as team=payments tier=gold|silver, found x. Write each label as KEY=VALUE.",
		`[{"title":"A","recurrence":"FREQ=MINUTELY",` + rest + `}]`:        "Row 1, column recurrence: expected a rule such as FREQ=WEEKLY;BYDAY=SA, found FREQ=MINUTELY. Repeat it hourly or less often, or write one event that lasts as long.",
		`[{"title":"A","except":["soon"],` + rest + `}]`:                   "Row 1, column except: expected a clock such as 2026-03-29T20:30, found soon. Write date and time of the time zone, without an offset.",
		`[{"title":"A","confidence":80,` + rest + `}]`:                     "Row 1, column confidence: expected a share above 0 and up to 1, such as 0.8, found 80. Correct the value.",
		`[{"title":"A","status":"maybe",` + rest + `}]`:                    "Row 1, column status: expected confirmed, tentative or cancelled, found maybe. Correct the value.",
		`[{"title":"A","timezone":"Europe/Mlata",` + rest + `}]`:           "Row 1, column timezone: expected a time zone such as Europe/Malta, found Europe/Mlata. Did you mean Europe/Malta?",
		`[{"title":"A","multiplier":2,"floor":3,"unit":"x",` + rest + `}]`: "Row 1, column expected_peak: expected the demand to expect, above 0, found 0. Correct the number, or leave it out.",
	} {
		r := intake.Read([]byte(text), intake.Options{Zone: time.UTC})
		if r.OK() || r.Errors[0].String() != want {
			t.Errorf("%s\n got %v\nwant %s", text, r.Errors, want)
		}
	}
	r := intake.Read([]byte(`[{"title":"A",`+rest+`},{"title":"B",`+strings.Replace(rest, `"a"`, `"b"`, 1)+`}]`), intake.Options{})
	if len(r.Errors) != 1 || r.Errors[0].Code != intake.NoZone || r.Errors[0].Row != 0 {
		t.Errorf("without a zone: %v", r.Errors)
	}
}

// Only tables are given back; of a file without headers the first row says so.
func TestCorrected(t *testing.T) {
	for name, text := range map[string]string{"json": "[7]", "nothing": "", "page": "<html>"} {
		if back, err := intake.Corrected([]byte(text), intake.Read([]byte(text), intake.Options{})); err == nil {
			t.Errorf("%s gives %q", name, back)
		}
	}
	file := []byte("title;start;note\r\n\r\n\"'=1+1\";soon;\"a;b\"\r\nfine;2027-01-01;\r\n")
	r := intake.Read(file, intake.Options{Zone: time.UTC, Now: judged()})
	back, err := intake.Corrected(file, r)
	if err != nil {
		t.Fatal(err)
	}
	want := "\ufefftitle;start;note;problem\r\n\r\n" +
		"'=1+1;soon;\"a;b\";\"start: expected YYYY-MM-DD, found soon. Write the date so.\"\r\n" +
		"fine;2027-01-01;;\"Look: start: expected times of day: 24 h of peak?, found 2027-01-01. Write when demand starts and ends, unless it is all day.\n" +
		"Look: note: expected a line that says what it does to demand, found nothing. Write a line of its own into the column note, such as expected_peak: 5000 requests/s, or multiplier: 3, or floor: 40: without one nothing is scaled.\"\r\n"
	if string(back) != want {
		t.Errorf("%q\nwant\n%q", back, want)
	}
	again, err := intake.Corrected(back, intake.Read(back, intake.Options{Zone: time.UTC, Now: judged()}))
	if err != nil || string(again) != want {
		t.Errorf("given back twice, it is another: %v %q", err, again)
	}
	file = []byte("Derby;2027-01-01\r\n")
	r = intake.Read(file, intake.Options{})
	if back, err = intake.Corrected(file, r); err != nil || !strings.HasPrefix(string(back), "\ufeffDerby;2027-01-01;problem") {
		t.Errorf("%v %q", err, back)
	}
}
