package decision

import (
	"time"

	"github.com/headstart-scaler/headstart/signal"
)

// Episode is a backlog being worked off: its deadline counts from when it last
// reached a new height.
type Episode struct {
	Since time.Time `json:"since,omitzero"`
	From  float64   `json:"from,omitempty"` // messages then
}

// follow returns the episode after messages were seen waiting at an instant.
// Up to quiet messages are what consumers hold anyway between two commits.
func (e Episode) follow(at time.Time, messages, quiet float64) Episode {
	switch {
	case messages <= quiet:
		return Episode{}
	case e.Since.IsZero() || messages >= e.From:
		return Episode{Since: at, From: messages}
	default:
		return e
	}
}

// left is the time until the episode's deadline. It is never less than half
// the deadline nor less than what a replica asked for now could still use: a
// deadline about to be missed is no reason to ask for any number.
func (e Episode) left(at time.Time, drain Drain, podLead time.Duration) time.Duration {
	if e.Since.IsZero() {
		return drain.Deadline
	}
	least := min(drain.Deadline, max(drain.Deadline/2, (podLead+drain.Rebalance)*3/2))
	return min(drain.Deadline, max(least, drain.Deadline-at.Sub(e.Since)))
}

// work is what has to be consumed, and by whom, until the deadline.
type work struct {
	messages float64       // waiting now
	inflow   float64       // arriving until the deadline
	left     time.Duration // until the deadline
	capacity float64       // messages per second of one replica
	members  Replicas      // consuming now
	running  Replicas      // consuming once those asked for have joined
	joining  time.Duration // until they have
	lead     time.Duration // until one asked for now has
	pause    time.Duration // nobody consumes during a rebalance

	scheduled float64 // messages per second that events bring, the most of it
	at        time.Time
}

// replicas is the smallest number that consumes all of it in time:
//
//	messages + inflow ≤ c·members·joining + c·running·(left − joining − pause) + c·more·(left − lead − pause)
//
// with the pause only where the number of consumers changes. It is DS2's
// catch-up capacity (Kalavri et al., OSDI 2018) with the replicas on their way
// and the rebalance accounted for.
//
// reached is what those running get through by then.
func (w work) replicas() (n Replicas, reached float64) {
	total := w.messages + w.inflow
	steady := w.left.Seconds()
	before := 0.0
	if w.running != w.members {
		steady = (w.left - w.joining - w.pause).Seconds()
		before = w.capacity * float64(w.members) * w.joining.Seconds()
	}
	reached = before + w.capacity*float64(w.running)*max(0, steady)
	if steady > 0 && total <= reached {
		return min(w.running, ceil((total-before)/(w.capacity*steady))), reached
	}
	// More are needed: all pause for the rebalance they cause.
	if w.running == w.members {
		reached = w.capacity * float64(w.running) * max(0, steady-w.pause.Seconds())
	}
	useful := max(1, (w.left - w.lead - w.pause).Seconds())
	return add(w.running, ceil((total-reached)/(w.capacity*useful))), reached
}

func add(a, b Replicas) Replicas {
	if sum := a + b; sum >= a {
		return sum
	}
	return maxReplicas
}

// backlogNeeds are the needs of a consumer group's backlog, with the forecast
// inflow and with the arrival rate of now.
func (d *deliberation) backlogNeeds(i int) needs {
	v := &d.views[i]
	group := d.next.Signals[i].Group
	if group == nil || v.zeroed {
		group = &signal.GroupBacklog{Members: -1}
	}
	now := d.work(i, group)
	ahead := now
	if !v.zeroed {
		ahead.inflow = max(now.inflow, d.path(i).Integral(d.policy.Quantile, d.in.At, d.in.At.Add(now.left)))
		if v.fresh && group.Rated {
			d.next.Signals[i].usual(d.in.At, group.Arrival, d.coming.multipliesNow(), d.coming.waitsNow())
		}
	}
	ahead.scheduled, ahead.at = d.foreseen(i, group.Arrival)
	planned, reactive := d.crew(i, group, ahead), d.crew(i, group, now)
	followed := &planned
	if !d.followsPlan() {
		followed = &reactive
	}
	return needs{planned: planned.need, reactive: reactive.need, why: d.crewText(i, group, followed)}
}

// work is what a group has to do with the arrival rate of now.
func (d *deliberation) work(i int, group *signal.GroupBacklog) work {
	sig, m, v := &d.policy.Signals[i], &d.next.Signals[i], &d.views[i]
	w := work{
		messages: v.value, capacity: v.capacity,
		lead: d.policy.PodLead, pause: sig.Drain.Rebalance,
	}
	running, known := d.running()
	switch {
	case group.Members >= 0:
		w.members = Replicas(group.Members)
	case known:
		w.members = running
	}
	w.running = w.members
	if known {
		w.running = running
	}
	if w.running != w.members {
		w.joining = max(0, min(w.lead, w.lead-d.in.At.Sub(d.next.RaisedAt)))
	}
	quiet := 2 * d.in.Tick.Seconds() * max(group.Arrival, w.capacity)
	if !v.zeroed {
		m.Episode = m.Episode.follow(d.in.At, w.messages, quiet)
	}
	w.left = m.Episode.left(d.in.At, sig.Drain, w.lead)
	if group.Rated {
		w.inflow = group.Arrival * w.left.Seconds()
	}
	return w
}
