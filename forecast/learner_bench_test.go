package forecast

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
	"unsafe"
)

const fourWeeks = 4 * week

// Series to be learned, a value each minute.

// smooth has a day and little noise.
func smooth(n int) []float64 {
	noise := rand.New(rand.NewPCG(5, 6))
	return steady(n, func(i int) float64 {
		return 1000 + 600*math.Sin(2*math.Pi*float64(i)/1440) + 20*noise.NormFloat64()
	})
}

// bursty is nothing most of the time, and then anything.
func bursty(n int) []float64 {
	noise := rand.New(rand.NewPCG(7, 8))
	left, height := 0, 0.0
	return steady(n, func(int) float64 {
		if left == 0 && noise.Float64() < 0.01 {
			left, height = 1+noise.IntN(20), math.Exp(2*noise.NormFloat64()+4)
		}
		if left == 0 {
			return 0
		}
		left--
		return height * noise.Float64()
	})
}

// taught has learned a value each minute, the last one at eight o'clock.
func taught(values []float64) *Learner {
	l := NewLearner(nil)
	for i, v := range values {
		l.Observe(eight.Add(time.Duration(i+1-len(values))*time.Minute), v)
	}
	return l
}

// BenchmarkLearnerFourWeeks is what a workload costs that is new to us, of which
// somebody kept the past.
func BenchmarkLearnerFourWeeks(b *testing.B) {
	for name, values := range map[string][]float64{
		"smooth": smooth(fourWeeks), "bursty": bursty(fourWeeks), "zero": make([]float64, fourWeeks),
		"wandering": wandering(fourWeeks),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var l *Learner
			for b.Loop() {
				l = taught(values)
			}
			b.ReportMetric(float64(l.size()), "B/learner")
		})
	}
}

// BenchmarkLearnerMinute10000 is a minute of ten thousand series, each learned
// before: none of them is in the processor's caches.
func BenchmarkLearnerMinute10000(b *testing.B) {
	state, err := taught(smooth(fourWeeks)).MarshalBinary()
	if err != nil {
		b.Fatal(err)
	}
	learners := make([]*Learner, 10_000)
	for i := range learners {
		learners[i] = NewLearner(nil)
		if err := learners[i].UnmarshalBinary(state); err != nil {
			b.Fatal(err)
		}
	}
	at := eight
	for b.Loop() {
		at = at.Add(time.Minute)
		for _, l := range learners {
			l.Observe(at, 1000)
		}
	}
}

// BenchmarkLearnerPath is a look of a decision ahead: pod and node lead, or an hour.
func BenchmarkLearnerPath(b *testing.B) {
	l := taught(smooth(fourWeeks))
	for _, horizon := range []time.Duration{6 * time.Minute, time.Hour} {
		b.Run(horizon.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				l.Path(eight, horizon)
			}
		})
	}
}

// size is what a learner keeps in memory, in bytes.
func (l *Learner) size() uintptr {
	n := unsafe.Sizeof(*l)
	for _, e := range l.missed {
		n += uintptr(cap(e.counts))*unsafe.Sizeof(e.counts[0]) + uintptr(cap(e.rows))*unsafe.Sizeof(e.rows[0])
	}
	return n
}
