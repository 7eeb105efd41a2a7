package forecast

import "math"

// seasons is how the last week went, on the logarithm of the unit: means of five
// minutes, smoothed over their neighbours, as no habit is on the minute.
type seasons struct {
	logs   [seasonCells]float32 // ring, by cell; NaN where nothing was measured
	means  [seasonWidth]float64 // of the newest cells, in order; NaN where nothing was
	newest int64                // the cell that is being filled
	count  float64              // samples in it
	any    bool
}

const (
	cellMinutes = 5
	// seasonReach is over how many cells on each side is smoothed.
	seasonReach = 2
	seasonWidth = 2*seasonReach + 1
	// seasonCells is a week, and a few hours for what clocks are moved by.
	seasonCells = (7*24 + 3) * 60 / cellMinutes
)

func cellOf(minute int64) int64 { return floorDiv(minute, cellMinutes) }

func seasonSlot(cell int64) int { return int((cell%seasonCells + seasonCells) % seasonCells) }

// add takes the sample of a minute in, which is not before the newest.
func (s *seasons) add(minute int64, value float64, u *unit) {
	c := cellOf(minute)
	if !s.any || c-s.newest >= seasonCells {
		s.any, s.newest = true, c
		s.clear()
	}
	for s.newest < c {
		s.turn(u)
	}
	newest := &s.means[seasonWidth-1]
	if s.count == 0 {
		*newest = 0
	}
	s.count++
	*newest += (value - *newest) / s.count
}

func (s *seasons) clear() {
	s.count = 0
	for i := range s.logs {
		s.logs[i] = float32(math.NaN())
	}
	for i := range s.means {
		s.means[i] = math.NaN()
	}
}

// turn goes to the next cell: what the one in the middle is smoothed over is all
// there.
func (s *seasons) turn(u *unit) {
	of, n := 0.0, 0.0
	for _, mean := range s.means {
		if !math.IsNaN(mean) {
			of, n = of+mean, n+1
		}
	}
	log := float32(math.NaN())
	if n > 0 {
		log = float32(u.log(of / n))
	}
	s.logs[seasonSlot(s.newest-seasonReach)] = log
	copy(s.means[:], s.means[1:])
	s.means[seasonWidth-1] = math.NaN()
	s.newest++
	s.count = 0
}

// around is the logarithm of the mean around a minute, and NaN where nothing was
// measured or not all of it yet.
func (s *seasons) around(minute int64) float32 {
	c := cellOf(minute)
	last := s.newest - 1 - seasonReach
	if !s.any || c > last || c <= last-seasonCells {
		return float32(math.NaN())
	}
	return s.logs[seasonSlot(c)]
}

// rebase counts in another unit.
func (s *seasons) rebase(from, to unit) {
	for i, log := range s.logs {
		s.logs[i] = float32(to.log(from.value(float64(log))))
	}
}
