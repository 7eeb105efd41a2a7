package decision_test

import (
	"testing"

	. "github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/signal"
)

func BenchmarkDecide(b *testing.B) {
	for name, p := range map[string]Policy{"rate": lobby(), "backlog": deposits()} {
		b.Run(name, func(b *testing.B) {
			in := Input{At: start, Tick: tick, Scale: running(20)}
			in.Signals = []Observation{{Reading: signal.Good(start, 1234.5), Path: flat(1400)}, {Reading: signal.Good(start, 0.12)}}
			if name == "backlog" {
				in.Signals = []Observation{{Reading: group(saturatedGroup(20, 400)), Path: flat(15)}}
			}
			var s State
			b.ReportAllocs()
			for b.Loop() {
				in.At = in.At.Add(tick)
				for i := range in.Signals {
					in.Signals[i].Reading.At = in.At
				}
				s, _ = p.Decide(s, in)
			}
		})
	}
}
