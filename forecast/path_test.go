package forecast

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var eight = time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)

// stairs is a path of three points, 10 s apart, from eight o'clock.
func stairs() Path {
	return NewPath(eight, 10*time.Second, []float64{0.5, 0.9}, []float64{
		10, 20,
		30, 50,
		20, 25,
	})
}

func TestPathAt(t *testing.T) {
	cases := []struct {
		q    float64
		at   time.Duration
		want float64
	}{
		{0.5, -time.Hour, 10},
		{0.5, -time.Nanosecond, 10},
		{0.5, 0, 10},
		{0.5, 10*time.Second - 1, 10},
		{0.5, 10 * time.Second, 30},
		{0.5, 20*time.Second - 1, 30},
		{0.5, 20 * time.Second, 20},
		{0.5, 1000 * time.Hour, 20},
		{0.01, 0, 10},
		{0.7, 0, 15},
		{0.9, 0, 20},
		{0.99, 0, 20},
		{0.7, 10 * time.Second, 40},
	}
	p := stairs()
	for _, c := range cases {
		if got := p.At(c.q, eight.Add(c.at)); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("quantile %v after %s is %v, want %v", c.q, c.at, got, c.want)
		}
	}
	if got := p.At(0.5, time.Time{}); got != 10 {
		t.Errorf("at the beginning of time it is %v, want the first point's", got)
	}
	if got := p.At(0.5, time.Unix(1<<40, 0)); got != 20 {
		t.Errorf("at the end of time it is %v, want the last point's", got)
	}
}

func TestPathMaxAndIntegral(t *testing.T) {
	s := time.Second
	cases := []struct {
		from, to      time.Duration
		max, integral float64
	}{
		{0, 0, 10, 0},
		{0, 10*s - 1, 10, 100},
		{0, 10 * s, 30, 100},
		{5 * s, 15 * s, 30, 50 + 150},
		{10 * s, 20*s - 1, 30, 300},
		{20 * s, 25 * s, 20, 100},
		{0, 30 * s, 30, 100 + 300 + 200},
		{-10 * s, 5 * s, 10, 150},
		{-20 * s, -10 * s, 10, 100},
		{40 * s, 50 * s, 20, 200},
		{-10 * s, 40 * s, 30, 100 + 100 + 300 + 400},
		{15 * s, 5 * s, 30, 0},
		{25 * s, 5 * s, 20, 0},
	}
	p := stairs()
	for _, c := range cases {
		from, to := eight.Add(c.from), eight.Add(c.to)
		if got := p.Max(0.5, from, to); got != c.max {
			t.Errorf("maximum over [%s, %s] is %v, want %v", c.from, c.to, got, c.max)
		}
		if got := p.Integral(0.5, from, to); math.Abs(got-c.integral) > 1e-6 {
			t.Errorf("integral over [%s, %s] is %v, want %v", c.from, c.to, got, c.integral)
		}
	}
	// 2026 years do not fit into a time.Duration.
	if got, want := p.Integral(0.5, time.Time{}, eight), 10*float64(eight.Unix()-time.Time{}.Unix()); got != want {
		t.Errorf("integral since the beginning of time is %v, want %v", got, want)
	}
}

func TestPathTellsItsShape(t *testing.T) {
	p := stairs()
	if !p.Known() || !p.Start().Equal(eight) || p.Step() != 10*time.Second || p.Horizon() != 20*time.Second {
		t.Fatalf("known %t, start %s, step %s, horizon %s", p.Known(), p.Start(), p.Step(), p.Horizon())
	}
}

func TestZeroPathKnowsNothing(t *testing.T) {
	var p Path
	if p.Known() || p.Horizon() != 0 || p.At(0.5, eight) != 0 || p.Max(0.5, eight, eight.Add(time.Hour)) != 0 ||
		p.Integral(0.5, eight, eight.Add(time.Hour)) != 0 {
		t.Fatalf("the zero path answers: %+v", p)
	}
}

func TestNewPathRepairsValues(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	cases := map[string]struct {
		given, want []float64 // three rows of two
	}{
		"as they are":           {[]float64{1, 2, 3, 4, 5, 6}, []float64{1, 2, 3, 4, 5, 6}},
		"out of order":          {[]float64{2, 1, 3, 3, 6, 5}, []float64{1, 2, 3, 3, 5, 6}},
		"negative":              {[]float64{-1, 2, -3, -4, 0, 1}, []float64{0, 2, 0, 0, 0, 1}},
		"one not finite":        {[]float64{nan, 2, 3, inf, math.Inf(-1), 6}, []float64{2, 2, 3, 3, 6, 6}},
		"not finite, negative":  {[]float64{nan, -2, 3, 4, 5, 6}, []float64{0, 0, 3, 4, 5, 6}},
		"first row says naught": {[]float64{nan, inf, 3, 4, 5, 6}, []float64{3, 4, 3, 4, 5, 6}},
		"a row between":         {[]float64{1, 2, nan, nan, 5, 6}, []float64{1, 2, 1, 2, 5, 6}},
		"all but the last":      {[]float64{nan, nan, inf, inf, 5, 6}, []float64{5, 6, 5, 6, 5, 6}},
	}
	for name, c := range cases {
		given := slices.Clone(c.given)
		p := NewPath(eight, time.Second, []float64{0.5, 0.9}, given)
		if !slices.Equal(p.values, c.want) {
			t.Errorf("%s: %v became %v, want %v", name, c.given, p.values, c.want)
		}
		given[0] = 1e9
		if p.values[0] == 1e9 {
			t.Errorf("%s: the path changes with the slice it was made from", name)
		}
	}
	if p := NewPath(eight, time.Second, []float64{0.5}, []float64{nan, inf}); p.Known() {
		t.Errorf("nothing finite became %+v", p)
	}
}

func TestNewPathPanicsWithoutAShape(t *testing.T) {
	cases := map[string]func(){
		"no quantiles":    func() { NewPath(eight, time.Second, nil, []float64{1}) },
		"no values":       func() { NewPath(eight, time.Second, []float64{0.5}, nil) },
		"half a row":      func() { NewPath(eight, time.Second, []float64{0.5, 0.9}, []float64{1, 2, 3}) },
		"no step":         func() { NewPath(eight, 0, []float64{0.5}, []float64{1}) },
		"quantile 0":      func() { NewPath(eight, time.Second, []float64{0}, []float64{1}) },
		"quantile 1":      func() { NewPath(eight, time.Second, []float64{1}, []float64{1}) },
		"quantile NaN":    func() { NewPath(eight, time.Second, []float64{math.NaN()}, []float64{1}) },
		"equal quantiles": func() { NewPath(eight, time.Second, []float64{0.5, 0.5}, []float64{1, 2}) },
		"falling":         func() { NewPath(eight, time.Second, []float64{0.9, 0.5}, []float64{1, 2}) },
	}
	for name, make := range cases {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("a path came of it")
				}
			}()
			make()
		})
	}
}

// Whatever the path and the interval, it agrees with looking at every second.
func TestPathAgreesWithEverySecond(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		quantiles := []float64{0.5, 0.8, 0.95}[:rapid.IntRange(1, 3).Draw(t, "quantiles")]
		rows := rapid.IntRange(1, 6).Draw(t, "rows")
		values := rapid.SliceOfN(rapid.Float64Range(-5, 100), rows*len(quantiles), rows*len(quantiles)).Draw(t, "values")
		step := time.Duration(rapid.IntRange(1, 9).Draw(t, "step")) * time.Second
		p := NewPath(eight, step, quantiles, values)
		q := rapid.Float64Range(0.01, 0.99).Draw(t, "q")
		from := rapid.IntRange(-20, 80).Draw(t, "from")
		length := rapid.IntRange(0, 60).Draw(t, "length")

		most, sum := 0.0, 0.0
		for second := from; second <= from+length; second++ {
			row := min(max(second, 0)/int(step/time.Second), rows-1)
			v := dumbQuantile(quantiles, values[row*len(quantiles):(row+1)*len(quantiles)], q)
			most = max(most, v)
			if second < from+length {
				sum += v
			}
			if got := p.At(q, eight.Add(time.Duration(second)*time.Second)); math.Abs(got-v) > 1e-9 {
				t.Fatalf("at second %d it is %v, want %v", second, got, v)
			}
		}
		a, b := eight.Add(time.Duration(from)*time.Second), eight.Add(time.Duration(from+length)*time.Second)
		if got := p.Max(q, a, b); math.Abs(got-most) > 1e-9 {
			t.Fatalf("maximum is %v, want %v", got, most)
		}
		if got := p.Integral(q, a, b); math.Abs(got-sum) > 1e-6 {
			t.Fatalf("integral is %v, want %v", got, sum)
		}
		if higher := min(q+0.1, 0.999); p.At(higher, a) < p.At(q, a) {
			t.Fatalf("quantile %v is %v, below %v at %v", higher, p.At(higher, a), p.At(q, a), q)
		}
	})
}

// dumbQuantile looks a quantile up in a row as it was given.
func dumbQuantile(quantiles, given []float64, q float64) float64 {
	row := slices.Clone(given)
	for j := range row {
		row[j] = max(row[j], 0)
	}
	slices.Sort(row)
	if q <= quantiles[0] {
		return row[0]
	}
	for j := 1; j < len(quantiles); j++ {
		if q <= quantiles[j] {
			a, b := quantiles[j-1], quantiles[j]
			return (row[j-1]*(b-q) + row[j]*(q-a)) / (b - a)
		}
	}
	return row[len(row)-1]
}
