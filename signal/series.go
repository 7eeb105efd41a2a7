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

// Series is a bounded history of samples in order of time. Gaps stay gaps, and
// breaks part what cannot be compared. Instants are kept to the nanosecond and come back in UTC. The zero Series
// keeps nothing; make one with NewSeries. A Series is not safe for concurrent
// use.
type Series struct {
	points []point // ring once full
	head   int     // index of the oldest point when full
	limit  int
	breaks []int64 // Unix times in order: the instants of Break
}

// point is a sample in half the room and without a pointer, which the garbage
// collector would follow: histories are most of what a workload takes in
// memory.
type point struct {
	nano  int64 // Unix time
	value float64
}

func (p point) sample() Sample { return Sample{At: time.Unix(0, p.nano).UTC(), Value: p.value} }

// The instants a point can be of: from the year 1678 to 2262.
//
//nolint:gochecknoglobals // constants, which a time.Time cannot be
var earliest, latest = time.Unix(0, math.MinInt64), time.Unix(0, math.MaxInt64)

// nano is an instant's Unix time, and that of the nearest there can be for one
// outside.
func nano(at time.Time) int64 {
	switch {
	case at.Before(earliest):
		return math.MinInt64
	case at.After(latest):
		return math.MaxInt64
	default:
		return at.UnixNano()
	}
}

// NewSeries returns an empty series that keeps the newest limit samples.
func NewSeries(limit int) *Series {
	if limit < 1 {
		panic("signal: a series keeps at least one sample")
	}
	return &Series{limit: limit}
}

// Append adds a sample and drops the oldest one when full. It reports false,
// and changes nothing, for a sample that is not newer than the last one, whose
// value is not finite or whose instant lies outside the years 1678 to 2262.
func (s *Series) Append(x Sample) bool {
	if s.limit == 0 || math.IsNaN(x.Value) || math.IsInf(x.Value, 0) {
		return false
	}
	p := point{nano(x.At), x.Value}
	if !p.sample().At.Equal(x.At) {
		return false
	}
	if n := len(s.points); n > 0 && p.nano <= s.at(n-1).nano {
		return false
	}
	if len(s.points) < s.limit {
		s.grow()
		s.points = append(s.points, p)
		return true
	}
	s.points[s.head] = p
	s.head = (s.head + 1) % s.limit
	for len(s.breaks) > 0 && s.breaks[0] <= s.at(0).nano {
		s.breaks = slices.Delete(s.breaks, 0, 1)
	}
	return true
}

// Break says that samples from at on cannot be compared with those before: what
// is measured changed for a reason that is known, such as an event. It does
// nothing where no sample lies before at and after the last break, or where
// samples lie at or after it.
func (s *Series) Break(at time.Time) {
	n := s.Len()
	if n == 0 || nano(at) <= s.at(n-1).nano {
		return
	}
	if k := len(s.breaks); k > 0 && s.breaks[k-1] > s.at(n-1).nano {
		return
	}
	s.breaks = append(s.breaks, nano(at))
}

// grow makes room by doubling as append does, but never beyond the limit:
// series are most of what a workload takes in memory.
func (s *Series) grow() {
	if n := len(s.points); n == cap(s.points) {
		room := make([]point, n, min(s.limit, max(8, 2*n)))
		copy(room, s.points)
		s.points = room
	}
}

// Part makes each sample in [from, to) stand alone: breaks lie before it and
// after it.
func (s *Series) Part(from, to time.Time) {
	first, last := nano(from), nano(to)
	for i := 1; i < s.Len(); i++ {
		at := s.at(i).nano
		if at >= first && s.at(i-1).nano < last {
			s.breaks = append(s.breaks, at)
		}
	}
	slices.Sort(s.breaks)
	s.breaks = slices.Compact(s.breaks)
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
		first = s.at(0).sample().At
	}
	for _, x := range sorted {
		if any && !x.At.Before(first) {
			break
		}
		merged.Append(x)
	}
	for i := range s.Len() {
		merged.Append(s.at(i).sample())
	}
	merged.breaks = s.breaks
	*s = *merged
}

// Len is the number of samples held.
func (s *Series) Len() int { return len(s.points) }

// Last returns the newest sample.
func (s *Series) Last() (Sample, bool) {
	if len(s.points) == 0 {
		return Sample{}, false
	}
	return s.at(len(s.points) - 1).sample(), true
}

// Since appends to dst the samples at or after from, oldest first.
func (s *Series) Since(from time.Time, dst []Sample) []Sample {
	n, oldest := s.Len(), nano(from)
	for i := sort.Search(n, func(i int) bool { return s.at(i).nano >= oldest }); i < n; i++ {
		dst = append(dst, s.at(i).sample())
	}
	return dst
}

// Backward calls yield for the samples that are not after an instant, newest
// first, with how old each was then and how many breaks lie between them, until
// it returns false.
func (s *Series) Backward(at time.Time, yield func(age time.Duration, value float64, breaks int) bool) {
	now := nano(at)
	older, breaks := s.breaks, 0
	for len(older) > 0 && older[len(older)-1] > now {
		older = older[:len(older)-1]
	}
	for _, half := range [...][]point{s.points[:s.head], s.points[s.head:]} {
		for _, p := range slices.Backward(half) {
			if p.nano > now {
				continue
			}
			for len(older) > 0 && older[len(older)-1] > p.nano {
				older, breaks = older[:len(older)-1], breaks+1
			}
			if !yield(age(now, p.nano), p.value, breaks) {
				return
			}
		}
	}
}

// age is now − then, or the longest duration where that is too long for one.
func age(now, then int64) time.Duration {
	if d := now - then; d >= 0 {
		return time.Duration(d)
	}
	return math.MaxInt64
}

func (s *Series) at(i int) point {
	if len(s.points) < s.limit {
		return s.points[i]
	}
	return s.points[(s.head+i)%s.limit]
}
