// Package kube is the cluster's side of a workload: what a ScaledObject allows
// and how many replicas its scale target has.
//
// What enters: watches on ScaledObjects, on the HPAs that KEDA makes of them
// and on Deployments and StatefulSets, and a slow poll of the scale
// subresource of every other kind of target. What leaves: a decision.Scale per
// workload, answered at once from memory; the triggers that point at us, so
// that they are decided before KEDA asks; objections to triggers whose answer
// would be misread; and Kubernetes Events when a workload's state changes.
//
// What it refuses to do: it writes nothing but Events, it never blocks a
// decision on the API server, and it never guesses. A workload whose target
// cannot be seen is not Known. Without a cluster a Cluster knows nothing and
// everything else goes on; an API server that is away, refuses, or has no KEDA
// yet is logged once, shown in Status and tried again.
//
// # What replica count it is
//
// Current is status.replicas of the target, since that is the number the HPA
// divides an AverageValue metric by. The HPA's own status.currentReplicas is
// the target's spec.replicas at its last sync, up to 15 s old: it stands in
// only for targets whose scale subresource cannot be read. Ready is 0 where
// the kind of target does not tell it, which a decision takes as not known.
//
// # Memory
//
// Reflectors feed the index directly: there is no second copy in an informer's
// cache. An object is cut down to a few numbers the moment it arrives.
package kube
