package intake

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
)

// fuzzed reads whatever comes twice, and holds what is true of every result.
func fuzzed(t *testing.T, data []byte, o Options) {
	t.Helper()
	o.Now = planNow()
	o.Limits = Limits{Rows: 200, Columns: 40, Cell: 2000, Unpacked: 1 << 20, Sheets: 1 << 20, Problems: 50}
	r := Read(data, o)
	if again := Read(data, o); !reflect.DeepEqual(r.Errors, again.Errors) || !reflect.DeepEqual(r.Warnings, again.Warnings) || len(r.Events) != len(again.Events) {
		t.Fatalf("another reading gives %v %v, after %v %v", again.Errors, again.Warnings, r.Errors, r.Warnings)
	}
	helpful(t, r)
	readsBack(t, r)
	if _, err := Corrected(data, r); err != nil && len(r.Events) > 0 && (r.Format == CSV || r.Format == XLSX) {
		t.Fatalf("the table cannot be given back: %v", err)
	}
}

// helpful holds that there is something, and each problem says what to do.
func helpful(t *testing.T, r Result) {
	t.Helper()
	if r.OK() && len(r.Events) == 0 {
		t.Fatal("neither an event nor an error")
	}
	for _, p := range append(r.Errors, r.Warnings...) {
		if p.Code == "" || p.Fix == "" || p.Expected == "" || p.Row < 0 {
			t.Fatalf("unhelpful: %+v", p)
		}
	}
}

// readsBack holds that events are a schedule, and that JSON keeps it.
func readsBack(t *testing.T, r Result) {
	t.Helper()
	s, err := calendar.NewSchedule(r.Events)
	if err != nil {
		t.Fatalf("events that are no schedule: %v", err)
	}
	if len(r.Events) > 0 {
		back := Read(EncodeJSON(s), Options{Now: planNow()})
		again, err := calendar.NewSchedule(back.Events)
		if err != nil || !back.OK() || len(s.Diff(again)) > 0 {
			t.Fatalf("JSON does not read back: %v %v", err, back.Errors)
		}
	}
}

func seeds(f *testing.F, patterns ...string) {
	f.Helper()
	for _, pattern := range patterns {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			f.Fatal(pattern, err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			if len(data) < 20_000 {
				f.Add(data)
			}
		}
	}
}

func FuzzCSV(f *testing.F) {
	seeds(f, "testdata/messy/*.csv", "testdata/libreoffice/*.csv")
	f.Fuzz(func(t *testing.T, data []byte) { fuzzed(t, data, Options{Zone: time.UTC}) })
}

func FuzzXLSX(f *testing.F) {
	seeds(f, "testdata/messy/*.xlsx", "testdata/libreoffice/*.xlsx")
	f.Fuzz(func(t *testing.T, data []byte) { fuzzed(t, data, Options{Zone: time.UTC}) })
}

// FuzzSheet puts what comes into a workbook, so that the archive around it is
// whole.
func FuzzSheet(f *testing.F) {
	f.Add([]byte(sheetHead+`<row r="3" hidden="1"><c r="A3" t="s"><v>0</v></c><c r="B3" s="1"><f>1+1</f><v>46480.5</v></c></row></sheetData><mergeCells><mergeCell ref="A3:B4"/></mergeCells></worksheet>`), []byte("<sst><si><t>Cup</t></si></sst>"))
	f.Fuzz(func(t *testing.T, sheet, shared []byte) {
		parts := map[string][]byte{"xl/worksheets/s.xml": sheet, "xl/sharedStrings.xml": shared}
		fuzzed(t, bookOf(t, parts), Options{Zone: time.UTC})
	})
}

func FuzzJSON(f *testing.F) {
	f.Add([]byte(`{"events":[{"id":"a","title":"A","start":"2027-01-01T10:00","end":"2027-01-01T11:00","timezone":"UTC","recurrence":"FREQ=DAILY","except":["2027-01-02T10:00"],"moved":[{"from":"2027-01-03T10:00","start":"2027-01-03T11:00","end":"2027-01-03T12:00"}],"expected_peak":5,"unit":"requests/s","ramp_up":"30m"}]}`))
	f.Add([]byte(`[{"title":"A"},7,null]`))
	f.Fuzz(func(t *testing.T, data []byte) { fuzzed(t, data, Options{}) })
}
