package demo

import (
	"math"
	"time"
)

// wave is traffic that surges at regular intervals.
type wave struct {
	calm, peak float64       // per second
	first      time.Duration // start of the first surge
	every      time.Duration // from one surge to the next
	ramp       time.Duration // from calm to peak, and back
	crest      time.Duration // at peak
}

// at returns the traffic after a while, per second.
func (w wave) at(elapsed time.Duration) float64 {
	// A slow swell on top, so that calm is not a straight line.
	calm := w.calm * (1 + 0.1*math.Sin(elapsed.Seconds()/7))
	if elapsed < w.first {
		return calm
	}
	return calm + (w.peak-w.calm)*w.height((elapsed-w.first)%w.every)
}

// height is the share of the peak reached a while into a surge.
func (w wave) height(into time.Duration) float64 {
	switch {
	case into < w.ramp:
		return into.Seconds() / w.ramp.Seconds()
	case into < w.ramp+w.crest:
		return 1
	case into < 2*w.ramp+w.crest:
		return 1 - (into-w.ramp-w.crest).Seconds()/w.ramp.Seconds()
	default:
		return 0
	}
}
