package forecast

import "math"

// balance is between what a regression expects and that all stays as it is. Least
// squares follow habits that hold on average; a series that jumps from level to
// level is told better by its last value, and how far it is one or the other is
// learned from both: the share of the last value goes down the slope of the pinball
// loss, at the quantile priced, in steps that become smaller as more is known
// (AdaGrad: Duchi, Hazan and Singer, Journal of Machine Learning Research 12,
// 2011). It is slow, as misses are counted from what it weighs.
type balance struct {
	still   float64 // share of the last value
	slopes  float64 // sum of their squares, as each counts
	above   float64 // by how much the quantile is above what is expected
	typical float64 // miss
}

const (
	balanceQuantile = 0.9
	balanceStep     = 0.15
	// quantileStep of a typical miss is by how much the quantile follows one.
	quantileStep = 0.1
	// typicalShare of a typical miss is the newest.
	typicalShare = 0.001
	// doubted of the share does not count, and each step is that much shorter toward
	// the last value and longer away from it: where neither is better, a regression
	// is left as it is.
	doubted = 0.2
	drag    = 0.05
	// balancePace is of how many minutes it learns from one, a power of two.
	balancePace = 8
	// steepest is where a slope is cut off, and mostSlopes where their sum is, far
	// above what any unit leads to; below leastSlopes floats run out of digits.
	steepest    = 50
	mostSlopes  = 1e100
	leastSlopes = 1e-200
)

// weigh is what is expected between the two.
func (b *balance) weigh(fitted, last float64) float64 {
	return fitted + max(0, b.still-doubted)/(1-doubted)*(last-fitted)
}

// learn takes in what came of both; weight is what it counts.
func (b *balance) learn(fitted, last, y, weight float64) {
	middle := b.weigh(fitted, last)
	b.typical += (math.Abs(y-middle) - b.typical) * typicalShare
	quantile, side := middle+b.above, balanceQuantile
	if y < quantile {
		side--
	}
	b.above += quantileStep * b.typical * side
	slope := side * (last - fitted) * math.Exp(min(quantile, steepest))
	b.slopes = min(b.slopes+weight*slope*slope, mostSlopes)
	if b.slopes < leastSlopes {
		return
	}
	b.still = min(max(b.still+balanceStep*(slope-drag*math.Abs(slope))*math.Sqrt(weight/b.slopes), 0), 1)
}

// shift counts slopes in another unit, so many times as large.
func (b *balance) shift(times float64) {
	if b.slopes > 0 {
		b.slopes = min(b.slopes/times/times, mostSlopes)
	}
}

// scale makes all that was seen count so many times as much.
func (b *balance) scale(by float64) { b.slopes *= by }
