package replay

import "math"

// oracle has exactly the replicas that demand needs, at every step: it lives in
// a cluster of its own, where nothing takes time but to let nodes go. It is
// what others' costs are measured by.
type oracle struct {
	play *Play
	last float64
}

// Ask implements Autoscaler.
func (o *oracle) Ask(s Sight) Wish {
	if d := o.play.Scene.Demand[s.Step]; !math.IsNaN(d) {
		o.last = d
	}
	return Wish{Replicas: ceil(o.last)}
}

// home is the cluster the oracle lives in.
func (o *oracle) home(c Cluster) Cluster {
	c.PodLead, c.NodeLead, c.Spread = 0, 0, Spread{}
	return unbounded(c)
}

// homely is an Autoscaler that lives in a cluster a little different.
type homely interface{ home(Cluster) Cluster }

// unbounded is a cluster with room for any number of replicas: whoever knows the
// future is not to miss what no autoscaler could have.
func unbounded(c Cluster) Cluster {
	c.Max = mostReplicas
	return c
}
