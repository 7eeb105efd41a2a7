package forecast

import "time"

// curve is what events of one class did over the minutes since their start, in
// means over the last few of them.
type curve struct {
	seen   [curveCells]float32 // times
	rises  [curveCells]float32 // sum of log uplifts
	levels [curveCells]float32 // sum of log levels
	used   int64               // minute in which it last learned
	past   []Lift              // the last few, the oldest first; never changed in place
}

const (
	curveCell   = 5 * time.Minute
	curveBefore = 12 // cells before the start
	curveCells  = curveBefore + 84
	// curveMemory is how many of its occurrences a class is known by.
	curveMemory = 5
)

func curveAt(since time.Duration) (cell int, ok bool) {
	cell = int(floorDiv(int64(since), int64(curveCell))) + curveBefore
	return cell, cell >= 0 && cell < curveCells
}

// learn takes in a minute of an event.
func (c *curve) learn(since time.Duration, rise, level float64) {
	i, ok := curveAt(since)
	if !ok {
		return
	}
	const weight = float32(every) / float32(curveCell)
	if c.seen[i] > curveMemory {
		fade := curveMemory / (curveMemory + weight)
		c.seen[i] *= fade
		c.rises[i] *= fade
		c.levels[i] *= fade
	}
	c.seen[i] += weight
	c.rises[i] += weight * float32(rise)
	c.levels[i] += weight * float32(level)
}

// rise is the sum of the uplifts seen some time after the start, and of how many
// times.
func (c *curve) rise(since time.Duration) (sum, times float64) {
	i, ok := curveAt(since)
	if !ok || c == nil {
		return 0, 0
	}
	return float64(c.rises[i]), float64(c.seen[i])
}

// level is the mean of those seen.
func (c *curve) level(since time.Duration) (level float64, known bool) {
	i, ok := curveAt(since)
	if !ok || c == nil || c.seen[i] == 0 {
		return 0, false
	}
	return float64(c.levels[i] / c.seen[i]), true
}

// change is by how much more the level was lifted at one time after the start than
// at another, on the logarithm: the mean of what was seen, and of no change once.
func (c *curve) change(from, to time.Duration) float64 {
	before, n := c.rise(from)
	after, m := c.rise(to)
	if n == 0 || m == 0 {
		return 0
	}
	return (after/m - before/n) * m / (1 + m)
}
