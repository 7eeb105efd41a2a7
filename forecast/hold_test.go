package forecast

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/headstart-scaler/headstart/signal"
)

const tick = 5 * time.Second

// series holds a value each tick, the last one at eight o'clock.
func series(values ...float64) *signal.Series {
	s := signal.NewSeries(max(len(values), 1))
	for i, v := range values {
		s.Append(signal.Sample{At: eight.Add(-time.Duration(len(values)-1-i) * tick), Value: v})
	}
	return s
}

func steady(n int, value func(i int) float64) []float64 {
	values := make([]float64, n)
	for i := range values {
		values[i] = value(i)
	}
	return values
}

func near(t *testing.T, what string, got, least, most float64) {
	t.Helper()
	if !(got >= least && got <= most) {
		t.Errorf("%s is %v, want it in [%v, %v]", what, got, least, most)
	}
}

func TestHoldWithoutSamplesKnowsNothing(t *testing.T) {
	if p := (Hold{}).Path(signal.NewSeries(10), eight, time.Minute); p.Known() {
		t.Errorf("an empty series gave %+v", p)
	}
	if p := (Hold{}).Path(series(1, 2, 3), eight.Add(-time.Hour), time.Minute); p.Known() {
		t.Errorf("a series that begins later gave %+v", p)
	}
}

func TestHoldOfAConstantIsThatConstant(t *testing.T) {
	p := Hold{}.Path(series(steady(720, func(int) float64 { return 100 })...), eight, 2*time.Minute)
	end := eight.Add(2 * time.Minute)
	if got := p.At(0.5, end); got != 100 {
		t.Errorf("median is %v, want 100", got)
	}
	// The prior of a short past is nearly forgotten after half an hour.
	near(t, "0.95 in two minutes", p.At(0.95, end), 100, 103)
	if got := p.At(0.998, eight); got != 100 {
		t.Errorf("now it is %v, want what was just measured", got)
	}
}

func TestHoldReactsToASurgeAtOnce(t *testing.T) {
	values := steady(720, func(int) float64 { return 100 })
	values[719] = 1000
	p := Hold{}.Path(series(values...), eight, 2*time.Minute)
	near(t, "median now", p.At(0.5, eight), 1000, 1000)
	near(t, "median in two minutes", p.At(0.5, eight.Add(2*time.Minute)), 1000, 1000)
}

func TestHoldBelievesAFallOnceItLasts(t *testing.T) {
	for ticks, want := range map[int][2]float64{1: {990, 1000}, 12: {10, 10}} {
		values := steady(720, func(i int) float64 {
			if i >= 720-ticks {
				return 10
			}
			return 1000
		})
		p := Hold{}.Path(series(values...), eight, 2*time.Minute)
		near(t, "median now", p.At(0.5, eight), want[0], want[1])
	}
}

func TestHoldFollowsARampAndDampsIt(t *testing.T) {
	// 2/s more every second for an hour.
	p := Hold{}.Path(series(steady(720, func(i int) float64 { return 10 * float64(i) })...), eight, 10*time.Minute)
	now := p.At(0.5, eight)
	near(t, "median now", now, 7190, 7190)
	// f(1 min) = 5 min · (1 − e^(−1/5)) = 54.4 s; what the damping misses of a
	// ramp that holds comes back as spread, a little too much of it between
	// two lags measured.
	near(t, "rise in a minute", p.At(0.5, eight.Add(time.Minute))-now, 2*54.3, 2*61)
	near(t, "rise in ten", p.At(0.5, eight.Add(10*time.Minute))-now, 2*259, 2*600.1)
}

func TestHoldLearnsItsSpread(t *testing.T) {
	noise := rand.New(rand.NewPCG(1, 2))
	calm := steady(720, func(int) float64 { return 1000 + 5*noise.NormFloat64() })
	wild := steady(720, func(int) float64 { return 1000 + 100*noise.NormFloat64() })
	end := eight.Add(time.Minute)
	a, b := Hold{}.Path(series(calm...), eight, time.Minute), Hold{}.Path(series(wild...), eight, time.Minute)
	near(t, "0.95 of calm", a.At(0.95, end)-a.At(0.5, end), 5, 40)
	near(t, "0.95 of wild", b.At(0.95, end)-b.At(0.5, end), 80, 350)
}

// Over a random walk each quantile holds about as often as it says; being
// held up by the last minute's median makes it hold rather more often.
func TestHoldCoversWhatItSays(t *testing.T) {
	noise := rand.New(rand.NewPCG(3, 4))
	values, level := make([]float64, 8000), 1000.0
	for i := range values {
		level = math.Abs(level + 3*noise.NormFloat64())
		values[i] = level
	}
	s := signal.NewSeries(720)
	start := eight
	var hits [len(holdQuantiles)]float64
	looked := 0.0
	for i, v := range values {
		at := start.Add(time.Duration(i) * tick)
		s.Append(signal.Sample{At: at, Value: v})
		if i < 720 || i%7 != 0 || i+24 >= len(values) {
			continue
		}
		p := Hold{}.Path(s, at, 2*time.Minute)
		looked++
		for j, q := range holdQuantiles {
			if values[i+24] <= p.At(q, at.Add(2*time.Minute)) {
				hits[j]++
			}
		}
	}
	for j, least := range []float64{0.5, 0.78, 0.88, 0.93, 0.97, 0.985} {
		near(t, "coverage", hits[j]/looked, least, 1)
	}
	near(t, "coverage of 0.8", hits[1]/looked, 0.78, 0.92)
}

func TestHoldOfFewSamples(t *testing.T) {
	end := eight.Add(time.Minute)
	for _, values := range [][]float64{{100}, {100, 100}, {100, 100, 100}} {
		p := Hold{}.Path(series(values...), eight, time.Minute)
		near(t, "median", p.At(0.5, end), 100, 100)
		// 5 % in the first minute make 1.6449 · 5 for the quantile 0.95, of
		// which two samples that agree take a third.
		near(t, "0.95", p.At(0.95, end), 105.4, 108.3)
	}
	p := Hold{}.Path(series(100, 300), eight, time.Minute)
	near(t, "median after a jump", p.At(0.5, eight), 300, 300)
	if got := (Hold{}).Path(series(0), eight, time.Minute).At(0.998, end); got != 0 {
		t.Errorf("nothing at all is forecast to be %v", got)
	}
}

func TestHoldWidensWithAge(t *testing.T) {
	noise := rand.New(rand.NewPCG(5, 6))
	s := series(steady(720, func(int) float64 { return 1000 + 20*noise.NormFloat64() })...)
	before := 0.0
	for _, age := range []time.Duration{0, 20 * time.Second, time.Minute, 10 * time.Minute, 3 * time.Hour, 1000 * time.Hour} {
		at := eight.Add(age)
		p := Hold{}.Path(s, at, time.Minute)
		width := p.At(0.95, at) - p.At(0.5, at)
		if width < before || (age <= time.Minute && age > 0 && width == before) {
			t.Errorf("at an age of %s the spread is %v, before %v", age, width, before)
		}
		before = width
	}
}

func TestHoldReachesTheHorizon(t *testing.T) {
	for horizon, step := range map[time.Duration]time.Duration{
		-time.Minute:        time.Second,
		0:                   time.Second,
		time.Second:         time.Second,
		16 * time.Second:    2 * time.Second,
		2 * time.Minute:     15 * time.Second,
		16 * time.Minute:    15 * time.Second,
		16*time.Minute + 64: 15*time.Second + 1,
		time.Hour:           time.Hour / 64,
		math.MaxInt64:       longestHorizon / 64,
	} {
		p := Hold{}.Path(series(1, 2, 3), eight, horizon)
		within := min(max(horizon, 0), longestHorizon)
		if p.Step() != step || p.Horizon() < within || p.Horizon() >= within+step {
			t.Errorf("horizon %s: step %s, reaches %s", horizon, p.Step(), p.Horizon())
		}
	}
}

// A lead shorter than a grid cell still sees a rise coming.
func TestHoldLooksAheadOverSeconds(t *testing.T) {
	s := signal.NewSeries(400)
	at := eight
	for i := range 60 {
		at = eight.Add(time.Duration(i) * time.Second)
		s.Append(signal.Sample{At: at, Value: 100 + 10*float64(i)})
	}
	last, _ := s.Last()
	p := Hold{}.Path(s, at, 13*time.Second)
	if got := p.Max(0.99, at, at.Add(13*time.Second)); got < last.Value+80 {
		t.Errorf("rising 10/s, from %v: at most %v expected within 13 s", last.Value, got)
	}
}

// Across a break nothing is compared: neither the trend nor the errors of a path
// are of the jump there, whichever way it goes, and the level is of what came
// since.
func TestHoldComparesNothingAcrossABreak(t *testing.T) {
	for _, c := range []struct {
		before, after float64
		gap           time.Duration
	}{{100, 300, time.Minute}, {300, 100, time.Minute}, {100, 300, tick}, {300, 100, tick}} {
		for _, since := range []int{1, 2, 6, 30, 200} { // samples
			s := series(steady(600, func(int) float64 { return c.before })...)
			begin := eight.Add(c.gap)
			s.Break(begin)
			if p := (Hold{}).Path(s, eight.Add(time.Second), time.Minute); p.At(0.5, eight.Add(time.Second)) != c.before {
				t.Errorf("before a break the level is not %v", c.before)
			}
			if p := (Hold{}).Path(s, begin, time.Minute); p.Known() {
				t.Errorf("with no sample since a break the path is %+v", p)
			}
			for i := range since {
				s.Append(signal.Sample{At: begin.Add(time.Duration(i) * tick), Value: c.after})
			}
			at := begin.Add(time.Duration(since-1) * tick)
			p := Hold{}.Path(s, at, 2*time.Minute)
			near(t, fmt.Sprintf("0.99 from %v to %v after %d samples, %s apart", c.before, c.after, since, c.gap),
				p.Max(0.99, at, at.Add(2*time.Minute)), c.after, 1.03*c.after)
		}
	}
}

// A break between samples that are alike takes nothing from what is known of
// them but the pairs across it.
func TestHoldLearnsFromBothSidesOfABreak(t *testing.T) {
	whole, broken := signal.NewSeries(720), signal.NewSeries(720)
	for i := range 720 {
		x := signal.Sample{At: eight.Add(time.Duration(i-719) * tick), Value: 100 + 100*float64(i/3%2)}
		if i == 700 {
			broken.Break(x.At)
		}
		whole.Append(x)
		broken.Append(x)
	}
	want := Hold{}.Path(whole, eight, time.Minute).Max(0.95, eight, eight.Add(time.Minute))
	near(t, "0.95 of a series that broke lately", Hold{}.Path(broken, eight, time.Minute).Max(0.95, eight, eight.Add(time.Minute)), 0.8*want, 1.2*want)
}

// history draws an irregular series that ends at eight o'clock or before. No
// value is so near to zero that what is made of it underflows: doubling would
// not be exact there.
func history(t *rapid.T) []signal.Sample {
	n := rapid.IntRange(1, 200).Draw(t, "samples")
	apart := rapid.SampledFrom([]time.Duration{tick, 15 * time.Second, time.Minute, 10 * time.Minute}).Draw(t, "apart")
	values := rapid.SliceOfN(rapid.OneOf(
		rapid.Float64Range(1e-6, 1e6), rapid.Float64Range(99, 101), rapid.Just(0.0),
	), n, n).Draw(t, "values")
	skips := rapid.SliceOfN(rapid.SampledFrom([]int{1, 1, 1, 1, 2, 30}), n, n).Draw(t, "skips")
	at := eight.Add(-time.Duration(rapid.IntRange(0, 600).Draw(t, "age")) * time.Second)
	samples := make([]signal.Sample, n)
	for i := n - 1; i >= 0; i-- {
		jitter := time.Duration(rapid.IntRange(0, 999).Draw(t, "jitter")) * time.Millisecond
		samples[i] = signal.Sample{At: at.Add(-jitter), Value: values[i]}
		at = at.Add(-time.Duration(skips[i]) * apart)
	}
	return samples
}

func fill(samples []signal.Sample, factor float64) *signal.Series {
	s := signal.NewSeries(1000)
	for _, x := range samples {
		s.Append(signal.Sample{At: x.At, Value: factor * x.Value})
	}
	return s
}

func TestHoldProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		samples := history(t)
		horizon := rapid.SampledFrom([]time.Duration{0, time.Minute, 2 * time.Minute, time.Hour}).Draw(t, "horizon")
		p := Hold{}.Path(fill(samples, 1), eight, horizon)
		sound(t, p, horizon)

		if again := (Hold{}).Path(fill(samples, 1), eight, horizon); !slices.Equal(again.values, p.values) {
			t.Fatal("a second look differs from the first")
		}
		double := Hold{}.Path(fill(samples, 2), eight, horizon)
		for i, v := range p.values {
			if double.values[i] != 2*v {
				t.Fatalf("value %d of the doubled series is %v, want twice %v", i, double.values[i], v)
			}
		}
		later := fill(samples, 1)
		for i := range rapid.IntRange(1, 500).Draw(t, "later") {
			later.Append(signal.Sample{At: eight.Add(time.Duration(i)*time.Second + 1), Value: 1e9})
		}
		if unaware := (Hold{}).Path(later, eight, horizon); !slices.Equal(unaware.values, p.values) {
			t.Fatal("what comes later changes the path")
		}
		if last := samples[len(samples)-1]; last.At.Equal(eight) && p.At(0.5, eight) < last.Value {
			t.Fatalf("the median now is %v, below the last sample %v", p.At(0.5, eight), last.Value)
		}
	})
}

type failer interface {
	Fatalf(format string, args ...any)
}

// sound checks what every path owes: known, long enough, finite, ordered.
func sound(t failer, p Path, horizon time.Duration) {
	if !p.Known() || p.Horizon() < horizon || !p.Start().Equal(eight) {
		t.Fatalf("path of %s from %s, want %s from %s", p.Horizon(), p.Start(), horizon, eight)
	}
	for i := 0; i < len(p.values); i += len(holdQuantiles) {
		row := p.values[i : i+len(holdQuantiles)]
		for _, v := range row {
			if !(v >= 0 && v <= largest) {
				t.Fatalf("row %v is not finite", row)
			}
		}
		if !slices.IsSorted(row) {
			t.Fatalf("row %v is out of order", row)
		}
	}
}

func TestSpreadIsNeverNarrowerLater(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var g grid
		g.lay(fill(history(t), 1), eight, 30*time.Minute)
		g.fit(5 * time.Minute)
		var sp spread
		sp.learn(&g, rapid.Float64Range(0, 1000).Draw(t, "reach"))
		before := sp.over(0)
		for h := 0.25; h < 200; h *= 1.3 {
			now := sp.over(h)
			for j := range now {
				// Interpolation may lose the last bits.
				if now[j] < before[j]*(1-1e-12) {
					t.Fatalf("quantile %v rises by %v, less than the %v before", holdQuantiles[j], now[j], before[j])
				}
			}
			before = now
		}
	})
}

func TestUpperHalfIsAsSorted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.OneOf(rapid.Float64Range(-10, 10), rapid.SampledFrom([]float64{-1, 0, 1})), 0, gridCells).Draw(t, "values")
		want := slices.Sorted(slices.Values(values))
		sortUpperHalf(values)
		middle := max(0, len(values)-1) / 2
		if !slices.Equal(values[middle:], want[middle:]) {
			t.Fatalf("upper half is %v, want %v", values[middle:], want[middle:])
		}
	})
}

// FuzzHold takes any bytes for samples.
func FuzzHold(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, int64(60))
	f.Add([]byte{255, 255, 255, 0, 0, 0}, int64(1<<62))
	f.Fuzz(func(t *testing.T, raw []byte, seconds int64) {
		s := signal.NewSeries(256)
		at := eight.Add(-24 * time.Hour)
		for ; len(raw) >= 3; raw = raw[3:] {
			at = at.Add(time.Duration(raw[0]) * time.Second * 7)
			// From −1e308 over small numbers to 1e308.
			exponent := float64(raw[1])*2.41 - 307
			s.Append(signal.Sample{At: at, Value: (float64(raw[2])/128 - 1) * math.Pow(10, exponent)})
		}
		horizon := time.Duration(seconds)
		p := Hold{}.Path(s, eight, horizon)
		if !p.Known() {
			if s.Len() > 0 && len(s.Since(time.Time{}, nil)) > 0 && !s.Since(time.Time{}, nil)[0].At.After(eight) {
				t.Fatalf("%d samples gave no path", s.Len())
			}
			return
		}
		sound(t, p, min(horizon, longestHorizon))
	})
}
