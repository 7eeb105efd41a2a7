package scenario

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/tools/cache"

	"github.com/headstart-scaler/headstart/test/rig"
)

// Change is one change of a Deployment's spec.replicas, as watched.
type Change struct {
	At       time.Duration // after the scenario's begin
	From, To int
}

func (c Change) String() string { return fmt.Sprintf("%d → %d", c.From, c.To) }

// Workload is a Deployment under a ScaledObject, as it is watched.
type Workload struct {
	s        *Scenario
	object   Object
	timeline *Timeline

	mu      sync.Mutex
	state   State
	seen    bool // the Deployment has been seen
	changes []Change
	hpa     *autoscalingv2.HorizontalPodAutoscaler
}

// ID is NAMESPACE/NAME.
func (w *Workload) ID() string { return w.s.Namespace + "/" + w.object.Name }

// watch begins to record what becomes of a workload, until the test ends.
func (s *Scenario) watch(o Object) *Workload {
	s.t.Helper()
	w := &Workload{s: s, object: o, timeline: &Timeline{}, state: State{Answer: "–", Desired: "–", Demand: "–", Nodes: -1}}
	s.mu.Lock()
	s.workloads = append(s.workloads, w)
	s.mu.Unlock()

	ctx, stop := context.WithCancel(context.WithoutCancel(s.t.Context()))
	named := func(name string) informers.SharedInformerOption {
		return informers.WithTweakListOptions(func(l *metav1.ListOptions) {
			l.FieldSelector = fields.OneTermEqualSelector("metadata.name", name).String()
		})
	}
	own := informers.NewSharedInformerFactoryWithOptions(s.cluster.Kube, 0, informers.WithNamespace(s.Namespace), named(o.Name))
	scaled := informers.NewSharedInformerFactoryWithOptions(s.cluster.Kube, 0, informers.WithNamespace(s.Namespace), named("keda-hpa-"+o.Name))
	s.on(own.Apps().V1().Deployments().Informer(), w.deployment)
	s.on(scaled.Autoscaling().V2().HorizontalPodAutoscalers().Informer(), w.scaler)
	own.Start(ctx.Done())
	scaled.Start(ctx.Done())
	var running sync.WaitGroup
	running.Go(func() { w.sample(ctx) })
	s.t.Cleanup(func() {
		if s.t.Failed() {
			w.timeline.Remark(s.elapsed(), "failed here, or before")
		}
		stop()
		own.Shutdown()
		scaled.Shutdown()
		running.Wait()
	})
	return w
}

// on calls changed for every state of an object that the informer sees, and
// with nil when it is deleted.
func (s *Scenario) on(informer cache.SharedIndexInformer, changed func(any)) {
	s.t.Helper()
	_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    changed,
		UpdateFunc: func(_, now any) { changed(now) },
		DeleteFunc: func(any) { changed(nil) },
	})
	s.must(err)
}

func (w *Workload) deployment(object any) {
	d, ok := object.(*appsv1.Deployment)
	if !ok {
		return // deleted: the test is over
	}
	asked := 1
	if d.Spec.Replicas != nil {
		asked = int(*d.Spec.Replicas)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.seen && asked != w.state.Asked {
		w.changes = append(w.changes, Change{At: w.s.elapsed(), From: w.state.Asked, To: asked})
	}
	w.seen = true
	w.state.Asked, w.state.Ready = asked, int(d.Status.ReadyReplicas)
	w.timeline.Add(w.s.elapsed(), w.state)
}

func (w *Workload) scaler(object any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	h, ok := object.(*autoscalingv2.HorizontalPodAutoscaler)
	if !ok {
		w.hpa, w.state.Desired = nil, "–"
		return
	}
	w.hpa, w.state.Desired = h, strconv.Itoa(int(h.Status.DesiredReplicas))
	w.timeline.Add(w.s.elapsed(), w.state)
}

// sample asks now and then what no watch tells.
func (w *Workload) sample(ctx context.Context) {
	for ticker := time.NewTicker(time.Second); ; {
		select {
		case <-ctx.Done():
			ticker.Stop()
			return
		case <-ticker.C:
		}
		answer, nodes := w.answer(ctx), w.s.cluster.nodes()
		w.mu.Lock()
		w.state.Answer, w.state.Nodes = answer, nodes
		if w.object.Demand != nil {
			w.state.Demand = w.object.Demand()
		}
		w.timeline.Add(w.s.elapsed(), w.state)
		w.mu.Unlock()
	}
}

// answer is what Headstart answers now, as its API has it.
func (w *Workload) answer(ctx context.Context) string {
	text, err := rig.Fetch(ctx, w.s.Headstart.HTTP+"/api/v1/workloads?limit=1000")
	if err != nil {
		return "–"
	}
	var list struct {
		Workloads []struct {
			Workload string
			Replicas *int
			Stale    bool
		}
	}
	if err := json.Unmarshal(text, &list); err != nil {
		return "?"
	}
	for _, item := range list.Workloads {
		switch {
		case item.Workload != w.ID():
		case item.Replicas == nil:
			return "refused"
		case item.Stale:
			return fmt.Sprintf("%d stale", *item.Replicas)
		default:
			return strconv.Itoa(*item.Replicas)
		}
	}
	return "–"
}

// Changes returns every change of spec.replicas since an instant of the
// scenario.
func (w *Workload) Changes(since time.Duration) []Change {
	w.mu.Lock()
	defer w.mu.Unlock()
	var after []Change
	for _, c := range w.changes {
		if c.At >= since {
			after = append(after, c)
		}
	}
	return slices.Clip(after)
}

// State returns what is known of the workload now.
func (w *Workload) State() State {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state
}

// HPA returns the HPA that KEDA made, or nil.
func (w *Workload) HPA() *autoscalingv2.HorizontalPodAutoscaler {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.hpa
}

// watchNodes counts Ready nodes until watching ends.
func (c *Cluster) watchNodes(ctx, watching context.Context) error {
	factory := informers.NewSharedInformerFactory(c.Kube, 0)
	nodes := factory.Core().V1().Nodes()
	lister := nodes.Lister()
	c.nodes = func() int {
		all, err := lister.List(everything)
		if err != nil {
			return 0 // an informer's list has no error to give
		}
		return nodesReady(all)
	}
	factory.Start(watching.Done())
	for _, synced := range factory.WaitForCacheSync(ctx.Done()) {
		if !synced {
			return fmt.Errorf("list nodes: %w", ctx.Err())
		}
	}
	return nil
}

func nodesReady(nodes []*corev1.Node) int {
	ready := 0
	for _, n := range nodes {
		for _, c := range n.Status.Conditions {
			if c.Type == corev1.NodeReady && c.Status == corev1.ConditionTrue {
				ready++
			}
		}
	}
	return ready
}
