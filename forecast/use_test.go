package forecast

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// drawn are quantiles of a path's row, far more of them than it has: what Use says
// of a distribution is their mean.
func drawn(p Path, row []float64) (values []float64) {
	const n = 20000
	qs, last := p.quantiles, len(row)-1
	for i := range n {
		q := (float64(i) + 0.5) / n
		j := 0
		for j < last && qs[j+1] <= q {
			j++
		}
		switch {
		case q <= qs[0]:
			values = append(values, row[0])
		case j == last:
			values = append(values, row[last]+p.rarer().scale(row)*math.Log((1-qs[last])/(1-q)))
		default:
			values = append(values, row[j]+(row[j+1]-row[j])*(q-qs[j])/(qs[j+1]-qs[j]))
		}
	}
	return values
}

func rows() *rapid.Generator[[]float64] {
	return rapid.Custom(func(t *rapid.T) []float64 {
		row := make([]float64, len(quantiles))
		for i := range row {
			row[i] = rapid.OneOf(rapid.Float64Range(0, 100), rapid.Just(0.0), rapid.Just(50.0)).Draw(t, "value")
		}
		slices.Sort(row)
		return row
	})
}

func TestUseIsAMean(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		row := rows().Draw(t, "row")
		p := NewPath(eight, time.Minute, quantiles[:], row)
		low := rapid.Float64Range(0, 150).Draw(t, "low")
		high := low + rapid.Float64Range(0, 50).Draw(t, "room")
		want := 0.0
		values := drawn(p, row)
		for _, v := range values {
			want += min(max(v-low, 0), high-low) / float64(len(values))
		}
		got := p.Use(low, high, eight, eight)
		if math.Abs(got-want) > 0.05 || got < -1e-9 || got > high-low+1e-9 {
			t.Fatalf("of %v to %v %v is used, want %v", low, high, got, want)
		}
		if certain := p.Certainty(low, eight, eight); low >= row[0] && low < row[len(row)-1] {
			// At its certainty, the amount is what is expected.
			if at := p.At(certain, eight); math.Abs(at-low) > 1e-6 {
				t.Fatalf("%v is %v certain, at which %v is expected", low, certain, at)
			}
		}
	})
}

func TestUseOfTheUsual(t *testing.T) {
	p := NewPath(eight, time.Minute, []float64{0.5, 0.9}, []float64{
		10, 20,
		30, 50,
	})
	later := eight.Add(time.Minute)
	for _, c := range []struct {
		low, high float64
		from, to  time.Time
		want      float64
	}{
		{0, 10, eight, eight, 10},
		{0, 10, eight, later, 10},
		{20, 30, eight, later, 10},
		{10, 20, eight, eight, 0.4*5 + 0.1*10},
		{60, 50, eight, later, 0},
		{10, 10, eight, later, 0},
		// Above 50 they fall by 20 from a half to a tenth.
		{50, math.Inf(1), later, later, 0.1 * 20 / math.Log(5)},
	} {
		near(t, "use", p.Use(c.low, c.high, c.from, c.to), c.want-1e-9, c.want+1e-9)
	}
	for most, want := range map[float64]float64{9.9: 0, 10: 0.5, 15: 0.7, 20: 0.9, 1e9: 0.9} {
		near(t, "certainty", p.Certainty(most, eight, eight), want-1e-9, want+1e-9)
	}
	near(t, "the least certainty", p.Certainty(30, eight, later), 0.5, 0.5)
	if (Path{}).Use(0, 1, eight, later) != 0 || (Path{}).Certainty(1, eight, later) != 0 {
		t.Error("a path that knows nothing tells of use")
	}
	// Of a path of a Learner, the tail is told from the quantiles 0.98 and 0.999.
	learned := NewPath(eight, time.Minute, quantiles[:], []float64{0, 1, 2, 3, 4, 5, 6, 8, 10})
	near(t, "use above all", learned.Use(10, math.Inf(1), eight, eight), 0.001*6/math.Log(20)-1e-9, 0.001*6/math.Log(20)+1e-9)
	flat := NewPath(eight, time.Minute, []float64{0.9}, []float64{10})
	near(t, "use of one quantile", flat.Use(0, 20, eight, eight), 10, 10)
}
