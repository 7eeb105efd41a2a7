package pipeline

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/signal"
)

// heeds makes a source that takes d and answers only if it was given that long.
func heeds(m *metrics, d time.Duration) {
	m.before = func(ctx context.Context, _ int) {
		sleep(ctx, d)
		m.mu.Lock()
		defer m.mu.Unlock()
		m.answer = nil
		if ctx.Err() != nil {
			m.answer = func(signal.Query) signal.Reading { return signal.Bad(time.Now(), signal.Unreachable, "cut off") }
		}
	}
}

// A source that may take longer than the others is read as long, its values
// arriving a tick late; the others keep their deadline.
func TestEachSourceHasItsOwnTimeout(t *testing.T) {
	for name, c := range map[string]struct {
		own  map[string]time.Duration
		want signal.Condition
	}{
		"its own":        {map[string]time.Duration{"m": 10 * time.Second}, signal.Fine},
		"just enough":    {map[string]time.Duration{"m": 2501 * time.Millisecond}, signal.Fine},
		"just too short": {map[string]time.Duration{"m": 2499 * time.Millisecond}, signal.Unreachable},
		"another's":      {map[string]time.Duration{"n": 10 * time.Second}, signal.Unreachable},
		"none":           {nil, signal.Unreachable},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newMetrics(map[string]float64{"q": 100})
				heeds(m, 2500*time.Millisecond)
				p := New(Options{Jitter: -1, Sources: map[string]Source{"m": m}, SourceTimeouts: c.own},
					NewPolicies("h", []decision.Policy{ratePolicy("api", "m", "q")}, many(1, "api")))
				stop := start(t, p)
				defer stop()
				for range 5 { // from the second tick on, each has the value read since the one before
					time.Sleep(5*time.Second + time.Millisecond)
					synctest.Wait()
					got := find(t, p, trigger("w-0", "api")).Inputs[0]
					if got.Condition != c.want {
						t.Fatalf("condition %s, want %s", got.Condition, c.want)
					}
				}
			})
		})
	}
}
