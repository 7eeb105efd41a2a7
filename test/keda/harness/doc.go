// Package harness starts the real things around Headstart: a Kafka broker, a
// Prometheus, Headstart's own binary, and KEDA's external-scaler clients.
//
// What enters: a test and a configuration. What leaves: running processes on
// free loopback ports, which end with the test, however it ends.
//
// What it refuses to do: it fakes nothing that the project does not own, and
// it waits by polling, never by sleeping for a guess. A missing program is a
// failure, not a skip: whoever runs the suite decides what it runs on.
package harness
