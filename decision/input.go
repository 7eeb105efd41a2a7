package decision

import (
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/forecast"
	"github.com/headstart-scaler/headstart/signal"
)

// Input is everything one decision is made from.
type Input struct {
	At time.Time
	// Tick is the time until the next decision.
	Tick time.Duration
	// Signals are parallel to the policy's.
	Signals []Observation
	Scale   Scale
	// Events are the occurrences that concern the workload and count now or
	// soon; others do no harm. They are not changed.
	Events []calendar.Occurrence
	// Overrides are those of the workload, in the order in which they were
	// given; those that have ended do no harm.
	Overrides []Override
	// Unplanned says why events and overrides may be missing; empty where all
	// are known.
	Unplanned string
	// ReactiveOnly is the global kill switch: decide without forecast.
	ReactiveOnly bool
}

// Observation is what is known of one signal now.
type Observation struct {
	Reading signal.Reading
	// Path is the forecast of a Rate's or Connections' value, or of a
	// Backlog's arrival rate. Unknown while there is no history.
	Path forecast.Path
	// Uplift is the path with the events that are awaited, as events of their
	// classes went; not Known where none is near. Learned says that it tells what
	// events multiply, in the place of their own numbers.
	Uplift  forecast.Path
	Learned bool
	// Yesterday and LastWeek are what was usual at the time of day at which the
	// path ends; 0 or NaN where that is not known.
	Yesterday, LastWeek float64
	// Past is what is known of events, and Coverage how well such paths held.
	Past     *forecast.Calibrations
	Coverage forecast.Coverage
}

// Scale is what the cluster says of the scale target. The zero Scale knows
// nothing, and decisions work without it.
type Scale struct {
	Known bool
	// Awaited says that a cluster is about to tell and has not yet: a first
	// decision waits for it, as it could take away what runs.
	Awaited bool
	// Current is the scale target's status.replicas, which is what the HPA
	// divides by; Ready of them serve.
	Current, Ready Replicas
	// Asked is its spec.replicas, what the HPA asked for last: more than Current
	// while pods are being made, less while they leave. Zero where not known.
	Asked Replicas
	// Min and Max are the ScaledObject's; zero Max means unknown.
	Min, Max Replicas
	// Tolerance is the ScaledObject's behavior.scaleUp.tolerance; negative
	// means not set there.
	Tolerance float64
	// Revision changes when the workload runs other code.
	Revision string
}
