package signal

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var noon = time.Date(2026, 3, 29, 12, 0, 0, 0, time.UTC)

func at(second int, value float64) Sample {
	return Sample{At: noon.Add(time.Duration(second) * time.Second), Value: value}
}

// held is everything a series holds.
func held(s *Series) []Sample { return s.Since(time.Time{}, nil) }

func expect(t *testing.T, s *Series, want ...Sample) {
	t.Helper()
	if got := held(s); !slices.Equal(got, want) || s.Len() != len(want) {
		t.Fatalf("the series holds %v (%d), want %v", got, s.Len(), want)
	}
	for _, now := range []time.Time{noon.Add(time.Hour), noon.Add(15 * time.Second), noon} {
		var backward []Sample
		s.Backward(now, func(age time.Duration, value float64, _ int) bool {
			backward = append(backward, Sample{At: now.Add(-age), Value: value})
			return true
		})
		slices.Reverse(backward)
		known := slices.DeleteFunc(slices.Clone(want), func(x Sample) bool { return x.At.After(now) })
		if !slices.Equal(backward, known) {
			t.Fatalf("looking back from %s the series holds %v, want %v", now, backward, known)
		}
	}
}

func TestSeriesTakesTheYears1678To2262(t *testing.T) {
	s := NewSeries(9)
	first, last := time.Unix(0, math.MinInt64).UTC(), time.Unix(0, math.MaxInt64).UTC()
	for _, c := range []struct {
		at    time.Time
		taken bool
	}{
		{time.Time{}, false},
		{first.Add(-1), false},
		{first, true},
		{last, true},
		{last.Add(1), false},
	} {
		if got := s.Append(Sample{At: c.at}); got != c.taken {
			t.Errorf("%s taken: %t, want %t", c.at, got, c.taken)
		}
	}
	if got := s.Since(last.Add(-1), nil); len(got) != 1 || got[0].At != last {
		t.Errorf("the last is %v, want %s", got, last)
	}
	s.Backward(last.Add(time.Hour), func(age time.Duration, _ float64, _ int) bool {
		if age < 0 {
			t.Errorf("age %s", age)
		}
		return true
	})
}

func TestSeriesTakesNewerFiniteSamples(t *testing.T) {
	s := NewSeries(3)
	if _, ok := s.Last(); ok {
		t.Error("an empty series has a last sample")
	}
	cases := []struct {
		sample Sample
		taken  bool
	}{
		{at(10, 1), true},
		{at(10, 2), false},
		{at(9, 2), false},
		{Sample{At: noon.Add(10*time.Second + 1), Value: 0}, true},
		{at(12, math.NaN()), false},
		{at(12, math.Inf(1)), false},
		{at(12, math.Inf(-1)), false},
		{at(11, 3), true},
	}
	for _, c := range cases {
		if got := s.Append(c.sample); got != c.taken {
			t.Errorf("%v taken: %t, want %t", c.sample, got, c.taken)
		}
	}
	expect(t, s, at(10, 1), Sample{At: noon.Add(10*time.Second + 1)}, at(11, 3))
}

func TestSeriesDropsTheOldest(t *testing.T) {
	s := NewSeries(2)
	for second := range 5 {
		s.Append(at(second, float64(second)))
		if last, ok := s.Last(); !ok || last != at(second, float64(second)) {
			t.Fatalf("last is %v", last)
		}
	}
	expect(t, s, at(3, 3), at(4, 4))
}

func TestSeriesSince(t *testing.T) {
	s := NewSeries(3)
	for _, second := range []int{0, 10, 20, 30} { // 0 is dropped, 20 s apart
		s.Append(at(second, 1))
	}
	for _, c := range []struct {
		from time.Time
		want int
	}{
		{noon, 3},
		{at(10, 0).At, 3},
		{at(10, 0).At.Add(1), 2},
		{at(30, 0).At, 1},
		{at(30, 0).At.Add(1), 0},
	} {
		before := []Sample{at(-5, 5)}
		got := s.Since(c.from, before)
		if len(got) != c.want+1 || got[0] != before[0] {
			t.Errorf("since %s: %v, want %d after what was there", c.from, got, c.want)
		}
	}
}

func TestSeriesFill(t *testing.T) {
	s := NewSeries(4)
	s.Fill([]Sample{at(20, 2), at(10, 1), at(15, math.NaN()), at(10, 9)})
	expect(t, s, at(10, 1), at(20, 2))
	s.Append(at(30, 3))
	s.Fill([]Sample{at(9, 0), at(10, 7), at(25, 7), at(40, 7)})
	expect(t, s, at(9, 0), at(10, 1), at(20, 2), at(30, 3))
	s.Fill([]Sample{at(8, 0)})
	expect(t, s, at(9, 0), at(10, 1), at(20, 2), at(30, 3))
	s.Append(at(40, 4))
	expect(t, s, at(10, 1), at(20, 2), at(30, 3), at(40, 4))
	s.Fill(nil)
	expect(t, s, at(10, 1), at(20, 2), at(30, 3), at(40, 4))
}

func TestZeroSeriesKeepsNothing(t *testing.T) {
	var s Series
	if s.Append(at(1, 1)) {
		t.Error("the zero series took a sample")
	}
	s.Fill([]Sample{at(1, 1)})
	expect(t, &s)
}

func TestNewSeriesPanicsWithoutRoom(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a series of no samples was made")
		}
	}()
	NewSeries(0)
}

// A break lies between the samples before it and those from it on, and counts
// for those who look back from after it.
func TestSeriesBreak(t *testing.T) {
	s := NewSeries(4)
	breaks := func(now Sample) []int {
		var found []int
		s.Backward(now.At, func(_ time.Duration, _ float64, n int) bool {
			found = append(found, n)
			return true
		})
		return found
	}
	s.Break(at(5, 0).At) // nothing to part
	s.Append(at(10, 1))
	s.Break(at(10, 0).At) // not after the sample
	s.Append(at(20, 2))
	s.Break(at(25, 0).At)
	s.Break(at(28, 0).At) // no sample since the one before
	for _, c := range []struct {
		now  int
		want []int
	}{{20, []int{0, 0}}, {24, []int{0, 0}}, {25, []int{1, 1}}, {60, []int{1, 1}}} {
		if got := breaks(at(c.now, 0)); !slices.Equal(got, c.want) {
			t.Errorf("looking back from second %d: %v breaks, want %v", c.now, got, c.want)
		}
	}
	s.Append(at(30, 3))
	s.Break(at(40, 0).At)
	s.Append(at(40, 4))
	s.Fill([]Sample{at(0, 0)})
	if got, want := breaks(at(60, 0)), []int{0, 1, 2, 2}; !slices.Equal(got, want) {
		t.Errorf("%v breaks, want %v", got, want)
	}
	s.Append(at(50, 5))
	s.Append(at(60, 6))
	if got, want := breaks(at(60, 0)), []int{0, 0, 0, 1}; !slices.Equal(got, want) || len(s.breaks) != 1 {
		t.Errorf("%v breaks, want %v; %d are kept, want the one between samples held", got, want, len(s.breaks))
	}
}

// Each sample of a part stands alone, and what lies before and after a part that
// holds none is kept apart too.
func TestSeriesPart(t *testing.T) {
	for _, c := range []struct {
		from, to int
		want     []int // breaks between each sample and the end, newest first
	}{
		{25, 45, []int{0, 1, 2, 3, 3}},
		{20, 40, []int{0, 0, 1, 2, 3}},
		{31, 39, []int{0, 0, 1, 1, 1}},
		{0, 15, []int{0, 0, 0, 0, 1}},
		{45, 70, []int{0, 1, 1, 1, 1}},
		{60, 70, []int{0, 0, 0, 0, 0}},
	} {
		s := NewSeries(5)
		for second := 0; second <= 50; second += 10 { // the first is dropped
			s.Append(at(second, 1))
		}
		for range 2 { // again changes nothing
			s.Part(at(c.from, 0).At, at(c.to, 0).At)
		}
		var got []int
		s.Backward(at(50, 0).At, func(_ time.Duration, _ float64, n int) bool {
			got = append(got, n)
			return true
		})
		if !slices.Equal(got, c.want) {
			t.Errorf("from %d to %d: %v breaks, want %v", c.from, c.to, got, c.want)
		}
	}
}

// plain is what a series is meant to be: a sorted list, cut at its limit.
type plain []Sample

func (p plain) since(from time.Time) plain {
	return slices.DeleteFunc(slices.Clone(p), func(x Sample) bool { return x.At.Before(from) })
}

// Whatever is appended and filled in, the ring holds what a plain sorted list
// would.
func TestSeriesAgreesWithAList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(1, 6).Draw(t, "limit")
		s, list := NewSeries(limit), plain(nil)
		t.Repeat(map[string]func(*rapid.T){
			"append": func(t *rapid.T) { list = bothAppend(t, s, list) },
			"fill":   func(t *rapid.T) { list = bothFill(t, s, list) },
			"": func(t *rapid.T) {
				list = list[max(0, len(list)-limit):]
				from := at(rapid.IntRange(-20, 50).Draw(t, "from"), 0).At
				if got, want := s.Since(from, nil), list.since(from); !slices.Equal(got, want) || s.Len() != len(list) {
					t.Fatalf("since %s: %v, want %v", from, got, want)
				}
			},
		})
	})
}

func bothAppend(t *rapid.T, s *Series, list plain) plain {
	x := at(rapid.IntRange(0, 50).Draw(t, "second"), rapid.Float64().Draw(t, "value"))
	newer := len(list) == 0 || x.At.After(list[len(list)-1].At)
	if s.Append(x) != newer {
		t.Fatalf("%v taken: %t", x, !newer)
	}
	if newer {
		return append(list, x)
	}
	return list
}

func bothFill(t *rapid.T, s *Series, list plain) plain {
	var history []Sample
	for _, second := range rapid.SliceOfDistinct(rapid.IntRange(-20, 50), rapid.ID[int]).Draw(t, "history") {
		history = append(history, at(second, 7))
	}
	s.Fill(history)
	older := slices.DeleteFunc(history, func(x Sample) bool {
		return len(list) > 0 && !x.At.Before(list[0].At)
	})
	list = append(list, older...)
	slices.SortFunc(list, func(a, b Sample) int { return a.At.Compare(b.At) })
	return list
}
