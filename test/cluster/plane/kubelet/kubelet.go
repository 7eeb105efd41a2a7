package kubelet

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
)

// The annotations it reads, and the one it writes.
const (
	BootAnnotation    = "headstart.test/boot"
	PullAnnotation    = "headstart.test/pull"
	ReadyAnnotation   = "headstart.test/ready"
	ReadyAtAnnotation = "headstart.test/ready-at"

	fakeAnnotation, fake = "kwok.x-k8s.io/node", "fake"
)

// kubelets are those of all nodes that kwok plays.
type kubelets struct {
	client kubernetes.Interface
	log    *slog.Logger
	work   sync.WaitGroup

	mu    sync.Mutex
	seen  map[types.UID]bool // nodes and pods that are taken care of
	disks map[string]*disk   // by node name, for as long as the node is there
}

// Run looks after the nodes and pods of a cluster until the context ends.
func Run(ctx context.Context, client kubernetes.Interface, log *slog.Logger) {
	k := &kubelets{client: client, log: log, seen: map[types.UID]bool{}, disks: map[string]*disk{}}
	factory := informers.NewSharedInformerFactory(client, 0)
	nodes := factory.Core().V1().Nodes().Informer()
	k.watch(ctx, nodes, func(o any) {
		if node, ok := o.(*corev1.Node); ok {
			k.takeNode(ctx, node)
		}
	})
	factory.Start(ctx.Done())
	// A pod is on a node that is known, then.
	cache.WaitForCacheSync(ctx.Done(), nodes.HasSynced)
	bound := informers.NewSharedInformerFactoryWithOptions(client, 0,
		informers.WithTweakListOptions(func(o *metav1.ListOptions) { o.FieldSelector = "spec.nodeName!=" }))
	k.watch(ctx, bound.Core().V1().Pods().Informer(), func(o any) {
		if pod, ok := o.(*corev1.Pod); ok {
			k.takePod(ctx, pod)
		}
	})
	bound.Start(ctx.Done())
	<-ctx.Done()
	bound.Shutdown()
	factory.Shutdown()
	k.work.Wait()
}

// watch calls take with every state of an object, and forgets it at its end.
func (k *kubelets) watch(ctx context.Context, informer cache.SharedIndexInformer, take func(any)) {
	_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    take,
		UpdateFunc: func(_, o any) { take(o) },
		DeleteFunc: k.forget,
	})
	if err != nil { // it was stopped before
		k.log.ErrorContext(ctx, "watch", "error", err)
	}
}

func (k *kubelets) forget(o any) {
	if gone, ok := o.(cache.DeletedFinalStateUnknown); ok {
		o = gone.Obj
	}
	object, ok := o.(metav1.Object)
	if !ok {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.seen, object.GetUID())
	if node, ok := o.(*corev1.Node); ok {
		delete(k.disks, node.Name)
	}
}

// first reports whether an object is new, and remembers it: an informer tells
// of states that are older than what was written since.
func (k *kubelets) first(id types.UID) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.seen[id] {
		return false
	}
	k.seen[id] = true
	return true
}

// takeNode says when a new node is Ready.
func (k *kubelets) takeNode(ctx context.Context, node *corev1.Node) {
	if node.Annotations[fakeAnnotation] != fake || !k.first(node.UID) {
		return
	}
	k.mu.Lock()
	k.disks[node.Name] = newDisk(node)
	k.mu.Unlock()
	if node.Annotations[ReadyAtAnnotation] != "" {
		return
	}
	k.work.Go(func() {
		boot, err := delay(node, BootAnnotation)
		if err != nil {
			k.refuse(ctx, reference(node, "Node", node.Name), err)
			return
		}
		due := node.CreationTimestamp.Add(boot)
		k.insist(ctx, "say when a node is ready", func() error {
			_, err := k.client.CoreV1().Nodes().Patch(ctx, node.Name, types.MergePatchType, readyAt(due), metav1.PatchOptions{})
			return err
		})
	})
}

// takePod pulls the images of a pod that was bound, and lets it start.
func (k *kubelets) takePod(ctx context.Context, pod *corev1.Pod) {
	if pod.DeletionTimestamp != nil || pod.Annotations[ReadyAtAnnotation] != "" {
		return
	}
	k.mu.Lock()
	disk := k.disks[pod.Spec.NodeName]
	k.mu.Unlock()
	if disk == nil || !k.first(pod.UID) {
		return // not a node of ours, or known
	}
	k.work.Go(func() {
		pull, err := delay(pod, PullAnnotation)
		if err != nil {
			k.refuse(ctx, reference(pod, "Pod", pod.Spec.NodeName), err)
			return
		}
		ready, err := delay(pod, ReadyAnnotation)
		if err != nil {
			k.refuse(ctx, reference(pod, "Pod", pod.Spec.NodeName), err)
			return
		}
		for _, c := range pod.Spec.Containers {
			if k.bring(ctx, disk, pod, c, pull) != nil {
				return // the end of everything
			}
		}
		due := time.Now().Add(ready)
		k.insist(ctx, "let a pod start", func() error {
			_, err := k.client.CoreV1().Pods(pod.Namespace).Patch(ctx, pod.Name, types.MergePatchType, readyAt(due), metav1.PatchOptions{})
			return err
		})
	})
}

// delay reads an annotation; none is no delay.
func delay(o metav1.Object, annotation string) (time.Duration, error) {
	text := o.GetAnnotations()[annotation]
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("annotation %s is %q: write a duration such as 1m30s", annotation, text)
	}
	return d, nil
}

func readyAt(due time.Time) []byte {
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"annotations": map[string]string{
		ReadyAtAnnotation: due.Format(time.RFC3339Nano),
	}}})
	if err != nil {
		panic(err) // strings are JSON
	}
	return patch
}

// insist tries until it is done, what it is about is gone, or the context
// ends: a test may have stopped the API server for a while.
func (k *kubelets) insist(ctx context.Context, what string, try func() error) {
	for pause := 50 * time.Millisecond; ; pause = min(2*pause, 2*time.Second) {
		err := try()
		if err == nil || over(err) || ctx.Err() != nil {
			return
		}
		k.log.WarnContext(ctx, "try again", "what", what, "error", err)
		if wait(ctx, pause) != nil {
			return
		}
	}
}

// over reports whether an error means that there is nothing left to do: its
// object or namespace goes, or an earlier try was heard after all.
func over(err error) bool {
	return apierrors.IsNotFound(err) || apierrors.IsAlreadyExists(err) || apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause)
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
