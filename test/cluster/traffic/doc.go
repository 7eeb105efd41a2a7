// Package traffic is the demand of a scenario: an embedded Kafka-protocol
// broker and an endpoint with the part of the Prometheus HTTP API that queries
// need.
//
// What enters: what a scenario sets, such as a lag, a flow, a value. What
// leaves: answers on loopback ports that a scaler reads by its real adapters,
// consumer groups with real members among them. Both ends can be taken down,
// which means that connections are refused, and up again on the same address
// with all they held.
//
// What it refuses to do: it knows neither Kubernetes nor Headstart. How many
// replicas are ready is told to it, and whether a decision is right is not its
// business. It guesses no numbers: a lag is exact at the instant it is set,
// and what cannot be made so ends the test.
//
// Broker and Metrics end with the test that started them. What they cannot do
// ends the test by Fatal, so call them from the test's own goroutine; only
// what says so is for any goroutine.
package traffic
