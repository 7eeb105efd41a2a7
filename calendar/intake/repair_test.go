package intake_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/calendar/intake"
)

// mends are a file's errors by place, and what to do about each.
func mends(r intake.Result) []string {
	var all []string
	for _, p := range r.Errors {
		all = append(all, p.Column+": "+p.Fix)
	}
	return all
}

// Whoever mends all that is said of a row is done with it: a number that cannot
// be read hides nothing of what stands beside it.
func TestANumberHidesNothingOfItsRow(t *testing.T) {
	const (
		digits = "expected_peak: Write the number in digits."
		marks  = "expected_peak: Write 12000 for twelve thousand, 12.0 for twelve."
		unit   = "unit: Write one of these units."
		count  = "unit: Write what the number counts."
	)
	for cells, want := range map[string][]string{
		"a lot,gizmos,,":     {digits, unit},
		"a lot,,,":           {digits, count},
		"a lot,rps,,":        {digits},
		"a lot of users,,,":  {digits},
		"12 00 req / s,,,":   {digits},
		"12.000,gizmos,,":    {marks, unit},
		"12.000 gizmos,,,":   {marks, "expected_peak: Write one of these units."},
		"12.000,,,":          {marks, count},
		"12.000 rps,,,":      {marks},
		"0,gizmos,,":         {"expected_peak: Leave the cell empty where nothing is expected.", unit},
		"0,rps,,":            {"expected_peak: Leave the cell empty where nothing is expected."},
		"0,,,":               {"expected_peak: Leave the cell empty where nothing is expected."},
		"#N/A,gizmos,,":      {"expected_peak: Write the value itself into the cell.", unit},
		"#N/A,,,":            {"expected_peak: Write the value itself into the cell."},
		"5,gizmos,lots,":     {unit, "multiplier: Write the number in digits.", "expected_peak: Leave out all of them but one."},
		"#N/A,rps,3,":        {"expected_peak: Write the value itself into the cell.", "expected_peak: Leave out all of them but one."},
		"5,rps,2,3.5":        {"floor: Write the replicas to have at least.", "expected_peak: Leave out all of them but one."},
		",gizmos,lots,":      {"multiplier: Write the number in digits."},
		",,lots,a few":       {"multiplier: Write the number in digits.", "floor: Write the number in digits.", "expected_peak: Leave out all of them but one."},
		"a lot,Users,,":      {digits},
		"12 gizmos,players,": {"expected_peak: Write the unit once."},
	} {
		file := "title,start,end,expected_peak,unit,multiplier,floor\nA,2027-06-05 20:00,2027-06-05 21:00," + cells + "\n"
		r := intake.Read([]byte(file), intake.Options{Zone: time.UTC, Now: judged()})
		if got := mends(r); !slices.Equal(got, want) {
			t.Errorf("%s\n got %s\nwant %s", cells, strings.Join(got, " | "), strings.Join(want, " | "))
		}
	}
}

// A cell that cannot be read, and a date that may be two, hide nothing of their
// row that can be told without them.
func TestWhatCannotBeReadHidesNothingOfItsRow(t *testing.T) {
	const (
		order = "start: Choose the file's date order."
		value = "start: Write the value itself into the cell."
		id    = "id: Give each event an id of its own, or delete one of them."
		past  = "end: Correct the start or the end: an event past midnight ends on the next date."
		rule  = "recurrence: Write a rule of RFC 5545, or daily, weekly, monthly or yearly."
		also  = "also: Write the dates so."
		moved = "moved: Write each moved instance so, separated by ;."
		zone  = "timezone: Did you mean Europe/Malta?"
	)
	for cells, want := range map[string][]string{
		"03/04/2027 20:00,03/04/2027 21:00,UTC,,,,":                        {order},
		"03/04/2027 20:00,03/04/2027 02:00,UTC,,,,":                        {order, past},
		"03/04/2027 20:00,04/04/2027 02:00,UTC,,,,":                        {order},
		"03/04/2027 20:00,04/03/2027 02:00,UTC,,,,":                        {order}, // one way round it is no day too early
		"03/04/2027 20:00,03/04/2027,UTC,,,,":                              {order, "end: Write the time at which it ends."},
		"03/04/2027 20:00,,UTC,,,,":                                        {order, "end: Write when the event ends."},
		"03/04/2027,2027-01-01,UTC,,,,":                                    {order, past},
		"03/04/2027 20:00,03/04/2027 21:00,UTC,evry day,,,2":               {order, rule},
		"03/04/2027 20:00,03/04/2027 21:00,UTC,weekly,10/04/2027,,2":       {order},
		"03/04/2027 20:00,03/04/2027 21:00,UTC,weekly,,soon,2":             {order, moved},
		"03/04/2027 20:00,03/04/2027 21:00,Europe/Mlata,,,,":               {order, zone},
		"#N/A,2027-06-05 21:00,UTC,,,,":                                    {value},
		"#N/A,2027-06-05 21:00,UTC,evry day,soon,soon,":                    {value, rule, also, moved},
		"#N/A,2027-06-05 21:00,UTC,FREQ=YEARLY;UNTIL=20200101T000000Z,,,2": {value},
		"2027-06-05 20:00,2027-06-05 02:00,Europe/Mlata,,,,":               {zone, past},
		"2027-06-05 20:00,2027-06-05,Europe/Mlata,,,,":                     {zone, "end: Write the time at which it ends."},
		"2027-06-05 20:00,2027-06-05 02:00,UTC,evry day,,,":                {rule, past},
		"2727-06-05 20:00,soon,UTC,,,,":                                    {"end: Write the date so.", "start: Correct the year."},
		"soon,2727-06-05 21:00,UTC,,,,":                                    {"start: Write the date so."},
	} {
		for first, also := range map[string][]string{"": nil, "b,B,2027-01-01 10:00,2027-01-01 11:00,UTC,,,,\n": {id}} {
			file := "id,title,start,end,timezone,recurrence,also,moved,multiplier\n" + first + "b,A," + cells + "\n"
			r := intake.Read([]byte(file), intake.Options{Now: judged()})
			want := append(slices.Clone(want), also...)
			if got := mends(r); !slices.Equal(got, want) || len(r.Events) != len(also) {
				t.Errorf("%s\n got %s and %d events\nwant %s", first+cells, strings.Join(got, " | "), len(r.Events), strings.Join(want, " | "))
			}
		}
	}
}

// A field of JSON that cannot be read hides nothing of its event either.
func TestAFieldOfJSONHidesNothingOfItsEvent(t *testing.T) {
	const (
		date  = "start: Write date and time of the time zone, without an offset."
		title = "title: Write a title."
		id    = "id: Give each event an id of its own, or delete one of them."
		wrong = ": Correct the value."
	)
	for fields, want := range map[string][]string{
		`"titel":"A","start":"soon","end":"2027-01-01T11:00"`:                                                     {"titel: Did you mean title?", date, id},
		`"start":"soon","end":"2027-01-01T11:00","recurrence":"evry day"`:                                         {date, "recurrence: Write a rule of RFC 5545.", title, id},
		`"title":7,"start":"2027-01-01T10:00","end":"2027-01-01T09:00"`:                                           {"title" + wrong, "end: Correct the start or the end: an event past midnight ends on the next date.", id},
		`"title":"A","start":"2027-01-01T10:00","end":"2027-01-01T11:00","expected_peak":"lots","unit":"gizmos"`:  {"expected_peak" + wrong, "unit: Write one of these units.", id},
		`"title":"A","start":"2027-01-01T10:00","end":"2027-01-01T11:00","expected_peak":"lots","unit":"x y"`:     {"expected_peak" + wrong, "unit: Write one of these units.", id},
		`"title":"A","start":"2027-01-01T10:00","end":"2027-01-01T11:00","expected_peak":5,"unit":5`:              {"unit" + wrong, id},
		`"title":"A","start":"2027-01-01T10:00","end":"2027-01-01T11:00","confidence":"sure","status":"perhaps"`:  {"confidence" + wrong, "status" + wrong, id},
		`"title":"A","start":"2027-01-01T10:00","end":"2027-01-01T11:00","except":["soon"],"recurrence":"weekly"`: {"recurrence: Write a rule of RFC 5545.", "except: Write date and time of the time zone, without an offset.", id},
	} {
		file := `[{"id":"a","title":"First","start":"2027-01-01T10:00","end":"2027-01-01T11:00"},{"id":"a",` + fields + `}]`
		r := intake.Read([]byte(file), intake.Options{Zone: time.UTC, Now: judged()})
		if got := mends(r); !slices.Equal(got, want) || len(r.Events) != 1 {
			t.Errorf("%s\n got %s and %d events\nwant %s", fields, strings.Join(got, " | "), len(r.Events), strings.Join(want, " | "))
		}
	}
	// Events without an id are not taken for one where they cannot be told apart.
	file := `[{"title":"A","brands":"x","start":"2027-01-01T10:00","end":"2027-01-01T11:00"},{"title":"A","brands":"y","start":"2027-01-01T10:00","end":"2027-01-01T11:00"}]`
	if got := mends(intake.Read([]byte(file), intake.Options{Zone: time.UTC, Now: judged()})); len(got) != 2 {
		t.Errorf("%v", got)
	}
}

// Spreadsheets write long numbers with a power of ten.
func TestNumbersWithAPower(t *testing.T) {
	for cells, want := range map[string]calendar.Impact{
		"1e3,rps,,":      {Peak: calendar.Peak{Value: 1000, Unit: calendar.Requests}},
		"1.2E+04,rps,,":  {Peak: calendar.Peak{Value: 12000, Unit: calendar.Requests}},
		"1.2E+04 rps,,,": {Peak: calendar.Peak{Value: 12000, Unit: calendar.Requests}},
		",,1.5E+00,":     {Multiplier: 1.5},
		",,,1E+02":       {Floor: 100},
	} {
		file := "title,start,end,expected_peak,unit,multiplier,floor\nA,2027-06-05 20:00,2027-06-05 21:00," + cells + "\n"
		r := intake.Read([]byte(file), intake.Options{Zone: time.UTC, Now: judged()})
		if len(r.Events) != 1 || r.Events[0].Impact != want {
			t.Errorf("%s is %v, %v, want %v", cells, r.Events, r.Errors, want)
		}
	}
}

// Where a description says in words what is expected, the notation that is read
// is told: following it is enough.
func TestADescriptionIsToldTheNotation(t *testing.T) {
	table := "Subject,Start Date,Start Time,End Date,End Time,Description\nA,2027-06-05,20:00,2027-06-05,21:00,\"TEXT\"\n"
	events := "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a\r\nSUMMARY:A\r\nDTSTART:20270605T200000Z\r\nDTEND:20270605T210000Z\r\n" +
		"DESCRIPTION:TEXT\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	for name, file := range map[string]string{"Description": table, "DESCRIPTION": events} {
		read := func(text string) intake.Result {
			return intake.Read([]byte(strings.Replace(file, "TEXT", text, 1)), intake.Options{Zone: time.UTC, Now: judged()})
		}
		r := read("We expect 5000 requests/s")
		if len(r.Warnings) != 1 || r.Warnings[0].Code != intake.NoImpact || r.Warnings[0].Column != name || r.Warnings[0].Found != "We expect 5000 requests/s" {
			t.Fatalf("%s: %v", name, r.Warnings)
		}
		lines := 0
		for line := range strings.SplitSeq(r.Warnings[0].Fix, ", ") {
			line = strings.TrimPrefix(line, "or ")
			line, _, _ = strings.Cut(line, ": without")
			if !strings.Contains(line, ": ") {
				continue
			}
			line = strings.TrimPrefix(line, "such as ")
			lines++
			if r := read("We expect much" + map[string]string{"Description": "\n", "DESCRIPTION": `\n`}[name] + line); !r.OK() || len(r.Warnings) != 0 {
				t.Errorf("%s: %q is no repair: %v %v", name, line, r.Errors, r.Warnings)
			}
		}
		if lines != 3 {
			t.Errorf("%s: %d lines are told by %q", name, lines, r.Warnings[0].Fix)
		}
	}
}

// A column that nobody knows may be a label: what to write is told with a value
// that stands in it, and what is written so is read.
func TestAnUnknownColumnMayBeALabel(t *testing.T) {
	const (
		left  = "It is left out: say which column of the template it is, or leave it so."
		label = "It is left out: where it is a label of workloads, write tier=gold in the column workloads; else say which column of the template it is, or leave it so."
	)
	for cells, want := range map[[2]string]string{
		{"tier", "gold"}:           label,
		{"tier", ""}:               left,
		{"tier", "gold or silver"}: left,
		{"Kick off", "gold"}:       left,
		{"marktet", "gold"}:        "Did you mean market? It is left out as it is.",
	} {
		file := "title,start,end,multiplier," + cells[0] + "\nA,2027-06-05 20:00,2027-06-05 21:00,3,\nB,2027-06-06 20:00,2027-06-06 21:00,3," + cells[1] + "\n"
		r := intake.Read([]byte(file), intake.Options{Zone: time.UTC, Now: judged()})
		if len(r.Warnings) != 1 || r.Warnings[0].Fix != want {
			t.Errorf("%v: %v, want %s", cells, r.Warnings, want)
		}
	}
	_, text, _ := strings.Cut(label, "write ")
	text, _, _ = strings.Cut(text, " in the column")
	file := "title,start,end,multiplier,workloads\nA,2027-06-05 20:00,2027-06-05 21:00,3," + text + "\n"
	if r := intake.Read([]byte(file), intake.Options{Zone: time.UTC, Now: judged()}); len(r.Events) != 1 || r.Events[0].Scope.Workloads.String() != "tier=gold" {
		t.Errorf("%v", r.Errors)
	}
}

// The template has a column for all that says whom an event concerns.
func TestTheTemplateHasAllScopes(t *testing.T) {
	head, _, _ := strings.Cut(string(intake.TemplateCSV()), "\r\n")
	if want := "\ufeffid,title,class,start,end,timezone,brand,market,region,workloads,expected_peak,unit,confidence,status,owner,notes"; head != want {
		t.Errorf("%q, want %q", head, want)
	}
}

// A warning of events that overlap is whole sentences, and says nothing twice.
func TestOverlapsAreToldOnce(t *testing.T) {
	long := "A tournament with a name that goes on for longer than a message can have words and then some"
	for _, c := range []struct{ title, first, second, found, expected string }{
		{"Nothing hits", "3,x", "4,x", `×4 with "Nothing hits" of row 2`, "one event at a time: max gives ×4; add gives ×6; multiply gives ×12"},
		{"Cup", "3,x", "100,rps", `×3, 100 requests/s with "Cup" of row 2`, "one event at a time"},
		{"Cup", "30,msg/s", "100,rps", `100 requests/s, 30 messages/s with "Cup" of row 2`, "one event at a time"},
		{"Cup", "20,rps", "100,rps", `100 requests/s with "Cup" of row 2`, "one event at a time: max and multiply give 100 requests/s; add gives 120 requests/s"},
		{"Cup", "2,x", "2,x", `×2 with "Cup" of row 2`, "one event at a time: max gives ×2; add gives ×3; multiply gives ×4"},
		{"Cup", "3,x", "1.5,x", `×3 with "Cup" of row 2`, "one event at a time: max gives ×3; add gives ×3.5; multiply gives ×4.5"},
		{long, "3,x", "100,rps", `×3, 100 requests/s with "A tournament with a name that goes on for longer than a message can have words…" of row 2`, "one event at a time"},
	} {
		file := "title,start,end,expected_peak,unit\n" +
			c.title + ",2027-06-05 20:00,2027-06-05 22:00," + c.first + "\nB,2027-06-05 21:00,2027-06-05 23:00," + c.second + "\n"
		r := intake.Read([]byte(file), intake.Options{Zone: time.UTC, Now: judged()})
		const when = "2027-06-05T21:00 to 2027-06-05T22:00: "
		if len(r.Warnings) != 1 || r.Warnings[0].Found != when+c.found || r.Warnings[0].Expected != c.expected {
			t.Errorf("%v\nwant %s and %s", r.Warnings, when+c.found, c.expected)
		}
	}
}

// Whoever judges events further can say where they stand.
func TestWhereEventsStand(t *testing.T) {
	table := "Titel;Beginn;Ende;Klasse;Spitze;Einheit\n\nA;soon;later;x;3;x\nB;2027-06-05 20:00;2027-06-05 21:00;promo;3;x\n"
	events := "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a\r\nSUMMARY:A\r\nDTSTART:20270605T200000Z\r\nDTEND:20270605T210000Z\r\n" +
		"CATEGORIES:promo\r\nDESCRIPTION:multiplier: 3\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	for file, want := range map[string][]any{table: {4, "Klasse", 4, "brand"}, events: {7, "CATEGORIES", 2, "DESCRIPTION"}} {
		r := intake.Read([]byte(file), intake.Options{Zone: time.UTC, Now: judged()})
		if len(r.Events) != 1 {
			t.Fatal(r.Errors)
		}
		row, class := r.Locate(0, "class")
		other, brand := r.Locate(0, "brand")
		if got := []any{row, class, other, brand}; !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	}
}

// What a spreadsheet would calculate is a warning in a CSV too; what was marked
// as a text is none.
func TestFormulasOfACSV(t *testing.T) {
	for brand, want := range map[string]bool{"=1+1": true, " =1+1": true, "＝1+1": true, "'=1+1": false, "+1": false, "@one": false, "1=1": false} {
		file := "title,start,end,multiplier,brand,notes\nA,2027-06-05 20:00,2027-06-05 21:00,3," + brand + ",=== Final ===\n"
		r := intake.Read([]byte(file), intake.Options{Zone: time.UTC, Now: judged()})
		warned := len(r.Warnings) == 1 && r.Warnings[0].Code == intake.FormulaCell && r.Warnings[0].Column == "brand" && r.Warnings[0].Row == 2
		if !r.OK() || warned != want || !want && len(r.Warnings) != 0 {
			t.Errorf("%s: %v %v", brand, r.Errors, r.Warnings)
		}
		if back, err := intake.Corrected([]byte(file), r); err != nil || len(intake.Read(back, intake.Options{Zone: time.UTC, Now: judged()}).Warnings) != 0 {
			t.Errorf("%s: %v, and what is given back is warned of", brand, err)
		}
	}
}

// Nor does a date of a calendar hide what its description says wrong.
func TestADateOfACalendarHidesNothing(t *testing.T) {
	for _, instance := range []string{"", "RECURRENCE-ID:20270605T200000Z\r\n"} {
		file := "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a\r\nSUMMARY:A\r\n" + instance + "DTSTART:soon\r\nDTEND:20270605T210000Z\r\n" +
			"DESCRIPTION:multiplier: lots\\nconfidence: 150%\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
		want := []string{
			"DTSTART: Write a date and a time that exist.", "DESCRIPTION: Write the number in digits.", "DESCRIPTION: Write how sure it is that the event takes place.",
		}
		if got := mends(intake.Read([]byte(file), intake.Options{Now: judged()})); !slices.Equal(got, want) {
			t.Errorf("%q", got)
		}
	}
}
