package decision

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

const maxReplicas Replicas = math.MaxInt32

// hold refuses to go below what runs or was asked for last, where that is known.
func (d *deliberation) hold(name string, why func() string) {
	running, known := d.running()
	if running = max(running, d.next.Asked); known && d.n < running {
		d.step(name, running, why())
	}
}

// holdWhenStale refuses to take capacity away on data that is missing.
func (d *deliberation) holdWhenStale() {
	if !d.out.Stale {
		return
	}
	d.hold("stale", func() string {
		stale := d.named(func(v *view) bool { return v.stale })
		return fmt.Sprintf("%s not read within holdFor %s: scale-in is refused until it is back", stale, Span(d.policy.HoldFor))
	})
}

// holdUntilRated refuses to take capacity away while it is not known how much
// arrives at a backlog: consumers that keep up show no lag.
func (d *deliberation) holdUntilRated() {
	running, known := d.running()
	names := d.named(func(v *view) bool { return v.unrated })
	if names == "" || !known || d.n >= running {
		return
	}
	d.step("arrival-rate", running, fmt.Sprintf("how much arrives at %s is not known before the second reading: scale-in is refused until then", names))
}

// holdUntilPlanned refuses to take capacity away while nobody knows what the
// schedule wants: an event may take place.
func (d *deliberation) holdUntilPlanned() {
	if d.in.Unplanned != "" {
		d.hold("schedule", func() string { return d.in.Unplanned + ": scale-in is refused until then" })
	}
}

// holdUntilJoined refuses to take capacity away while an event may still be
// late that had begun before we looked: what is usual without it is not known.
func (d *deliberation) holdUntilJoined() {
	if !d.coming.waitsNow() || !d.followsPlan() {
		return
	}
	if slices.ContainsFunc(d.next.Signals, func(m Memory) bool { return m.UsualAt.After(d.coming.since[0]) }) {
		d.hold("schedule", func() string {
			return "an event had begun before it was looked at, and its crowd may be late: scale-in is refused until it ends, or " + Span(lateness) + " after its start"
		})
	}
}

// named joins the names of the signals whose views are so.
func (d *deliberation) named(so func(*view) bool) string {
	var names []string
	for i := range d.views {
		if so(&d.views[i]) {
			names = append(names, d.policy.Signals[i].Name)
		}
	}
	return strings.Join(names, ", ")
}

// bound keeps the number inside the policy's and the ScaledObject's limits and
// the connection budget.
func (d *deliberation) bound() {
	if floor, whose := d.floor(); d.n < floor {
		d.step("min", floor, whose)
	}
	if d.policy.Max > 0 && d.n > d.policy.Max {
		d.step("max", d.policy.Max, fmt.Sprintf("maxReplicas of the policy is %s", count(d.policy.Max)))
	}
	d.obey()
	if limit := d.in.Scale.Max; limit > 0 && d.n > limit {
		d.step("max", limit, fmt.Sprintf("maxReplicaCount of the ScaledObject is %s, below what is needed", count(limit)))
	}
	b := d.policy.ConnectionBudget
	if limit, bounded := b.Limit(); bounded && d.n > limit {
		d.step("connection-budget", max(limit, d.policy.Min), fmt.Sprintf("%d connections less %d in reserve, %d a replica, allow %s",
			b.Total, b.Reserve, b.PerReplica, plural(limit, "replica", "replicas")))
	}
}

// floor is the least answer the policy and the ScaledObject allow.
func (d *deliberation) floor() (Replicas, string) {
	if d.in.Scale.Min > d.policy.Min {
		return d.in.Scale.Min, fmt.Sprintf("minReplicaCount of the ScaledObject is %s", count(d.in.Scale.Min))
	}
	return d.policy.Min, fmt.Sprintf("minReplicas of the policy is %s", count(d.policy.Min))
}

// ceiling is the largest answer any guard allows.
func (d *deliberation) ceiling() Replicas {
	most := maxReplicas
	if d.policy.Max > 0 {
		most = d.policy.Max
	}
	ordered := d.ordered()
	most = min(max(most, ordered.least), ordered.most)
	if d.in.Scale.Max > 0 {
		most = min(most, d.in.Scale.Max)
	}
	if limit, bounded := d.policy.ConnectionBudget.Limit(); bounded {
		most = min(most, max(limit, d.policy.Min))
	}
	return most
}

// plan records what plan and reaction would each be inside the limits, and the
// one that is not followed after the same stabilisation.
func (d *deliberation) plan() {
	floor, _ := d.floor()
	floor = max(floor, d.ordered().least)
	most := d.ceiling()
	if d.held > max(d.planned, d.reactive) {
		floor = max(floor, d.held)
	}
	d.out.Plan = min(max(d.planned, floor), most)
	d.out.Reactive = min(max(d.reactive, floor), most)
	beside := &d.out.Reactive
	if !d.followsPlan() {
		beside = &d.out.Plan
	}
	d.next.Beside = remember(d.before.Beside, Recommendation{d.in.At, *beside}, d.policy.ScaleIn.Stabilization)
	*beside = min(d.next.Beside[0].Replicas, most)
}

// stabilise keeps the answer at the largest plan of the last while, so that a
// short lull takes nothing away.
func (d *deliberation) stabilise() {
	window := d.policy.ScaleIn.Stabilization
	recent := d.before.Recent
	if running, known := d.running(); known && d.in.Scale.Known && !d.before.Met {
		// Seen for the first time: what runs or is asked for was somebody's plan.
		recent = remember(recent, Recommendation{d.in.At, min(running, d.ceiling())}, window)
		d.next.Met = true
	}
	d.next.Recent = remember(recent, Recommendation{d.in.At, d.n}, window)
	top := d.next.Recent[0]
	if held := min(top.Replicas, d.ceiling()); held > d.n {
		why := fmt.Sprintf("the plan was %s at %s; scale-in waits until %s after that", count(top.Replicas), clock(top.At), Span(window))
		if b := d.ordered(); b.highest != nil && held == b.most && held < top.Replicas {
			why += ", within the " + b.highest.String()
		}
		d.step("stabilization", held, why)
	}
}

// drain bounds how fast replicas leave, so that long-lived connections can
// move in their own time.
func (d *deliberation) drain() {
	perMinute := d.policy.ScaleIn.DrainPerMinute
	from, elapsed, known := d.before.Asked, max(0, d.in.At.Sub(d.before.At)), d.before.Decided
	if !known {
		from, known = d.running()
		elapsed = d.in.Tick
	}
	if perMinute <= 0 || !known {
		return
	}
	credit := min(d.before.Leaving+float64(perMinute)*elapsed.Minutes(), float64(perMinute))
	least := max(0, from-Replicas(credit))
	leaving := d.n < from
	if d.n < least {
		d.step("drain-rate", min(least, d.ceiling()), fmt.Sprintf("at most %s leave in a minute", plural(perMinute, "replica", "replicas")))
	}
	if !leaving {
		d.next.Leaving = 0
		return
	}
	d.next.Leaving = max(0, credit-float64(from-d.n))
}
