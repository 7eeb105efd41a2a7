package backtest

import "time"

// score sums up what was forecast for one horizon and what came.
type score struct {
	ahead            time.Duration
	quantiles        []float64
	n                int
	targets          float64
	loss             []float64
	below, atOrBelow []float64
}

func newScore(ahead time.Duration, quantiles []float64) *score {
	n := len(quantiles)
	return &score{
		ahead: ahead, quantiles: quantiles,
		loss: make([]float64, n), below: make([]float64, n), atOrBelow: make([]float64, n),
	}
}

func (s *score) add(forecast []float64, value float64) {
	s.n++
	s.targets += value
	for i, q := range s.quantiles {
		f := max(0, forecast[i])
		s.loss[i] += Pinball(q, f, value)
		if value < f {
			s.below[i]++
		}
		if value <= f {
			s.atOrBelow[i]++
		}
	}
}

func (s *score) horizon() Horizon {
	h := Horizon{
		Minutes: s.ahead.Minutes(), Scored: s.n, TargetMean: s.targets / float64(s.n),
		PinballByQuantile: s.share(s.loss), Below: s.share(s.below), AtOrBelow: s.share(s.atOrBelow),
	}
	for _, loss := range h.PinballByQuantile {
		h.Pinball += loss / float64(len(s.quantiles))
	}
	return h
}

// share is each sum over how many were summed.
func (s *score) share(sums []float64) []float64 {
	shares := make([]float64, len(sums))
	for i, v := range sums {
		shares[i] = v / float64(s.n)
	}
	return shares
}
