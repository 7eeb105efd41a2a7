package intake_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/calendar/intake"
)

// manyEvents is a calendar of events that Google might have written, of which
// each has a line of its own.
func manyEvents(n int, line func(i int) string) []byte {
	var b bytes.Buffer
	b.WriteString("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nX-WR-TIMEZONE:Europe/Malta\r\n")
	day := calendar.Date(2026, time.March, 1)
	for i := range n {
		start := day.Add(time.Duration(i) * 37 * time.Minute).Digits()
		fmt.Fprintf(&b, "BEGIN:VEVENT\r\nDTSTART;TZID=Europe/Malta:%s\r\nDTEND;TZID=Europe/Malta:%s\r\nDTSTAMP:20260220T101500Z\r\n"+
			"UID:7kukuqrfedlm2f9t%010d@google.com\r\nCREATED:20260210T090000Z\r\nDESCRIPTION:class: tournament<br>expected_peak: 12000<br>unit: rps<br>brand\r\n : Aurora<br>Main stage\\, all lobbies\r\n"+
			"LAST-MODIFIED:20260220T101500Z\r\nSEQUENCE:2\r\nSTATUS:CONFIRMED\r\nSUMMARY:Event %d\r\nTRANSP:OPAQUE\r\n%sEND:VEVENT\r\n",
			start.Format("20060102T150405"), start.Add(time.Hour).Format("20060102T150405"), i, i, line(i))
	}
	b.WriteString("END:VCALENDAR\r\n")
	return b.Bytes()
}

func none(int) string { return "" }

func BenchmarkReadICS(b *testing.B) {
	for name, line := range map[string]func(int) string{
		"single": none,
		"weekly": func(int) string { return "RRULE:FREQ=WEEKLY;BYDAY=SA\r\n" },
	} {
		b.Run(name, func(b *testing.B) {
			data := manyEvents(20_000, line)
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				if r := intake.Read(data, intake.Options{Now: judged()}); !r.OK() || len(r.Events) != 20_000 {
					b.Fatalf("%d events, %d errors", len(r.Events), len(r.Errors))
				}
			}
		})
	}
}

func BenchmarkWriteICS(b *testing.B) {
	s, err := calendar.NewSchedule(intake.Read(manyEvents(20_000, none), intake.Options{Now: judged()}).Events)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		b.SetBytes(int64(len(intake.WriteICS(s, made()))))
	}
}

// An hourly rule for ten years, ten thousand times over, each of another start.
func BenchmarkReadHourlyRules(b *testing.B) {
	data := manyEvents(10_000, func(int) string { return "RRULE:FREQ=HOURLY;UNTIL=20360301T000000Z\r\n" })
	for b.Loop() {
		if r := intake.Read(data, intake.Options{Now: judged()}); len(r.Events) != 10_000 {
			b.Fatalf("%d events, %d errors", len(r.Events), len(r.Errors))
		}
	}
}

func TestLimitsOfACalendar(t *testing.T) {
	long := func(n int) func(int) string {
		return func(int) string { return "X-LONG:" + strings.Repeat("x", n) + "\r\n" }
	}
	for _, test := range []struct {
		name   string
		data   []byte
		limits intake.Limits
		fails  bool
	}{
		// An entry is what has a BEGIN: the calendar is one too.
		{"as many entries as may be", manyEvents(4, none), intake.Limits{Rows: 5}, false},
		{"one more", manyEvents(5, none), intake.Limits{Rows: 5}, true},
		{"a value as long as may be", manyEvents(1, long(200)), intake.Limits{Cell: 200}, false},
		{"a byte longer", manyEvents(1, long(201)), intake.Limits{Cell: 200}, true},
		{"as deep as may be", nested(7), intake.Limits{}, false},
		{"deeper", nested(8), intake.Limits{}, true},
		{"as large as may be", manyEvents(1, none), intake.Limits{Bytes: int64(len(manyEvents(1, none)))}, false},
		{"a byte larger", manyEvents(1, none), intake.Limits{Bytes: int64(len(manyEvents(1, none))) - 1}, true},
	} {
		r := readAt(test.data, test.limits)
		if r.OK() == test.fails {
			t.Errorf("%s: errors %v", test.name, r.Errors)
		}
		if test.fails && r.Errors[0].Code != intake.TooLarge && test.name != "deeper" {
			t.Errorf("%s: %v", test.name, r.Errors[0])
		}
	}
}

// nested is a calendar with an event, and components in one another below it.
func nested(deep int) []byte {
	open, end := strings.Repeat("BEGIN:X\n", deep), strings.Repeat("END:X\n", deep)
	return []byte("BEGIN:VCALENDAR\n" + open + end + strings.TrimPrefix(oneEvent("a", "A"), "BEGIN:VCALENDAR\r\n"))
}

// Whatever the bytes are: no panic, the same result twice, every problem with
// its repair, and events that are valid and can be written and read again.
func FuzzICS(f *testing.F) {
	files, err := filepath.Glob("testdata/ics/*.ics")
	if err != nil || len(files) == 0 {
		f.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 64<<10 {
			return
		}
		anyBytes(t, append([]byte("BEGIN:VCALENDAR\r\n"), bytes.TrimPrefix(data, []byte("BEGIN:VCALENDAR\r\n"))...))
	})
}

func anyBytes(t *testing.T, text []byte) {
	o := intake.Options{Now: judged(), Zone: time.UTC, Horizon: 30 * 24 * time.Hour}
	r := intake.Read(text, o)
	if again := intake.Read(text, o); !reflect.DeepEqual(problems(r), problems(again)) || len(r.Events) != len(again.Events) {
		t.Fatalf("another result for the same bytes:\n%+v\n%+v", r, again)
	}
	for _, p := range problems(r) {
		if p.Fix == "" {
			t.Errorf("no repair: %+v", p)
		}
	}
	s, err := calendar.NewSchedule(r.Events)
	if err != nil {
		t.Fatalf("events that are none: %v", err)
	}
	file := intake.WriteICS(s, made())
	wellFormed(t, file)
	if back := intake.Read(file, o); s.Len() > 0 && r.OK() && len(back.Events) != s.Len() {
		t.Errorf("%d events were written and %d read: %v\n%s", s.Len(), len(back.Events), back.Errors, file)
	}
}

func problems(r intake.Result) []intake.Problem { return append(r.Errors, r.Warnings...) }
