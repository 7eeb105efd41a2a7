package forecast

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// told is a sample.
type told struct {
	at    time.Time
	value float64
}

func (l *Learner) hear(all ...told) *Learner {
	for _, x := range all {
		l.Observe(x.at, x.value)
	}
	return l
}

// gapLengths are in seconds: ticks, minutes, and what clocks and outages do.
func gapLengths() *rapid.Generator[int64] {
	return rapid.OneOf(
		rapid.Just(int64(60)), rapid.Just(int64(60)), rapid.Just(int64(60)), rapid.Just(int64(15)), rapid.Just(int64(300)),
		rapid.Int64Range(-120, 4000), rapid.Int64Range(-1<<20, 1<<36),
	)
}

// heard draws a series of runs: each a number of samples equally far apart, of
// values of one kind.
func heard(t *rapid.T, values *rapid.Generator[float64]) (all []told) {
	at := time.Unix(rapid.Int64Range(-1e10, 1e10).Draw(t, "start"), rapid.Int64Range(0, 1e9-1).Draw(t, "fraction"))
	noise := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
	for range rapid.IntRange(1, 6).Draw(t, "runs") {
		gap := time.Duration(gapLengths().Draw(t, "gap")) * time.Second
		level, wild := values.Draw(t, "level"), rapid.SampledFrom([]float64{0, 0.01, 1}).Draw(t, "wild")
		for range rapid.IntRange(1, 400).Draw(t, "length") {
			at = at.Add(gap)
			all = append(all, told{at: at, value: level * math.Exp(wild*noise.NormFloat64())})
			if gap > time.Hour || gap < 0 {
				gap = time.Minute
			}
		}
	}
	return all
}

func levels() *rapid.Generator[float64] {
	return rapid.OneOf(
		rapid.Float64Range(0, 1e6), rapid.Just(0.0), rapid.Float64(),
		rapid.SampledFrom([]float64{math.MaxFloat64, -1, math.SmallestNonzeroFloat64, 1e-300, 1e300, 1e38, 1e-45, math.NaN(), math.Inf(1)}),
	)
}

func checkSound(t interface {
	Helper()
	Fatalf(format string, args ...any)
}, p Path,
) {
	t.Helper()
	for i := 0; i < len(p.values); i += len(p.quantiles) {
		row := p.values[i : i+len(p.quantiles)]
		if !slices.IsSorted(row) || !(row[0] >= 0) || !(row[len(row)-1] <= largest) {
			t.Fatalf("row %d is %v: not in order, or not within 0 to %v", i/len(row), row, largest)
		}
	}
}

func TestLearnerIsSoundWhateverItHears(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := heard(t, levels())
		horizon := time.Duration(rapid.Int64().Draw(t, "horizon"))
		a, b := NewLearner(nil), NewLearner(nil)
		for i, x := range all {
			if a.hear(x); i%37 == 0 {
				checkSound(t, a.Path(x.at, horizon)) // looking changes nothing
			}
		}
		b.hear(all...)
		last := all[len(all)-1].at
		p, q := a.Path(last, horizon), b.Path(last, horizon)
		checkSound(t, p)
		if !slices.Equal(p.values, q.values) {
			t.Fatal("the same samples made another path")
		}
		checkWeights(t, a)
	})
}

func checkWeights(t *rapid.T, l *Learner) {
	for _, fit := range l.fits {
		for _, w := range fit.weight {
			if math.IsNaN(w) || math.IsInf(w, 0) {
				t.Fatalf("weights are %v", fit.weight)
			}
		}
	}
}

func TestLearnerDoublesWithTheScale(t *testing.T) {
	// None near smallest, which doubles to more than it.
	values := rapid.OneOf(
		rapid.Just(0.0), rapid.Float64Range(1e-6, 1e6), rapid.Float64Range(1e-46, 1e-37), rapid.Float64Range(1e37, 1e39),
		rapid.Float64Range(1e-200, 1e-190), rapid.Float64Range(1e190, 1e200),
	)
	rapid.Check(t, func(t *rapid.T) {
		all := heard(t, values)
		doubled := slices.Clone(all)
		for i := range doubled {
			doubled[i].value *= 2
		}
		last := all[len(all)-1].at
		p, q := NewLearner(nil).hear(all...).Path(last, time.Hour), NewLearner(nil).hear(doubled...).Path(last, time.Hour)
		if len(p.values) != len(q.values) {
			t.Fatal("twice as much made a path of another length")
		}
		for i, v := range p.values {
			if q.values[i] != min(2*v, largest) {
				t.Fatalf("of twice as much %v is expected, want twice %v", q.values[i], v)
			}
		}
	})
}

// Samples that are not later than the last, and those after one looked, change
// nothing of what was seen.
func TestLearnerIgnoresWhatIsLateAndWhatIsToCome(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := heard(t, rapid.Float64Range(0, 1e6))
		cut := rapid.IntRange(0, len(all)-1).Draw(t, "cut")
		l := NewLearner(nil).hear(all[:cut]...)
		at := all[cut].at
		before := l.Path(at, time.Hour)
		values := slices.Clone(before.values)
		clone := NewLearner(nil).hear(all[:cut]...)
		clone.hear(all[cut:]...)
		if !slices.Equal(before.values, values) {
			t.Fatal("a later sample changed a path that was made")
		}
		if cut > 0 {
			newest := l.recent.at
			l.Observe(newest, 12345)
			l.Observe(newest.Add(-time.Minute), 12345)
			l.Observe(newest.Add(time.Minute), math.NaN())
			if !slices.Equal(l.Path(at, time.Hour).values, values) {
				t.Fatal("a sample that is late, or none, changed the path")
			}
		}
	})
}

// One Learner is looked at by many at once.
func TestLearnerPathBesidePath(t *testing.T) {
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	l := NewLearner(rome)
	for i := range 2 * week {
		l.Observe(eight.Add(time.Duration(i-2*week)*time.Minute), daily(i))
	}
	want := l.Path(eight, time.Hour)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 50 {
				if got := l.Path(eight, time.Hour); !slices.Equal(got.values, want.values) {
					t.Error("a path beside others is another")
				}
			}
		})
	}
	all.Wait()
}

// FuzzLearner reads a series from bytes: runs of a gap in seconds, a length and a
// value.
func FuzzLearner(f *testing.F) {
	run := func(gap int32, length uint8, value float64) []byte {
		b := binary.LittleEndian.AppendUint32(nil, uint32(gap))
		b = append(b, length)
		return binary.LittleEndian.AppendUint64(b, math.Float64bits(value))
	}
	f.Add(int64(0), slices.Concat(run(60, 200, 1), run(60, 100, 1000), run(1<<30, 3, 0)))
	f.Add(int64(-1e9), slices.Concat(run(300, 255, math.SmallestNonzeroFloat64), run(15, 100, math.MaxFloat64), run(60, 200, 1)))
	f.Add(int64(1<<62), slices.Concat(run(60, 255, 1e300), run(-60, 3, 1), run(1<<31-1, 255, 1e-300)))
	f.Add(int64(1774746000), slices.Concat(run(60, 255, 0), run(61, 255, 7), run(59, 255, 8)))
	f.Fuzz(func(t *testing.T, start int64, data []byte) {
		rome, err := time.LoadLocation("Europe/Rome")
		if err != nil {
			t.Fatal(err)
		}
		l := NewLearner(rome)
		at := time.Unix(start, 0)
		for ; len(data) >= 13; data = data[13:] {
			gap := time.Duration(int32(binary.LittleEndian.Uint32(data))) * time.Second
			value := math.Float64frombits(binary.LittleEndian.Uint64(data[5:]))
			for range data[4] {
				at = at.Add(gap)
				l.Observe(at, value)
			}
			checkSound(t, l.Path(at, time.Hour))
		}
	})
}
