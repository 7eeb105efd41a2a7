package cluster

import (
	"fmt"
	"slices"
	"testing"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"

	"github.com/headstart-scaler/headstart/test/cluster/scenario"
	"github.com/headstart-scaler/headstart/test/rig"
)

func TestBesideCronTheLargerNumberWins(t *testing.T) {
	t.Parallel()
	demand := wanting(t, 10)
	s := scenario.New(t, shared, demand.setup("scaleIn: {stabilization: 10s}"))
	ends := minuteAfter(4 * time.Minute)
	api := s.Deploy(scenario.Object{Example: "lobby-api", Replicas: 4, Edit: beside(cronUntil(ends, 20)), Demand: demand.String})

	api.Reaches(20, settled) // cron's; and ours is
	api.Answers(10*time.Second, answering(10))
	demand.wants(30)
	api.AgreesOn(30, settled)
	demand.wants(10)
	api.Reaches(20, settled)
	api.Answers(10*time.Second, answering(10))
	api.Reaches(10, time.Until(ends)+settled)
	after := time.Since(ends)
	api.AgreesOn(10, settled)
	api.Went(0, "4 → 20", "20 → 30", "30 → 20", "20 → 10")
	if after < 0 {
		t.Errorf("cron's number was left %s before its end", -after)
	}
	t.Logf("measured: replicas went from cron's number to ours %s after the end of cron's window", after.Round(100*time.Millisecond))
}

func TestInShadowBesideCronNothingChangesByUs(t *testing.T) {
	t.Parallel()
	demand := wanting(t, 30)
	s := scenario.New(t, shared, demand.setup("mode: shadow"))
	ends := minuteAfter(3 * time.Minute)
	cron := cronUntil(ends, 20)
	both := s.Deploy(scenario.Object{Example: "lobby-api", Replicas: 4, Edit: beside(cron), Demand: demand.String})
	alone := s.Deploy(scenario.Object{Example: "lobby-api", Name: "without-us", Replicas: 4, Edit: only(cron)})

	both.Reaches(20, settled)
	both.Answers(10*time.Second, recorded)
	both.Reaches(4, time.Until(ends)+settled)
	alone.Reaches(4, settled)
	both.Went(0, "4 → 20", "20 → 4")
	alone.Went(0, "4 → 20", "20 → 4")
}

// recorded fails unless the floor is answered in the place of a plan that is
// above cron's 20.
func recorded(e rig.Explanation) error {
	for _, step := range e.Steps {
		if step.Name == "mode" && step.Before >= 30 && step.After == 3 && e.Replicas == 3 {
			return nil
		}
	}
	return fmt.Errorf("%s: Headstart answers %d by the steps %v, want a plan of 30 at least and an answer of 3", e.Workload, e.Replicas, e.Steps)
}

// A replica asks for 100m of CPU and the trigger's target is the half of that.
func TestBesideACpuTriggerTheLargerNumberWins(t *testing.T) {
	t.Parallel()
	if !shared.Emulated {
		t.Skip("SKIPPED: ON A GIVEN CLUSTER NOBODY SETS WHAT CPU PODS USE")
	}
	demand := wanting(t, 10)
	s := scenario.New(t, shared, demand.setup("scaleIn: {stabilization: 5s}"))
	s.UsesCPU("200m") // 4 replicas' worth
	api := s.Deploy(scenario.Object{Example: "lobby-api", Replicas: 4, Edit: beside(cpuTrigger()), Pod: asking("100m"), Demand: demand.String})
	api.AgreesOn(10, settled)
	mark := s.Mark()

	s.UsesCPU("1") // 20 replicas' worth
	api.Reaches(20, settled)
	api.Answers(10*time.Second, answering(10))
	demand.wants(30)
	api.AgreesOn(30, settled)
	demand.wants(10)
	api.Reaches(20, settled)
	s.UsesCPU("200m")
	api.AgreesOn(10, settled)
	api.Went(mark, "10 → 20", "20 → 30", "30 → 20", "20 → 10")
}

// asking makes pods ask for so much CPU.
func asking(cpu string) func(template map[string]any) {
	return func(template map[string]any) {
		scenario.Map(scenario.List(scenario.Map(template, "spec"), "containers")[0], "resources", "requests")["cpu"] = cpu
	}
}

// Of a namespace whose pods' CPU is not known, the metric of KEDA's cpu trigger
// cannot be read. The HPA then follows the other metrics up, and never down.
func TestBesideAFailingCpuTriggerOursStillScalesUp(t *testing.T) {
	t.Parallel()
	if !shared.Emulated {
		t.Skip("SKIPPED: ON A GIVEN CLUSTER THE CPU METRIC MAY NOT FAIL")
	}
	demand := wanting(t, 10)
	s := scenario.New(t, shared, demand.setup("scaleIn: {stabilization: 5s}"))
	api := s.Deploy(scenario.Object{Example: "lobby-api", Replicas: 4, Edit: beside(cpuTrigger()), Demand: demand.String})
	api.AgreesOn(10, settled)
	demand.wants(20)
	api.AgreesOn(20, settled)

	fell := s.Mark()
	demand.wants(5)
	api.Answers(30*time.Second, answering(5)) // ours goes down,
	api.Keeps(20, threeSyncs)                 // and the HPA refuses to,
	if c := condition(api.HPA(), autoscalingv2.ScalingActive); c.Status != corev1.ConditionFalse || c.Reason != "FailedGetResourceMetric" {
		t.Errorf("the HPA says of itself: %s %s: %s", c.Status, c.Reason, c.Message)
	}
	api.Redeploy(nil) // because of the other trigger alone.
	api.AgreesOn(5, settled)
	api.Went(fell, "20 → 5")
}

// condition is what an HPA says of itself.
func condition(h *autoscalingv2.HorizontalPodAutoscaler, kind autoscalingv2.HorizontalPodAutoscalerConditionType) autoscalingv2.HorizontalPodAutoscalerCondition {
	if h == nil {
		return autoscalingv2.HorizontalPodAutoscalerCondition{Message: "there is no HPA"}
	}
	i := slices.IndexFunc(h.Status.Conditions, func(c autoscalingv2.HorizontalPodAutoscalerCondition) bool { return c.Type == kind })
	if i < 0 {
		return autoscalingv2.HorizontalPodAutoscalerCondition{Message: "nothing"}
	}
	return h.Status.Conditions[i]
}

// beside puts another trigger beside ours.
func beside(trigger map[string]any) func(map[string]any) {
	return func(spec map[string]any) {
		triggers := []any{}
		for _, ours := range scenario.List(spec, "triggers") {
			triggers = append(triggers, ours)
		}
		spec["triggers"] = append(triggers, trigger)
	}
}

// only puts another trigger in the place of ours.
func only(trigger map[string]any) func(map[string]any) {
	return func(spec map[string]any) { spec["triggers"] = []any{trigger} }
}

// cronUntil is a trigger of KEDA's cron scaler whose window began two hours
// ago.
func cronUntil(end time.Time, replicas int) map[string]any {
	daily := func(at time.Time) string { return fmt.Sprintf("%d %d * * *", at.UTC().Minute(), at.UTC().Hour()) }
	return map[string]any{"type": "cron", "metadata": map[string]any{
		"timezone": "Etc/UTC", "start": daily(end.Add(-2 * time.Hour)), "end": daily(end), "desiredReplicas": fmt.Sprint(replicas),
	}}
}

// minuteAfter is the first full minute that is at least so far ahead: cron
// knows no seconds.
func minuteAfter(ahead time.Duration) time.Time {
	return time.Now().Add(ahead + time.Minute - 1).Truncate(time.Minute)
}

func cpuTrigger() map[string]any {
	return map[string]any{"type": "cpu", "metricType": "Utilization", "metadata": map[string]any{"value": "50"}}
}
