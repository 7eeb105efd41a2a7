package decision

import (
	"fmt"

	"github.com/headstart-scaler/headstart/signal"
)

// demand asks each signal how many replicas it needs and takes the most.
func (d *deliberation) demand() {
	for i := range d.policy.Signals {
		sig, v := &d.policy.Signals[i], &d.views[i]
		if sig.Kind == signal.Latency {
			continue
		}
		name := string(sig.Kind) + ":" + sig.Name
		if !v.usable {
			d.step(name, d.n, "never read since start: "+v.why)
			continue
		}
		var planned, reactive need
		if sig.Kind == signal.Backlog {
			planned, reactive = d.backlogNeed(i, true), d.backlogNeed(i, false)
		} else {
			planned, reactive = d.flowNeed(i, true), d.flowNeed(i, false)
		}
		d.planned = max(d.planned, planned.replicas)
		d.reactive = max(d.reactive, reactive.replicas)
		followed := planned
		if !d.followsPlan() {
			followed = reactive
		}
		v.need = followed.replicas
		d.out.Inputs[i].Need = v.need
		if v.need > d.n {
			d.out.Winner = sig.Name
		}
		d.step(name, max(d.n, v.need), followed.why)
	}
}

// need is a number of replicas and the sentence that derives it.
type need struct {
	replicas Replicas
	why      string
}

// flowNeed is the need of a rate or of connections: demand ÷ capacity, where
// demand is the most of now and the forecast until a replica asked for now is
// ready, one tick on.
func (d *deliberation) flowNeed(i int, ahead bool) need {
	sig, v := &d.policy.Signals[i], &d.views[i]
	demand, text := v.value, num(v.value)+sig.Kind.Unit()+" now"+v.provenance(d.policy.HoldFor)
	if ahead && !v.zeroed {
		until := d.in.At.Add(d.policy.PodLead + d.in.Tick)
		if most := d.in.Signals[i].Path.Max(d.policy.Quantile, d.in.At, until); most > demand {
			demand = most
			text += fmt.Sprintf(", and with %s certainty at most %s%s within pod lead %s",
				percent(d.policy.Quantile), num(most), sig.Kind.Unit(), span(d.policy.PodLead))
		}
	}
	if d.dormant(sig, demand) {
		return need{why: fmt.Sprintf("%s: not above activation %s, so it alone needs no replica", text, num(sig.Activation))}
	}
	exact := demand / v.capacity
	n := ceil(exact)
	return need{n, fmt.Sprintf("%s; at %s each, %s → %s", text, d.capacityText(sig, v), num(exact), count(n))}
}

// dormant reports whether a demand is too small to keep a workload from zero.
func (d *deliberation) dormant(sig *Signal, demand float64) bool {
	return d.policy.Min == 0 && demand <= sig.Activation
}

func (d *deliberation) capacityText(sig *Signal, v *view) string {
	unit := sig.Kind.Unit()
	if sig.Kind == signal.Backlog {
		unit = "/s"
	}
	text := num(v.capacity) + unit
	switch {
	case !sig.Capacity.Learn:
		return text
	case v.learned:
		return text + fmt.Sprintf(" (learned, confidence %s)", num(v.confidence))
	default:
		return text + fmt.Sprintf(" (given; learning, confidence %s)", num(v.confidence))
	}
}
