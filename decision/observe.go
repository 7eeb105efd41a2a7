package decision

import (
	"fmt"
	"strings"
	"time"

	"github.com/headstart-scaler/headstart/signal"
)

// observe settles what is taken to be true of each signal: this tick's value,
// the last good one held, or nothing.
func (d *deliberation) observe() {
	for i := range d.policy.Signals {
		d.views[i] = d.look(i)
		v := &d.views[i]
		d.out.Stale = d.out.Stale || v.stale
		d.out.Inputs[i] = Component{
			Signal: d.policy.Signals[i].Name, Kind: d.policy.Signals[i].Kind,
			Value: v.value, Age: v.age, Usable: v.usable,
			Condition: d.in.Signals[i].Reading.Condition,
			Past:      d.in.Signals[i].Past, Coverage: d.in.Signals[i].Coverage,
		}
	}
}

func (d *deliberation) look(i int) view {
	sig, m, r := &d.policy.Signals[i], &d.next.Signals[i], d.in.Signals[i].Reading
	if r.OK() {
		m.Seen, m.At, m.Value, m.Group = true, r.At, r.Value, r.Group
		return view{value: r.Value, age: max(0, d.in.At.Sub(r.At)), usable: true, fresh: true, unrated: unrated(m.Group)}
	}
	if sig.React.For(r.Condition) == signal.Zero {
		return view{usable: true, zeroed: true, why: r.Reason}
	}
	if !m.Seen {
		return view{stale: true, why: reasonOf(r)}
	}
	age := max(0, d.in.At.Sub(m.At))
	return view{value: m.Value, age: age, usable: true, stale: age > d.policy.HoldFor, why: reasonOf(r), unrated: unrated(m.Group)}
}

func unrated(g *signal.GroupBacklog) bool { return g != nil && !g.Rated }

func reasonOf(r signal.Reading) string {
	if r.Reason != "" {
		return r.Reason
	}
	return "reading is " + string(r.Condition)
}

// refuse reports whether there is no answer that could be given honestly, and
// fills the outcome's Refusal.
func (d *deliberation) refuse() bool {
	d.out.Refusal = d.refusal()
	if d.out.Refusal == "" {
		return false
	}
	d.out.Replicas, d.out.Plan, d.out.Reactive = d.next.Asked, d.next.Asked, d.next.Asked
	d.out.Active = d.next.Asked > 0
	return true
}

func (d *deliberation) refusal() string {
	if d.overrides(Fixed) != nil {
		return "" // what is measured does not matter
	}
	for i := range d.policy.Signals {
		sig, r := &d.policy.Signals[i], d.in.Signals[i].Reading
		if !r.OK() && sig.React.For(r.Condition) == signal.Fail {
			return fmt.Sprintf("signal %s: %s; the policy wants an error for %q (on%s: error)",
				sig.Name, reasonOf(r), r.Condition, title(string(r.Condition)))
		}
	}
	if _, known := d.running(); known {
		return ""
	}
	if d.in.Scale.Awaited {
		return "the cluster has not said yet how many replicas run, and a first answer could take capacity away: it is awaited for half a minute after start"
	}
	for i := range d.policy.Signals {
		if v := &d.views[i]; v.unrated {
			return fmt.Sprintf("signal %s has been read once since start: how much arrives takes two readings, and the current number of replicas is not known: any answer could take capacity away",
				d.policy.Signals[i].Name)
		} else if !v.usable {
			return fmt.Sprintf("signal %s has not been read since start (%s), and the current number of replicas is not known: any answer could take capacity away",
				d.policy.Signals[i].Name, v.why)
		}
	}
	return ""
}

func title(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// provenance says where a view's value comes from when it is not this tick's.
func (v *view) provenance(holdFor time.Duration) string {
	switch {
	case v.zeroed:
		return fmt.Sprintf(" (taken as 0 by the policy: %s)", v.why)
	case v.fresh:
		return ""
	case v.stale:
		return fmt.Sprintf(" (STALE: last read %s ago, more than holdFor %s: %s)", Span(v.age), Span(holdFor), v.why)
	default:
		return fmt.Sprintf(" (held: last read %s ago: %s)", Span(v.age), v.why)
	}
}
