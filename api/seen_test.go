package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/forecast"
	"github.com/headstart-scaler/headstart/pipeline"
	"github.com/headstart-scaler/headstart/signal"
	"github.com/headstart-scaler/headstart/workload"
)

// witness has seen two tournaments that were announced with ×3 and lifted demand by
// a factor, and so did what an input of it is said to know.
func witness(factor float64) (in decision.Component, next calendar.Occurrence) {
	l := forecast.NewLearner(nil)
	event := &calendar.Event{ID: "past", Class: "tournament", Impact: calendar.Impact{Multiplier: 3}}
	for at := noon.Add(-72 * time.Hour); !at.After(noon); at = at.Add(time.Minute) {
		var near []calendar.Occurrence
		value := 100.0
		for back := range 3 {
			start := noon.Add(20*time.Minute).AddDate(0, 0, -back)
			e := calendar.Occurrence{Event: event, Start: start, End: start.Add(time.Hour)}
			if at.Before(e.End) && at.After(start.Add(-forecast.Heed)) {
				near, next = append(near, e), e
			}
			if since := at.Add(-forecast.Delay).Sub(start); since >= 0 && since < time.Hour {
				value *= factor
			}
		}
		l.Expect(near)
		l.Observe(at, value)
	}
	return decision.Component{Signal: "requests", Kind: signal.Rate, Usable: true, Past: l.Calibrations(), Coverage: l.Coverage()}, next
}

func knowing(name string, factor float64) *pipeline.Entry {
	in, _ := witness(factor)
	return entry("shop", name, "p", decision.Outcome{Inputs: []decision.Component{in}})
}

const cups = "id,title,class,start,end,timezone,brand,multiplier\n"

func TestOccurrencesTellWhatTheLastOnesDid(t *testing.T) {
	labels := func(w *world) {
		w.options.Labels = func(id workload.ID) map[string]string {
			return map[string]string{"brand": map[string]string{"api": "one", "chat": "two", "lobby": "two"}[id.Name]}
		}
	}
	w := newWorld(t, published(knowing("api", 1.5), knowing("chat", 2.04), knowing("lobby", 1)), labels)
	w.do(t, "POST", merge, cups+
		"a,Cup,tournament,2026-11-24 20:00,2026-11-24 23:00,UTC,,3\n"+
		"b,Cup,tournament,2026-11-24 21:00,2026-11-24 23:00,UTC,one,3\n"+
		"c,Cup,tournament,2026-11-24 22:00,2026-11-24 23:00,UTC,three,3\n"+
		"d,Drop,drop,2026-11-24 23:00,2026-11-24 23:30,UTC,,3\n").want(t, http.StatusOK)

	got := w.do(t, "GET", "/api/v1/schedule/occurrences", "").want(t, http.StatusOK)
	want := []string{
		"the last ones were ×1.5 (shop/api requests) to ×2 (shop/chat requests) on 3 signals",
		"the last 2 were ×1.5", "", "",
	}
	if seen := got.ids("occurrences", "seen"); strings.Join(seen, "|") != strings.Join(want, "|") {
		t.Errorf("%q, want %q", seen, want)
	}
	first, _ := got.list("occurrences")[0].(map[string]any)
	least, _ := first["seen_least"].(float64)
	most, _ := first["seen_most"].(float64)
	if least < 1.45 || least > 1.55 || most < 2 || most > 2.1 || first["seen_signals"] != 3.0 {
		t.Errorf("%v", first)
	}
	got = w.do(t, "GET", "/api/v1/schedule/occurrences?workload=shop/lobby", "").want(t, http.StatusOK)
	if seen := got.ids("occurrences", "seen"); len(seen) != 2 || seen[0] != "none of the last 2 came" || seen[1] != "" {
		t.Errorf("on a workload to which none came: %q", seen)
	}
}

func TestOccurrencesOfWhatNeverCame(t *testing.T) {
	w := newWorld(t, published(knowing("api", 1), knowing("chat", 1)))
	w.do(t, "POST", merge, cups+"a,Cup,tournament,2026-11-24 20:00,2026-11-24 23:00,UTC,,3\n").want(t, http.StatusOK)
	got := w.do(t, "GET", "/api/v1/schedule/occurrences", "").want(t, http.StatusOK)
	if seen := got.ids("occurrences", "seen"); seen[0] != "the last ones came on none of 2 signals" {
		t.Errorf("%q", seen)
	}
	w = newWorld(t, func(w *world) { w.options.Snapshot = func() *pipeline.Snapshot { return nil } })
	w.do(t, "POST", merge, cups+"a,Cup,tournament,2026-11-24 20:00,2026-11-24 23:00,UTC,,3\n").want(t, http.StatusOK)
	if seen := w.do(t, "GET", "/api/v1/schedule/occurrences", "").want(t, http.StatusOK).ids("occurrences", "seen"); len(seen) != 1 || seen[0] != "" {
		t.Errorf("before the first tick: %q", seen)
	}
}

// A file that announces ×10 of what came to ×1.5 is no error, and is told so.
func TestAnImportTellsWhatTheLastOnesDid(t *testing.T) {
	w := newWorld(t, published(knowing("api", 1.5), knowing("chat", 1.5)))
	got := w.do(t, "POST", imports+"?mode=merge&dry_run=true", cups+
		"a,Cup,tournament,2026-11-25 20:00,2026-11-25 23:00,UTC,,10\n"+
		"b,Cup,tournament,2026-11-26 20:00,2026-11-26 23:00,UTC,,2\n"+
		"c,Cup,tournament,2026-11-27 20:00,2026-11-27 23:00,UTC,,\n"+
		"d,Drop,drop,2026-11-27 20:00,2026-11-27 23:00,UTC,,10\n").want(t, http.StatusOK)
	want := "announced ×10: the last ones were ×1.5 on 2 signals|||"
	if seen := got.ids("diff.added", "seen"); strings.Join(seen, "|") != want {
		t.Errorf("%q, want %q", seen, want)
	}
	w.do(t, "POST", merge, cups+"b,Cup,tournament,2026-11-26 20:00,2026-11-26 23:00,UTC,,2\n").want(t, http.StatusOK)
	got = w.do(t, "POST", imports+"?mode=merge&dry_run=true", cups+"b,Cup,tournament,2026-11-26 20:00,2026-11-26 23:00,UTC,,2.4\n").want(t, http.StatusOK)
	if seen := got.ids("diff.changed", "seen"); len(seen) != 1 || !strings.HasPrefix(seen[0], "announced ×2.4: ") {
		t.Errorf("changed to ×2.4: %q", seen)
	}
}

func TestADecisionTellsWhatIsKnownOfEvents(t *testing.T) {
	in, next := witness(1.8)
	o := decision.Outcome{
		Events: []calendar.Occurrence{next}, Inputs: []decision.Component{in},
		Seen: []decision.Seen{{Signal: "requests", Kind: signal.Rate, Calibration: in.Past.Of(next), Learned: true, Middle: 1.9, AtMost: 2.4, Certainty: 0.95}},
	}
	w := newWorld(t, published(entry("shop", "api", "p", o)))
	got := w.do(t, "GET", "/api/v1/decisions/shop/api", "").want(t, http.StatusOK)
	account, _ := got.list("accounts")[0].(map[string]any)
	const text = "announced ×3, the last 2 were ×1.8; planned with ×1.9, at most ×2.4 with 95 % certainty"
	if account["text"] != text || account["event_id"] != "past" || account["signal"] != "requests" || account["announced"] != 3.0 ||
		account["planned"] != 1.9 || account["at_most"] != 2.4 || account["certainty"] != 0.95 || account["start"] != "2026-11-24T12:20:00Z" {
		t.Errorf("%v", account)
	}
	past, _ := account["past"].([]any)
	if first, _ := past[0].(map[string]any); len(past) != 2 || first["came"] != true || first["before"] != 100.0 || first["start"] != "2026-11-22T12:20:00Z" {
		t.Errorf("%v", past)
	}
	if told := fmt.Sprint(got.at("text")); !strings.Contains(told, "    requests: "+text+"\n") {
		t.Error(told)
	}
	coverage := got.list("coverage")
	if first, _ := coverage[0].(map[string]any); len(coverage) != 8 || first["signal"] != "requests" || first["ahead_seconds"] != 300.0 || first["quantile"] != 0.5 {
		t.Errorf("%v", coverage)
	}
}
