package main

import (
	"fmt"
	"math"
	"strconv"
)

// figure is a number that is told with as many digits as mean something.
type figure float64

// MarshalJSON writes four digits: fewer would hide what a change does, and more
// are the machine's.
func (f figure) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(f)) || math.IsInf(float64(f), 0) {
		return nil, fmt.Errorf("%g is no figure", float64(f))
	}
	return strconv.AppendFloat(nil, float64(f), 'g', 4, 64), nil
}

// String has two digits, and no third decimal above a tenth.
func (f figure) String() string {
	switch v := math.Abs(float64(f)); {
	case v < 0.0005:
		return "0.00"
	case v < 0.0995:
		return fmt.Sprintf("%.3f", float64(f))
	case v < 9.995:
		return fmt.Sprintf("%.2f", float64(f))
	}
	return fmt.Sprintf("%.1f", float64(f))
}

// percent is a share with two digits, down to a thousandth of a percent.
func (f figure) percent() string {
	v := 100 * float64(f)
	switch {
	case v < 0.0005:
		return "0 %"
	case v >= 10:
		return fmt.Sprintf("%.0f %%", v)
	}
	decimals := min(3, 1-int(math.Floor(math.Log10(v))))
	return fmt.Sprintf("%.*f %%", decimals, v)
}

// leastRegret is the least that a regret counts: below a tenth of a percent two
// are alike, and none or less has no geometric mean.
const leastRegret = 0.001

func counted(regret figure) float64 { return max(float64(regret), leastRegret) }

// over is one regret over another.
func over(a, b figure) figure { return figure(counted(a) / counted(b)) }

// mean is geometric: that of regrets, or of their ratios.
func mean(regrets []figure) figure {
	sum := 0.0
	for _, r := range regrets {
		sum += math.Log(counted(r))
	}
	return figure(math.Exp(sum / float64(len(regrets))))
}

// exceeds reports whether a ratio is more than it may be, by more than rounding
// of logarithms makes it.
func exceeds(ratio, most figure) bool { return ratio > most*(1+1e-9) }
