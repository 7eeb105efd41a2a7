// Package cluster shows in a real Kubernetes cluster, through real KEDA and a
// real HPA, what Headstart is for: replicas that move when they should, and
// stay when they should not. Each test is a scenario; its name is the claim.
//
// `make test-cluster` builds the cluster's parts once and runs it on loopback,
// without Docker; package scenario says how to run it on a given cluster.
package cluster
