package cluster

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/test/cluster/scenario"
	"github.com/headstart-scaler/headstart/test/cluster/traffic"
	"github.com/headstart-scaler/headstart/test/rig"
)

func TestAStepInDemandIsOneStepInReplicas(t *testing.T) {
	t.Parallel()
	demand := wanting(t, 3)
	s := scenario.New(t, shared, demand.setup("scaleIn: {stabilization: 30s}"))
	api := s.Deploy(scenario.Object{Example: "lobby-api", Replicas: 3, Edit: floorOf(3), Demand: demand.String})
	api.AgreesOn(3, settled)

	up := s.Mark()
	demand.wants(100)
	asked := api.Reaches(100, settled)
	ready := asked + api.IsReady(100, settled)
	api.AgreesOn(100, settled)
	api.Went(up, "3 → 100")
	t.Logf("measured: 3 → 100 in one step %s after the demand rose just after a sync of the HPA, all Ready after %s", asked.Round(100*time.Millisecond), ready.Round(100*time.Millisecond))

	one := s.Mark()
	demand.wants(101) // 1 % more, which tolerance "0" lets through
	api.IsReady(101, settled)
	api.AgreesOn(101, settled)
	api.Went(one, "100 → 101")

	down := s.Mark()
	demand.wants(3)
	api.IsReady(3, settled)
	api.AgreesOn(3, settled)
	api.Went(down, "101 → 3")
	// The last decision on the old demand is up to a tick of 1 s older than
	// the fall.
	if after := api.Changes(down)[0].At - down; after < 29*time.Second {
		t.Errorf("replicas went down %s after the demand fell, want after the stabilization of 30s", after)
	}
	api.FollowedTheAnswer(0)
}

// On clusters before Kubernetes 1.35, whose HPA knows no tolerance but its
// default of 10 %.
func TestWithoutToleranceTheAnswerIsJustBeyondTheDeadband(t *testing.T) {
	t.Parallel()
	demand := wanting(t, 20)
	s := scenario.New(t, shared, demand.setup("actuation: {onDeadband: overshoot}"))
	api := s.Deploy(scenario.Object{Example: "lobby-api", Replicas: 20, Edit: noTolerance, Demand: demand.String})
	api.AgreesOn(20, settled)

	mark := s.Mark()
	demand.wants(21)
	api.IsReady(23, settled) // 22 of 20 is still within 10 %
	api.Went(mark, "20 → 23")
	decision, err := api.LedTo(api.Changes(mark)[0])
	if err != nil {
		t.Fatal(err)
	}
	if why, _ := decision.Step("deadband"); !strings.Contains(why, "23 is the least that moves it") {
		t.Errorf("explain gives %q as the reason of 23", why)
	}
	// With 23 running 21 is answered again, which is within 10 % of 23: no
	// way back and forth.
	api.Answers(10*time.Second, answering(21))
	api.Keeps(23, threeSyncs)
}

func TestAnAcceptedDeadbandLeavesReplicasAlone(t *testing.T) {
	t.Parallel()
	demand := wanting(t, 20)
	s := scenario.New(t, shared, demand.setup("actuation: {onDeadband: accept}"))
	api := s.Deploy(scenario.Object{Example: "lobby-api", Replicas: 20, Edit: noTolerance, Demand: demand.String})
	api.AgreesOn(20, settled)

	mark := s.Mark()
	demand.wants(21)
	api.Answers(10*time.Second, func(e rig.Explanation) error {
		if why, _ := e.Step("deadband"); e.Replicas != 21 || !strings.Contains(why, "accepted by the policy") {
			return fmt.Errorf("explain answers %d and gives %q as the reason, want 21 and that the shortfall is accepted", e.Replicas, why)
		}
		return nil
	})
	api.Keeps(20, threeSyncs)
	demand.wants(23) // 15 % more
	api.AgreesOn(23, settled)
	api.Went(mark, "20 → 23")
}

func TestWithoutABehaviorReplicasDoubleAsCheckWarns(t *testing.T) {
	t.Parallel()
	demand := wanting(t, 3)
	setup := demand.setup()
	s := scenario.New(t, shared, setup)
	object := scenario.Object{Example: "lobby-api", Replicas: 3, Edit: noBehavior, Demand: demand.String}
	if said := check(t, s, setup.Policies[0], object); !strings.Contains(said, "3 → 120 would take 6 HPA syncs, about 90 s") {
		t.Errorf("headstart check does not foresee the climb: %s", said)
	}
	api := s.Deploy(object)
	api.AgreesOn(3, settled)

	mark := s.Mark()
	demand.wants(120)
	took := api.Reaches(120, 4*time.Minute)
	api.Went(mark, "3 → 6", "6 → 12", "12 → 24", "24 → 48", "48 → 96", "96 → 120")
	t.Logf("measured: 3 → 120 takes the HPA %s and 6 steps where the ScaledObject has no behavior", took.Round(time.Second))
}

// With type external KEDA opens no stream to us and asks at its polls alone,
// which the HPA's own questions do not wait for.
func TestWithoutPushTheAnswerIsFollowedAsWell(t *testing.T) {
	t.Parallel()
	demand := wanting(t, 5)
	s := scenario.New(t, shared, demand.setup("scaleIn: {stabilization: 10s}"))
	api := s.Deploy(scenario.Object{Example: "lobby-api", Replicas: 3, Demand: demand.String, Edit: func(spec map[string]any) {
		floorOf(3)(spec)
		scenario.List(spec, "triggers")[0]["type"] = "external"
	}})
	api.AgreesOn(5, settled)
	demand.wants(60)
	api.AgreesOn(60, settled)
	demand.wants(7)
	api.AgreesOn(7, settled)
	api.Went(0, "3 → 5", "5 → 60", "60 → 7")
}

// check is what `headstart check` says of a policy and a ScaledObject.
func check(t *testing.T, s *scenario.Scenario, policy string, o scenario.Object) string {
	t.Helper()
	o.Name = o.Example
	object, err := json.Marshal(s.ScaledObject(o).Object)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	rig.WriteFiles(t, folder, map[string]string{"policy.yaml": policy, "scaledobject.json": string(object)})
	said, err := s.Headstart.Run("check", filepath.Join(folder, "policy.yaml"), filepath.Join(folder, "scaledobject.json"))
	if err != nil {
		t.Fatal(err)
	}
	return string(said)
}

// settled is how long replicas may take to be what they should. Some syncs of
// the HPA do it; a busy machine takes longer. What is claimed of the time they
// take is said apart.
const settled = 3 * time.Minute

// threeSyncs of the HPA are enough to see that it does nothing.
const threeSyncs = 3 * 15 * time.Second

func floorOf(replicas int64) func(map[string]any) {
	return func(spec map[string]any) { spec["minReplicaCount"] = replicas }
}

func noTolerance(spec map[string]any) {
	behavior := scenario.Map(spec, "advanced", "horizontalPodAutoscalerConfig", "behavior")
	delete(scenario.Map(behavior, "scaleUp"), "tolerance")
	delete(scenario.Map(behavior, "scaleDown"), "tolerance")
}

func noBehavior(spec map[string]any) {
	floorOf(3)(spec)
	delete(scenario.Map(spec, "advanced"), "horizontalPodAutoscalerConfig")
}

func answering(replicas int) func(rig.Explanation) error {
	return func(e rig.Explanation) error {
		if e.Replicas != replicas || e.Stale {
			return fmt.Errorf("%s: Headstart answers %d, stale %t, want %d that is not", e.Workload, e.Replicas, e.Stale, replicas)
		}
		return nil
	}
}

// wanted is a demand for a number of replicas of lobby-api.
type wanted struct{ metrics *traffic.Metrics }

const (
	lobbyRequests = `sum(rate(http_requests_total{namespace="lobby", service="lobby-api"}[1m]))`
	lobbyCapacity = 50 // requests a second that a replica carries
)

func wanting(t *testing.T, replicas int) wanted {
	t.Helper()
	w := wanted{traffic.StartMetrics(t)}
	w.wants(replicas)
	return w
}

func (w wanted) wants(replicas int) {
	w.metrics.Set(lobbyRequests, float64(replicas*lobbyCapacity))
}

func (w wanted) String() string {
	rate, _ := w.metrics.Value(lobbyRequests)
	return fmt.Sprintf("%.0f/s", rate)
}

// enforcing is setup whose plan is followed: that of a steady demand is the
// demand.
func (w wanted) enforcing(more ...string) scenario.Setup {
	return w.setup(append(more, "mode: enforce")...)
}

// setup has the policy lobby-api with more lines of its own. Its mode is
// advise, so that no forecast adds to what a reader can divide by 50.
func (w wanted) setup(more ...string) scenario.Setup {
	policy := fmt.Sprintf(`apiVersion: headstart/v1
kind: Policy
metadata: {name: lobby-api, labels: {market: MT}}
spec:
  minReplicas: 3
  maxReplicas: 120
  podLead: 10s
  signals:
    - {name: requests, type: rate, capacity: %d, prometheus: {query: %q}}
`, lobbyCapacity, lobbyRequests)
	if !strings.Contains(strings.Join(more, ""), "mode:") {
		more = append(more, "mode: advise")
	}
	for _, line := range more {
		policy += "  " + line + "\n"
	}
	return scenario.Setup{Policies: []string{policy}, Prometheus: w.metrics.URL()}
}
