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
// By these variables the scenarios play on a given cluster, which has KEDA 2.21
// or newer in the namespace keda:
//
//	HEADSTART_TEST_KUBECONFIG    a kubeconfig whose user may do everything
//	HEADSTART_TEST_HOST          the address under which its KEDA reaches this machine
//	HEADSTART_TEST_IMAGE         an image that runs forever, for the workloads
//	HEADSTART_TEST_KEDA_METRICS  the URL of the operator's metrics, for what KEDA itself measures
//	HEADSTART_TEST_EMULATED      true where nodes and pods are those of package plane
//	HEADSTART_TEST_OUTAGE        how long a long outage is: 5m unless set
//	HEADSTART_CACHE              where the programs of a cluster of our own are kept
//
// The suite leaves its namespace headstart there with the examples' rights, and
// refuses a cluster that has such a namespace of somebody else.
//
// What it refuses to do: it moves no replica itself, and it waits by watching,
// never by sleeping for a guess.
package scenario
