package plane

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
)

// A kubelet registers its node as not ready, which keeps pods off it until it
// is. Karpenter's kwok provider makes nodes without any condition, from which
// Kubernetes takes the not-ready taint at once: pods would be bound to nodes
// that still boot. This policy adds the condition before anybody sees the node.
const unreadyPolicy = `
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata: {name: nodes-begin-unready}
spec:
  failurePolicy: Fail
  reinvocationPolicy: Never
  matchConstraints:
    resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [nodes]}]
  matchConditions:
    - name: played-by-kwok
      expression: has(object.metadata.annotations) && "kwok.x-k8s.io/node" in object.metadata.annotations
  mutations:
    - patchType: ApplyConfiguration
      applyConfiguration:
        expression: >-
          Object{status: Object.status{conditions: [Object.status.conditions{
            type: "Ready", status: "False", reason: "KubeletNotReady", message: "the node boots"}]}}
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicyBinding
metadata: {name: nodes-begin-unready}
spec: {policyName: nodes-begin-unready}
`

// beginUnready applies the policy and returns when it is in force.
func (p *Plane) beginUnready(ctx context.Context) error {
	objects, err := parse([]byte(unreadyPolicy))
	if err != nil {
		return err
	}
	for i, resource := range []string{"mutatingadmissionpolicies", "mutatingadmissionpolicybindings"} {
		if err := p.apply(ctx, "admissionregistration.k8s.io/v1/"+resource, objects[i]); err != nil {
			return err
		}
	}
	probe := &corev1.Node{ObjectMeta: metav1.ObjectMeta{GenerateName: "probe-", Annotations: map[string]string{"kwok.x-k8s.io/node": "fake"}}}
	var last error
	err = wait.PollUntilContextTimeout(ctx, 100*time.Millisecond, bootLimit, true, func(ctx context.Context) (bool, error) {
		var node *corev1.Node
		node, last = p.kube.CoreV1().Nodes().Create(ctx, probe, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
		return last == nil && len(node.Status.Conditions) > 0, nil
	})
	if err != nil {
		return fmt.Errorf("wait until nodes begin unready, see logs/%s.log: %w (last: %w)", apiserver, err, last)
	}
	return nil
}
