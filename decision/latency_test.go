package decision_test

import (
	"math/rand/v2"
	"testing"
	"time"

	. "github.com/headstart-scaler/headstart/decision"
)

func TestDownstreamFaultIsNotScaledInto(t *testing.T) {
	r := newRun(t, lobby())
	r.decide(running(20), value(400), value(0.1))
	var out Outcome
	for range 60 { // 5 minutes of a slow database; each replica at 40 % of its load
		out = r.decide(running(20), value(400), value(0.9))
		wantReplicas(t, out, 20)
	}
	wantStep(t, out, "latency:p95", "the cause is downstream")
	wantStep(t, out, "latency:p95", "40 % of the 50/s it is known to carry")
}

func TestNewRevisionIsTriedNotBlamedOnOthers(t *testing.T) {
	r := newRun(t, lobby())
	scale := running(20)
	scale.Revision = "a"
	r.decide(scale, value(800), value(0.1))
	scale.Revision = "b"
	r.decide(scale, value(600), value(0.6))
	r.decide(scale, value(600), value(0.6))
	out := r.decide(scale, value(600), value(0.6))
	wantReplicas(t, out, 24)
	wantStep(t, out, "latency:p95", "so 24 replicas are tried")

	t.Run("what helped is kept and continued", func(t *testing.T) {
		r := *r
		more := running(24)
		more.Revision = "b"
		for range 20 {
			out = r.decide(more, value(600), value(0.4))
		}
		wantReplicas(t, out, 29)
		enough := running(29)
		enough.Revision = "b"
		for range 20 {
			out = r.decide(enough, value(600), value(0.28))
		}
		wantReplicas(t, out, 29)
		wantStep(t, out, "latency:p95", "kept in proportion to load")
	})
	t.Run("what did not help is not repeated", func(t *testing.T) {
		r := *r
		more := running(24)
		more.Revision = "b"
		for range 120 { // 10 minutes
			out = r.decide(more, value(600), value(0.6))
			if out.Replicas > 24 {
				t.Fatalf("asked for %d after a trial that did not help", out.Replicas)
			}
		}
		wantStep(t, out, "latency:p95", "adding replicas did not help")
		wantReplicas(t, out, 20)
	})
}

func TestOverTheObjectiveNothingIsTakenAway(t *testing.T) {
	r := newRun(t, lobby())
	r.decide(running(20), value(1000), value(0.1))
	wantReplicas(t, r.decide(running(20), value(100), value(0.31)), 20)
	wantReplicas(t, r.decide(running(20), value(100), value(0.30)), 2)
}

func TestLatencyWithoutTheCluster(t *testing.T) {
	r := newRun(t, lobby())
	r.decide(Scale{}, value(1000), value(0.1))
	out := r.decide(Scale{}, value(100), value(0.9))
	wantReplicas(t, out, 20)
	wantStep(t, out, "latency:p95", "not known without the cluster: held")
}

// The capacity a workload really has is found from its latency, from a prior
// that is wrong in either direction.
func TestCapacityIsLearned(t *testing.T) {
	for _, c := range []struct {
		name         string
		prior, truth float64
	}{
		{"the prior is far too high", 80, 40},
		{"the prior is too low", 25, 40},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := lobby()
			p.Signals[0].Capacity = Capacity{PerReplica: c.prior, Learn: true, Least: 5, Most: 200}
			r := newRun(t, p)
			var out Outcome
			for i := range 720 { // an hour
				// Load per replica sweeps from 20 to 60; a queue's latency.
				n := Replicas(20)
				load := 20 + 40*float64(i%80)/80
				out = r.decide(running(n), value(load*20), value(queueLatency(load, c.truth)))
			}
			in := out.Inputs[0]
			if in.Confidence < 0.8 {
				t.Fatalf("confidence %.2f after an hour that crossed the limit many times", in.Confidence)
			}
			if in.Capacity < 0.9*c.truth || in.Capacity > 1.05*c.truth {
				t.Errorf("learned %.1f/s a replica, the truth is %.1f", in.Capacity, c.truth)
			}
		})
	}
}

// queueLatency meets an objective of 300 ms exactly at the limit.
func queueLatency(load, limit float64) float64 {
	const service = 0.05
	mu := limit / (1 - service/0.3)
	if load >= mu {
		return 5
	}
	return service / (1 - load/mu)
}

func TestNoiseTeachesNothing(t *testing.T) {
	p := lobby()
	p.Signals[0].Capacity = Capacity{PerReplica: 50, Learn: true}
	r := newRun(t, p)
	var out Outcome
	noise := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		latency := 0.1
		if noise.IntN(10) == 0 {
			latency = 0.5 // whatever the load is
		}
		out = r.decide(running(20), value(20*(20+40*noise.Float64())), value(latency))
	}
	if in := out.Inputs[0]; in.Capacity != 50 {
		t.Errorf("learned %.1f/s from latency that does not follow load (confidence %.2f)", in.Capacity, in.Confidence)
	}
}

func TestRevisionWeakensWhatWasLearned(t *testing.T) {
	p := lobby()
	p.Signals[0].Capacity = Capacity{PerReplica: 80, Learn: true, Least: 5, Most: 200}
	r := newRun(t, p)
	scale := running(20)
	scale.Revision = "a"
	var before, after Outcome
	for i := range 240 {
		load := 20 + 40*float64(i%80)/80
		before = r.decide(scale, value(load*20), value(queueLatency(load, 40)))
	}
	scale.Revision = "b"
	after = r.decide(scale, value(600), value(0.1))
	if before.Inputs[0].Capacity > 45 || after.Inputs[0].Confidence >= before.Inputs[0].Confidence {
		t.Errorf("capacity %.1f, confidence %.2f before and %.2f after another revision",
			before.Inputs[0].Capacity, before.Inputs[0].Confidence, after.Inputs[0].Confidence)
	}
}

func TestConsumerCapacityIsLearnedWhileSaturated(t *testing.T) {
	p := deposits()
	p.Signals[0].Capacity = Capacity{PerReplica: 100, Learn: true, Least: 5, Most: 500}
	r := newRun(t, p)
	g := saturatedGroup(4, 4*22)
	for range 20 {
		r.decide(running(4), group(g))
	}
	out := r.decide(running(4), group(g))
	if got := out.Inputs[0].Capacity; got != 22 {
		t.Errorf("capacity %v/s, want the 22/s each consumer got through", got)
	}
	idle := g
	idle.Messages, idle.PartitionsWithLag, idle.Consumption = 10, 1, 8
	r.at = r.at.Add(time.Minute)
	out = r.decide(running(4), group(idle))
	if got := out.Inputs[0].Capacity; got != 22 {
		t.Errorf("capacity %v/s after idling, want 22: what is not saturated teaches nothing", got)
	}
}

// Overload that replicas on their way will end is not a reason to try more.
func TestNoTrialWhileReplicasStart(t *testing.T) {
	r := newRun(t, lobby())
	r.decide(running(20), value(1000), value(0.1))
	starting := Scale{Known: true, Current: 40, Ready: 20}
	for range 6 {
		out := r.decide(starting, value(2000), value(2))
		wantReplicas(t, out, 40)
		wantStep(t, out, "latency:p95", "20 more are still starting")
	}
}
