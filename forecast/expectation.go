package forecast

import (
	"math"
	"time"
)

// Expectation is what a Learner says of a series at one instant. It is immutable.
type Expectation struct {
	// Path is that of the series itself, and Uplift with the events that are
	// awaited; not Known where there is none.
	Path, Uplift Path
	// Yesterday and LastWeek are what was usual at the time of day at which the path
	// ends, by the clock of the zone: means of 25 minutes. They are
	// NaN where that is not known.
	Yesterday, LastWeek float64
	// Events is what is said of them; nil before the first.
	Events *Calibrations
	// Coverage is how well the quantiles of the path held so far.
	Coverage Coverage
}

// Look returns all that is to be said from at over the horizon.
func (l *Learner) Look(at time.Time, horizon time.Duration) Expectation {
	o := Expectation{
		Path: l.Path(at, horizon), Uplift: l.Uplift(at, horizon),
		Yesterday: math.NaN(), LastWeek: math.NaN(), Events: l.Calibrations(), Coverage: l.coverage,
	}
	if o.Path.Known() && l.unit.c > 0 {
		then := l.habits(minuteOf(at.Add(Delay + o.Path.Horizon())))
		o.Yesterday, o.LastWeek = l.unit.usual(then[0]), l.unit.usual(then[1])
	}
	return o
}

// usual is what a habit stands for, and NaN where that is not known.
func (u *unit) usual(habit float32) float64 {
	if math.IsNaN(float64(habit)) {
		return math.NaN()
	}
	return u.value(float64(habit))
}
