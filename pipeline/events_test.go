package pipeline

import (
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/forecast"
	"github.com/headstart-scaler/headstart/signal"
)

// hearing is a model that remembers what it was told.
type hearing struct {
	told   [][]calendar.Occurrence
	parted int
	seen   int
}

func (h *hearing) Observe(time.Time, float64)          { h.seen++ }
func (h *hearing) Part(time.Time)                      { h.parted++ }
func (h *hearing) Expect(events []calendar.Occurrence) { h.told = append(h.told, events) }
func (h *hearing) path(at time.Time, v float64) forecast.Path {
	return forecast.NewPath(at, time.Second, []float64{0.5}, []float64{v})
}

func (h *hearing) Path(at time.Time, _ time.Duration) forecast.Path   { return h.path(at, 10) }
func (h *hearing) Uplift(at time.Time, _ time.Duration) forecast.Path { return h.path(at, 30) }

// A model hears of an event from the hour before it until it has ended, and not
// of its end as a break.
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
	f.concern([]calendar.Occurrence{final})
	f.concern([]calendar.Occurrence{final}) // another workload that reads the feed
	f.apart.Store(at.Add(time.Hour).UnixNano())
	take(1)
	if len(heard.told) != 1 || len(heard.told[0]) != 1 || heard.told[0][0].Event != final.Event {
		t.Errorf("told %v, want the final once", heard.told)
	}
	take(2)
	if len(heard.told) != 2 || len(heard.told[1]) != 0 {
		t.Errorf("told %v, want that it is over", heard.told)
	}
	take(3)
	if len(heard.told) != 2 || heard.seen != 4 || heard.parted != 0 {
		t.Errorf("told %d times, observed %d samples, parted %d times", len(heard.told), heard.seen, heard.parted)
	}
}

func TestAFeedLooksThroughItsModel(t *testing.T) {
	at := time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC)
	f := &feed{series: signal.NewSeries(10), model: &hearing{}}
	o := f.look(forecast.Hold{}, at, time.Minute)
	if o.path.At(0.5, at) != 10 || o.uplift.At(0.5, at) != 30 || !o.learned {
		t.Errorf("path %v, uplift %v, learned %t", o.path.At(0.5, at), o.uplift.At(0.5, at), o.learned)
	}
	// One that knows nothing yet leaves it to the forecaster, events too.
	f = &feed{series: signal.NewSeries(10), model: forecast.NewLearner(nil)}
	f.series.Append(signal.Sample{At: at, Value: 7})
	if o := f.look(forecast.Hold{}, at, time.Minute); o.path.At(0.5, at) != 7 || o.uplift.Known() || o.learned {
		t.Errorf("path %v, uplift known %t, learned %t", o.path.At(0.5, at), o.uplift.Known(), o.learned)
	}
}
