package replay

import (
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
)

// Step is how often autoscalers are asked: the HPA's own period.
const Step = 15 * time.Second

// What is seen at t is the mean of [t − seenFrom, t − seenTo): metrics are
// scraped, and rates are taken over a minute.
const (
	seenFrom = 5 // steps
	seenTo   = 1
)

// DefaultLeadIn is how long autoscalers run before they are scored.
const DefaultLeadIn = 7 * 24 * time.Hour

// SceneOptions are what a Scene is made of beside its trace.
type SceneOptions struct {
	// Capacity is what one replica carries, in the trace's unit; 0 is found from
	// the trace (see Trace.Capacity).
	Capacity float64
	// LeadIn is the time that is played and not scored: a week where 0, none
	// where negative. It is a third of the trace at most.
	LeadIn time.Duration
	// Schedule has the events that were announced, and Classes what is usual of
	// them.
	Schedule calendar.Schedule
	Classes  calendar.Classes
}

// Scene is what autoscalers are judged on: demand as it was, step by step, what
// could be seen of it, and what had been announced. It is immutable.
type Scene struct {
	Start time.Time
	// Capacity of one replica, in the trace's unit.
	Capacity float64
	// Demand is in replicas, one number a Step; NaN in a gap.
	Demand []float64
	// Seen is what a scaler sees at each step, in the trace's unit: the last that
	// was seen in a gap, 0 before the first.
	Seen []float64
	// Fresh is whether it was measured at that step.
	Fresh []bool
	// Scored is the first step that is scored.
	Scored int
	// Timeline has the events of the trace, and Events those of it that take
	// place while it is played.
	Timeline *calendar.Timeline
	Events   []calendar.Occurrence

	announced, weekAgo func() []float64
}

// NewScene prepares a trace to be played.
func NewScene(t *Trace, o SceneOptions) (*Scene, error) {
	capacity := o.Capacity
	if capacity == 0 {
		var err error
		if capacity, err = t.Capacity(); err != nil {
			return nil, err
		}
	}
	if !(capacity > 0) || math.IsInf(capacity, 0) {
		return nil, fmt.Errorf("a replica that carries %g carries no demand: its capacity is a number above 0", capacity)
	}
	n := int(t.Span() / Step)
	if n < 1 || n > mostSteps {
		return nil, fmt.Errorf("a trace of %s cannot be played in steps of %s", t.Span(), Step)
	}
	s := &Scene{Start: t.Start, Capacity: capacity, Demand: make([]float64, n), Seen: make([]float64, n), Fresh: make([]bool, n)}
	s.lay(t)
	s.see()
	s.Scored = int(leadIn(o.LeadIn, t.Span()) / Step)
	end := t.Start.Add(time.Duration(n) * Step)
	// A week more on both sides: who looks ahead of the last step, or back before
	// the first, is to see what was announced.
	s.Timeline = o.Schedule.Timeline(o.Classes, t.Start.Add(-7*24*time.Hour), end.Add(7*24*time.Hour))
	s.Events = s.Timeline.Between(t.Start, end)
	s.announced, s.weekAgo = sync.OnceValue(s.announcedLevels), sync.OnceValue(s.lastWeekLevels)
	return s, nil
}

func leadIn(given, span time.Duration) time.Duration {
	if given == 0 {
		given = DefaultLeadIn
	}
	return min(max(given, 0), span/3)
}

// lay fills Demand: each step has the mean of the values that hold in it, over
// the time in which one does.
func (s *Scene) lay(t *Trace) {
	for i := range s.Demand {
		from := time.Duration(i) * Step
		sum, known := 0.0, time.Duration(0)
		for k := int(from / t.Step); k < len(t.Values); k++ {
			begin, end := max(time.Duration(k)*t.Step, from), min(time.Duration(k+1)*t.Step, from+Step)
			if begin >= end {
				break
			}
			if v := t.Values[k]; !math.IsNaN(v) {
				sum += v * float64(end-begin)
				known += end - begin
			}
		}
		s.Demand[i] = math.NaN()
		if known == Step && sum == t.Values[int(from/t.Step)]*float64(Step) {
			s.Demand[i] = t.Values[int(from/t.Step)] / s.Capacity // as written, without rounding
		} else if known > 0 {
			s.Demand[i] = sum / float64(known) / s.Capacity
		}
	}
}

// see fills Seen and Fresh.
func (s *Scene) see() {
	last := 0.0
	for i := range s.Seen {
		sum, n := 0.0, 0
		for k := max(0, i-seenFrom); k < i-seenTo; k++ {
			if d := s.Demand[k]; !math.IsNaN(d) {
				sum, n = sum+d, n+1
			}
		}
		if n > 0 {
			last, s.Fresh[i] = sum/float64(n)*s.Capacity, true
		}
		s.Seen[i] = last
	}
}

// At is the time of a step.
func (s *Scene) At(i int) time.Time { return s.Start.Add(time.Duration(i) * Step) }

// step is the first one that is not before an instant; it may lie outside.
func (s *Scene) step(at time.Time) int {
	d := at.Sub(s.Start)
	i := int(d / Step)
	if d > 0 && d%Step != 0 {
		i++
	}
	return i
}

// within clips a range of steps to those there are.
func (s *Scene) within(from, to int) (int, int) {
	return min(max(from, 0), len(s.Demand)), min(max(to, 0), len(s.Demand))
}
