package decision_test

import (
	"strings"
	"testing"
	"time"

	. "github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/forecast"
	"github.com/headstart-scaler/headstart/signal"
)

var start = time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)

const tick = 5 * time.Second

// lobby is a policy on a rate and its latency; deposits one on a backlog.
func lobby() Policy {
	return Policy{
		Name: "lobby", Mode: Enforce, Min: 2, Max: 200, Quantile: 0.9,
		PodLead: 90 * time.Second, HoldFor: time.Minute,
		Signals: []Signal{
			{Name: "requests", Kind: signal.Rate, Capacity: Capacity{PerReplica: 50}},
			{Name: "p95", Kind: signal.Latency, Objective: 300 * time.Millisecond},
		},
		Actuation: Actuation{Tolerance: 0.1, FromCluster: true, Overshoot: true},
	}
}

func deposits() Policy {
	return Policy{
		Name: "deposits", Mode: Enforce, Min: 0, Max: 500, Quantile: 0.9,
		PodLead: 90 * time.Second, HoldFor: time.Minute,
		Signals: []Signal{{
			Name: "lag", Kind: signal.Backlog, Capacity: Capacity{PerReplica: 25},
			Drain: Drain{Deadline: 5 * time.Minute, Rebalance: 20 * time.Second, Cap: CapAll},
		}},
	}
}

// run is a policy decided tick after tick.
type run struct {
	t      *testing.T
	policy Policy
	state  State
	at     time.Time
}

func newRun(t *testing.T, p Policy) *run { return &run{t: t, policy: p, at: start} }

func (r *run) decide(scale Scale, readings ...signal.Reading) Outcome {
	r.t.Helper()
	r.at = r.at.Add(tick)
	in := Input{At: r.at, Tick: tick, Scale: scale, Signals: make([]Observation, len(readings))}
	for i, reading := range readings {
		if reading.At.IsZero() {
			reading.At = r.at
		}
		in.Signals[i].Reading = reading
	}
	return r.input(in)
}

func (r *run) input(in Input) Outcome {
	r.t.Helper()
	var out Outcome
	r.state, out = r.policy.Decide(r.state, in)
	checkWaterfall(r.t, out)
	return out
}

// checkWaterfall holds the explanation to account: every step starts where the
// one before it ended, says why, and the last one is the answer.
func checkWaterfall(t testing.TB, out Outcome) {
	t.Helper()
	if out.Refusal != "" {
		return
	}
	n := Replicas(0)
	for _, s := range out.Steps {
		if s.Before != n {
			t.Errorf("step %s starts at %d, the one before ended at %d", s.Name, s.Before, n)
		}
		if s.Why == "" {
			t.Errorf("step %s says no reason", s.Name)
		}
		n = s.After
	}
	if n != out.Replicas {
		t.Errorf("the steps end at %d, the answer is %d", n, out.Replicas)
	}
}

func running(n Replicas) Scale { return Scale{Known: true, Current: n, Ready: n, Tolerance: 0} }

func value(v float64) signal.Reading { return signal.Reading{Value: v, Condition: signal.Fine} }

func gone() signal.Reading {
	return signal.Reading{Condition: signal.Unreachable, Reason: "no answer within 2s"}
}

func group(g signal.GroupBacklog) signal.Reading {
	return signal.Reading{Value: float64(g.Messages), Condition: signal.Fine, Group: &g}
}

// flat is a path that stays at v at every quantile.
func flat(v float64) forecast.Path {
	return forecast.NewPath(start, time.Minute, []float64{0.5, 0.99}, []float64{v, v})
}

func stepOf(out Outcome, name string) (Step, bool) {
	for _, s := range out.Steps {
		if strings.HasPrefix(s.Name, name) {
			return s, true
		}
	}
	return Step{}, false
}

func wantReplicas(t *testing.T, out Outcome, want Replicas) {
	t.Helper()
	if out.Replicas != want || out.Refusal != "" {
		t.Errorf("replicas = %d (refusal %q), want %d\n%s", out.Replicas, out.Refusal, want, explain(out))
	}
}

func wantStep(t *testing.T, out Outcome, name, why string) {
	t.Helper()
	s, ok := stepOf(out, name)
	if !ok || !strings.Contains(s.Why, why) {
		t.Errorf("want a step %q that says %q, have\n%s", name, why, explain(out))
	}
}

func explain(out Outcome) string {
	var b strings.Builder
	for _, s := range out.Steps {
		b.WriteString("  " + s.Name + ": " + s.Why + "\n")
	}
	return b.String()
}

func saturatedGroup(members int, consumption float64) signal.GroupBacklog {
	return signal.GroupBacklog{
		Messages: 100000, Partitions: 12, PartitionsWithLag: 12, Members: members,
		Arrival: 10, Consumption: consumption, Rated: true,
	}
}
