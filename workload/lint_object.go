package workload

import "time"

// slowPoll is the longest polling interval at which a fallback and an
// activation without a push stream come in reasonable time.
const slowPoll = 30 * time.Second

// object lints what concerns all triggers.
func (l *lint) object() {
	so := l.so
	if so.IdleReplicas.Set && so.IdleReplicas.Value != 0 {
		l.errorf("idle-replicas", "spec.idleReplicaCount", "write 0, or remove it and use minReplicaCount",
			"found %d, and KEDA supports only 0", so.IdleReplicas.Value)
	}
	if so.PollingInterval > slowPoll {
		l.warnf("polling-interval", "spec.pollingInterval", "write 30 or less",
			"at %s KEDA notices late that a workload at zero is wanted, and that it needs its fallback", seconds(so.PollingInterval))
	}
	if l.sleeps() && so.Cooldown < 2*so.PollingInterval {
		l.warnf("cooldown", "spec.cooldownPeriod", "write at least twice the pollingInterval",
			"%s is shorter than two polls of %s: one lost answer may take the workload to zero", seconds(so.Cooldown), seconds(so.PollingInterval))
	}
	if so.Formula != "" {
		l.warnf("scaling-modifiers", "spec.advanced.scalingModifiers", "remove it, or make sure the formula passes our answer on",
			"the HPA follows the formula's result, not the plan")
	}
	if name := so.Paused(); name != "" {
		l.warnf("paused", "metadata.annotations", "remove the annotation "+name,
			"%s holds the replicas: the plan is recorded and not followed", name)
	}
	l.fallback()
}

// sleeps reports whether the workload can be taken to zero, or to idle.
func (l *lint) sleeps() bool { return l.so.MinReplicas == 0 || l.so.IdleReplicas.Set }

func (l *lint) fallback() {
	f := l.so.Fallback
	if !f.Set {
		l.warnf("fallback", "spec.fallback",
			"add fallback: {failureThreshold: 3, replicas: N, behavior: currentReplicasIfHigher}",
			"without it replicas freeze while Headstart cannot be asked; it covers failed GetMetrics and IsActive, not a failed GetMetricSpec, so keep Headstart itself running: a PodDisruptionBudget and a priority class")
		return
	}
	for _, p := range l.inForce {
		if f.Replicas < p.Min && f.Behavior != "currentReplicasIfHigher" && f.Behavior != "currentReplicas" {
			l.warnf("fallback", "spec.fallback.replicas", "write behavior: currentReplicasIfHigher, or replicas of at least the policy's minimum",
				"falling back to %d removes capacity: policy %s wants at least %d", f.Replicas, p.Name, p.Min)
		}
	}
}

// bounds compares the ScaledObject's bounds with a policy's.
func (l *lint) bounds(p PolicyFacts) {
	so := l.so
	if so.MaxReplicas < p.Max {
		l.warnf("max-replicas", "spec.maxReplicaCount", "raise maxReplicaCount, or lower the policy's maxReplicas",
			"%d caps the plan of policy %s, which may ask for %d", so.MaxReplicas, p.Name, p.Max)
	}
	switch {
	case so.MinReplicas > 0 && p.Min == 0 && !so.IdleReplicas.Set:
		l.warnf("min-replicas", "spec.minReplicaCount", "write minReplicaCount: 0, or raise the policy's minReplicas",
			"policy %s may go to zero, KEDA stays at %d", p.Name, so.MinReplicas)
	case so.MinReplicas > p.Min && p.Min > 0:
		l.warnf("min-replicas", "spec.minReplicaCount", "lower minReplicaCount, or raise the policy's minReplicas",
			"%d is above the minReplicas %d of policy %s: the plan is never followed below it", so.MinReplicas, p.Min, p.Name)
	case l.sleeps() && p.Min > 0:
		l.warnf("min-replicas", "spec.minReplicaCount", "write the policy's minReplicas here too",
			"policy %s keeps at least %d replicas and never lets KEDA go to zero", p.Name, p.Min)
	}
	l.climb(p)
}
