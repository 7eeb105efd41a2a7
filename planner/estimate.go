package planner

import (
	"math"
	"slices"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
)

const (
	mostEstimates = 2_000_000 // workloads that are compared with events, over a whole diff
	mostEstimated = 1000      // lines whose replicas are estimated
	mostWorkloads = 20        // that a line names
)

// estimate says what a change does to replicas: what a workload needs now,
// scaled by all events at the instant a changed one begins, as the schedule was
// and as it will be, events of files included.
type estimate struct {
	workloads     []Workload
	classes       calendar.Classes
	before, after calendar.Schedule
	own           []calendar.Occurrence // room for those of one workload
}

// fill estimates the lines that take place first.
func (e *estimate) fill(lines []Line) {
	if len(e.workloads) == 0 {
		return
	}
	var soonest []*Line
	for i := range lines {
		if len(lines[i].Next) > 0 {
			soonest = append(soonest, &lines[i])
		}
	}
	slices.SortStableFunc(soonest, func(a, b *Line) int { return a.begins().Compare(b.begins()) })
	soonest = soonest[:min(len(soonest), mostEstimated, mostEstimates/len(e.workloads))]
	if len(soonest) == 0 {
		return
	}
	from, to := soonest[0].begins(), soonest[len(soonest)-1].begins().Add(1)
	before, after := e.before.Timeline(e.classes, from, to), e.after.Timeline(e.classes, from, to)
	for _, l := range soonest {
		at := l.begins()
		l.Replicas = e.changed(l, before.Between(at, at.Add(1)), after.Between(at, at.Add(1)))
	}
}

// begins is when a line's event begins first.
func (l *Line) begins() time.Time { return l.Next[0].Start }

// changed are the workloads of a line whose replicas differ between what takes
// place before the change and what does after it.
func (e *estimate) changed(l *Line, before, after []calendar.Occurrence) []Replicas {
	var changed []Replicas
	for i := range e.workloads {
		w := &e.workloads[i]
		if !concerns(l.Before, w) && !concerns(l.After, w) {
			continue
		}
		was, wantedBefore := w.during(e.concerning(w, before), l.begins())
		will, wanted := w.during(e.concerning(w, after), l.begins())
		if was == will && wantedBefore == wanted {
			continue
		}
		r := Replicas{Workload: w.ID.String(), Before: was, After: will}
		if wanted > will {
			r.Wanted = wanted
		}
		if changed = append(changed, r); len(changed) == mostWorkloads {
			break
		}
	}
	return changed
}

func concerns(e *calendar.Event, w *Workload) bool { return e != nil && e.Scope.Concerns(w.Labels) }

// concerning are the occurrences that concern a workload, until it is called
// again.
func (e *estimate) concerning(w *Workload, occurrences []calendar.Occurrence) []calendar.Occurrence {
	e.own = e.own[:0]
	for _, o := range occurrences {
		if o.Event.Scope.Concerns(w.Labels) {
			e.own = append(e.own, o)
		}
	}
	return e.own
}

// during is the number of replicas that a workload needs at an instant at which
// occurrences take place that concern it, within its bounds, and how many it
// would need without a maximum.
func (w *Workload) during(own []calendar.Occurrence, at time.Time) (within, wanted int) {
	effect := calendar.EffectAt(own, at)
	n := float64(w.Reactive) * max(1, effect.Multiplier)
	for _, unit := range units() {
		if capacity := w.Capacity.Of(unit); capacity > 0 {
			n = max(n, effect.Peaks.Of(unit)*w.PeakShare/capacity)
		}
	}
	n = min(max(math.Ceil(n), float64(effect.Floor), float64(w.Min)), math.MaxInt32)
	most := float64(max(w.Max, w.Reactive))
	if w.Max <= 0 {
		most = math.MaxInt32
	}
	return int(min(n, most)), int(n)
}

// units are those a peak may have.
func units() []calendar.Unit {
	return []calendar.Unit{calendar.Requests, calendar.Messages, calendar.Connections}
}
