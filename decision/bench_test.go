package decision_test

import (
	"testing"
	"time"

	. "github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/forecast"
	"github.com/headstart-scaler/headstart/signal"
)

func BenchmarkDecide(b *testing.B) {
	for name, p := range map[string]Policy{"rate": lobby(), "backlog": deposits(), "nodes": priced(rooms(true), 100)} {
		b.Run(name, func(b *testing.B) {
			in := Input{At: start, Tick: tick, Scale: running(20)}
			in.Signals = []Observation{{Reading: signal.Good(start, 1234.5), Path: flat(1400)}, {Reading: signal.Good(start, 0.12)}}
			if name == "backlog" {
				in.Signals = []Observation{{Reading: group(saturatedGroup(20, 400)), Path: flat(15)}}
			}
			step := tick
			if name == "nodes" {
				in.Signals[0].Path, step = learned(1400), 1 // so that it is looked at over all of the lead
			}
			var s State
			b.ReportAllocs()
			for b.Loop() {
				in.At = in.At.Add(step)
				for i := range in.Signals {
					in.Signals[i].Reading.At = in.At
				}
				s, _ = p.Decide(s, in)
			}
		})
	}
}

// learned is a path as a learner makes it, as far as a new node's lead.
func learned(median float64) forecast.Path {
	quantiles := []float64{0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999}
	var values []float64
	for range 25 {
		for j := range quantiles {
			values = append(values, median*(1+float64(j*j)/20))
		}
	}
	return forecast.NewPath(start, 15*time.Second, quantiles, values)
}
