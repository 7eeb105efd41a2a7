package intake

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/headstart-scaler/headstart/calendar"
)

// A problem has to name the line that an editor shows, however lines end and
// wherever they are folded.
func TestUnfoldedLinesKnowWhereTheyBegan(t *testing.T) {
	type line struct {
		row  int
		text string
	}
	for _, test := range []struct {
		name, file string
		want       []line
	}{
		{"CR LF", "A:1\r\nB:2\r\n", []line{{1, "A:1"}, {2, "B:2"}}},
		{"LF", "A:1\nB:2\n", []line{{1, "A:1"}, {2, "B:2"}}},
		{"CR", "A:1\rB:2\r", []line{{1, "A:1"}, {2, "B:2"}}},
		{"no end", "A:1\nB:2", []line{{1, "A:1"}, {2, "B:2"}}},
		{"folded twice", "A:1\r\n 2\r\n\t3\r\nB:4\r\n", []line{{1, "A:123"}, {4, "B:4"}}},
		{"only one blank is the fold", "A:1\n  2\n", []line{{1, "A:1 2"}}},
		{"a character cut in two", "A:\xc3\r\n \xa4\r\nB:2", []line{{1, "A:ä"}, {3, "B:2"}}},
		{"empty lines count", "\n\nA:1\n\n\nB:2\n", []line{{3, "A:1"}, {6, "B:2"}}},
		{"a fold without a line", " A:1\nB:2", []line{{1, " A:1"}, {2, "B:2"}}},
		{"nothing", "", nil},
	} {
		var got []line
		for row, text := range unfolded([]byte(test.file)) {
			got = append(got, line{row, text})
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

func TestContentLines(t *testing.T) {
	for text, want := range map[string]property{
		"SUMMARY:a:b;c": {name: "SUMMARY", value: "a:b;c"},
		"summary:":      {name: "SUMMARY"},
		"DTSTART;TZID=Europe/Malta:20260320T200000": {name: "DTSTART", params: []param{{"TZID", "Europe/Malta"}}, value: "20260320T200000"},
		`DTSTART;tzid="(UTC+01:00) Rome; a, b":1`:   {name: "DTSTART", params: []param{{"TZID", "(UTC+01:00) Rome; a, b"}}, value: "1"},
		`X-A;B=1,"2;3",4;C=d:e`:                     {name: "X-A", params: []param{{"B", "1"}, {"C", "d"}}, value: "e"},
		`ATTENDEE;CN="a";CN=b:c`:                    {name: "ATTENDEE", params: []param{{"CN", "a"}, {"CN", "b"}}, value: "c"},
		"A;B=:c":                                    {name: "A", params: []param{{"B", ""}}, value: "c"},
	} {
		got, err := parseLine(7, text)
		if err != nil || got.row != 7 || got.name != want.name || got.value != want.value || !slices.Equal(got.params, want.params) {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for text, want := range map[string]error{
		"SUMMARY": errNoColon, "": errNoColon, ":a": errNoName, "two words:a": errNoName, "DTSTART;TZID:a": errParam, "A;B=c": errNoColon,
		`A;B="c:d`: errQuote, `A;B="c"`: errNoColon, `A;B="c"d:e`: errParam, "A;=c:d": errParam, "A;B=c,": errNoColon, "A;": errParam,
	} {
		if got, err := parseLine(1, text); err == nil || err.Error() != want.Error() {
			t.Errorf("%s: %+v, %v, want %v", text, got, err, want)
		}
	}
}

func TestEscapes(t *testing.T) {
	for written, want := range map[string]string{
		`a\nb\Nc`: "a\nb\nc", `a\,b\;c`: "a,b;c", `a\\nb`: `a\nb`, `a\\\nb`: "a\\\nb", `c:\temp`: `c:\temp`, `end\`: `end\`, "plain": "plain", `19\:30`: "19:30",
	} {
		if got := unescape(written); got != want {
			t.Errorf("%s is %q, want %q", written, got, want)
		}
	}
	for text, want := range map[string]string{"a\r\nb\rc": `a\nb\nc`, `a\b`: `a\\b`, "a;b,c": `a\;b\,c`, "a\x00b\tc": "a b\tc", "a\xffb": "a\uFFFDb"} {
		if got := escape(text); got != want {
			t.Errorf("%q is written %q, want %q", text, got, want)
		}
	}
	if got := listed(`free\,spins, b ,,c\\,d`); !slices.Equal(got, []string{"free,spins", "b", "", `c\`, "d"}) {
		t.Errorf("%q", got)
	}
}

func TestDescriptionsWithoutTheirTags(t *testing.T) {
	for text, want := range map[string]string{
		"a<br>b<br/>c<BR />d":                           "a\nb\nc\nd",
		"<p>one</p><p>two</p>":                          "one\ntwo",
		"<ul><li>one</li><li>two</li></ul>":             "one\ntwo",
		"class:&nbsp;tournament&amp;more":               "class: tournament&more",
		`<a href="https://example.com/?a=1">here</a>`:   "here",
		"2 < 3 and 4 > 3":                               "2 < 3 and 4 > 3",
		"Q&A without tags <3":                           "Q&A without tags <3",
		"<br>2 < 3":                                     "2 < 3",
		"<br>cut <b":                                    "cut <b",
		"a  \r\nb\u00a0c\r":                             "a\nb c",
		"<!-- note --><div>a</div><span>b</span> c<br>": "a\nb c",
	} {
		if got := plainText(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

func TestDatesOfACalendar(t *testing.T) {
	zoned := &property{params: []param{{"TZID", "Europe/Malta"}}}
	for text, want := range map[string]stamp{
		"20260320":         {wall: calendar.Date(2026, time.March, 20), date: true},
		"20260320T200000":  {wall: calendar.Date(2026, time.March, 20).At(20, 0), tzid: "Europe/Malta"},
		"20260320t200001z": {wall: calendar.Date(2026, time.March, 20).At(20, 0).Add(time.Second), utc: true},
		"20261231T240000":  {wall: calendar.Date(2027, time.January, 1), tzid: "Europe/Malta"},
		" 20240229 ":       {wall: calendar.Date(2024, time.February, 29), date: true},
	} {
		if got, err := parseStamp(zoned, text); err != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for text, want := range map[string]error{
		"": errDate, "20260229": errDate, "2026-03-20": errDate, "20260320T": errTime, "20260320T2000": errTime, "20260320T256000": errTime,
		"20260320T200060": errTime, "20260320T200000+0100": errTime, "20260320T240001": errTime, "20260320T200000.5": errTime, "T200000": errDate,
	} {
		if got, err := parseStamp(zoned, text); err == nil || err.Error() != want.Error() {
			t.Errorf("%s: %+v, %v, want %v", text, got, err, want)
		}
	}
}

func TestDurations(t *testing.T) {
	for text, want := range map[string]period{
		"PT90M": {rest: 90 * time.Minute}, "P1D": {days: 1}, "P1W": {days: 7}, "P1DT2H3M4S": {days: 1, rest: 2*time.Hour + 3*time.Minute + 4*time.Second},
		"+pt1h": {rest: time.Hour}, "PT0S": {}, "P0D": {}, "P1000D": {days: 1000},
	} {
		if got, err := parsePeriod(text); err != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "P", "PT", "P1DT", "-PT15M", "1D", "PT1D", "P1H", "PT1M1H", "PTM", "P1.5D", "P1001D", "P999999999D", "PT99999999H", "P1D1D", "PT1H ago"} {
		if got, err := parsePeriod(text); err == nil {
			t.Errorf("%s: %+v", text, got)
		}
	}
}

// A day is a page of the calendar, and 24 hours are not in the night in which
// clocks are put forward.
func TestADayIsNot24Hours(t *testing.T) {
	malta, err := zoneOf("Europe/Malta")
	if err != nil {
		t.Fatal(err)
	}
	start := calendar.Date(2026, time.March, 28).At(20, 0)
	for text, want := range map[string]calendar.Wall{"P1D": start.AddDays(1), "PT24H": start.AddDays(1).Add(time.Hour), "PT3H": start.Add(3 * time.Hour)} {
		p, err := parsePeriod(text)
		if got := p.from(start, malta); err != nil || got != want {
			t.Errorf("%s ends at %s, want %s", text, got, want)
		}
	}
}

// vtimezone is a VTIMEZONE of observances.
func vtimezone(t *testing.T, lines ...string) *component {
	t.Helper()
	text := "BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:x\n" + strings.Join(lines, "\n") + "\nEND:VTIMEZONE\nEND:VCALENDAR\n"
	c := &collector{limit: 10}
	calendars := parseTree([]byte(text), DefaultLimits(), c)
	if len(c.errors) > 0 {
		t.Fatal(c.errors)
	}
	return calendars[0].within[0]
}

// season is an observance as it is written.
func season(kind, start, from, to string, more ...string) string {
	return "BEGIN:" + kind + "\nDTSTART:" + start + "\nTZOFFSETFROM:" + from + "\nTZOFFSETTO:" + to + "\n" + strings.Join(append(more, "END:"+kind), "\n")
}

// The clocks of a VTIMEZONE are compared at the second at which they are moved.
func TestClocksOfAVTimezone(t *testing.T) {
	summer := season("DAYLIGHT", "16010101T020000", "+0100", "+0200", "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3")
	winter := season("STANDARD", "16010101T030000", "+0200", "+0100", "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10")
	year := span{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC)}
	for _, test := range []struct {
		name  string
		block *component
		zone  string
		agree bool
	}{
		{"by rules", vtimezone(t, summer, winter), "Europe/Malta", true},
		{"of a zone in which clocks are moved elsewhere", vtimezone(t, summer, winter), "Europe/London", false},
		{"of a zone that never moves them", vtimezone(t, summer, winter), "Africa/Lagos", false},
		{"no summer", vtimezone(t, winter), "Europe/Malta", false},
		{"a day of the month", vtimezone(t, season("DAYLIGHT", "20000326T020000", "+0100", "+0200", "RRULE:FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=25,26,27,28,29,30,31;BYDAY=SU"), winter), "Europe/Malta", true},
		{"by dates", vtimezone(t, season("DAYLIGHT", "20260329T020000", "+0100", "+0200", "RDATE:20270328T020000"), season("STANDARD", "20251026T030000", "+0200", "+0100", "RDATE:20261025T030000,20271031T030000")), "Europe/Malta", true},
		{"an hour late", vtimezone(t, strings.Replace(summer, "T020000", "T030000", 1), winter), "Europe/Malta", false},
		{"a rule that has ended", vtimezone(t, strings.Replace(summer, "BYMONTH=3", "BYMONTH=3;UNTIL=20260401T000000Z", 1), winter), "Europe/Malta", false},
		{"a zone that is fixed", vtimezone(t, season("STANDARD", "16010101T000000", "+0530", "+0530")), "Asia/Kolkata", true},
		{"of the south", vtimezone(t, season("DAYLIGHT", "16010101T020000", "+1000", "+1100", "RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=10"), season("STANDARD", "16010101T030000", "+1100", "+1000", "RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=4")), "Australia/Sydney", true},
	} {
		k, ok := zoneClockOf(test.block, year)
		zone, err := time.LoadLocation(test.zone)
		if err != nil || !ok {
			t.Fatalf("%s: %v %t", test.name, err, ok)
		}
		if got := k.agrees(zone, year, 0); got != test.agree {
			t.Errorf("%s: agrees with %s: %t, want %t", test.name, test.zone, got, test.agree)
		}
	}
	late, _ := zoneClockOf(vtimezone(t, strings.Replace(summer, "T020000", "T030000", 1), winter), year)
	if malta, err := time.LoadLocation("Europe/Malta"); err != nil || !late.agrees(malta, year, slack) {
		t.Error("an hour late is doubted")
	}
}

// A VTIMEZONE of a kind that no program writes is not understood, and so not
// compared.
func TestVTimezonesThatAreNotUnderstood(t *testing.T) {
	year := span{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC)}
	for _, rule := range []string{"FREQ=DAILY", "FREQ=YEARLY;BYDAY=SU", "FREQ=YEARLY;BYMONTH=13", "FREQ=YEARLY;BYDAY=9SU", "FREQ=YEARLY;INTERVAL=2", "FREQ=YEARLY;BYHOUR=1", "BYMONTH=3", ""} {
		if k, ok := zoneClockOf(vtimezone(t, season("STANDARD", "16010101T000000", "+0100", "+0100", "RRULE:"+rule)), year); ok {
			t.Errorf("%q is understood: %+v", rule, k)
		}
	}
	for _, broken := range []string{season("STANDARD", "soon", "+0100", "+0100"), season("STANDARD", "16010101T000000", "1", "+0100"), season("STANDARD", "16010101T000000", "+0100", "+9900"), "X-A:b"} {
		if k, ok := zoneClockOf(vtimezone(t, broken), year); ok {
			t.Errorf("%q is understood: %+v", broken, k)
		}
	}
}

// What rules may cost in all has an end, and the same rule twice costs nothing.
func TestRulesHaveABudget(t *testing.T) {
	r := newRules()
	start := calendar.Date(2026, time.March, 1)
	for range 1_000_000 {
		if _, err := r.parse("FREQ=HOURLY;COUNT=100000", start, time.UTC); err != nil {
			t.Fatal(err)
		}
	}
	n := 0
	for ; n < 100_000; n++ {
		if _, err := r.parse("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", start.AddDays(n), time.UTC); errors.Is(err, errBudget) {
			break
		}
	}
	if n < 50 || n > 1000 {
		t.Errorf("%d rules that never happen were looked through", n)
	}
	if ruleRepair(errBudget, "") == ruleRepair(calendar.ErrNever, "") {
		t.Error("the budget has no repair of its own")
	}
}

// The ends of a zone's times go on in time, in each zone and in years for which
// Go has rules and no table: who follows them must come to an end.
func TestZoneEndsGoOn(t *testing.T) {
	for name := range lines(ianaNames) {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		at, last := time.Date(2035, time.January, 1, 0, 0, 0, 0, time.UTC).In(zone), time.Date(2050, time.January, 1, 0, 0, 0, 0, time.UTC)
		for steps := 0; at.Before(last); steps++ {
			end := calendar.ZoneEnd(at)
			if end.IsZero() {
				break
			}
			if !end.After(at) || steps > 200 {
				t.Fatalf("%s: %s ends at %s, after %d steps", name, at.UTC(), end.UTC(), steps)
			}
			_, before := end.Add(-time.Second).Zone()
			if _, offset := at.Zone(); offset != before {
				t.Fatalf("%s: clocks are moved between %s and %s", name, at.UTC(), end.UTC())
			}
			at = end
		}
	}
}

func TestDatesThatAreARule(t *testing.T) {
	at := func(year int, month time.Month, day int) time.Time {
		return time.Date(year, month, day, 2, 0, 0, 0, time.UTC)
	}
	for _, test := range []struct {
		name   string
		onsets []time.Time
		want   string
	}{
		{"last Sundays", []time.Time{at(2026, 3, 29), at(2027, 3, 28), at(2028, 3, 26)}, "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU"},
		{"second Sundays", []time.Time{at(2026, 3, 8), at(2027, 3, 14), at(2028, 3, 12)}, "FREQ=YEARLY;BYMONTH=3;BYDAY=2SU"},
		{"Sundays of two weeks", []time.Time{at(2026, 3, 8), at(2027, 3, 21), at(2028, 3, 12)}, ""},
		{"a year without", []time.Time{at(2026, 3, 8), at(2028, 3, 12), at(2029, 3, 11)}, ""},
		{"too few", []time.Time{at(2027, 3, 28), at(2028, 3, 26)}, ""},
		{"over before the last year", []time.Time{at(2025, 3, 30), at(2026, 3, 29), at(2027, 3, 28)}, ""},
	} {
		if got := yearlyRule(test.onsets, 2028); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}
