package intake_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/headstart-scaler/headstart/calendar/intake"
)

// packed is an archive of files, in the order of names and texts.
func packed(t *testing.T, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		f, err := w.Create(files[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, files[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func oneEvent(uid, title string) string {
	return "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:" + uid + "\r\nSUMMARY:" + title +
		"\r\nDTSTART;TZID=Europe/Malta:20260320T200000\r\nDURATION:PT1H\r\nDESCRIPTION:multiplier: 2\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
}

func readAt(data []byte, limits intake.Limits) intake.Result {
	return intake.Read(data, intake.Options{Now: judged(), Limits: limits})
}

// Google puts one .ics for each calendar into an archive.
func TestAnArchiveOfCalendarsIsRead(t *testing.T) {
	google, err := os.ReadFile("testdata/ics/google.ics")
	if err != nil {
		t.Fatal(err)
	}
	r := readAt(packed(t, "b@group.calendar.google.com.ics", oneEvent("b", "B"), "a@group.calendar.google.com.ics", string(google)), intake.Limits{})
	if !r.OK() || r.Format != intake.ICS || len(r.Events) != 4 || r.Events[3].ID != "b" {
		t.Errorf("%+v", r)
	}
	for _, p := range r.Warnings {
		if !strings.HasSuffix(p.Column, " in a@group.calendar.google.com.ics") && !strings.HasSuffix(p.Column, " in b@group.calendar.google.com.ics") {
			t.Errorf("which file has it? %s", p)
		}
	}
	if len(r.Warnings) == 0 {
		t.Error("no warnings")
	}
	alone := readAt(packed(t, "a.ics", string(google)), intake.Limits{})
	if len(alone.Warnings) == 0 || strings.Contains(alone.Warnings[0].Column, " in ") {
		t.Errorf("the one file is named: %v", alone.Warnings)
	}
}

func TestWhatStandsInAnArchive(t *testing.T) {
	event := oneEvent("a", "A")
	many := make([]string, 0, 2002)
	for i := range 1001 {
		many = append(many, fmt.Sprintf("%d.ics", i), event)
	}
	nested := string(packed(t, "a.ics", event))
	for _, test := range []struct {
		name           string
		files          []string
		limits         intake.Limits
		code           intake.Code // "" is none
		found          string
		events, warned int
	}{
		{name: "one", files: []string{"a.ics", event}, events: 1},
		{name: "ending in capitals", files: []string{"A.ICS", event}, events: 1},
		{name: "with a BOM", files: []string{"a.ics", "\ufeff" + event}, events: 1},
		{name: "a path is a label", files: []string{"../../../etc/a.ics", event}, events: 1},
		{name: "what macOS adds", files: []string{"a.ics", event, "__MACOSX/._a.ics", "\x00\x05", ".DS_Store", "x"}, events: 1},
		{name: "something else beside it", files: []string{"a.ics", event, "readme.txt", "hello"}, events: 1, warned: 1},
		{name: "the same twice", files: []string{"a.ics", event, "b.ics", event}, events: 1, code: intake.DuplicateID, found: "a"},
		{name: "an archive in it", files: []string{"a.ics", event, "b.zip", nested}, events: 1, code: intake.Unreadable, found: "an archive in an archive: b.zip"},
		{name: "no calendar", files: []string{"a.txt", event}, code: intake.Unreadable, found: "an archive without .ics files", warned: 1},
		{name: "nothing", code: intake.Unreadable},
		{name: "many", files: many[:2000], events: 1, code: intake.DuplicateID, found: "a"},
		{name: "too many", files: many, code: intake.TooLarge, found: "1001"},
		{name: "as large as may be", files: []string{"a.ics", event}, limits: intake.Limits{Unpacked: int64(len(event))}, events: 1},
		{name: "a byte larger", files: []string{"a.ics", event}, limits: intake.Limits{Unpacked: int64(len(event)) - 1}, code: intake.TooLarge, found: "more"},
		{name: "larger together", files: []string{"a.ics", event, "b.ics", oneEvent("b", "B")}, limits: intake.Limits{Unpacked: int64(2*len(event)) - 1}, code: intake.TooLarge, found: "more"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := readAt(packed(t, test.files...), test.limits)
			if len(r.Events) != test.events || len(r.Warnings) != test.warned {
				t.Errorf("%d events and warnings %v", len(r.Events), r.Warnings)
			}
			switch {
			case test.code == "" && !r.OK():
				t.Errorf("errors %v", r.Errors)
			case test.code != "" && (r.OK() || r.Errors[0].Code != test.code || r.Errors[0].Fix == "" || test.found != "" && r.Errors[0].Found != test.found):
				t.Errorf("errors %v", r.Errors)
			}
		})
	}
}

// Ten thousand of these would be 100 GB: what is unpacked has a bound, however
// well it was packed.
func TestABombIsRefusedBeforeItUnpacks(t *testing.T) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := range 10 {
		f, err := w.Create(fmt.Sprintf("%d.ics", i))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(f, io.LimitReader(endless{}, 20<<20)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if b.Len() > 1<<20 {
		t.Fatalf("%d bytes are no bomb", b.Len())
	}
	limits := intake.Limits{Unpacked: 1 << 20}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r := readAt(b.Bytes(), limits)
	runtime.ReadMemStats(&after)
	if r.OK() || r.Errors[0].Code != intake.TooLarge {
		t.Errorf("%v", r.Errors)
	}
	if allocated, most := after.TotalAlloc-before.TotalAlloc, uint64(16<<20); allocated > most {
		t.Errorf("%d bytes for it, of 200 MB unpacked: want at most %d", allocated, most)
	}
}

// endless is blanks without end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// An archive that is cut or changed anywhere is an error or reads as before: a
// calendar that is half there must not replace a whole one.
func TestABrokenArchiveIsNeverHalfRead(t *testing.T) {
	whole := packed(t, "a.ics", oneEvent("a", "A")+oneEvent("b", "B"))
	for cut := 30; cut < len(whole); cut += 7 {
		if r := readAt(whole[:cut], intake.Limits{}); r.OK() {
			t.Errorf("cut at %d of %d: read as whole", cut, len(whole))
		}
	}
	for at := 30; at < len(whole); at++ {
		changed := bytes.Clone(whole)
		changed[at] ^= 0x55
		if r := readAt(changed, intake.Limits{}); r.OK() && len(r.Events) != 2 {
			t.Errorf("changed at %d: %d events and no error", at, len(r.Events))
		}
	}
}
