package plane

import (
	"context"
	"fmt"
	"maps"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
)

// PoolLabel says which capacity a node is: BasePool is there from the start,
// other pools are Karpenter's.
const (
	PoolLabel = "headstart.test/pool"
	BasePool  = "base"
	// ColdTaint keeps pods that do not tolerate it off a ColdPool.
	ColdTaint = "headstart.test/cold"
)

// Nodes are static nodes to add.
type Nodes struct {
	Count int
	CPU   string            // of each, such as "64"
	Pool  string            // BasePool where empty
	Boot  time.Duration     // from creation to Ready
	Label map[string]string // more labels
}

// base is the capacity every plane has, enough for scenarios that are not
// about capacity: 640 CPUs, 20 000 pods.
func base() Nodes { return Nodes{Count: 10, CPU: "64"} }

func (p *Plane) addBase(ctx context.Context) error {
	_, err := AddNodes(ctx, p.kube, base())
	return err
}

// AddNodes adds nodes to a plane that may be another process's, waits until
// they are Ready and returns their names.
func AddNodes(ctx context.Context, kube kubernetes.Interface, n Nodes) ([]string, error) {
	cpu, err := resource.ParseQuantity(n.CPU)
	if err != nil {
		return nil, fmt.Errorf("read the CPUs %q of nodes to add: %w", n.CPU, err)
	}
	if n.Pool == "" {
		n.Pool = BasePool
	}
	var names []string
	for range n.Count {
		node, err := kube.CoreV1().Nodes().Create(ctx, n.node(cpu), metav1.CreateOptions{})
		if err != nil {
			return names, fmt.Errorf("add a node: %w", err)
		}
		names = append(names, node.Name)
	}
	for _, name := range names {
		if err := awaitReady(ctx, kube, name, n.Boot+bootLimit); err != nil {
			return names, err
		}
	}
	return names, nil
}

func (n Nodes) node(cpu resource.Quantity) *corev1.Node {
	capacity := corev1.ResourceList{
		corev1.ResourceCPU: cpu, corev1.ResourceMemory: resource.MustParse("1Ti"), corev1.ResourcePods: resource.MustParse("2000"),
	}
	labels := map[string]string{
		PoolLabel: n.Pool, "type": "kwok",
		corev1.LabelArchStable: "amd64", corev1.LabelOSStable: "linux",
	}
	maps.Copy(labels, n.Label)
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{
			GenerateName: n.Pool + "-", Labels: labels,
			Annotations: map[string]string{"kwok.x-k8s.io/node": "fake", "headstart.test/boot": n.Boot.String()},
		},
		Status: corev1.NodeStatus{Capacity: capacity, Allocatable: capacity},
	}
}

func awaitReady(ctx context.Context, kube kubernetes.Interface, name string, limit time.Duration) error {
	var last error
	err := wait.PollUntilContextTimeout(ctx, 100*time.Millisecond, limit, true, func(ctx context.Context) (bool, error) {
		node, err := kube.CoreV1().Nodes().Get(ctx, name, metav1.GetOptions{})
		last = err
		return err == nil && ready(node), nil
	})
	if err != nil {
		return fmt.Errorf("wait until node %s is Ready, see logs/kwok.log: %w (last: %w)", name, err, last)
	}
	return nil
}

func ready(n *corev1.Node) bool {
	for _, c := range n.Status.Conditions {
		if c.Type == corev1.NodeReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}

// ColdPool is capacity that Karpenter makes when pods need it: a NodePool and
// its KWOKNodeClass. Its nodes have the label headstart.test/pool with its
// name, and a taint that pods must tolerate.
type ColdPool struct {
	Name string
	// Registration is how long a machine takes until its node is there, Boot
	// how long the node then takes until it is Ready.
	Registration, Boot time.Duration
	// CPU of each node: a size that Karpenter's kwok provider has, which are
	// the powers of two up to 256; 8 where 0.
	CPU int
	// Empty nodes are removed after this, a tenth of them at a time, which is
	// Karpenter's default; never where 0.
	ConsolidateAfter time.Duration
}

// Objects are what to apply.
func (c ColdPool) Objects() ([]*unstructured.Unstructured, error) {
	if c.CPU == 0 {
		c.CPU = 8
	}
	consolidate := "Never"
	if c.ConsolidateAfter > 0 {
		consolidate = c.ConsolidateAfter.String()
	}
	objects, err := parse(fmt.Appendf(nil, `
apiVersion: karpenter.kwok.sh/v1alpha1
kind: KWOKNodeClass
metadata: {name: %[1]s}
spec: {nodeRegistrationDelay: %[2]s}
---
apiVersion: karpenter.sh/v1
kind: NodePool
metadata: {name: %[1]s}
spec:
  template:
    metadata:
      labels: {%[3]s: %[1]s}
      annotations: {headstart.test/boot: %[4]s}
    spec:
      requirements:
        - {key: kubernetes.io/arch, operator: In, values: [amd64]}
        - {key: kubernetes.io/os, operator: In, values: [linux]}
        - {key: karpenter.kwok.sh/instance-cpu, operator: In, values: ["%[5]d"]}
      taints: [{key: %[6]s, effect: NoSchedule}]
      nodeClassRef: {name: %[1]s, kind: KWOKNodeClass, group: karpenter.kwok.sh}
      expireAfter: Never
  disruption: {consolidationPolicy: WhenEmpty, consolidateAfter: %[7]s}
`, c.Name, c.Registration, PoolLabel, c.Boot, c.CPU, ColdTaint, consolidate))
	if err != nil {
		return nil, fmt.Errorf("make the pool %s: %w", c.Name, err)
	}
	return objects, nil
}

// AddPool applies a ColdPool.
func (p *Plane) AddPool(ctx context.Context, c ColdPool) error {
	objects, err := c.Objects()
	if err != nil {
		return err
	}
	for i, resource := range []string{"karpenter.kwok.sh/v1alpha1/kwoknodeclasses", "karpenter.sh/v1/nodepools"} {
		if err := p.apply(ctx, resource, objects[i]); err != nil {
			return err
		}
	}
	return nil
}
