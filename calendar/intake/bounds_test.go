package intake

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// zipped makes an archive of parts, each written by a function.
func zipped(tb testing.TB, parts map[string]func(io.Writer)) []byte {
	tb.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, write := range parts {
		f, err := w.Create(name)
		if err != nil {
			tb.Fatal(err)
		}
		write(f)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func text(s string) func(io.Writer) { return func(w io.Writer) { _, _ = io.WriteString(w, s) } }

// repeated writes a beginning, a piece many times, and an end.
func repeated(before, piece string, times int, after string) func(io.Writer) {
	return func(w io.Writer) {
		_, _ = io.WriteString(w, before)
		per := max(1, 1<<16/len(piece))
		block := strings.Repeat(piece, per)
		for ; times >= per; times -= per {
			_, _ = io.WriteString(w, block)
		}
		_, _ = io.WriteString(w, strings.Repeat(piece, times)+after)
	}
}

// bookWith makes a workbook with one sheet, and other parts.
func bookWith(tb testing.TB, sheet func(io.Writer), others map[string]func(io.Writer)) []byte {
	tb.Helper()
	parts := map[string]func(io.Writer){
		"xl/workbook.xml":            text(`<workbook><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>`),
		"xl/_rels/workbook.xml.rels": text(`<Relationships><Relationship Id="r1" Target="worksheets/s.xml"/></Relationships>`),
		"xl/worksheets/s.xml":        sheet,
	}
	maps.Copy(parts, others)
	return zipped(tb, parts)
}

// bookOf is bookWith for parts that are at hand.
func bookOf(tb testing.TB, parts map[string][]byte) []byte {
	tb.Helper()
	writers := map[string]func(io.Writer){}
	for name, data := range parts {
		writers[name] = text(string(data))
	}
	return bookWith(tb, writers["xl/worksheets/s.xml"], writers)
}

const sheetHead = `<worksheet><sheetData><row r="1"><c t="inlineStr"><is><t>title</t></is></c><c t="inlineStr"><is><t>start</t></is></c></row>`

// Whatever comes, it is refused within the memory stated, and soon.
func TestBounds(t *testing.T) {
	if testing.Short() {
		t.Skip("makes files of hundreds of megabytes")
	}
	const mostMemory = 300 << 20
	cases := []struct {
		name string
		data func() []byte
		want Code
	}{
		{"400 MB of blanks in a sheet", func() []byte {
			return bookWith(t, repeated(sheetHead, " ", 400<<20, "</sheetData></worksheet>"), nil)
		}, TooLarge},
		{"a million rows", func() []byte {
			return bookWith(t, repeated(sheetHead, `<row><c t="inlineStr"><is><t>Cup</t></is></c><c><v>46000</v></c></row>`, 1<<20, "</sheetData></worksheet>"), nil)
		}, TooLarge},
		{"16384 columns", func() []byte {
			return bookWith(t, repeated(sheetHead+"<row>", `<c><v>1</v></c>`, 16384, "</row></sheetData></worksheet>"), nil)
		}, TooLarge},
		{"a text of 100 MB that cells share", func() []byte {
			return bookWith(t, text(sheetHead), map[string]func(io.Writer){"xl/sharedStrings.xml": repeated("<sst><si><t>", "x", 100<<20, "</t></si></sst>")})
		}, TooLarge},
		{"200 MB of texts that cells share", func() []byte {
			return bookWith(t, text(sheetHead), map[string]func(io.Writer){"xl/sharedStrings.xml": repeated("<sst>", "<si><t>"+strings.Repeat("x", 1000)+"</t></si>", 200_000, "</sst>")})
		}, TooLarge},
		{"an attribute of 200 MB", func() []byte {
			return bookWith(t, repeated(`<worksheet><row r="`, "1", 200<<20, `"/></worksheet>`), nil)
		}, TooLarge},
		{"merged cells all over", func() []byte {
			return bookWith(t, repeated(sheetHead+`<row><c t="inlineStr"><is><t>Cup</t></is></c></row></sheetData><mergeCells>`, `<mergeCell ref="A1:XFD1048576"/>`, 100_000, "</mergeCells></worksheet>"), nil)
		}, TooLarge},
		{"a million files in an archive", func() []byte {
			var b bytes.Buffer
			b.WriteString("PK\x03\x04")
			for range 1_000_000 {
				b.WriteString("PK\x01\x02" + strings.Repeat("\x00", 42))
			}
			return b.Bytes()
		}, TooLarge},
		{"a table of a million rows", func() []byte {
			return []byte("title,start\n" + strings.Repeat("Cup,2027-01-01 20:00\n", 1<<20))
		}, TooLarge},
		{"a line of 60 MB", func() []byte { return []byte("title,start\n" + strings.Repeat("x", 60<<20)) }, TooLarge},
		{"a line of 20 million columns", func() []byte { return []byte("title,start\n" + strings.Repeat("x,", 20<<20)) }, TooLarge},
		{"60 MB of quotes", func() []byte { return []byte("title,start\n" + strings.Repeat(`"`, 60<<20+1)) }, Unreadable},
		{"a file of 65 MB", func() []byte { return bytes.Repeat([]byte("x"), 65<<20) }, TooLarge},
		{"JSON of 30 million brackets", func() []byte { return bytes.Repeat([]byte("["), 30<<20) }, Unreadable},
		{"JSON of 5 million events", func() []byte { return []byte("[" + strings.Repeat("{},", 5<<20) + "{}]") }, TooLarge},
		{"JSON with a text of 60 MB", func() []byte {
			return []byte(`[{"title":"` + strings.Repeat("x", 60<<20) + `","start":"2027-01-01T00:00","end":"2027-01-02T00:00","timezone":"UTC"}]`)
		}, TooLarge},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			data := c.data()
			var most uint64
			stop := watchHeap(&most)
			began := time.Now()
			r := Read(data, Options{Now: time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)})
			took := time.Since(began)
			stop()
			t.Logf("%.1f MB, %v, %d MB in use at most", float64(len(data))/(1<<20), took.Round(time.Millisecond), most>>20)
			if r.OK() || !slices.ContainsFunc(r.Errors, func(p Problem) bool { return p.Code == c.want }) {
				t.Errorf("%v, want %s", r.Errors[:min(len(r.Errors), 3)], c.want)
			}
			if most > mostMemory {
				t.Errorf("%d MB in use", most>>20)
			}
		})
	}
}

// Many rules that recur as often as may be cost seconds, and not hours.
func TestManyHourlyRules(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 10 000 rules")
	}
	var b strings.Builder
	b.WriteString("id,title,start,end,timezone,recurrence,expected_peak,unit\n")
	for i := range 10_000 {
		fmt.Fprintf(&b, "%d,Hourly %d,2026-12-01 00:00,2026-12-01 00:30,Europe/Berlin,FREQ=HOURLY;UNTIL=20361201T000000,2,x\n", i, i)
	}
	var most uint64
	stop := watchHeap(&most)
	began := time.Now()
	r := Read([]byte(b.String()), Options{Now: time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)})
	stop()
	t.Logf("%v, %d MB in use at most", time.Since(began).Round(time.Millisecond), most>>20)
	if !r.OK() || len(r.Events) != 10_000 || r.WarningsOmitted == 0 {
		t.Errorf("%d events, %d warnings, %d omitted, %v", len(r.Events), len(r.Warnings), r.WarningsOmitted, r.Errors)
	}
	if most > 700<<20 {
		t.Errorf("%d MB in use", most>>20)
	}
}

// What rules may cost in all is bounded in whatever file they come: that of a
// day of a week in a month, counted, is 1/400 of it.
func TestRulesHaveABudgetInEveryFormat(t *testing.T) {
	const rule = "FREQ=MONTHLY;BYDAY=SA;BYSETPOS=1;COUNT=1"
	day := func(i int) string { return time.Date(2027, 1, 1+i, 0, 0, 0, 0, time.UTC).Format("2006-01-02") }
	events := func(n int, one func(i int) string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(one(i))
		}
		return b.String()
	}
	calendars := func(from int) func(io.Writer) {
		return func(w io.Writer) {
			_, _ = io.WriteString(w, "BEGIN:VCALENDAR\r\n"+events(200, func(i int) string {
				start := strings.ReplaceAll(day(from+i), "-", "")
				return fmt.Sprintf("BEGIN:VEVENT\r\nUID:%d\r\nSUMMARY:A\r\nDTSTART:%[2]sT000000Z\r\nDURATION:PT1H\r\nRRULE:%s\r\nEND:VEVENT\r\n", from+i, start, rule)
			})+"END:VCALENDAR\r\n")
		}
	}
	for _, c := range []struct {
		name string
		file func(n int) []byte
	}{
		{"table", func(n int) []byte {
			return []byte("id,title,start,end,recurrence\n" + events(n, func(i int) string {
				return fmt.Sprintf("%d,A,%[2]s 00:00,%[2]s 01:00,%s\n", i, day(i), rule)
			}))
		}},
		{"JSON", func(n int) []byte {
			return []byte("[" + strings.TrimPrefix(events(n, func(i int) string {
				return fmt.Sprintf(`,{"id":"%d","title":"A","start":"%[2]sT00:00","end":"%[2]sT01:00","timezone":"UTC","recurrence":"%s"}`, i, day(i), rule)
			}), ",") + "]")
		}},
		{"archive", func(n int) []byte {
			parts := map[string]func(io.Writer){"a.ics": calendars(0), "b.ics": calendars(200)}
			if n > 400 {
				parts["c.ics"] = calendars(400)
			}
			return zipped(t, parts)
		}},
	} {
		overBudget(t, c.name, c.file(400), c.file(401))
	}
}

// overBudget reads a file whose rules take all of the budget, and one with a
// rule more.
func overBudget(t *testing.T, name string, all, more []byte) {
	o := Options{Now: time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC), Zone: time.UTC}
	if r := Read(all, o); !r.OK() || len(r.Events) != 400 {
		t.Errorf("%s of 400: %d events, %v", name, len(r.Events), r.Errors)
	}
	r := Read(more, o)
	if len(r.Events) != 400 || len(r.Errors) == 0 || r.Errors[0].Code != TooLarge || r.Errors[0].Fix != ruleRepair(errBudget, "") {
		t.Errorf("%s of 401: %d events, %v", name, len(r.Events), r.Errors)
	}
	if name != "JSON" {
		return
	}
	if s, err := DecodeJSON(more); err != nil || s.Len() != 401 { // what is stored is read
		t.Errorf("%d stored events, %v", s.Len(), err)
	}
}

// To look for instances is bounded whatever a file leaves out: 120 000 dates of
// yearly rules take seconds, and the nearest of each a minute.
func TestInstancesAreLookedForWithinABudget(t *testing.T) {
	var b strings.Builder
	b.WriteString("id,title,start,end,timezone,floor,recurrence,except\n")
	day := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	const rows, dates = 100, 1200
	for i := range rows {
		fmt.Fprintf(&b, "%d,A%d,2027-01-01 20:00,2027-01-01 21:00,UTC,3,FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29,", i, i)
		for d := range dates {
			b.WriteString(day.AddDate(0, 0, d).Format("2006-01-02 15:04;"))
		}
		b.WriteString("\n")
	}
	began := time.Now()
	r := Read([]byte(b.String()), Options{Now: time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)})
	if took := time.Since(began); took > 20*time.Second { // 0.4 s, and slow machines
		t.Errorf("took %s", took)
	}
	if !r.OK() || len(r.Events) != rows {
		t.Fatalf("%d events, %v", len(r.Events), r.Errors)
	}
	if p := r.Warnings[0]; p.Code != TooLarge || p.Fix == "" {
		t.Errorf("it is not said that others were not looked for: %v", p)
	}
	if n := len(r.Warnings) + r.WarningsOmitted; n < 1000 || n > 3000 {
		t.Errorf("%d warnings", n)
	}
}
