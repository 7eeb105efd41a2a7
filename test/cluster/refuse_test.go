package cluster

import (
	"fmt"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/test/cluster/scenario"
	"github.com/headstart-scaler/headstart/test/rig"
)

// With metricType Value the HPA would multiply the answer by the pods that are
// Ready. KEDA does not tell us: it is read from the ScaledObject. KEDA is given
// an error, and after three of them goes to the fallback of the example, 12.
func TestAMetricTypeThatMisreadsTheAnswerIsRefused(t *testing.T) {
	t.Parallel()
	demand := wanting(t, 20)
	s := scenario.New(t, shared, demand.setup())
	api := s.Deploy(scenario.Object{Example: "lobby-api", Replicas: 5, Demand: demand.String, Edit: func(spec map[string]any) {
		floorOf(3)(spec)
		scenario.List(spec, "triggers")[0]["metricType"] = "Value"
	}})
	warns(t, api, "MetricTypeRefused", "AverageValue")
	api.Reaches(12, settled)
	api.Keeps(12, threeSyncs)
	bounded(t, api, "MetricTypeRefused")

	api.Redeploy(floorOf(3))
	api.AgreesOn(20, settled)
	api.Went(0, "5 → 12", "12 → 20")
}

// Without a policy there is no metric specification either, and then KEDA
// knows no fallback: the replicas stay.
func TestAPolicyThatDoesNotExistIsRefused(t *testing.T) {
	t.Parallel()
	demand := wanting(t, 20)
	s := scenario.New(t, shared, demand.setup())
	api := s.Deploy(scenario.Object{Example: "lobby-api", Replicas: 5, Demand: demand.String, Edit: func(spec map[string]any) {
		floorOf(3)(spec)
		scenario.Map(scenario.List(spec, "triggers")[0], "metadata")["policy"] = "lobby-apj"
	}})
	warns(t, api, "PolicyUnknown", "did you mean lobby-api?")
	api.Keeps(5, 2*threeSyncs)
	bounded(t, api, "PolicyUnknown")

	api.Redeploy(floorOf(3))
	api.AgreesOn(20, settled)
	api.Went(0, "5 → 20")
}

// warns waits for an Event that a person who looks at the ScaledObject sees.
func warns(t *testing.T, api *scenario.Workload, reason, repair string) {
	t.Helper()
	if event := api.Event(time.Minute, reason, repair); event.Type != "Warning" {
		t.Errorf("the Event %s is of type %s, want Warning", reason, event.Type)
	}
}

// bounded fails the test when an Event is said again and again.
func bounded(t *testing.T, api *scenario.Workload, reason string) {
	t.Helper()
	if n := said(t, api, reason); n > 2 {
		t.Errorf("the Event %s came %d times", reason, n)
	}
}

// said is how often an Event came.
func said(t *testing.T, w *scenario.Workload, reason string) int {
	t.Helper()
	n := 0
	rig.Eventually(t, 10*time.Second, func() error {
		events, err := w.Events()
		if err != nil {
			return fmt.Errorf("count %s: %w", reason, err)
		}
		n = 0
		for _, e := range events {
			if e.Reason == reason {
				n += int(max(e.Count, 1))
			}
		}
		return nil
	})
	return n
}
