package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/calendar/intake"
)

// Both clocks are said, and a date wherever it is another one.
func TestWhenAnEventTakesPlace(t *testing.T) {
	for _, c := range []struct {
		name, zone, start, end, want string
	}{
		{"one day", "Europe/Malta", "2026-11-28T20:00:00+01:00", "2026-11-28T23:00:00+01:00", "Sat 2026-11-28 20:00–23:00 Europe/Malta = 19:00–22:00 UTC"},
		{"across midnight", "Europe/Malta", "2026-11-28T22:00:00+01:00", "2026-11-29T04:00:00+01:00", "Sat 2026-11-28 22:00 – Sun 2026-11-29 04:00 Europe/Malta = 21:00 – Sun 2026-11-29 03:00 UTC"},
		{"yesterday in UTC", "Europe/Malta", "2026-11-29T00:00:00+01:00", "2026-11-29T00:30:00+01:00", "Sun 2026-11-29 00:00–00:30 Europe/Malta = Sat 2026-11-28 23:00–23:30 UTC"},
		{"tomorrow in UTC", "America/New_York", "2026-11-28T20:00:00-05:00", "2026-11-28T21:00:00-05:00", "Sat 2026-11-28 20:00–21:00 America/New_York = Sun 2026-11-29 01:00–02:00 UTC"},
		{"the night of moved clocks", "Europe/Malta", "2026-10-25T02:00:00+02:00", "2026-10-25T03:00:00+01:00", "Sun 2026-10-25 02:00–03:00 Europe/Malta = 00:00–02:00 UTC"},
		{"in UTC", "UTC", "2026-11-28T20:00:30Z", "2026-11-28T21:00:00Z", "Sat 2026-11-28 20:00:30–21:00 UTC"},
	} {
		start, err := time.Parse(time.RFC3339, c.start)
		if err != nil {
			t.Fatal(err)
		}
		end, err := time.Parse(time.RFC3339, c.end)
		if err != nil {
			t.Fatal(err)
		}
		o := occurrence{Start: start, End: end, LocalStart: c.start[:19], LocalEnd: c.end[:19], Timezone: c.zone}
		if got := o.when(); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestHowLongAnOverrideHolds(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"90m": 90 * time.Minute, "2h": 2 * time.Hour, "1d": 24 * time.Hour, "1d2h30m": 26*time.Hour + 30*time.Minute, "0d1s": time.Second, "1.5h": 90 * time.Minute,
	} {
		if got, err := lasting(text); err != nil || got != want {
			t.Errorf("%s: got %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "0", "0d", "-2h", "1d-25h", "d", "1.5d", "2", "1d1d", "9999d", "soon"} {
		if got, err := lasting(text); err == nil {
			t.Errorf("%q was taken for %v", text, got)
		}
	}
}

func TestALengthIsShownWithoutZerosAtItsEnd(t *testing.T) {
	for want, d := range map[string]time.Duration{
		"1h30m": 90 * time.Minute, "2h": 2 * time.Hour, "10m": 10 * time.Minute, "20h": 20 * time.Hour, "1h0m30s": time.Hour + 30*time.Second,
		"50s": 50*time.Second + 400*time.Millisecond, "0s": time.Millisecond, "100h10m10s": 100*time.Hour + 10*time.Minute + 10*time.Second,
	} {
		if got := length(d); got != want {
			t.Errorf("%v is shown as %s, want %s", d, got, want)
		}
	}
}

// On a narrow terminal no line is broken by the terminal, which would break it
// within a word or a date.
func TestADifferenceOnANarrowTerminal(t *testing.T) {
	im := imported{
		Format: "csv", BaseVersion: 7, Mode: "merge", EventsRead: 1,
		Warnings: []intake.Problem{{Row: 3, Column: "start", Code: "dst-gap", Found: "2027-03-28T02:30", Expected: "a clock that is shown", Fix: "It begins at 03:30."}},
		Diff: diff{Added: []diffLine{{
			ID: "sat", Title: "Saturday tournament of all brands",
			After: &event{ID: "sat", Title: "Saturday tournament of all brands", Multiplier: 3, Markets: []string{"MT"}, Recurrence: "FREQ=WEEKLY"},
			Next: []occurrence{{
				Start: time.Date(2026, 11, 28, 19, 0, 0, 0, time.UTC), End: time.Date(2026, 11, 28, 22, 0, 0, 0, time.UTC),
				LocalStart: "2026-11-28T20:00", LocalEnd: "2026-11-28T23:00", Timezone: "Europe/Malta",
			}},
			Replicas: []replicaChange{{"shop/lobby", 24, 72, 0}},
		}}},
	}
	im.whole()
	got := im.text("december.csv", "", 40)
	want := `december.csv: 1 event (csv), compared
with version 7
merge: events that are not in the file
stay as they are

1 warning
  row 3, column start: expected a clock
  that is shown, found 2027-03-28T02:30
      → It begins at 03:30.

1 event added
  + sat Saturday tournament of all
    brands
      Sat 2026-11-28 20:00–23:00
      Europe/Malta = 19:00–22:00 UTC
      repeats: FREQ=WEEKLY
      ×3 for market MT
      shop/lobby 24 → 72 replicas

replicas are those when the event
begins, by the demand of now

1 added, 0 changed, 0 removed
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for line := range strings.Lines(got) {
		if n := cells(strings.TrimSuffix(line, "\n")); n > 40 {
			t.Errorf("%q takes %d columns", line, n)
		}
	}
}

// A share that has no exact form in binary is shown as it was written.
func TestAConfidenceIsShownAsItWasWritten(t *testing.T) {
	for confidence, want := range map[float64]string{0.57: "57%", 0.29: "29%", 0.125: "12.5%", 0.0001: "0.01%", 1: "100%"} {
		if got := (&event{Confidence: confidence}).field("confidence"); got != want {
			t.Errorf("%v is shown as %s, want %s", confidence, got, want)
		}
	}
}

// A person is shown a hundred events, and told of the others.
func TestALongDifferenceIsCut(t *testing.T) {
	var d diff
	for range shownLines + 1 {
		d.Removed = append(d.Removed, diffLine{ID: "x", Title: "X"})
	}
	var b strings.Builder
	d.text(&b, 0)
	if n := strings.Count(b.String(), "  - x  X\n"); n != shownLines || !strings.Contains(b.String(), "… and 1 more: -o json has all") {
		t.Errorf("%d events are shown:\n%s", n, b.String())
	}
	d.Removed = d.Removed[1:]
	b.Reset()
	if d.text(&b, 0); strings.Contains(b.String(), "more") {
		t.Error("a hundred events are cut")
	}
}

// A dry run works where no server is, unless one was named.
func TestADryRunNeedsNoServer(t *testing.T) {
	file := filepath.Join(t.TempDir(), "e.csv")
	if err := os.WriteFile(file, intake.TemplateCSV(), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, named := range []bool{false, true} {
		var out, notes strings.Builder
		u := upload{
			client: client{server: "http://127.0.0.1:1", timeout: time.Second, named: func() bool { return named }},
			asking: asking{out: &notes}, file: file, dryRun: true, output: "text",
		}
		err := u.run(t.Context(), &out)
		if missing := (unreachableError{}); named && !errors.As(err, &missing) {
			t.Errorf("a server that was named is not there: %v", err)
		}
		if !named && (err != nil || !strings.Contains(out.String(), "compared with nothing") || !strings.Contains(notes.String(), "no server answers at http://127.0.0.1:1")) {
			t.Errorf("without a server: %v\n%s%s", err, out.String(), notes.String())
		}
	}
}

func TestAFileHasAtMostWhatAServerTakes(t *testing.T) {
	u := upload{file: "-", asking: asking{in: io.LimitReader(zeros{}, largestFile)}}
	if data, err := u.read(); err != nil || len(data) != largestFile {
		t.Errorf("%d bytes, %v", len(data), err)
	}
	u.in = io.LimitReader(zeros{}, largestFile+1)
	if _, err := u.read(); err == nil || !strings.Contains(err.Error(), "more than 32 MiB: split it") {
		t.Errorf("a byte more: %v", err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
