package signal

import (
	"math"
	"slices"
	"sort"
	"time"
)

// Sample is one measured value.
type Sample struct {
	At    time.Time
	Value float64
}

// Series is a bounded history of samples in order of time. Gaps stay gaps.
// The zero Series keeps nothing; make one with NewSeries. A Series is not
// safe for concurrent use.
type Series struct {
	samples []Sample // ring once full
	head    int      // index of the oldest sample when full
	limit   int
}

// NewSeries returns an empty series that keeps the newest limit samples.
func NewSeries(limit int) *Series {
	if limit < 1 {
		panic("signal: a series keeps at least one sample")
	}
	return &Series{limit: limit}
}

// Append adds a sample and drops the oldest one when full. It reports false,
// and changes nothing, for a sample that is not newer than the last one or
// whose value is not finite.
func (s *Series) Append(x Sample) bool {
	if s.limit == 0 || math.IsNaN(x.Value) || math.IsInf(x.Value, 0) {
		return false
	}
	if last, ok := s.Last(); ok && !x.At.After(last.At) {
		return false
	}
	if len(s.samples) < s.limit {
		s.grow()
		s.samples = append(s.samples, x)
		return true
	}
	s.samples[s.head] = x
	s.head = (s.head + 1) % s.limit
	return true
}

// grow makes room by doubling as append does, but never beyond the limit:
// series are most of what a workload takes in memory.
func (s *Series) grow() {
	if n := len(s.samples); n == cap(s.samples) {
		room := make([]Sample, n, min(s.limit, max(8, 2*n)))
		copy(room, s.samples)
		s.samples = room
	}
}

// Fill puts older samples before those already held, as read from a source's
// own history at start. Samples at or after the first one held are ignored.
func (s *Series) Fill(history []Sample) {
	if s.limit == 0 {
		return
	}
	merged := NewSeries(s.limit)
	sorted := slices.Clone(history)
	slices.SortStableFunc(sorted, func(a, b Sample) int { return a.At.Compare(b.At) })
	first, any := time.Time{}, s.Len() > 0
	if any {
		first = s.at(0).At
	}
	for _, x := range sorted {
		if any && !x.At.Before(first) {
			break
		}
		merged.Append(x)
	}
	for i := range s.Len() {
		merged.Append(s.at(i))
	}
	*s = *merged
}

// Len is the number of samples held.
func (s *Series) Len() int { return len(s.samples) }

// Last returns the newest sample.
func (s *Series) Last() (Sample, bool) {
	if len(s.samples) == 0 {
		return Sample{}, false
	}
	return s.at(len(s.samples) - 1), true
}

// Since appends to dst the samples at or after from, oldest first.
func (s *Series) Since(from time.Time, dst []Sample) []Sample {
	n := s.Len()
	i := sort.Search(n, func(i int) bool { return !s.at(i).At.Before(from) })
	if i += s.head; i < n {
		return append(append(dst, s.samples[i:]...), s.samples[:s.head]...)
	}
	return append(dst, s.samples[i-n:s.head]...)
}

// Backward calls yield for the samples, newest first, until it returns false.
func (s *Series) Backward(yield func(Sample) bool) {
	for i := s.head - 1; i >= 0; i-- {
		if !yield(s.samples[i]) {
			return
		}
	}
	for i := len(s.samples) - 1; i >= s.head; i-- {
		if !yield(s.samples[i]) {
			return
		}
	}
}

func (s *Series) at(i int) Sample {
	if len(s.samples) < s.limit {
		return s.samples[i]
	}
	return s.samples[(s.head+i)%s.limit]
}
