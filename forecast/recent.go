package forecast

import (
	"math/bits"
	"time"
)

// recent are the last samples of the minutes of the last while.
type recent struct {
	any    bool
	at     time.Time // of the newest sample
	minute int64     // of the newest sample
	last   float64
	kept   [recentMinutes]float64 // by minute; 0 where there was no sample
	known  uint64                 // a bit for each that there was
}

const (
	// every is the time between two samples that are learned from.
	every = time.Minute
	// recentMinutes is how many bits known has, and more than the longest mean looks
	// back.
	recentMinutes = 64
	// heldMinutes is for how many minutes a sample stands where no other came: as
	// long as Prometheus has it stand.
	heldMinutes = 5
)

func minuteOf(at time.Time) int64 { return floorDiv(at.Unix(), int64(every/time.Second)) }

func instantOf(minute int64) time.Time { return time.Unix(minute*int64(every/time.Second), 0) }

func floorDiv(a, b int64) int64 {
	if q := a / b; q*b <= a {
		return q
	}
	return a/b - 1
}

// slot is where a ring of minutes keeps one; that of -1 is beside that of 0.
func slot(minute int64) int { return int(minute & (recentMinutes - 1)) }

// follows reports whether a sample of that instant is later than the newest.
func (r *recent) follows(at time.Time) bool { return !r.any || at.After(r.at) }

// add takes a sample in and returns how many minutes passed since the one before:
// 0 within the same one, and 1 for the first.
func (r *recent) add(minute int64, value float64) (passed int64) {
	passed = minute - r.minute
	if !r.any {
		r.any, passed = true, 1
		r.minute = minute - recentMinutes
	}
	for i := max(r.minute+1, minute-recentMinutes+1); i < minute; i++ {
		r.drop(i)
	}
	r.last, r.minute = value, minute
	r.kept[slot(minute)] = value
	r.known |= 1 << slot(minute)
	return passed
}

func (r *recent) drop(minute int64) {
	r.kept[slot(minute)] = 0
	r.known &^= 1 << slot(minute)
}

// measured is what a series was lately.
type measured struct {
	last, mean5, mean15, mean60, most5 float64
}

// measure sums up the last hour: minutes without a sample count for nothing.
func (r *recent) measure() (m measured) {
	m.last = r.last
	for i := range int64(5) {
		m.most5 = max(m.most5, r.kept[slot(r.minute-i)])
	}
	of5 := r.sum(0, 5)
	of15 := of5 + r.sum(5, 15)
	of60 := of15 + r.sum(15, 60)
	m.mean5, m.mean15, m.mean60 = of5/r.count(5), of15/r.count(15), of60/r.count(60)
	return m
}

// sum is that of the samples from some minutes ago to others; two halves of it
// are added up beside each other, which takes half the time.
func (r *recent) sum(from, to int64) float64 {
	a, b := 0.0, 0.0
	i := from
	for ; i < to-1; i += 2 {
		a += r.kept[slot(r.minute-i)]
		b += r.kept[slot(r.minute-i-1)]
	}
	if i < to {
		a += r.kept[slot(r.minute-i)]
	}
	return a + b
}

// count is the number of samples of the last minutes; the newest is one.
func (r *recent) count(minutes int64) float64 {
	oldest := slot(r.minute - minutes + 1)
	return float64(bits.OnesCount64(bits.RotateLeft64(r.known, -oldest) & (1<<minutes - 1)))
}
