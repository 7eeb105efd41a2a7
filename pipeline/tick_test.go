package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/signal"
	"github.com/headstart-scaler/headstart/workload"
)

func TestEqualQueriesAreReadOnceATick(t *testing.T) {
	m, other := newMetrics(map[string]float64{"q": 100, "q2": 10}), newMetrics(map[string]float64{"q": 50})
	forecaster := &level{}
	p := New(Options{Sources: map[string]Source{"m": m, "other": other}, Forecaster: forecaster},
		NewPolicies("h", []decision.Policy{ratePolicy("a", "m", "q"), ratePolicy("b", "m", "q"), ratePolicy("c", "m", "q2"), ratePolicy("d", "other", "q")},
			[]workload.Trigger{trigger("1", "a"), trigger("2", "a"), trigger("3", "b"), trigger("4", "c"), trigger("5", "d")}))
	p.Tick(t.Context())
	if calls := m.asked(); len(calls) != 1 || len(calls[0]) != 2 {
		t.Errorf("calls %v, want one of two queries", calls)
	}
	if forecaster.asked != 3 {
		t.Errorf("%d forecasts for 3 series and one horizon", forecaster.asked)
	}
	p.Tick(t.Context())
	if forecaster.asked != 6 {
		t.Errorf("%d forecasts after two ticks, want them made anew", forecaster.asked)
	}
	if got := find(t, p, trigger("5", "d")).Replicas; got != 5 {
		t.Errorf("the same query at another source gave %d replicas, want 5", got)
	}
	if h := p.Snapshot().Health; h.Sources[0].Queries != 2 || h.Sources[1].Queries != 1 {
		t.Errorf("health %+v", h.Sources)
	}
}

func TestPathsReachWhatDecisionsLookAt(t *testing.T) {
	long := ratePolicy("long", "m", "q")
	long.PodLead = 4 * time.Minute
	m := newMetrics(map[string]float64{"q": 100})
	m.answer = func(q signal.Query) signal.Reading {
		r := signal.Good(time.Now(), 600)
		if _, group := q.(signal.ConsumerGroup); group {
			r.Group = &signal.GroupBacklog{Messages: 600, Arrival: 7, Rated: true, Members: 1, Partitions: 8}
		}
		return r
	}
	forecaster := &level{}
	p := New(Options{Sources: map[string]Source{"m": m}, Forecaster: forecaster},
		NewPolicies("h", []decision.Policy{ratePolicy("a", "m", "q"), long, backlogPolicy("lag", "m", "g")},
			[]workload.Trigger{trigger("1", "a"), trigger("2", "long"), trigger("3", "lag")}))
	p.Tick(t.Context())
	got := fmt.Sprint(forecaster.ahead)
	for _, want := range []time.Duration{95 * time.Second, 245 * time.Second, 305 * time.Second} {
		if !strings.Contains(got, want.String()) {
			t.Errorf("horizons %s, want %s among them", got, want)
		}
	}
	series := p.feeds[feedKey{"m", signal.ConsumerGroup{Group: "g", Topics: "t"}}].series
	if last, ok := series.Last(); !ok || last.Value != 7 {
		t.Errorf("a backlog's series ends with %v, want the arrival rate 7", last)
	}
}

func TestUnknownArrivalIsNoSample(t *testing.T) {
	m, rated := newMetrics(nil), false
	m.answer = func(signal.Query) signal.Reading {
		r := signal.Good(time.Now(), 600)
		r.Group = &signal.GroupBacklog{Messages: 600, Rated: rated, Members: 1, Partitions: 8}
		return r
	}
	p := New(Options{Sources: map[string]Source{"m": m}, Forecaster: &level{}},
		NewPolicies("h", []decision.Policy{backlogPolicy("lag", "m", "g")}, many(1, "lag")))
	p.Tick(t.Context())
	series := p.feeds[feedKey{"m", signal.ConsumerGroup{Group: "g", Topics: "t"}}].series
	if series.Len() != 0 {
		t.Error("an arrival rate not known yet was taken for 0")
	}
	rated = true
	p.Tick(t.Context())
	if series.Len() != 1 {
		t.Error("a known arrival rate of 0 was left out")
	}
}

func TestSourcesThatMisbehave(t *testing.T) {
	now := time.Now()
	for name, c := range map[string]struct {
		shape func([]signal.Reading) []signal.Reading
		want  signal.Condition
	}{
		"NaN":        {func([]signal.Reading) []signal.Reading { return []signal.Reading{signal.Good(now, math.NaN())} }, signal.NaN},
		"infinite":   {func([]signal.Reading) []signal.Reading { return []signal.Reading{signal.Good(now, math.Inf(1))} }, signal.Inf},
		"negative":   {func([]signal.Reading) []signal.Reading { return []signal.Reading{signal.Good(now, -1)} }, signal.Invalid},
		"zero value": {func([]signal.Reading) []signal.Reading { return make([]signal.Reading, 1) }, signal.Invalid},
		"too few":    {func([]signal.Reading) []signal.Reading { return nil }, signal.Invalid},
		"too many":   {func(r []signal.Reading) []signal.Reading { return append(r, r...) }, signal.Invalid},
		"panic":      {func([]signal.Reading) []signal.Reading { panic("boom") }, signal.Refused},
	} {
		t.Run(name, func(t *testing.T) {
			var out logs
			m := newMetrics(map[string]float64{"q": 100})
			p := New(Options{Sources: map[string]Source{"m": m}, Logger: out.logger()},
				NewPolicies("h", []decision.Policy{ratePolicy("a", "m", "q")}, many(1, "a")))
			p.Tick(t.Context())
			m.shape = c.shape
			p.Tick(t.Context())
			got := find(t, p, trigger("w-0", "a"))
			if got.Inputs[0].Condition != c.want || got.Replicas != 10 {
				t.Errorf("condition %s and %d replicas, want %s and 10 held", got.Inputs[0].Condition, got.Replicas, c.want)
			}
			if p.Snapshot().Health.Sources[0].Errors[c.want] != 1 {
				t.Errorf("health %+v", p.Snapshot().Health.Sources)
			}
			if logged := out.count("source panicked"); (name == "panic") != (logged == 1) {
				t.Errorf("panic logged %d times", logged)
			}
		})
	}
}

func TestNoSourceOfThatName(t *testing.T) {
	p := New(Options{Sources: map[string]Source{"m": newMetrics(nil)}}, NewPolicies("h", []decision.Policy{ratePolicy("a", "n", "q")}, many(1, "a")))
	p.Tick(t.Context())
	if got := find(t, p, trigger("w-0", "a")).Refusal; !strings.Contains(got, "there is no source n: the configuration has m") {
		t.Errorf("refusal %q", got)
	}
}

func TestFaultInOneDecisionIsItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out logs
		m := newMetrics(map[string]float64{"q": 100, "q2": 100})
		p := New(Options{Jitter: -1, Sources: map[string]Source{"m": m}, Logger: out.logger()},
			NewPolicies("h", []decision.Policy{ratePolicy("bad", "m", "q"), ratePolicy("good", "m", "q2")},
				[]workload.Trigger{trigger("1", "bad"), trigger("2", "good")}))
		broken := false
		p.decide = func(pol decision.Policy, s decision.State, in decision.Input) (decision.State, decision.Outcome) {
			if broken && pol.Name == "bad" {
				panic("boom")
			}
			return pol.Decide(s, in)
		}
		p.Tick(t.Context())
		broken = true
		m.set("q2", 200)
		for range 12 { // a minute, the policy's HoldFor
			time.Sleep(5 * time.Second)
			p.Tick(t.Context())
			checkStands(t, find(t, p, trigger("1", "bad")))
		}
		if good := find(t, p, trigger("2", "good")); good.Replicas != 20 {
			t.Errorf("the other decision became %+v", good)
		}
		time.Sleep(5 * time.Second)
		p.Tick(t.Context())
		if bad := find(t, p, trigger("1", "bad")); !strings.Contains(bad.Refusal, "fault in Headstart") || bad.Replicas != 10 {
			t.Errorf("after HoldFor the broken decision is %+v, want a refusal", bad)
		}
		if n := out.count("decision panicked"); n != 2 {
			t.Errorf("13 faults in 65 s logged %d times, want once a minute", n)
		}
		broken = false
		p.Tick(t.Context())
		if bad := find(t, p, trigger("1", "bad")); bad.Refusal != "" {
			t.Errorf("mended, the decision is %+v", bad)
		}
	})
}

// checkStands holds that an outcome is the one of 10 replicas, once more and
// marked once.
func checkStands(t *testing.T, out decision.Outcome) {
	t.Helper()
	marks := 0
	for _, s := range out.Steps {
		if s.Name == stepFault && strings.Contains(s.Why, "stands") {
			marks++
		}
	}
	if out.Replicas != 10 || !out.Stale || out.Refusal != "" || marks != 1 {
		t.Fatalf("the broken decision became %+v", out)
	}
}

func TestIdleTriggersAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMetrics(map[string]float64{"q": 100, "q2": 100})
		p := New(Options{Sources: map[string]Source{"m": m}},
			NewPolicies("h", []decision.Policy{ratePolicy("a", "m", "q"), ratePolicy("b", "m", "q2")}, []workload.Trigger{trigger("bound", "a")}))
		seen(t, p, trigger("asked", "b"))
		p.Tick(t.Context())
		time.Sleep(30 * time.Minute)
		p.Tick(t.Context())
		if n := p.Snapshot().Len(); n != 2 {
			t.Errorf("%d triggers at half an hour, want 2", n)
		}
		time.Sleep(time.Nanosecond)
		p.Tick(t.Context())
		if _, found := p.Snapshot().Find(trigger("asked", "b")); found || p.Snapshot().Len() != 1 {
			t.Error("the trigger nobody asks for is still decided")
		}
		if calls := m.asked(); len(calls[len(calls)-1]) != 1 || len(p.feeds) != 1 {
			t.Errorf("its query is still read: %v", calls[len(calls)-1])
		}
	})
}

func TestTriggersAreBounded(t *testing.T) {
	var out logs
	p := New(Options{MaxTriggers: 4, Logger: out.logger(), Sources: map[string]Source{"m": newMetrics(nil)}},
		NewPolicies("h", []decision.Policy{ratePolicy("a", "m", "q")}, []workload.Trigger{trigger("bound", "a")}))
	for _, x := range many(5, "a") {
		_ = p.Seen(x)
	}
	_ = p.Seen(trigger("x", "unknown"))
	p.Tick(t.Context())
	if s := p.Snapshot(); s.Len() != 3 || s.Health.TurnedAway != 3 {
		t.Errorf("%d triggers, %d turned away; want 3 and 3", s.Len(), s.Health.TurnedAway)
	}
	if n := out.count("trigger turned away"); n != 1 {
		t.Errorf("logged %d times, want once", n)
	}
}

func TestTriggerOfAReplacedConfigurationDoesNotJoin(t *testing.T) {
	r := newRoster(3)
	for valid, want := range map[bool]int{false: 0, true: 1} {
		if err := r.join(trigger("x", "a"), time.Now(), claimed, func() bool { return valid }); err != nil {
			t.Error(err)
		}
		if arrived, _ := r.changes(); len(arrived) != want {
			t.Errorf("checked against a configuration in force %v: %d joined, want %d", valid, len(arrived), want)
		}
	}
}

func TestKillSwitchForecastsNothing(t *testing.T) {
	m, forecaster := newMetrics(map[string]float64{"q": 100}), &level{}
	policies := func(kill bool) *Policies {
		p := NewPolicies(fmt.Sprint(kill), []decision.Policy{ratePolicy("a", "m", "q")}, many(1, "a"))
		p.ReactiveOnly = kill
		return p
	}
	p := New(Options{Sources: map[string]Source{"m": m}, Forecaster: forecaster}, policies(true))
	p.Tick(t.Context())
	if forecaster.asked != 0 {
		t.Error("forecast under the kill switch")
	}
	if err := p.Apply(policies(false)); err != nil {
		t.Fatal(err)
	}
	p.Tick(t.Context())
	if forecaster.asked != 1 {
		t.Error("no forecast without it")
	}
	if err := p.Apply(policies(true)); err != nil {
		t.Fatal(err)
	}
	p.Tick(t.Context())
	if forecaster.asked != 1 {
		t.Error("forecast under the kill switch, thrown while running")
	}
}

func TestTickAfterTheEndPublishesNothing(t *testing.T) {
	p := New(Options{}, NewPolicies("h", nil, nil))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p.Tick(ctx)
	if p.Snapshot() != nil {
		t.Error("a snapshot of readings that were cut off")
	}
}

func TestDecisionIDs(t *testing.T) {
	m := newMetrics(map[string]float64{"q": 100})
	p := New(Options{Sources: map[string]Source{"m": m}}, NewPolicies("h", []decision.Policy{ratePolicy("a", "m", "q")}, many(300, "a")))
	seen := make(map[string]bool)
	for range 3 {
		p.Tick(t.Context())
		for e := range p.Snapshot().All {
			if len(e.DecisionID) != 16 || strings.Trim(e.DecisionID, "0123456789abcdef") != "" {
				t.Errorf("id %q", e.DecisionID)
			}
			seen[e.DecisionID] = true
		}
	}
	if len(seen) != 900 {
		t.Errorf("%d ids for 900 decisions", len(seen))
	}
}

// TestSameInputsSameOutcomes runs two pipelines on the same values, with
// their triggers in opposite order, and so with others sharing a worker.
func TestSameInputsSameOutcomes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.SliceOfN(rapid.Float64Range(0, 5000), 4, 4), 1, 8).Draw(t, "values")
		down := rapid.SliceOfN(rapid.Bool(), len(values), len(values)).Draw(t, "down")
		bound := fourPolicies(rapid.IntRange(1, 200).Draw(t, "triggers"))
		first := replay(t, bound, values, down)
		slices.Reverse(bound)
		if replay(t, bound, values, down) != first {
			t.Fatal("two runs on the same inputs differ")
		}
	})
}

func fourPolicies(triggers int) (bound []workload.Trigger) {
	for i := range triggers {
		bound = append(bound, trigger(fmt.Sprint("w", i), fmt.Sprint("p", i%4)))
	}
	return bound
}

// replay ticks once for each row of values and returns every decision, as
// text.
func replay(t *rapid.T, bound []workload.Trigger, values [][]float64, down []bool) string {
	clock := time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)
	m := newMetrics(nil)
	var policies []decision.Policy
	for i := range 4 {
		policies = append(policies, ratePolicy(fmt.Sprint("p", i), "m", fmt.Sprint("q", i)))
	}
	p := New(Options{Sources: map[string]Source{"m": m}, Forecaster: &level{}, Now: func() time.Time { return clock }},
		NewPolicies("h", policies, bound))
	var lines []string
	for tick, row := range values {
		m.answer = func(q signal.Query) signal.Reading {
			if down[tick] {
				return signal.Bad(clock, signal.Empty, "empty")
			}
			return signal.Good(clock, row[q.String()[1]-'0'])
		}
		p.Tick(context.Background())
		for e := range p.Snapshot().All {
			line, err := json.Marshal(e)
			if err != nil {
				t.Fatal(err)
			}
			lines = append(lines, string(line))
		}
		clock = clock.Add(5 * time.Second)
	}
	if len(lines) != len(values)*len(bound) {
		t.Fatalf("%d decisions, want %d ticks of %d", len(lines), len(values), len(bound))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}
