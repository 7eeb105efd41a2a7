package decision_test

import (
	"strings"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	. "github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/forecast"
)

// What events of its class did counts, and not what this one was announced with,
// while there is somebody who learned it.
func TestALearnedUpliftCountsForTheMarketersNumber(t *testing.T) {
	for name, c := range map[string]struct {
		uplift  forecast.Path
		learned bool
		impact  calendar.Impact
		wish    OverrideKind
		want    Replicas
	}{
		"learned":                        {flat(1500), true, calendar.Impact{Multiplier: 3}, "", 30},
		"learned that it brings nothing": {forecast.Path{}, true, calendar.Impact{Multiplier: 3}, "", 20},
		"nothing learned yet":            {forecast.Path{}, false, calendar.Impact{Multiplier: 3}, "", 60},
		"without forecasts":              {flat(1500), true, calendar.Impact{Multiplier: 3}, IgnoreForecast, 60},
		"without the schedule":           {flat(1500), true, calendar.Impact{Multiplier: 3}, IgnoreSchedule, 20},
		"a peak counts all the same":     {flat(1500), true, calendar.Impact{Peak: calendar.Peak{Value: 4000, Unit: calendar.Requests}}, "", 80},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRun(t, scheduled())
			r.at = start
			in := Input{At: start, Tick: tick, Events: []calendar.Occurrence{theFinal(time.Minute, c.impact)}, Signals: []Observation{
				{Reading: value(1000), Path: flat(1000), Uplift: c.uplift, Learned: c.learned},
				{Reading: value(0.1)},
			}}
			in.Signals[0].Reading.At, in.Signals[1].Reading.At = start, start
			if c.wish != "" {
				in.Overrides = []Override{{ID: "o1", Kind: c.wish, From: start.Add(-time.Minute), Until: start.Add(time.Hour), Author: "ann", Reason: "test"}}
			}
			out := r.input(in)
			wantReplicas(t, out, c.want)
			if c.want == 30 && !strings.Contains(out.Steps[0].Why, "with 90 % certainty at most 1500/s by 20:00:00Z with event “Saturday final”") {
				t.Errorf("the step does not name the event: %s", out.Steps[0].Why)
			}
		})
	}
}
