package pipeline

import (
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/forecast"
	"github.com/headstart-scaler/headstart/signal"
)

// feedKey names what is measured where; equal keys are read once.
type feedKey struct {
	source string
	query  signal.Query
}

// feed is one query of one source, shared by every signal that asks it. The
// tick owns it; only its paths are asked for by several goroutines.
type feed struct {
	key   feedKey
	users int // signals that read it

	reading signal.Reading
	read    uint64 // sequence of the tick reading is of; 0 before the first

	// series is what the forecast looks at: the value of an expression, the
	// arrival rate of a consumer group. Nil while nobody forecasts it.
	series *signal.Series
	// model has learned from the samples of the series. Nil while nobody
	// forecasts it, or where nothing is to be learned.
	model Model
	// memory is the key under which its learning is kept, and slot when; settled says
	// that it is known what was kept there before, so that nothing is lost by writing;
	// kept is the newest sample of what was written last.
	memory  string
	slot    uint64
	settled bool
	kept    time.Time

	// apart is until when each sample stands alone in the series, in Unix
	// nanoseconds: while an event begins or ends, its jump is the schedule's to
	// foresee, and no forecast is to learn it. parted says that the last one did.
	apart  atomic.Int64
	parted bool

	mu    sync.Mutex
	paths []ahead // of this tick, one per horizon asked for
	// events concern the workloads that read it, as of the last tick; told are those
	// that the model knows of.
	events, told []calendar.Occurrence
}

// ahead are paths already computed.
type ahead struct {
	horizon time.Duration
	outlook
}

// outlook is what is expected of a feed. learned says that a model does, which
// knows what events do.
type outlook struct {
	forecast.Expectation
	learned bool
}

// tell makes it part of an observation.
func (e outlook) tell(o *decision.Observation) {
	o.Path, o.Uplift, o.Learned = e.Path, e.Uplift, e.learned
	o.Yesterday, o.LastWeek = e.Yesterday, e.LastWeek
	o.Past, o.Coverage = e.Events, e.Coverage
}

// take makes r the feed's reading of a tick and adds it to the series.
func (f *feed) take(r signal.Reading, sequence uint64) {
	f.reading, f.read = r, sequence
	if f.series == nil {
		return
	}
	alone := r.At.UnixNano() < f.apart.Load()
	apart := alone || f.parted
	f.parted = apart // until a sample has come
	value, known := f.sample(r)
	if !known {
		return
	}
	if apart {
		f.series.Break(r.At)
	}
	f.parted = alone
	f.series.Append(signal.Sample{At: r.At, Value: value})
	if f.model == nil {
		return
	}
	f.tell()
	f.model.Observe(r.At, value)
}

// concern notes events of a workload that reads the feed.
func (f *feed) concern(events []calendar.Occurrence) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, e := range events {
		if !slices.ContainsFunc(f.events, func(x calendar.Occurrence) bool { return same(x, e) }) {
			f.events = append(f.events, e)
		}
	}
}

func same(a, b calendar.Occurrence) bool { return a.Event == b.Event && a.Start.Equal(b.Start) }

// tell tells the model which events concern the feed, when they are others than
// before.
func (f *feed) tell() {
	if !slices.EqualFunc(f.events, f.told, same) {
		f.told = slices.Clone(f.events)
		f.model.Expect(f.told)
	}
	f.events = f.events[:0]
}

// sample is what a reading adds to the series, if it does.
func (f *feed) sample(r signal.Reading) (value float64, known bool) {
	if !r.OK() {
		return 0, false
	}
	if _, group := f.key.query.(signal.ConsumerGroup); !group {
		return r.Value, true
	}
	if r.Group == nil || !r.Group.Rated {
		return 0, false
	}
	return r.Group.Arrival, true
}

// look forecasts the series, once for each horizon and tick.
func (f *feed) look(forecaster Forecaster, at time.Time, horizon time.Duration) (o outlook) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, known := range f.paths {
		if known.horizon == horizon {
			return known.outlook
		}
	}
	if f.model != nil {
		o.Expectation = f.model.Look(at, horizon)
		o.learned = o.Path.Known()
	}
	if !o.learned {
		o.Path = forecaster.Path(f.series, at, horizon)
	}
	f.paths = append(f.paths, ahead{horizon, o})
	return o
}

// forget drops the paths of this tick.
func (f *feed) forget() { f.paths = nil }

// forecastable reports whether a signal's feed holds what its path is of.
func forecastable(s *decision.Signal) bool {
	_, group := s.Query.(signal.ConsumerGroup)
	switch s.Kind {
	case signal.Rate, signal.Connections:
		return !group
	case signal.Backlog:
		return group
	default:
		return false
	}
}

// horizon is how far a decision looks at a signal's path: until a replica that the
// HPA asks for after the next tick is ready, or until a backlog's deadline.
func horizon(p *decision.Policy, s *decision.Signal, tick time.Duration) time.Duration {
	if s.Kind == signal.Backlog {
		return max(p.EventLead(tick), s.Drain.Deadline+tick)
	}
	return p.EventLead(tick)
}

// sound refuses what no source should call fine: it is the last guard before
// a number becomes replicas.
func sound(r signal.Reading, source string, now time.Time) signal.Reading {
	switch {
	case r.Condition == "":
		return signal.Bad(now, signal.Invalid, "source %s gave a reading without a condition, which is a fault in Headstart", source)
	case r.Condition != signal.Fine:
		return r
	case math.IsNaN(r.Value):
		return signal.Bad(r.At, signal.NaN, "source %s answered with NaN", source)
	case math.IsInf(r.Value, 0):
		return signal.Bad(r.At, signal.Inf, "source %s answered with an infinite value", source)
	case r.Value < 0:
		return signal.Bad(r.At, signal.Invalid, "source %s answered with %g, which nothing measured can be", source, r.Value)
	default:
		return r
	}
}
