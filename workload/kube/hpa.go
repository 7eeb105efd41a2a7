package kube

import (
	"slices"
	"strings"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/workload"
)

// ownerLabel is on every HPA that KEDA makes, unless somebody excluded it.
const ownerLabel = "scaledobject.keda.sh/name"

// hpaFeed watches the HPAs of a namespace and keeps those of ScaledObjects.
func (c *Cluster) hpaFeed(namespace string) *feed {
	h := c.health("horizontalpodautoscalers.autoscaling", namespace, "list, watch")
	return typed(c, h, c.clients.Kube.AutoscalingV2().HorizontalPodAutoscalers(namespace), objects[*autoscalingv2.HorizontalPodAutoscaler]{
		example: &autoscalingv2.HorizontalPodAutoscaler{},
		strip: func(a *autoscalingv2.HorizontalPodAutoscaler) {
			a.ManagedFields, a.Annotations = nil, nil
			a.Spec = autoscalingv2.HorizontalPodAutoscalerSpec{Metrics: slices.DeleteFunc(a.Spec.Metrics, reads)}
			a.Status.CurrentMetrics = nil
		},
		put: func(a *autoscalingv2.HorizontalPodAutoscaler) {
			name := types.NamespacedName{Namespace: a.Namespace, Name: a.Name}
			owner := ownerOf(a)
			if owner == "" {
				c.index.dropHPA(name)
				return
			}
			c.index.setHPA(name, workload.ID{Namespace: a.Namespace, Name: owner}, hpa{
				source:  h,
				name:    a.Name,
				current: decision.Replicas(a.Status.CurrentReplicas),
				desired: decision.Replicas(a.Status.DesiredReplicas),
				stuck:   stuck(a),
				misread: misread(a),
			})
		},
		drop: c.index.dropHPA,
	})
}

// reads reports whether an HPA reads a metric as it is meant, or it is none of
// ours. KEDA puts the number of the trigger before a metric's name: s0-.
func reads(m autoscalingv2.MetricSpec) bool {
	if m.External == nil || m.External.Target.Type == autoscalingv2.AverageValueMetricType {
		return true
	}
	_, name, _ := strings.Cut(m.External.Metric.Name, "-")
	return !strings.HasPrefix(name, workload.MetricName(""))
}

// misread says why an HPA would misread our answer, or "". When somebody
// corrects the ScaledObject, the HPA follows after KEDA has: until then it would
// multiply what we answer by the pods there are.
func misread(a *autoscalingv2.HorizontalPodAutoscaler) string {
	i := slices.IndexFunc(a.Spec.Metrics, func(m autoscalingv2.MetricSpec) bool { return !reads(m) })
	if i < 0 {
		return ""
	}
	m := a.Spec.Metrics[i].External
	return "the HPA " + a.Name + " reads " + m.Metric.Name + " as " + string(m.Target.Type) +
		", and would multiply the answer by the ready pods; KEDA changes it when the trigger's metricType is AverageValue: see the operator's log if it does not"
}

// ownerOf is the ScaledObject an HPA was made for: its controller, whatever
// the HPA is called; the label where the ownership has been removed.
func ownerOf(a *autoscalingv2.HorizontalPodAutoscaler) string {
	if ref := metav1.GetControllerOf(a); ref != nil {
		if ref.Kind == "ScaledObject" && schema.FromAPIVersionAndKind(ref.APIVersion, ref.Kind).Group == scaledObjects.Group {
			return ref.Name
		}
		return ""
	}
	return a.Labels[ownerLabel]
}

// stuck says why an HPA cannot set the scale of its target. That it cannot
// get a metric is not among it: then the answer to blame is ours, and its
// refusal is told as such.
func stuck(a *autoscalingv2.HorizontalPodAutoscaler) string {
	for _, c := range a.Status.Conditions {
		if c.Type == autoscalingv2.AbleToScale && c.Status == corev1.ConditionFalse {
			return c.Reason + ": " + c.Message
		}
	}
	return ""
}
