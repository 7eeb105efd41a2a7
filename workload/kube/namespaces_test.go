package kube

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clienttesting "k8s.io/client-go/testing"
)

func shop(labels map[string]string) *corev1.Namespace {
	return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop", Labels: labels}}
}

func labelled(labels m) func(m) {
	return func(o m) { at(o, "metadata")["labels"] = labels }
}

func (h *harness) wantLabels(want map[string]string) {
	h.t.Helper()
	if got, _ := h.Labels(deposits); !maps.Equal(got, want) {
		h.t.Errorf("labels %v, want %v", got, want)
	}
}

func TestLabelsOfAScaledObjectGoBeforeItsNamespaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := prepare(t, Options{}, scaledObject("deposits", labelled(m{"brand": "acme", "headstart/market": "mt", "market": "else"})),
			shop(map[string]string{"brand": "zeta", "region": "eu", "headstart/region": "eu-1"}))
		h.wantLabels(map[string]string{})
		h.run()
		h.wantLabels(map[string]string{
			"brand": "acme", "market": "mt", "headstart/market": "mt", "region": "eu-1", "headstart/region": "eu-1",
		})
		if _, err := h.kube.CoreV1().Namespaces().Update(t.Context(), shop(map[string]string{"region": "us"}), metav1.UpdateOptions{}); err != nil {
			t.Fatal(err)
		}
		h.pass(namespacesEvery + pollEvery)
		h.wantLabels(map[string]string{"brand": "acme", "market": "mt", "headstart/market": "mt", "region": "us"})
	})
}

func TestANamespaceThatMayNotBeReadIsSaidOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := prepare(t, Options{}, scaledObject("deposits", labelled(m{"brand": "acme"})))
		var asked atomic.Int32
		h.kube.PrependReactor("get", "namespaces", func(clienttesting.Action) (bool, runtime.Object, error) {
			asked.Add(1)
			return true, nil, apierrors.NewForbidden(corev1.Resource("namespaces"), "shop", nil)
		})
		h.run()
		h.pass(10*time.Minute + pollEvery)
		h.wantLabels(map[string]string{"brand": "acme"})
		if n := h.log.count("namespaces", "forbidden"); n != 1 {
			t.Errorf("the refusal was logged %d times, want once:\n%s", n, h.log)
		}
		if n := asked.Load(); n < 9 || n > 12 {
			t.Errorf("asked %d times in ten minutes, want once a minute", n)
		}
	})
}

// With many namespaces each has its turn, and replica counts do not wait for
// them.
func TestManyNamespacesTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := prepare(t, Options{}, scaledObject("deposits"))
		var mu sync.Mutex
		var all []string
		asked := func() []string {
			mu.Lock()
			defer mu.Unlock()
			return slices.Clone(all)
		}
		h.kube.PrependReactor("get", "namespaces", func(a clienttesting.Action) (bool, runtime.Object, error) {
			if get, ok := a.(clienttesting.GetAction); ok {
				mu.Lock()
				defer mu.Unlock()
				all = append(all, get.GetName())
			}
			return true, &corev1.Namespace{}, nil
		})
		for i := range 3 * namespacesAtOnce {
			o := scaledObject("deposits")
			o.SetNamespace(fmt.Sprintf("shop-%02d", i))
			if _, err := h.dynamic.Resource(scaledObjects).Namespace(o.GetNamespace()).Create(t.Context(), o, metav1.CreateOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		h.run()
		if n := len(asked()); n > namespacesAtOnce {
			t.Errorf("%d namespaces were read at once, want %d", n, namespacesAtOnce)
		}
		h.pass(4 * namespacesRound)
		read := asked()
		slices.Sort(read)
		if distinct := len(slices.Compact(read)); distinct != 3*namespacesAtOnce+1 {
			t.Errorf("%d of %d namespaces were read", distinct, 3*namespacesAtOnce+1)
		}
	})
}

// Labels are complete once both were read, or are known not to be had: until
// then an event may find a workload that looks like nobody's.
func TestLabelsAreIncompleteUntilTheNamespaceWasAskedFor(t *testing.T) {
	answers := map[string]struct {
		err  error
		want bool
	}{
		"read":      {nil, true},
		"forbidden": {apierrors.NewForbidden(corev1.Resource("namespaces"), "shop", nil), true},
		"away":      {apierrors.NewServiceUnavailable("not now"), false},
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := prepare(t, Options{}, scaledObject("deposits"))
				h.kube.PrependReactor("get", "namespaces", func(clienttesting.Action) (bool, runtime.Object, error) {
					return true, shop(nil), answer.err
				})
				if _, complete := h.Labels(deposits); complete {
					t.Error("labels are complete before anything was read")
				}
				h.run()
				h.pass(namespacesRound)
				if _, complete := h.Labels(deposits); complete != answer.want {
					t.Errorf("complete %t, want %t", complete, answer.want)
				}
			})
		})
	}
}

// Without a cluster nothing is waited for; where there is one, a ScaledObject
// that it does not have is awaited for half a minute.
func TestLabelsOfWhatNobodyHasAreComplete(t *testing.T) {
	off := New(Clients{}, Options{}, "off")
	if labels, complete := off.Labels(deposits); len(labels) > 0 || !complete {
		t.Errorf("without a cluster: labels %v, complete %t", labels, complete)
	}
	synctest.Test(t, func(t *testing.T) {
		h := prepare(t, Options{})
		h.run()
		if _, complete := h.Labels(deposits); complete {
			t.Error("complete two seconds after the start")
		}
		h.pass(awaitFor)
		if _, complete := h.Labels(deposits); !complete {
			t.Error("not complete half a minute after the start: it would be waited for for ever")
		}
	})
}

// A namespace that went away and comes back is read again before its labels count.
func TestANamespaceThatComesBackIsReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := prepare(t, Options{}, scaledObject("deposits"), shop(map[string]string{"brand": "acme"}))
		h.run()
		h.wantLabels(map[string]string{"brand": "acme"})
		api := h.dynamic.Resource(scaledObjects).Namespace("shop")
		if err := api.Delete(t.Context(), "deposits", metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		h.pass(2 * namespacesRound)
		if h.index.hasNamespace("shop") {
			t.Error("the labels of a namespace without ScaledObjects are kept")
		}
		if _, err := h.kube.CoreV1().Namespaces().Update(t.Context(), shop(map[string]string{"brand": "zeta"}), metav1.UpdateOptions{}); err != nil {
			t.Fatal(err)
		}
		if _, err := api.Create(t.Context(), scaledObject("deposits"), metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		h.pass(2 * namespacesRound)
		h.wantLabels(map[string]string{"brand": "zeta"})
	})
}

// Labels that were read stand where they may not be read any more: an event
// would lose the workloads that it found by them.
func TestLabelsThatWereReadStand(t *testing.T) {
	for name, refusal := range map[string]error{
		"forbidden": apierrors.NewForbidden(corev1.Resource("namespaces"), "shop", nil),
		"not found": apierrors.NewNotFound(corev1.Resource("namespaces"), "shop"),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := prepare(t, Options{}, scaledObject("deposits"), shop(map[string]string{"brand": "acme"}))
				var refuses atomic.Bool
				h.kube.PrependReactor("get", "namespaces", func(clienttesting.Action) (bool, runtime.Object, error) {
					return refuses.Load(), nil, refusal
				})
				h.run()
				h.pass(namespacesRound)
				h.wantLabels(map[string]string{"brand": "acme"})
				refuses.Store(true)
				h.pass(2*namespacesEvery + pollEvery)
				h.wantLabels(map[string]string{"brand": "acme"})
			})
		})
	}
}
