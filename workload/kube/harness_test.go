package kube

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	dynamicfake "k8s.io/client-go/dynamic/fake"
	"k8s.io/client-go/kubernetes/fake"

	"github.com/headstart-scaler/headstart/workload"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// deposits is the workload most tests look at.
var deposits = workload.ID{Namespace: "shop", Name: "deposits"}

// harness is a Cluster that runs on fake clients inside a synctest bubble.
type harness struct {
	*Cluster
	t       *testing.T
	kube    *fake.Clientset
	dynamic *dynamicfake.FakeDynamicClient
	log     *journal
	mu      sync.Mutex
	found   []workload.Trigger
}

// prepare makes the harness; objects are typed or unstructured.
func prepare(t *testing.T, o Options, objects ...runtime.Object) *harness {
	t.Helper()
	var typed, custom []runtime.Object
	for _, obj := range objects {
		if _, ok := obj.(*unstructured.Unstructured); ok {
			custom = append(custom, obj)
			continue
		}
		typed = append(typed, obj)
	}
	h := &harness{
		t:    t,
		kube: fake.NewClientset(typed...),
		dynamic: dynamicfake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(),
			map[schema.GroupVersionResource]string{scaledObjects: "ScaledObjectList", rollouts: "RolloutList"}, custom...),
		log: &journal{},
	}
	o.Logger = slog.New(slog.NewTextHandler(h.log, nil))
	o.Found = func(t workload.Trigger) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.found = append(h.found, t)
	}
	h.Cluster = New(Clients{Dynamic: h.dynamic, Kube: h.kube}, o, "test")
	return h
}

// run starts the Cluster, ends it with the test and waits until it has settled.
func (h *harness) run() {
	ctx, cancel := context.WithCancel(h.t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		h.Run(ctx)
	}()
	h.t.Cleanup(func() {
		cancel()
		<-done
	})
	h.settle()
}

// settle lets everything happen that happens within seconds.
func (h *harness) settle() {
	time.Sleep(2 * time.Second)
	synctest.Wait()
}

// pass lets time pass.
func (h *harness) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// update changes the ScaledObject deposits.
func (h *harness) update(mend ...func(m)) {
	h.t.Helper()
	api := h.dynamic.Resource(scaledObjects).Namespace("shop")
	if _, err := api.Update(h.t.Context(), scaledObject("deposits", mend...), metav1.UpdateOptions{}); err != nil {
		h.t.Fatal(err)
	}
	synctest.Wait()
}

// told returns the triggers found so far.
func (h *harness) told() []workload.Trigger {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]workload.Trigger(nil), h.found...)
}

// events returns the Events written, in no order, as "TYPE REASON: MESSAGE".
func (h *harness) events() []string {
	h.t.Helper()
	list, err := h.kube.CoreV1().Events("").List(h.t.Context(), metav1.ListOptions{})
	if err != nil {
		h.t.Fatal(err)
	}
	out := make([]string, 0, len(list.Items))
	for _, e := range list.Items {
		for range e.Count { // the recorder counts an Event up that is repeated
			out = append(out, e.Type+" "+e.Reason+": "+e.Message)
		}
	}
	return out
}

// journal is a log that can be read while it is written.
type journal struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.Write(p)
}

// count returns how many lines contain all the words.
func (j *journal) count(words ...string) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	n := 0
	for line := range strings.Lines(j.buf.String()) {
		all := true
		for _, w := range words {
			all = all && strings.Contains(line, w)
		}
		if all {
			n++
		}
	}
	return n
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.String()
}

var rollouts = schema.GroupVersionResource{Group: "argoproj.io", Version: "v1alpha1", Resource: "rollouts"}

// m is short for the maps JSON is made of.
type m = map[string]any

// scaledObject returns the ScaledObject shop/NAME whose target is the
// Deployment of the same name; mend may change it.
func scaledObject(name string, mend ...func(m)) *unstructured.Unstructured {
	o := m{
		"apiVersion": "keda.sh/v1alpha1",
		"kind":       "ScaledObject",
		"metadata":   m{"namespace": "shop", "name": name, "uid": "uid-" + name},
		"spec": m{
			"scaleTargetRef":  m{"name": name},
			"minReplicaCount": int64(2),
			"maxReplicaCount": int64(40),
			"advanced": m{"horizontalPodAutoscalerConfig": m{"behavior": m{
				"scaleUp": m{"tolerance": "0.05"},
			}}},
			"triggers": []any{m{
				"type":     "external-push",
				"metadata": m{"scalerAddress": "headstart.keda:9090", "policy": name},
			}},
		},
	}
	for _, f := range mend {
		f(o)
	}
	return &unstructured.Unstructured{Object: o}
}

// at returns the map at a path, which must be there.
func at(o m, path ...string) m {
	for _, p := range path {
		o = o[p].(m) //nolint:forcetypeassert,errcheck // a test's own object
	}
	return o
}

// rolloutTarget makes the target an Argo Rollout that KEDA has resolved.
func rolloutTarget(o m) {
	at(o, "spec")["scaleTargetRef"] = m{"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": "deposits"}
	o["status"] = m{
		"hpaName":         "keda-hpa-deposits",
		"scaleTargetGVKR": m{"group": "argoproj.io", "version": "v1alpha1", "kind": "Rollout", "resource": "rollouts"},
	}
}

func theDeployment(name string, current, ready int32, revision string) *appsv1.Deployment {
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "shop", Name: name, UID: types.UID("d-" + name),
			Annotations: map[string]string{revisionAnnotation: revision},
		},
		Status: appsv1.DeploymentStatus{Replicas: current, ReadyReplicas: ready},
	}
}

// asking sets what a Deployment asks for, which its pods are on the way to.
func asking(d *appsv1.Deployment, replicas int32) *appsv1.Deployment {
	d.Spec.Replicas = &replicas
	return d
}

// theHPA is the HPA that KEDA makes of a ScaledObject.
func theHPA(name, owner string, current int32, conditions ...autoscalingv2.HorizontalPodAutoscalerCondition) *autoscalingv2.HorizontalPodAutoscaler {
	isController := true
	return &autoscalingv2.HorizontalPodAutoscaler{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "shop", Name: name,
			OwnerReferences: []metav1.OwnerReference{{APIVersion: "keda.sh/v1alpha1", Kind: "ScaledObject", Name: owner, Controller: &isController}},
		},
		Status: autoscalingv2.HorizontalPodAutoscalerStatus{CurrentReplicas: current, DesiredReplicas: current + 3, Conditions: conditions},
	}
}

func unable(reason, message string) autoscalingv2.HorizontalPodAutoscalerCondition {
	return autoscalingv2.HorizontalPodAutoscalerCondition{
		Type: autoscalingv2.AbleToScale, Status: corev1.ConditionFalse, Reason: reason, Message: message,
	}
}
