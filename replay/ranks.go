package replay

import (
	"math"
	"slices"
)

// ranks is a bag of numbers out of a known list, of which any percentile is
// found in the time of a logarithm: a Fenwick tree of counts over the sorted
// list.
type ranks struct {
	values []float64 // sorted, each once
	counts []int     // the tree, from 1
	size   int
	top    int // the largest power of two within the tree
}

// newRanks takes the numbers there may be; gaps are left out.
func newRanks(all []float64) *ranks {
	r := &ranks{values: make([]float64, 0, len(all))}
	for _, v := range all {
		if !math.IsNaN(v) {
			r.values = append(r.values, v)
		}
	}
	slices.Sort(r.values)
	r.values = slices.Compact(r.values)
	r.counts = make([]int, len(r.values)+1)
	r.top = 1
	for 2*r.top < len(r.counts) {
		r.top *= 2
	}
	return r
}

// add puts a number in, or takes one out by −1. Gaps do not count.
func (r *ranks) add(v float64, n int) {
	i, known := slices.BinarySearch(r.values, v)
	if !known {
		return
	}
	r.size += n
	for i++; i < len(r.counts); i += i & -i {
		r.counts[i] += n
	}
}

// percentile is the number below which that share lies; not ok of none.
func (r *ranks) percentile(q float64) (value float64, ok bool) {
	if r.size == 0 {
		return 0, false
	}
	return r.nth(int(q * float64(r.size-1))), true
}

// nth is the number with k smaller or equal ones before it.
func (r *ranks) nth(k int) float64 {
	at := 0
	for step := r.top; step > 0; step /= 2 {
		if next := at + step; next < len(r.counts) && r.counts[next] <= k {
			at, k = next, k-r.counts[next]
		}
	}
	return r.values[at]
}
