package replay

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// Cluster is what replicas live in. A replica is Ready PodLead after a node has
// room for it. Nodes boot in NodeLead when more room is asked for than they
// have; when some were not needed for Linger, those not needed go. The newest replicas go
// first.
type Cluster struct {
	PodLead, NodeLead, Linger time.Duration
	PodsPerNode               int
	Min, Max                  int // replicas
	// Spread makes leads differ: each is drawn.
	Spread Spread
}

// Spread is how leads differ from one pod and node to the next: they are drawn
// from log-normal distributions whose medians are the cluster's leads. The zero
// Spread draws nothing.
type Spread struct {
	// Pod and Node are the standard deviations of the logarithms: 0.3 is about
	// 30 % either way.
	Pod, Node float64
	Seed      uint64
}

// mostReplicas bounds what a cluster may hold.
const mostReplicas = 1_000_000

// DefaultCluster is that of facts/judging.md.
func DefaultCluster() Cluster {
	return Cluster{
		PodLead: 90 * time.Second, NodeLead: 240 * time.Second, Linger: 600 * time.Second,
		PodsPerNode: 8, Min: 2, Max: 1000,
	}
}

// Validate says what keeps a cluster from being one.
func (c Cluster) Validate() error {
	const longest = 24 * time.Hour
	switch {
	case c.PodLead < 0 || c.NodeLead < 0 || c.Linger < 0 || c.PodLead > longest || c.NodeLead > longest || c.Linger > longest:
		return fmt.Errorf("lead times are from 0 to %s", longest)
	case c.PodsPerNode < 1 || c.PodsPerNode > 1000:
		return fmt.Errorf("a node holds 1 to 1000 pods, not %d", c.PodsPerNode)
	case c.Min < 0 || c.Max < max(1, c.Min) || c.Max > mostReplicas:
		return fmt.Errorf("from %d to %d replicas is no range: the least is 0 or more, and the most at least as many and a million at most", c.Min, c.Max)
	case !(c.Spread.Pod >= 0 && c.Spread.Node >= 0 && c.Spread.Pod <= 3 && c.Spread.Node <= 3):
		return fmt.Errorf("the spread of leads is from 0 to 3")
	}
	return nil
}

// steps is a duration in whole steps, rounded up: the cluster is looked at once
// a step.
func steps(d time.Duration) int { return int((d + Step - 1) / Step) }

// nodesFor is how many nodes hold so many pods.
func (c Cluster) nodesFor(pods int) int { return (pods + c.PodsPerNode - 1) / c.PodsPerNode }

// clip keeps a wish in the cluster's bounds.
func (c Cluster) clip(w Wish) Wish {
	return Wish{Replicas: min(max(w.Replicas, c.Min), c.Max), Warm: min(max(w.Warm, 0), c.Max)}
}

// fleet is a cluster that runs.
type fleet struct {
	cluster   Cluster
	podLead   int // steps
	nodeLead  int
	draws     *rand.Rand
	linger    int
	surplus   int    // since when there are nodes that nobody needs, or -1
	nodes     []int  // the step at which each is up, in order
	up        int    // of them
	serving   []bool // of each replica
	placed    int    // replicas that found room: the first ones
	starting  []start
	ready     int
	wish      Wish
	nodeCount int
}

// start is a replica that is being made.
type start struct{ replica, at int }

func newFleet(c Cluster) *fleet {
	f := &fleet{cluster: c, podLead: steps(c.PodLead), nodeLead: steps(c.NodeLead), linger: steps(c.Linger), surplus: -1}
	if c.Spread.Pod > 0 || c.Spread.Node > 0 {
		f.draws = rand.New(rand.NewPCG(c.Spread.Seed, 0x6865616473746172)) //nolint:gosec // a simulation, which is to be the same again
	}
	return f
}

// step does what a wish of step i asks for. Steps are given one after the other.
func (f *fleet) step(i int, w Wish) {
	f.wish = w
	f.scale(w.Replicas)
	f.provision(i, f.hold(i, f.cluster.nodesFor(w.Replicas+w.Warm)))
	for room := f.up * f.cluster.PodsPerNode; f.placed < min(w.Replicas, room); f.placed++ {
		f.starting = append(f.starting, start{f.placed, i + f.lead(f.podLead, f.cluster.Spread.Pod)})
	}
	kept := f.starting[:0]
	for _, s := range f.starting {
		if s.at <= i {
			f.serving[s.replica] = true
			f.ready++
		} else {
			kept = append(kept, s)
		}
	}
	f.starting = kept
}

// hold is how many nodes there are to be where so many are needed. Once some were
// not needed for the linger without a pause, all that are not needed go.
func (f *fleet) hold(i, needed int) int {
	if needed >= f.nodeCount {
		f.surplus = -1
		return needed
	}
	if f.surplus < 0 {
		f.surplus = i
	}
	if i-f.surplus < f.linger {
		return f.nodeCount
	}
	f.surplus = -1
	return needed
}

// scale makes so many replicas of those there are.
func (f *fleet) scale(n int) {
	before := len(f.serving)
	for len(f.serving) > n {
		last := len(f.serving) - 1
		if f.serving[last] {
			f.ready--
		}
		f.serving = f.serving[:last]
	}
	for len(f.serving) < n {
		f.serving = append(f.serving, false)
	}
	if n < before {
		f.placed = min(f.placed, n)
		f.starting = slices.DeleteFunc(f.starting, func(s start) bool { return s.replica >= n })
	}
}

// provision makes so many nodes of those there are. Those that came last, or are
// still to come, go first.
func (f *fleet) provision(i, n int) {
	for len(f.nodes) < n {
		at := i + f.lead(f.nodeLead, f.cluster.Spread.Node)
		k, _ := slices.BinarySearch(f.nodes, at+1)
		f.nodes = slices.Insert(f.nodes, k, at)
	}
	f.nodes = f.nodes[:n]
	f.up = min(f.up, n)
	for f.up < n && f.nodes[f.up] <= i {
		f.up++
	}
	f.nodeCount = n
}

// lead is a lead time in steps, drawn where leads differ.
func (f *fleet) lead(usual int, spread float64) int {
	if spread == 0 {
		return usual
	}
	return int(math.Round(float64(usual) * math.Exp(spread*f.draws.NormFloat64())))
}
