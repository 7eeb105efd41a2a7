package planner

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/calendar/intake"
	"github.com/headstart-scaler/headstart/workload"
)

// shadows warns of events that are kept in files too.
func (n Pinned) shadows(read intake.Result) []intake.Problem {
	var warnings []intake.Problem
	for i, e := range read.Events {
		if file, pinned := n.Files[e.ID]; pinned && len(warnings) < mostShadows {
			row, column := read.Locate(i, "id")
			warnings = append(warnings, intake.Problem{
				Row: row, Column: column, Code: intake.Pinned, Found: e.ID, Expected: "an id that no file of the configuration has",
				Fix: "The event of " + file + " goes before this one: change it there, or give this one another id.",
			})
		}
	}
	return warnings
}

// strangers warns of events whose class nobody described, where others are, and
// of events that move none of the workloads there are: each may be a slip.
func (p *Planner) strangers(read intake.Result, classes calendar.Classes) []intake.Problem {
	workloads := p.options.Workloads()
	names := slices.Sorted(maps.Keys(classes))
	told := map[string]bool{}
	var warnings []intake.Problem
	warn := func(w intake.Problem) {
		if key := string(w.Code) + w.Found; !told[key] && len(warnings) < mostShadows {
			told[key] = true
			warnings = append(warnings, w)
		}
	}
	for i, e := range read.Events[:min(len(read.Events), mostStrangers)] {
		if _, known := classes[e.Class]; !known && e.Class != "" && len(names) > 0 {
			fix := "It counts like one without ramps, the largest of events at once; describe it in an EventClass document, or use one of: " + strings.Join(names, ", ") + "."
			if near := workload.Nearest(e.Class, names); near != "" {
				fix = "Did you mean " + near + "?"
			}
			row, column := read.Locate(i, "class")
			warn(intake.Problem{Row: row, Column: column, Code: intake.UnknownClass, Found: e.Class, Expected: "a class that is described", Fix: fix})
		}
		if w, none := unmoved(e, workloads); none {
			w.Row, w.Column = read.Locate(i, w.Column)
			warn(w)
		}
	}
	return warnings
}

// unmoved is what to say of an event that concerns no workload that is scaled
// now, or none that its unit is measured of.
func unmoved(e *calendar.Event, workloads []Workload) (warning intake.Problem, none bool) {
	if len(workloads) == 0 || e.Status == calendar.Cancelled {
		return intake.Problem{}, false
	}
	concerned, measured := false, map[calendar.Unit]bool{}
	for i := range workloads {
		if w := &workloads[i]; concerns(e, w) {
			concerned = true
			for _, unit := range units() {
				measured[unit] = measured[unit] || w.Capacity.Of(unit) > 0
			}
		}
	}
	switch {
	case !concerned:
		return intake.Problem{
			Column: "brand, market, region, workloads", Code: intake.NobodyInScope, Found: e.ID, Expected: "labels that a workload has",
			Fix: "No workload that is scaled now is concerned: compare with the labels of policies, namespaces and ScaledObjects.",
		}, true
	case e.Impact.Peak.Value > 0 && !measured[e.Impact.Peak.Unit]:
		return intake.Problem{
			Column: "unit", Code: intake.NobodyInScope, Found: e.ID, Expected: "a unit that a workload it concerns is scaled by",
			Fix: "No workload it concerns is scaled by " + string(e.Impact.Peak.Unit) + ": write another unit, a multiplier or a floor.",
		}, true
	default:
		return intake.Problem{}, false
	}
}

// cancelsNothing warns of cancellations of events that there are none of.
func cancelsNothing(read intake.Result, before calendar.Schedule) []intake.Problem {
	var warnings []intake.Problem
	var ids []string
	for i, e := range read.Events {
		if e.Status != calendar.Cancelled || len(warnings) == mostShadows {
			continue
		}
		if _, known := before.Event(e.ID); known {
			continue
		}
		fix := "Nothing is removed: write the id of the event that is meant, or delete the row."
		if ids == nil && before.Len() <= mostStrangers {
			for event := range before.All() {
				ids = append(ids, event.ID)
			}
		}
		if near := workload.Nearest(e.ID, ids); near != "" {
			fix = "Nothing is removed: did you mean " + near + "?"
		}
		row, column := read.Locate(i, "id")
		warnings = append(warnings, intake.Problem{
			Row: row, Column: column, Code: intake.CancelsNothing, Found: e.ID, Expected: "the id of an event of the schedule", Fix: fix,
		})
	}
	return warnings
}

// beyond warns of events that would need more replicas than there may be.
func (d Diff) beyond() []intake.Problem {
	var warnings []intake.Problem
	for _, lines := range [][]Line{d.Added, d.Changed} {
		for _, l := range lines {
			for _, r := range l.Replicas {
				if r.Wanted == 0 || len(warnings) == mostShadows {
					continue
				}
				warnings = append(warnings, intake.Problem{
					Column: "id", Code: intake.BeyondMaximum, Found: l.After.ID,
					Expected: fmt.Sprintf("at most %d replicas, the maximum of %s, which needs %d for what takes place then", r.After, r.Workload, r.Wanted),
					Fix:      "Have the policy's maxReplicas raised before the event, or expect that demand is not met.",
				})
				break
			}
		}
	}
	return warnings
}

// mostStrangers is how many events are looked at for them.
const mostStrangers = 2000

// mostShadows bounds the warnings about events of files.
const mostShadows = 100
