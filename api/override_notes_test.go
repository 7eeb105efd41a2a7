package api_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/workload"
)

func (w *world) ordered(t *testing.T, kind string, replicas int, more string) []any {
	t.Helper()
	body := fmt.Sprintf(`{"workload":"demo/a","kind":%q,"replicas":%d,"author":"mia","reason":"final"%s}`, kind, replicas, more)
	return w.do(t, "POST", "/api/v1/overrides", body).want(t, http.StatusOK).list("notes")
}

// Whoever gives a second override is told which of the two counts.
func TestAnOverrideIsToldOfTheOthersThatHoldInItsTime(t *testing.T) {
	const hour = `,"duration":"3600s"`
	for _, c := range []struct {
		first  string
		n      int
		second string
		m      int
		want   string
	}{
		{"floor", 20, "ceiling", 10, "Override 1 by mia holds too, floor 20 from 2026-11-24 12:00:00 until 2026-11-24 13:00:00 UTC: final. A floor goes before a ceiling: exactly 20 while both hold."},
		{"ceiling", 10, "floor", 20, "exactly 20 while both hold."},
		{"ceiling", 20, "floor", 20, "Both count: from 20 to 20 replicas while both hold."},
		{"fixed", 3, "floor", 20, "It is fixed, which goes before this one: exactly 3 while both hold."},
		{"floor", 20, "fixed", 3, "A fixed one goes before it: exactly 3 while both hold."},
		{"fixed", 3, "fixed", 5, "the one given last counts: exactly 5 while both hold."},
		{"floor", 20, "floor", 3, "The highest floor counts: at least 20 while both hold."},
		{"ceiling", 20, "ceiling", 3, "The lowest ceiling counts: at most 3 while both hold."},
		{"ignore-forecast", 0, "floor", 3, "holds too, ignore-forecast from 2026-11-24 12:00:00 until 2026-11-24 13:00:00 UTC: final. Both count."},
		{"ignore-forecast", 0, "ignore-forecast", 0, "Both say the same."},
	} {
		t.Run(c.first+" "+c.second, func(t *testing.T) {
			w := newWorld(t, published(entry("demo", "a", "a", decision.Outcome{})))
			if notes := w.ordered(t, c.first, c.n, hour); len(notes) != 0 {
				t.Errorf("the first one is told %v", notes)
			}
			if notes := w.ordered(t, c.second, c.m, hour); len(notes) != 1 || !strings.HasSuffix(fmt.Sprint(notes[0]), c.want) {
				t.Errorf("got %q, want %q", notes, c.want)
			}
		})
	}
}

// A pair says nothing against a third one that is fixed.
func TestAFixedOverrideIsMindedBesideOthers(t *testing.T) {
	w := newWorld(t, published(entry("demo", "a", "a", decision.Outcome{})))
	w.ordered(t, "ceiling", 10, `,"duration":"3600s"`)
	w.ordered(t, "fixed", 3, `,"duration":"60s"`)
	notes := w.ordered(t, "floor", 20, `,"duration":"3600s"`)
	if len(notes) != 2 || !strings.HasSuffix(fmt.Sprint(notes[0]), "exactly 3 while both hold.") ||
		!strings.Contains(fmt.Sprint(notes[1]), "final. Where nothing fixed holds: a floor goes before a ceiling: exactly 20") {
		t.Errorf("%q", notes)
	}
}

func TestAnOverrideIsNotToldOfOthersThatDoNotMeetIt(t *testing.T) {
	w := newWorld(t, published(entry("demo", "a", "a", decision.Outcome{})))
	w.ordered(t, "floor", 5, `,"duration":"3600s"`)
	w.ordered(t, "floor", 6, `,"start":"2026-11-24T14:00:00Z","duration":"3600s"`)
	w.do(t, "POST", "/api/v1/overrides", `{"workload":"demo/b","kind":"floor","replicas":3,"duration":"7200s","author":"mia","reason":"r"}`).want(t, http.StatusOK)
	if notes := w.ordered(t, "floor", 7, `,"start":"2026-11-24T13:00:00Z","duration":"3600s"`); len(notes) != 0 {
		t.Errorf("between two: %v", notes)
	}
	w.do(t, "POST", "/api/v1/overrides/1/expire", `{"author":"mia"}`).want(t, http.StatusOK)
	if notes := w.ordered(t, "floor", 8, `,"duration":"3601s"`); len(notes) != 1 || !strings.HasPrefix(fmt.Sprint(notes[0]), "Override 4 ") {
		t.Errorf("a second into the next one: %v", notes)
	}
	w.set(noon.Add(10 * time.Minute))
	for range 6 {
		w.ordered(t, "floor", 9, `,"duration":"60s"`)
	}
	if notes := w.ordered(t, "floor", 10, `,"duration":"60s"`); len(notes) != 6 || notes[5] != "There are more: see the list of overrides." {
		t.Errorf("beside seven: %q", notes)
	}
}

// An override goes beyond the policy's bounds, which its author may not mean.
func TestAnOverrideIsToldOfBoundsItGoesBeyond(t *testing.T) {
	w := newWorld(t, published(entry("demo", "a", "deposits", decision.Outcome{}), entry("demo", "b", "gone", decision.Outcome{})), func(w *world) {
		w.options.Policy = func(t workload.Trigger) (decision.Policy, error) {
			if t.Policy == "gone" {
				return decision.Policy{}, errors.New("no such policy")
			}
			return decision.Policy{Min: 2, Max: 24}, nil
		}
	})
	for _, c := range []struct {
		kind     string
		replicas int
		want     string
	}{
		{"floor", 24, ""},
		{"floor", 25, "25 is beyond the policy's maxReplicas 24 (deposits): "},
		{"fixed", 25, "25 is beyond the policy's maxReplicas 24 (deposits): "},
		{"ceiling", 25, ""},
		{"ceiling", 2, ""},
		{"ceiling", 1, "1 is below the policy's minReplicas 2 (deposits): "},
		{"fixed", 0, "0 is below the policy's minReplicas 2 (deposits): "},
		{"floor", 1, ""},
	} {
		notes := w.ordered(t, c.kind, c.replicas, `,"duration":"60s"`)
		if told := len(notes) > 0; told != (c.want != "") || told && !strings.HasPrefix(fmt.Sprint(notes[0]), c.want) {
			t.Errorf("%s %d: %q, want %q", c.kind, c.replicas, notes, c.want)
		}
		w.set(w.clock().Add(time.Hour)) // it is over
	}
	b := w.do(t, "POST", "/api/v1/overrides", `{"workload":"demo/b","kind":"floor","replicas":300,"duration":"60s","author":"mia","reason":"r"}`).want(t, http.StatusOK)
	if notes := b.list("notes"); len(notes) != 0 {
		t.Errorf("of a policy that is gone: %q", notes)
	}
}
