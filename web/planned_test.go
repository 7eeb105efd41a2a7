package web

import (
	"strings"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/forecast"
	"github.com/headstart-scaler/headstart/signal"
)

// covered is the coverage of a series that is the same all day.
func covered() forecast.Coverage {
	l := forecast.NewLearner(nil)
	for i := range 24 * 60 {
		l.Observe(noon.Add(time.Duration(i-24*60)*time.Minute), 1200)
	}
	return l.Coverage()
}

// evening is an outcome while a tournament is on and three people ordered
// something, with texts that try to be markup.
func evening() decision.Outcome {
	o := lobby()
	start := noon.Add(-10 * time.Minute)
	o.Events = []calendar.Occurrence{
		{Event: &calendar.Event{
			ID: "t1", Title: "Masters <b>final</b>", Class: "tournament", Owner: "mia@aurora.example",
			Impact: calendar.Impact{Multiplier: 3}, Status: calendar.Confirmed,
		}, Start: start, End: start.Add(3 * time.Hour)},
		{Event: &calendar.Event{ID: "<i>t2</i>", Impact: calendar.Impact{Floor: 40}, Status: calendar.Tentative}, Start: noon, End: noon.Add(13 * time.Hour)},
	}
	last := func(daysAgo int, most float64, came bool) forecast.Lift {
		return forecast.Lift{Start: start.AddDate(0, 0, -daysAgo), Announced: 3, Before: 1200, Most: most, Peak: 52 * time.Minute, Came: came}
	}
	o.Seen = []decision.Seen{{
		Signal: "<u>requests</u>", Kind: signal.Rate, Learned: true, Middle: 1.94, AtMost: 2.31, Certainty: 0.95,
		Calibration: forecast.Calibration{Class: "tournament", Announced: 3, Began: true, SoFar: 1.04, Past: []forecast.Lift{
			last(28, 2160, true), last(21, 1950, true), last(14, 1212, false), last(7, 2496, true),
			{Start: start.AddDate(0, 0, -1), Most: 870, Peak: 3 * time.Minute, Came: true},
		}},
	}}
	o.Inputs[0].Coverage = covered()
	o.Overrides = []decision.Override{
		{ID: "7", Kind: decision.Floor, Replicas: 20, Until: noon.Add(time.Hour), Author: "ana", Reason: "<script>alert(1)</script>"},
		{ID: "8", Kind: decision.IgnoreForecast, Until: noon.Add(2 * time.Hour), Author: "bo", Reason: "new release"},
		{ID: "9", Kind: decision.Fixed, Replicas: 1, Until: noon.Add(2 * time.Hour), Author: "bo", Reason: "one is enough"},
	}
	return o
}

// The page shows what headstart explain lists, the reactive number being the
// larger one or not.
func TestWorkloadPageShowsEventsAndOverrides(t *testing.T) {
	body := newWorld(entry("demo", "lobby-api", "lobby", evening())).get(t, "/workloads/demo/lobby-api").Body.String()
	golden(t, "evening.html", []byte(body))
	for _, want := range []string{
		"Masters &lt;b&gt;final&lt;/b&gt;", `>tournament</span>`, ">×3<", "2026-11-22 11:50:00 UTC", "2026-11-22 14:50:00 UTC", "mia@aurora.example", `<code class="id">t1</code>`,
		"&lt;i&gt;t2&lt;/i&gt;", ">floor 40<", `<span class="mark warn">tentative</span>`, "2026-11-23 01:00:00 UTC",
		"</strong> on <code>&lt;u&gt;requests&lt;/u&gt;</code>: announced ×3, the last 5 were ×1.8 (×1.6 to ×2.1), 1 of 5 did not come; it has not shown yet; planned with ×1.9, at most ×2.3 with 95 % certainty.<",
		"The last 5 of its class on", "<td role=\"cell\" data-label=\"Came to\">did not come</td>", ">×1.8, 1\u202f200 → 2\u202f160<", ">52m in<", ">0 → 870<",
		"<strong>requests</strong> was lately at or under what had been expected of it 5m before with 50 % certainty in 100.0 % of all minutes, with 90 % in 100.0 %",
		">at least 20 replicas<", ">as if there were no forecast<", ">exactly 1 replica<", "&lt;script&gt;alert(1)&lt;/script&gt;", "2026-11-22 13:00:00 UTC",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("%q is not on the page", want)
		}
	}
	for _, never := range []string{"<u>", "<b>final", "<i>t2", "<script", ">confirmed<"} {
		if strings.Contains(body, never) {
			t.Errorf("%q is on the page", never)
		}
	}
}

func TestWorkloadPageWithoutEventsSaysSo(t *testing.T) {
	const none = "None counts before a replica asked for now is ready."
	if body := newWorld(entry("demo", "a", "p", lobby())).get(t, "/workloads/demo/a").Body.String(); !strings.Contains(body, none) || strings.Contains(body, `id="overrides"`) {
		t.Errorf("no event and no override: %s", body)
	}
	if body := newWorld(entry("demo", "a", "p", refused())).get(t, "/workloads/demo/a").Body.String(); strings.Contains(body, none) {
		t.Errorf("nothing was decided, and it is said what counts: %s", body)
	}
}
