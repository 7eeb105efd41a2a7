package intake_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/calendar/intake"
)

var update = flag.Bool("update", false, "write the golden files anew")

// judged is when the files of testdata are read.
func judged() time.Time { return time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC) }

// Each calendar of testdata, written as Google, Outlook and people write them,
// is read as its golden says: problems in the words a person is told, and
// events. Read one beside the other.
func TestCalendarsAreReadAsWritten(t *testing.T) {
	files, err := filepath.Glob("testdata/ics/*.ics")
	if err != nil || len(files) < 15 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) { isReadAsWritten(t, file) })
	}
}

func isReadAsWritten(t *testing.T, file string) {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	r := intake.Read(data, intake.Options{Now: judged()})
	if r.Format != intake.ICS {
		t.Errorf("taken for %q", r.Format)
	}
	compareICS(t, strings.TrimSuffix(file, ".ics")+".golden", told(r))
	for _, p := range append(r.Errors, r.Warnings...) {
		if p.Fix == "" || p.Expected == "" || p.Row == 0 || p.Column == "" && p.Code != intake.Unreadable {
			t.Errorf("unhelpful: %+v", p)
		}
	}
}

func compareICS(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; read it, then run go test ./calendar/intake -update\ngot:\n%s\nwant:\n%s", file, got, want)
	}
}

// told is a result as a person would read it, without what overlaps, which has
// nothing to do with the format.
func told(r intake.Result) string {
	var b strings.Builder
	for _, p := range r.Errors {
		fmt.Fprintf(&b, "E %s: %s\n", p.Code, p)
	}
	for _, p := range r.Warnings {
		if p.Code != intake.Overlapping {
			fmt.Fprintf(&b, "W %s: %s\n", p.Code, p)
		}
	}
	for _, e := range r.Events {
		b.WriteString("\n" + shown(e))
	}
	return b.String()
}

// shown is an event in lines; what is empty is left out.
func shown(e *calendar.Event) string {
	var b strings.Builder
	add := func(name string, value any) {
		if text := fmt.Sprint(value); text != "" && text != "[]" && text != "0" && text != "0s" {
			fmt.Fprintf(&b, "  %s: %s\n", name, strings.ReplaceAll(text, "\n", "\n    "))
		}
	}
	fmt.Fprintf(&b, "%s: %s (%s)\n", e.ID, e.Title, e.Status)
	days := ""
	if e.Window.AllDay {
		days = ", all day"
	}
	add("when", fmt.Sprintf("%s to %s %s%s", e.Window.Start, e.Window.End, e.Window.Zone, days))
	add("rule", e.Recurrence.Rule())
	add("also", e.Recurrence.Extra())
	add("not", e.Recurrence.Left())
	for _, m := range e.Recurrence.Moved() {
		add("moved", fmt.Sprintf("%s to %s-%s", m.From, m.Start, m.End))
	}
	add("class", e.Class)
	add("brands", e.Scope.Brands)
	add("markets", e.Scope.Markets)
	add("regions", e.Scope.Regions)
	add("workloads", e.Scope.Workloads)
	add("multiplier", e.Impact.Multiplier)
	if e.Impact.Peak.Value != 0 {
		add("peak", fmt.Sprint(e.Impact.Peak.Value, " ", e.Impact.Peak.Unit))
	}
	add("floor", e.Impact.Floor)
	if e.Confidence != 1 {
		add("confidence", e.Confidence)
	}
	add("ramp up", e.Ramp.Up)
	add("ramp down", e.Ramp.Down)
	add("owner", e.Owner)
	add("notes", e.Notes)
	return b.String()
}
