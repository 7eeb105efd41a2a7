package web

import (
	"strings"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/decision"
)

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
		">at least 20 replicas<", ">as if there were no forecast<", ">exactly 1 replica<", "&lt;script&gt;alert(1)&lt;/script&gt;", "2026-11-22 13:00:00 UTC",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("%q is not on the page", want)
		}
	}
	for _, never := range []string{"<b>final", "<i>t2", "<script", ">confirmed<"} {
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
