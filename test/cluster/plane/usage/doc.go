// Package usage answers for the resource metrics (metrics.k8s.io) of pods that
// have no containers, where a metrics server would ask kubelets.
//
// What enters: an annotation on a namespace that says how much CPU its pods use
// together, as work does that is shared among them:
//
//	headstart.test/cpu  such as "1500m"; without it there are no metrics
//
// What leaves: PodMetrics as a metrics server serves them, each pod that is
// Ready having its share.
//
// What it refuses to do: it invents nothing for a namespace that says nothing,
// and serves no metrics of nodes.
package usage
