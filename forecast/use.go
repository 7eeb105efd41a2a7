package forecast

import (
	"math"
	"slices"
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
	most, rarer := 0.0, p.rarer()
	for i, first := p.index(to), p.index(from); i >= first; i-- { // what is further ahead is wider
		row := p.row(i)
		if p.above(row, low)*(high-low) <= most {
			continue
		}
		scale := rarer.scale(row)
		most = max(most, p.excess(row, low, scale)-p.excess(row, high, scale))
	}
	return most
}

// above is the share of values above an amount, or more.
func (p Path) above(row []float64, amount float64) float64 {
	for j, v := range slices.Backward(row) {
		if v <= amount {
			return 1 - p.quantiles[j]
		}
	}
	return 1
}

// excess is the mean of max(x − least, 0); scale is that of the tail.
func (p Path) excess(row []float64, least, scale float64) float64 {
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
	if least <= row[n] {
		return sum + rest*(row[n]-least+scale)
	}
	if scale > 0 {
		sum += rest * scale * math.Exp(-(least-row[n])/scale)
	}
	return sum
}

// tail tells how values above the highest quantile fall off: as an exponential
// through it and the quantile which twenty times as many lie above, or the lowest
// that no more than half lie above.
type tail struct {
	from, to int // of the quantiles; from is to where there is none
	folds    float64
}

func (p Path) rarer() tail {
	const times = 20
	qs, n := p.quantiles, len(p.quantiles)-1
	j := n
	for j > 0 && (1-qs[j]) < times*(1-qs[n])*0.99 && 1-qs[j-1] <= 0.5 {
		j--
	}
	return tail{from: j, to: n, folds: math.Log((1 - qs[j]) / (1 - qs[n]))}
}

// scale is the mean of what lies above the highest quantile, less it.
func (t tail) scale(row []float64) float64 {
	if t.from == t.to {
		return 0
	}
	return (row[t.to] - row[t.from]) / t.folds
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
