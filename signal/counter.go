package signal

import (
	"math"
	"time"
)

// Counter turns a growing count into a rate. A count that falls was reset: a
// restarted process or a recreated topic. The zero Counter has seen nothing.
type Counter struct {
	at    time.Time
	value float64
	seen  bool
}

// Observe takes the count at an instant and returns the rate per second since
// the last one. It reports false when there is no rate to tell: at the first
// count, at one not newer than the last, and across a reset, where what was
// counted between the last reading and the reset is lost. A count that is not
// finite is not remembered.
func (c *Counter) Observe(at time.Time, value float64) (perSecond float64, ok bool) {
	prev := *c
	if math.IsNaN(value) || math.IsInf(value, 0) || (prev.seen && !at.After(prev.at)) {
		return 0, false
	}
	*c = Counter{at: at, value: value, seen: true}
	if !prev.seen || value < prev.value {
		return 0, false
	}
	return (value - prev.value) / at.Sub(prev.at).Seconds(), true
}
