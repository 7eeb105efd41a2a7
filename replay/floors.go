package replay

import (
	"math"
	"time"
)

// A cron trigger begins and ends so long before and after an event; its level
// is the 95th percentile of the same hour over the days before, times what the
// calendar expects. The level is of replicas: a cron trigger has no target that
// leaves room. The same hour is that around each minute and not around the
// event's start: of the readings that the sentence allows, this one yields the
// published figures.
const (
	cronBefore   = 10 * time.Minute
	cronAfter    = 30 * time.Minute
	cronAround   = 30 * time.Minute
	cronDays     = 7
	cronQuantile = 0.95
	cronEvery    = time.Minute
)

// announcedLevels is the demand that cron triggers put as a floor, one per step.
func (s *Scene) announcedLevels() []float64 {
	levels := make([]float64, len(s.Demand))
	factors := make([]float64, len(s.Demand))
	for _, e := range s.Events {
		impact := e.Impact()
		from, to := s.within(s.step(e.Start.Add(-cronBefore)), s.step(e.End.Add(cronAfter)))
		for i := from; i < to; i++ {
			factors[i] = max(factors[i], impact.Multiplier)
			levels[i] = max(levels[i], impact.Peak.Value/s.Capacity, float64(impact.Floor))
		}
	}
	usual, every := newSameHour(s.Demand), steps(cronEvery)
	for i, factor := range factors {
		if factor > 0 {
			if level, ok := usual.at(i - i%every); ok {
				levels[i] = max(levels[i], factor*level)
			}
		}
	}
	return levels
}

// sameHour is what is usual around a time of day: the demand of that hour on the
// days before. It moves from step to step.
type sameHour struct {
	demand []float64
	bag    *ranks
	step   int // that bag is of, or -1
}

func newSameHour(demand []float64) *sameHour {
	return &sameHour{demand: demand, bag: newRanks(demand), step: -1}
}

// at is the usual demand of a step, not ok where nothing is known. Steps do not
// fall.
func (h *sameHour) at(i int) (float64, bool) {
	if i != h.step {
		h.move(i)
	}
	return h.bag.percentile(cronQuantile)
}

// move takes in what comes into the windows of a step, and out what leaves.
func (h *sameHour) move(i int) {
	day, around := steps(24*time.Hour), steps(cronAround)
	for d := 1; d <= cronDays; d++ {
		from, to := i-d*day-around, i-d*day+around
		before := h.step - i + from // where the window began
		if h.step < 0 || h.step+2*around < i {
			if h.step >= 0 {
				h.count(before, before+2*around, -1)
			}
			h.count(from, to, 1)
			continue
		}
		h.count(before, from, -1)
		h.count(before+2*around, to, 1)
	}
	h.step = i
}

func (h *sameHour) count(from, to, n int) {
	for k := max(0, from); k < min(to, len(h.demand)); k++ {
		h.bag.add(h.demand[k], n)
	}
}

// lastWeekAhead is how far the trigger that reads last week looks ahead in it.
const lastWeekAhead = 30 * time.Minute

// lastWeekLevels is the most demand of [t, t + 30 min] one week ago, per step.
func (s *Scene) lastWeekLevels() []float64 {
	levels := make([]float64, len(s.Demand))
	week, ahead := steps(7*24*time.Hour), steps(lastWeekAhead)
	most := newFalling(ahead + 1)
	for i := range s.Demand {
		// The window that ends at i began so long before: it is that of a week
		// after its begin.
		most.add(i, s.Demand[i])
		if at := i - ahead + week; at >= week && at < len(levels) {
			levels[at] = most.largest()
		}
	}
	return levels
}

// falling is the largest of the last demands, gaps left out.
type falling struct {
	length int
	queue  []peak
}

type peak struct {
	step  int
	value float64
}

func newFalling(length int) *falling { return &falling{length: length} }

func (f *falling) add(step int, value float64) {
	if !math.IsNaN(value) {
		for len(f.queue) > 0 && f.queue[len(f.queue)-1].value <= value {
			f.queue = f.queue[:len(f.queue)-1]
		}
		f.queue = append(f.queue, peak{step, value})
	}
	for len(f.queue) > 0 && f.queue[0].step <= step-f.length {
		f.queue = f.queue[1:]
	}
}

func (f *falling) largest() float64 {
	if len(f.queue) == 0 {
		return 0
	}
	return f.queue[0].value
}
