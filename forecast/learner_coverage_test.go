package forecast

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// wandering is a day whose level wanders around it.
func wandering(n int) []float64 {
	noise := rand.New(rand.NewPCG(3, 3))
	level := 0.0
	return steady(n, func(i int) float64 {
		level = 0.98*level + 0.05*noise.NormFloat64()
		return 500 * math.Exp(level+0.03*noise.NormFloat64()+math.Sin(2*math.Pi*float64(i)/day))
	})
}

// flat is noise and nothing else, with a heavy tail: Student's with three degrees of
// freedom, on the logarithm.
func flat(n int) []float64 {
	noise := rand.New(rand.NewPCG(4, 3))
	return steady(n, func(int) float64 {
		chi := 0.0
		for range 3 {
			z := noise.NormFloat64()
			chi += z * z
		}
		return 100 * math.Exp(0.1*noise.NormFloat64()/math.Sqrt(chi/3))
	})
}

// Over a long series each quantile holds about as often as it says, at each
// horizon, and in the tail to a part of what lies above it.
func TestLearnerCoversWhatItSays(t *testing.T) {
	for name, values := range map[string][]float64{
		"wandering": wandering(2 * fourWeeks), "flat": flat(2 * fourWeeks), "bursty": bursty(2 * fourWeeks),
	} {
		t.Run(name, func(t *testing.T) {
			for minutes, c := range coverage(values, []int{1, 4, 15, 60}) {
				c.check(t, fmt.Sprintf("%d minutes ahead", minutes))
			}
		})
	}
}

// covered counts how often values did not exceed each quantile, and how often they
// were below it by more than is worth telling: between these is how often a
// quantile holds of a series that often has the same value.
type covered struct {
	looked      float64
	most, least [len(quantiles)]float64
}

// coverage is that of the second half of a series, for some minutes ahead.
func coverage(values []float64, ahead []int) map[int]*covered {
	found := map[int]*covered{}
	for _, k := range ahead {
		found[k] = &covered{}
	}
	l := NewLearner(nil)
	for i, v := range values {
		at := eight.Add(time.Duration(i) * time.Minute)
		l.Observe(at, v)
		if i < len(values)/2 || i%3 != 0 || i+60 >= len(values) {
			continue
		}
		p := l.prospect(false)
		for _, k := range ahead {
			row := p.row(float64(k), nil)
			found[k].add(values[i+k], row, l.unit.c/10)
		}
	}
	return found
}

// add counts a value beside the quantiles of what was expected; fine is what is not
// worth telling.
func (c *covered) add(value float64, row []float64, fine float64) {
	c.looked++
	for j, q := range row {
		if value <= q {
			c.most[j]++
		}
		if value < q-fine {
			c.least[j]++
		}
	}
}

func (c *covered) check(t *testing.T, what string) {
	t.Helper()
	for j, q := range quantiles {
		off := 0.004 + 0.25*(1-q) // 2.9 points at 0.9, half a point at 0.995
		most, least := c.most[j]/c.looked, c.least[j]/c.looked
		if most < q-off || least > q+off {
			t.Errorf("%s the quantile %v holds in %.4f to %.4f of all", what, q, least, most)
		}
	}
}
