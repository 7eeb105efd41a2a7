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

import (
	"context"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/test/rig"
)

// must returns what find finds, and fails the test where it does not.
func must(t testing.TB, find func() (string, error)) string {
	t.Helper()
	found, err := find()
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// program finds a program on the PATH, and fails the test where there is none.
func program(t testing.TB, name, install string) string {
	t.Helper()
	return must(t, func() (string, error) { return rig.Program(name, install) })
}

// await waits until check returns nil, and fails the test when the process
// ends before or does not get there within the limit.
func await(t testing.TB, p *rig.Process, limit time.Duration, check func(context.Context) error) {
	t.Helper()
	if err := p.AwaitReady(t.Context(), limit, check); err != nil {
		t.Fatal(err)
	}
}
