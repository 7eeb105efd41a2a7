// Package plane is a Kubernetes control plane with KEDA, kwok and Karpenter on
// this machine's loopback, from binaries that are built once.
//
// What enters: the versions that the modules below test/cluster/parts pin, and
// annotations that say how slow a node or a pod is. What leaves: a kubeconfig
// and the addresses of real programs (etcd, the API server, the controller
// manager with its HPA, the scheduler, KEDA's operator and metrics adapter,
// Karpenter with its kwok provider), their logs, and their end.
//
// Nodes and pods live without a kubelet. kwok plays the stages of this package,
// the package kubelet says when each is due, and the package usage answers for
// the CPU that a namespace's pods use:
//
//	headstart.test/boot   on a node: from its creation to Ready (0)
//	headstart.test/pull   on a pod: how long each of its images takes (0)
//	headstart.test/ready  on a pod: from its containers' start to Ready (0)
//	headstart.test/stop   on a pod: from its deletion to its end (500ms)
//	headstart.test/cpu    on a namespace: what its Ready pods use together
//
// All of it listens on loopback, but for Karpenter's metrics and health and a port
// of KEDA's adapter, which know no address: they show no secret.
//
// What it refuses to do: it changes no pace of what it runs, such as the HPA's
// 15 s, because how these programs behave untouched is what a suite wants to
// see. Pods have no service accounts, init containers are not run, and an image is
// pulled only where it is missing.
package plane
