package forecast

import (
	"math"
	"slices"
	"time"

	"github.com/headstart-scaler/headstart/signal"
)

// gridCells is the most cells of a grid: half an hour in steps of 15 s.
const gridCells = 128

// mostThird is the most cells in a third of the trend window.
const mostThird = 16

// grid holds the newest sample of each of a row of equal intervals, so that
// values a fixed time apart can be compared. Gaps are NaN.
type grid struct {
	width time.Duration
	age   time.Duration      // of the newest sample, which the last cell holds
	first int                // cells from here on are in use, oldest first
	tau   float64            // time in which a trend fades, in cells
	part  [gridCells]int     // cells of different ones are not compared; the newest is 0
	value [gridCells]float64 // NaN for a gap
	level [gridCells]float64 // NaN for a gap
	slope [gridCells]float64 // per cell; 0 where unknown
}

// newest is the cell of the newest sample.
const newest = gridCells - 1

// lay puts the samples of a window before the newest one that is not after at
// into cells, and reports false when there is none, or none since the series
// broke. A cell is centred on a multiple of the width before that sample, and is
// as wide as samples are apart at least, so that one that comes a little early or
// late stays in its own.
func (g *grid) lay(s *signal.Series, at time.Time, window time.Duration) bool {
	apart, any := g.spacing(s, at, window)
	if !any {
		return false
	}
	g.width = max(finestStep, window/newest+1, apart)
	if over := g.width % max(apart, 1); over > 0 {
		// A whole number of samples a cell, so that cells are equally far
		// apart in what they hold.
		g.width += apart - over
	}
	for i := range g.value {
		g.value[i] = math.NaN()
	}
	next := g.age // at which the next older cell begins
	s.Backward(at, func(age time.Duration, value float64, breaks int) bool {
		if age < next {
			return true
		}
		back := g.cell(age - g.age)
		if age-g.age > window || back > newest {
			return false
		}
		g.first = newest - back
		g.part[g.first] = breaks
		g.value[g.first] = min(max(value, -largest), largest)
		next = g.age + time.Duration(back+1)*g.width - g.width/2
		return true
	})
	return true
}

// spacing finds the newest sample since the last break, and is the median time
// between it and the few before it.
func (g *grid) spacing(s *signal.Series, at time.Time, window time.Duration) (apart time.Duration, any bool) {
	var room [16]time.Duration
	gaps := room[:0]
	before := time.Duration(0)
	s.Backward(at, func(age time.Duration, _ float64, breaks int) bool {
		switch {
		case !any && breaks > 0:
			return false
		case !any:
			g.age, any = age, true
		case len(gaps) == cap(gaps) || age-g.age > window:
			return false
		default:
			gaps = append(gaps, age-before)
		}
		before = age
		return true
	})
	return median(gaps), any
}

// median is the upper one of two, and 0 of none.
func median(gaps []time.Duration) time.Duration {
	if len(gaps) == 0 {
		return 0
	}
	slices.Sort(gaps)
	return gaps[len(gaps)/2]
}

// cell is the number of widths nearest to a time.
func (g *grid) cell(d time.Duration) int {
	return int(d/g.width + (d%g.width+g.width/2)/g.width)
}

// cells is a time in widths.
func (g *grid) cells(d time.Duration) float64 { return float64(d) / float64(g.width) }

// fit finds level and slope as they could be told at each cell, from it and
// older ones of its part alone.
func (g *grid) fit(trend time.Duration) {
	g.tau = g.cells(trend)
	minute := max(1, g.cell(levelWindow))
	third := min(max(g.cell(trend)/3, 3), mostThird)
	var middle, centre [gridCells]float64
	for i := g.first; i < gridCells; i++ {
		middle[i], centre[i] = math.NaN(), math.NaN()
		if math.IsNaN(g.value[i]) {
			g.part[i] = g.part[i-1] // the first cell holds a sample
		}
		if m, c, n := g.median(i, third); n > third/2 {
			middle[i], centre[i] = m, c
		}
		g.level[i] = math.NaN()
		if !math.IsNaN(g.value[i]) {
			m, _, _ := g.median(i, minute)
			g.level[i] = max(g.value[i], m)
		}
		g.slope[i] = 0
		for _, back := range [...]int{2 * third, third} {
			// The nearer pair serves a series too young for the farther one.
			if i-back < g.first || g.part[i-back] != g.part[i] || math.IsNaN(middle[i]) || math.IsNaN(middle[i-back]) {
				continue
			}
			g.slope[i] = (middle[i] - middle[i-back]) / (centre[i] - centre[i-back])
			break
		}
	}
}

// median returns the median value of the cells in (i−width, i] of i's part,
// where their middle lies, and how many of them hold one.
func (g *grid) median(i, width int) (value, centre float64, n int) {
	var room [mostThird]float64
	for k := max(g.first, i-width+1); k <= i; k++ {
		v := g.value[k]
		if math.IsNaN(v) || g.part[k] != g.part[i] {
			continue
		}
		j := n
		for ; j > 0 && room[j-1] > v; j-- {
			room[j] = room[j-1]
		}
		room[j] = v
		n++
		centre += float64(k)
	}
	if n == 0 {
		return math.NaN(), 0, 0
	}
	return room[(n-1)/2] + (room[n/2]-room[(n-1)/2])/2, centre / float64(n), n
}

// damped is for how many cells of full trend one counts that fades for h
// cells.
func (g *grid) damped(h float64) float64 { return g.tau * -math.Expm1(-h/g.tau) }
