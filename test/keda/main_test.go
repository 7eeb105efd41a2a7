// Package keda drives Headstart with KEDA's own clients, on a real Kafka and a
// real Prometheus. What each test shows is its name.
package keda

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/headstart-scaler/headstart/test/keda/harness"
	"github.com/headstart-scaler/headstart/test/rig"
)

func TestMain(m *testing.M) {
	flag.Parse()
	// KEDA tells why it has no metric specification only to its log.
	log.SetLogger(logr.FromSlogHandler(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})))
	code := m.Run()
	rig.RemoveBuild()
	os.Exit(code)
}

// server is a Server document with fast ticks and one source of each kind
// that has an address.
func server(kafka, prometheus, more string) string {
	var sources strings.Builder
	if kafka != "" {
		fmt.Fprintf(&sources, "    - name: broker\n      kafka: {bootstrapServers: [%q], timeout: 1s}\n", kafka)
	}
	if prometheus != "" {
		fmt.Fprintf(&sources, "    - name: metrics\n      prometheus: {serverAddress: %q, timeout: 1s, staleAfter: 10s}\n", prometheus)
	}
	return fmt.Sprintf(`apiVersion: headstart/v1
kind: Server
spec:
  tick: 1s
  snapshotMaxAge: 15s
  kubernetes: {mode: "off"}
%s  sources:
%s`, more, sources.String())
}

// policy is a Policy document; its spec is indented by two.
func policy(name, spec string) string {
	return fmt.Sprintf("---\napiVersion: headstart/v1\nkind: Policy\nmetadata: {name: %s}\nspec:\n%s", name, spec)
}

// rate is a policy of one request rate that answers what is measured, without
// a forecast: the arithmetic KEDA's own scalers do.
func rate(name, query string, minimum, maximum int, capacity float64) string {
	return policy(name, fmt.Sprintf(`  mode: advise
  minReplicas: %d
  maxReplicas: %d
  podLead: 1s
  holdFor: 3s
  scaleIn: {stabilization: 0s}
  actuation: {tolerance: 0}
  signals:
    - name: requests
      type: rate
      prometheus: {query: %q}
      capacity: %g
`, minimum, maximum, query, capacity))
}

// scaled is a ScaledObject that follows an answer: its client, and the HPA it
// makes.
type scaled struct {
	t      *testing.T
	scaler *harness.Scaler
	hpa    harness.HPA
}

// becomes waits until KEDA would set the replicas, and checks that it would
// go on to.
func (s scaled) becomes(want int) {
	s.t.Helper()
	rig.Eventually(s.t, 45*time.Second, func() error { return s.is(want) })
	s.stays(want, 3*time.Second)
}

// stays checks that KEDA would keep the replicas for the whole while.
func (s scaled) stays(want int, while time.Duration) {
	s.t.Helper()
	rig.Always(s.t, while, func() error { return s.is(want) })
}

func (s scaled) is(want int) error {
	ctx, cancel := context.WithTimeout(s.t.Context(), 5*time.Second)
	defer cancel()
	answer, err := s.scaler.Ask(ctx)
	if err != nil {
		return fmt.Errorf("want %d replicas: %w", want, err)
	}
	if got := s.hpa.Replicas(answer, want); got != want {
		return fmt.Errorf("%d replicas of %+v, want %d", got, answer, want)
	}
	return nil
}
