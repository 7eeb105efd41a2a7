package backtest

import (
	"math"
	"time"
)

// history is the values shown so far, on a grid of steps.
type history struct {
	step   time.Duration
	start  time.Time
	values []float64 // NaN in a gap
}

func (h *history) add(at time.Time, value float64) {
	if len(h.values) == 0 {
		h.start = at
	}
	for len(h.values) < h.slot(at) {
		h.values = append(h.values, math.NaN())
	}
	h.values = append(h.values, value)
}

// slot is the one that holds an instant; it may lie outside of what is known.
func (h *history) slot(at time.Time) int { return int(at.Sub(h.start) / h.step) }

// value is what is known of a slot, NaN where nothing is.
func (h *history) value(slot int) float64 {
	if slot < 0 || slot >= len(h.values) {
		return math.NaN()
	}
	return h.values[slot]
}

// last is the newest value.
func (h *history) last() float64 { return h.value(len(h.values) - 1) }

// memory is how long a reference model remembers its errors.
const memory = 7 * 24 * time.Hour
