package intake

import (
	"errors"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
)

// Dates and times on both sides of what is one.
func TestParseMoment(t *testing.T) {
	april3 := calendar.Date(2027, time.April, 3)
	for text, want := range map[string]moment{
		"2027-04-03":                 {date: april3, hasDate: true},
		"2027-04-03T20:30":           {date: april3, clock: 20*time.Hour + 30*time.Minute, hasDate: true, hasClock: true},
		"2027-04-03 24:00":           {date: april3.AddDays(1), hasDate: true, hasClock: true},
		"2027/4/3 8 PM":              {date: april3, clock: 20 * time.Hour, hasDate: true, hasClock: true},
		"2027. 4. 3. 8:30":           {date: april3, clock: 8*time.Hour + 30*time.Minute, hasDate: true, hasClock: true},
		"Sat, 3rd of April 2027":     {date: april3, hasDate: true},
		"April 3, 2027, 12:00 AM":    {date: april3, hasDate: true, hasClock: true},
		"April 3, 2027 12:30 p.m.":   {date: april3, clock: 12*time.Hour + 30*time.Minute, hasDate: true, hasClock: true},
		"03-apr-27":                  {date: april3, hasDate: true},
		"Samstag, 3. April 2027":     {date: april3, hasDate: true},
		"sábado, 3 de abril de 2027": {date: april3, hasDate: true},
		"sab 3 aprile 2027 alle 20h": {date: april3, clock: 20 * time.Hour, hasDate: true, hasClock: true},
		"mar. 6 avril 2027":          {date: april3.AddDays(3), hasDate: true},
		"mar 30 mars 2027":           {date: calendar.Date(2027, time.March, 30), hasDate: true},
		"1er juin 2027":              {date: calendar.Date(2027, time.June, 1), hasDate: true},
		"20:30":                      {clock: 20*time.Hour + 30*time.Minute, hasClock: true},
		"24:00":                      {clock: 24 * time.Hour, hasClock: true},
		"8pm":                        {clock: 20 * time.Hour, hasClock: true},
		"12 am":                      {hasClock: true},
		"20h30":                      {clock: 20*time.Hour + 30*time.Minute, hasClock: true},
		"29 February 2028":           {date: calendar.Date(2028, time.February, 29), hasDate: true},
		"2027-04-03T20:30:15":        {date: april3, clock: 20*time.Hour + 30*time.Minute + 15*time.Second, hasDate: true, hasClock: true},
		"2027-04-03T20:30:00+02:00":  {hasDate: true, hasClock: true, instant: time.Date(2027, 4, 3, 18, 30, 0, 0, time.UTC)},
		"2027-04-03 20:30Z":          {hasDate: true, hasClock: true, instant: time.Date(2027, 4, 3, 20, 30, 0, 0, time.UTC)},
		"03.04.2027":                 {hasDate: true, numbers: &numeric{3, 4, 2027, true, true}},
		"3. 4. 2027":                 {hasDate: true, numbers: &numeric{3, 4, 2027, true, true}},
		"3.4.27":                     {hasDate: true, numbers: &numeric{3, 4, 2027, false, true}},
		"3 4 2027":                   {hasDate: true, numbers: &numeric{3, 4, 2027, true, false}},
		"3/4/27":                     {hasDate: true, numbers: &numeric{3, 4, 2027, false, false}},
		"03/04/2027 20:30":           {hasDate: true, hasClock: true, clock: 20*time.Hour + 30*time.Minute, numbers: &numeric{3, 4, 2027, true, false}},
		"99/99/2027":                 {hasDate: true, numbers: &numeric{99, 99, 2027, true, false}},
	} {
		got, ok := parseMoment(text)
		instant := got.instant.Equal(want.instant)
		numbers := got.numbers == want.numbers || got.numbers != nil && want.numbers != nil && *got.numbers == *want.numbers
		got.instant, want.instant, got.numbers, want.numbers = time.Time{}, time.Time{}, nil, nil
		if !ok || !instant || !numbers || got != want {
			t.Errorf("%q is %+v, %v; want %+v", text, got, ok, want)
		}
	}
	for _, text := range []string{
		"", "soon", "2027-13-01", "2027-02-29", "29 February 2027", "31 April 2027", "25:00", "24:01", "20:60", "13 pm", "0:30 pm", "2027", "3",
		"3 April", "April 2027 2028", "1/2", "1/2/3/4", "3/4/127", "2027-04-03 20:30 21:30", "2027-04-03 2027-04-04", "3 April May 2027", "-1/2/2027",
		"2027-04-03T20:30+99:00", "pm", "h", "12345-01-01",
	} {
		if got, ok := parseMoment(text); ok {
			t.Errorf("%q is %+v", text, got)
		}
	}
}

// The numbers of a workbook, in both of its calendars.
func TestSerial(t *testing.T) {
	for _, c := range []struct {
		days     float64
		date1904 bool
		want     string
		clock    bool
	}{
		{46480.854166666664, false, "2027-04-03T20:30", true},
		{45018.854166666664, true, "2027-04-03T20:30", true},
		{46480, false, "2027-04-03T00:00", false},
		{46480.99999, false, "2027-04-03T23:59:59", true},
		{46480.999999, false, "2027-04-04T00:00", false}, // rounded to the second
		{61, false, "1900-03-01T00:00", false},
	} {
		m, ok := serial(c.days, c.date1904)
		if !ok || m.wall().String() != c.want || m.hasClock != c.clock || m.soft == c.clock {
			t.Errorf("%v is %+v %v, want %s", c.days, m, ok, c.want)
		}
	}
	for days, want := range map[float64]time.Duration{0: 0, 0.5: 12 * time.Hour, 1: 24 * time.Hour, 0.75: 18 * time.Hour} {
		if m, ok := serial(days, false); !ok || m.hasDate || m.clock != want {
			t.Errorf("%v is %+v", days, m)
		}
	}
	for _, days := range []float64{-1, math.NaN(), math.Inf(1), 3e6} {
		if m, ok := serial(days, false); ok {
			t.Errorf("%v is %+v", days, m)
		}
	}
}

func TestParseNumber(t *testing.T) {
	for _, c := range []struct {
		text  string
		mark  mark
		value float64
		rest  string
		err   error
	}{
		{"12000", markUnknown, 12000, "", nil},
		{"12 000", markUnknown, 12000, "", nil},
		{"12\u202f000 rps", markUnknown, 12000, "rps", nil},
		{"12'000.5", markUnknown, 12000.5, "", nil},
		{"1.234.567", markUnknown, 1234567, "", nil},
		{"1,234,567.8", markUnknown, 1234567.8, "", nil},
		{"1.234,5", markUnknown, 1234.5, "", nil},
		{"1.5", markUnknown, 1.5, "", nil},
		{"1,5", markUnknown, 1.5, "", nil},
		{"0.125", markUnknown, 0.125, "", nil},
		{"1.2345", markUnknown, 1.2345, "", nil},
		{"1234.567", markUnknown, 1234.567, "", nil},
		{"12.000", decimalComma, 12000, "", nil},
		{"12.000", decimalPoint, 12, "", nil},
		{"12,000", decimalComma, 12, "", nil},
		{"12,000", decimalPoint, 12000, "", nil},
		{"12.000", markUnknown, 0, "", errAmbiguous},
		{"12k", markUnknown, 12000, "", nil},
		{"1.5M rps", markUnknown, 1.5e6, "rps", nil},
		{"2 Mio. Nutzer", markUnknown, 2e6, "Nutzer", nil},
		{"80%", markUnknown, 80, "%", nil},
		{"1e3", markUnknown, 1000, "", nil},
		{"1.2E+04", markUnknown, 12000, "", nil},
		{"1,2E+04", markUnknown, 12000, "", nil},
		{"1,234E+03", decimalComma, 1234, "", nil},
		{"1.234E+07", markUnknown, 1.234e7, "", nil},
		{"1,234E+07", markUnknown, 1.234e7, "", nil},
		{"5E-1 rps", markUnknown, 0.5, "rps", nil},
		{"1e3x", markUnknown, 1000, "x", nil},
		{"1e3k", markUnknown, 1000, "k", nil}, // no unit: it is refused
		{"1e400", markUnknown, 0, "e400", errNumber},
		{"1e3.5", markUnknown, 1, "e3.5", nil},
		{"1e", markUnknown, 1, "e", nil},
		{"1e+", markUnknown, 1, "e+", nil},
		{"3 events", markUnknown, 3, "events", nil},
		{"12 00", markUnknown, 0, "12 00", errNumber},
		{"1234 567", markUnknown, 0, "1234 567", errNumber},
		{"1.23.456", markUnknown, 0, "", errNumber},
		{"1,2,3.4.5", markUnknown, 0, "", errNumber},
		{"", markUnknown, 0, "", errNumber},
		{"many", markUnknown, 0, "many", errNumber},
		{"-5", markUnknown, 0, "-5", errNumber},
		{".5", markUnknown, 0, ".5", errNumber},
	} {
		value, rest, err := parseNumber(cell{text: c.text}, c.mark)
		if value != c.value || rest != c.rest || !errors.Is(err, c.err) {
			t.Errorf("%q with %q: %v %q %v; want %v %q %v", c.text, c.mark, value, rest, err, c.value, c.rest, c.err)
		}
	}
	if v, _, err := parseNumber(cell{text: "1.2E4", kind: asNumber}, decimalComma); v != 12000 || err != nil {
		t.Errorf("a number of a workbook is %v, %v", v, err)
	}
}

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"30m": 30 * time.Minute, "1h30m": 90 * time.Minute, "1h 30m": 90 * time.Minute, "90 min": 90 * time.Minute, "2 Stunden": 2 * time.Hour,
		"0:30": 30 * time.Minute, "1,5 hours": 90 * time.Minute, "45 s": 45 * time.Second, "1 day": 24 * time.Hour,
	} {
		if got, ok := parseDuration(cell{text: text}, markUnknown); !ok || got != want {
			t.Errorf("%q is %v, %v", text, got, ok)
		}
	}
	for _, text := range []string{"30", "soon", "", "1:2:3:4", "5 weeks ago"} {
		if got, ok := parseDuration(cell{text: text}, markUnknown); ok {
			t.Errorf("%q is %v", text, got)
		}
	}
	if got, ok := parseDuration(cell{text: "0.0208333333333333", kind: asDateTime}, markUnknown); !ok || got != 30*time.Minute {
		t.Errorf("half an hour of a workbook is %v", got)
	}
}

func TestNames(t *testing.T) {
	for text, want := range map[string][]string{
		"": nil, "A": {"A"}, "A; B, C|D\nE": {"A", "B", "C", "D", "E"}, " ; ": nil, "all": nil, "*": nil, "Alle": nil, `\all`: {"all"}, `A\;B`: {"A;B"}, "all; B": {"all", "B"},
	} {
		if got := names(text); !slices.Equal(got, want) {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

func TestUnits(t *testing.T) {
	for word, want := range map[string]factored{
		"x": {unitTimes, 1}, "×": {unitTimes, 1}, "Times": {unitTimes, 1}, "RPS": {calendar.Requests, 1}, "req / s": {calendar.Requests, 1},
		"rpm": {calendar.Requests, 1.0 / 60}, "msg/s": {calendar.Messages, 1}, "Messages / min": {calendar.Messages, 1.0 / 60},
		"CCU": {calendar.Connections, 1}, "concurrent users": {calendar.Connections, 1}, "Pods": {unitReplicas, 1},
	} {
		if got, ok := unitOf(word); !ok || got != want {
			t.Errorf("%q is %v, %v", word, got, ok)
		}
	}
	for _, word := range []string{"", "bananas", "rps/s", "m"} {
		if got, ok := unitOf(word); ok {
			t.Errorf("%q is %v", word, got)
		}
	}
	for _, word := range unitWords() {
		if _, ok := unitOf(word); !ok {
			t.Errorf("%q is suggested and not read", word)
		}
	}
}

// No word means two things of one kind, and all meanings are such.
func TestWords(t *testing.T) {
	columns := map[string]bool{"-": true}
	for c := range columnCount {
		columns[c.String()] = true
	}
	seen := map[wordKey]string{}
	for line := range lines(wordsTable) {
		kind, means, list := splitWords(t, line)
		if kind == "column" && !columns[means] {
			t.Errorf("%s is no column", means)
		}
		for _, word := range list {
			k := wordKey{kind, key(word)}
			if before, known := seen[k]; known && before != means {
				t.Errorf("%s %q means %s and %s", kind, word, before, means)
			}
			seen[k] = means
		}
	}
	if len(seen) < 300 {
		t.Errorf("%d words", len(seen))
	}
}

func splitWords(t *testing.T, line string) (kind, means string, list []string) {
	t.Helper()
	parts := strings.Split(line, "\t")
	if len(parts) != 3 {
		t.Fatalf("%q has %d parts", line, len(parts))
	}
	return parts[0], parts[1], strings.Split(parts[2], "|")
}

// The columns have names in the languages that people write tables in.
func TestHeadersInOtherLanguages(t *testing.T) {
	h := newHeaders(Options{})
	data, err := os.ReadFile("testdata/headers.tsv")
	if err != nil {
		t.Fatal(err)
	}
	languages := 0
	for line := range lines(string(data)) {
		language, names, _ := strings.Cut(line, "\t")
		languages++
		list := strings.Split(names, "|")
		if len(list) != int(columnCount) {
			t.Errorf("%s has %d names", language, len(list))
			continue
		}
		for c, name := range list {
			if got := h.means(name); got != column(c) {
				t.Errorf("%s %q means %q, want %s", language, name, got, column(c))
			}
		}
	}
	if languages != 5 {
		t.Errorf("%d languages", languages)
	}
}
