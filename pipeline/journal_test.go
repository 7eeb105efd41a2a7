package pipeline

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/signal"
)

func TestOnlyTransitionsAreLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out logs
		m := newMetrics(map[string]float64{"q": 100})
		p := New(Options{Jitter: -1, Sources: map[string]Source{"m": m}, Logger: out.logger()},
			NewPolicies("h", []decision.Policy{ratePolicy("api", "m", "q")}, many(1, "api")))
		expect := func(when string, changed, stale, back int) {
			t.Helper()
			if a, b, c := out.count("replicas changed"), out.count("signals went stale"), out.count("signals are back"); a != changed || b != stale || c != back {
				t.Errorf("%s: %d changes, %d stale, %d back; want %d, %d, %d", when, a, b, c, changed, stale, back)
			}
		}
		stop := start(t, p)
		defer stop()
		time.Sleep(time.Second) // between two ticks
		time.Sleep(time.Minute)
		expect("steady", 1, 0, 0)
		if out.count(`after=10 why="rate:requests: 100/s now; at 10/s each, 10 → 10"`) != 1 || out.count("before=") != 0 || out.count("decision_id=") != 1 {
			t.Errorf("the log says\n%s", out.buf.String())
		}
		m.set("q", 150)
		time.Sleep(time.Minute)
		expect("after a change", 2, 0, 0)
		m.mu.Lock()
		m.answer = func(signal.Query) signal.Reading { return signal.Bad(time.Now(), signal.Empty, "gone") }
		m.mu.Unlock()
		time.Sleep(time.Minute)
		expect("held", 2, 0, 0)
		time.Sleep(time.Minute)
		expect("stale", 2, 1, 0)
		if out.count("requests (empty)") != 1 {
			t.Errorf("the log names no signal:\n%s", out.buf.String())
		}
		m.mu.Lock()
		m.answer = nil
		m.mu.Unlock()
		time.Sleep(time.Minute)
		expect("back", 2, 1, 1)
	})
}

func TestRefusalIsLoggedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out logs
		p := New(Options{Jitter: -1, Sources: map[string]Source{"m": newMetrics(nil)}, Logger: out.logger()},
			NewPolicies("h", []decision.Policy{ratePolicy("api", "m", "q")}, many(1, "api")))
		stop := start(t, p)
		time.Sleep(time.Minute)
		stop()
		if n := out.count("no answer can be given"); n != 1 {
			t.Errorf("logged %d times, want once", n)
		}
		if n := out.count("fell silent"); n != 0 {
			t.Error("a source that answers that nothing matches is called silent")
		}
	})
}

func TestRunEndsThoughASourceHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		m := newMetrics(map[string]float64{"q": 100})
		m.before = func(context.Context, int) { <-release }
		p := New(Options{Sources: map[string]Source{"m": m}}, NewPolicies("h", []decision.Policy{ratePolicy("api", "m", "q")}, many(1, "api")))
		stop := start(t, p)
		time.Sleep(7 * time.Second)
		began := time.Now()
		stop()
		if took := time.Since(began); took != 2*time.Second {
			t.Errorf("Run ended after %s, want the source's timeout of 2 s", took)
		}
		close(release)
	})
}

func TestRunEndsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMetrics(map[string]float64{"q": 100})
		m.before = func(ctx context.Context, _ int) { sleep(ctx, time.Hour) }
		p := New(Options{Sources: map[string]Source{"m": m}, SourceTimeout: time.Hour, Grace: time.Minute},
			NewPolicies("h", []decision.Policy{ratePolicy("api", "m", "q")}, many(1, "api")))
		stop := start(t, p)
		time.Sleep(time.Second)
		began := time.Now()
		stop()
		if took := time.Since(began); took != 0 {
			t.Errorf("Run ended after %s though its source heeds the context", took)
		}
		if p.Snapshot() != nil {
			t.Error("a tick cut off was published")
		}
	})
}

func TestNewTriggerOfASlowSourceWaitsItsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMetrics(map[string]float64{"q": 100, "q2": 50})
		m.before = func(ctx context.Context, _ int) { sleep(ctx, 1500*time.Millisecond) }
		p := New(Options{Jitter: -1, Sources: map[string]Source{"m": m}},
			NewPolicies("h", []decision.Policy{ratePolicy("a", "m", "q"), ratePolicy("b", "m", "q2")}, many(1, "a")))
		stop := start(t, p)
		defer stop()
		time.Sleep(7 * time.Second)
		seen(t, p, trigger("new", "b"))
		synctest.Wait()
		if got := find(t, p, trigger("new", "b")); got.Refusal == "" {
			t.Errorf("decided %d replicas without a reading", got.Replicas)
		}
		if n := len(m.asked()); n != 2 {
			t.Errorf("the slow source was asked %d times by 7 s, want at 0 s and 5 s", n)
		}
		time.Sleep(8*time.Second + time.Millisecond)
		synctest.Wait()
		if got := find(t, p, trigger("new", "b")).Replicas; got != 5 {
			t.Errorf("got %d replicas at 15 s, want 5 by the answer to the call of 10 s", got)
		}
	})
}
