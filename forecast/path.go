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
// below a lower one); a negative value becomes 0, one that is not finite the
// largest finite value of its row. A row without any finite value says
// nothing and takes the place of the nearest row before it that does, or else
// after it; if there is none, the path is not Known. It panics when the shape
// is wrong.
func NewPath(start time.Time, step time.Duration, quantiles, values []float64) Path {
	n := len(quantiles)
	if n == 0 || len(values) == 0 || len(values)%n != 0 || step <= 0 {
		panic(fmt.Sprintf("forecast: a path of %d values over %d quantiles in steps of %s has no shape", len(values), n, step))
	}
	below := 0.0
	for _, q := range quantiles {
		if !(q > below && q < 1) {
			panic(fmt.Sprintf("forecast: quantiles %v are not ascending inside (0, 1)", quantiles))
		}
		below = q
	}
	clean := slices.Clone(values)
	if !repair(clean, n) {
		return Path{}
	}
	return Path{start: start, step: step, quantiles: slices.Clone(quantiles), values: clean}
}

// repair makes every row of n values ordered, finite and not negative, and
// reports false when there is nothing to make them from.
func repair(values []float64, n int) bool {
	known := -1 // where the first row with a finite value begins
	for i := 0; i < len(values); i += n {
		switch {
		case repairRow(values[i : i+n]):
			if known < 0 {
				known = i
			}
		case known >= 0:
			copy(values[i:i+n], values[i-n:i])
		}
	}
	if known < 0 {
		return false
	}
	for i := 0; i < known; i += n {
		copy(values[i:i+n], values[known:known+n])
	}
	return true
}

func repairRow(row []float64) bool {
	largest, any := 0.0, false
	for _, v := range row {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			largest, any = max(largest, v), true
		}
	}
	for j, v := range row {
		switch {
		case math.IsNaN(v) || math.IsInf(v, 0):
			row[j] = largest
		case v < 0:
			row[j] = 0
		}
	}
	slices.Sort(row)
	return any
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
	return p.between(q).of(p.row(p.index(t)))
}

// Max returns the largest value at quantile q over [from, to]; at from alone
// when to is before it.
func (p Path) Max(q float64, from, to time.Time) float64 {
	if !p.Known() {
		return 0
	}
	column := p.between(q)
	i := p.index(from)
	most := column.of(p.row(i))
	for last := p.index(to); i < last; {
		i++
		most = max(most, column.of(p.row(i)))
	}
	return most
}

// Peak returns the largest value at quantile q over [from, to], and the first
// point of the path at which it is reached, from at the earliest.
func (p Path) Peak(q float64, from, to time.Time) (most float64, at time.Time) {
	if !p.Known() {
		return 0, from
	}
	column := p.between(q)
	for i, last := p.index(from), p.index(to); i <= last; i++ {
		if v := column.of(p.row(i)); v > most || at.IsZero() {
			most, at = v, p.start.Add(time.Duration(i)*p.step)
		}
	}
	if at.Before(from) {
		at = from
	}
	return most, at
}

// Integral returns the value at quantile q times seconds over [from, to]: for
// a rate, the number of arrivals. Summing a high quantile over time assumes
// that all of it goes wrong together, and so is an upper bound.
func (p Path) Integral(q float64, from, to time.Time) float64 {
	if !p.Known() || !to.After(from) {
		return 0
	}
	column := p.between(q)
	sum := 0.0
	i, last := p.index(from), p.index(to)
	for at := from; ; i++ {
		v := column.of(p.row(i))
		if i == last {
			return sum + v*seconds(at, to)
		}
		next := p.start.Add(time.Duration(i+1) * p.step)
		sum += v * seconds(at, next)
		at = next
	}
}

// seconds is b − a, which time.Duration cannot hold beyond 292 years.
func seconds(a, b time.Time) float64 {
	return float64(b.Unix()-a.Unix()) + float64(b.Nanosecond()-a.Nanosecond())/1e9
}

func (p Path) steps() int { return len(p.values) / len(p.quantiles) }

func (p Path) index(t time.Time) int {
	i := t.Sub(p.start) / p.step
	return int(min(max(i, 0), time.Duration(p.steps()-1)))
}

func (p Path) row(i int) []float64 {
	n := len(p.quantiles)
	return p.values[i*n : (i+1)*n]
}

// column says which part of which two neighbours in a row a quantile is.
type column struct {
	low, high int
	share     float64
}

// between finds a quantile's column, once for all rows.
func (p Path) between(q float64) column {
	n := len(p.quantiles)
	j := 0
	for j < n && p.quantiles[j] < q {
		j++
	}
	switch j {
	case 0:
		return column{}
	case n:
		return column{low: n - 1, high: n - 1}
	}
	return column{
		low: j - 1, high: j,
		share: (q - p.quantiles[j-1]) / (p.quantiles[j] - p.quantiles[j-1]),
	}
}

func (c column) of(row []float64) float64 {
	// Rounding must not lift it over its upper neighbour.
	return min(row[c.low]+c.share*(row[c.high]-row[c.low]), row[c.high])
}
