package decision

import (
	"strings"
	"time"

	"github.com/headstart-scaler/headstart/signal"
)

// crew is the consumers a backlog's work takes, stage by stage.
type crew struct {
	work

	idle    bool     // too little waits and arrives to need a replica
	reached float64  // what those running get through until the deadline
	keepUp  Replicas // to get through what events bring as it comes
	wanted  Replicas // to get through all of it
	limit   Replicas // partitions there are for consumers; 0 when nothing bounds them
	capped  Replicas // wanted, inside limit
	even    Replicas // capped, rounded up to a divisor where the policy wants it
	need    Replicas // even, but no more than run when those who joined last did not help
}

func (d *deliberation) crew(i int, group *signal.GroupBacklog, w work) crew {
	sig := &d.policy.Signals[i]
	c := crew{work: w}
	if d.dormant(sig, max(w.messages, float64(group.Waiting))) && w.inflow < 1 && w.scheduled <= 0 {
		c.idle = true
		return c
	}
	c.wanted, c.reached = w.replicas()
	c.keepUp = ceil(w.scheduled / w.capacity)
	c.wanted = max(c.wanted, c.keepUp)
	if d.policy.Min == 0 {
		c.wanted = max(c.wanted, 1)
	}
	c.capped, c.limit = c.wanted, partitionLimit(sig.Drain.Cap, group, w)
	if c.limit > 0 {
		c.capped = min(c.wanted, c.limit)
	}
	c.even = c.capped
	if c.limit > 0 && sig.Drain.Even && c.capped > 0 {
		c.even = nextDivisor(Replicas(group.Partitions), c.capped)
	}
	c.need = c.even
	if d.next.Signals[i].Throughput.ineffective() {
		c.need = min(c.even, c.running)
	}
	return c
}

// partitionLimit is the most consumers there are partitions for; 0 means no
// bound.
func partitionLimit(by PartitionCap, group *signal.GroupBacklog, w work) Replicas {
	all := Replicas(group.Partitions)
	if all <= 0 || by == CapNone {
		return 0
	}
	if by == CapWithLag {
		return min(all, max(1, ceil(max(group.Arrival, w.scheduled)/w.capacity), Replicas(group.PartitionsWithLag)))
	}
	return all
}

// nextDivisor is the smallest divisor of partitions that is at least n.
func nextDivisor(partitions, n Replicas) Replicas {
	for k := max(1, n); k < partitions; k++ {
		if partitions%k == 0 {
			return k
		}
	}
	return max(n, partitions)
}

// crewText derives a crew's need in a sentence.
func (d *deliberation) crewText(i int, group *signal.GroupBacklog, c *crew) string {
	sig, v := &d.policy.Signals[i], &d.views[i]
	var room [512]byte
	text := sentence(room[:0]).num(c.messages).words(" messages waiting", v.provenance(d.policy.HoldFor))
	if c.inflow > 0 {
		text = text.words(" + ").num(c.inflow).words(" arriving until the drain deadline in ", Span(c.left))
	} else if !group.Rated && !v.zeroed {
		text = text.words(" (arrival rate not known yet)")
	}
	if c.idle {
		return string(text.dormant(sig))
	}
	text = text.words("; ").consumers(c.work).words(" at ").capacity(sig, v).
		words(" get through ").num(c.reached).words(" by then")
	if c.wanted > c.running {
		text = text.words(", the rest takes ").count(c.wanted-c.running).
			words(" more, which join after pod lead ", Span(c.lead), pauseText(c.pause))
	}
	if c.keepUp == c.wanted && c.keepUp > 0 {
		text = text.scheduled(d, c.scheduled, "/s", c.at).words(", which takes ").count(c.keepUp).words(" to keep up with")
	}
	text = text.words(" → ").count(c.wanted).partitions(sig.Drain.Cap, group, c)
	if t := d.next.Signals[i].Throughput; c.need < c.even {
		text = text.words("; but ").count(Replicas(t.Now.Consumers)).words(" consumers get through ").num(t.Now.Total).
			words("/s where ").count(Replicas(t.Before.Consumers)).words(" got through ").num(t.Before.Total).
			words("/s: the cause is downstream, and more would load it further; held at ").count(c.need)
	}
	if len(group.Notes) > 0 {
		text = text.words("; note: ", strings.Join(group.Notes, "; "))
	}
	return string(text)
}

func pauseText(pause time.Duration) string {
	if pause == 0 {
		return ""
	}
	return " and a rebalance of " + Span(pause)
}

func (s sentence) consumers(w work) sentence {
	s = s.words(plural(w.members, "consumer", "consumers"))
	if w.running > w.members {
		s = s.words(" (").count(w.running-w.members).words(" more joining within ", Span(w.joining), ")")
	}
	return s
}

// partitions says how they bound a crew, if they do.
func (s sentence) partitions(by PartitionCap, group *signal.GroupBacklog, c *crew) sentence {
	if c.limit == 0 {
		return s
	}
	all, waiting := Replicas(group.Partitions), Replicas(group.PartitionsWithLag)
	if c.capped < c.wanted {
		s = s.words(", capped at ").count(c.limit).words(": ")
		if by == CapWithLag {
			s = s.count(waiting).words(" of ").count(all).words(" partitions with messages waiting")
		} else {
			s = s.count(all).words(" partitions")
		}
		s = s.words(", and a consumer without one is idle")
	}
	if c.even != c.capped {
		s = s.words(", rounded up to ").count(c.even).words(" so that ").count(all).words(" partitions divide evenly")
	}
	if by == CapAll && waiting > 0 && c.even > 2*waiting && c.messages > c.inflow {
		s = s.words("; messages wait in only ").count(waiting).words(" of ").count(all).
			words(" partitions: replicas beyond that cannot shorten the backlog")
	}
	return s
}
