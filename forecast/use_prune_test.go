package forecast

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// What is left out, as it cannot be more, never is: the most of a span is the most
// of its instants, each looked at alone.
func TestUseOverlooksNoInstant(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 14))
	for range 200 {
		p := Path{start: eight, step: time.Minute, quantiles: quantiles[:]}
		for range 6 {
			row := make([]float64, len(quantiles))
			for j := range row {
				row[j] = 100 * random.ExpFloat64()
			}
			slices.Sort(row)
			p.values = append(p.values, row...)
		}
		last := eight.Add(5 * time.Minute)
		for low := 0.0; low < 400; low += 40 {
			want := 0.0
			for at := eight; !at.After(last); at = at.Add(time.Minute) {
				want = max(want, p.Use(low, low+40, at, at))
			}
			if got := p.Use(low, low+40, eight, last); got != want {
				t.Fatalf("%v of [%v, %v) are used, and %v at one of its instants", got, low, low+40, want)
			}
		}
	}
}
