package pipeline

import (
	"strings"
	"testing"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/signal"
	"github.com/headstart-scaler/headstart/workload"
)

func override32(n int32) workload.Override { return workload.Override{Set: true, Value: n} }

func policiesForOverrides() *Policies {
	two := backlogPolicy("two", "k", "a")
	two.Signals = append(two.Signals, backlogPolicy("x", "k", "b").Signals...)
	two.Signals[1].Name = "lag2"
	vars := backlogPolicy("vars", "k", "${namespace}-${name}")
	vars.Signals[0].Query = signal.ConsumerGroup{Group: "${namespace}-${name}", Pattern: "^${name}\\.in$"}
	vars.Signals = append(vars.Signals, ratePolicy("", "m", `sum(rate(http_total{ns="${namespace}",app="${name}"}[1m]))`).Signals...)
	return NewPolicies("h", []decision.Policy{
		ratePolicy("lobby", "m", "q"), backlogPolicy("deposits", "k", "g"), two, vars, ratePolicy("wrong", "m", "${pod}"),
	}, nil)
}

func TestEffectiveAppliesOverrides(t *testing.T) {
	p := policiesForOverrides()
	x := trigger("pay.in", "deposits")
	x.Overrides = workload.Overrides{
		Min: override32(0), Max: override32(7), Mode: "shadow", ConsumerGroup: "other", Topic: "t-2",
	}
	got, err := p.Effective(x)
	if err != nil {
		t.Fatal(err)
	}
	if got.Min != 0 || got.Max != 7 || got.Mode != decision.Shadow {
		t.Errorf("got min %d, max %d, mode %s", got.Min, got.Max, got.Mode)
	}
	if want := (signal.ConsumerGroup{Group: "other", Topics: "t-2"}); got.Signals[0].Query != want {
		t.Errorf("query %+v, want %+v", got.Signals[0].Query, want)
	}
	base, _ := p.Policy("deposits")
	if base.Min != 1 || base.Signals[0].Query != (signal.ConsumerGroup{Group: "g", Topics: "t"}) {
		t.Errorf("the policy itself was changed: %+v", base)
	}
}

func TestEffectiveExpandsVariables(t *testing.T) {
	got, err := policiesForOverrides().Effective(trigger("pay.in", "vars"))
	if err != nil {
		t.Fatal(err)
	}
	if want := (signal.ConsumerGroup{Group: "demo-pay.in", Pattern: `^pay\.in\.in$`}); got.Signals[0].Query != want {
		t.Errorf("query %+v, want %+v", got.Signals[0].Query, want)
	}
	if want := `sum(rate(http_total{ns="demo",app="pay.in"}[1m]))`; got.Signals[1].Query.String() != want {
		t.Errorf("query %s, want %s", got.Signals[1].Query, want)
	}
}

func TestEffectiveRefusals(t *testing.T) {
	p := policiesForOverrides()
	for name, c := range map[string]struct {
		policy, want string
		o            workload.Overrides
	}{
		"unknown policy":        {policy: "loby", want: `policy "loby" does not exist: did you mean lobby? known policies: deposits, lobby, two, vars, wrong`},
		"far policy":            {policy: "zzzzzzzzz", want: "known policies: deposits"},
		"max below policy min":  {policy: "lobby", o: workload.Overrides{Max: override32(0)}, want: "maxReplicas: found 0: write 1 or more"},
		"min above policy max":  {policy: "lobby", o: workload.Overrides{Min: override32(101)}, want: "minReplicas 101 (of the trigger's metadata) is above maxReplicas 100 (of policy lobby)"},
		"min above max":         {policy: "lobby", o: workload.Overrides{Min: override32(9), Max: override32(8)}, want: "raise maxReplicas or lower minReplicas"},
		"negative min":          {policy: "lobby", o: workload.Overrides{Min: override32(-1)}, want: "minReplicas: found -1: write 0 or more"},
		"mode":                  {policy: "lobby", o: workload.Overrides{Mode: "enforced"}, want: "write shadow, advise or enforce"},
		"group without backlog": {policy: "lobby", o: workload.Overrides{ConsumerGroup: "g"}, want: "consumerGroup: policy lobby reads no consumer group"},
		"topic without backlog": {policy: "lobby", o: workload.Overrides{Topic: "t"}, want: "topic: policy lobby reads no consumer group"},
		"group of two":          {policy: "two", o: workload.Overrides{ConsumerGroup: "g"}, want: "reads 2 consumer groups (lag, lag2)"},
		"long group":            {policy: "deposits", o: workload.Overrides{ConsumerGroup: strings.Repeat("g", 254)}, want: "found 254 bytes"},
		"topic":                 {policy: "deposits", o: workload.Overrides{Topic: "a,b"}, want: `topic: found "a,b"`},
		"variable":              {policy: "wrong", want: "unknown variable ${pod}: write ${namespace} or ${name}"},
	} {
		x := trigger("lobby", c.policy)
		x.Overrides = c.o
		_, err := p.Effective(x)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "demo/lobby: ") {
			t.Errorf("%s: error %v, want demo/lobby: … %s", name, err, c.want)
		}
	}
}

func TestEffectiveAtTheBounds(t *testing.T) {
	p := policiesForOverrides()
	for _, o := range []workload.Overrides{
		{Min: override32(100)}, {Max: override32(1)}, {Min: override32(5), Max: override32(5)},
	} {
		x := trigger("lobby", "lobby")
		x.Overrides = o
		if _, err := p.Effective(x); err != nil {
			t.Errorf("%+v: %v", o, err)
		}
	}
	long := trigger("pay", "deposits")
	long.ConsumerGroup = strings.Repeat("g", 253)
	if _, err := p.Effective(long); err != nil {
		t.Error(err)
	}
}

func TestNamesThatNoObjectHas(t *testing.T) {
	p := policiesForOverrides()
	for _, id := range []workload.ID{{}, {Namespace: "demo"}, {Namespace: "demo", Name: `a"} or vector(9)`}, {Namespace: "a.b", Name: "x"}} {
		if _, err := p.Effective(workload.Trigger{Workload: id, Policy: "lobby"}); err == nil {
			t.Errorf("%+v was accepted", id)
		}
	}
}

func TestKnownPoliciesAreBounded(t *testing.T) {
	var all []decision.Policy
	for _, x := range many(500, "") {
		all = append(all, ratePolicy(x.Workload.Name, "m", "q"))
	}
	_, err := NewPolicies("h", all, nil).Effective(trigger("x", strings.Repeat("n", 10_000)))
	if err == nil || len(err.Error()) > 500 || !strings.Contains(err.Error(), "and 488 more") {
		t.Errorf("error %v", err)
	}
}

func TestTwoPoliciesOfOneNamePanic(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	NewPolicies("h", []decision.Policy{{Name: "a"}, {Name: "a"}}, nil)
}

func TestCheckAndSeenDoNotAllocate(t *testing.T) {
	p := New(Options{}, policiesForOverrides())
	x := trigger("pay", "vars")
	x.Min = override32(1)
	if err := p.Check(x); err != nil {
		t.Fatal(err)
	}
	seen(t, p, x)
	if n := testing.AllocsPerRun(100, func() {
		if p.Check(x) != nil {
			t.Error("refused")
		}
		seen(t, p, x)
	}); n != 0 {
		t.Errorf("%g allocations a call", n)
	}
}

func TestTheCacheIsBounded(t *testing.T) {
	p := policiesForOverrides()
	for i := range int32(resolvedLimit + 10) {
		x := trigger("pay", "vars")
		x.Max = override32(i + 1)
		if _, err := p.resolve(x); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(p.resolved); n != resolvedLimit {
		t.Errorf("%d triggers remembered, want %d", n, resolvedLimit)
	}
}
