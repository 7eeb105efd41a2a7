package cluster

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/test/cluster/plane"
	"github.com/headstart-scaler/headstart/test/cluster/scenario"
	"github.com/headstart-scaler/headstart/test/cluster/traffic"
)

// The delays of the pool below. What is measured from object timestamps has to
// be these, within the resolution of a second and what a busy machine adds.
const (
	registration = 20 * time.Second
	boot         = 5 * time.Second
	pull         = 8 * time.Second
	starting     = 4 * time.Second
)

func TestLeadTimesOfPodsAndNodesAreMeasured(t *testing.T) {
	t.Parallel()
	if !shared.Emulated {
		t.Skip("SKIPPED: A GIVEN CLUSTER'S DELAYS ARE ITS OWN, AND ITS NODES MAY COST MONEY")
	}
	const pool, requests = "lead", `sum(rate(http_requests_total{service="lead"}[1m]))`
	cold, err := plane.ColdPool{Name: pool, Registration: registration, Boot: boot, CPU: 8}.Objects()
	if err != nil {
		t.Fatal(err)
	}
	if err := shared.Apply(t.Context(), cold...); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // the nodes go with their pool
		for _, o := range cold {
			if err := shared.Delete(context.WithoutCancel(t.Context()), o); err != nil {
				t.Log(err)
			}
		}
	})
	metrics := traffic.StartMetrics(t)
	metrics.Set(requests, 150)
	s := scenario.New(t, shared, scenario.Setup{Prometheus: metrics.URL(), Policies: []string{`apiVersion: headstart/v1
kind: Policy
metadata: {name: lobby-api}
spec:
  mode: advise # the arithmetic, without a forecast
  minReplicas: 3
  maxReplicas: 60
  podLead: 60s
  signals:
    - {name: requests, type: rate, capacity: 50, prometheus: {query: 'sum(rate(http_requests_total{service="lead"}[1m]))'}}
`}})
	api := s.Deploy(scenario.Object{
		Example: "lobby-api", Replicas: 3, Demand: func() string {
			rate, _ := metrics.Value(requests)
			return fmt.Sprintf("%.0f/s", rate)
		},
		Edit: func(spec map[string]any) { spec["minReplicaCount"] = int64(3) },
		Pod:  onPool(pool),
	})
	api.IsReady(3, settled)

	surge := time.Now()
	metrics.Set(requests, 1500)
	api.Reaches(30, settled)
	took := api.IsReady(30, settled)
	t.Logf("measured: 3 → 30 replicas of 1 CPU on nodes of 8 CPUs that were not there: all Ready %s after they were asked for", took.Round(time.Second))

	pods, err := api.PodLead(surge)
	if err != nil {
		t.Fatal(err)
	}
	nodes, err := shared.NodeLead(t.Context(), pool, surge)
	if err != nil {
		t.Fatal(err)
	}
	tell(t, append(pods, nodes...), map[string]time.Duration{
		"scheduled → image pulled": pull, "started → Ready": starting,
		"launched → registered": registration, "Node created → Ready": boot,
	})
}

// tell reports what was measured, and fails the test where that is not what
// was set.
func tell(t *testing.T, stages []scenario.Stage, want map[string]time.Duration) {
	t.Helper()
	for _, stage := range stages {
		t.Logf("measured: %s", stage)
		set, ok := want[stage.Name]
		delete(want, stage.Name)
		if median := stage.Quantile(0.5); ok && (median < set-time.Second || median > set+4*time.Second) {
			t.Errorf("%s: median %s, want the %s that is set", stage.Name, median, set)
		}
	}
	for name := range want {
		t.Errorf("nothing was measured of %q", name)
	}
}

// onPool makes pods slow, and fit for the nodes of a cold pool only.
func onPool(pool string) func(template map[string]any) {
	return func(template map[string]any) {
		annotations := scenario.Map(template, "metadata", "annotations")
		annotations["headstart.test/pull"] = pull.String()
		annotations["headstart.test/ready"] = starting.String()
		spec := scenario.Map(template, "spec")
		spec["nodeSelector"] = map[string]any{plane.PoolLabel: pool}
		spec["tolerations"] = []any{map[string]any{"key": plane.ColdTaint, "operator": "Exists"}}
		scenario.Map(scenario.List(spec, "containers")[0], "resources")["requests"] = map[string]any{"cpu": "1", "memory": "64Mi"}
	}
}
