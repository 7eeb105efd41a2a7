package backtest

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/headstart-scaler/headstart/forecast"
	"github.com/headstart-scaler/headstart/signal"
)

func TestPinball(t *testing.T) {
	for _, c := range []struct{ q, forecast, value, want float64 }{
		{0.9, 10, 10, 0},
		{0.9, 10, 12, 1.8},
		{0.9, 10, 8, 0.2},
		{0.5, 10, 12, 1},
		{0.5, 10, 8, 1},
	} {
		if got := Pinball(c.q, c.forecast, c.value); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("Pinball(%g, %g, %g) = %g, want %g", c.q, c.forecast, c.value, got, c.want)
		}
	}
}

func TestNoOtherForecastHasLessPinballLossThanTheQuantile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(-100, 100), 1, 50).Draw(t, "values")
		q := rapid.SampledFrom(Standard().Quantiles).Draw(t, "q")
		other := rapid.OneOf(rapid.Float64Range(-120, 120), rapid.SampledFrom(values)).Draw(t, "other")
		m := newMisses(len(values))
		for _, v := range values {
			m.add(v)
		}
		best, others := 0.0, 0.0
		for _, v := range values {
			best += Pinball(q, m.quantile(q), v)
			others += Pinball(q, other, v)
		}
		if best > others+1e-9 {
			t.Fatalf("the quantile %g of %v is taken to be %g with a loss of %g; %g has %g", q, values, m.quantile(q), best, other, others)
		}
	})
}

func TestMissesAreTheNewest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOf(rapid.Float64Range(-5, 5)).Draw(t, "values")
		limit := rapid.IntRange(1, 20).Draw(t, "limit")
		m := newMisses(limit)
		for i, v := range values {
			m.add(v)
			want := slices.Sorted(slices.Values(values[max(0, i+1-limit) : i+1]))
			if !slices.Equal(m.sorted, want) {
				t.Fatalf("kept %v, want %v", m.sorted, want)
			}
		}
	})
}

func TestOff(t *testing.T) {
	for _, c := range []struct{ below, atOrBelow, want float64 }{
		{0.9, 0.9, 0},
		{0.5, 0.95, 0}, // half the values are the forecast itself
		{0.9, 0.95, 0},
		{0.85, 0.9, 0},
		{0.93, 0.95, 0.03},
		{0.85, 0.88, -0.02},
	} {
		h := Horizon{Below: []float64{c.below}, AtOrBelow: []float64{c.atOrBelow}}
		if got := h.Off(0, 0.9); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("between %g and %g: off by %g, want %g", c.below, c.atOrBelow, got, c.want)
		}
	}
}

func TestAgainst(t *testing.T) {
	for _, c := range []struct{ loss, reference, want float64 }{{1, 2, 0.5}, {0, 2, 0}, {0, 0, 1}, {1, 0, math.Inf(1)}} {
		if got := Against(c.loss, c.reference); got != c.want {
			t.Errorf("%g against %g is %g, want %g", c.loss, c.reference, got, c.want)
		}
	}
}

func TestSeasonalKnowsWhatRepeats(t *testing.T) {
	hour := func(i int) float64 { return float64(i * 7919 % 12) } // of 12 values
	trace := traceOf(600, 5*time.Minute, hour)
	if r := mustRun(t, trace, NewSeasonal(time.Hour, trace.Step), Standard()); r.Pinball != 0 {
		t.Errorf("loss %g on what repeats each hour", r.Pinball)
	}
	if r := mustRun(t, trace, NewSeasonal(55*time.Minute, trace.Step), Standard()); r.Pinball == 0 {
		t.Error("another season is as good")
	}
}

func TestSeasonalLooksFurtherBackOverAGap(t *testing.T) {
	s := NewSeasonal(time.Hour, 5*time.Minute)
	for i := range 36 {
		if i < 24 || i >= 30 { // the first half of the third hour is missing
			s.Observe(march.Add(time.Duration(i)*5*time.Minute), float64(10*(i/12)))
		}
	}
	at := march.Add(3 * time.Hour)
	median := []float64{0.5}
	// Misses are 10 from the second hour and 10 from the third.
	if got := s.Quantiles(at, 5*time.Minute, median); got[0] != 20 {
		t.Errorf("got %v; two hours ago there was 10", got)
	}
	if got := s.Quantiles(at, 40*time.Minute, median); got[0] != 30 {
		t.Errorf("got %v; an hour ago there was 20", got)
	}
	if got := s.Quantiles(at, 100*time.Minute, median); got[0] != 30 {
		t.Errorf("got %v; a season that is not over yet cannot be known, the one before had 20", got)
	}
}

func TestSeasonalBeforeASeasonExpectsTheLastValue(t *testing.T) {
	s := NewSeasonal(24*time.Hour, time.Minute)
	s.Observe(march, 7)
	if got := s.Quantiles(march.Add(time.Minute), time.Minute, []float64{0.5, 0.99}); !slices.Equal(got, []float64{7, 7}) {
		t.Errorf("got %v", got)
	}
}

// Noise without memory: the last value's misses and a day's are the very
// distribution they are scored by, so coverage must be met.
func TestReferencesCoverWhatTheyPromiseOnNoise(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	trace := traceOf(20000, 5*time.Minute, func(int) float64 { return 1000 + 100*random.NormFloat64() })
	for name, m := range map[string]Model{"day": NewSeasonal(24*time.Hour, trace.Step), "last": NewLast(trace.Step)} {
		for _, h := range mustRun(t, trace, m, Standard()).Horizons {
			for i, q := range Standard().Quantiles {
				if off := h.Off(i, q); math.Abs(off) > 0.012 {
					t.Errorf("%s, %g minutes: quantile %g is off by %.3f", name, h.Minutes, q, off)
				}
			}
		}
	}
}

// A random walk: misses grow with the root of time, which the last value's
// must be told apart by horizon.
func TestLastLearnsEachHorizonApart(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	level := 1000.0
	trace := traceOf(20000, 5*time.Minute, func(int) float64 {
		level = math.Abs(level + random.NormFloat64())
		return level
	})
	last := NewLast(trace.Step)
	r := mustRun(t, trace, last, Standard())
	for _, h := range r.Horizons {
		for i, q := range Standard().Quantiles {
			if off := h.Off(i, q); math.Abs(off) > 0.05 {
				t.Errorf("%g minutes: quantile %g is off by %.3f", h.Minutes, q, off)
			}
		}
	}
	near := last.Quantiles(r.Last, 5*time.Minute, []float64{0.5, 0.95})
	far := last.Quantiles(r.Last, time.Hour, []float64{0.5, 0.95})
	// 2 and 13 steps lie between: the root of 6.5 is 2.5.
	if wider := (far[1] - far[0]) / (near[1] - near[0]); wider < 1.8 || wider > 3.4 {
		t.Errorf("an hour's spread is %.2f times that of five minutes", wider)
	}
}

func TestPathsAsksTheForecasterForItsEnd(t *testing.T) {
	trace := traceOf(600, time.Minute, func(int) float64 { return 42 })
	hold := mustRun(t, trace, NewPaths(forecast.Hold{}, 300), Standard())
	for _, h := range hold.Horizons {
		if h.PinballByQuantile[0] > 1e-9 || h.AtOrBelow[5] != 1 || hold.Failed != 0 {
			t.Errorf("%g minutes: median's loss %g, coverage %v, %d failed", h.Minutes, h.PinballByQuantile[0], h.AtOrBelow, hold.Failed)
		}
	}
	if got := NewPaths(forecast.Hold{}, 300).Quantiles(march, time.Minute, []float64{0.5}); got != nil {
		t.Errorf("of nothing %v is expected", got)
	}
}

// ramp expects the minutes ahead, and ten times them at the quantile 0.9.
type ramp struct{ shown *int }

func (r ramp) Path(s *signal.Series, at time.Time, horizon time.Duration) forecast.Path {
	*r.shown = s.Len()
	var values []float64
	for m := range int(horizon/time.Minute) + 1 {
		values = append(values, float64(m), float64(10*m))
	}
	return forecast.NewPath(at, time.Minute, []float64{0.5, 0.9}, values)
}

func TestPathsAnswersWithThePathsEnd(t *testing.T) {
	shown := 0
	p := NewPaths(ramp{&shown}, 5)
	for i := range 8 {
		p.Observe(march.Add(time.Duration(i)*time.Minute), 1)
	}
	for horizon, want := range map[time.Duration][]float64{time.Minute: {1, 10}, 15 * time.Minute: {15, 150}} {
		if got := p.Quantiles(march.Add(time.Hour), horizon, []float64{0.5, 0.9}); !slices.Equal(got, want) {
			t.Errorf("%s ahead: %v, want %v", horizon, got, want)
		}
	}
	if shown != 5 {
		t.Errorf("the forecaster saw %d values, 5 are kept", shown)
	}
}

func TestLastLearnsFromWhatCameBeforeItWasAsked(t *testing.T) {
	l := NewLast(time.Minute)
	for i := range 100 {
		l.Observe(march.Add(time.Duration(i)*time.Minute), float64(i))
	}
	// The last value, 99, holds from minute 99 on: one minute from minute 100
	// is two steps away.
	if got := l.Quantiles(march.Add(100*time.Minute), time.Minute, []float64{0.5, 0.99}); !slices.Equal(got, []float64{101, 101}) {
		t.Errorf("got %v", got)
	}
}

func TestReferencesExpectNothingBelowZero(t *testing.T) {
	for name, m := range map[string]Model{"season": NewSeasonal(10*time.Minute, time.Minute), "last": NewLast(time.Minute)} {
		for i := range 100 {
			m.Observe(march.Add(time.Duration(i)*time.Minute), float64(100-i))
		}
		if got := m.Quantiles(march.Add(100*time.Minute), 5*time.Minute, []float64{0.5}); got[0] != 0 {
			t.Errorf("%s: got %v where 95 − 100 lies in the line", name, got)
		}
	}
}
