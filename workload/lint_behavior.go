package workload

import "strings"

const (
	fieldHPA     = "spec.advanced.horizontalPodAutoscalerConfig"
	fieldScaleUp = fieldHPA + ".behavior.scaleUp"

	followPlan = `write behavior: {scaleUp: {tolerance: "0", stabilizationWindowSeconds: 0, policies: [{type: Pods, value: 1000, periodSeconds: 15}]}}`
)

// behavior lints the HPA's behavior for what no policy changes.
func (l *lint) behavior() {
	b := l.so.Behavior
	if b.Set && b.Up.Select == "Disabled" {
		l.errorf("scale-up-disabled", fieldScaleUp+".selectPolicy", "remove it",
			"the HPA never adds a replica")
	}
	if b.Set && b.Up.Stabilization > 0 {
		l.warnf("scale-up-window", fieldScaleUp+".stabilizationWindowSeconds", "write 0",
			"every scale-up comes %s late, which the forecast cannot know", seconds(b.Up.Stabilization))
	}
	if b.Set && b.Down.Select == "Disabled" {
		l.warnf("scale-down-disabled", fieldHPA+".behavior.scaleDown.selectPolicy", "remove it, or give the policy a floor",
			"the HPA never removes a replica: capacity is paid for until somebody does")
	}
	for _, p := range l.inForce {
		if !p.Overshoot {
			l.tolerance(p)
			return
		}
	}
}

// tolerance lints the deadband: within it the HPA ignores the plan.
func (l *lint) tolerance(p PolicyFacts) {
	const fix = `write tolerance: "0" (Kubernetes 1.35 and KEDA 2.18), or actuation: {onDeadband: overshoot} in the policy`
	switch t := l.so.Behavior.Up.Tolerance; {
	case t < 0:
		l.warnf("tolerance", fieldScaleUp+".tolerance", fix,
			"the HPA ignores changes of 10 %% and less: %s", deadband(p.Max, defaultTolerance))
	case t > 0:
		l.warnf("tolerance", fieldScaleUp+".tolerance", fix,
			"the HPA ignores changes of %.3g %% and less: %s", t*100, deadband(p.Max, t))
	}
}

// climb says how long a jump from the policy's floor to its ceiling takes.
func (l *lint) climb(p PolicyFacts) {
	b := l.so.Behavior
	if b.Set && b.Up.Select == "Disabled" {
		return
	}
	to := min(p.Max, l.so.MaxReplicas)
	from := max(1, p.Min, l.so.MinReplicas)
	c := b.Climb(from, to)
	if c.Syncs <= 1 {
		return
	}
	const fix = followPlan
	if !b.Set {
		l.warnf("throttled", fieldHPA+".behavior", fix,
			"without behavior the HPA allows max(2 × current, 4) replicas a sync: %s", c)
		return
	}
	field := fieldScaleUp
	if len(b.Up.Policies) > 0 {
		field += ".policies"
	}
	l.warnf("throttled", field, fix, "%s allows too few replicas a sync: %s", describePolicies(b), c)
}

func describePolicies(b Behavior) string {
	if len(b.Up.Policies) == 0 {
		return "the HPA's default (4 pods or 100 % in 15 s)"
	}
	parts := make([]string, 0, len(b.Up.Policies))
	for _, p := range b.Up.Policies {
		unit := " pods"
		if p.Type == "Percent" {
			unit = " %"
		}
		parts = append(parts, itoa(p.Value)+unit+" in "+seconds(p.Period))
	}
	join := " or "
	if b.Up.Select == "Min" {
		join = " and "
	}
	return strings.Join(parts, join)
}
