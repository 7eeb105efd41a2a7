package signal

import (
	"fmt"
	"time"
)

// Condition says whether a reading can be used, and if not, why.
type Condition string

// The conditions of a reading. Only Fine carries a usable value.
const (
	Fine        Condition = "fine"
	Empty       Condition = "empty"       // the query matched nothing
	Several     Condition = "several"     // the query matched more than one series
	NaN         Condition = "nan"         // the value is not a number (often 0/0)
	Inf         Condition = "inf"         // the value is infinite (often x/0)
	Stale       Condition = "stale"       // the newest sample is too old
	Unreachable Condition = "unreachable" // the source did not answer in time
	Refused     Condition = "refused"     // the source answered with an error
	Invalid     Condition = "invalid"     // the answer contradicts itself (a negative rate or lag)
	Pending     Condition = "pending"     // no answer yet since start
)

// Reading is what one query yielded at one tick.
type Reading struct {
	// At is the instant the value was true at the source.
	At        time.Time
	Value     float64
	Condition Condition
	// Reason is one sentence for a person: what was found and where to look.
	// Empty when Fine.
	Reason string
	// Group is set when the query was a ConsumerGroup: Value is then its
	// Messages.
	Group *GroupBacklog
}

// Good is a usable reading.
func Good(at time.Time, value float64) Reading {
	return Reading{At: at, Value: value, Condition: Fine}
}

// Bad is a reading without a usable value.
func Bad(at time.Time, c Condition, format string, args ...any) Reading {
	return Reading{At: at, Condition: c, Reason: fmt.Sprintf(format, args...)}
}

// OK reports whether the reading carries a usable value.
func (r Reading) OK() bool { return r.Condition == Fine }

// Reaction is what a policy wants done about a condition.
type Reaction string

// The reactions. Hold keeps the last good value for the policy's time and
// then refuses to scale in; Zero takes the value as 0, by the author's word;
// Fail makes the workload's answer an error at once, so that KEDA freezes it
// and counts toward its fallback.
const (
	Hold Reaction = "hold"
	Zero Reaction = "zero"
	Fail Reaction = "error"
)

// Reactions maps conditions to what the policy's author chose; what is not
// named is held.
type Reactions map[Condition]Reaction

// For returns the reaction to a condition: Hold unless chosen otherwise.
func (r Reactions) For(c Condition) Reaction {
	if chosen, ok := r[c]; ok {
		return chosen
	}
	return Hold
}
