package backtest

import (
	"math"
	"slices"
)

// misses are the newest so many errors of a forecast, and their quantiles.
type misses struct {
	limit  int
	ring   []float64
	oldest int       // in ring, once it is full
	sorted []float64 // the same ones
}

func newMisses(limit int) *misses { return &misses{limit: max(1, limit)} }

func (m *misses) add(v float64) {
	if len(m.ring) < m.limit {
		m.ring = append(m.ring, v)
	} else {
		i, _ := slices.BinarySearch(m.sorted, m.ring[m.oldest])
		m.sorted = slices.Delete(m.sorted, i, i+1)
		m.ring[m.oldest] = v
		m.oldest = (m.oldest + 1) % m.limit
	}
	i, _ := slices.BinarySearch(m.sorted, v)
	m.sorted = slices.Insert(m.sorted, i, v)
}

// quantile is the least error that at least a share q of them does not exceed,
// which has the least pinball loss on them; 0 of none.
func (m *misses) quantile(q float64) float64 {
	n := len(m.sorted)
	if n == 0 {
		return 0
	}
	return m.sorted[min(max(int(math.Ceil(q*float64(n)))-1, 0), n-1)]
}

// around adds the misses' quantiles to a middle.
func (m *misses) around(middle float64, qs []float64) []float64 {
	values := make([]float64, len(qs))
	for i, q := range qs {
		values[i] = max(0, middle+m.quantile(q))
	}
	return values
}
