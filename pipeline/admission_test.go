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

// crowdedPipeline has one policy and a cluster that has the ScaledObjects
// named here; sure says whether it tells.
func crowdedPipeline(sure *bool, has ...string) *Pipeline {
	known := map[workload.ID]bool{}
	for _, name := range has {
		known[workload.ID{Namespace: "demo", Name: name}] = true
	}
	return New(Options{
		MaxTriggers: 2000, Sources: map[string]Source{"m": newMetrics(map[string]float64{"q": 100})},
		ScaledObject: func(id workload.ID) (bool, bool) { return known[id], *sure },
	}, NewPolicies("h", []decision.Policy{ratePolicy("a", "m", "q")}, []workload.Trigger{trigger("bound", "a")}))
}

// invent asks for n triggers over some namespaces and returns how many were
// turned away, and the last reason.
func invent(p *Pipeline, n, namespaces int) (turned int, last error) {
	for i := range n {
		id := workload.ID{Namespace: fmt.Sprintf("ns-%d", i%namespaces), Name: fmt.Sprintf("invented-%d", i)}
		if err := p.Seen(workload.Trigger{Workload: id, Policy: "a"}); err != nil {
			turned, last = turned+1, err
		}
	}
	return turned, last
}

// However many names are invented, what the cluster has and the configuration
// binds is decided.
func TestInventedTriggersLockNobodyOut(t *testing.T) {
	for name, c := range map[string]struct {
		sure               bool
		namespaces, admits int
		says               string
	}{
		"no cluster tells":          {false, 10, 2000, "2000 triggers are in use that neither the configuration binds nor the cluster shows"},
		"nor in one namespace":      {false, 1, 1000, "namespace ns-0 has 1000 triggers in use that neither"},
		"the cluster has none":      {true, 10, 1000, "1000 triggers are in use of ScaledObjects that the cluster does not have"},
		"and all in one namespace":  {true, 1, 500, "namespace ns-0 has 500 triggers in use of ScaledObjects that the cluster does not have"},
		"one more than a namespace": {true, 2, 1000, "1000 triggers are in use of ScaledObjects that"},
	} {
		t.Run(name, func(t *testing.T) {
			p := crowdedPipeline(&c.sure, "real")
			turned, err := invent(p, 3000, c.namespaces)
			if turned != 3000-c.admits || err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "find out who asks") {
				t.Errorf("%d turned away, want %d: %v", turned, 3000-c.admits, err)
			}
			p.Found(trigger("found", "a"))
			seen(t, p, trigger("found", "a"))
			wants := []string{"bound", "found"}
			if c.sure { // then a ScaledObject the cluster has is no stranger, whatever its trigger
				seen(t, p, trigger("real", "a"))
				wants = append(wants, "real")
			}
			p.Tick(t.Context())
			checkTen(t, p, wants)
			if got := p.Snapshot().Health.TurnedAway; got < uint64(turned) {
				t.Errorf("%d turned away by the count, want %d", got, turned)
			}
		})
	}
}

func checkTen(t *testing.T, p *Pipeline, names []string) {
	t.Helper()
	for _, want := range names {
		if got := find(t, p, trigger(want, "a")).Replicas; got != 10 {
			t.Errorf("%s: %d replicas, want 10", want, got)
		}
	}
}

// A trigger taken in before the cluster told leaves the room once it does.
func TestFoundTriggerLeavesTheRoom(t *testing.T) {
	sure := false
	p := crowdedPipeline(&sure)
	_, _ = invent(p, 2000, 2)
	late := trigger("late", "a")
	if p.Seen(late) == nil {
		t.Fatal("the room is not full")
	}
	p.Found(workload.Trigger{Workload: workload.ID{Namespace: "ns-0", Name: "invented-0"}, Policy: "a"})
	if err := p.Seen(late); err != nil {
		t.Errorf("a place is free: %v", err)
	}
	if p.Seen(trigger("later", "a")) == nil {
		t.Error("one place was given twice")
	}
}

// Binding and unbinding by a reload keep the count.
func TestBoundTriggersTakeNoRoom(t *testing.T) {
	sure := false
	p := crowdedPipeline(&sure)
	_, _ = invent(p, 2000, 2)
	first := workload.Trigger{Workload: workload.ID{Namespace: "ns-0", Name: "invented-0"}, Policy: "a"}
	policies := []decision.Policy{ratePolicy("a", "m", "q")}
	for i, bound := range [][]workload.Trigger{{first}, nil} {
		if err := p.Apply(NewPolicies(fmt.Sprint(i), policies, bound)); err != nil {
			t.Fatal(err)
		}
		if err := p.Seen(trigger("late", "a")); err != nil {
			t.Errorf("bound %v: %v", bound, err)
		}
	}
	if p.Seen(trigger("later", "a")) == nil {
		t.Error("2001 are in use and one more joined")
	}
}

// In a full room those make way that KEDA has not asked for in two minutes.
func TestUnaskedTriggersMakeWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sure := false
		p := crowdedPipeline(&sure)
		_, _ = invent(p, 2000, 2)
		p.Tick(t.Context())
		asked := workload.Trigger{Workload: workload.ID{Namespace: "ns-1", Name: "invented-1"}, Policy: "a"}
		time.Sleep(2*time.Minute - time.Nanosecond)
		if err := p.Seen(asked); err != nil {
			t.Fatal(err)
		}
		if p.Seen(trigger("new", "a")) == nil {
			t.Error("somebody made way before the time")
		}
		time.Sleep(time.Nanosecond)
		if err := p.Seen(trigger("new", "a")); err != nil {
			t.Errorf("nobody made way: %v", err)
		}
		if turned, err := invent(p, 4, 2); turned != 0 { // they come back, before the tick let go of them
			t.Error(err)
		}
		p.Tick(t.Context())
		if n := p.Snapshot().Len(); n != 6 { // bound, new, asked and three that came back
			t.Errorf("%d triggers are decided, want 6", n)
		}
		if got := find(t, p, asked).Replicas; got != 10 {
			t.Errorf("the one asked for lately: %d replicas", got)
		}
		if users := p.feeds[feedKey{"m", ratePolicy("a", "m", "q").Signals[0].Query}].users; users != 6 {
			t.Errorf("%d users of the feed, want 6", users)
		}
	})
}

// A fleet that comes at once is one line of the log, a few are one each.
func TestFirstDecisionsInBulkAreOneLine(t *testing.T) {
	for n, want := range map[int]struct{ lines, bulk int }{10: {10, 0}, 11: {0, 1}} {
		var out logs
		m := newMetrics(map[string]float64{"q": 100})
		p := New(Options{Sources: map[string]Source{"m": m}, Logger: out.logger()},
			NewPolicies("h", []decision.Policy{ratePolicy("a", "m", "q")}, many(n, "a")))
		p.Tick(t.Context())
		if lines, bulk := out.count("replicas changed"), out.count("many workloads have their first decision"); lines != want.lines || bulk != want.bulk {
			t.Errorf("%d at once: %d lines and %d of all, want %+v", n, lines, bulk, want)
		}
		m.set("q", 200)
		p.Tick(t.Context())
		if lines := out.count("before=10 after=20"); lines != n {
			t.Errorf("%d of %d changes logged", lines, n)
		}
	}
}
