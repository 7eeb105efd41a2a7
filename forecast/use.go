package forecast

import (
	"math"
	"time"
)

// Use returns how much of the room between two amounts is expected to be used:
// the mean of min(max(x − low, 0), high − low), at the instant of [from, to] at
// which that is most. It is 0 where the path is not Known.
//
// Between two quantiles values are taken to lie evenly; above the highest they
// fall off exponentially, as they do over the last of them; half of all are
// taken to lie at the median.
func (p Path) Use(low, high float64, from, to time.Time) float64 {
	if !p.Known() || !(high > low) {
		return 0
	}
	most := 0.0
	for i, last := p.index(from), p.index(to); i <= last; i++ {
		row := p.row(i)
		most = max(most, p.excess(row, low)-p.excess(row, high))
	}
	return most
}

// excess is the mean of max(x − least, 0).
func (p Path) excess(row []float64, least float64) float64 {
	qs, n := p.quantiles, len(row)-1
	sum := qs[0] * max(row[0]-least, 0)
	for j := range n {
		a, b, share := row[j], row[j+1], qs[j+1]-qs[j]
		switch {
		case least <= a:
			sum += share * ((b-a)/2 + a - least)
		case least < b:
			sum += share * (b - least) / (b - a) * (b - least) / 2
		}
	}
	rest := 1 - qs[n]
	scale := p.tail(row)
	if least <= row[n] {
		return sum + rest*(row[n]-least+scale)
	}
	if scale > 0 {
		sum += rest * scale * math.Exp(-(least-row[n])/scale)
	}
	return sum
}

// tail is the mean of what lies above the highest quantile, less it: that of the
// exponential through it and the quantile which twenty times as many lie above, or
// the lowest that no more than half lie above.
func (p Path) tail(row []float64) float64 {
	qs, n := p.quantiles, len(row)-1
	const rarer = 20
	j := n
	for j > 0 && (1-qs[j]) < rarer*(1-qs[n])*0.99 && 1-qs[j-1] <= 0.5 {
		j--
	}
	if j == n {
		return 0
	}
	return (row[n] - row[j]) / math.Log((1-qs[j])/(1-qs[n]))
}

// Certainty is how sure it is that values do not exceed an amount over [from,
// to], at the instant at which it is least sure: between the quantiles of the
// path, and no more than the highest.
func (p Path) Certainty(most float64, from, to time.Time) float64 {
	if !p.Known() {
		return 0
	}
	least := 1.0
	for i, last := p.index(from), p.index(to); i <= last; i++ {
		least = min(least, p.below(p.row(i), most))
	}
	return least
}

func (p Path) below(row []float64, most float64) float64 {
	n := len(row) - 1
	if most >= row[n] {
		return p.quantiles[n]
	}
	if most < row[0] {
		return 0
	}
	j := 0
	for row[j+1] <= most {
		j++
	}
	return p.quantiles[j] + (p.quantiles[j+1]-p.quantiles[j])*(most-row[j])/(row[j+1]-row[j])
}
