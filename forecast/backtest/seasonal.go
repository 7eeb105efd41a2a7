package backtest

import (
	"math"
	"time"
)

// Seasonal expects what was a season ago, give or take what that missed over
// the last seven days. It is what others are scaled by: a day works on every
// trace. Where there is a gap a season ago it looks one further back, and where
// there is nothing it expects the last value.
type Seasonal struct {
	past   history
	season int // in steps
	misses *misses
}

// NewSeasonal returns a model for a trace with such a step, which the season is
// a multiple of.
func NewSeasonal(season, step time.Duration) *Seasonal {
	return &Seasonal{past: history{step: step}, season: int(season / step), misses: newMisses(int(memory / step))}
}

// Observe learns a value and by how much it was missed.
func (s *Seasonal) Observe(at time.Time, value float64) {
	s.past.add(at, value)
	if before := s.past.value(len(s.past.values) - 1 - s.season); !math.IsNaN(before) {
		s.misses.add(value - before)
	}
}

// Quantiles are the value seasons before at + horizon and quantiles of the
// misses.
func (s *Seasonal) Quantiles(at time.Time, horizon time.Duration, qs []float64) []float64 {
	slot := s.past.slot(at.Add(horizon)) - s.season
	for slot >= 0 && math.IsNaN(s.past.value(slot)) {
		slot -= s.season // a gap, or not over yet
	}
	if slot < 0 {
		return s.misses.around(s.past.last(), qs)
	}
	return s.misses.around(s.past.value(slot), qs)
}
