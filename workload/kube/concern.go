package kube

// Reasons of Events, in pairs: what happened, and that it is over.
const (
	ReasonSignalStale        = "SignalStale"
	ReasonSignalRecovered    = "SignalRecovered"
	ReasonDecisionRefused    = "DecisionRefused"
	ReasonDecisionResumed    = "DecisionResumed"
	ReasonMetricTypeRefused  = "MetricTypeRefused"
	ReasonMetricTypeAccepted = "MetricTypeAccepted"
	ReasonPolicyUnknown      = "PolicyUnknown"
	ReasonPolicyFound        = "PolicyFound"
	ReasonScalingBlocked     = "ScalingBlocked"
	ReasonScalingUnblocked   = "ScalingUnblocked"
)

// kind is a kind of concern.
type kind uint8

const (
	staleSignal kind = iota
	refusal
	metricType
	noPolicy
	held
	ceiling
)

// begun is the Event's reason when a concern begins.
func (k kind) begun() string {
	switch k {
	case staleSignal:
		return ReasonSignalStale
	case refusal:
		return ReasonDecisionRefused
	case metricType:
		return ReasonMetricTypeRefused
	case noPolicy:
		return ReasonPolicyUnknown
	default:
		return ReasonScalingBlocked
	}
}

// over is the Event's reason and message when a concern is over.
func (k kind) over() (reason, message string) {
	switch k {
	case staleSignal:
		return ReasonSignalRecovered, "all signals are measured again; scale-in is allowed"
	case refusal:
		return ReasonDecisionResumed, "there is a decision again"
	case metricType:
		return ReasonMetricTypeAccepted, "metricType is AverageValue now"
	case noPolicy:
		return ReasonPolicyFound, "the policy is there now"
	case ceiling:
		return ReasonScalingUnblocked, "maxReplicaCount leaves room for the answer again"
	default:
		return ReasonScalingUnblocked, "nothing holds the replicas still any more"
	}
}
