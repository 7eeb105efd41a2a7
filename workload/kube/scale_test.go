package kube

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clienttesting "k8s.io/client-go/testing"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/workload"
)

func (h *harness) wantScale(id workload.ID, want decision.Scale) {
	h.t.Helper()
	synctest.Wait()
	got := h.Scale(id)
	got.Awaited = want.Awaited // TestWhatIsNotKnownYetIsAwaited looks at it
	if got != want {
		h.t.Errorf("scale of %s:\n got %+v\nwant %+v\nlog: %s", id, got, want, h.log)
	}
}

func TestScaleFollowsADeployment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := prepare(t, Options{}, scaledObject("deposits"), theDeployment("deposits", 7, 5, "3"))
		h.wantScale(deposits, decision.Scale{Tolerance: -1})
		h.run()
		bounds := decision.Scale{Min: 2, Max: 40, Tolerance: 0.05}
		want := bounds
		want.Known, want.Current, want.Ready, want.Revision = true, 7, 5, "3@d-deposits"
		h.wantScale(deposits, want)

		api := h.kube.AppsV1().Deployments("shop")
		if _, err := api.Update(t.Context(), asking(theDeployment("deposits", 12, 7, "3"), 40), metav1.UpdateOptions{}); err != nil {
			t.Fatal(err)
		}
		want.Current, want.Ready, want.Asked = 12, 7, 40
		h.wantScale(deposits, want)

		if err := api.Delete(t.Context(), "deposits", metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		h.wantScale(deposits, bounds)
		if err := h.dynamic.Resource(scaledObjects).Namespace("shop").Delete(t.Context(), "deposits", metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		h.wantScale(deposits, decision.Scale{Tolerance: -1})
	})
}

func TestWhatIsNotKnownYetIsAwaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := prepare(t, Options{}, scaledObject("deposits"), theDeployment("deposits", 7, 5, "3"))
		nowhere := workload.ID{Namespace: "shop", Name: "nowhere"}
		if !h.Scale(deposits).Awaited {
			t.Error("not awaited before Run")
		}
		h.run()
		synctest.Wait()
		if s := h.Scale(deposits); s.Awaited || !s.Known {
			t.Errorf("what is known is awaited: %+v", s)
		}
		time.Sleep(time.Until(time.Unix(0, h.begun.Load())) + awaitFor - time.Millisecond)
		if !h.Scale(nowhere).Awaited {
			t.Error("what is not known is not awaited just before half a minute")
		}
		time.Sleep(time.Millisecond)
		if h.Scale(nowhere).Awaited {
			t.Error("what is not known is awaited after half a minute")
		}
	})
	off := New(Clients{}, Options{}, "off")
	if off.Scale(deposits).Awaited {
		t.Error("a cluster that is off is awaited")
	}
}

func TestScaleFollowsAStatefulSet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := prepare(t, Options{Namespaces: []string{"shop"}},
			scaledObject("deposits", func(o m) {
				at(o, "spec")["scaleTargetRef"] = m{"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "ledger"}
				delete(at(o, "spec"), "maxReplicaCount")
				delete(at(o, "spec"), "advanced")
			}),
			&appsv1.StatefulSet{
				ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "ledger"},
				Spec:       appsv1.StatefulSetSpec{Replicas: new(int32(5))},
				Status:     appsv1.StatefulSetStatus{Replicas: 3, ReadyReplicas: 2, CurrentRevision: "ledger-a", UpdateRevision: "ledger-b"},
			})
		h.run()
		h.wantScale(deposits, decision.Scale{
			Known: true, Current: 3, Ready: 2, Asked: 5, Min: 2, Max: 100, Tolerance: -1, Revision: "ledger-b",
		})
	})
}

// A Deployment that is missing is missing, even while its HPA is still there.
func TestAMissingDeploymentIsNotKnownFromItsHPA(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := prepare(t, Options{}, scaledObject("deposits"), theHPA("keda-hpa-deposits", "deposits", 9))
		h.run()
		h.wantScale(deposits, decision.Scale{Min: 2, Max: 40, Tolerance: 0.05})
	})
}

func TestOtherKindsArePolled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := prepare(t, Options{}, scaledObject("deposits", rolloutTarget), theHPA("custom", "deposits", 9))
		var replicas atomic.Int64
		var failing atomic.Pointer[apierrors.StatusError]
		replicas.Store(11)
		h.dynamic.PrependReactor("get", "rollouts/scale", func(a clienttesting.Action) (bool, runtime.Object, error) {
			if a.GetSubresource() != "scale" || a.GetNamespace() != "shop" {
				t.Errorf("asked for %v", a)
			}
			if err := failing.Load(); err != nil {
				return true, nil, err
			}
			return true, &unstructured.Unstructured{Object: m{
				"apiVersion": "autoscaling/v1", "kind": "Scale",
				"metadata": m{"namespace": "shop", "name": "deposits"},
				"spec":     m{"replicas": int64(99)}, "status": m{"replicas": replicas.Load()},
			}}, nil
		})
		h.run()
		want := decision.Scale{Known: true, Current: 11, Asked: 99, Min: 2, Max: 40, Tolerance: 0.05}
		h.wantScale(deposits, want)

		replicas.Store(20)
		h.pass(12 * time.Second)
		h.wantScale(deposits, want)
		h.pass(2 * time.Second)
		want.Current = 20
		h.wantScale(deposits, want)

		failing.Store(apierrors.NewForbidden(rollouts.GroupResource(), "deposits", nil))
		h.pass(time.Minute)
		h.wantScale(deposits, want)
		if n := h.log.count("rollouts/scale.argoproj.io", "forbidden"); n != 1 {
			t.Errorf("four refused polls were logged %d times, want once", n)
		}
		h.pass(5 * time.Minute)
		want.Current, want.Asked = 9, 12 // the HPA's
		h.wantScale(deposits, want)

		failing.Store(nil)
		h.pass(pollEvery)
		want.Current, want.Asked = 20, 99
		h.wantScale(deposits, want)

		failing.Store(apierrors.NewNotFound(rollouts.GroupResource(), "deposits"))
		h.pass(pollEvery)
		want.Current, want.Asked = 9, 12
		h.wantScale(deposits, want)
	})
}

// One target whose scale cannot be read says nothing of the others.
func TestAPollFailsByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lobby := scaledObject("lobby", rolloutTarget, func(o m) { at(o, "spec", "scaleTargetRef")["name"] = "lobby" })
		h := prepare(t, Options{}, scaledObject("deposits", rolloutTarget), lobby)
		h.dynamic.PrependReactor("get", "rollouts/scale", func(a clienttesting.Action) (bool, runtime.Object, error) {
			status := m{"replicas": int64(3)}
			if get, ok := a.(clienttesting.GetAction); ok && get.GetName() == "lobby" {
				status = m{} // never 0
			}
			return true, &unstructured.Unstructured{Object: m{"status": status}}, nil
		})
		h.run()
		h.pass(10 * time.Minute)
		h.wantScale(deposits, decision.Scale{Known: true, Current: 3, Min: 2, Max: 40, Tolerance: 0.05})
		h.wantScale(workload.ID{Namespace: "shop", Name: "lobby"}, decision.Scale{Min: 2, Max: 40, Tolerance: 0.05})
		if log := h.log.String(); log != "" {
			t.Errorf("log: %s", log)
		}
	})
}

// A target that is new is asked at once and alone.
func TestAPollOfOneNewTargetSaysNothingOfTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := prepare(t, Options{}, scaledObject("deposits", rolloutTarget))
		h.dynamic.PrependReactor("get", "rollouts/scale", func(a clienttesting.Action) (bool, runtime.Object, error) {
			if get, ok := a.(clienttesting.GetAction); ok && get.GetName() == "lobby" {
				return true, nil, apierrors.NewForbidden(rollouts.GroupResource(), "lobby", nil)
			}
			return true, &unstructured.Unstructured{Object: m{"status": m{"replicas": int64(3)}}}, nil
		})
		h.run()
		h.pass(7 * time.Second) // between two rounds
		lobby := scaledObject("lobby", rolloutTarget, func(o m) { at(o, "spec", "scaleTargetRef")["name"] = "lobby" })
		if _, err := h.dynamic.Resource(scaledObjects).Namespace("shop").Create(t.Context(), lobby, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		h.pass(time.Minute)
		h.wantScale(deposits, decision.Scale{Known: true, Current: 3, Min: 2, Max: 40, Tolerance: 0.05})
		if log := h.log.String(); log != "" {
			t.Errorf("log: %s", log)
		}
	})
}

// KEDA renames an HPA by deleting it and creating another.
func TestARenamedHPA(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		notResolved := scaledObject("deposits", rolloutTarget, func(o m) { delete(o, "status") })
		h := prepare(t, Options{}, notResolved, theHPA("keda-hpa-deposits", "deposits", 4))
		h.run()
		want := decision.Scale{Known: true, Current: 4, Asked: 7, Min: 2, Max: 40, Tolerance: 0.05}
		h.wantScale(deposits, want)
		api := h.kube.AutoscalingV2().HorizontalPodAutoscalers("shop")
		if _, err := api.Create(t.Context(), theHPA("renamed", "deposits", 6), metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if err := api.Delete(t.Context(), "keda-hpa-deposits", metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		want.Current, want.Asked = 6, 9
		h.wantScale(deposits, want)
		// Its ownership goes to another ScaledObject.
		if _, err := api.Update(t.Context(), theHPA("renamed", "lobby", 6), metav1.UpdateOptions{}); err != nil {
			t.Fatal(err)
		}
		h.wantScale(deposits, decision.Scale{Min: 2, Max: 40, Tolerance: 0.05})
	})
}

func TestOwnerOf(t *testing.T) {
	controller := true
	owned := func(apiVersion, kind string, isController *bool) *autoscalingv2.HorizontalPodAutoscaler {
		return &autoscalingv2.HorizontalPodAutoscaler{ObjectMeta: metav1.ObjectMeta{
			Labels:          map[string]string{ownerLabel: "by-label"},
			OwnerReferences: []metav1.OwnerReference{{APIVersion: apiVersion, Kind: kind, Name: "by-reference", Controller: isController}},
		}}
	}
	for name, c := range map[string]struct {
		hpa  *autoscalingv2.HorizontalPodAutoscaler
		want string
	}{
		"the controller":              {owned("keda.sh/v1alpha1", "ScaledObject", &controller), "by-reference"},
		"a later version":             {owned("keda.sh/v1", "ScaledObject", &controller), "by-reference"},
		"an owner, not in control":    {owned("keda.sh/v1alpha1", "ScaledObject", nil), "by-label"},
		"somebody else's controller":  {owned("example.com/v1", "ScaledObject", &controller), ""},
		"no owner and no label":       {&autoscalingv2.HorizontalPodAutoscaler{}, ""},
		"another kind in KEDA's name": {owned("keda.sh/v1alpha1", "ScaledJob", &controller), ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := ownerOf(c.hpa); got != c.want {
				t.Errorf("owner %q, want %q", got, c.want)
			}
		})
	}
}

func TestRevisionOfADeployment(t *testing.T) {
	first := readDeployment(theDeployment("a", 1, 1, "1"), nil).revision
	scaled := readDeployment(theDeployment("a", 9, 9, "1"), nil).revision
	rolled := readDeployment(theDeployment("a", 1, 1, "2"), nil).revision
	recreated := theDeployment("a", 1, 1, "1")
	recreated.UID = types.UID("another")
	if first != scaled {
		t.Errorf("replicas changed the revision: %q, %q", first, scaled)
	}
	if first == rolled {
		t.Errorf("another pod template kept the revision %q", first)
	}
	if again := readDeployment(recreated, nil).revision; again == first {
		t.Errorf("another Deployment of the name kept the revision %q", first)
	}
	if none := readDeployment(theDeployment("a", 1, 1, ""), nil).revision; none != "" {
		t.Errorf("revision %q of a Deployment no controller has seen", none)
	}
}
