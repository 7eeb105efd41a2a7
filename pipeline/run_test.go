package pipeline

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/signal"
	"github.com/headstart-scaler/headstart/workload"
)

func TestIntervalsStayInsideTheJitter(t *testing.T) {
	for jitter, bound := range map[float64]time.Duration{0: 500 * time.Millisecond, 0.2: time.Second} { // 0 is the default, 0.1
		synctest.Test(t, func(t *testing.T) {
			var at []time.Time
			p := New(Options{Jitter: jitter, Published: func(s *Snapshot) { at = append(at, s.At) }}, NewPolicies("h", nil, nil))
			stop := start(t, p)
			time.Sleep(20 * time.Minute)
			stop()
			least, most := time.Hour, time.Duration(0)
			for i := 1; i < len(at); i++ {
				least, most = min(least, at[i].Sub(at[i-1])), max(most, at[i].Sub(at[i-1]))
			}
			if least < 5*time.Second-bound || most > 5*time.Second+bound {
				t.Errorf("intervals from %s to %s, want 5 s ± %s", least, most, bound)
			}
			if most-least < bound {
				t.Errorf("intervals from %s to %s: replicas would ask in step", least, most)
			}
			if n := len(at); n < 230 || n > 250 {
				t.Errorf("%d ticks in 20 minutes, want about 240", n)
			}
		})
	}
}

func TestNoJitterTicksExactly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(Options{Jitter: -1}, NewPolicies("h", nil, nil))
		stop := start(t, p)
		time.Sleep(time.Minute - time.Nanosecond)
		synctest.Wait()
		if n := p.Snapshot().Sequence; n != 12 {
			t.Errorf("%d ticks before the minute is over, want 12", n)
		}
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		if n := p.Snapshot().Sequence; n != 13 {
			t.Errorf("%d ticks at the minute, want 13", n)
		}
		stop()
	})
}

func TestOverrunIsCountedNotStacked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out logs
		var starts []time.Duration
		began, running := time.Now(), 0
		p := New(Options{Jitter: -1, Logger: out.logger()}, NewPolicies("h", []decision.Policy{ratePolicy("api", "m", "q")}, many(1, "api")))
		p.decide = func(_ decision.Policy, s decision.State, in decision.Input) (decision.State, decision.Outcome) {
			if running++; running > 1 {
				t.Error("two ticks run at once")
			}
			starts = append(starts, in.At.Sub(began))
			if len(starts) == 2 {
				time.Sleep(12 * time.Second) // of a tick of 5 s
			}
			running--
			return s, decision.Outcome{At: in.At}
		}
		stop := start(t, p)
		time.Sleep(31 * time.Second)
		synctest.Wait()
		stop()
		// The second ends at 17 s: those of 10 s and 15 s were missed.
		want := []time.Duration{0, 5 * time.Second, 20 * time.Second, 25 * time.Second, 30 * time.Second}
		if !slices.Equal(starts, want) {
			t.Errorf("ticks at %v, want %v", starts, want)
		}
		if n := p.Snapshot().Health.Overruns; n != 2 {
			t.Errorf("%d overruns counted, want 2", n)
		}
		if n := out.count("tick overran"); n != 1 {
			t.Errorf("logged %d times, want once", n)
		}
	})
}

func TestNewTriggerIsDecidedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMetrics(map[string]float64{"q": 100, "other": 30})
		p := New(Options{Jitter: -1, Sources: map[string]Source{"m": m}},
			NewPolicies("h", []decision.Policy{ratePolicy("api", "m", "q"), ratePolicy("new", "m", "other")}, many(1, "api")))
		stop := start(t, p)
		defer stop()
		time.Sleep(time.Second)
		before := find(t, p, trigger("w-0", "api"))

		seen(t, p, trigger("fresh", "new"))
		synctest.Wait()
		if got := find(t, p, trigger("fresh", "new")).Replicas; got != 3 {
			t.Errorf("asked for %d replicas, want 3", got)
		}
		if after := find(t, p, trigger("w-0", "api")); !after.At.Equal(before.At) {
			t.Error("an early tick decided anew for a trigger that has its decision")
		}
		if calls := m.asked(); len(calls) != 2 || len(calls[1]) != 1 {
			t.Errorf("calls %v, want a second one with the new query alone", calls)
		}
	})
}

func TestEarlyTicksAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMetrics(map[string]float64{"q": 100})
		p := New(Options{Jitter: -1, Sources: map[string]Source{"m": m}}, NewPolicies("h", []decision.Policy{ratePolicy("api", "m", "q")}, nil))
		stop := start(t, p)
		defer stop()
		synctest.Wait()
		first := p.Snapshot().Sequence
		for _, x := range many(1000, "api") { // one a millisecond: a second of arrivals
			seen(t, p, x)
			time.Sleep(time.Millisecond)
		}
		synctest.Wait()
		if n := p.Snapshot().Sequence - first; n < 4 || n > 5 {
			t.Errorf("%d early ticks in a second, want 4 or 5", n)
		}
		time.Sleep(earlyPause)
		synctest.Wait()
		if n := p.Snapshot().Len(); n != 1000 {
			t.Errorf("%d triggers decided %s after the last came, want 1000", n, earlyPause)
		}
	})
}

// halfDead has demo/one on a live source and demo/two on a dead one, which
// answers nothing, whatever its context says, until released.
type halfDead struct {
	*Pipeline
	dead    *metrics
	release chan struct{}
	logs    *logs
	took    []time.Duration // from when a tick was due to its snapshot
}

func newHalfDead() *halfDead {
	h := &halfDead{dead: newMetrics(map[string]float64{"q": 100}), release: make(chan struct{}), logs: &logs{}}
	h.dead.before = func(context.Context, int) { <-h.release }
	due := time.Now()
	h.Pipeline = New(Options{
		Jitter: -1, Logger: h.logs.logger(),
		Sources:   map[string]Source{"live": newMetrics(map[string]float64{"q": 100}), "dead": h.dead},
		Published: func(s *Snapshot) { h.took = append(h.took, s.At.Sub(due)); due = due.Add(5 * time.Second) },
	}, NewPolicies("h", []decision.Policy{ratePolicy("a", "live", "q"), ratePolicy("b", "dead", "q")},
		[]workload.Trigger{trigger("one", "a"), trigger("two", "b")}))
	return h
}

func TestDeadSourceDelaysNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newHalfDead()
		stop := start(t, p.Pipeline)
		time.Sleep(18 * time.Second)
		synctest.Wait()
		if want := []time.Duration{time.Second, 0, 0, 0}; !slices.Equal(p.took, want) {
			t.Errorf("ticks took %v, want %v: the first waits for the grace and no other does", p.took, want)
		}
		if got := find(t, p.Pipeline, trigger("one", "a")); got.Replicas != 10 || got.Inputs[0].Age != 0 {
			t.Errorf("the live source's workload got %d replicas of data %s old, want 10 of now", got.Replicas, got.Inputs[0].Age)
		}
		if got := find(t, p.Pipeline, trigger("two", "b")); !strings.Contains(got.Refusal, "source dead has not answered since it was first asked at") {
			t.Errorf("a workload never measured got %d replicas, %q", got.Replicas, got.Refusal)
		}
		if n := len(p.dead.asked()); n != 1 {
			t.Errorf("the dead source was called %d times while its first call ran", n)
		}
		if s := p.Snapshot().Health.Sources[0]; s.Name != "dead" || !s.Late || s.Errors[signal.Unreachable] != 4 || !s.Answered.IsZero() {
			t.Errorf("health of the dead source: %+v", s)
		}
		close(p.release)
		stop()
	})
}

func TestDeadSourceComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newHalfDead()
		stop := start(t, p.Pipeline)
		time.Sleep(18 * time.Second)
		close(p.release)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if got := find(t, p.Pipeline, trigger("two", "b")).Replicas; got != 10 {
			t.Errorf("after its source came back the workload got %d replicas, want 10", got)
		}
		if down, up := p.logs.count("source fell silent"), p.logs.count("source is back"); down != 1 || up != 1 {
			t.Errorf("silence logged %d times and its end %d times, want once each", down, up)
		}
		stop()
	})
}

func TestLateAnswerServesTheNextTick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMetrics(map[string]float64{"q": 100})
		m.before = func(ctx context.Context, _ int) { sleep(ctx, 1500*time.Millisecond) } // grace 1 s, timeout 2 s
		p := New(Options{Jitter: -1, Sources: map[string]Source{"m": m}}, NewPolicies("h", []decision.Policy{ratePolicy("api", "m", "q")}, many(1, "api")))
		stop := start(t, p)
		defer stop()
		time.Sleep(4 * time.Second)
		if got := find(t, p, trigger("w-0", "api")); got.Refusal == "" {
			t.Errorf("decided %d replicas without an answer", got.Replicas)
		}
		time.Sleep(2 * time.Second)
		got := find(t, p, trigger("w-0", "api"))
		if got.Replicas != 10 || got.Inputs[0].Age != 3500*time.Millisecond {
			t.Errorf("got %d replicas of data %s old, want 10 of data 3.5 s old", got.Replicas, got.Inputs[0].Age)
		}
		m.mu.Lock()
		m.before = nil
		m.mu.Unlock()
		time.Sleep(10 * time.Second)
		if got := find(t, p, trigger("w-0", "api")); got.Inputs[0].Age != 0 {
			t.Errorf("a source that is quick again is not waited for: data %s old", got.Inputs[0].Age)
		}
	})
}

func TestAnswerThatIsTooLateIsStale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMetrics(map[string]float64{"q": 100})
		release := make(chan struct{})
		began := time.Now()
		m.answer = func(signal.Query) signal.Reading { return signal.Good(began, 100) }
		m.before = func(ctx context.Context, call int) {
			if call == 1 {
				<-release
				return
			}
			sleep(ctx, time.Second)
		}
		p := New(Options{Jitter: -1, Sources: map[string]Source{"m": m}}, NewPolicies("h", []decision.Policy{ratePolicy("api", "m", "q")}, many(1, "api")))
		p.Tick(t.Context())
		fresh := p.freshFor(p.readers[0])
		time.Sleep(fresh + time.Millisecond)
		close(release)
		synctest.Wait()
		p.Tick(t.Context()) // collects, and starts a call it does not wait for
		if c := p.feeds[feedKey{"m", signal.Expression{PromQL: "q"}}].reading.Condition; c != signal.Stale {
			t.Errorf("an answer %s late is %s, want stale", fresh, c)
		}
		p.calls.Wait()
	})
}
