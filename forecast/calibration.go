package forecast

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
)

// Lift is what one event did to a series, beside what it was announced with.
type Lift struct {
	Start time.Time
	// Announced is the multiplier it was announced with; 0 where there was none.
	Announced float64
	// Before is the level of an hour before its start, Most the highest mean of five
	// minutes while it ran, both in the unit of the series, and Peak how long after
	// the start that was. Of a longer event its first seven hours count.
	Before, Most float64
	Peak         time.Duration
	// Came is false where demand did not rise all the while: by a fifth, or by half
	// of what was announced where that is less.
	Came bool
}

// Factor is how many times as much there was at the most as before; 0 where there
// was nothing before.
func (l Lift) Factor() float64 {
	return factor(l.Most, l.Before)
}

func factor(most, before float64) float64 {
	if before <= 0 {
		return 0
	}
	return min(most/before, largest)
}

// Calibration is what an event is announced with, what the last ones of its class
// did, and what is therefore planned with. It is immutable.
type Calibration struct {
	// Class is that of the event, or its own ID where it has none.
	Class string
	// Announced is its multiplier; 0 where it has none.
	Announced float64
	// Past are the last five events of the class that came or were due, the oldest
	// first. The event itself is none of them.
	Past []Lift
	// Began says that it is on its way; then SoFar is the factor reached, and Came
	// whether it has shown.
	Began, Came bool
	SoFar       float64

	planned factors
}

// factors are the quantiles of the most that an event is expected to bring, on the
// level before it; all 0 where it is not awaited.
type factors [len(quantiles)]float64

// Planned is the factor on the level before it that the event is expected not to
// exceed with a certainty of q, at the most of it. It is not known before the
// event is near, once it has come, and while too little was learned of the series.
func (c Calibration) Planned(q float64) (factor float64, known bool) {
	if c.planned == (factors{}) {
		return 0, false
	}
	column := Path{quantiles: quantiles[:]}.between(q)
	return column.of(c.planned[:]), true
}

// Mean is the geometric mean of the factors of those in the past that came; it is
// not known where none did.
func (c Calibration) Mean() (factor float64, known bool) {
	sum, n := 0.0, 0.0
	for _, l := range c.Past {
		if f := l.Factor(); l.Came && f > 0 {
			sum, n = sum+math.Log(f), n+1
		}
	}
	if n == 0 {
		return 0, false
	}
	return math.Exp(sum / n), true
}

// Missing is how many of those in the past did not come.
func (c Calibration) Missing() (n int) {
	for _, l := range c.Past {
		if !l.Came {
			n++
		}
	}
	return n
}

// Calibrations are what a Learner says of events, at one instant. They are
// immutable; nil ones know nothing.
type Calibrations struct {
	past map[string][]Lift // by class
	near []nearby          // in the order of their names
}

// nearby is what is said of an event that is near.
type nearby struct {
	name        string
	planned     factors
	began, came bool
	soFar       float64
}

// Of is what is said of an event.
func (c *Calibrations) Of(e calendar.Occurrence) Calibration {
	told := Calibration{Class: classOf(e), Announced: e.Impact().Multiplier}
	if c == nil {
		return told
	}
	told.Past = c.past[told.Class]
	if i := slices.IndexFunc(told.Past, func(l Lift) bool { return l.Start.Equal(e.Start) }); i >= 0 {
		told.Past = slices.Delete(slices.Clone(told.Past), i, i+1)
	}
	if i, found := slices.BinarySearchFunc(c.near, e.Name(), func(x nearby, name string) int { return strings.Compare(x.name, name) }); found {
		n := &c.near[i]
		told.planned, told.Began, told.Came, told.SoFar = n.planned, n.began, n.came, n.soFar
	}
	return told
}

// Classes calls yield with what events of each class did, in no order, until it
// returns false. Those of events without a class are named by their IDs.
func (c *Calibrations) Classes(yield func(class string, past []Lift) bool) {
	if c == nil {
		return
	}
	for class, past := range c.past {
		if !yield(class, past) {
			return
		}
	}
}

// Calibrations returns what is known of events; nil before the first.
func (l *Learner) Calibrations() *Calibrations {
	if l.uplift == nil {
		return nil
	}
	return l.uplift.told
}
