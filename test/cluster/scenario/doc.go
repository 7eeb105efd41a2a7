// Package scenario plays Headstart in a real cluster and says what became of
// the replicas.
//
// What enters: a cluster with KEDA, a policy, a ScaledObject of the examples,
// and a demand that the test sets. What leaves: replicas as the API server has
// them, change by change; and, where an expectation fails, a timeline of
// demand, answer, HPA, pods and nodes that a person can read.
//
// Each Scenario has a namespace and a Headstart of its own, run as users run
// it: its own binary, a kubeconfig with the rights of the examples and no
// more, and mutual TLS toward KEDA. Scenarios therefore run side by side.
//
// What it refuses to do: it moves no replica itself, and it waits by watching,
// never by sleeping for a guess.
package scenario
