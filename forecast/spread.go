package forecast

import (
	"math"
	"slices"
	"time"
)

const (
	// priorDeviation is the standard deviation a series is given before it
	// showed its own, as a share of its level, after a minute; it grows with
	// the root of time, as a random walk's.
	priorDeviation = 0.05
	// priorWeight is how many independent errors the prior counts for.
	priorWeight = 2
	// tailFrom is the quantile beyond which an exponential tail is put: the
	// peaks over a threshold tend to a generalised Pareto distribution
	// (Pickands, Annals of Statistics 3, 1975), whose shape 0 needs the
	// least data.
	tailFrom = 0.9
	// mostLags bounds the lags measured: 1, 2, 4, … cells, and the last.
	mostLags = 8
)

// normal are the standard normal distribution's holdQuantiles.
//
//nolint:gochecknoglobals // a table, never written
var normal = [...]float64{0, 0.8416, 1.2816, 1.6449, 2.3263, 2.8782}

// spread says how far above its middle a path may come to lie.
type spread struct {
	n     int // lags measured
	root  [mostLags]float64
	above [mostLags][len(holdQuantiles)]float64
}

// learn measures the errors the forecast made on its own past, at lags up to
// reach, in cells, as far as the past goes.
func (s *spread) learn(g *grid, reach float64) {
	longest := max(1, min(int(math.Ceil(min(reach, gridCells))), (gridCells-g.first)/2))
	minute := g.cells(time.Minute)
	deviation := priorDeviation * max(g.level[newest], 0)
	var errors [gridCells]float64
	for lag := 1; s.n < mostLags; lag = min(2*lag, longest) {
		found := g.errors(lag, errors[:0])
		sortUpperHalf(found)
		root := math.Sqrt(float64(lag))
		prior := deviation * root / math.Sqrt(minute)
		// Errors that overlap in time are not independent.
		count := float64(len(found)) / float64(lag)
		seen := uppers(found)
		for j := range holdQuantiles {
			above := (count*seen[j] + priorWeight*prior*normal[j]) / (count + priorWeight)
			if s.n > 0 {
				above = max(above, s.above[s.n-1][j])
			}
			s.above[s.n][j] = above
		}
		s.root[s.n] = root
		s.n++
		if lag == longest {
			break
		}
	}
}

// errors appends to dst how far values came to lie above what was expected of
// them lag cells before, in the same part.
func (g *grid) errors(lag int, dst []float64) []float64 {
	fade := g.damped(float64(lag))
	for i := g.first; i+lag < gridCells; i++ {
		e := g.value[i+lag] - g.level[i] - g.slope[i]*fade
		if !math.IsNaN(e) && g.part[i] == g.part[i+lag] {
			dst = append(dst, e)
		}
	}
	return dst
}

// sortUpperHalf sorts the values from the lower median on and leaves smaller
// ones before them in no order: no quantile below the median is asked for. It
// is Hoare's Find (Communications of the ACM 4, 1961).
func sortUpperHalf(values []float64) {
	middle := max(0, (len(values)-1)/2)
	for low, high := 0, len(values); high-low > 1; {
		left, right := partition(values[low:high])
		switch {
		case middle < low+left:
			high = low + left
		case middle >= low+right:
			low += right
		default:
			high = low // between them: in its place
		}
	}
	slices.Sort(values[middle:])
}

// partition moves the smaller values to the left and the larger ones to the
// right of those that are in their place, and returns where these begin and
// end. Both sides are smaller than the whole.
func partition(values []float64) (left, right int) {
	pivot := values[len(values)/2]
	i, j := 0, len(values)-1
	for i <= j {
		for values[i] < pivot {
			i++
		}
		for values[j] > pivot {
			j--
		}
		if i <= j {
			values[i], values[j] = values[j], values[i]
			i, j = i+1, j-1
		}
	}
	return j + 1, i
}

// uppers are the holdQuantiles of values so sorted, none below 0: linear
// between order statistics, and beyond tailFrom no lower than an exponential
// tail through the mean excess. Of no values all are 0.
func uppers(sorted []float64) (out [len(holdQuantiles)]float64) {
	if len(sorted) == 0 {
		return out
	}
	threshold := between(sorted, tailFrom)
	excess, n := 0.0, 0.0
	for i := len(sorted) - 1; i >= 0 && sorted[i] > threshold; i-- {
		excess += sorted[i] - threshold
		n++
	}
	for j, q := range holdQuantiles {
		value := between(sorted, q)
		if q > tailFrom && n > 0 {
			value = max(value, threshold+excess/n*math.Log((1-tailFrom)/(1-q)))
		}
		out[j] = max(0, value)
	}
	return out
}

func between(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

// over returns the spread h cells after the last sample, quantile by quantile:
// between measured lags, before the first and after the last it grows with the
// root of time.
func (s *spread) over(h float64) [len(holdQuantiles)]float64 {
	root := math.Sqrt(h)
	i := 0
	for i < s.n && s.root[i] < root {
		i++
	}
	var out [len(holdQuantiles)]float64
	for j := range out {
		switch i {
		case 0:
			out[j] = s.above[0][j] * root / s.root[0]
		case s.n:
			out[j] = s.above[s.n-1][j] * root / s.root[s.n-1]
		default:
			share := (root - s.root[i-1]) / (s.root[i] - s.root[i-1])
			out[j] = s.above[i-1][j] + share*(s.above[i][j]-s.above[i-1][j])
		}
	}
	return out
}
