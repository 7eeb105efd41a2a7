package main

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	dynamicfake "k8s.io/client-go/dynamic/fake"
	"k8s.io/client-go/kubernetes/fake"

	"github.com/headstart-scaler/headstart/pipeline"
	"github.com/headstart-scaler/headstart/telemetry"
	"github.com/headstart-scaler/headstart/workload"
	"github.com/headstart-scaler/headstart/workload/kube"
)

var lobbyID = workload.ID{Namespace: "shop", Name: "lobby"}

// inCluster gives an app a cluster with the ScaledObject shop/lobby, and shows
// the Events written there.
func inCluster(policy string) (find func(kube.Options) (*kube.Cluster, error), typed *fake.Clientset) {
	object := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject",
		"metadata": map[string]any{"namespace": "shop", "name": "lobby", "uid": "1"},
		"spec": map[string]any{
			"scaleTargetRef": map[string]any{"name": "lobby"},
			"triggers": []any{map[string]any{
				"type": "external", "metadata": map[string]any{"scalerAddress": "headstart:9090", "policy": policy},
			}},
		},
	}}
	typed = fake.NewClientset()
	custom := dynamicfake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(),
		map[schema.GroupVersionResource]string{
			{Group: "keda.sh", Version: "v1alpha1", Resource: "scaledobjects"}: "ScaledObjectList",
		}, object)
	return func(o kube.Options) (*kube.Cluster, error) {
		return kube.New(kube.Clients{Dynamic: custom, Kube: typed}, o, "test"), nil
	}, typed
}

// startApp runs an app on the files of a served that does not run; in its
// serverYAML each first text is replaced by the second.
func startApp(t *testing.T, find func(kube.Options) (*kube.Cluster, error), replaced ...string) *app {
	t.Helper()
	s := newServed(t)
	s.files(replaced...)
	log := slog.New(slog.DiscardHandler)
	traces, err := telemetry.Tracing(t.Context(), func(string) string { return "" }, "test", log)
	if err != nil {
		t.Fatal(err)
	}
	a, err := newApp(t.Context(), appOptions{
		path: s.folder + "/server.yaml", grpcListen: "127.0.0.1:0", httpListen: "127.0.0.1:0",
		log: log, cluster: find, traces: traces,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return a
}

// eventually polls until the condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("did not come about within 10 s: %s", what)
}

// A trigger the cluster has is decided before KEDA asks, and the cluster tells
// which ScaledObjects there are.
func TestTriggersOfTheClusterAreDecided(t *testing.T) {
	find, _ := inCluster("lobby")
	a := startApp(t, find)
	eventually(t, "the trigger is decided", func() bool {
		s := a.pipeline.Snapshot()
		if s == nil {
			return false
		}
		_, found := s.Find(workload.Trigger{Workload: lobbyID, Policy: "lobby"})
		return found
	})
	ask := a.pipelineOptions().ScaledObject
	if ask == nil {
		t.Fatal("the pipeline does not ask the cluster")
	}
	eventually(t, "the cluster is sure", func() bool {
		_, sure := ask(workload.ID{Namespace: "shop", Name: "invented"})
		return sure
	})
	if exists, sure := ask(lobbyID); !exists || !sure {
		t.Errorf("%s: exists %v, sure %v", lobbyID, exists, sure)
	}
}

// What the configuration says of the cluster is what the cluster is found by.
func TestTheClusterIsNarrowed(t *testing.T) {
	find, _ := inCluster("lobby")
	var asked kube.Options
	a := startApp(t, func(o kube.Options) (*kube.Cluster, error) {
		asked = o
		return find(o)
	}, `{mode: "off"}`, `{mode: on, kubeconfig: /k, namespaces: [shop, bank], addresses: ["elsewhere:9090"]}`)
	if asked.Mode != kube.On || asked.Kubeconfig != "/k" {
		t.Errorf("mode %q, kubeconfig %q", asked.Mode, asked.Kubeconfig)
	}
	if !slices.Equal(asked.Namespaces, []string{"shop", "bank"}) || !slices.Equal(asked.Addresses, []string{"elsewhere:9090"}) {
		t.Errorf("namespaces %q, addresses %q", asked.Namespaces, asked.Addresses)
	}
	eventually(t, "the namespaces are watched", func() bool {
		_, shop := a.cluster.Has(workload.ID{Namespace: "shop", Name: "invented"})
		_, bank := a.cluster.Has(workload.ID{Namespace: "bank", Name: "invented"})
		return shop && bank
	})
	for trigger := range a.cluster.Triggers {
		t.Errorf("%s points at headstart:9090, which is not ours", trigger)
	}
}

// Snapshots reach Kubernetes as Events: without a target nothing can be read of
// it, and a policy that does not exist is told at the ScaledObject.
func TestDecisionsBecomeEvents(t *testing.T) {
	find, typed := inCluster("loby")
	startApp(t, find)
	eventually(t, "an Event names the policy that was meant", func() bool {
		events, err := typed.CoreV1().Events("shop").List(t.Context(), metav1.ListOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return containsEvent(events.Items, "did you mean lobby?")
	})
}

func containsEvent(events []corev1.Event, text string) bool {
	for _, e := range events {
		if strings.Contains(e.Message, text) {
			return true
		}
	}
	return false
}

// The cluster's triggers are named again and again, as the pipeline forgets.
func TestTriggersAreFoundAgain(t *testing.T) {
	find, _ := inCluster("lobby")
	cluster, err := find(kube.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	running.Go(func() { cluster.Run(ctx) })
	n := newNews(cluster, known{&app{pipeline: pipeline.New(pipeline.Options{}, pipeline.NewPolicies("h", nil, nil))}})
	if n.refind != refindEvery || refindEvery > 15*time.Minute {
		t.Errorf("every %s, and the pipeline forgets after 30m", n.refind)
	}
	n.refind = time.Millisecond
	found := make(chan workload.Trigger)
	running.Go(func() {
		n.run(ctx, func(t workload.Trigger) {
			select {
			case found <- t:
			case <-ctx.Done():
			}
		})
	})
	for range 2 {
		select {
		case got := <-found:
			if got.Workload != lobbyID {
				t.Errorf("found %s", got)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("not found within 10 s")
		}
	}
}
