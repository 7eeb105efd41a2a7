package decision

import (
	"fmt"
	"math"
)

// crossDeadband answers just beyond the HPA's deadband where the plan lies
// inside it. The HPA leaves replicas alone while |answer ÷ current − 1| is
// within its tolerance; so 21 of 20 would never happen.
func (d *deliberation) crossDeadband() {
	current, tolerance := d.in.Scale.Current, d.tolerance()
	if !d.in.Scale.Known || current <= 0 || d.n == current || float64(d.n)/float64(current) > 1+tolerance {
		return
	}
	within := fmt.Sprintf("the HPA keeps %s while the answer is within %s %% of it", count(current), num(tolerance*100))
	if d.n < current {
		if d.n == d.ceiling() && float64(d.n)/float64(current) >= 1-tolerance {
			d.step("deadband", d.n, within+": those above the limit stay until less is wanted")
		}
		return
	}
	if !d.policy.Actuation.Overshoot {
		d.step("deadband", d.n, within+": the shortfall is accepted by the policy")
		return
	}
	beyond := justBeyond(current, tolerance)
	if beyond > d.ceiling() {
		d.step("deadband", d.n, fmt.Sprintf("%s, and %s, the least that moves it, is above the limit: it stays", within, count(beyond)))
		return
	}
	d.step("deadband", beyond, fmt.Sprintf("%s: %s is the least that moves it", within, count(beyond)))
}

func (d *deliberation) tolerance() float64 {
	if d.policy.Actuation.FromCluster && d.in.Scale.Known && d.in.Scale.Tolerance >= 0 {
		return d.in.Scale.Tolerance
	}
	return d.policy.Actuation.Tolerance
}

// justBeyond is the smallest answer for which the HPA's own comparison,
// usage ÷ replicas ≤ 1 + tolerance in floating point, is false.
func justBeyond(current Replicas, tolerance float64) Replicas {
	n := Replicas(math.Floor(float64(current) * (1 + tolerance)))
	for float64(n)/float64(current) <= 1+tolerance {
		n++
	}
	return n
}

// answer settles what KEDA is told and what is remembered of it.
func (d *deliberation) answer() {
	planned := d.n
	if d.policy.Mode == Shadow {
		d.step("mode", d.policy.Min, fmt.Sprintf("shadow: the plan of %s is recorded, KEDA is told the floor", count(planned)))
	} else if d.policy.Mode == Advise && d.out.Plan != d.out.Reactive {
		d.step("mode", d.n, fmt.Sprintf("advise: KEDA is told the reactive answer; the plan is %s", count(d.out.Plan)))
	} else if d.in.ReactiveOnly && d.out.Plan != d.out.Reactive {
		d.step("reactive-only", d.n, fmt.Sprintf("the kill switch is on: the plan of %s is not followed", count(d.out.Plan)))
	}
	if d.followsPlan() {
		d.out.Plan = planned
	} else {
		d.out.Reactive = planned
	}
	d.out.Replicas = d.n
	if d.followsPlan() && d.policy.Mode == Enforce {
		d.out.Warm = max(0, min(d.room, d.ceiling())-d.n)
	}
	d.out.Active = d.n > 0
	if !d.before.Decided || planned > d.before.Asked {
		d.next.RaisedAt = d.in.At
	}
	d.next.Decided, d.next.At, d.next.Asked, d.next.Warm = true, d.in.At, planned, d.out.Warm
}
