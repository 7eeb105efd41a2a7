package html

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/headstart-scaler/headstart/replay"
)

// episode is a time in which replicas were too few, or an event.
type episode struct {
	from, to int     // steps
	missed   float64 // replica-hours
	peak     float64 // replicas demanded at most
}

// The parts of a play that are drawn in detail.
const (
	mostShortfalls = 6
	mostEvents     = 12
	// apart is how long replicas have to be enough between two episodes.
	apart = 30 * time.Minute
	// around an episode is drawn too; no more than longest.
	around  = 40 * time.Minute
	longest = 12 * time.Hour
)

func inSteps(d time.Duration) int { return int(d / replay.Step) }

// shortfalls are the worst episodes of a run, the worst first.
func shortfalls(p *replay.Play, r *replay.Run) []episode {
	var all []episode
	for i := p.Scene.Scored; i < len(r.Steps); i++ {
		short := p.Scene.Demand[i] - float64(r.Steps[i].Ready)
		if !(short > 0) {
			continue
		}
		if n := len(all); n > 0 && i-all[n-1].to < inSteps(apart) {
			all[n-1].to = i + 1
			all[n-1].missed += short * replay.Step.Hours()
		} else {
			all = append(all, episode{from: i, to: i + 1, missed: short * replay.Step.Hours()})
		}
	}
	slices.SortStableFunc(all, func(a, b episode) int { return cmp.Compare(b.missed, a.missed) })
	all = all[:min(len(all), mostShortfalls)]
	for i := range all {
		all[i].peak = highest(p.Scene, all[i].from, all[i].to)
	}
	return all
}

// drawn is the part that is drawn: with what was around, cut where it is too
// long.
func (e episode) drawn(s *replay.Scene) (from, to int) {
	to = min(e.to, e.from+inSteps(longest))
	return max(0, e.from-inSteps(around)), min(len(s.Demand), to+inSteps(around))
}

func highest(s *replay.Scene, from, to int) float64 {
	most := 0.0
	for i := max(0, from); i < min(to, len(s.Demand)); i++ {
		if d := s.Demand[i]; !math.IsNaN(d) {
			most = max(most, d)
		}
	}
	return most
}

// missedIn is what a run missed in a part of the play, in replica-hours, and
// what was demanded.
func missedIn(s *replay.Scene, r *replay.Run, from, to int) (missed, demand float64) {
	for i := max(0, from); i < min(to, len(s.Demand)); i++ {
		if d := s.Demand[i]; !math.IsNaN(d) {
			demand += d * replay.Step.Hours()
			missed += max(0, d-float64(r.Steps[i].Ready)) * replay.Step.Hours()
		}
	}
	return missed, demand
}
