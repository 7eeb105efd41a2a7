package workload

import "time"

// ScaledObject is what matters to us of a KEDA ScaledObject. What is not
// written there has KEDA's default.
type ScaledObject struct {
	ID          ID
	Labels      map[string]string
	Annotations map[string]string
	Target      ScaleTarget

	// MinReplicas and MaxReplicas default to 0 and 100.
	MinReplicas, MaxReplicas int32
	// IdleReplicas is KEDA's idleReplicaCount.
	IdleReplicas Override
	// PollingInterval and Cooldown default to 30 s and 300 s.
	PollingInterval, Cooldown time.Duration

	Fallback Fallback
	Behavior Behavior
	// Formula is advanced.scalingModifiers.formula: where it is set, the HPA
	// sees its result and not the triggers' values.
	Formula string

	// Triggers are those that point at Headstart; Others counts the rest.
	Triggers []TriggerFacts
	Others   int

	// Malformed are fields whose type is not KEDA's; they were read as if
	// they were missing.
	Malformed []Finding
}

// ScaleTarget is the object whose replicas are scaled.
type ScaleTarget struct {
	APIVersion, Kind, Name string
}

// Fallback is what KEDA does once a trigger failed FailureThreshold times.
type Fallback struct {
	Set              bool
	FailureThreshold int32
	Replicas         int32
	// Behavior defaults to "static".
	Behavior string
}

// Behavior is the HPA's behavior; Set is false where there is none, which is
// not the same as an empty one.
type Behavior struct {
	Set      bool
	Up, Down ScalingRules
}

// ScalingRules are the HPA's rules for one direction.
type ScalingRules struct {
	Set bool
	// Tolerance is a ratio; negative means not set.
	Tolerance float64
	// Stabilization defaults to 0 for scaling up and 300 s for scaling down.
	Stabilization time.Duration
	// Select is "Max", "Min" or "Disabled".
	Select string
	// Policies are empty where the HPA's own apply.
	Policies []ScalingPolicy
}

// ScalingPolicy allows a change of Value pods, or Value per cent, in Period.
type ScalingPolicy struct {
	Type   string // "Pods" or "Percent"
	Value  int32
	Period time.Duration
}

// TriggerFacts is one trigger that points at Headstart.
type TriggerFacts struct {
	// Index in spec.triggers, which KEDA puts into the metric's name.
	Index int
	// Type is "external" or "external-push".
	Type string
	Name string
	// MetricType defaults to "AverageValue".
	MetricType       string
	UseCachedMetrics bool
	Metadata         map[string]string
}

// Annotations KEDA knows.
const (
	AnnotationPaused          = "autoscaling.keda.sh/paused"
	AnnotationPausedReplicas  = "autoscaling.keda.sh/paused-replicas"
	AnnotationPausedScaleIn   = "autoscaling.keda.sh/paused-scale-in"
	AnnotationPausedScaleOut  = "autoscaling.keda.sh/paused-scale-out"
	AnnotationForceActivation = "autoscaling.keda.sh/force-activation"
)

const (
	typeExternal     = "external"
	typeExternalPush = "external-push"
	averageValue     = "AverageValue"
)

// Paused returns the annotation by which somebody holds this ScaledObject
// still, and "" when none does.
func (so ScaledObject) Paused() string {
	for _, name := range []string{
		AnnotationPaused, AnnotationPausedReplicas, AnnotationPausedScaleIn, AnnotationPausedScaleOut,
	} {
		if value, ok := so.Annotations[name]; ok && value != "false" {
			return name
		}
	}
	return ""
}
