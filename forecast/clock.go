package forecast

import (
	"math"
	"time"
)

// clock tells by how much clocks of a zone were moved between like times of two
// days.
type clock struct {
	zone *time.Location
	// All minutes from..to and the week before them have the same offset.
	from, to int64
}

const minutesOfDay = 24 * 60

// settle looks up when clocks are moved next, for minutes near this one.
func (c *clock) settle(minute int64) {
	if minute < c.to && minute >= c.from-longestShift {
		return
	}
	start, end := instantOf(minute).In(c.zone).ZoneBounds()
	c.from, c.to = math.MinInt64/2, math.MaxInt64
	if !start.IsZero() {
		c.from = minuteOf(start) + longestShift
	}
	if !end.IsZero() {
		c.to = minuteOf(end)
	}
}

// longestShift is the farthest a path looks back, in minutes.
const longestShift = 7 * minutesOfDay

// before is the minute some days earlier at which the clocks of the zone showed
// the same.
func (c *clock) before(minute int64, days int) int64 {
	then := minute - int64(days)*minutesOfDay
	if minute >= c.from && minute < c.to {
		return then
	}
	_, now := instantOf(minute).In(c.zone).Zone()
	_, was := instantOf(then).In(c.zone).Zone()
	return then + int64(now-was)/60
}
