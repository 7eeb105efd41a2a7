package decision

import (
	"math"
	"slices"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/signal"
)

const (
	// lateness is how long after its start an event is still waited for. From
	// then on what is measured is believed to hold its part of the demand, or
	// the event to bring none.
	lateness = 30 * time.Minute
	// usualOver is how far the usual demand, from which an event's multiplier
	// counts, looks back: the time constant of its average.
	usualOver = 5 * time.Minute
)

// coming is the schedule's part in a decision: what the events that concern the
// workload do, from now until a replica asked for now could be ready. Between
// two of its instants effects go along smooth curves.
type coming struct {
	instants []time.Time // the first is now
	effects  []calendar.Effect
	// since is when the last of the events began to count that raise demand, have
	// begun by that instant and may still be late; zero where there is none.
	since []time.Time
}

// foresee looks at the events ahead. Nearly always there are none.
func (d *deliberation) foresee() {
	if len(d.in.Events) == 0 || d.overrides(IgnoreSchedule) != nil {
		return
	}
	until := d.in.At.Add(d.policy.EventLead(d.in.Tick))
	events, elsewhen := d.in.Events, func(o calendar.Occurrence) bool {
		return o.From().After(until) || !o.To().After(d.in.At)
	}
	if slices.ContainsFunc(events, elsewhen) {
		events = slices.DeleteFunc(slices.Clone(events), elsewhen)
	}
	if len(events) == 0 {
		return
	}
	d.out.Events = events
	d.calibrate()
	c := &d.coming
	c.instants = append(append([]time.Time{d.in.At}, calendar.Corners(events, d.in.At, until)...), until)
	if rampsMeet(events, d.in.At, until) {
		for i := range meetings {
			c.instants = append(c.instants, d.in.At.Add(until.Sub(d.in.At)*time.Duration(i+1)/(meetings+1)))
		}
		slices.SortFunc(c.instants, time.Time.Compare)
	}
	c.effects = make([]calendar.Effect, 0, len(c.instants))
	c.since = make([]time.Time, 0, len(c.instants))
	for _, t := range c.instants {
		c.effects = append(c.effects, calendar.EffectAt(events, t))
		since := time.Time{}
		for _, o := range events {
			if raises(o.Impact()) && o.Shape(t) > 0 && t.Before(o.Start.Add(lateness)) && o.From().After(since) {
				since = o.From()
			}
		}
		c.since = append(c.since, since)
	}
}

// raises reports whether an event brings demand that may come late.
func raises(i calendar.Impact) bool { return i.Multiplier > 1 || i.Peak.Value > 0 }

// meetings is at how many instants more effects are looked at where ramps meet.
const meetings = 32

// rampsMeet reports whether several events rise or fall within a window: where
// they multiply one another, the most may lie between two corners.
func rampsMeet(events []calendar.Occurrence, from, to time.Time) bool {
	n := 0
	for _, o := range events {
		up := o.Ramp.Up > 0 && o.From().Before(to) && o.Start.After(from)
		down := o.Ramp.Down > 0 && o.End.Before(to) && o.To().After(from)
		if up || down {
			n++
		}
	}
	return n > 1
}

// EventLead is how far ahead of an event replicas are asked for, so that they
// are Ready when it starts: until the HPA has asked, a node is up where nodes are
// known, the pods are Ready, and, as the next decision comes only then, a tick.
func (p *Policy) EventLead(tick time.Duration) time.Duration {
	return p.Actuation.Sync + p.Nodes.Lead + p.PodLead + tick
}

// waitsNow reports whether an event that has begun may still be late.
func (c *coming) waitsNow() bool { return len(c.since) > 0 && !c.since[0].IsZero() }

// multipliesNow is the factor that events put on demand now.
func (c *coming) multipliesNow() float64 {
	if len(c.effects) == 0 {
		return 1
	}
	return c.effects[0].Multiplier
}

// usual follows a signal's demand while no event changes it, and keeps it while
// one does. value is what was measured now.
func (m *Memory) usual(at time.Time, value, multiplier float64, waited bool) {
	value /= max(multiplier, 1)
	switch {
	case waited && !m.UsualAt.IsZero():
		// An event's part in it cannot be told from the rest.
	case m.UsualAt.IsZero():
		m.Usual, m.UsualAt = value, at
	default:
		share := 1 - math.Exp(-float64(max(0, at.Sub(m.UsualAt)))/float64(usualOver))
		m.Usual += share * (value - m.Usual)
		m.UsualAt = at
	}
}

// foreseen is the most demand that the schedule foresees for a signal, and when.
// It is 0 where events change nothing.
//
// At an instant t it is the largest of: what is forecast from now, times the
// events' factor at t over that of now, whose part is in what is measured;
// while an event that has begun may be late, its factor times the usual; and the
// peak that events name.
func (d *deliberation) foreseen(i int, now float64) (most float64, at time.Time) {
	c := &d.coming
	if len(c.effects) == 0 {
		return 0, time.Time{}
	}
	m, path := &d.next.Signals[i], d.path(i)
	first := max(c.multipliesNow(), 1)
	for j, t := range c.instants {
		effect := &c.effects[j]
		demand := effect.Peaks.Of(unitOf(d.policy.Signals[i].Kind)) * d.policy.PeakShare
		if effect.Multiplier > 1 && !d.learned(i) {
			carried := now
			if path.Known() { // the most of it on the way from and to the other instants
				carried = max(carried, path.Max(d.policy.Quantile, c.instants[max(0, j-1)], c.instants[min(j+1, len(c.instants)-1)]))
			}
			demand = max(demand, carried*effect.Multiplier/first)
			if since := c.since[j]; !since.IsZero() && !m.UsualAt.After(since) {
				demand = max(demand, m.Usual*effect.Multiplier)
			}
		}
		if demand > most {
			most, at = demand, t
		}
	}
	return most, at
}

// learned reports whether what events multiply is in a signal's paths, as
// events of their classes went.
func (d *deliberation) learned(i int) bool {
	return d.in.Signals[i].Learned && d.path(i).Known() && d.policy.Signals[i].Kind != signal.Backlog
}

// unitOf is the unit of peaks that speak of a kind of signal.
func unitOf(k signal.Kind) calendar.Unit {
	switch k {
	case signal.Backlog:
		return calendar.Messages
	case signal.Connections:
		return calendar.Connections
	default:
		return calendar.Requests
	}
}

// floors are the replicas that events want whatever is measured.
func (d *deliberation) floors() {
	floor, at := int32(0), time.Time{}
	for j, e := range d.coming.effects {
		if e.Floor > floor {
			floor, at = e.Floor, d.coming.instants[j]
		}
	}
	n := Replicas(floor)
	if n <= 0 {
		return
	}
	d.planned = max(d.planned, n)
	if !d.followsPlan() {
		return
	}
	why := d.scheduleText(at, func(i calendar.Impact) bool { return i.Floor > 0 }) +
		" keeps " + plural(n, "replica", "replicas") + " at " + clock(at)
	if n > d.n {
		d.out.Winner = ""
	} else {
		why += ", no more than demand needs"
	}
	d.step("schedule", max(n, d.n), why)
}

// scheduleText names the events that count at an instant.
func (d *deliberation) scheduleText(at time.Time, counts func(calendar.Impact) bool) string {
	return d.eventsText(func(o calendar.Occurrence) bool { return o.Shape(at) > 0 && counts(o.Impact()) })
}

// eventsText names the first few of the events that count.
func (d *deliberation) eventsText(counts func(calendar.Occurrence) bool) string {
	const shown = 3
	var text sentence
	n := 0
	for _, o := range d.out.Events {
		if !counts(o) {
			continue
		}
		if n++; n > shown {
			continue
		}
		if n > 1 {
			text = text.words(", ")
		}
		text = text.event(o)
	}
	if n > shown {
		text = text.words(" and ").count(Replicas(n - shown)).words(" more")
	}
	return string(text)
}

// event names an occurrence: its title, ID, what it does and when.
func (s sentence) event(o calendar.Occurrence) sentence {
	s = s.words("event “", o.Event.Title, "” (", o.Event.ID)
	if o.Event.Owner != "" {
		s = s.words(", owner ", o.Event.Owner)
	}
	if o.Event.Status == calendar.Tentative {
		s = s.words(", tentative")
	}
	return s.words(", ").impact(o.Impact()).words(" ", day(o.Start), " to ", day(o.End), ")")
}

// impact is what an event does: ×3, 12000 requests/s, floor 40.
func (s sentence) impact(i calendar.Impact) sentence {
	switch {
	case i.Multiplier > 0:
		return s.words("×").num(i.Multiplier)
	case i.Peak.Value > 0:
		return s.num(i.Peak.Value).words(" ", string(i.Peak.Unit))
	case i.Floor > 0:
		return s.words("floor ").count(Replicas(i.Floor))
	default:
		return s.words("no impact given")
	}
}
