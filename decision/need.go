package decision

import (
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/forecast"
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
		n := d.needs(i)
		d.planned = max(d.planned, n.planned)
		d.room = max(d.room, n.warm)
		d.reactive = max(d.reactive, n.reactive)
		v.need = n.planned
		if !d.followsPlan() {
			v.need = n.reactive
		}
		d.out.Inputs[i].Need = v.need
		if v.need > d.n {
			d.out.Winner = sig.Name
		}
		d.step(name, max(d.n, v.need), n.why)
	}
}

// needs are the replicas a signal asks for with its forecast and without, those
// that there is to be room for, and the sentence that derives the one that is
// followed.
type needs struct {
	planned, reactive, warm Replicas
	why                     string
}

func (d *deliberation) needs(i int) needs {
	if d.policy.Signals[i].Kind == signal.Backlog {
		return d.backlogNeeds(i)
	}
	return d.flowNeeds(i)
}

// flowNeeds are the needs of a rate or of connections: demand ÷ capacity,
// where demand is the most of now and the forecast until a replica asked for
// now is ready, one tick on.
func (d *deliberation) flowNeeds(i int) needs {
	v := &d.views[i]
	f := flow{now: v.value, ahead: v.value}
	filled := false // with replicas, what nodes are worth their price
	if !v.zeroed {
		f.room = d.worth(i)
		if filled = d.policy.Nodes.Fill && f.room.known; !filled {
			until := d.in.At.Add(d.policy.PodLead + d.in.Tick)
			f.ahead = max(f.ahead, d.path(i).Max(d.policy.Quantile, d.in.At, until))
		}
		if v.fresh {
			d.next.Signals[i].usual(d.in.At, v.value, d.coming.multipliesNow(), d.coming.waitsNow())
		}
	}
	f.scheduled, f.at = d.foreseen(i, v.value)
	if uplift := d.uplift(i); uplift.Known() && !v.zeroed && !filled {
		if most, at := uplift.Peak(d.policy.Quantile, d.in.At, d.in.At.Add(d.policy.EventLead(d.in.Tick))); most > f.scheduled {
			f.scheduled, f.at, f.learned = most, at, true
		}
	}
	n := needs{planned: d.carriers(i, max(f.ahead, f.scheduled)), reactive: d.carriers(i, f.now)}
	if d.policy.Nodes.Fill {
		n.planned = max(n.planned, f.room.replicas)
	}
	n.warm = f.room.replicas
	if !d.followsPlan() {
		f = flow{now: f.now, ahead: f.now}
	}
	n.why = d.flowText(i, f)
	return n
}

// flow is a demand now, the most of it that is forecast, and the most that the
// schedule foresees, with its instant; and the room that is worth having.
type flow struct {
	now, ahead, scheduled float64
	at                    time.Time
	learned               bool // scheduled is what events of the class did
	room                  room
}

// path is the forecast of a signal, unless somebody wants it ignored.
func (d *deliberation) path(i int) forecast.Path {
	if d.overrides(IgnoreForecast) != nil {
		return forecast.Path{}
	}
	return d.in.Signals[i].Path
}

// uplift is the path of a signal with the events that are awaited, unless
// somebody wants them or the forecast ignored.
func (d *deliberation) uplift(i int) forecast.Path {
	if d.overrides(IgnoreForecast) != nil || d.overrides(IgnoreSchedule) != nil {
		return forecast.Path{}
	}
	return d.in.Signals[i].Uplift
}

// scheduled says which events bring a demand, and when.
func (s sentence) scheduled(d *deliberation, demand float64, unit string, at time.Time) sentence {
	return s.words(", and ").num(demand).words(unit, " at ", clock(at), " by ",
		d.scheduleText(at, calendar.Impact.OnDemand))
}

// carriers are the replicas that carry a demand.
func (d *deliberation) carriers(i int, demand float64) Replicas {
	if d.dormant(&d.policy.Signals[i], demand) {
		return 0
	}
	return ceil(demand / d.views[i].capacity)
}

// dormant reports whether a demand is too small to keep a workload from zero.
func (d *deliberation) dormant(sig *Signal, demand float64) bool {
	return d.policy.Min == 0 && demand <= sig.Activation
}

// flowText derives the need of a demand in a sentence.
func (d *deliberation) flowText(i int, f flow) string {
	sig, v := &d.policy.Signals[i], &d.views[i]
	unit := sig.Kind.Unit()
	demand := max(f.ahead, f.scheduled)
	var room [256]byte
	text := sentence(room[:0]).num(f.now).words(unit, " now", v.provenance(d.policy.HoldFor))
	if f.ahead > f.now {
		text = text.words(", and with ", percent(d.policy.Quantile), " certainty at most ").num(f.ahead).
			words(unit, " within pod lead ", Span(d.policy.PodLead))
	}
	if d.followsPlan() {
		text = text.habit(&d.in.Signals[i], d.path(i), f.now, unit)
	}
	switch {
	case f.scheduled <= f.ahead:
	case f.learned:
		text = text.words(", and with ", percent(d.policy.Quantile), " certainty at most ").num(f.scheduled).
			words(unit, " by ", clock(f.at), " with ", d.eventsText(onDemand), ", as events of its class went")
	default:
		text = text.scheduled(d, f.scheduled, unit, f.at)
	}
	if d.dormant(sig, demand) && f.room.replicas == 0 {
		return string(text.dormant(sig))
	}
	text = text.words("; at ").capacity(sig, v).words(" each, ").num(demand / v.capacity)
	n := d.carriers(i, demand)
	return string(text.words(" → ").count(n).room(d, f.room, unit, n))
}

func onDemand(o calendar.Occurrence) bool { return o.Impact().OnDemand() }

func (s sentence) dormant(sig *Signal) sentence {
	return s.words(": not above activation ").num(sig.Activation).words(", so it alone needs no replica")
}

// capacity says what one replica carries, and how that is known.
func (s sentence) capacity(sig *Signal, v *view) sentence {
	unit := sig.Kind.Unit()
	if sig.Kind == signal.Backlog {
		unit = "/s"
	}
	s = s.num(v.capacity).words(unit)
	switch {
	case !sig.Capacity.Learn:
		return s
	case v.learned:
		return s.words(" (learned, confidence ").num(v.confidence).words(")")
	default:
		return s.words(" (given; learning, confidence ").num(v.confidence).words(")")
	}
}
