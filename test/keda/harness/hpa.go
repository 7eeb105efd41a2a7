package harness

import "math"

// HPA is the part of a HorizontalPodAutoscaler, and of the ScaledObject that
// made it, which turns an external metric into replicas.
type HPA struct {
	Min, Max int
	// Idle is the ScaledObject's idleReplicaCount, used while nothing is
	// active.
	Idle int
	// Tolerance is the deadband around the current replicas: 0.1 by default.
	Tolerance float64
}

// Replicas returns what an AverageValue metric makes of the current replicas:
// ceil(value / target) outside the deadband, bounded by Min and Max. KEDA
// itself moves an inactive workload to Idle and an idle active one to at
// least 1. Rate limits and stabilisation are not modelled: this is where the
// HPA is going, not how fast.
func (h HPA) Replicas(a Answer, current int) int {
	if !a.Active {
		return h.Idle
	}
	current = max(current, h.Min, 1)
	if ratio := a.Value / (a.Target * float64(current)); 1-h.Tolerance <= ratio && ratio <= 1+h.Tolerance {
		return current
	}
	return min(max(int(math.Ceil(a.Value/a.Target)), h.Min), h.Max)
}
