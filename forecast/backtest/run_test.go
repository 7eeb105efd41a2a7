package backtest

import (
	"math"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var march = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

// traceOf has a value for each slot, NaN where it is in a gap.
func traceOf(n int, step time.Duration, value func(slot int) float64) Trace {
	t := Trace{Start: march, Step: step, Values: make([]float64, n)}
	for i := range t.Values {
		t.Values[i] = value(i)
	}
	return t
}

// asked is a model made of a function, which remembers what it was shown.
type asked struct {
	shown  []time.Time
	answer func(at time.Time, horizon time.Duration, qs []float64) []float64
}

func (a *asked) Observe(at time.Time, _ float64) { a.shown = append(a.shown, at) }

func (a *asked) Quantiles(at time.Time, horizon time.Duration, qs []float64) []float64 {
	return a.answer(at, horizon, qs)
}

func equal(n int, v float64) []float64 { return slices.Repeat([]float64{v}, n) }

func mustRun(t interface{ Fatal(...any) }, trace Trace, m Model, o Options) Result {
	r, err := Run(trace, m, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAModelIsShownWhatHasEndedAndNothingElse(t *testing.T) {
	trace := traceOf(5000, time.Minute, func(i int) float64 {
		if i%97 == 0 {
			return math.NaN()
		}
		return float64(i)
	})
	origins := 0
	m := &asked{}
	m.answer = func(at time.Time, _ time.Duration, qs []float64) []float64 {
		origins++
		var want []time.Time
		for i := range trace.Values {
			if trace.known(i) && !trace.at(i+1).After(at) {
				want = append(want, trace.at(i))
			}
		}
		if !slices.Equal(m.shown, want) {
			t.Fatalf("at %s %d values were shown, %d had ended", at, len(m.shown), len(want))
		}
		return equal(len(qs), 1)
	}
	mustRun(t, trace, m, Standard())
	if origins < 100 {
		t.Errorf("asked %d times", origins)
	}
}

func TestAPerfectForecastCostsNothing(t *testing.T) {
	trace := traceOf(4000, time.Minute, func(i int) float64 { return float64(i * 7919 % 101) })
	m := &asked{answer: func(at time.Time, horizon time.Duration, qs []float64) []float64 {
		return equal(len(qs), trace.Values[at.Add(horizon).Sub(trace.Start)/trace.Step])
	}}
	r := mustRun(t, trace, m, Standard())
	if r.Pinball != 0 || len(r.Horizons) != 4 {
		t.Errorf("loss %g over %d horizons", r.Pinball, len(r.Horizons))
	}
	for _, h := range r.Horizons {
		for i, q := range r.Quantiles {
			if h.Off(i, q) != 0 || h.AtOrBelow[i] != 1 || h.Below[i] != 0 {
				t.Errorf("%g minutes, quantile %g: below %g, at or below %g", h.Minutes, q, h.Below[i], h.AtOrBelow[i])
			}
		}
	}
}

// The figures of a small trace, by hand: 1 2 3 4 5 6, one step ahead at the
// median and the quantile 0.9, the third value always forecast.
func TestScoresByHand(t *testing.T) {
	trace := traceOf(6, time.Minute, func(i int) float64 { return float64(i + 1) })
	m := &asked{answer: func(time.Time, time.Duration, []float64) []float64 { return []float64{4, 5} }}
	o := Options{LeadIn: 2 * time.Minute, Horizons: []time.Duration{time.Minute}, Quantiles: []float64{0.5, 0.9}}
	r := mustRun(t, trace, m, o) // origins 2, 3, 4 with the targets 4, 5, 6
	want := Horizon{
		Minutes: 1, Scored: 3, TargetMean: 5,
		PinballByQuantile: []float64{(0 + 0.5 + 1) / 3, (0.1 + 0 + 0.9) / 3},
		Below:             []float64{0, 1. / 3}, AtOrBelow: []float64{1. / 3, 2. / 3},
	}
	want.Pinball = (want.PinballByQuantile[0] + want.PinballByQuantile[1]) / 2
	got := r.Horizons[0]
	for i := range got.PinballByQuantile {
		if math.Abs(got.PinballByQuantile[i]-want.PinballByQuantile[i]) > 1e-12 {
			t.Errorf("loss %v, want %v", got.PinballByQuantile, want.PinballByQuantile)
		}
	}
	if math.Abs(got.Pinball-want.Pinball) > 1e-12 || r.Pinball != got.Pinball {
		t.Errorf("loss %g and %g, want %g", got.Pinball, r.Pinball, want.Pinball)
	}
	got.Pinball, got.PinballByQuantile = want.Pinball, want.PinballByQuantile
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	if r.Origins != 3 || !r.First.Equal(march.Add(2*time.Minute)) || !r.Last.Equal(march.Add(4*time.Minute)) {
		t.Errorf("%d origins from %s to %s", r.Origins, r.First, r.Last)
	}
}

func TestNoAnswerIsCountedAndTheLastValueScored(t *testing.T) {
	trace := traceOf(600, time.Minute, func(i int) float64 { return float64(i % 13) })
	ruler := mustRun(t, trace, &Ruler{}, Standard())
	for name, answer := range map[string][]float64{
		"none":          nil,
		"too few":       {1, 2, 3, 4, 5},
		"too many":      {1, 2, 3, 4, 5, 6, 7},
		"NaN":           {1, 2, 3, 4, 5, math.NaN()},
		"infinite":      {1, 2, 3, 4, 5, math.Inf(1)},
		"not ascending": {1, 2, 4, 3, 5, 6},
	} {
		r := mustRun(t, trace, &asked{answer: func(time.Time, time.Duration, []float64) []float64 { return answer }}, Standard())
		if r.Failed != 4*r.Origins {
			t.Errorf("%s: %d of %d answers counted as none", name, r.Failed, 4*r.Origins)
		}
		if r.Pinball != ruler.Pinball {
			t.Errorf("%s: loss %g, and the last value's is %g", name, r.Pinball, ruler.Pinball)
		}
	}
	if ruler.Failed != 0 {
		t.Errorf("the ruler failed %d times", ruler.Failed)
	}
}

func TestNegativeQuantilesCountAsZero(t *testing.T) {
	trace := traceOf(600, time.Minute, func(i int) float64 { return float64(i % 13) })
	at := func(v float64) Result {
		return mustRun(t, trace, &asked{answer: func(_ time.Time, _ time.Duration, qs []float64) []float64 { return equal(len(qs), v) }}, Standard())
	}
	if below, zero := at(-5), at(0); below.Pinball != zero.Pinball || below.Failed != 0 {
		t.Errorf("loss %g at -5 and %g at 0", below.Pinball, zero.Pinball)
	}
}

// learner fits at every third origin.
type learner struct {
	Ruler
	asked int
	clock *time.Duration
}

func (l *learner) Observe(at time.Time, v float64) {
	*l.clock += time.Millisecond
	l.Ruler.Observe(at, v)
}

func (l *learner) Fit(time.Time) bool {
	*l.clock += 10 * time.Millisecond
	l.asked++
	return l.asked%3 == 1
}

func (l *learner) Quantiles(at time.Time, h time.Duration, qs []float64) []float64 {
	*l.clock += 2 * time.Millisecond
	return l.Ruler.Quantiles(at, h, qs)
}

func TestTimesAreOfOneValueOneFitAndOneOrigin(t *testing.T) {
	clock := time.Hour
	o := Standard()
	o.Count = 9
	o.Clock = func() time.Duration { return clock }
	trace := traceOf(6000, time.Minute, func(i int) float64 { return float64(i) })
	r := mustRun(t, trace, &learner{clock: &clock}, o)
	if r.Fits != 3 || math.Abs(r.FitSeconds-0.030) > 1e-9 { // 9 calls, 3 of which learned
		t.Errorf("%d fits of %g s", r.Fits, r.FitSeconds)
	}
	if math.Abs(r.ObserveSeconds-0.001) > 1e-9 || math.Abs(r.PredictSeconds-0.008) > 1e-9 {
		t.Errorf("%g s a value, %g s an origin", r.ObserveSeconds, r.PredictSeconds)
	}
}

func TestWhatMakesNoSenseIsRefused(t *testing.T) {
	trace := traceOf(600, time.Minute, func(i int) float64 { return float64(i) })
	for name, breakIt := range map[string]func(*Trace, *Options){
		"no step":                    func(t *Trace, _ *Options) { t.Step = 0 },
		"no values":                  func(t *Trace, _ *Options) { t.Values = nil },
		"only gaps":                  func(t *Trace, _ *Options) { t.Values = equal(600, math.NaN()) },
		"no quantiles":               func(_ *Trace, o *Options) { o.Quantiles = nil },
		"quantile 1":                 func(_ *Trace, o *Options) { o.Quantiles = []float64{0.5, 1} },
		"quantile 0":                 func(_ *Trace, o *Options) { o.Quantiles = []float64{0, 0.5} },
		"quantiles NaN":              func(_ *Trace, o *Options) { o.Quantiles = []float64{math.NaN()} },
		"quantiles not ascending":    func(_ *Trace, o *Options) { o.Quantiles = []float64{0.9, 0.5} },
		"horizons not ascending":     func(_ *Trace, o *Options) { o.Horizons = []time.Duration{time.Hour, time.Minute} },
		"horizon 0":                  func(_ *Trace, o *Options) { o.Horizons = []time.Duration{0, time.Minute} },
		"horizons below the step":    func(t *Trace, _ *Options) { t.Step = 2 * time.Hour },
		"horizons beyond the trace":  func(_ *Trace, o *Options) { o.Horizons = []time.Duration{600 * time.Minute} },
		"horizon between two values": func(_ *Trace, o *Options) { o.Horizons = []time.Duration{90 * time.Second} },
	} {
		broken, o := trace, Standard()
		breakIt(&broken, &o)
		_, err := Run(broken, &Ruler{}, o)
		if err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

func TestScoresAreTheSameEachTimeAndScaleWithTheTrace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.OneOf(rapid.Float64Range(0, 1000), rapid.Just(math.NaN())), 200, 400).Draw(t, "values")
		trace := Trace{Start: march, Step: 5 * time.Minute, Values: values}
		doubled := Trace{Start: march, Step: 5 * time.Minute, Values: slices.Clone(values)}
		for i := range doubled.Values {
			doubled.Values[i] *= 2
		}
		o := Standard()
		o.Count = rapid.IntRange(0, 20).Draw(t, "count")
		for name, model := range references(trace.Step) {
			once, err := Run(trace, model(), o)
			if err != nil {
				t.Skip(err)
			}
			if again := mustRun(t, trace, model(), o); !reflect.DeepEqual(once, again) {
				t.Fatalf("%s: %+v, then %+v", name, once, again)
			}
			twice := mustRun(t, doubled, model(), o)
			if math.Abs(twice.Pinball-2*once.Pinball) > 1e-9*twice.Pinball || once.Failed != 0 {
				t.Fatalf("%s: loss %g, of the doubled trace %g; %d failed", name, once.Pinball, twice.Pinball, once.Failed)
			}
		}
	})
}

// references are the models of this package that know nothing but the trace.
func references(step time.Duration) map[string]func() Model {
	return map[string]func() Model{
		"day":   func() Model { return NewSeasonal(24*time.Hour, step) },
		"hour":  func() Model { return NewSeasonal(time.Hour, step) },
		"last":  func() Model { return NewLast(step) },
		"ruler": func() Model { return &Ruler{} },
	}
}

// What comes after an origin must not show in what is answered at it.
func TestTheFutureIsNotRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		trace := traceOf(600, 5*time.Minute, func(i int) float64 { return float64(i * 7919 % 101) })
		from := rapid.IntRange(250, 500).Draw(t, "from")
		other := traceOf(600, 5*time.Minute, func(i int) float64 {
			if i >= from {
				return 1e6 + float64(i%3)
			}
			return trace.Values[i]
		})
		for name, model := range references(trace.Step) {
			a, b := answers(trace, model(), from), answers(other, model(), from)
			if len(a) == 0 || !reflect.DeepEqual(a, b) {
				t.Fatalf("%s: another future after slot %d changed answers before it", name, from)
			}
		}
	})
}

// answers are what a model says at origins up to a slot.
func answers(trace Trace, m Model, last int) [][]float64 {
	var all [][]float64
	listen := &heard{Model: m, hear: func(at time.Time, values []float64) {
		if !at.After(trace.at(last)) {
			all = append(all, values)
		}
	}}
	if _, err := Run(trace, listen, Standard()); err != nil {
		panic(err)
	}
	return all
}

type heard struct {
	Model
	hear func(at time.Time, values []float64)
}

func (h *heard) Quantiles(at time.Time, horizon time.Duration, qs []float64) []float64 {
	values := h.Model.Quantiles(at, horizon, qs)
	h.hear(at, values)
	return values
}
