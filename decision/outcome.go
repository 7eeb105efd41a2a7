package decision

import (
	"slices"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/forecast"
	"github.com/headstart-scaler/headstart/signal"
)

// Step is one stage of a decision: what stood before it, what after, and why.
type Step struct {
	Name   string   `json:"name"`
	Before Replicas `json:"before"`
	After  Replicas `json:"after"`
	Why    string   `json:"why"`
}

// Outcome is the decision of one tick for one workload. It is immutable.
type Outcome struct {
	At     time.Time
	Policy string
	Mode   Mode
	// Replicas is what KEDA is told; Plan what the policy in enforce mode
	// would say; Reactive what it would say without a forecast.
	Replicas, Plan, Reactive Replicas
	// Warm is for how many replicas more than Replicas there is to be room on
	// nodes that are Ready. NodesKnown says that the policy knows what nodes it
	// runs on: it is 0 where not.
	Warm       Replicas
	NodesKnown bool
	// Winner names the signal whose need is the largest; empty when none
	// needs a replica.
	Winner string
	// Active is false only when the workload may go to zero.
	Active bool
	// Stale says that a signal has been missing longer than the policy's
	// HoldFor: scale-in is refused.
	Stale bool
	// Refusal is not empty when there is no answer to give: nothing was ever
	// measured, or the policy wants an error for what was found. KEDA is then
	// given an error and holds.
	Refusal string
	// Steps lead from the need to Replicas, in order.
	Steps []Step
	// Events are the occurrences that count until a replica asked for now is
	// ready, and Overrides those that are in force.
	Events    []calendar.Occurrence
	Overrides []Override
	// Seen is what is known of these events by the past of each signal.
	Seen []Seen
	// Inputs are what each signal measured and wanted, in the policy's order.
	Inputs []Component
}

// Component is one signal's part in an outcome.
type Component struct {
	Signal string
	Kind   signal.Kind
	// Value used, in the signal's unit, and its age at the decision.
	Value float64
	Age   time.Duration
	// Condition of this tick's reading.
	Condition signal.Condition
	// Need is the replicas this signal alone asks for.
	Need Replicas
	// Capacity per replica used, and how sure the learned one is, 0 to 1;
	// negative confidence means it is given, not learned.
	Capacity   float64
	Confidence float64
	// Usable is false for a signal never yet measured.
	Usable bool
	// Past is what is known of events by this signal, and Coverage how well what
	// was expected of it held.
	Past     *forecast.Calibrations
	Coverage forecast.Coverage
}

// Why is the reason in a sentence: the refusal, that of the last step that
// changed the number, or else of the first.
func (o *Outcome) Why() string {
	if o.Refusal != "" {
		return o.Refusal
	}
	for _, s := range slices.Backward(o.Steps) {
		if s.Before != s.After {
			return s.Name + ": " + s.Why
		}
	}
	if len(o.Steps) > 0 {
		return o.Steps[0].Name + ": " + o.Steps[0].Why
	}
	return "no signal asks for a replica"
}
