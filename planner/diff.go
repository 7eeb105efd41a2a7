package planner

import (
	"cmp"
	"slices"

	"github.com/headstart-scaler/headstart/calendar"
)

const (
	// nextShown is how many occurrences a line of a diff names.
	nextShown      = 3
	mostNextShared = 20_000 // lines whose occurrences are looked for
)

// diff is what becomes of a schedule, with what it means in time and replicas.
func (p *Planner) diff(before, after calendar.Schedule) Diff {
	pinned, now := p.Pinned(), p.now()
	changes := before.Diff(after)
	lines := make([]Line, len(changes))
	for i, change := range changes {
		lines[i] = Line{Before: change.Before, After: change.After}
		if i < mostNextShared {
			lines[i].Next = cmp.Or(change.After, change.Before).Upcoming(pinned.Classes, now, nextShown)
		}
	}
	e := estimate{workloads: p.options.Workloads(), classes: pinned.Classes, before: inForce(before, pinned), after: inForce(after, pinned)}
	e.fill(lines)
	var d Diff
	for _, line := range lines {
		switch {
		case line.Before == nil:
			d.Added = append(d.Added, line)
		case line.After == nil:
			d.Removed = append(d.Removed, line)
		default:
			line.Fields = fields(line.Before, line.After)
			d.Changed = append(d.Changed, line)
		}
	}
	return d
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
