package workload

import "fmt"

// Severity says how bad a finding is.
type Severity string

// The severities. With an error the plan cannot be followed or the trigger is
// refused; with a warning it is followed late, partly, or not in every case.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Finding is one thing wrong with a ScaledObject.
type Finding struct {
	Severity Severity
	// Code is stable and names the rule, such as "metric-type".
	Code string
	// Field is the path to the place, such as "spec.triggers[0].metricType".
	// The field itself may be missing.
	Field string
	// Message says what was found and what follows from it; Fix what to write.
	Message, Fix string
}

// String is one line for logs and events.
func (f Finding) String() string {
	return fmt.Sprintf("%s: %s: %s [%s] %s", f.Severity, f.Field, f.Message, f.Code, f.Fix)
}
