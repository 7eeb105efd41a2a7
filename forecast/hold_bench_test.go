package forecast

import (
	"math"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/signal"
)

// BenchmarkHold is one path of two minutes from a series of 5 s ticks that is
// full.
func BenchmarkHold(b *testing.B) {
	s := signal.NewSeries(720)
	start := time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)
	at := start
	for i := range 1000 {
		at = start.Add(time.Duration(i) * 5 * time.Second)
		s.Append(signal.Sample{At: at, Value: 1000 + 100*math.Sin(float64(i)/40) + float64(i*7919%101)})
	}
	b.ReportAllocs()
	for b.Loop() {
		if !(Hold{}).Path(s, at, 2*time.Minute).Known() {
			b.Fatal("no path")
		}
	}
}

// BenchmarkPathMax is the look a decision takes at a path.
func BenchmarkPathMax(b *testing.B) {
	at := time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)
	p := NewPath(at, 15*time.Second, holdQuantiles[:], make([]float64, 9*len(holdQuantiles)))
	b.ReportAllocs()
	for b.Loop() {
		p.Max(0.95, at, at.Add(95*time.Second))
	}
}
