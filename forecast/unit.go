package forecast

import (
	"math"
	"time"
)

// unit is what a series is counted in: c is a tenth of its usual level while
// it is above zero, so that a value is worth what it is beside that. To double
// the series doubles it, exactly.
type unit struct {
	c     float64 // 0 before anything was above zero
	level float64 // mean of what is above zero, over a day
	count float64 // samples in it
	at    time.Time
}

const (
	share     = 10             // of the usual level, one part of so many
	levelOver = 24 * time.Hour // time constant of the mean
	levelOff  = 30             // c is chosen anew when it is off by this factor
	// levelMost of the level is what one sample counts for at most: a counter that
	// wrapped is no usual level, and one that has risen is followed in minutes.
	levelMost = 1000
	// smallest is what is told from zero. Below it, floats run out of digits.
	smallest = 1e-290
)

// take follows the level and reports whether another unit is due.
func (u *unit) take(at time.Time, value float64) bool {
	if value <= 0 {
		return false
	}
	switch gap := at.Sub(u.at); {
	case u.count == 0:
	case gap == every: // the usual one
		u.count *= 1 - usuallyShare
	default:
		u.count *= math.Exp(-float64(gap) / float64(levelOver))
	}
	if u.count > 0 {
		value = min(value, u.level*levelMost)
	}
	u.at = at
	u.count++
	u.level += (value - u.level) / u.count
	level := u.level / share
	return u.c == 0 || level > u.c*levelOff || level < u.c/levelOff
}

// rebased is counted in the unit that is due.
func (u *unit) rebased() unit {
	due := *u
	due.c = u.level / share
	return due
}

// log is the logarithm that values are compared on: in line with them below the
// unit, and with their logarithm above.
func (u *unit) log(value float64) float64 {
	if u.c == 0 {
		return 0
	}
	return math.Log(1 + min(value/u.c, largest)) // an absurd value may be beyond all floats
}

// value is what has a logarithm.
func (u *unit) value(log float64) float64 {
	return min(max(u.c*math.Expm1(min(log, 600)), 0), largest)
}
