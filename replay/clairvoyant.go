package replay

import "math"

// clairvoyant knows the future but lives in the same cluster, where leads are
// not drawn and there is room for any number of replicas: it is the floor that
// others are held to.
//
// Replicas themselves cost nothing, nodes do. Let slice k be what the k-th node
// holds: the demand between k and k+1 nodes. A node of a slice is on from the
// step at which it is asked for until it is not any more; it is paid for that
// time and for the linger after it, and serves from both leads after its start
// on. So each slice by itself is a choice of intervals, which one pass over the
// steps makes exactly; and because the demand of a slice is never below that of
// the one above it, choices nest, and their sum is a cluster's.
//
// In the cluster, nodes that are not needed go together, once some were not
// needed for the linger. So no node is paid for longer than that, and some less:
// what is played costs the sum of the slices at most.
type clairvoyant struct {
	play     *Play
	nodes    []int // to have, by step
	replicas []int
}

func newClairvoyant(p *Play) *clairvoyant {
	c := &clairvoyant{play: p, nodes: make([]int, len(p.Scene.Demand))}
	m := newIntervals(p, steps(p.Cluster.Linger))
	for k := 0; m.load(k); k++ {
		m.choose(func(from, to int) {
			for i := from; i < to; i++ {
				c.nodes[i]++
			}
		})
	}
	c.fill()
	return c
}

// fill asks for the replicas that will serve, one pod lead ahead, on nodes that
// are on.
func (c *clairvoyant) fill() {
	p := c.play
	c.replicas = make([]int, len(c.nodes))
	ahead := newWindow(steps(p.Cluster.PodLead) + 1)
	for j := range len(c.nodes) {
		i := len(c.nodes) - 1 - j
		need := 0
		if d := p.Scene.Demand[i]; !math.IsNaN(d) {
			need = min(ceil(d), c.nodes[i]*p.Cluster.PodsPerNode)
		}
		c.replicas[i] = min(ahead.add(j, need), c.nodes[i]*p.Cluster.PodsPerNode)
	}
}

func (c *clairvoyant) home(cluster Cluster) Cluster {
	cluster.Spread = Spread{}
	return unbounded(cluster)
}

// Ask implements Autoscaler.
func (c *clairvoyant) Ask(s Sight) Wish {
	n := max(c.replicas[s.Step], c.play.Cluster.Min)
	return Wish{Replicas: n, Warm: max(0, c.nodes[s.Step]*c.play.Cluster.PodsPerNode-n)}
}

// Least is a total below which nobody can pay in the play's cluster, whatever is
// known: the slices' at their best where a node goes as soon as it is not needed.
// The clairvoyant pays more, as nodes linger: the spikier demand is, the more.
func (p *Play) Least() float64 { return newIntervals(p, 0).total() }

// intervals chooses when the node of a slice is on.
type intervals struct {
	play         *Play
	lead, linger int       // steps from asked for until it serves; paid for after
	cost, missed []float64 // what the node costs, and what the slice misses without it, summed up to each step
	most         float64   // of all demand
	forced       bool      // the least replicas need the node at all times

	off          []float64 // least cost until each step, with the node off and paid for
	began, ended []int32   // the interval that ended so, or −1
}

func newIntervals(p *Play, linger int) *intervals {
	n := len(p.Scene.Demand)
	m := &intervals{
		play: p, lead: steps(p.Cluster.PodLead) + steps(p.Cluster.NodeLead), linger: linger,
		cost: make([]float64, n+1), missed: make([]float64, n+1),
		off: make([]float64, n+1), began: make([]int32, n+1), ended: make([]int32, n+1),
	}
	for i, d := range p.Scene.Demand {
		m.cost[i+1] = m.cost[i]
		if i >= p.Scene.Scored && !math.IsNaN(d) {
			m.cost[i+1] += float64(p.Cluster.PodsPerNode) * Step.Hours()
			m.most = max(m.most, d)
		}
	}
	return m
}

// load takes up a slice, and reports false when nothing is asked of it.
func (m *intervals) load(k int) bool {
	c := m.play.Cluster
	from, to := float64(k*c.PodsPerNode), float64((k+1)*c.PodsPerNode)
	if m.forced = k < c.nodesFor(c.Min); m.most <= from && !m.forced {
		return false
	}
	for i, d := range m.play.Scene.Demand {
		m.missed[i+1] = m.missed[i]
		if i >= m.play.Scene.Scored && d > from { // false in a gap
			m.missed[i+1] += m.play.Price * (min(d, to) - from) * Step.Hours()
		}
	}
	return true
}

// choose calls on for the intervals of least cost, the latest first. Of two
// choices that cost the same, the earlier found is made.
func (m *intervals) choose(on func(from, to int)) {
	n := len(m.off) - 1
	if m.forced {
		on(0, n)
		return
	}
	m.solve()
	for t := n; t > 0; {
		if m.began[t] < 0 {
			t--
			continue
		}
		on(int(m.began[t]), int(m.ended[t]))
		t = int(m.began[t])
	}
}

// solve fills off. An interval [a, b) costs the node until b and its linger, or
// until the end of the trace, and saves what is missed from a + lead to b:
//
//	off(t) = min(off(t−1), min over a of off(a) − cost(a) + missed(a + lead) − missed(b) + cost(t))
//
// with b = t − linger. The inner minimum is kept as b moves on.
func (m *intervals) solve() {
	n := len(m.off) - 1
	best := candidate{cost: math.Inf(1), start: -1}
	for t := 1; t <= n; t++ {
		m.off[t], m.began[t] = m.off[t-1], -1
		m.end(&best, t, t-m.linger)
	}
	for b := max(1, n-m.linger+1); b <= n; b++ {
		m.end(&best, n, b)
	}
}

// candidate is the best start of an interval so far, and what it costs before
// its end is known.
type candidate struct {
	cost  float64
	start int
	next  int // to be considered
}

// end takes an interval that ends at b and is paid for until t, if that costs
// less.
func (m *intervals) end(best *candidate, t, b int) {
	for ; best.next+m.lead < b; best.next++ {
		a := best.next
		if cost := m.off[a] - m.cost[a] + m.missed[a+m.lead]; cost < best.cost {
			best.cost, best.start = cost, a
		}
	}
	if best.start < 0 || b < 1 {
		return
	}
	if total := best.cost - m.missed[b] + m.cost[t]; total < m.off[t] {
		m.off[t], m.began[t], m.ended[t] = total, int32(best.start), int32(b)
	}
}

// total is the least that can be paid: for nodes, and for what is missed all the
// same.
func (m *intervals) total() float64 {
	sum := 0.0
	for k := 0; m.load(k); k++ {
		n := len(m.off) - 1
		if m.forced {
			sum += m.cost[n] + m.missed[min(n, m.lead)]
			continue
		}
		m.solve()
		sum += m.off[n] + m.missed[n]
	}
	return sum
}
