package decision_test

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	. "github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/forecast"
	"github.com/headstart-scaler/headstart/signal"
)

func anyPolicy(t *rapid.T) Policy {
	lo := Replicas(rapid.IntRange(0, 20).Draw(t, "min"))
	p := Policy{
		Name: "any", Mode: rapid.SampledFrom([]Mode{Shadow, Advise, Enforce}).Draw(t, "mode"),
		Min: lo, Max: lo + Replicas(rapid.IntRange(1, 300).Draw(t, "span")),
		Quantile: rapid.Float64Range(0.01, 0.999).Draw(t, "quantile"),
		PodLead:  time.Duration(rapid.IntRange(0, 120).Draw(t, "lead")) * time.Second,
		HoldFor:  time.Duration(rapid.IntRange(0, 60).Draw(t, "hold")) * time.Second,
		ScaleIn: ScaleIn{
			Stabilization:  time.Duration(rapid.IntRange(0, 60).Draw(t, "stabilization")) * time.Second,
			DrainPerMinute: Replicas(rapid.IntRange(0, 30).Draw(t, "drain")),
		},
		Actuation: Actuation{Tolerance: 0.1, FromCluster: rapid.Bool().Draw(t, "from"), Overshoot: rapid.Bool().Draw(t, "over")},
		Signals: []Signal{
			{
				Name: "requests", Kind: signal.Rate, Activation: rapid.Float64Range(0, 10).Draw(t, "activation"),
				Capacity: Capacity{PerReplica: rapid.Float64Range(0.1, 100).Draw(t, "capacity"), Learn: rapid.Bool().Draw(t, "learn")},
				React:    signal.Reactions{signal.Empty: rapid.SampledFrom([]signal.Reaction{signal.Hold, signal.Zero, signal.Fail}).Draw(t, "onEmpty")},
			},
			{Name: "p95", Kind: signal.Latency, Objective: 300 * time.Millisecond},
			{
				Name: "lag", Kind: signal.Backlog, Capacity: Capacity{PerReplica: 25, Learn: rapid.Bool().Draw(t, "learnLag")},
				Drain: Drain{
					Deadline: 5 * time.Minute, Rebalance: 20 * time.Second,
					Cap: rapid.SampledFrom([]PartitionCap{CapAll, CapWithLag, CapNone}).Draw(t, "cap"), Even: rapid.Bool().Draw(t, "even"),
				},
			},
		},
	}
	if rapid.Bool().Draw(t, "budget") {
		p.ConnectionBudget = ConnectionBudget{Total: 1000, PerReplica: rapid.IntRange(1, 20).Draw(t, "each")}
	}
	return p
}

func anyReading(t *rapid.T, at time.Time, most float64) signal.Reading {
	if rapid.IntRange(0, 4).Draw(t, "ok") > 0 {
		return signal.Good(at, rapid.Float64Range(0, most).Draw(t, "value"))
	}
	c := rapid.SampledFrom([]signal.Condition{signal.Empty, signal.Several, signal.NaN, signal.Unreachable}).Draw(t, "condition")
	return signal.Bad(at, c, "drawn")
}

func anyInput(t *rapid.T, at time.Time) Input {
	in := Input{At: at, Tick: tick, ReactiveOnly: rapid.IntRange(0, 5).Draw(t, "killed") == 0}
	lag := anyReading(t, at, 1e5)
	if lag.OK() {
		members := rapid.IntRange(-1, 50).Draw(t, "members")
		lag.Group = &signal.GroupBacklog{
			Messages: int64(lag.Value), Partitions: 24, PartitionsWithLag: rapid.IntRange(0, 24).Draw(t, "lagging"),
			Members: members, Arrival: rapid.Float64Range(0, 500).Draw(t, "arrival"), Rated: rapid.Bool().Draw(t, "rated"),
		}
	}
	in.Signals = []Observation{
		{Reading: anyReading(t, at, 5000)}, {Reading: anyReading(t, at, 1)}, {Reading: lag},
	}
	for i := range in.Signals {
		if i != 1 && rapid.Bool().Draw(t, "path") {
			v := rapid.Float64Range(0, 5000).Draw(t, "forecast")
			in.Signals[i].Path = forecast.NewPath(at, 15*time.Second, []float64{0.5, 0.99}, []float64{v, v * 1.2, v * 2, v * 3})
		}
	}
	if rapid.IntRange(0, 3).Draw(t, "cluster") > 0 {
		current := Replicas(rapid.IntRange(0, 300).Draw(t, "current"))
		in.Scale = Scale{
			Known: true, Current: current, Ready: current - Replicas(rapid.IntRange(0, int(current)).Draw(t, "unready")),
			Tolerance: rapid.SampledFrom([]float64{-1, 0, 0.05}).Draw(t, "tolerance"),
			Revision:  rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "revision"),
		}
	}
	return in
}

// Whatever comes in: the answer lies between min and max, explains itself, is
// the same for the same input, and leaves the state it was given alone.
func TestAnyDecision(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, at := anyPolicy(t), start
		var s State
		for range rapid.IntRange(1, 12).Draw(t, "ticks") {
			at = at.Add(time.Duration(rapid.IntRange(1, 40).Draw(t, "gap")) * time.Second)
			in := anyInput(t, at)
			saved, _ := json.Marshal(s)
			next, out := p.Decide(s, in)
			_, again := p.Decide(s, in)
			if !reflect.DeepEqual(out, again) {
				t.Fatal("the same input gave two answers")
			}
			if after, _ := json.Marshal(s); string(after) != string(saved) {
				t.Fatalf("the state given was changed:\n%s\n%s", saved, after)
			}
			checkAnswer(t, p, out)
			checkNothingTakenBlindly(t, p, s, in, out)
			s = next
		}
	})
}

func checkAnswer(t *rapid.T, p Policy, out Outcome) {
	checkWaterfallRapid(t, out)
	if out.Refusal == "" && (out.Replicas < p.Min || out.Replicas > p.Max) {
		t.Fatalf("%d replicas outside [%d, %d]", out.Replicas, p.Min, p.Max)
	}
	if out.Refusal == "" && out.Active != (out.Replicas > 0) {
		t.Fatalf("active %v with %d replicas", out.Active, out.Replicas)
	}
}

func checkWaterfallRapid(t *rapid.T, out Outcome) {
	n := Replicas(0)
	for _, st := range out.Steps {
		if st.Before != n || st.Why == "" {
			t.Fatalf("broken explanation at %s: %+v", st.Name, out.Steps)
		}
		n = st.After
	}
	if out.Refusal == "" && n != out.Replicas {
		t.Fatalf("steps end at %d, answer %d", n, out.Replicas)
	}
}

// checkNothingTakenBlindly: with a signal stale, an enforced answer is never
// below what runs, but for the limits.
func checkNothingTakenBlindly(t *rapid.T, p Policy, s State, in Input, out Outcome) {
	if !out.Stale || out.Refusal != "" || p.Mode == Shadow {
		return
	}
	runs := s.Asked
	if in.Scale.Known {
		runs = in.Scale.Current
	}
	limit := p.Max
	if most, ok := p.ConnectionBudget.Limit(); ok {
		limit = min(limit, max(most, p.Min))
	}
	if out.Replicas < min(runs, limit) {
		t.Fatalf("stale, %d run, answered %d: %+v", runs, out.Replicas, out.Steps)
	}
}

// More load never gives fewer replicas, from the same state.
func TestMoreLoadNeverFewerReplicas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, at := anyPolicy(t), start
		p.Signals[0].Capacity.Learn = false
		var s State
		for range rapid.IntRange(0, 6).Draw(t, "ticks") {
			at = at.Add(tick)
			s, _ = p.Decide(s, anyInput(t, at))
		}
		at = at.Add(tick)
		less := anyInput(t, at)
		more := less
		more.Signals = append([]Observation(nil), less.Signals...)
		factor := rapid.Float64Range(1, 5).Draw(t, "factor")
		for _, i := range []int{0, 2} {
			r := &more.Signals[i].Reading
			if !r.OK() {
				continue
			}
			r.Value *= factor
			if r.Group != nil {
				g := *r.Group
				g.Arrival *= factor
				g.Messages = int64(r.Value)
				r.Group = &g
			}
		}
		_, a := p.Decide(s, less)
		_, b := p.Decide(s, more)
		if b.Replicas < a.Replicas {
			t.Fatalf("%d replicas, but only %d for %.2f times the load\n%+v\n%+v", a.Replicas, b.Replicas, factor, a.Steps, b.Steps)
		}
	})
}
