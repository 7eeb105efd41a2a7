package workload

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// syncPeriod is the HPA's default --horizontal-pod-autoscaler-sync-period.
const syncPeriod = 15 * time.Second

// endless is where a climb is given up: more syncs than a day has.
const endless = 6_000

// defaultTolerance is the HPA's default
// --horizontal-pod-autoscaler-tolerance.
const defaultTolerance = 0.1

// Climb is how the HPA gets from one replica count to a larger one.
type Climb struct {
	From, To int32
	// Reached is where it ends: below To when a deadband or a disabled
	// direction stops it.
	Reached int32
	// Syncs of the HPA it takes, and the time from the first that may act.
	Syncs int
	Took  time.Duration
}

// String says it as a person would: "3 → 100 would take 5 HPA syncs, about
// 75 s, and stop at 96".
func (c Climb) String() string {
	syncs := "syncs"
	if c.Syncs == 1 {
		syncs = "sync"
	}
	out := fmt.Sprintf("%d → %d would take %d HPA %s, about %s", c.From, c.To, c.Syncs, syncs, seconds(c.Took))
	switch {
	case c.Reached == c.From && c.Reached < c.To:
		return fmt.Sprintf("%d → %d would never start", c.From, c.To)
	case c.Syncs >= endless:
		return fmt.Sprintf("%d → %d would take more than a day", c.From, c.To)
	case c.Reached < c.To:
		return out + fmt.Sprintf(", and stop at %d", c.Reached)
	default:
		return out
	}
}

// Climb plays the HPA's arithmetic for an answer that jumps from one count to
// another and stays there, in Kubernetes 1.36: without a behavior,
// max(2 × current, 4) a sync; with one, what its policies allow within their
// periods. Pods appear at once, so the real climb is no faster.
func (b Behavior) Climb(from, to int32) Climb {
	c := Climb{From: from, To: to, Reached: from}
	tolerance := defaultTolerance
	if b.Up.Tolerance >= 0 {
		tolerance = b.Up.Tolerance
	}
	window := time.Duration(0)
	if b.Set {
		window = b.Up.Stabilization
	}
	var steps []step
	for now := time.Duration(0); c.Reached < to && c.Syncs < endless; now += syncPeriod {
		if float64(to)/float64(max(1, c.Reached)) <= 1+tolerance { // as the HPA rounds it
			break
		}
		next := min(to, b.limit(c.Reached, now, steps))
		if next <= c.Reached && !b.waits(now, steps) {
			break
		}
		c.Syncs++
		c.Took = window + now + syncPeriod
		if next > c.Reached {
			steps = append(steps, step{at: now, added: next - c.Reached})
			c.Reached = next
		}
	}
	return c
}

// step is one scale-up of a climb.
type step struct {
	at    time.Duration
	added int32
}

// limit is the largest count one sync may reach.
func (b Behavior) limit(current int32, now time.Duration, steps []step) int32 {
	if !b.Set {
		return clampReplicas(max(2*float64(current), 4))
	}
	if b.Up.Select == "Disabled" {
		return current
	}
	var limit int32
	for i, p := range b.upPolicies() {
		start := current - addedWithin(p.Period, now, steps)
		var allowed int32
		if p.Type == "Percent" {
			allowed = clampReplicas(math.Ceil(float64(start) * (1 + float64(p.Value)/100)))
		} else {
			allowed = clampReplicas(float64(start) + float64(p.Value))
		}
		switch {
		case i == 0:
			limit = allowed
		case b.Up.Select == "Min":
			limit = min(limit, allowed)
		default:
			limit = max(limit, allowed)
		}
	}
	return limit
}

// upPolicies are the policies in force: the API server fills in its own where
// there are none.
func (b Behavior) upPolicies() []ScalingPolicy {
	if len(b.Up.Policies) > 0 {
		return b.Up.Policies
	}
	return []ScalingPolicy{
		{Type: "Pods", Value: 4, Period: syncPeriod},
		{Type: "Percent", Value: 100, Period: syncPeriod},
	}
}

// waits reports whether an earlier step still fills the period of a policy, so
// that a later sync may go on.
func (b Behavior) waits(now time.Duration, steps []step) bool {
	for _, p := range b.upPolicies() {
		if b.Set && b.Up.Select != "Disabled" && addedWithin(p.Period, now, steps) > 0 {
			return true
		}
	}
	return false
}

func addedWithin(period, now time.Duration, steps []step) int32 {
	var added int32
	for i := len(steps) - 1; i >= 0 && now-steps[i].at < period; i-- {
		added += steps[i].added
	}
	return added
}

func clampReplicas(x float64) int32 { return int32(min(max(x, 0), math.MaxInt32)) }

func seconds(d time.Duration) string {
	if d < 10*time.Minute {
		return fmt.Sprintf("%d s", int(d.Seconds()))
	}
	return fmt.Sprintf("%.0f min", d.Minutes())
}

// deadband names the nearest change below ceiling that a tolerance swallows.
func deadband(ceiling int32, tolerance float64) string {
	to := max(2, ceiling)
	from := int32(math.Ceil(float64(to) / (1 + tolerance)))
	if from >= to {
		return "at this size none is"
	}
	return fmt.Sprintf("%d → %d would not move", from, to)
}

func itoa(n int32) string { return strconv.FormatInt(int64(n), 10) }
