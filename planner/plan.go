package planner

import (
	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/workload"
)

// Plan is what is in force: the occurrences around now, and the overrides.
type Plan struct {
	// Version names the uploaded schedule.
	Version   string
	Timeline  *calendar.Timeline
	Overrides map[workload.ID][]decision.Override
	// Unknown says why there may be more than this: the store has never
	// answered. Empty once it has.
	Unknown string
}

// Workload is what the planner has to know of one, to say what a schedule would
// do to it.
type Workload struct {
	ID     workload.ID
	Labels map[string]string
	// Reactive is what it needs now without a schedule; Min is the least it has,
	// Max the most, 0 where nothing bounds it.
	Reactive, Min, Max decision.Replicas
	// Capacity of one replica by unit, for events that name a peak; 0 where it
	// has no such signal. PeakShare is its part of such a peak.
	Capacity  calendar.Peaks
	PeakShare float64
}
