package intake_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/headstart-scaler/headstart/calendar/intake"
)

// Each file of messy, one for each row of the table of messy input, is read as
// its golden says: exactly these problems, and these events. Read one beside
// the other; make.py says what each is about.
func TestMessyTablesAreReadAsSaid(t *testing.T) {
	files := tables(t, "testdata/messy", 50)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			r := readFile(t, file, intake.Options{Now: judged()})
			compareICS(t, file+".golden", toldAll(r))
			for _, p := range append(r.Errors, r.Warnings...) {
				if p.Expected == "" || p.Fix == "" {
					t.Errorf("unhelpful: %+v", p)
				}
			}
		})
	}
}

// Files that LibreOffice made need no hand edit: see testdata/libreoffice.
func TestLibreOffice(t *testing.T) {
	for _, file := range tables(t, "testdata/libreoffice", 6) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			compareICS(t, file+".golden", toldAll(readFile(t, file, intake.Options{Now: judged(), Zone: malta(t)})))
		})
	}
}

// What Google and Outlook export needs a zone to be chosen, and no more.
func TestExportsOfGoogleAndOutlook(t *testing.T) {
	files := tables(t, "testdata/messy", 50)
	for _, file := range files {
		if name := filepath.Base(file); strings.HasPrefix(name, "google") || strings.HasPrefix(name, "outlook") {
			r := readFile(t, file, intake.Options{Now: judged(), Zone: malta(t)})
			compareICS(t, file+".in-malta.golden", toldAll(r))
		}
	}
}

func malta(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Malta")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func tables(t *testing.T, folder string, least int) []string {
	t.Helper()
	var files []string
	for _, ending := range []string{"*.csv", "*.xlsx"} {
		found, err := filepath.Glob(filepath.Join(folder, ending))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	if len(files) < least {
		t.Fatalf("%d files", len(files))
	}
	return files
}

func readFile(t *testing.T, file string, o intake.Options) intake.Result {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	r := intake.Read(data, o)
	if again := intake.Read(data, o); toldAll(again) != toldAll(r) {
		t.Error("another reading gives another result")
	}
	return r
}

// toldAll is told with the overlaps, and what the columns and dates were taken
// for.
func toldAll(r intake.Result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, dates %s\n", r.Format, r.Order)
	for _, c := range r.Columns {
		if c.Header != c.Means {
			fmt.Fprintf(&b, "column %s: %s\n", c.Header, c.Means)
		}
	}
	b.WriteString(told(r))
	for _, p := range r.Warnings {
		if p.Code == intake.Overlapping {
			fmt.Fprintf(&b, "W %s: %s\n", p.Code, p)
		}
	}
	return b.String()
}
