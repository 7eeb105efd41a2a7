package backtest

import (
	"math"
	"time"
)

// Last expects the last value, give or take what that missed over the last
// seven days at the same horizon.
type Last struct {
	past   history
	misses map[int]*misses // by steps ahead of the last value
}

// NewLast returns a model for a trace with such a step.
func NewLast(step time.Duration) *Last {
	return &Last{past: history{step: step}, misses: map[int]*misses{}}
}

// Observe learns a value and by how much it was missed.
func (l *Last) Observe(at time.Time, value float64) {
	l.past.add(at, value)
	for ahead, misses := range l.misses {
		l.learn(misses, len(l.past.values)-1, ahead)
	}
}

// Quantiles are the last value and quantiles of the misses so far ahead.
func (l *Last) Quantiles(at time.Time, horizon time.Duration, qs []float64) []float64 {
	ahead := l.past.slot(at.Add(horizon)) - (len(l.past.values) - 1)
	misses, asked := l.misses[ahead]
	if !asked {
		misses = newMisses(int(memory / l.past.step))
		for slot := range l.past.values {
			l.learn(misses, slot, ahead)
		}
		l.misses[ahead] = misses
	}
	return misses.around(l.past.last(), qs)
}

func (l *Last) learn(misses *misses, slot, ahead int) {
	if miss := l.past.value(slot) - l.past.value(slot-ahead); !math.IsNaN(miss) {
		misses.add(miss)
	}
}

// Ruler answers with the last value at every quantile. Nobody would forecast
// so: what it scores shows whether two programs score alike.
type Ruler struct{ last float64 }

// Observe keeps the value.
func (r *Ruler) Observe(_ time.Time, value float64) { r.last = value }

// Quantiles are the last value.
func (r *Ruler) Quantiles(_ time.Time, _ time.Duration, qs []float64) []float64 {
	values := make([]float64, len(qs))
	for i := range values {
		values[i] = r.last
	}
	return values
}
