package workload_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/workload"
)

func decode(t *testing.T, text string) workload.ScaledObject {
	t.Helper()
	var object map[string]any
	if err := json.Unmarshal([]byte(text), &object); err != nil {
		t.Fatal(err)
	}
	return workload.DecodeScaledObject(object)
}

func TestDecodeScaledObject(t *testing.T) {
	so := decode(t, `{"metadata": {"namespace": "demo", "name": "deposits", "labels": {"market": "NO"}},
		"spec": {"scaleTargetRef": {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": "web"},
		"minReplicaCount": 1, "maxReplicaCount": 9, "idleReplicaCount": 0, "pollingInterval": 5, "cooldownPeriod": 10,
		"fallback": {"failureThreshold": 3, "replicas": 6},
		"advanced": {"horizontalPodAutoscalerConfig": {"behavior": {"scaleUp": {"tolerance": "50m", "selectPolicy": "Min",
			"policies": [{"type": "Pods", "value": 4, "periodSeconds": 30}]}}}},
		"triggers": [{"type": "kafka"}, {"type": "external", "name": "plan", "metadata": {"policy": "p"}}]}}`)
	if len(so.Malformed) != 0 {
		t.Errorf("malformed: %v", so.Malformed)
	}
	if so.ID != (workload.ID{Namespace: "demo", Name: "deposits"}) || so.Labels["market"] != "NO" ||
		so.Target != (workload.ScaleTarget{APIVersion: "argoproj.io/v1alpha1", Kind: "Rollout", Name: "web"}) {
		t.Errorf("names: %+v", so)
	}
	if so.MinReplicas != 1 || so.MaxReplicas != 9 || !so.IdleReplicas.Set || so.PollingInterval != 5*time.Second || so.Cooldown != 10*time.Second {
		t.Errorf("numbers: %+v", so)
	}
	if so.Fallback != (workload.Fallback{Set: true, FailureThreshold: 3, Replicas: 6, Behavior: "static"}) {
		t.Errorf("fallback: %+v", so.Fallback)
	}
	up := so.Behavior.Up
	if !so.Behavior.Set || up.Tolerance != 0.05 || up.Select != "Min" || len(up.Policies) != 1 ||
		up.Policies[0] != (workload.ScalingPolicy{Type: "Pods", Value: 4, Period: 30 * time.Second}) {
		t.Errorf("behavior: %+v", so.Behavior)
	}
	if down := so.Behavior.Down; down.Set || down.Tolerance >= 0 || down.Stabilization != 300*time.Second {
		t.Errorf("scale down: %+v", down)
	}
	if so.Others != 1 || len(so.Triggers) != 1 || so.Triggers[0].Index != 1 || so.Triggers[0].MetricType != "AverageValue" {
		t.Errorf("triggers: %+v, %d others", so.Triggers, so.Others)
	}
}

func TestDecodeScaledObjectHasKEDAsDefaults(t *testing.T) {
	so := decode(t, `{}`)
	if so.MinReplicas != 0 || so.MaxReplicas != 100 || so.PollingInterval != 30*time.Second || so.Cooldown != 300*time.Second ||
		so.Behavior.Set || so.Behavior.Up.Tolerance >= 0 || so.Fallback.Set || so.IdleReplicas.Set {
		t.Errorf("got %+v", so)
	}
}

func TestDecodeScaledObjectNamesOddTypes(t *testing.T) {
	so := decode(t, `{"metadata": {"name": 7, "labels": []}, "spec": {"minReplicaCount": "2", "maxReplicaCount": 1.5,
		"pollingInterval": -1, "cooldownPeriod": 3000000000, "fallback": true,
		"advanced": {"horizontalPodAutoscalerConfig": {"behavior": {"scaleUp": {"tolerance": "inf", "policies": [3]}}}},
		"triggers": [7, {"type": "external", "useCachedMetrics": "no", "metadata": {"policy": "p", "minReplicas": 2}}]}}`)
	want := []string{
		"metadata.name", "metadata.labels", "spec.minReplicaCount", "spec.maxReplicaCount", "spec.pollingInterval",
		"spec.cooldownPeriod", "spec.fallback",
		"spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleUp.tolerance",
		"spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleUp.policies[0]",
		"spec.triggers[0]", "spec.triggers[1].useCachedMetrics", "spec.triggers[1].metadata.minReplicas",
	}
	var got []string
	for _, f := range so.Malformed {
		got = append(got, f.Field)
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if so.MaxReplicas != 100 || so.Triggers[0].Metadata["policy"] != "p" {
		t.Errorf("what is well-formed was lost: %+v", so)
	}
}

func TestDecodeScaledObjectReadsTolerances(t *testing.T) {
	for text, want := range map[string]float64{
		`"0"`: 0, `0`: 0, `0.05`: 0.05, `"0.05"`: 0.05, `"100m"`: 0.1, `"5e-2"`: 0.05, `"50000u"`: 0.05,
		`"-0.1"`: -1, `"0x1"`: -1, `"NaN"`: -1, `""`: -1, `"m"`: -1, `null`: -1,
	} {
		so := decode(t, `{"spec": {"advanced": {"horizontalPodAutoscalerConfig": {"behavior": {"scaleUp": {"tolerance": `+text+`}}}}}}`)
		if got := so.Behavior.Up.Tolerance; got < want-1e-12 || got > want+1e-12 {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
}

func FuzzDecodeScaledObject(f *testing.F) {
	f.Add([]byte(`{"metadata": {"name": "x"}, "spec": {"minReplicaCount": 1e99, "triggers": [{"type": "external", "metadata": {"policy": "p"}}]}}`))
	f.Add([]byte(`{"spec": {"advanced": {"horizontalPodAutoscalerConfig": {"behavior": {"scaleUp": {"policies": [{"type": "Percent", "value": 1, "periodSeconds": 1800}]}}}}, "triggers": [{"type": "external", "metadata": {"policy": "p"}}]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var object map[string]any
		if json.Unmarshal(data, &object) != nil {
			t.Skip("NOT JSON: nothing to decode")
		}
		so := workload.DecodeScaledObject(object)
		if so.MinReplicas < 0 || so.MaxReplicas < 0 || so.PollingInterval < 0 {
			t.Fatalf("negative: %+v", so)
		}
		for _, finding := range workload.Lint(so, policies{"p": {Name: "p", Min: 0, Max: 1000}}) {
			if finding.Field == "" || finding.Fix == "" {
				t.Fatalf("unhelpful: %+v", finding)
			}
		}
	})
}
