package replay

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"
)

// Trace is what was measured, at regular steps: a value holds for its step.
type Trace struct {
	Start time.Time
	Step  time.Duration
	// Values are per second, or a level such as connections; NaN in a gap.
	Values []float64
}

// Span is how long the trace is.
func (t *Trace) Span() time.Duration { return time.Duration(len(t.Values)) * t.Step }

// End is when it ends.
func (t *Trace) End() time.Time { return t.Start.Add(t.Span()) }

// Gaps is how many steps have no value.
func (t *Trace) Gaps() int {
	n := 0
	for _, v := range t.Values {
		if math.IsNaN(v) {
			n++
		}
	}
	return n
}

// replicasAtPeak is where a capacity that nobody gave puts the 99th percentile.
const replicasAtPeak = 40

// Capacity is what one replica carries where nobody says: it puts the 99th
// percentile of the trace at 40 replicas, or its largest value where that
// percentile is 0. It is rounded to four digits, to be written down. A trace in
// which nothing happens has none.
func (t *Trace) Capacity() (float64, error) {
	known := make([]float64, 0, len(t.Values))
	for _, v := range t.Values {
		if !math.IsNaN(v) {
			known = append(known, v)
		}
	}
	if len(known) == 0 {
		return 0, fmt.Errorf("the trace has no value, from which no capacity follows")
	}
	slices.Sort(known)
	level := known[int(0.99*float64(len(known)))]
	if level <= 0 {
		level = known[len(known)-1]
	}
	if level <= 0 {
		return 0, fmt.Errorf("the trace is 0 throughout, from which no capacity follows: say what one replica carries")
	}
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(level/replicasAtPeak, 'g', 4, 64), 64)
	if err != nil || rounded <= 0 {
		return level / replicasAtPeak, nil //nolint:nilerr // what is too small to be written is taken as it is
	}
	return rounded, nil
}
