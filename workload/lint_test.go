package workload_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/workload"
)

type policies map[string]workload.PolicyFacts

func (p policies) Policy(name string) (workload.PolicyFacts, bool) { f, ok := p[name]; return f, ok }

func (p policies) Names() []string { return slices.Sorted(maps.Keys(p)) }

// y is a mapping of generic YAML.
type y = map[string]any

func trigger(metadata y) y {
	m := y{"scalerAddress": "headstart.headstart.svc:9090", "policy": "deposits"}
	maps.Copy(m, metadata)
	return y{"type": "external-push", "metadata": m}
}

func scaleUp(rules y) y {
	return y{"horizontalPodAutoscalerConfig": y{"behavior": y{"scaleUp": rules}}}
}

func followsThePlan() y {
	return scaleUp(y{
		"tolerance": "0", "stabilizationWindowSeconds": 0,
		"policies": []any{y{"type": "Pods", "value": 1000, "periodSeconds": 15}},
	})
}

// object is a ScaledObject without a finding, with some of its spec replaced.
func object(spec y) y {
	s := y{
		"scaleTargetRef": y{"name": "deposits"}, "minReplicaCount": 2, "maxReplicaCount": 120,
		"fallback": y{"failureThreshold": 3, "replicas": 20, "behavior": "currentReplicasIfHigher"},
		"advanced": followsThePlan(), "triggers": []any{trigger(nil)},
	}
	maps.Copy(s, spec)
	return y{"metadata": y{"namespace": "demo", "name": "deposits"}, "spec": s}
}

func lint(object y, p workload.PolicyFacts) []workload.Finding {
	return workload.Lint(workload.DecodeScaledObject(object), policies{p.Name: p})
}

func TestLint(t *testing.T) {
	accept := workload.PolicyFacts{Name: "deposits", Min: 2, Max: 120, Mode: "enforce"}
	overshoot := accept
	overshoot.Overshoot = true
	sleeper := accept
	sleeper.Min = 0
	value := trigger(nil)
	value["metricType"] = "Value"
	cached := trigger(nil)
	cached["useCachedMetrics"] = true
	poll := trigger(nil)
	poll["type"] = "external"
	slip := maps.Clone(poll)
	slip["type"] = "externalpush"
	for _, c := range []struct {
		name   string
		object y
		policy workload.PolicyFacts
		want   []string // beginnings of the findings, in order
	}{
		{"fine", object(nil), accept, nil},
		{"not ours", object(y{"triggers": []any{y{"type": "cpu"}, y{"type": "external", "metadata": y{"scalerAddress": "other:1"}}}}), accept, nil},
		{"value", object(y{"triggers": []any{value}}), accept, []string{
			"error: spec.triggers[0].metricType: with Value the HPA multiplies the answer by the ready pods: 10 replicas wanted at 10 ready pods become 100 [metric-type] write metricType: AverageValue, or leave it out",
		}},
		{"no behavior", object(y{"advanced": y{}}), accept, []string{
			"warning: spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleUp.tolerance: the HPA ignores changes of 10 % and less: 110 → 120 would not move [tolerance]",
			"warning: spec.advanced.horizontalPodAutoscalerConfig.behavior: without behavior the HPA allows max(2 × current, 4) replicas a sync: 2 → 120 would take 6 HPA syncs, about 90 s [throttled]",
		}},
		{"no behavior, overshoot", object(y{"advanced": y{}}), overshoot, []string{"warning: spec.advanced.horizontalPodAutoscalerConfig.behavior: without"}},
		{"tolerance set", object(y{"advanced": scaleUp(y{"tolerance": "50m", "policies": []any{y{"type": "Pods", "value": 200, "periodSeconds": 15}}})}), accept, []string{
			"warning: spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleUp.tolerance: the HPA ignores changes of 5 % and less: 115 → 120 would not move",
		}},
		{"window", object(y{"advanced": scaleUp(y{"tolerance": 0, "stabilizationWindowSeconds": 60, "policies": []any{y{"type": "Pods", "value": 200, "periodSeconds": 15}}})}), accept, []string{
			"warning: spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleUp.stabilizationWindowSeconds: every scale-up comes 60 s late",
		}},
		{"disabled", object(y{"advanced": scaleUp(y{"tolerance": 0.0, "selectPolicy": "Disabled"})}), accept, []string{
			"error: spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleUp.selectPolicy: the HPA never adds a replica",
		}},
		{"small policy", object(y{"advanced": scaleUp(y{"tolerance": "0", "policies": []any{y{"type": "Pods", "value": 20, "periodSeconds": 60}}})}), accept, []string{
			"warning: spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleUp.policies: 20 pods in 60 s allows too few replicas a sync: 2 → 120 would take 21 HPA syncs, about 315 s",
		}},
		{"no fallback", object(y{"fallback": nil}), accept, []string{"warning: spec.fallback: without it replicas freeze"}},
		{"low fallback", object(y{"fallback": y{"failureThreshold": 3, "replicas": 1}}), accept, []string{"warning: spec.fallback.replicas: falling back to 1 removes capacity"}},
		{"max below", object(y{"maxReplicaCount": 119}), accept, []string{"warning: spec.maxReplicaCount: 119 caps the plan of policy deposits, which may ask for 120"}},
		{"max default", object(y{"maxReplicaCount": nil}), accept, []string{"warning: spec.maxReplicaCount: 100 caps the plan"}},
		{"min above", object(y{"minReplicaCount": 3}), accept, []string{"warning: spec.minReplicaCount: 3 is above the minReplicas 2"}},
		{"min zero, policy not", object(y{"minReplicaCount": 0}), accept, []string{"warning: spec.minReplicaCount: policy deposits keeps at least 2"}},
		{"policy zero, min not", object(nil), sleeper, []string{"warning: spec.minReplicaCount: policy deposits may go to zero, KEDA stays at 2"}},
		{"both zero", object(y{"minReplicaCount": 0}), sleeper, nil},
		{"a slip in the type", object(y{"triggers": []any{slip}}), accept, []string{`error: spec.triggers[0].type: KEDA has no trigger type "externalpush"`}},
		{"poll at zero", object(y{"minReplicaCount": 0, "triggers": []any{poll}}), sleeper, []string{"warning: spec.triggers[0].type: external wakes a workload at zero only at KEDA's next poll, up to 30 s late"}},
		{"poll above zero", object(y{"triggers": []any{poll}}), accept, nil},
		{"cooldown", object(y{"minReplicaCount": 0, "cooldownPeriod": 59}), sleeper, []string{"warning: spec.cooldownPeriod: 59 s is shorter than two polls of 30 s"}},
		{"cooldown just enough", object(y{"minReplicaCount": 0, "cooldownPeriod": 60}), sleeper, nil},
		{"idle", object(y{"idleReplicaCount": 1}), sleeper, []string{"error: spec.idleReplicaCount: found 1, and KEDA supports only 0"}},
		{"idle zero", object(y{"idleReplicaCount": 0}), sleeper, nil},
		{"slow poll", object(y{"pollingInterval": 31}), accept, []string{"warning: spec.pollingInterval: at 31 s"}},
		{"cached", object(y{"triggers": []any{cached}}), accept, []string{"warning: spec.triggers[0].useCachedMetrics: the HPA would get answers up to 30 s old"}},
		{"unknown policy", object(y{"triggers": []any{trigger(y{"policy": "deposit"})}}), accept, []string{"error: spec.triggers[0].metadata.policy: there is no policy deposit: KEDA gets an error and replicas freeze [unknown-policy] did you mean deposits?"}},
		{"bad metadata", object(y{"triggers": []any{trigger(y{"minReplica": "2"})}}), accept, []string{"error: spec.triggers[0].metadata.minReplica: minReplica is not a key of Headstart [metadata] did you mean minReplicas?"}},
		{"metadata number", object(y{"triggers": []any{trigger(y{"minReplicas": 2})}}), accept, []string{"error: spec.triggers[0].metadata.minReplicas: found the number 2, which KEDA does not accept here [malformed] write a text in quotes"}},
		{"override above", object(y{"triggers": []any{trigger(y{"maxReplicas": "1"})}}), accept, []string{"error: spec.triggers[0].metadata: with the trigger's overrides minReplicas 2 is above maxReplicas 1"}},
		{"override lowers", object(y{"maxReplicaCount": 50, "triggers": []any{trigger(y{"maxReplicas": "50"})}}), accept, nil},
		{"twice", object(y{"triggers": []any{trigger(nil), trigger(nil)}}), accept, []string{"error: spec.triggers[1].metadata.policy: an earlier trigger already has policy deposits"}},
		{"formula", object(y{"advanced": y{"scalingModifiers": y{"formula": "a+b"}, "horizontalPodAutoscalerConfig": followsThePlan()["horizontalPodAutoscalerConfig"]}}), accept, []string{"warning: spec.advanced.scalingModifiers: the HPA follows the formula"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			compare(t, lint(c.object, c.policy), c.want)
		})
	}
}

// compare wants each finding to begin as told, and to carry its repair.
func compare(t *testing.T, found []workload.Finding, want []string) {
	t.Helper()
	if len(found) != len(want) {
		t.Errorf("got %d findings, want %d: %v", len(found), len(want), found)
		return
	}
	for i, f := range found {
		if !strings.HasPrefix(f.String(), want[i]) {
			t.Errorf("got  %s\nwant %s", f, want[i])
		}
		if f.Fix == "" || f.Code == "" {
			t.Errorf("no repair or code: %+v", f)
		}
	}
}

func TestPausedIsTold(t *testing.T) {
	o := object(nil)
	o["metadata"] = y{"annotations": y{"autoscaling.keda.sh/paused-scale-in": "true"}}
	found := lint(o, workload.PolicyFacts{Name: "deposits", Min: 2, Max: 120})
	if len(found) != 1 || found[0].Code != "paused" {
		t.Errorf("got %v", found)
	}
}

func TestClimb(t *testing.T) {
	pods := func(value int32, period time.Duration) workload.ScalingPolicy {
		return workload.ScalingPolicy{Type: "Pods", Value: value, Period: period}
	}
	percent := func(value int32) workload.ScalingPolicy {
		return workload.ScalingPolicy{Type: "Percent", Value: value, Period: 15 * time.Second}
	}
	rules := func(tolerance float64, sel string, p ...workload.ScalingPolicy) workload.Behavior {
		return workload.Behavior{Set: true, Up: workload.ScalingRules{Set: true, Tolerance: tolerance, Select: sel, Policies: p}}
	}
	unset := workload.Behavior{Up: workload.ScalingRules{Tolerance: -1}}
	for _, c := range []struct {
		behavior workload.Behavior
		from, to int32
		want     string
	}{
		{unset, 3, 100, "3 → 100 would take 5 HPA syncs, about 75 s, and stop at 96"},
		{unset, 1, 100, "1 → 100 would take 6 HPA syncs, about 90 s"},
		{unset, 1, 4, "1 → 4 would take 1 HPA sync, about 15 s"},
		{unset, 20, 22, "20 → 22 would never start"},
		{rules(0, "Max"), 20, 22, "20 → 22 would take 1 HPA sync, about 15 s"},
		{rules(0, "Max"), 1, 100, "1 → 100 would take 6 HPA syncs, about 90 s"},
		{rules(0, "Max", pods(1000, 15*time.Second)), 3, 100, "3 → 100 would take 1 HPA sync, about 15 s"},
		{rules(0, "Max", pods(10, time.Minute)), 10, 30, "10 → 30 would take 5 HPA syncs, about 75 s"},
		{rules(0, "Min", pods(4, 15*time.Second), percent(100)), 2, 10, "2 → 10 would take 3 HPA syncs, about 45 s"},
		{rules(0, "Disabled"), 2, 10, "2 → 10 would never start"},
		{rules(0, "Max", pods(1, 30*time.Minute)), 1, 1 << 30, "1 → 1073741824 would take more than a day"},
	} {
		if got := c.behavior.Climb(c.from, c.to).String(); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}

func ExampleLint() {
	so := workload.DecodeScaledObject(map[string]any{
		"metadata": map[string]any{"namespace": "demo", "name": "deposits"},
		"spec": map[string]any{
			"minReplicaCount": 3, "maxReplicaCount": 100,
			"fallback": map[string]any{"failureThreshold": 3, "replicas": 10},
			"triggers": []any{map[string]any{
				"type":     "external-push",
				"metadata": map[string]any{"scalerAddress": "headstart:9090", "policy": "deposits"},
			}},
		},
	})
	for _, f := range workload.Lint(so, policies{"deposits": {Name: "deposits", Min: 3, Max: 100, Overshoot: true}}) {
		fmt.Println(f.Code + ": " + f.Message)
	}
	// Output:
	// throttled: without behavior the HPA allows max(2 × current, 4) replicas a sync: 3 → 100 would take 5 HPA syncs, about 75 s, and stop at 96
}
