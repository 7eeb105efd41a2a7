package forecast

import (
	"time"

	"github.com/headstart-scaler/headstart/signal"
)

// Hold expects a series to hold its level and, for a while, its trend. It
// needs no history beyond the last half hour and knows no seasons: what a
// workload is given while nothing better has been learned of it.
//
//	path(h, q) = level + slope·f(h) + spread(h, q)
//
// level is the last sample, or the median of the last minute where that is
// higher: a surge counts at once and in full, a fall once it lasted half a
// minute, since too many replicas for half a minute cost little.
//
// slope is that of a resistant line: medians of the first and last third of
// the trend window (Tukey, Exploratory Data Analysis, 1977, ch. 10), which one
// odd sample does not turn. It is damped, f(h) = τ(1 − e^(−h/τ)) with τ the
// trend window, for trends fade (Gardner and McKenzie, Management Science 31,
// 1985).
//
// spread is what this very forecast would have missed over the spread window:
// quantiles of x(t+h) − level(t) − slope(t)·f(h), never below 0 and never
// lower for a longer h, with an exponential tail beyond the 90th
// percentile. Few such errors are mixed with a prior in proportion to the
// level. h runs from the last sample, so that the spread widens with its age.
//
// Nothing is compared across a break of the series: what an event brings is no
// trend, and no error of this forecast.
//
// The zero Hold is ready to use. A Hold is safe for concurrent use.
type Hold struct {
	// Trend is the window the trend is taken from and the time it fades in;
	// DefaultTrend unless set.
	Trend time.Duration
	// Spread is the window the spread is learned from; DefaultSpread unless
	// set, and four horizons if that is longer.
	Spread time.Duration
}

// Windows of the zero Hold.
const (
	DefaultTrend  = 2 * time.Minute
	DefaultSpread = 30 * time.Minute
)

const (
	// finestStep is the least width of a grid cell, and enough between points
	// of a path: the HPA acts every 15 s, and Prometheus scrapes no faster as
	// a rule.
	finestStep = 15 * time.Second
	// mostSteps bounds the points of a path, and so its memory.
	mostSteps = 64
	// longestHorizon keeps every sum of times far from what a duration holds.
	longestHorizon = 366 * 24 * time.Hour
	// levelWindow is what a fall must last half of to be believed.
	levelWindow = time.Minute
	// largest bounds values, so that no sum or product of them overflows.
	largest = 1e300
)

// holdQuantiles are the quantiles of a Hold's path, none below the median:
// below it nobody scales. 0.998 is where a miss price of 500 leads.
//
//nolint:gochecknoglobals // a table, never written
var holdQuantiles = [...]float64{0.5, 0.8, 0.9, 0.95, 0.99, 0.998}

// Path returns the quantiles 0.5, 0.8, 0.9, 0.95, 0.99 and 0.998 from at over
// the horizon, in steps of an eighth of the horizon, from 1 s to 15 s, or of a
// 64th where that is longer. Samples after at are not looked at, and a year
// ahead is the farthest. The path of a series without samples up to at, or
// without one since its last break, is not Known.
func (h Hold) Path(s *signal.Series, at time.Time, horizon time.Duration) Path {
	horizon = min(max(horizon, 0), longestHorizon)
	trend, window := h.windows(horizon)
	var g grid
	if !g.lay(s, at, window) {
		return Path{}
	}
	g.fit(trend)

	step := stepOf(horizon)
	rows := int((horizon+step-1)/step) + 1
	age := g.cells(g.age)
	var sp spread
	sp.learn(&g, age+g.cells(time.Duration(rows-1)*step))

	level, slope := g.level[newest], g.slope[newest]
	values := make([]float64, 0, rows*len(holdQuantiles))
	for i := range rows {
		ahead := age + g.cells(time.Duration(i)*step)
		middle := level + slope*g.damped(ahead)
		value := 0.0
		for _, above := range sp.over(ahead) {
			value = max(value, min(middle+above, largest)) // in order, whatever rounding did
			values = append(values, value)
		}
	}
	return Path{start: at, step: step, quantiles: holdQuantiles[:], values: values}
}

func (h Hold) windows(horizon time.Duration) (trend, window time.Duration) {
	trend, window = h.Trend, h.Spread
	if trend <= 0 {
		trend = DefaultTrend
	}
	if window <= 0 {
		window = DefaultSpread
	}
	return trend, max(window, 4*horizon)
}

// stepOf is the time between two points of a path: fine enough for a lead of
// seconds, and never more than mostSteps of them.
func stepOf(horizon time.Duration) time.Duration {
	const fewest, shortest = 8, time.Second
	return max(shortest, min(finestStep, horizon/fewest), (horizon+mostSteps-1)/mostSteps)
}
