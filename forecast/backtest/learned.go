package backtest

import (
	"time"

	"github.com/headstart-scaler/headstart/forecast"
)

// Learned asks a forecast.Learner, and is itself a Model. The learner sees a
// value once its step has ended, and again each minute until the next one, as
// one who scrapes it would.
type Learned struct {
	learner *forecast.Learner
	step    time.Duration
	seen    time.Time // when the last value was
	last    float64
}

// NewLearned asks a learner about a trace of that step.
func NewLearned(l *forecast.Learner, step time.Duration) *Learned {
	return &Learned{learner: l, step: step}
}

// Observe implements Model.
func (l *Learned) Observe(at time.Time, value float64) {
	known := at.Add(l.step)
	if !l.seen.IsZero() && known.Sub(l.seen) == l.step {
		for again := l.seen.Add(time.Minute); again.Before(known); again = again.Add(time.Minute) {
			l.learner.Observe(again, l.last)
		}
	}
	l.learner.Observe(known, value)
	l.seen, l.last = known, value
}

// Quantiles implements Model. The value of at+horizon is read a step later; the
// learner looks Delay further ahead than it is asked.
func (l *Learned) Quantiles(at time.Time, horizon time.Duration, qs []float64) []float64 {
	out := make([]float64, len(qs))
	ahead := max(0, horizon+l.step-forecast.Delay)
	path := l.learner.Path(at, ahead)
	for i, q := range qs {
		out[i] = path.At(q, at.Add(ahead))
		if !path.Known() {
			out[i] = l.last
		}
	}
	return out
}
