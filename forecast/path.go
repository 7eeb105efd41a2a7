package forecast

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// Path holds the quantiles of a signal at regular steps ahead. It is
// immutable. The zero Path knows nothing: Known reports false and every look
// at it returns 0.
type Path struct {
	start     time.Time
	step      time.Duration
	quantiles []float64 // ascending, each in (0, 1)
	values    []float64 // values[i*len(quantiles)+j]: step i, quantile j
}

// NewPath returns a path from start on. values holds one row per step, one
// column per quantile. Rows are put in order (a higher quantile is never
// below a lower one), negative and non-finite values become 0 and the row's
// largest finite value. It panics when the shape is wrong.
func NewPath(start time.Time, step time.Duration, quantiles, values []float64) Path {
	n := len(quantiles)
	if n == 0 || len(values) == 0 || len(values)%n != 0 || step <= 0 {
		panic(fmt.Sprintf("forecast: a path of %d values over %d quantiles in steps of %s has no shape", len(values), n, step))
	}
	for j, q := range quantiles {
		if q <= 0 || q >= 1 || (j > 0 && q <= quantiles[j-1]) {
			panic(fmt.Sprintf("forecast: quantiles %v are not ascending inside (0, 1)", quantiles))
		}
	}
	clean := slices.Clone(values)
	for i := 0; i < len(clean); i += n {
		repairRow(clean[i : i+n])
	}
	return Path{start: start, step: step, quantiles: slices.Clone(quantiles), values: clean}
}

func repairRow(row []float64) {
	largest := 0.0
	for _, v := range row {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			largest = max(largest, v)
		}
	}
	for j, v := range row {
		switch {
		case math.IsNaN(v) || math.IsInf(v, 1):
			row[j] = largest
		case v < 0:
			row[j] = 0
		}
	}
	slices.Sort(row)
}

// Known reports whether the path holds anything.
func (p Path) Known() bool { return len(p.values) > 0 }

// Start is the first instant of the path.
func (p Path) Start() time.Time { return p.start }

// Step is the time between two points of the path.
func (p Path) Step() time.Duration { return p.step }

// Horizon is how far the path reaches beyond its start.
func (p Path) Horizon() time.Duration {
	if !p.Known() {
		return 0
	}
	return time.Duration(p.steps()-1) * p.step
}

// At returns the value at quantile q at t. Each point holds until the next;
// before the first and after the last the end point holds. Between two
// quantiles it interpolates; outside them the outermost one holds.
func (p Path) At(q float64, t time.Time) float64 {
	if !p.Known() {
		return 0
	}
	return p.value(p.index(t), q)
}

// Max returns the largest value at quantile q over [from, to].
func (p Path) Max(q float64, from, to time.Time) float64 {
	if !p.Known() {
		return 0
	}
	most := 0.0
	for i := p.index(from); i <= p.index(to); i++ {
		most = max(most, p.value(i, q))
	}
	return most
}

// Integral returns the value at quantile q times seconds over [from, to]: for
// a rate, the number of arrivals. Summing a high quantile over time assumes
// that all of it goes wrong together, and so is an upper bound.
func (p Path) Integral(q float64, from, to time.Time) float64 {
	if !p.Known() || !to.After(from) {
		return 0
	}
	sum := 0.0
	for at := from; at.Before(to); {
		i := p.index(at)
		next := to
		if end := p.start.Add(time.Duration(i+1) * p.step); i < p.steps()-1 && end.Before(to) && end.After(at) {
			next = end
		}
		sum += p.value(i, q) * next.Sub(at).Seconds()
		at = next
	}
	return sum
}

func (p Path) steps() int { return len(p.values) / len(p.quantiles) }

func (p Path) index(t time.Time) int {
	i := int(t.Sub(p.start) / p.step)
	return min(max(i, 0), p.steps()-1)
}

func (p Path) value(i int, q float64) float64 {
	n := len(p.quantiles)
	row := p.values[i*n : (i+1)*n]
	j := 0
	for j < n && p.quantiles[j] < q {
		j++
	}
	switch {
	case j == 0:
		return row[0]
	case j == n:
		return row[n-1]
	}
	share := (q - p.quantiles[j-1]) / (p.quantiles[j] - p.quantiles[j-1])
	return row[j-1] + share*(row[j]-row[j-1])
}
