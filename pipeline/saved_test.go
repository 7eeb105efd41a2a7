package pipeline

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/workload"
)

// held runs a policy whose plan is held for ten minutes, on a value that fell.
func held(t *testing.T, memory Memory, value float64, change ...func(*decision.Policy)) (p *Pipeline, stop func()) {
	t.Helper()
	policy := ratePolicy("a", "m", "q")
	policy.ScaleIn.Stabilization = 10 * time.Minute
	for _, c := range change {
		c(&policy)
	}
	p = New(Options{Jitter: -1, Sources: map[string]Source{"m": newMetrics(map[string]float64{"q": value})}, Memory: memory},
		NewPolicies("h", []decision.Policy{policy}, []workload.Trigger{trigger("1", "a")}))
	return p, start(t, p)
}

// A process that was killed had asked for 50: the next one holds them as it would
// have, from its first decision on.
func TestDecisionsGoOnAfterAKill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		memory := newKept()
		_, stop := held(t, memory, 500)
		time.Sleep(keepStatesEvery + time.Second)
		synctest.Wait()
		left := memory.killed()
		stop()
		p, stop := held(t, left, 100)
		synctest.Wait()
		if out := find(t, p, trigger("1", "a")); out.Replicas != 50 {
			t.Errorf("%d replicas at once after the start, want the 50 that are held", out.Replicas)
		}
		stop()
		time.Sleep(p.options.ForgetAfter + time.Minute)
		p, stop = held(t, memory, 100)
		synctest.Wait()
		if out := find(t, p, trigger("1", "a")); out.Replicas != 10 {
			t.Errorf("%d replicas, want what is needed now: what was asked for is half an hour old", out.Replicas)
		}
		stop()
		without, stop := held(t, nil, 100)
		synctest.Wait()
		if out := find(t, without, trigger("1", "a")); out.Replicas != 10 {
			t.Errorf("%d replicas without a memory, want 10: nothing is held, and the test shows nothing", out.Replicas)
		}
		stop()
	})
}

// What was learned of a capacity is good for longer than what was asked for.
func TestOldStatesKeepWhatWasLearned(t *testing.T) {
	now := time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC)
	p := New(Options{}, NewPolicies("h", nil, nil))
	for name, c := range map[string]struct {
		age  time.Duration
		asks decision.Replicas
	}{"fresh": {30 * time.Minute, 7}, "old": {30*time.Minute + 1, 0}, "of a time to come": {-time.Minute - 1, 0}} {
		text, err := json.Marshal(Saved{Trigger: trigger("1", "a"), State: decision.State{
			Decided: true, At: now.Add(-c.age), Asked: 7, Met: true,
			Signals: []decision.Memory{{Name: "requests", Curve: decision.Curve{Buckets: []decision.Bucket{{Index: 3, Weight: 1}}}}},
		}})
		if err != nil {
			t.Fatal(err)
		}
		shard, err := json.Marshal(savedShard{savedVersion, []json.RawMessage{text, []byte(`{"state":{"at":7}}`)}})
		if err != nil {
			t.Fatal(err)
		}
		states := p.statesOf(Learned{Content: shard}, now)
		if len(states) != 1 || states[0].State.Met || states[0].State.Asked != c.asks || len(states[0].State.Signals) != 1 || len(states[0].State.Signals[0].Curve.Buckets) != 1 {
			t.Errorf("%s: %+v", name, states)
		}
	}
}

func TestStatesThatCannotBeReadAreLeftOut(t *testing.T) {
	for name, content := range map[string]string{
		"no JSON": "x", "not ours": `[STATE]`, "nothing": "", "a newer version": `{"version":2,"states":[STATE]}`, "no version": `{}`,
	} {
		synctest.Test(t, func(t *testing.T) {
			text, err := json.Marshal(Saved{Trigger: trigger("1", "a"), State: decision.State{
				Decided: true, At: time.Now(), Asked: 50, Recent: []decision.Recommendation{{At: time.Now(), Replicas: 50}},
			}})
			if err != nil {
				t.Fatal(err)
			}
			memory := newKept()
			for i := range uint64(stateShards) {
				memory.all[shardKey(i)] = Learned{Key: shardKey(i), At: time.Now(), Content: []byte(strings.Replace(content, "STATE", string(text), 1))}
			}
			p, stop := held(t, memory, 100)
			time.Sleep(keepStatesEvery + time.Second)
			synctest.Wait()
			stop()
			if out := find(t, p, trigger("1", "a")); out.Replicas != 10 {
				t.Errorf("%s: %d replicas", name, out.Replicas)
			}
			if got := memory.all[shardKey(shardOf(hashTrigger(trigger("1", "a"))))].Content; !strings.Contains(string(got), `"name":"1"`) && !strings.Contains(string(got), `"Name":"1"`) {
				t.Errorf("%s: it is not written over: %.200s", name, got)
			}
		})
	}
}

// A memory that takes long holds up no decision for longer than the grace, and what
// it says then counts for those that are not decided for yet.
func TestASlowMemoryHoldsNothingUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		memory := newKept()
		_, stop := held(t, memory, 500)
		time.Sleep(2 * time.Minute)
		stop()
		began := time.Now()
		p, stop := held(t, slow{memory, 5 * time.Second}, 100)
		defer stop()
		time.Sleep(time.Second)
		synctest.Wait()
		if s := p.Snapshot(); s == nil || s.At.Sub(began) > time.Second {
			t.Error("the first decision waited longer than a second")
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if out := find(t, p, trigger("1", "a")); out.Replicas != 10 || !p.recalled {
			t.Errorf("%d replicas: what was decided is not undone", out.Replicas)
		}
	})
}

// slow is a Memory that takes its time.
type slow struct {
	*kept

	takes time.Duration
}

func (s slow) Recall(ctx context.Context, keys []string) ([]Learned, error) {
	sleep(ctx, s.takes)
	return s.kept.Recall(ctx, keys)
}
