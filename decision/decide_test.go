package decision_test

import (
	"encoding/json"
	"math"
	"reflect"
	"testing"
	"time"

	. "github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/forecast"
	"github.com/headstart-scaler/headstart/signal"
)

func TestRateNeed(t *testing.T) {
	for _, c := range []struct {
		rate float64
		want Replicas
	}{
		{0, 2},      // the floor
		{100, 2},    // exactly two replicas' worth
		{100.01, 3}, // and a little more
		{500, 10},
		{9999, 200}, // exactly at max
		{50000, 200},
	} {
		out := newRun(t, lobby()).decide(running(2), value(c.rate), value(0.1))
		wantReplicas(t, out, c.want)
	}
}

func TestForecastWithinPodLeadCounts(t *testing.T) {
	p := lobby()
	path := func(values ...float64) forecast.Path {
		return forecast.NewPath(start, 15*time.Second, []float64{p.Quantile}, values)
	}
	for _, c := range []struct {
		name string
		path forecast.Path
		want Replicas
	}{
		{"rises inside the lead", path(100, 100, 100, 100, 100, 1000), 20},
		{"rises just beyond the lead and a tick", path(100, 100, 100, 100, 100, 100, 100, 1000), 4},
		{"falls: what is needed now stays", path(0, 0, 0), 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			out := newRun(t, p).input(Input{At: start, Tick: tick, Scale: running(4), Signals: []Observation{
				{Reading: signal.Good(start, 200), Path: c.path}, {Reading: signal.Good(start, 0.1)},
			}})
			wantReplicas(t, out, c.want)
		})
	}
}

func TestKillSwitchAndModes(t *testing.T) {
	in := Input{At: start, Tick: tick, Scale: running(4), Signals: []Observation{
		{Reading: signal.Good(start, 200), Path: flat(1000)}, {Reading: signal.Good(start, 0.1)},
	}}
	for _, c := range []struct {
		mode     Mode
		killed   bool
		replicas Replicas
		step     string
	}{
		{Enforce, false, 20, ""},
		{Enforce, true, 4, "reactive-only"},
		{Advise, false, 4, "mode"},
		{Shadow, false, 2, "mode"},
	} {
		p := lobby()
		p.Mode, in.ReactiveOnly = c.mode, c.killed
		out := newRun(t, p).input(in)
		wantReplicas(t, out, c.replicas)
		if out.Plan != 20 || out.Reactive != 4 {
			t.Errorf("%s: plan %d, reactive %d; want 20 and 4 whatever KEDA is told", c.mode, out.Plan, out.Reactive)
		}
		if _, ok := stepOf(out, c.step); c.step != "" && !ok {
			t.Errorf("%s: no step %q", c.mode, c.step)
		}
	}
}

func TestMissingDataNeverRemovesCapacity(t *testing.T) {
	r := newRun(t, lobby())
	wantReplicas(t, r.decide(running(2), value(2000), value(0.1)), 40)
	held := r.decide(running(40), gone(), gone())
	wantReplicas(t, held, 40)
	wantStep(t, held, "rate:requests", "held: last read 5s ago: no answer within 2s")
	if held.Stale {
		t.Error("stale after 5 s with holdFor 1m")
	}
	var out Outcome
	for range 12 { // 60 s after the last good reading, and 65 s
		out = r.decide(running(40), gone(), gone())
	}
	if !out.Stale {
		t.Error("not stale 65 s after the last reading with holdFor 1m")
	}
	wantReplicas(t, out, 40)
	// Somebody scaled out by hand meanwhile: not taken away.
	wantReplicas(t, r.decide(running(50), gone(), gone()), 50)
}

func TestStaleSignalStillScalesUpOnTheOther(t *testing.T) {
	p := lobby()
	p.Signals[1] = Signal{Name: "sessions", Kind: signal.Connections, Capacity: Capacity{PerReplica: 10}}
	r := newRun(t, p)
	wantReplicas(t, r.decide(running(2), value(500), value(50)), 10)
	r.at = r.at.Add(2 * time.Minute)
	out := r.decide(running(10), gone(), value(200))
	wantReplicas(t, out, 20)
	wantStep(t, out, "rate:requests", "STALE")
	out = r.decide(running(20), gone(), value(10))
	wantReplicas(t, out, 20)
	wantStep(t, out, "stale", "scale-in is refused")
}

func TestFirstDecisionWithoutData(t *testing.T) {
	t.Run("nothing known: no answer", func(t *testing.T) {
		out := newRun(t, lobby()).decide(Scale{}, gone(), gone())
		if out.Refusal == "" {
			t.Errorf("answered %d with nothing known", out.Replicas)
		}
	})
	t.Run("one signal missing, replicas unknown: an answer could take capacity away", func(t *testing.T) {
		out := newRun(t, lobby()).decide(Scale{}, value(10), gone())
		if out.Refusal == "" {
			t.Errorf("answered %d", out.Replicas)
		}
	})
	t.Run("replicas known: held", func(t *testing.T) {
		out := newRun(t, lobby()).decide(running(37), gone(), gone())
		wantReplicas(t, out, 37)
	})
	t.Run("the cluster is about to tell: awaited", func(t *testing.T) {
		r := newRun(t, lobby())
		if out := r.decide(Scale{Awaited: true}, value(10), value(0.1)); out.Refusal == "" {
			t.Errorf("answered %d before the cluster told how many run", out.Replicas)
		}
		wantReplicas(t, r.decide(Scale{}, value(10), value(0.1)), 2) // it never did
	})
	t.Run("what runs is kept for the stabilisation when it becomes known later", func(t *testing.T) {
		p := lobby()
		p.ScaleIn.Stabilization = time.Minute
		r := newRun(t, p)
		wantReplicas(t, r.decide(Scale{}, value(10), value(0.1)), 2)
		wantReplicas(t, r.decide(running(37), value(10), value(0.1)), 37)
		wantReplicas(t, r.decide(running(37), value(10), value(0.1)), 37)
	})
	t.Run("after a restart what is asked for is kept while its pods are being made", func(t *testing.T) {
		p := lobby()
		p.ScaleIn.Stabilization = time.Minute
		surging := running(3)
		surging.Asked = 37
		r := newRun(t, p)
		wantReplicas(t, r.decide(surging, value(10), value(0.1)), 37)
		wantReplicas(t, newRun(t, p).decide(surging, gone(), value(0.1)), 37)
	})
	t.Run("after a restart what runs is kept for the stabilisation", func(t *testing.T) {
		p := lobby()
		p.ScaleIn.Stabilization = time.Minute
		r := newRun(t, p)
		wantReplicas(t, r.decide(running(37), value(10), value(0.1)), 37)
		r.at = r.at.Add(time.Minute)
		wantReplicas(t, r.decide(running(37), value(10), value(0.1)), 2)
	})
}

func TestReactions(t *testing.T) {
	empty := signal.Reading{Condition: signal.Empty, Reason: "the query matched no series"}
	p := lobby()
	p.Signals[0].React = signal.Reactions{signal.Empty: signal.Zero}
	out := newRun(t, p).decide(running(2), empty, value(0.1))
	wantReplicas(t, out, 2)
	wantStep(t, out, "rate:requests", "taken as 0 by the policy")

	p.Signals[0].React = signal.Reactions{signal.Empty: signal.Fail}
	if out = newRun(t, p).decide(running(2), empty, value(0.1)); out.Refusal == "" {
		t.Error("onEmpty: error gave an answer")
	}
	if out = newRun(t, p).decide(running(30), gone(), value(0.1)); out.Refusal != "" || out.Replicas != 30 {
		t.Errorf("onEmpty: error refused a source that is down: %q", out.Refusal)
	}
}

func TestStabilisation(t *testing.T) {
	p := lobby()
	p.ScaleIn.Stabilization = 30 * time.Second
	r := newRun(t, p)
	wantReplicas(t, r.decide(running(20), value(1000), value(0.1)), 20)
	for range 5 { // 25 s later at most
		wantReplicas(t, r.decide(running(20), value(100), value(0.1)), 20)
	}
	wantReplicas(t, r.decide(running(20), value(100), value(0.1)), 2)
}

func TestDrainRate(t *testing.T) {
	p := lobby()
	p.ScaleIn.DrainPerMinute = 6 // one in 10 s
	r := newRun(t, p)
	for range 24 { // what was not used in calm minutes is not saved up
		r.decide(running(20), value(1000), value(0.1))
	}
	asked := []Replicas{}
	for range 12 {
		asked = append(asked, r.decide(running(20), value(100), value(0.1)).Replicas)
	}
	want := []Replicas{20, 19, 19, 18, 18, 17, 17, 16, 16, 15, 15, 14}
	if !reflect.DeepEqual(asked, want) {
		t.Errorf("asked %v, want %v: six a minute", asked, want)
	}
	wantReplicas(t, r.decide(running(14), value(5000), value(0.1)), 100)
}

func TestDeadband(t *testing.T) {
	for _, c := range []struct {
		name      string
		current   Replicas
		rate      float64
		tolerance float64
		overshoot bool
		want      Replicas
	}{
		{"20 → 21 never moves an HPA with 10 %: 23 does", 20, 1050, -1, true, 23},
		{"20 → 22 is exactly 10 %: within", 20, 1100, -1, true, 23},
		{"20 → 23 moves by itself", 20, 1150, -1, true, 23},
		{"accepted shortfall", 20, 1050, -1, false, 21},
		{"the ScaledObject's own tolerance 0 wins", 20, 1050, 0, true, 21},
		{"10 → 11 is exactly 10 %", 10, 550, -1, true, 12},
		{"down is left to the HPA", 20, 950, -1, true, 19},
		{"no overshoot beyond max", 190, 9900, -1, true, 198},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := lobby()
			p.Actuation.Overshoot = c.overshoot
			scale := running(c.current)
			scale.Tolerance = c.tolerance
			r := newRun(t, p)
			// what ran before the first decision is kept, so decide twice
			r.decide(scale, value(c.rate), value(0.1))
			wantReplicas(t, r.decide(scale, value(c.rate), value(0.1)), c.want)
		})
	}
}

func TestLimits(t *testing.T) {
	p := lobby()
	p.ConnectionBudget = ConnectionBudget{Total: 500, Reserve: 20, PerReplica: 10}
	out := newRun(t, p).decide(running(2), value(5000), value(0.1))
	wantReplicas(t, out, 48)
	wantStep(t, out, "connection-budget", "500 connections less 20 in reserve, 10 a replica, allow 48 replicas")

	scale := running(2)
	scale.Max = 30
	out = newRun(t, lobby()).decide(scale, value(5000), value(0.1))
	wantReplicas(t, out, 30)
	wantStep(t, out, "max", "maxReplicaCount of the ScaledObject is 30")
}

func TestScaleToZeroAndBack(t *testing.T) {
	p := deposits()
	p.Signals[0].Activation = 5
	idle := signal.GroupBacklog{Partitions: 12, Rated: true}
	r := newRun(t, p)
	at := func(n Replicas, messages int64, arrival float64) Outcome {
		g := idle
		g.Messages, g.Arrival, g.Members = messages, arrival, int(n)
		return r.decide(running(n), group(g))
	}
	r.decide(running(1), group(idle))
	if out := at(1, 5, 0); out.Active || out.Replicas != 0 {
		t.Errorf("at the activation threshold: active %v, replicas %d", out.Active, out.Replicas)
	}
	if out := at(0, 6, 0); !out.Active || out.Replicas != 1 {
		t.Errorf("above it: active %v, replicas %d", out.Active, out.Replicas)
	}
	// 1.6 replicas carry the inflow; a third makes up for the pod lead.
	if out := at(1, 0, 40); !out.Active || out.Replicas != 3 {
		t.Errorf("no lag but 40/s arriving at 25/s a replica: active %v, replicas %d, want 3", out.Active, out.Replicas)
	}
}

func TestStateSurvivesJSON(t *testing.T) {
	p := lobby()
	p.Signals[0].Capacity.Learn = true
	p.ScaleIn.Stabilization = time.Minute
	a, b := newRun(t, p), newRun(t, p)
	for i := range 200 {
		rate := 1000 + 900*math.Sin(float64(i)/10)
		p95 := 0.1 + rate/10000
		scale := running(Replicas(10 + i%7))
		x, y := a.decide(scale, value(rate), value(p95)), b.decide(scale, value(rate), value(p95))
		if !reflect.DeepEqual(x, y) {
			t.Fatalf("tick %d: the restored state decides otherwise\n%s---\n%s", i, explain(x), explain(y))
		}
		saved, err := json.Marshal(b.state)
		if err != nil {
			t.Fatal(err)
		}
		b.state = State{}
		if err := json.Unmarshal(saved, &b.state); err != nil {
			t.Fatal(err)
		}
	}
}
