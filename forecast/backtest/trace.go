package backtest

import (
	"math"
	"time"
)

// Trace is what was measured, at regular steps: Values[i] holds from
// Start + i·Step for a step, and is NaN in a gap.
type Trace struct {
	Start  time.Time
	Step   time.Duration
	Values []float64
}

// at is when a value begins, and so when the one before it has ended.
func (t Trace) at(slot int) time.Time { return t.Start.Add(time.Duration(slot) * t.Step) }

func (t Trace) known(slot int) bool {
	return slot >= 0 && slot < len(t.Values) && !math.IsNaN(t.Values[slot])
}
