package pipeline

import (
	"context"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/forecast"
	"github.com/headstart-scaler/headstart/signal"
	"github.com/headstart-scaler/headstart/workload"
)

// lasting is an event in force, some time after now.
func lasting(t *testing.T, now time.Time, after, lasts time.Duration, change func(*calendar.Event)) *Agenda {
	t.Helper()
	begin := calendar.WallOf(now.UTC().Add(after))
	e := &calendar.Event{
		ID: "e", Title: "E", Window: calendar.Window{Start: begin, End: begin.Add(lasts), Zone: time.UTC},
		Impact: calendar.Impact{Multiplier: 3}, Confidence: 1, Status: calendar.Confirmed,
	}
	if change != nil {
		change(e)
	}
	s, err := calendar.NewSchedule([]*calendar.Event{e})
	if err != nil {
		t.Fatal(err)
	}
	return &Agenda{Timeline: s.Timeline(nil, now.Add(-time.Hour), now.Add(48*time.Hour))}
}

// meanPlan is the mean plan of shop/api over 25 minutes of a noisy rate, from
// 35 minutes on; other/acme shares its query.
func meanPlan(t *testing.T, agenda func(now time.Time) *Agenda) (mean float64) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		x, y := trigger("shop", "api"), trigger("other", "acme")
		acme, api := ratePolicy("acme", "metrics", "rate"), ratePolicy("api", "metrics", "rate")
		acme.Labels, acme.Max, api.Max = map[string]string{"brand": "acme"}, 1000, 1000
		noise := rand.New(rand.NewPCG(1, 2))
		source := newMetrics(nil)
		source.answer = func(signal.Query) signal.Reading {
			return signal.Good(time.Now(), max(1, 200+60*noise.NormFloat64()))
		}
		p := New(Options{Jitter: -1, Forecaster: forecast.Hold{}, Sources: map[string]Source{"metrics": source}},
			NewPolicies("h", []decision.Policy{acme, api}, []workload.Trigger{x, y}))
		p.Follow(agenda(time.Now()))
		stop := start(t, p)
		defer stop()
		time.Sleep(35 * time.Minute)
		const looks = 300
		for range looks {
			time.Sleep(5 * time.Second)
			synctest.Wait()
			mean += float64(find(t, p, x).Plan) / looks
		}
	})
	return mean
}

// An event takes no capacity away: while it rises slowly, while it begins, and
// from workloads that share its query and are in none, the forecast goes on.
func TestAnEventTakesNoForecastAway(t *testing.T) {
	without := meanPlan(t, func(time.Time) *Agenda { return nil })
	for name, agenda := range map[string]func(now time.Time) *Agenda{
		"a ramp of 12 hours": func(now time.Time) *Agenda {
			return lasting(t, now, 12*time.Hour, time.Hour, func(e *calendar.Event) { e.Ramp.Up, e.Impact.Multiplier = 12*time.Hour, 1.1 })
		},
		"a ramp of 12 hours of another workload with its query": func(now time.Time) *Agenda {
			return lasting(t, now, 12*time.Hour, time.Hour, func(e *calendar.Event) {
				e.Ramp.Up, e.Impact.Multiplier, e.Scope.Brands = 12*time.Hour, 1.1, []string{"acme"}
			})
		},
		"another workload's event every five minutes": func(now time.Time) *Agenda {
			return lasting(t, now, 0, 2*time.Minute, func(e *calendar.Event) {
				e.Scope.Brands = []string{"acme"}
				var further []calendar.Wall
				for i := range 12 {
					further = append(further, e.Window.Start.Add(time.Duration(i)*5*time.Minute))
				}
				e.Recurrence = calendar.NewRecurrence(calendar.Rule{}, further, nil, nil)
			})
		},
	} {
		if with := meanPlan(t, agenda); with < 0.93*without {
			t.Errorf("%s takes the plan from %.1f to %.1f replicas on average", name, without, with)
		}
	}
}

// remembering is a source that knows its past.
type remembering struct {
	*metrics
	rate func(time.Time) float64
}

func remember(rate func(time.Time) float64) remembering {
	m := newMetrics(nil)
	m.answer = func(signal.Query) signal.Reading { return signal.Good(time.Now(), rate(time.Now())) }
	return remembering{m, rate}
}

func (r remembering) History(_ context.Context, _ signal.Query, from, to time.Time, step time.Duration) ([]signal.Sample, error) {
	var past []signal.Sample
	for t := from; !t.After(to); t = t.Add(step) {
		past = append(past, signal.Sample{At: t, Value: r.rate(t)})
	}
	return past, nil
}

// A process that starts after an event, or as it begins, reads of the source's
// past: its jumps are kept from the forecast as in one that ran on, also where
// the schedule is read later than the past.
func TestTheJumpOfAnEventIsKeptFromTheForecastAfterARestart(t *testing.T) {
	for _, c := range []struct {
		after, lasts, look, late time.Duration
		most                     decision.Replicas
	}{
		{-10 * time.Minute, 8 * time.Minute, 2 * time.Minute, 0, 11},
		{-10 * time.Minute, 8 * time.Minute, 2 * time.Minute, time.Minute, 11},
		{-18 * time.Minute, 8 * time.Minute, 2 * time.Minute, 0, 11},
		{-28 * time.Minute, 8 * time.Minute, 2 * time.Minute, 0, 11},
		{5 * time.Second, time.Hour, 5 * time.Minute, 0, 31},
	} {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			source := remember(func(at time.Time) float64 {
				if since := at.Sub(began) - c.after; since >= 0 && since < c.lasts {
					return 285
				}
				return 95
			})
			x := trigger("shop", "api")
			p := New(Options{Jitter: -1, Forecaster: forecast.Hold{}, Sources: map[string]Source{"metrics": source}},
				NewPolicies("h", []decision.Policy{ratePolicy("api", "metrics", "rate")}, []workload.Trigger{x}))
			agenda := lasting(t, began, c.after, c.lasts, nil)
			if c.late == 0 {
				p.Follow(agenda)
			}
			stop := start(t, p)
			defer stop()
			if c.late > 0 {
				time.Sleep(c.late)
				p.Follow(agenda)
			}
			time.Sleep(c.look - c.late)
			synctest.Wait()
			if o := find(t, p, x); o.Replicas > c.most {
				t.Errorf("started %s after the begin of an event of %s: %d replicas, want %d: %s", -c.after, c.lasts, o.Replicas, c.most, o.Steps[0].Why)
			}
		})
	}
}

// Only what says how much demand there will be makes it jump, and of its ramp
// no more than the last minute; two ticks before it does, samples stand alone.
func TestWhatJumps(t *testing.T) {
	now := time.Date(2027, 5, 1, 12, 0, 0, 0, time.UTC)
	const tick = 5 * time.Second
	for name, c := range map[string]struct {
		after  time.Duration
		ramp   time.Duration
		impact calendar.Impact
		jumps  bool
	}{
		"in two ticks":       {2 * tick, 0, calendar.Impact{Multiplier: 3}, true},
		"a little later":     {2*tick + time.Second, 0, calendar.Impact{Multiplier: 3}, false},
		"a floor":            {tick, 0, calendar.Impact{Floor: 3}, false},
		"nothing said":       {tick, 0, calendar.Impact{}, false},
		"settled":            {-time.Minute, 0, calendar.Impact{Multiplier: 3}, false},
		"not settled":        {-time.Minute + 1, 0, calendar.Impact{Multiplier: 3}, true},
		"in a short ramp":    {20 * time.Second, 30 * time.Second, calendar.Impact{Multiplier: 3}, true},
		"in a long one":      {10 * time.Minute, time.Hour, calendar.Impact{Multiplier: 3}, false},
		"at the end of that": {time.Minute, time.Hour, calendar.Impact{Multiplier: 3}, true},
		"as it ends":         {-time.Hour, 0, calendar.Impact{Multiplier: 3}, true},
		"while it falls":     {-time.Hour - 30*time.Second, time.Hour, calendar.Impact{Multiplier: 3}, true},
		"as it falls on":     {-time.Hour - 10*time.Minute, time.Hour, calendar.Impact{Multiplier: 3}, false},
	} {
		start := now.Add(c.after)
		o := calendar.Occurrence{Event: &calendar.Event{ID: "a", Impact: c.impact}, Start: start, End: start.Add(time.Hour), Ramp: calendar.Ramp{Up: c.ramp, Down: c.ramp}}
		if got := !jumps([]calendar.Occurrence{o}, now, tick).IsZero(); got != c.jumps {
			t.Errorf("%s: jumps is %t, want %t", name, got, c.jumps)
		}
	}
}

// Where nothing is measured while demand jumps, what was forecast before goes
// on; the sample that comes then stands apart from those before.
func TestAReadingThatFailsInAJumpTakesNoForecastAway(t *testing.T) {
	now := time.Date(2027, 5, 1, 12, 0, 0, 0, time.UTC)
	f := &feed{series: signal.NewSeries(9)}
	known := func(at time.Time) bool { return forecast.Hold{}.Path(f.series, at, time.Minute).Known() }
	f.take(signal.Good(now, 95), 1)
	f.apart.Store(now.Add(time.Minute).UnixNano())
	f.take(signal.Bad(now.Add(5*time.Second), signal.Unreachable, "gone"), 2)
	if !known(now.Add(5 * time.Second)) {
		t.Error("a reading that failed took the forecast away")
	}
	f.take(signal.Bad(now.Add(65*time.Second), signal.Unreachable, "gone"), 3)
	f.take(signal.Good(now.Add(70*time.Second), 285), 4)
	breaks := 0
	f.series.Backward(now.Add(70*time.Second), func(_ time.Duration, _ float64, n int) bool {
		breaks = n
		return true
	})
	if breaks != 1 || !known(now.Add(70*time.Second)) {
		t.Errorf("%d breaks between the samples before and after, want 1", breaks)
	}
}
