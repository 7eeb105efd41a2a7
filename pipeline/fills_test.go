package pipeline

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/signal"
	"github.com/headstart-scaler/headstart/workload"
)

// archive is a source that knows the past.
type archive struct {
	*metrics
	mu      sync.Mutex
	asked   int
	running int
	most    int
	take    time.Duration
	fail    int // of the first calls
	crash   bool
}

func (a *archive) History(ctx context.Context, _ signal.Query, from, to time.Time, step time.Duration) ([]signal.Sample, error) {
	a.mu.Lock()
	a.asked++
	call := a.asked
	a.running++
	a.most = max(a.most, a.running)
	a.mu.Unlock()
	defer func() {
		a.mu.Lock()
		a.running--
		a.mu.Unlock()
	}()
	sleep(ctx, a.take)
	if a.crash {
		panic("boom")
	}
	if call <= a.fail {
		return nil, errors.New("refused")
	}
	var out []signal.Sample
	for at := from; !at.After(to); at = at.Add(step) {
		out = append(out, signal.Sample{At: at, Value: 42})
	}
	return out, nil
}

func TestHistoryIsFilledWithoutDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &archive{metrics: newMetrics(map[string]float64{"q": 100}), take: 12 * time.Second}
		p := New(Options{Jitter: -1, Sources: map[string]Source{"m": a}, Forecaster: &level{}},
			NewPolicies("h", []decision.Policy{ratePolicy("a", "m", "q"), backlogPolicy("lag", "m", "g")}, []workload.Trigger{trigger("1", "a"), trigger("2", "lag")}))
		began := time.Now()
		stop := start(t, p)
		defer stop()
		synctest.Wait()
		if s := p.Snapshot(); s == nil || !s.At.Equal(began) {
			t.Error("the first tick waited for the past")
		}
		time.Sleep(16 * time.Second)
		synctest.Wait()
		series := p.feeds[feedKey{"m", signal.Expression{PromQL: "q"}}].series
		if n := series.Len(); n != 360 {
			t.Errorf("%d samples, want half an hour of them", n)
		}
		all := series.Since(time.Time{}, nil)
		if first, last := all[0], all[len(all)-1]; first.Value != 42 || last.Value != 100 || !last.At.Equal(began.Add(15*time.Second)) {
			t.Errorf("series from %v to %v", first, last)
		}
		if a.asked != 1 {
			t.Errorf("asked %d times, want once, and not for arrivals", a.asked)
		}
	})
}

func TestHistoryIsAskedForAgain(t *testing.T) {
	for name, c := range map[string]struct {
		fail, asked, samples int
		crash                bool
	}{
		"after failures":      {fail: 4, asked: 5, samples: 360},
		"but not for ever":    {fail: 5, asked: 5, samples: 61},
		"whatever goes wrong": {crash: true, asked: 5, samples: 61},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var out logs
				a := &archive{metrics: newMetrics(map[string]float64{"q": 100}), fail: c.fail, crash: c.crash}
				p := New(Options{Jitter: -1, Sources: map[string]Source{"m": a}, Forecaster: &level{}, Logger: out.logger()},
					NewPolicies("h", []decision.Policy{ratePolicy("a", "m", "q")}, many(1, "a")))
				stop := start(t, p)
				time.Sleep(5*time.Minute + time.Second)
				synctest.Wait()
				stop()
				if a.asked != c.asked || p.feeds[feedKey{"m", signal.Expression{PromQL: "q"}}].series.Len() != c.samples {
					t.Errorf("asked %d times for %d samples, want %d and %d",
						a.asked, p.feeds[feedKey{"m", signal.Expression{PromQL: "q"}}].series.Len(), c.asked, c.samples)
				}
				if n := out.count("history could not be read"); n == 0 || n > 2 {
					t.Errorf("logged %d times", n)
				}
			})
		})
	}
}

func TestHistoryPressesNoSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &archive{metrics: newMetrics(nil), take: time.Second}
		var policies []decision.Policy
		var bound []workload.Trigger
		for _, x := range many(20, "") {
			x.Policy = x.Workload.Name
			policies, bound = append(policies, ratePolicy(x.Policy, "m", x.Policy)), append(bound, x)
		}
		p := New(Options{Sources: map[string]Source{"m": a}, Forecaster: &level{}}, NewPolicies("h", policies, bound))
		stop := start(t, p)
		time.Sleep(time.Minute)
		stop()
		if a.asked != 20 || a.most != fillWorkers {
			t.Errorf("asked %d times, %d at a time; want 20 and %d", a.asked, a.most, fillWorkers)
		}
	})
}

// A model learns from weeks before anybody waits for it, and then from what was
// seen since.
func TestAModelLearnsFromThePast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &archive{metrics: newMetrics(map[string]float64{"q": 100}), take: 12 * time.Second}
		var made []*hearing
		p := New(Options{
			Jitter: -1, Sources: map[string]Source{"m": a}, Forecaster: &level{}, Past: 24 * time.Hour,
			Model: func() Model { h := &hearing{}; made = append(made, h); return h },
		}, NewPolicies("h", []decision.Policy{ratePolicy("a", "m", "q")}, []workload.Trigger{trigger("1", "a")}))
		stop := start(t, p)
		defer stop()
		time.Sleep(31 * time.Second)
		synctest.Wait()
		f := p.feeds[feedKey{"m", signal.Expression{PromQL: "q"}}]
		if len(made) != 2 || f.model != Model(made[1]) {
			t.Fatalf("%d models, want one that learns at once and one from the past, which counts", len(made))
		}
		// A day of minutes, the half hour of ticks that follows it, and those since.
		if n := made[1].seen; n < 24*60+300 {
			t.Errorf("it saw %d samples", n)
		}
		if a.asked != 2 {
			t.Errorf("asked %d times, want for the last half hour and for the past", a.asked)
		}
	})
}
