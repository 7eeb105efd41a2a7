package kube

import (
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
			a.Spec = autoscalingv2.HorizontalPodAutoscalerSpec{}
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
			})
		},
		drop: c.index.dropHPA,
	})
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
