package pipeline

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/signal"
	"github.com/headstart-scaler/headstart/workload"
)

func TestApplyIsRefusedAsAWhole(t *testing.T) {
	a, b := ratePolicy("a", "m", "q"), ratePolicy("b", "m", "q")
	wide := trigger("x", "a")
	wide.Min = override32(50)
	narrow := a
	narrow.Max = 40
	for name, c := range map[string]struct {
		next *Policies
		want string
	}{
		"policy in use is missing": {NewPolicies("2", []decision.Policy{b}, nil), "policy a is missing and demo/x uses it: keep the policy or remove the trigger first"},
		"override no longer fits":  {NewPolicies("2", []decision.Policy{narrow, b}, nil), "demo/x: minReplicas 50 (of the trigger's metadata) is above maxReplicas 40"},
		"binding to nothing":       {NewPolicies("2", []decision.Policy{a, b}, []workload.Trigger{trigger("y", "c")}), "policy c is missing and demo/y uses it"},
		"source that is not there": {NewPolicies("2", []decision.Policy{a, b, ratePolicy("c", "new", "q")}, nil), "policy c, signal requests: source new does not run"},
	} {
		p := New(Options{Sources: map[string]Source{"m": newMetrics(map[string]float64{"q": 100})}}, NewPolicies("1", []decision.Policy{a, b}, nil))
		seen(t, p, wide)
		p.Tick(t.Context())
		err := p.Apply(c.next)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want … %s", name, err, c.want)
		}
		p.Tick(t.Context())
		if s := p.Snapshot(); s.ConfigHash != "1" || s.Len() != 1 || p.Policies().Hash() != "1" {
			t.Errorf("%s: configuration %s is in force, with %d triggers", name, s.ConfigHash, s.Len())
		}
	}
}

func TestApplyCountsTriggersNotYetDecided(t *testing.T) {
	p := New(Options{Sources: map[string]Source{"m": newMetrics(nil)}}, NewPolicies("1", []decision.Policy{ratePolicy("a", "m", "q")}, nil))
	seen(t, p, trigger("x", "a"))
	if err := p.Apply(NewPolicies("2", nil, nil)); err == nil {
		t.Error("a policy in use since just now was taken away")
	}
}

func TestApplyListsFewFaults(t *testing.T) {
	p := New(Options{Sources: map[string]Source{"m": newMetrics(nil)}}, NewPolicies("1", []decision.Policy{ratePolicy("a", "m", "q")}, nil))
	for _, x := range many(100, "a") {
		seen(t, p, x)
	}
	err := p.Apply(NewPolicies("2", nil, nil))
	if err == nil || !strings.Contains(err.Error(), "and 95 more") || len(err.Error()) > 1000 {
		t.Errorf("error %v", err)
	}
}

func TestPolicyOfAForgottenTriggerMayGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := ratePolicy("a", "m", "q"), ratePolicy("b", "m", "q")
		p := New(Options{Sources: map[string]Source{"m": newMetrics(nil)}}, NewPolicies("1", []decision.Policy{a, b}, []workload.Trigger{trigger("bound", "b")}))
		seen(t, p, trigger("x", "a"))
		time.Sleep(30*time.Minute + time.Nanosecond)
		if err := p.Apply(NewPolicies("2", nil, nil)); err != nil {
			t.Fatal(err)
		}
		p.Tick(t.Context())
		if s := p.Snapshot(); s.Len() != 0 || s.ConfigHash != "2" {
			t.Errorf("snapshot of %s with %d triggers", s.ConfigHash, s.Len())
		}
	})
}

func TestApplyTakesEffectAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := ratePolicy("a", "m", "q")
		p := New(Options{Jitter: -1, Sources: map[string]Source{"m": newMetrics(map[string]float64{"q": 100})}}, NewPolicies("1", []decision.Policy{a}, many(1, "a")))
		stop := start(t, p)
		defer stop()
		time.Sleep(time.Second)
		a.Min = 30
		if err := p.Apply(NewPolicies("2", []decision.Policy{a}, many(1, "a"))); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := find(t, p, trigger("w-0", "a")).Replicas; got != 30 || p.Snapshot().ConfigHash != "2" {
			t.Errorf("%d replicas by configuration %s, want 30 by 2", got, p.Snapshot().ConfigHash)
		}
	})
}

func twoSignals(q1, q2 string) decision.Policy {
	p := ratePolicy("a", "m", q1)
	p.Signals = append(p.Signals, ratePolicy("", "m", q2).Signals...)
	p.Signals[1].Name = "second"
	return p
}

func TestApplyKeepsWhatIsStillMeasured(t *testing.T) {
	m := newMetrics(map[string]float64{"q1": 100, "q2": 30, "q3": 10})
	p := New(Options{Sources: map[string]Source{"m": m}, Forecaster: &level{}}, NewPolicies("1", []decision.Policy{twoSignals("q1", "q2")}, many(1, "a")))
	p.Tick(t.Context())
	kept := p.feeds[feedKey{"m", signal.Expression{PromQL: "q1"}}]
	if err := p.Apply(NewPolicies("2", []decision.Policy{twoSignals("q1", "q3")}, many(1, "a"))); err != nil {
		t.Fatal(err)
	}
	m.answer = func(signal.Query) signal.Reading { return signal.Bad(time.Now(), signal.Empty, "gone") }
	p.Tick(t.Context())
	out := find(t, p, trigger("w-0", "a"))
	if in := out.Inputs[0]; !in.Usable || in.Value != 100 {
		t.Errorf("the unchanged signal lost its memory: %+v", in)
	}
	if in := out.Inputs[1]; in.Usable {
		t.Errorf("the changed signal stands on another query's value: %+v", in)
	}
	if p.feeds[kept.key] != kept || kept.series.Len() != 1 {
		t.Error("the unchanged signal lost its series")
	}
	if _, still := p.feeds[feedKey{"m", signal.Expression{PromQL: "q2"}}]; still {
		t.Error("a query nobody asks is still read")
	}
}

// Metadata that was edited makes another trigger: it goes on from what was
// known of the workload, though its source is silent just then.
func TestEditedMetadataKeepsWhatWasLearned(t *testing.T) {
	m := newMetrics(map[string]float64{"q": 100})
	p := New(Options{Sources: map[string]Source{"m": m}, Forecaster: &level{}}, NewPolicies("1", []decision.Policy{ratePolicy("a", "m", "q")}, nil))
	before := trigger("w-0", "a")
	seen(t, p, before)
	p.Tick(t.Context())
	m.answer = func(signal.Query) signal.Reading { return signal.Bad(time.Now(), signal.Empty, "gone") }
	edited, stranger := before, trigger("w-1", "a")
	edited.Min = workload.Override{Set: true, Value: 3}
	seen(t, p, edited)
	seen(t, p, stranger)
	p.Tick(t.Context())
	if out := find(t, p, edited); out.Refusal != "" || out.Replicas != 10 {
		t.Errorf("the edited trigger answers %d (%s), want the 10 of before", out.Replicas, out.Refusal)
	}
	if out := find(t, p, stranger); out.Refusal == "" {
		t.Errorf("another workload answers %d from memory it cannot have", out.Replicas)
	}
}

func TestCarry(t *testing.T) {
	latency := func(objective time.Duration, query string) decision.Policy {
		p := ratePolicy("a", "m", "q")
		p.Signals = append(p.Signals, decision.Signal{Name: "p95", Kind: signal.Latency, Source: "m", Query: signal.Expression{PromQL: query}, Objective: objective})
		return p
	}
	before := latency(time.Second, "l")
	curve := decision.Curve{Buckets: []decision.Bucket{{Index: 1, Weight: 3}}}
	state := decision.State{Decided: true, Asked: 4, Signals: []decision.Memory{{Name: "requests", Seen: true, Value: 9, Curve: curve}, {Name: "p95", Seen: true}}}
	renamed := before
	renamed.Max = 7
	otherSource := latency(time.Second, "l")
	otherSource.Signals[0].Source = "n"
	for name, c := range map[string]struct {
		after        decision.Policy
		names        string
		curve, value bool
	}{
		"nothing measured differs": {renamed, "requests p95", true, true},
		"other objective":          {latency(2*time.Second, "l"), "requests", false, true},
		"other latency":            {latency(time.Second, "l2"), "requests", false, true},
		"latency is gone":          {ratePolicy("a", "m", "q"), "requests", false, true},
		"other source of the rate": {otherSource, "p95", false, false},
	} {
		got := carry(state, measured(&before), measured(&c.after))
		var names []string
		for _, m := range got.Signals {
			names = append(names, m.Name)
		}
		if strings.Join(names, " ") != c.names || got.Asked != 4 {
			t.Errorf("%s: kept %v, want %s", name, names, c.names)
		}
		if c.value && (got.Signals[0].Value != 9 || (len(got.Signals[0].Curve.Buckets) > 0) != c.curve) {
			t.Errorf("%s: memory %+v", name, got.Signals[0])
		}
	}
	if len(state.Signals) != 2 || len(state.Signals[0].Curve.Buckets) != 1 {
		t.Error("the state given was changed")
	}
}

func TestStateOutlivesTheProcess(t *testing.T) {
	m := newMetrics(map[string]float64{"q1": 100, "q2": 30})
	opt := Options{Sources: map[string]Source{"m": m}}
	first := New(opt, NewPolicies("1", []decision.Policy{twoSignals("q1", "q2")}, many(2, "a")))
	first.Tick(t.Context())
	text, err := json.Marshal(first.State())
	if err != nil {
		t.Fatal(err)
	}
	var saved []Saved
	if err := json.Unmarshal(text, &saved); err != nil {
		t.Fatal(err)
	}
	m.answer = func(signal.Query) signal.Reading { return signal.Bad(time.Now(), signal.Empty, "gone") }
	second := New(opt, NewPolicies("2", []decision.Policy{twoSignals("q1", "other")}, nil))
	second.Restore(saved)
	seen(t, second, trigger("w-0", "a"))
	second.Tick(t.Context())
	out := find(t, second, trigger("w-0", "a"))
	if out.Replicas != 10 || !out.Inputs[0].Usable || out.Inputs[1].Usable {
		t.Errorf("restored: %d replicas of %+v", out.Replicas, out.Inputs)
	}
	if n := len(second.State()); n != 2 {
		t.Errorf("%d states exported, want the unclaimed one too", n)
	}
	second.Restore(saved)
	if n := len(second.State()); n != 2 {
		t.Errorf("%d states after restoring again, want 2", n)
	}
}

func TestUnclaimedStatesExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(Options{}, NewPolicies("1", nil, nil))
		p.Restore([]Saved{{Trigger: trigger("x", "a")}})
		time.Sleep(30 * time.Minute)
		p.Tick(t.Context())
		if len(p.State()) != 1 {
			t.Error("dropped too early")
		}
		time.Sleep(time.Nanosecond)
		p.Tick(t.Context())
		if len(p.State()) != 0 {
			t.Error("kept for good")
		}
	})
}
