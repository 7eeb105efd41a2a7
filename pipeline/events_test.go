package pipeline

import (
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/forecast"
	"github.com/headstart-scaler/headstart/signal"
	"github.com/headstart-scaler/headstart/workload"
)

// hearing is a model that remembers what it was told.
type hearing struct {
	told    [][]calendar.Occurrence
	seen    int
	covered forecast.Coverage
}

func (h *hearing) Observe(time.Time, float64)          { h.seen++ }
func (h *hearing) Expect(events []calendar.Occurrence) { h.told = append(h.told, events) }
func (h *hearing) path(at time.Time, v float64) forecast.Path {
	return forecast.NewPath(at, time.Second, []float64{0.5}, []float64{v})
}

func (h *hearing) Look(at time.Time, _ time.Duration) forecast.Expectation {
	return forecast.Expectation{
		Path: h.path(at, 10), Uplift: h.path(at, 30), Yesterday: 11, LastWeek: 12, Events: &forecast.Calibrations{}, Coverage: h.covered,
	}
}

// A model hears of an event when it comes near and when it is over, and not at each
// tick between.
func TestAModelIsToldOfEvents(t *testing.T) {
	at := time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC)
	final := calendar.Occurrence{Event: &calendar.Event{ID: "final"}, Start: at.Add(time.Hour), End: at.Add(2 * time.Hour)}
	heard := &hearing{}
	f := &feed{series: signal.NewSeries(10), model: heard, key: feedKey{query: signal.Expression{PromQL: "up"}}}
	take := func(minute int) {
		f.take(signal.Good(at.Add(time.Duration(minute)*time.Minute), 1), uint64(minute+1))
	}

	take(0)
	if len(heard.told) != 0 {
		t.Errorf("told %v where there is nothing to tell", heard.told)
	}
	near := []calendar.Occurrence{final}
	f.concern(near)
	f.concern(near) // another workload that reads the feed
	take(1)
	if len(heard.told) != 1 || len(heard.told[0]) != 1 || heard.told[0][0].Event != final.Event {
		t.Errorf("told %v, want the final once", heard.told)
	}
	f.concern(near)
	take(2)
	if len(heard.told) != 1 {
		t.Errorf("told %d times of the same", len(heard.told))
	}
	take(3)
	if len(heard.told) != 2 || len(heard.told[1]) != 0 {
		t.Errorf("told %v, want that it is over", heard.told)
	}
	take(4)
	if len(heard.told) != 2 || heard.seen != 5 {
		t.Errorf("told %d times, observed %d samples", len(heard.told), heard.seen)
	}
	f.concern(near)
	take(5)
	f.relearn(heard, near)
	f.concern(near)
	take(6)
	if n := len(heard.told); n != 4 || len(heard.told[3]) != 1 {
		t.Errorf("told %d times, want a model that learned from the past told anew of what is near", n)
	}
	f.relearn(heard, nil)
	f.concern(near)
	take(7)
	if n := len(heard.told); n != 6 || len(heard.told[5]) != 1 {
		t.Errorf("told %d times, want one that learned from the past without it told of what is near", n)
	}
}

// The kill switch looks ahead no more; what an event does is the event's all the
// same when it is turned off again.
func TestAModelIsToldOfEventsUnderTheKillSwitch(t *testing.T) {
	at := time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC)
	wall := calendar.WallOf(at.Add(-time.Minute))
	schedule, err := calendar.NewSchedule([]*calendar.Event{{
		ID: "final", Title: "Final", Window: calendar.Window{Start: wall, End: wall.Add(time.Hour), Zone: time.UTC},
		Impact: calendar.Impact{Multiplier: 2}, Confidence: 1, Status: calendar.Confirmed,
	}})
	if err != nil {
		t.Fatal(err)
	}
	heard := &hearing{}
	policies := NewPolicies("h", []decision.Policy{ratePolicy("a", "m", "q")}, []workload.Trigger{trigger("1", "a")})
	policies.ReactiveOnly = true
	p := New(Options{
		Sources: map[string]Source{"m": newMetrics(map[string]float64{"q": 100})}, Forecaster: &level{},
		Now: func() time.Time { return at }, Model: func() Model { return heard },
	}, policies)
	p.Follow(&Agenda{Timeline: schedule.Timeline(nil, at.Add(-time.Hour), at.Add(time.Hour))})
	for range 2 {
		p.Tick(t.Context())
		at = at.Add(5 * time.Second)
	}
	if len(heard.told) != 1 || len(heard.told[0]) != 1 {
		t.Errorf("told %v, want the final", heard.told)
	}
}

func TestAFeedLooksThroughItsModel(t *testing.T) {
	at := time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC)
	l := forecast.NewLearner(nil)
	for i := range 24 * 60 {
		l.Observe(at.Add(time.Duration(i-24*60)*time.Minute), 10)
	}
	f := &feed{series: signal.NewSeries(10), model: &hearing{covered: l.Coverage()}}
	o := f.look(forecast.Hold{}, at, time.Minute)
	if o.Path.At(0.5, at) != 10 || o.Uplift.At(0.5, at) != 30 || !o.learned {
		t.Errorf("path %v, uplift %v, learned %t", o.Path.At(0.5, at), o.Uplift.At(0.5, at), o.learned)
	}
	var told decision.Observation
	o.tell(&told)
	if told.Yesterday != 11 || told.LastWeek != 12 || told.Past == nil || told.Coverage != o.Coverage || !told.Learned || told.Uplift.At(0.5, at) != 30 {
		t.Errorf("told %+v", told)
	}
	// One that knows nothing yet leaves it to the forecaster, events too.
	f = &feed{series: signal.NewSeries(10), model: forecast.NewLearner(nil)}
	f.series.Append(signal.Sample{At: at, Value: 7})
	if o := f.look(forecast.Hold{}, at, time.Minute); o.Path.At(0.5, at) != 7 || o.Uplift.Known() || o.learned {
		t.Errorf("path %v, uplift known %t, learned %t", o.Path.At(0.5, at), o.Uplift.Known(), o.learned)
	}
}
