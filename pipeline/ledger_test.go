package pipeline

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/workload"
)

// fiveTicks decides demo/api by a and b, and demo/web by a, five times, with
// loads that make a's replicas 10, 10, 30, 30 and 50.
func fiveTicks(t *testing.T) (p *Pipeline, began time.Time) {
	m := newMetrics(map[string]float64{"q": 100, "q2": 10})
	p = New(Options{Sources: map[string]Source{"m": m}},
		NewPolicies("h", []decision.Policy{ratePolicy("a", "m", "q"), ratePolicy("b", "m", "q2")},
			[]workload.Trigger{trigger("api", "a"), trigger("api", "b"), trigger("web", "a")}))
	if _, err := p.Explain(trigger("api", "").Workload, "", time.Time{}); err == nil || !strings.Contains(err.Error(), "no decision yet") {
		t.Errorf("before the first tick: %v", err)
	}
	began = time.Now()
	for _, load := range []float64{100, 100, 300, 300, 500} {
		m.set("q", load)
		p.Tick(t.Context())
		time.Sleep(5 * time.Second)
	}
	return p, began
}

func TestExplain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, began := fiveTicks(t)
		id := trigger("api", "").Workload
		at := func(d time.Duration) time.Time { return began.Add(d) }
		for _, c := range []struct {
			at       time.Time
			replicas decision.Replicas
			made     time.Duration // when the decision shown was made
		}{
			{time.Time{}, 50, 20 * time.Second},
			{at(0), 10, 0},
			{at(9 * time.Second), 10, 0},
			{at(10*time.Second - 1), 10, 0},
			{at(10 * time.Second), 30, 10 * time.Second},
			{at(19 * time.Second), 30, 10 * time.Second},
			{at(20 * time.Second), 50, 20 * time.Second},
			{at(25 * time.Second), 50, 20 * time.Second},
		} {
			got, err := p.Explain(id, "a", c.at)
			if err != nil || len(got) != 1 || got[0].Outcome.Replicas != c.replicas || got[0].Outcome.At != at(c.made) {
				t.Errorf("at %s: %v, %v; want %d replicas", c.at, got, err, c.replicas)
			}
		}
		if both, err := p.Explain(id, "", time.Time{}); err != nil || len(both) != 2 || both[0].Trigger.Policy != "a" {
			t.Errorf("of any policy: %v, %v", both, err)
		}
	})
}

func TestExplainSaysWhatIsKnownInstead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, began := fiveTicks(t)
		id := trigger("api", "").Workload
		for _, c := range []struct {
			id     workload.ID
			policy string
			at     time.Time
			want   string
		}{
			{id, "a", began.Add(-time.Nanosecond), "the ledger in memory reaches back to " + stamp(began)},
			{id, "a", began.Add(26 * time.Second), "lies ahead"},
			{id, "c", time.Time{}, `policy "c" does not decide for it: policy a, b does`},
			{workload.ID{Namespace: "demo", Name: "apj"}, "", time.Time{}, "did you mean demo/api?"},
			{workload.ID{Namespace: "other", Name: "something"}, "", time.Time{}, "KEDA has asked for demo/api, demo/web"},
		} {
			if _, err := p.Explain(c.id, c.policy, c.at); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s by %q at %s: error %v, want … %s", c.id, c.policy, c.at, err, c.want)
			}
		}
	})
}

func TestLedgerKeepsTheNewest(t *testing.T) {
	var l ledger
	began := time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)
	for i := range 40 {
		l.record(began.Add(time.Duration(i)*time.Second), &Entry{DecisionID: fmt.Sprint(i)}, ledgerMost)
	}
	if e, _ := l.at(began.Add(8 * time.Second)); e == nil || e.DecisionID != "8" {
		t.Errorf("the oldest kept is %v, want 8", e)
	}
	if e, oldest := l.at(began.Add(8*time.Second - 1)); e != nil || oldest != began.Add(8*time.Second) {
		t.Errorf("before the oldest: %v, reaching back to %s", e, oldest)
	}
	l.record(began.Add(time.Minute), &Entry{DecisionID: "last"}, 4)
	if len(l.records) != 4 {
		t.Errorf("%d kept of a depth of 4", len(l.records))
	}
}

func TestLedgerDepth(t *testing.T) {
	for n, want := range map[int]int{0: 32, 1: 32, 2000: 32, 2001: 31, 10_000: 6, 16_000: 4, 20_000: 4} {
		if got := ledgerDepth(n); got != want {
			t.Errorf("%d triggers keep %d outcomes each, want %d", n, got, want)
		}
	}
}
