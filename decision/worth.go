package decision

import (
	"sort"
	"time"
)

// What a node has to be expected to save, as a multiple of what it costs, so
// that it is asked for, and so that it is kept. A node is paid for while it
// boots and until the cluster's autoscaler takes it away again, a quarter of an
// hour together, whatever use it is meanwhile; and one given up too early is
// paid for twice. Both are the same for every workload: see docs/adr.
const (
	worthAsking  = 3.0
	worthKeeping = 0.5
)

// PricedStabilization is for how long, unless a policy says otherwise, replicas stay
// after the last need of them where nodes are priced. How long those are kept is
// theirs to say; but a rate is a mean over a minute or so, whose peaks show for less
// than they last, and what comes every other minute is no reason to stop and start.
const PricedStabilization = 2 * time.Minute

// room is for how many replicas it is worth having nodes.
type room struct {
	known    bool // nodes, their price and what is expected are
	replicas Replicas
	nodes    int
	limited  bool // the ceiling allows no more, and more would pay
	// ahead is the most that is expected until a pod on a new node is Ready, and
	// certainty that demand does not exceed what the nodes carry by then.
	ahead, certainty float64
	lifted           bool // ahead is by an event that is awaited
}

// worth is the room that pays for a signal. Nodes are looked at one by one: the
// n-th is used as far as demand exceeds what the n−1 before it carry. It pays
// while
//
//	price · E[replicas of it that are used] > multiple · replicas on it
//
// at some instant until a pod on a node asked for now would be Ready. It is the
// newsvendor's rule (Arrow, Harris and Marschak, Econometrica 19, 1951), with
// the mean of what is used instead of the chance that all of it is. A node is
// used no more than the one before it and is no cheaper to have, so that those
// that pay are the first ones.
func (d *deliberation) worth(i int) room {
	nodes, price := d.policy.Nodes, d.policy.MissPrice
	path, uplift, capacity := d.path(i), d.uplift(i), d.views[i].capacity
	if nodes.Replicas <= 0 || price <= 0 || !path.Known() || !(capacity > 0) {
		return room{}
	}
	from, until := d.in.At, d.in.At.Add(d.policy.EventLead(d.in.Tick))
	r := room{known: true, ahead: path.Max(d.policy.Quantile, from, until)}
	if most := uplift.Max(d.policy.Quantile, from, until); most > r.ahead {
		r.ahead, r.lifted = most, true
	}
	if d.dormant(&d.policy.Signals[i], max(d.views[i].value, r.ahead)) {
		return r
	}
	each, kept, ceiling := int(nodes.Replicas), int(d.kept()), int(d.ceiling())
	size := float64(each) * capacity
	pays := func(n int) bool {
		multiple := min(worthAsking, 0.9*price) // no more than all of it is ever used
		if n*each < kept {
			multiple = worthKeeping
		}
		low := float64(n) * size
		use := max(path.Use(low, low+size, from, until), uplift.Use(low, low+size, from, until))
		return price*use > multiple*size
	}
	most := (ceiling + each - 1) / each
	r.nodes = sort.Search(most, func(n int) bool { return !pays(n) })
	r.limited = r.nodes == most && pays(most)
	r.replicas = Replicas(min(r.nodes*each, int(maxReplicas)))
	carried := float64(min(r.nodes*each, ceiling)) * capacity
	r.certainty = path.Certainty(carried, from, until)
	if uplift.Known() {
		r.certainty = min(r.certainty, uplift.Certainty(carried, from, until))
	}
	return r
}

// kept is for how many replicas there is room, or was asked for.
func (d *deliberation) kept() Replicas {
	n, _ := d.running()
	if d.before.Warm > 0 {
		n = max(n, add(d.before.Asked, d.before.Warm))
	}
	return n
}

// room says which nodes are worth their price, where they hold more than the n
// replicas that demand takes.
func (s sentence) room(d *deliberation, r room, unit string, n Replicas) sentence {
	if r.replicas <= n {
		return s
	}
	s = s.words("; with ", percent(d.policy.Quantile), " certainty at most ").num(r.ahead).words(unit, " within ",
		Span(d.policy.EventLead(d.in.Tick)), ", the time to a replica on a new node")
	if r.lifted {
		s = s.words(", with ", d.eventsText(onDemand), ", as events of its class went")
	}
	s = s.words("; at a miss price of ").num(d.policy.MissPrice).words(" it pays to have ")
	if r.limited {
		s = s.words("more than the limit allows, ")
	}
	s = s.words(plural(Replicas(r.nodes), "node", "nodes"), " of ").count(d.policy.Nodes.Replicas)
	if r.certainty > 0 {
		s = s.words(", enough with ", percent(r.certainty), " certainty")
	} else { // not even the median does
		s = s.words(", not enough for what is expected")
	}
	if d.policy.Nodes.Fill {
		return s.words(" → ").count(r.replicas).words(", as many as they hold")
	}
	s = s.words(" → room for ").count(r.replicas)
	if d.policy.Mode == Shadow {
		return s.words(" would be kept warm")
	}
	return s.words(" is kept warm")
}
