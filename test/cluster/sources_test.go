package cluster

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/test/cluster/scenario"
	"github.com/headstart-scaler/headstart/test/cluster/traffic"
	"github.com/headstart-scaler/headstart/test/rig"
)

func TestWithoutPrometheusReplicasAreHeldAndTheReasonIsSaid(t *testing.T) {
	t.Parallel()
	demand := wanting(t, 40)
	s := scenario.New(t, shared, demand.setup("holdFor: 30s", "scaleIn: {stabilization: 15s}"))
	api := s.Deploy(scenario.Object{Example: "lobby-api", Replicas: 3, Edit: floorOf(3), Demand: demand.String})
	api.AgreesOn(40, settled)

	gone := s.Mark()
	s.Remark("Prometheus is gone")
	demand.metrics.Down()
	api.Answers(2*time.Minute, staleBecause("requests", "unreachable"))
	api.Event(time.Minute, "SignalStale", "requests")
	isStale(t, s, api, 1)
	api.Keeps(40, longOutage(t))
	demand.wants(10)
	s.Remark("Prometheus is back")
	demand.metrics.Up()
	api.Event(time.Minute, "SignalRecovered", "scale-in is allowed")
	api.AgreesOn(10, settled)
	isStale(t, s, api, 0)
	api.Went(gone, "40 → 10")
}

func TestWithoutKafkaReplicasAreHeldAndOthersAreNotDisturbed(t *testing.T) {
	t.Parallel()
	broker, demand := traffic.StartBroker(t), wanting(t, 4)
	broker.CreateTopic("deposits", 48)
	broker.Produce("deposits", 1_000_000) // before the scenario: no arrivals in it
	broker.SetLag("deposits", "deposits", 0)
	setup := demand.setup("scaleIn: {stabilization: 15s}")
	setup.Kafka = strings.Join(broker.Addresses(), ",")
	setup.Policies = append(setup.Policies, `apiVersion: headstart/v1
kind: Policy
metadata: {name: deposits}
spec:
  mode: advise
  minReplicas: 2
  maxReplicas: 48
  podLead: 10s
  holdFor: 30s
  scaleIn: {stabilization: 15s}
  signals:
    - {name: lag, type: backlog, capacity: 25, drainDeadline: 60s, kafka: {consumerGroup: deposits, topic: deposits, offsetResetPolicy: earliest}}
`)
	s := scenario.New(t, shared, setup)
	consumers := s.Deploy(scenario.Object{Example: "deposits", Replicas: 2, Demand: func() string {
		lag, err := broker.Lag("deposits", "deposits")
		if err != nil {
			return "unknown"
		}
		return fmt.Sprintf("lag %d", lag)
	}})
	api := s.Deploy(scenario.Object{Example: "lobby-api", Replicas: 4, Edit: floorOf(3), Demand: demand.String})
	consumers.AgreesOn(2, settled)
	api.AgreesOn(4, settled)
	broker.SetLag("deposits", "deposits", 100_000) // nobody works on it: all 48 partitions' worth
	consumers.AgreesOn(48, settled)

	gone := s.Mark()
	s.Remark("Kafka is gone")
	broker.Down()
	consumers.Answers(2*time.Minute, staleBecause("lag", "unreachable"))
	consumers.Event(time.Minute, "SignalStale", "lag")
	isStale(t, s, consumers, 1)
	demand.wants(30) // whose metrics are there
	api.AgreesOn(30, settled)
	consumers.Keeps(48, longOutage(t))
	s.Remark("Kafka is back")
	broker.Up()
	broker.SetLag("deposits", "deposits", 0)
	consumers.Event(time.Minute, "SignalRecovered", "scale-in is allowed")
	consumers.AgreesOn(2, settled)
	consumers.Went(gone, "48 → 2")
}

// The last that was measured is less than what runs: that alone would take
// replicas away.
func TestStaleReplicasAreHeldAlthoughTheLastWordWasLess(t *testing.T) {
	t.Parallel()
	demand := wanting(t, 40)
	s := scenario.New(t, shared, demand.setup("holdFor: 15s", "scaleIn: {stabilization: 60s}"))
	api := s.Deploy(scenario.Object{Example: "lobby-api", Replicas: 3, Edit: floorOf(3), Demand: demand.String})
	api.AgreesOn(40, settled)
	demand.wants(10)
	api.Answers(20*time.Second, func(e rig.Explanation) error {
		if len(e.Signals) == 0 || e.Signals[0].Value != 10*lobbyCapacity {
			return fmt.Errorf("%s has not read the lesser demand yet: %v", e.Workload, e.Signals)
		}
		return nil
	})
	s.Remark("Prometheus is gone")
	demand.metrics.Down()
	api.Keeps(40, 110*time.Second)
}

func TestARestartWhileTheSourceIsGoneTakesNothingAway(t *testing.T) {
	t.Parallel()
	demand := wanting(t, 40)
	s := scenario.New(t, shared, demand.setup("holdFor: 15s", "scaleIn: {stabilization: 15s}"))
	api := s.Deploy(scenario.Object{Example: "lobby-api", Replicas: 3, Edit: floorOf(3), Demand: demand.String})
	api.AgreesOn(40, settled)
	s.Remark("Prometheus is gone")
	demand.metrics.Down()
	s.Headstart.Kill()
	s.Headstart.Restart()
	s.Remark("restarted")
	api.Keeps(40, 110*time.Second)
	demand.wants(10)
	demand.metrics.Up()
	api.AgreesOn(10, settled)
	api.Went(0, "3 → 40", "40 → 10")
}

func staleBecause(signal, condition string) func(rig.Explanation) error {
	return func(e rig.Explanation) error {
		if !e.Stale || e.Condition(signal) != condition {
			return fmt.Errorf("%s: stale %t, %s is %q, want stale and %q", e.Workload, e.Stale, signal, e.Condition(signal), condition)
		}
		return nil
	}
}

// isStale waits for what the metric headstart_stale says of a workload.
func isStale(t *testing.T, s *scenario.Scenario, w *scenario.Workload, want float64) {
	t.Helper()
	_, name, _ := strings.Cut(w.ID(), "/")
	rig.Eventually(t, 10*time.Second, func() error {
		got, err := s.Metric("headstart_stale", "scaled_object="+name)
		if err == nil && got != want {
			err = fmt.Errorf("headstart_stale of %s is %g, want %g", w.ID(), got, want)
		}
		return err
	})
}
