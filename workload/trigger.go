package workload

import (
	"fmt"
	"strings"
)

// ID names a workload by its ScaledObject.
type ID struct {
	Namespace, Name string
}

// ParseID reads NAMESPACE/NAME.
func ParseID(text string) (ID, error) {
	namespace, name, _ := strings.Cut(text, "/")
	if !IsDNSLabel(namespace) || !IsDNSSubdomain(name) {
		return ID{}, fmt.Errorf("%.80q is not NAMESPACE/NAME of a ScaledObject, such as demo/deposits", text)
	}
	return ID{Namespace: namespace, Name: name}, nil
}

// String is NAMESPACE/NAME.
func (id ID) String() string { return id.Namespace + "/" + id.Name }

// Trigger is one trigger of a ScaledObject that points at Headstart. It is
// comparable: two triggers with the same policy and other overrides are
// decided apart.
type Trigger struct {
	Workload ID
	Policy   string
	Overrides
}

// Overrides are what a trigger's metadata may change of its policy. The zero
// value changes nothing.
type Overrides struct {
	// Min and Max replace minReplicas and maxReplicas where set.
	Min, Max Override
	// Mode replaces the policy's mode when not empty.
	Mode string
	// ConsumerGroup and Topic replace those of the policy's only backlog
	// signal when not empty.
	ConsumerGroup, Topic string
}

// Override is an optional number.
type Override struct {
	Set   bool
	Value int32
}

// String names the trigger as logs show it.
func (t Trigger) String() string { return fmt.Sprintf("%s (policy %s)", t.Workload, t.Policy) }
