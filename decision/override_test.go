package decision_test

import (
	"strings"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	. "github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/signal"
)

func override(kind OverrideKind, n Replicas) Override {
	return Override{ID: "o-1", Kind: kind, Replicas: n, Until: start.Add(time.Hour), Author: "ana@acme.example", Reason: "db failover"}
}

// scene is what an override meets.
type scene struct {
	at       time.Time
	requests signal.Reading
	scale    Scale
}

func overridden(t *testing.T, p Policy, s scene, overrides ...Override) Outcome {
	t.Helper()
	s.requests.At = s.at
	_, out := p.Decide(State{}, Input{
		At: s.at, Tick: tick, Scale: s.scale, Overrides: overrides,
		Signals: []Observation{{Reading: s.requests, Path: flat(3000)}, {Reading: signal.Good(s.at, 0.1)}},
		Events:  []calendar.Occurrence{theFinal(30*time.Second, calendar.Impact{Floor: 90})},
	})
	checkWaterfall(t, out)
	return out
}

// The policy has 2 to 200 replicas; 1000 requests a second take 20, the
// forecast 60 and the event 90.
func TestOverrides(t *testing.T) {
	reactive := scheduled()
	reactive.Mode = Advise
	budget := scheduled()
	budget.ConnectionBudget = ConnectionBudget{Total: 400, PerReplica: 4}
	at := start.Add(time.Second)
	for name, c := range map[string]struct {
		policy    Policy
		overrides []Override
		scale     Scale
		want      Replicas
		why       string
	}{
		"none":                        {policy: scheduled(), want: 90},
		"a floor below what is asked": {policy: scheduled(), overrides: []Override{override(Floor, 40)}, want: 90},
		"a floor":                     {policy: scheduled(), overrides: []Override{override(Floor, 120)}, want: 120, why: "floor 120 by ana@acme.example until Nov 22 21:00Z (override o-1): db failover"},
		"a floor above the maximum":   {policy: scheduled(), overrides: []Override{override(Floor, 300)}, want: 300},
		"a floor in advise":           {policy: reactive, overrides: []Override{override(Floor, 30)}, want: 30},
		"a floor beyond the budget":   {policy: budget, overrides: []Override{override(Floor, 300)}, want: 100},
		"beyond the ScaledObject's":   {policy: scheduled(), overrides: []Override{override(Floor, 300)}, scale: Scale{Known: true, Max: 250, Tolerance: -1}, want: 250},
		"a ceiling":                   {policy: scheduled(), overrides: []Override{override(Ceiling, 10)}, want: 10, why: "ceiling 10 by"},
		"a ceiling below the minimum": {policy: scheduled(), overrides: []Override{override(Ceiling, 1)}, want: 1},
		"a ceiling on what runs":      {policy: scheduled(), overrides: []Override{override(Ceiling, 10)}, scale: running(90), want: 10},
		"fixed":                       {policy: scheduled(), overrides: []Override{override(Fixed, 33)}, want: 33},
		"fixed to none":               {policy: scheduled(), overrides: []Override{override(Fixed, 0)}, want: 0},
		"the last fixed":              {policy: scheduled(), overrides: []Override{override(Fixed, 33), override(Fixed, 44)}, want: 44},
		"the highest floor":           {policy: scheduled(), overrides: []Override{override(Floor, 120), override(Floor, 110)}, want: 120},
		"the lowest ceiling":          {policy: scheduled(), overrides: []Override{override(Ceiling, 12), override(Ceiling, 15)}, want: 12},
		"a floor above a ceiling":     {policy: scheduled(), overrides: []Override{override(Ceiling, 12), override(Floor, 100)}, want: 100, why: "; it goes before the ceiling 12 by"},
		"a ceiling below a floor":     {policy: scheduled(), overrides: []Override{override(Ceiling, 12), override(Floor, 25)}, want: 25, why: "ceiling 12 by ana@acme.example until Nov 22 21:00Z (override o-1): db failover; before it goes the floor 25 by"},
		"without the schedule":        {policy: scheduled(), overrides: []Override{override(IgnoreSchedule, 0)}, want: 60, why: "ignore-schedule by ana"},
		"without the forecast":        {policy: scheduled(), overrides: []Override{override(IgnoreForecast, 0)}, want: 90, why: "ignore-forecast by"},
		"without both":                {policy: scheduled(), overrides: []Override{override(IgnoreForecast, 0), override(IgnoreSchedule, 0)}, want: 20},
	} {
		t.Run(name, func(t *testing.T) {
			out := overridden(t, c.policy, scene{at, value(1000), c.scale}, c.overrides...)
			wantReplicas(t, out, c.want)
			if c.why != "" {
				wantStep(t, out, "override", c.why)
			}
			if len(out.Overrides) != len(c.overrides) {
				t.Errorf("%d overrides are told of, want %d", len(out.Overrides), len(c.overrides))
			}
			if out.Active != (c.want > 0) {
				t.Errorf("active %t with %d replicas", out.Active, c.want)
			}
		})
	}
}

// An event multiplies what is measured where somebody wants no forecast.
func TestWithoutTheForecastAnEventMultipliesWhatIsMeasured(t *testing.T) {
	at := start.Add(11 * time.Minute)
	in := Input{
		At: at, Tick: tick, Events: []calendar.Occurrence{theFinal(10*time.Minute, calendar.Impact{Multiplier: 1.5})},
		Signals: []Observation{{Reading: signal.Good(at, 1000), Path: flat(3000)}, {Reading: signal.Good(at, 0.1)}},
	}
	_, out := scheduled().Decide(State{Met: true}, in)
	wantReplicas(t, out, 60)
	in.Overrides = []Override{override(IgnoreForecast, 0)}
	_, out = scheduled().Decide(State{Met: true}, in)
	wantReplicas(t, out, 20)
}

func TestAnOverrideEndsByItself(t *testing.T) {
	o := override(Fixed, 33)
	wantReplicas(t, overridden(t, scheduled(), scene{o.Until.Add(-time.Second), value(1000), Scale{}}, o), 33)
	if out := overridden(t, scheduled(), scene{o.Until, value(1000), Scale{}}, o); out.Replicas == 33 {
		t.Error("the override counts at its end still")
	}
}

// A floor for later is there when it begins; everything else begins then.
func TestAnOverrideForLater(t *testing.T) {
	for kind, c := range map[OverrideKind]struct {
		early time.Duration
		want  Replicas
	}{
		Floor:   {95 * time.Second, 120}, // the pod lead and a tick
		Ceiling: {0, 10},
		Fixed:   {0, 33},
	} {
		o := override(kind, c.want)
		o.From = start.Add(10 * time.Minute)
		begin := o.From.Add(-c.early)
		if out := overridden(t, scheduled(), scene{begin.Add(-time.Second), value(1000), Scale{}}, o); out.Replicas != 90 || len(out.Overrides) > 0 {
			t.Errorf("%s: %d replicas before it begins, want 90", kind, out.Replicas)
		}
		wantReplicas(t, overridden(t, scheduled(), scene{begin, value(1000), Scale{}}, o), c.want)
	}
}

// Nobody can measure anything, and somebody says how many.
func TestAFixedOverrideNeedsNoMeasurement(t *testing.T) {
	at := start.Add(time.Second)
	if out := overridden(t, scheduled(), scene{at, gone(), Scale{}}); out.Refusal == "" {
		t.Fatalf("without a measurement %d is answered", out.Replicas)
	}
	wantReplicas(t, overridden(t, scheduled(), scene{at, gone(), Scale{}}, override(Fixed, 33)), 33)
	wantReplicas(t, overridden(t, scheduled(), scene{at, gone(), running(50)}, override(Ceiling, 10)), 10)
}

func TestInShadowAnOverrideIsRecorded(t *testing.T) {
	p := scheduled()
	p.Mode = Shadow
	out := overridden(t, p, scene{start.Add(time.Second), value(1000), Scale{}}, override(Fixed, 33))
	wantReplicas(t, out, 2)
	if out.Plan != 33 {
		t.Errorf("the plan recorded is %d, want 33", out.Plan)
	}
}

// Replicas that a floor asked for are held when it ends, within the ceiling that
// is still there, and the step says so.
func TestACeilingOutlivesAFloor(t *testing.T) {
	p := scheduled()
	p.ScaleIn.Stabilization = 5 * time.Minute
	r := newRun(t, p)
	ceiling, floor := override(Ceiling, 10), override(Floor, 20)
	floor.ID, floor.Until = "o-2", start.Add(time.Minute)
	at := func(after time.Duration) Outcome {
		at := start.Add(after)
		return r.input(Input{
			At: at, Tick: tick, Overrides: []Override{ceiling, floor},
			Signals: []Observation{{Reading: signal.Good(at, 100)}, {Reading: signal.Good(at, 0.1)}},
		})
	}
	wantReplicas(t, at(0), 20)
	out := at(time.Minute)
	wantReplicas(t, out, 10)
	wantStep(t, out, "stabilization", "scale-in waits until 5m after that, within the ceiling 10 by ana@acme.example until Nov 22 21:00Z (override o-1)")
}

// An override that holds and changes nothing is in the explanation all the same.
func TestAnExplanationListsOverrides(t *testing.T) {
	out := overridden(t, scheduled(), scene{at: start.Add(time.Second), requests: signal.Good(start, 1000)}, override(Floor, 40), override(IgnoreForecast, 0))
	text := out.Explain("shop/api").Text()
	for _, want := range []string{
		"overrides\n  o-1: floor 40, until Nov 22 21:00Z, by ana@acme.example: db failover\n",
		"  o-1: ignore-forecast, until Nov 22 21:00Z, by ana@acme.example: db failover\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}
