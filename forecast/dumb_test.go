package forecast

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// What is made to be fast, beside what is made to be plain.

func TestRidgeIsLeastSquares(t *testing.T) {
	noise := rand.New(rand.NewPCG(8, 8))
	r := newRidge()
	a, b := [nFeatures][nFeatures]float64{}, r.weight
	for i := range a {
		a[i][i] = 1
	}
	weight := 1.0
	for range 3000 {
		var x features
		for i := range 7 { // of three nothing is ever seen
			x[i] = noise.NormFloat64()
		}
		x[0] = 1
		y := 2 + x[1] - 0.5*x[6] + 0.1*noise.NormFloat64()
		weight *= 1.001
		expected := 0.0
		for i, v := range x {
			expected += v * r.weight[i]
		}
		clipped := expected + min(max(y-expected, -1), 1)
		for i, v := range x {
			b[i] += weight * v * clipped
			for j, w := range x {
				a[i][j] += weight * v * w
			}
		}
		r.learn(&x, y, weight, true)
	}
	for i, row := range a {
		got := 0.0
		for j, v := range row {
			got += v * r.weight[j]
		}
		near(t, "the left side of an equation, less the right one,", (got-b[i])/weight, -0.01, 0.01)
	}
	near(t, "a weight", r.weight[1], 0.98, 1.02)
	near(t, "another", r.weight[6], -0.52, -0.48)
	if r.weight[8] != 0 {
		t.Errorf("the weight of what was never seen is %v", r.weight[8])
	}
}

func TestRidgeLagsBehindLittle(t *testing.T) {
	r, eager := newRidge(), newRidge()
	noise := rand.New(rand.NewPCG(8, 9))
	for range 500 {
		x := features{1, noise.Float64(), noise.Float64()}
		r.learn(&x, x[1], 1, false)
		eager.learn(&x, x[1], 1, true)
	}
	for i, w := range r.weight {
		near(t, "a weight beside one that is always up to date", w-eager.weight[i], -0.01, 0.01)
	}
	if r.seen > mostUnsolved {
		t.Errorf("%v samples are not known of", r.seen)
	}
}

func TestBinsAreEquallyWideOnAsinh(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		missed := rapid.OneOf(rapid.Float64Range(-0.2, 0.2), rapid.Float64Range(-7, 7), rapid.Float64()).Draw(t, "missed")
		share := (math.Asinh(missed/finest)/math.Asinh(widestMiss/finest) + 1) / 2 * errorBins
		got := float64(missBins.of(missed))
		if want := min(max(share, 0), errorBins-1); got > want+1e-9 || got < want-1-1e-9 {
			t.Fatalf("bin %v, want that of %v", got, share)
		}
	})
}

// A histogram with all bins of all levels and classes.
type dumbMisses [restiveClasses][errorLevels][errorBins]float64

func TestMissesAreHistograms(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var e misses
		var dumb dumbMisses
		weight := 1.0
		for range rapid.IntRange(1, 300).Draw(t, "n") {
			expected, missed := rapid.Float64Range(0, 13).Draw(t, "expected"), rapid.Float64Range(-7, 7).Draw(t, "missed")
			class := rapid.IntRange(0, restiveClasses-1).Draw(t, "class")
			weight *= 1.25
			e.add(expected, int8(class), missed, weight)
			dumb[class][levelOf(expected)][missBins.of(missed)] += weight
		}
		scale := rapid.SampledFrom([]float64{1, 1 / weight}).Draw(t, "scale")
		by := rapid.SampledFrom([]float64{0, 3.4, -3.4, 100, -100}).Draw(t, "shift")
		e.scale(float32(scale))
		e.shift(by)
		checkHistograms(t, &e, dumb.shifted(by, scale), weight*scale)
	})
}

func (d *dumbMisses) shifted(by, scale float64) *dumbMisses {
	var moved dumbMisses
	for c := range d {
		for l := range d[c] {
			to := levelOf(max(0, (float64(l)+0.5)*levelWidth+by))
			for i, n := range d[c][l] {
				moved[c][to][i] += n * scale
			}
		}
	}
	return &moved
}

func checkHistograms(t *rapid.T, e *misses, dumb *dumbMisses, weight float64) {
	for c := range dumb {
		for l := range dumb[c] {
			var got [errorBins]float64
			total := e.blend(c, l, 1, &got)
			want := 0.0
			for i, n := range dumb[c][l] {
				want += n
				if math.Abs(got[i]-n) > 1e-4*weight {
					t.Fatalf("class %d, level %d, bin %d: %v, want %v", c, l, i, got[i], n)
				}
			}
			if math.Abs(total-want) > 1e-4*weight {
				t.Fatalf("class %d, level %d: %v in all, want %v", c, l, total, want)
			}
		}
	}
}

// Quantiles are those of the level and the class, once enough was seen of them.
func TestMissesOfLikeTimesCount(t *testing.T) {
	var e misses
	noise := rand.New(rand.NewPCG(1, 5))
	for range 5000 {
		z := noise.NormFloat64()
		e.add(1, 0, 0.02*z, 1)
		e.add(1, 3, 0.5*z, 1)
		e.add(6, 0, 0.1*z, 1)
	}
	for _, c := range []struct {
		level     float64
		class     int8
		deviation float64
	}{{1, 0, 0.02}, {1, 3, 0.5}, {6, 0, 0.1}, {5.9, 0, 0.1}} {
		q := e.quantiles(c.level, c.class, &priors[0], 1)
		near(t, "0.5", q[0]/c.deviation, -0.15, 0.15)
		near(t, "0.9", q[2]/c.deviation, 1.15, 1.4)
		near(t, "0.99", q[5]/c.deviation, 2.1, 2.7)
	}
	for range enough {
		e.add(1+levelWidth, 0, 5*noise.NormFloat64(), 1)
	}
	near(t, "0.9 beside another level", e.quantiles(1, 0, &priors[0], 1)[2]/0.02, 1.15, 1.4)
	first := (&misses{}).quantiles(1, 2, &priors[3], 1)
	near(t, "0.9 before any was seen", first[2], 1.2*0.05*math.Sqrt(float64(aheads[3])), 1.4*0.05*math.Sqrt(float64(aheads[3])))
}

// What is like them counts for less, as long as there is little.
func TestMissesOfUnlikeTimesCountForLess(t *testing.T) {
	var e misses
	noise := rand.New(rand.NewPCG(1, 6))
	for range 400 {
		e.add(1, 3, 0.5*noise.NormFloat64(), 1)
	}
	for range 1000 {
		e.add(1, 2, 0.02*noise.NormFloat64(), 1)
	}
	// Of 400 + 0.15·1000, a tenth lies above the 0.137 highest of the 400.
	near(t, "0.9", e.quantiles(1, 3, &priors[0], 1)[2], 0.45, 0.65)
}

func TestRecentMeasuresTheLastHour(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var r recent
		minute := rapid.Int64Range(-200, 200).Draw(t, "start") // before 1970, too
		all := map[int64]float64{}
		for range rapid.IntRange(1, 200).Draw(t, "n") {
			gap := rapid.SampledFrom([]int64{0, 1, 1, 1, 2, 5, 59, 60, 63, 64, 65, 1000}).Draw(t, "gap")
			v := rapid.Float64Range(0, 1e6).Draw(t, "value")
			want := gap
			if len(all) == 0 {
				want = 1
			}
			if passed := r.add(minute+gap, v); passed != want {
				t.Fatalf("%d minutes passed, want %d", passed, want)
			}
			minute += gap
			all[minute] = v
		}
		m := r.measure()
		most := max(all[minute], all[minute-1], all[minute-2], all[minute-3], all[minute-4])
		for _, c := range [][2]float64{
			{m.last, all[minute]},
			{m.most5, most},
			{m.mean5, dumbMean(all, minute, 5)},
			{m.mean15, dumbMean(all, minute, 15)},
			{m.mean60, dumbMean(all, minute, 60)},
		} {
			if math.Abs(c[0]-c[1]) > 1e-9*c[1] {
				t.Fatalf("%+v: %v, want %v", m, c[0], c[1])
			}
		}
	})
}

func dumbMean(all map[int64]float64, minute, minutes int64) float64 {
	of, n := 0.0, 0.0
	for i := range minutes {
		if v, ok := all[minute-i]; ok {
			of, n = of+v, n+1
		}
	}
	return of / n
}

func TestSeasonsSmoothTheLastWeek(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u, s := unit{c: 1}, seasons{}
		cells := map[int64][]float64{}
		minute := rapid.Int64Range(-3000, 3000).Draw(t, "start")
		for range rapid.IntRange(1, 30).Draw(t, "runs") {
			minute += rapid.SampledFrom([]int64{0, 1, 4, 5, 6, 70, 1440, 10080, 10300, 30000}).Draw(t, "gap")
			for range rapid.IntRange(1, 100).Draw(t, "length") {
				v := float64(uint64(minute*7919) % 101)
				s.add(minute, v, &u)
				cells[cellOf(minute)] = append(cells[cellOf(minute)], v)
				minute += rapid.SampledFrom([]int64{0, 1, 3}).Draw(t, "step")
			}
		}
		for range 50 {
			at := s.newest*cellMinutes - rapid.Int64Range(-20, 11000).Draw(t, "back")
			want := dumbAround(cells, cellOf(at))
			if age := s.newest - cellOf(at); age <= seasonReach || age > seasonReach+seasonCells {
				want = math.NaN()
			}
			got := float64(s.around(at))
			if math.IsNaN(got) != math.IsNaN(want) || math.Abs(got-want) > 1e-5 {
				t.Fatalf("around %d, %d cells ago: %v, want %v", at, s.newest-cellOf(at), got, want)
			}
		}
	})
}

func dumbAround(cells map[int64][]float64, c int64) float64 {
	of, n := 0.0, 0.0
	for i := c - seasonReach; i <= c+seasonReach; i++ {
		cell := 0.0
		for _, v := range cells[i] {
			cell += v
		}
		if len(cells[i]) > 0 {
			of, n = of+cell/float64(len(cells[i])), n+1
		}
	}
	return math.Log1p(of / n)
}

func TestClockShowsTheSameDaysBefore(t *testing.T) {
	for _, name := range []string{"UTC", "Europe/Rome", "Australia/Lord_Howe", "Asia/Kolkata"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		c := clock{zone: zone}
		for minute := minuteOf(time.Date(2026, 1, 1, 0, 0, 0, 0, zone)); minute < minuteOf(time.Date(2027, 1, 1, 0, 0, 0, 0, zone)); minute += 7 {
			c.settle(minute)
			for _, days := range habitDays {
				later := minute + minute%61
				now, then := instantOf(later).In(zone), instantOf(c.before(later, days)).In(zone)
				want := now.AddDate(0, 0, -days)
				if h, m, _ := then.Clock(); (h != now.Hour() || m != now.Minute() || then.Day() != want.Day()) && !shifted(want) {
					t.Fatalf("%d days before %s is %s", days, now, then)
				}
			}
		}
	}
}

// shifted reports whether clocks are moved within a few hours of an instant, when
// some times are twice, and some are not.
func shifted(at time.Time) bool {
	_, a := at.Add(-3 * time.Hour).Zone()
	_, b := at.Add(3 * time.Hour).Zone()
	return a != b
}

func TestSharesAreWhatTheySay(t *testing.T) {
	near(t, "growth over memory", math.Pow(growth, memory), 2-1e-9, 2+1e-9)
	near(t, "what is left of lately", math.Pow(1-latelyShare, 15)*math.E, 1-1e-9, 1+1e-9)
	near(t, "what is left of usually", math.Pow(1-usuallyShare, 1440)*math.E, 1-1e-9, 1+1e-9)
	for i, ahead := range aheads {
		if pace[i]&(pace[i]-1) != 0 || pace[i] > uint64(ahead) {
			t.Errorf("a pace of %d is no power of two, or longer than %d minutes", pace[i], ahead)
		}
		if ahead == restiveAhead && pace[i] != 1 {
			t.Errorf("how restive a series is is not followed each minute")
		}
	}
	if last := aheads[len(aheads)-1]; last >= recentMinutes {
		t.Errorf("origins %d minutes ago are not kept", last)
	}
}
