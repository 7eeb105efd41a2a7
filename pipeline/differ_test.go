package pipeline

import (
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/decision"
)

// What people ask about is recorded when it changes, and what only moves along
// is not.
func TestOutcomesThatDiffer(t *testing.T) {
	base := decision.Outcome{Mode: decision.Enforce, Replicas: 4, Warm: 4, NodesKnown: true, Plan: 4, Reactive: 3, Winner: "requests", Active: true}
	for name, c := range map[string]struct {
		change func(*decision.Outcome)
		want   bool
	}{
		"nothing":       {func(*decision.Outcome) {}, false},
		"replicas":      {func(o *decision.Outcome) { o.Replicas++ }, true},
		"warm nodes":    {func(o *decision.Outcome) { o.Warm = 0 }, true},
		"the winner":    {func(o *decision.Outcome) { o.Winner = "lag" }, true},
		"staleness":     {func(o *decision.Outcome) { o.Stale = true }, true},
		"no answer":     {func(o *decision.Outcome) { o.Refusal = "never read" }, true},
		"what is aside": {func(o *decision.Outcome) { o.Plan, o.Reactive = 9, 9 }, false},
	} {
		changed := base
		c.change(&changed)
		if got := differ(&base, &changed); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// What stood when a decision failed is what is asked for, warm nodes too.
func TestWhatStandsKeepsItsNodes(t *testing.T) {
	at := time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC)
	out := decision.Outcome{At: at, Replicas: 4, Warm: 3, NodesKnown: true, Active: true}
	x := &tracked{policy: &decision.Policy{HoldFor: time.Minute}, entry: &Entry{Outcome: out}}
	for _, after := range []time.Duration{time.Minute, time.Minute + time.Second} {
		stands := x.stand(at.Add(after))
		if stands.Replicas != 4 || stands.Warm != 3 || !stands.NodesKnown || (stands.Refusal != "") != (after > time.Minute) {
			t.Errorf("after %s: %+v", after, stands)
		}
	}
}
