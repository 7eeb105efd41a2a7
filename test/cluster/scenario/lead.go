package scenario

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Stage is how long one stage of a lead time took, over several objects. Object
// timestamps have a resolution of a second.
type Stage struct {
	Name string
	Took []time.Duration
}

// Quantile returns the smallest value that the share q of all does not exceed.
func (s Stage) Quantile(q float64) time.Duration {
	if len(s.Took) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(s.Took))
	i := int(q*float64(len(sorted))+0.999999) - 1
	return sorted[min(max(i, 0), len(sorted)-1)]
}

func (s Stage) String() string {
	return fmt.Sprintf("%s: %s median, %s p95, over %d", s.Name, s.Quantile(0.5), s.Quantile(0.95), len(s.Took))
}

// stages adds up what belongs together, in the order first named.
type stages []Stage

func (l *stages) add(name string, from, to time.Time) {
	if from.IsZero() || to.IsZero() {
		return
	}
	for i := range *l {
		if (*l)[i].Name == name {
			(*l)[i].Took = append((*l)[i].Took, to.Sub(from))
			return
		}
	}
	*l = append(*l, Stage{name, []time.Duration{to.Sub(from)}})
}

// PodLead measures the pods of a workload that were created after an instant,
// from their own timestamps: how long they waited for a node, for their image,
// and until they were Ready.
func (w *Workload) PodLead(after time.Time) ([]Stage, error) {
	pods, err := w.s.cluster.Kube.CoreV1().Pods(w.s.Namespace).List(w.s.t.Context(), metav1.ListOptions{LabelSelector: "app=" + w.object.Name})
	if err != nil {
		return nil, fmt.Errorf("list the pods of %s: %w", w.ID(), err)
	}
	pulled, err := w.s.pulls()
	if err != nil {
		return nil, err
	}
	var l stages
	for _, p := range pods.Items {
		if p.CreationTimestamp.Time.Before(after.Truncate(time.Second)) {
			continue
		}
		scheduled, ready := conditionTime(p, corev1.PodScheduled), conditionTime(p, corev1.PodReady)
		l.add("created → scheduled", p.CreationTimestamp.Time, scheduled)
		l.add("scheduled → image pulled", scheduled, pulled[p.Name])
		l.add("image pulled → started", pulled[p.Name], started(p))
		l.add("started → Ready", started(p), ready)
		l.add("created → Ready", p.CreationTimestamp.Time, ready)
	}
	return l, nil
}

// pulls is when the image of each pod was there, by the kubelet's Events.
func (s *Scenario) pulls() (map[string]time.Time, error) {
	events, err := s.cluster.Kube.CoreV1().Events(s.Namespace).List(s.t.Context(), metav1.ListOptions{FieldSelector: "reason=Pulled"})
	if err != nil {
		return nil, fmt.Errorf("list Events about images: %w", err)
	}
	at := map[string]time.Time{}
	for _, e := range events.Items {
		at[e.InvolvedObject.Name] = e.LastTimestamp.Time
	}
	return at, nil
}

func conditionTime(p corev1.Pod, kind corev1.PodConditionType) time.Time {
	for _, c := range p.Status.Conditions {
		if c.Type == kind && c.Status == corev1.ConditionTrue {
			return c.LastTransitionTime.Time
		}
	}
	return time.Time{}
}

func started(p corev1.Pod) time.Time {
	if len(p.Status.ContainerStatuses) == 0 || p.Status.ContainerStatuses[0].State.Running == nil {
		return time.Time{}
	}
	return p.Status.ContainerStatuses[0].State.Running.StartedAt.Time
}

// NodeLead measures the nodes that Karpenter made for a pool since an instant,
// from the timestamps of NodeClaims and Nodes.
func (c *Cluster) NodeLead(ctx context.Context, pool string, after time.Time) ([]Stage, error) {
	claims, err := c.dynamic.Resource(schema.GroupVersionResource{Group: "karpenter.sh", Version: "v1", Resource: "nodeclaims"}).
		List(ctx, metav1.ListOptions{LabelSelector: "karpenter.sh/nodepool=" + pool})
	if err != nil {
		return nil, fmt.Errorf("list NodeClaims: %w", err)
	}
	var l stages
	for _, claim := range claims.Items {
		if claim.GetCreationTimestamp().Time.Before(after.Truncate(time.Second)) {
			continue
		}
		created := claim.GetCreationTimestamp().Time
		at := claimConditions(claim)
		l.add("NodeClaim created → launched", created, at["Launched"])
		l.add("launched → registered", at["Launched"], at["Registered"])
		name, _, err := unstructured.NestedString(claim.Object, "status", "nodeName")
		if err != nil || name == "" {
			continue // it has no node yet
		}
		node, err := c.Kube.CoreV1().Nodes().Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return nil, fmt.Errorf("read node %s: %w", name, err)
		}
		l.add("Node created → Ready", node.CreationTimestamp.Time, nodeReady(node))
		l.add("NodeClaim created → Node Ready", created, nodeReady(node))
	}
	return l, nil
}

// claimConditions is when each condition of a NodeClaim became true.
func claimConditions(claim unstructured.Unstructured) map[string]time.Time {
	at := map[string]time.Time{}
	conditions, _, err := unstructured.NestedSlice(claim.Object, "status", "conditions")
	if err != nil {
		return at // a claim without a status has none
	}
	for _, item := range conditions {
		condition, ok := item.(map[string]any)
		if !ok || condition["status"] != "True" {
			continue
		}
		when, err := time.Parse(time.RFC3339, fmt.Sprint(condition["lastTransitionTime"]))
		if err == nil {
			at[strings.TrimSpace(fmt.Sprint(condition["type"]))] = when
		}
	}
	return at
}

func nodeReady(n *corev1.Node) time.Time {
	for _, c := range n.Status.Conditions {
		if c.Type == corev1.NodeReady && c.Status == corev1.ConditionTrue {
			return c.LastTransitionTime.Time
		}
	}
	return time.Time{}
}
