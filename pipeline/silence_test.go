package pipeline

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/signal"
)

// A source that ignores its deadline does not keep its last good reading: the
// next tick holds the value, and after the policy's hold it is stale.
func TestSourceThatIgnoresItsDeadlineGoesStale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		m := newMetrics(map[string]float64{"q": 100})
		m.before = func(_ context.Context, call int) {
			if call > 1 {
				<-release
			}
		}
		p := New(Options{Sources: map[string]Source{"m": m}}, NewPolicies("h", []decision.Policy{ratePolicy("a", "m", "q")}, many(1, "a")))
		p.Tick(t.Context())
		if in := find(t, p, trigger("w-0", "a")).Inputs[0]; in.Condition != signal.Fine {
			t.Fatalf("first read: %+v", in)
		}
		for range 11 { // just below a minute, the policy's HoldFor
			time.Sleep(5 * time.Second)
			p.Tick(t.Context()) // the first waits a second, the grace
			out := find(t, p, trigger("w-0", "a"))
			if in := out.Inputs[0]; in.Condition != signal.Unreachable || out.Replicas != 10 || out.Refusal != "" {
				t.Fatalf("while it hangs: %d replicas (%s) of %+v, want 10 held", out.Replicas, out.Refusal, in)
			}
		}
		time.Sleep(5 * time.Second)
		p.Tick(t.Context()) // 61 s after the last good reading
		if out := find(t, p, trigger("w-0", "a")); !out.Stale || out.Inputs[0].Condition != signal.Unreachable {
			t.Errorf("beyond the hold: %+v, want it stale", out)
		}
		close(release)
		p.calls.Wait()
	})
}

// A trigger that joins while a reload is judged is judged too, before the
// reload is in force.
func TestTriggerThatJoinsDuringAReloadCounts(t *testing.T) {
	a, b := ratePolicy("a", "m", "q"), ratePolicy("b", "m", "q")
	p := New(Options{Sources: map[string]Source{"m": newMetrics(nil)}}, NewPolicies("1", []decision.Policy{a, b}, nil))
	_, newest := p.roster.asked(p.now().Add(-time.Hour)) // what Apply looks at first
	if err := p.Seen(trigger("meanwhile", "a")); err != nil {
		t.Fatal(err)
	}
	without, stored := NewPolicies("2", []decision.Policy{b}, nil), false
	err := p.roster.swap(newest, without, func() { stored = true })
	if err == nil || !strings.Contains(err.Error(), "policy a is missing and demo/meanwhile uses it") || stored {
		t.Errorf("the reload took a policy away that had come into use: %v, in force %v", err, stored)
	}
	if err := p.roster.swap(newest, NewPolicies("3", []decision.Policy{a}, nil), func() { stored = true }); err != nil || !stored {
		t.Errorf("a reload that keeps it: %v, in force %v", err, stored)
	}
}
