package replay

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// dumb is the cluster written down as it is told: each replica and each node by
// itself, looked at one by one at every step.
type dumb struct {
	c     Cluster
	pods  []int // the step at which each is ready; −1 without room
	nodes []int // the step at which each is up
	idle  int   // for how many steps some were not needed
}

func (d *dumb) step(i int, w Wish) (ready, nodes int) {
	for len(d.pods) > w.Replicas {
		d.pods = d.pods[:len(d.pods)-1]
	}
	for len(d.pods) < w.Replicas {
		d.pods = append(d.pods, -1)
	}
	d.boot(i, w)
	room := 0
	for _, up := range d.nodes {
		if up <= i {
			room += d.c.PodsPerNode
		}
	}
	for k := range d.pods {
		if d.pods[k] < 0 && k < room {
			d.pods[k] = i + int(d.c.PodLead/Step)
		}
		if d.pods[k] >= 0 && d.pods[k] <= i {
			ready++
		}
	}
	return ready, len(d.nodes)
}

func (d *dumb) boot(i int, w Wish) {
	needed := 0
	for needed*d.c.PodsPerNode < w.Replicas+w.Warm {
		needed++
	}
	for len(d.nodes) < needed {
		d.nodes = append(d.nodes, i+int(d.c.NodeLead/Step))
	}
	switch {
	case len(d.nodes) == needed:
		d.idle = 0
	case d.idle == int(d.c.Linger/Step):
		d.nodes, d.idle = d.nodes[:needed], 0
	default:
		d.idle++
	}
}

func drawCluster(t *rapid.T) Cluster {
	lead := func(name string, most int) time.Duration {
		return time.Duration(rapid.IntRange(0, most).Draw(t, name)) * Step
	}
	return Cluster{
		PodLead: lead("pod lead", 6), NodeLead: lead("node lead", 8), Linger: lead("linger", 10),
		PodsPerNode: rapid.IntRange(1, 5).Draw(t, "pods a node"), Min: rapid.IntRange(0, 3).Draw(t, "min"), Max: 40,
	}
}

func drawWishes(t *rapid.T, c Cluster) []Wish {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Wish {
		return c.clip(Wish{Replicas: rapid.IntRange(0, 30).Draw(t, "replicas"), Warm: rapid.IntRange(0, 8).Draw(t, "warm")})
	}), 1, 120).Draw(t, "wishes")
}

func TestFastClusterIsTheDumbOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCluster(t)
		f, d := newFleet(c), &dumb{c: c}
		for i, w := range drawWishes(t, c) {
			f.step(i, w)
			if ready, nodes := d.step(i, w); f.ready != ready || f.nodeCount != nodes {
				t.Fatalf("step %d, %+v: %d ready on %d nodes, told %d on %d", i, w, f.ready, f.nodeCount, ready, nodes)
			}
		}
	})
}

// Whoever asks for more at every step never has fewer replicas that serve, while
// no node goes. When nodes go is when some were not needed for the linger, and who
// asks for one more may be found without it at a worse time: that is the model's.
func TestMorePodsNeverMoreShortfall(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCluster(t)
		c.Linger = time.Hour // longer than it is played
		few, many := newFleet(c), newFleet(c)
		for i, w := range drawWishes(t, c) {
			few.step(i, w)
			more := Wish{w.Replicas + rapid.IntRange(0, 5).Draw(t, "more"), w.Warm}
			many.step(i, c.clip(more))
			if few.ready > many.ready || few.nodeCount > many.nodeCount {
				t.Fatalf("step %d: %d ready of %d, and %d of %d", i, few.ready, w.Replicas, many.ready, more.Replicas)
			}
		}
	})
}

func TestOneLeadAfterTheOther(t *testing.T) {
	c := DefaultCluster()
	f := newFleet(c)
	readyAt := -1
	for i := range 100 {
		f.step(i, Wish{Replicas: 9})
		if f.ready == 9 && readyAt < 0 {
			readyAt = i
		}
	}
	// 240 s for two nodes, and then 90 s.
	if want := 330 / 15; readyAt != want {
		t.Errorf("ready at step %d, want %d", readyAt, want)
	}
	for i := 100; i < 200; i++ {
		f.step(i, Wish{Replicas: 2})
		want := 2
		if i >= 100+600/15 {
			want = 1
		}
		if f.nodeCount != want || f.ready != 2 {
			t.Fatalf("step %d: %d nodes and %d ready, want %d and 2", i, f.nodeCount, f.ready, want)
		}
	}
}

func TestDrawnLeadsAreTheSameAgain(t *testing.T) {
	c := DefaultCluster()
	c.Spread = Spread{Pod: 0.5, Node: 0.5, Seed: 7}
	play := func(c Cluster) (ready []int) {
		f := newFleet(c)
		for i := range 200 {
			f.step(i, Wish{Replicas: i % 50})
			ready = append(ready, f.ready)
			if f.ready > f.up*c.PodsPerNode {
				t.Fatalf("step %d: %d serve on %d nodes that are up", i, f.ready, f.up)
			}
		}
		return ready
	}
	differ := func(a, b []int) bool {
		for i := range a {
			if a[i] != b[i] {
				return true
			}
		}
		return false
	}
	first := play(c)
	if differ(first, play(c)) {
		t.Error("the same seed plays another run")
	}
	c.Spread.Seed = 8
	if !differ(first, play(c)) {
		t.Error("another seed plays the same run")
	}
}

func TestNoSuchCluster(t *testing.T) {
	for name, mend := range map[string]func(*Cluster){
		"negative lead": func(c *Cluster) { c.PodLead = -1 },
		"endless lead":  func(c *Cluster) { c.NodeLead = 25 * time.Hour },
		"no pods":       func(c *Cluster) { c.PodsPerNode = 0 },
		"min over max":  func(c *Cluster) { c.Min = 1001 },
		"spread":        func(c *Cluster) { c.Spread.Pod = -1 },
	} {
		c := DefaultCluster()
		mend(&c)
		if c.Validate() == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if err := DefaultCluster().Validate(); err != nil {
		t.Error(err)
	}
}
