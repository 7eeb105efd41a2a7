package planner

import (
	"math"
	"slices"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
)

const (
	// nextShown is how many occurrences a line of a diff names.
	nextShown      = 3
	mostEstimates  = 2_000_000 // workloads that are compared with events, over a whole diff
	mostWorkloads  = 20        // that a line names
	mostNextShared = 20_000    // lines whose occurrences are looked for
)

// diff is what becomes of a schedule, with what it means in time and replicas.
func (p *Planner) diff(before, after calendar.Schedule) Diff {
	pinned, now := p.Pinned(), p.now()
	workloads := p.options.Workloads()
	var d Diff
	estimates, lines := mostEstimates, 0
	for _, change := range before.Diff(after) {
		line := Line{Before: change.Before, After: change.After}
		stays := change.After
		if stays == nil {
			stays = change.Before
		}
		if lines++; lines <= mostNextShared {
			line.Next = next(stays, pinned.Classes, now)
		}
		if estimates -= len(workloads); estimates > 0 {
			line.Replicas = line.estimate(workloads, pinned.Classes, now)
		}
		switch {
		case change.Before == nil:
			d.Added = append(d.Added, line)
		case change.After == nil:
			d.Removed = append(d.Removed, line)
		default:
			line.Fields = fields(change.Before, change.After)
			d.Changed = append(d.Changed, line)
		}
	}
	return d
}

// next are the first occurrences of an event that have not ended.
func next(e *calendar.Event, classes calendar.Classes, now time.Time) []calendar.Occurrence {
	s, err := calendar.NewSchedule([]*calendar.Event{e})
	if err != nil {
		return nil // it is of a valid schedule
	}
	var found []calendar.Occurrence
	for _, within := range nextWithin() {
		found = s.Timeline(classes, now, now.Add(within)).Between(now, now.Add(within))
		if len(found) >= nextShown || !e.Recurrence.Repeats() && len(found) > 0 {
			break
		}
	}
	return found[:min(len(found), nextShown)]
}

// nextWithin is how far ahead occurrences are looked for, ever farther: an
// hourly rule has thousands of them in a year, a yearly one a single one.
func nextWithin() []time.Duration {
	const day = 24 * time.Hour
	return []time.Duration{day, 31 * day, 400 * day, 5 * 366 * day}
}

// estimate says what a line does to the workloads that its events concern, at
// the first time that they take place.
func (l Line) estimate(workloads []Workload, classes calendar.Classes, now time.Time) []Replicas {
	if len(l.Next) == 0 {
		return nil
	}
	var before []calendar.Occurrence
	if l.Before != nil && l.After != nil {
		before = next(l.Before, classes, now)
	} else if l.Before != nil {
		before = l.Next
	}
	var after []calendar.Occurrence
	if l.After != nil {
		after = l.Next
	}
	var changed []Replicas
	for _, w := range workloads {
		r := Replicas{Workload: w.ID.String(), Before: w.during(before), After: w.during(after)}
		if r.Before != r.After && len(changed) < mostWorkloads {
			changed = append(changed, r)
		}
	}
	return changed
}

// during is the number of replicas that a workload needs while the first of
// some occurrences takes place, if it concerns the workload, by what it needs
// now.
func (w Workload) during(occurrences []calendar.Occurrence) int {
	if len(occurrences) == 0 || !occurrences[0].Event.Scope.Concerns(w.Labels) {
		return int(w.Reactive)
	}
	effect := calendar.EffectAt(occurrences[:1], occurrences[0].Start)
	n := float64(w.Reactive) * max(1, effect.Multiplier)
	for _, unit := range []calendar.Unit{calendar.Requests, calendar.Messages, calendar.Connections} {
		if capacity := w.Capacity.Of(unit); capacity > 0 {
			n = max(n, effect.Peaks.Of(unit)*w.PeakShare/capacity)
		}
	}
	n = max(math.Ceil(n), float64(effect.Floor))
	if w.Max > 0 {
		n = min(n, float64(max(w.Max, w.Reactive)))
	}
	return int(min(n, math.MaxInt32))
}

// fields are those in which two events differ, as Line names them.
func fields(a, b *calendar.Event) []string {
	var changed []string
	for _, f := range []struct {
		name  string
		equal bool
	}{
		{"title", a.Title == b.Title},
		{"class", a.Class == b.Class},
		{"start", a.Window.Start == b.Window.Start},
		{"end", a.Window.End == b.Window.End},
		{"timezone", a.Window.Zone.String() == b.Window.Zone.String()},
		{"all_day", a.Window.AllDay == b.Window.AllDay},
		{"recurrence", a.Recurrence.Equal(b.Recurrence)},
		{"brand", slices.Equal(a.Scope.Brands, b.Scope.Brands)},
		{"market", slices.Equal(a.Scope.Markets, b.Scope.Markets)},
		{"region", slices.Equal(a.Scope.Regions, b.Scope.Regions)},
		{"workloads", a.Scope.Workloads.String() == b.Scope.Workloads.String()},
		{"impact", a.Impact == b.Impact},
		{"confidence", a.Confidence == b.Confidence},
		{"ramp_up", a.Ramp.Up == b.Ramp.Up},
		{"ramp_down", a.Ramp.Down == b.Ramp.Down},
		{"status", a.Status == b.Status},
		{"owner", a.Owner == b.Owner},
		{"notes", a.Notes == b.Notes},
	} {
		if !f.equal {
			changed = append(changed, f.name)
		}
	}
	return changed
}
