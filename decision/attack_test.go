package decision_test

import (
	"testing"
	"time"

	. "github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/signal"
)

// What each test here holds was once lost.

// A restarted process knows no arrival rate at its first reading. Consumers
// that keep up show no lag: nothing may be concluded from that.
func TestUnknownArrivalTakesNothingAway(t *testing.T) {
	first := signal.GroupBacklog{Partitions: 12, Members: -1}
	t.Run("replicas known: kept", func(t *testing.T) {
		r := newRun(t, deposits())
		out := r.decide(running(20), group(first))
		wantReplicas(t, out, 20)
		wantStep(t, out, "arrival-rate", "not known before the second reading")
		if !out.Active {
			t.Error("inactive on an unknown arrival rate")
		}
	})
	t.Run("replicas unknown: no answer", func(t *testing.T) {
		r := newRun(t, deposits())
		if out := r.decide(Scale{}, group(first)); out.Refusal == "" {
			t.Errorf("answered %d, active %v", out.Replicas, out.Active)
		}
		second := first
		second.Rated, second.Arrival = true, 200
		if out := r.decide(Scale{}, group(second)); out.Refusal != "" || out.Replicas < 8 {
			t.Errorf("answered %d (%s) for 200/s at 25/s each", out.Replicas, out.Refusal)
		}
	})
	t.Run("zero runs and nothing waits: stays", func(t *testing.T) {
		wantReplicas(t, newRun(t, deposits()).decide(running(0), group(first)), 0)
	})
}

func TestLatencyIsHeldLikeAnySignal(t *testing.T) {
	r := newRun(t, lobby())
	r.decide(running(20), value(400), value(0.1))
	wantReplicas(t, r.decide(running(20), value(400), value(0.9)), 20)
	out := r.decide(running(20), value(400), gone())
	wantReplicas(t, out, 20)
	wantStep(t, out, "latency:p95", "held: last read 5s ago")
	r.at = r.at.Add(2 * time.Minute)
	out = r.decide(running(20), value(400), gone())
	wantReplicas(t, out, 20)
	wantStep(t, out, "stale", "p95 not read within holdFor")
}

// A held latency holds, but it proves nothing: no trial starts or ends on it.
func TestHeldLatencyStartsAndJudgesNoTrial(t *testing.T) {
	p := lobby()
	p.HoldFor = 10 * time.Minute
	p.PodLead = 30 * time.Second
	t.Run("starts none", func(t *testing.T) {
		r := newRun(t, p)
		r.decide(running(20), value(900), value(0.1))
		wantReplicas(t, r.decide(running(20), value(900), value(0.9)), 20)
		for range 12 {
			wantReplicas(t, r.decide(running(20), value(900), gone()), 20)
		}
	})
	t.Run("ends none", func(t *testing.T) {
		r := newRun(t, p)
		for range 3 {
			r.decide(running(20), value(900), value(0.9))
		}
		var out Outcome
		for range 24 { // far beyond twice the pod lead
			out = r.decide(running(24), value(900), gone())
		}
		wantReplicas(t, out, 24)
		wantStep(t, out, "latency:p95", "trying 24 instead of 20")
	})
}

// What is not known yet of a backlog's capacity says nothing of a rate's.
func TestDoubtOfABacklogIsNoDoubtOfTheRate(t *testing.T) {
	p := lobby()
	p.Signals = append(p.Signals, deposits().Signals[0])
	p.Signals[2].Capacity.Learn = true
	r := newRun(t, p)
	idle := group(signal.GroupBacklog{Partitions: 12, Rated: true, Members: 20})
	r.decide(running(20), value(400), value(0.1), idle)
	var out Outcome
	for range 6 {
		out = r.decide(running(20), value(400), value(0.9), idle)
	}
	wantReplicas(t, out, 20)
	wantStep(t, out, "latency:p95", "the cause is downstream")
}

// A fault downstream that lasts for hours is not scaled into trial by trial.
func TestDownstreamFaultForHours(t *testing.T) {
	r := newRun(t, lobby())
	runs := Replicas(20)
	for range 12 * 60 * 8 { // eight hours
		out := r.decide(running(runs), value(400), value(0.9))
		runs = out.Replicas
		if runs > 24 {
			t.Fatalf("%d replicas after %s of a fault downstream\n%s", runs, r.at.Sub(start), explain(out))
		}
	}
	if runs != 20 {
		t.Errorf("%d replicas in the end, want the 20 of before", runs)
	}
}

// A capacity given too high is corrected by the first trial that helps, and
// not found out again every half hour.
func TestWhatHelpedIsNotUndone(t *testing.T) {
	p := lobby()
	p.Signals[0].Capacity.PerReplica = 100
	p.ScaleIn.Stabilization = 5 * time.Minute
	r := newRun(t, p)
	runs, over := Replicas(10), 0
	for range 12 * 60 * 6 { // six hours at 1000/s, really 72/s a replica
		latency := queueLatency(1000/float64(runs), 72)
		if latency > 0.3 {
			over++
		}
		scale := running(runs)
		scale.Revision = "a"
		runs = r.decide(scale, value(1000), value(latency)).Replicas
	}
	if over > 60 { // five minutes
		t.Errorf("over the objective at %d of %d ticks", over, 12*60*6)
	}
}

// A database lets the group do 1000/s however many consume.
func TestConsumersAreNotAddedAgainstADownstreamLimit(t *testing.T) {
	for _, learn := range []bool{true, false} {
		p := deposits()
		p.Signals[0].Capacity = Capacity{PerReplica: 100, Learn: learn, Least: 25, Most: 400}
		p.Max = 96
		r := newRun(t, p)
		runs, backlog := Replicas(8), 10_000.0
		var out Outcome
		for range 12 * 60 * 4 { // four hours
			consumed := min(1000, 100*float64(runs))
			backlog = max(0, backlog+(1200-consumed)*tick.Seconds())
			out = r.decide(running(runs), group(signal.GroupBacklog{
				Messages: int64(backlog), Arrival: 1200, Consumption: consumed, Rated: true,
				Partitions: 96, PartitionsWithLag: 96, Members: int(runs),
			}))
			runs = out.Replicas
		}
		if runs > 40 {
			t.Errorf("learn %v: %d consumers against a limit that 10 reach\n%s", learn, runs, explain(out))
		}
		wantStep(t, out, "backlog:lag", "the cause is downstream")
	}
}

func TestDrainRateHoldsFromTheFirstDecision(t *testing.T) {
	p := lobby()
	p.ScaleIn.DrainPerMinute = 2
	wantReplicas(t, newRun(t, p).decide(running(50), value(500), value(0.1)), 50)
}

func TestReactiveCountsWhatIsHeld(t *testing.T) {
	r := newRun(t, lobby())
	r.decide(running(20), value(400), value(0.1))
	out := r.decide(running(20), value(400), value(0.9))
	if out.Reactive != 20 || out.Plan != 20 {
		t.Errorf("plan %d, reactive %d, held at 20", out.Plan, out.Reactive)
	}
}

func TestALimitInsideTheDeadbandIsNamed(t *testing.T) {
	p := lobby()
	p.Max = 19
	scale := running(20)
	scale.Tolerance = -1
	r := newRun(t, p)
	r.decide(scale, value(1000), value(0.1))
	out := r.decide(scale, value(1000), value(0.1))
	wantReplicas(t, out, 19)
	wantStep(t, out, "deadband", "those above the limit stay")
}

func TestRefusedHasNoReplicas(t *testing.T) {
	out := newRun(t, lobby()).decide(Scale{}, gone(), gone())
	if e := out.Explain("shop/lobby"); e.Replicas != nil || e.Refusal == "" {
		t.Errorf("explanation %+v", e)
	}
}

func TestBoundariesOfHolding(t *testing.T) {
	t.Run("an age of exactly holdFor is not stale", func(t *testing.T) {
		r := newRun(t, lobby())
		r.decide(running(2), value(500), value(0.1))
		r.at = r.at.Add(time.Minute - tick)
		if out := r.decide(running(10), gone(), gone()); out.Stale {
			t.Error("stale at exactly holdFor")
		}
		if out := r.decide(running(10), gone(), gone()); !out.Stale {
			t.Error("not stale beyond holdFor")
		}
	})
	t.Run("age counts from the reading, not from the tick that used it", func(t *testing.T) {
		r := newRun(t, lobby())
		old := signal.Reading{At: start.Add(-50 * time.Second), Value: 500, Condition: signal.Fine}
		out := r.decide(running(10), old, value(0.1))
		if got := out.Inputs[0].Age; got != 55*time.Second {
			t.Errorf("age %s, want 55s", got)
		}
		if out = r.decide(running(10), gone(), value(0.1)); out.Inputs[0].Age != time.Minute {
			t.Errorf("age %s a tick later, want 1m", out.Inputs[0].Age)
		}
	})
	t.Run("stale: what was asked for and is not there yet counts too", func(t *testing.T) {
		r := newRun(t, lobby())
		wantReplicas(t, r.decide(running(20), value(2000), value(0.1)), 40)
		r.at = r.at.Add(2 * time.Minute)
		p := r.policy
		p.Signals = append([]Signal(nil), p.Signals...)
		p.Signals[0].Capacity.PerReplica = 100 // a reload halves the need
		r.policy = p
		wantReplicas(t, r.decide(running(25), gone(), gone()), 40)
	})
	t.Run("shadow remembers the plan, not the floor it told", func(t *testing.T) {
		p := lobby()
		p.Mode = Shadow
		r := newRun(t, p)
		r.decide(Scale{}, value(2000), value(0.1))
		if r.state.Asked != 40 {
			t.Errorf("remembered %d, the plan was 40", r.state.Asked)
		}
	})
}

func TestHalfReadyTeachesNothing(t *testing.T) {
	p := lobby()
	p.Signals[0].Capacity = Capacity{PerReplica: 50, Learn: true}
	r := newRun(t, p)
	for range 100 {
		r.decide(Scale{Known: true, Current: 20, Ready: 10}, value(900), value(2))
	}
	if n := len(r.state.Signals[0].Curve.Buckets); n != 0 {
		t.Errorf("%d loads learned while half of the replicas were starting", n)
	}
}
