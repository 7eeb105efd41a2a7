package kube

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	clienttesting "k8s.io/client-go/testing"

	"github.com/headstart-scaler/headstart/workload"
)

func trigger(mend func(t m)) func(m) {
	return func(o m) {
		mend(at(o, "spec")["triggers"].([]any)[0].(m)) //nolint:forcetypeassert,errcheck // a test's own object
	}
}

func TestTriggersAreFoundOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := prepare(t, Options{}, scaledObject("deposits"),
			scaledObject("cpu", trigger(func(t m) { t["type"] = "cpu" })),
			scaledObject("foreign", trigger(func(t m) { t["metadata"] = m{"scalerAddress": "other:9090", "topic": "x"} })),
			scaledObject("broken", trigger(func(t m) { at(t, "metadata")["minReplicas"] = "many" })))
		h.run()
		first := workload.Trigger{Workload: deposits, Policy: "deposits"}
		if got := h.told(); !slices.Equal(got, []workload.Trigger{first}) {
			t.Fatalf("found %v", got)
		}
		if n := h.Status().Workloads; n != 2 {
			t.Errorf("%d workloads concern us, want deposits and broken", n)
		}
		h.update(func(o m) { at(o, "spec")["maxReplicaCount"] = int64(50) })
		if got := h.told(); len(got) != 1 {
			t.Errorf("told again of %v", got[1:])
		}
		h.update(trigger(func(t m) { at(t, "metadata")["maxReplicas"] = "30" }))
		second := first
		second.Max = workload.Override{Set: true, Value: 30}
		if got := h.told(); !slices.Equal(got, []workload.Trigger{first, second}) {
			t.Errorf("found %v", got)
		}
		if got := slices.Collect(h.Triggers); !slices.Equal(got, []workload.Trigger{second}) {
			t.Errorf("triggers %v", got)
		}
		// It points elsewhere now.
		h.update(trigger(func(t m) { t["type"] = "cron" }))
		if got := slices.Collect(h.Triggers); len(got) != 0 || h.Scale(deposits).Max != 0 {
			t.Errorf("triggers %v, scale %+v", got, h.Scale(deposits))
		}
	})
}

// What points at another address is not ours, though KEDA may know us by a
// name that nobody listed: its target is observed all the same.
func TestTriggersOfAnotherAddress(t *testing.T) {
	for address, ours := range map[string]bool{"headstart.keda:9090": true, "headstart.other:9090": false} {
		synctest.Test(t, func(t *testing.T) {
			h := prepare(t, Options{Addresses: []string{"10.0.0.1:9090", address}}, scaledObject("deposits"), theDeployment("deposits", 1, 1, "1"))
			h.run()
			if got := len(h.told()) == 1; got != ours {
				t.Errorf("with the address %s: found %v", address, h.told())
			}
			if !h.Scale(deposits).Known {
				t.Errorf("with the address %s: scale %+v", address, h.Scale(deposits))
			}
		})
	}
}

// A no is as sure as the watch is complete and recent; a yes always is.
func TestHas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := prepare(t, Options{}, scaledObject("deposits"),
			scaledObject("cpu", trigger(func(t m) { t["type"] = "cpu" })))
		watches := make(chan *watch.RaceFreeFakeWatcher, 10)
		var gone atomic.Bool
		h.dynamic.PrependWatchReactor("scaledobjects", func(clienttesting.Action) (bool, watch.Interface, error) {
			if gone.Load() {
				return true, nil, errConnRefused
			}
			w := watch.NewRaceFreeFake()
			watches <- w
			return true, w, nil
		})
		h.dynamic.PrependReactor("list", "scaledobjects", func(clienttesting.Action) (bool, runtime.Object, error) {
			if gone.Load() {
				return true, nil, errConnRefused
			}
			return false, nil, nil
		})
		invented := workload.ID{Namespace: "shop", Name: "invented"}
		h.wantHas("before Run", deposits, false, false)
		h.run()
		h.wantHas("once listed", deposits, true, true)
		h.wantHas("once listed", invented, false, true)
		h.wantHas("once listed", workload.ID{Namespace: "shop", Name: "cpu"}, false, true)

		gone.Store(true)
		(<-watches).Stop()
		h.pass(trustFor - 5*time.Second)
		h.wantHas("in a short outage", invented, false, true)
		h.pass(30 * time.Second)
		h.wantHas("in a long outage", invented, false, false)
		h.wantHas("in a long outage", deposits, true, true)
	})
	if exists, sure := New(Clients{}, Options{}, "off").Has(deposits); exists || sure {
		t.Error("a cluster that is off says what it does not have")
	}
}

// What is not watched may be there: each namespace is told by its own watch.
func TestHasByNamespace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := prepare(t, Options{Namespaces: []string{"shop", "bank"}}, scaledObject("deposits"))
		h.dynamic.PrependReactor("list", "scaledobjects", func(a clienttesting.Action) (bool, runtime.Object, error) {
			if a.GetNamespace() == "bank" {
				return true, nil, apierrors.NewForbidden(schema.GroupResource{Group: "keda.sh", Resource: "scaledobjects"}, "", errors.New("no"))
			}
			return false, nil, nil
		})
		h.run()
		h.wantHas("listed", deposits, true, true)
		h.wantHas("listed", workload.ID{Namespace: "shop", Name: "invented"}, false, true)
		h.wantHas("not granted", workload.ID{Namespace: "bank", Name: "deposits"}, false, false)
		h.wantHas("not watched", workload.ID{Namespace: "other", Name: "deposits"}, false, false)
	})
}

func (h *harness) wantHas(when string, id workload.ID, exists, sure bool) {
	h.t.Helper()
	if e, s := h.Has(id); e != exists || s != sure {
		h.t.Errorf("%s: %s exists %v, sure %v, want %v, %v", when, id, e, s, exists, sure)
	}
}

func TestObjection(t *testing.T) {
	for kind, objects := range map[string]bool{"": false, "AverageValue": false, "Value": true, "Utilization": true} {
		synctest.Test(t, func(t *testing.T) {
			h := prepare(t, Options{}, scaledObject("deposits", trigger(func(t m) {
				if kind != "" {
					t["metricType"] = kind
				}
			})))
			h.run()
			text, is := h.Objection(deposits)
			if is != objects || objects != strings.Contains(text, "spec.triggers[0].metricType") || objects && !strings.Contains(text, kind) {
				t.Errorf("metricType %q: objection %q, %v", kind, text, is)
			}
		})
	}
	off := New(Clients{}, Options{}, "off")
	if text, is := off.Objection(deposits); is || text != "" {
		t.Errorf("objection %q without a cluster", text)
	}
}

// Somebody corrects the ScaledObject; until KEDA has changed the HPA, that still
// multiplies the answer.
func TestAnHPAThatStillMisreadsIsObjectedTo(t *testing.T) {
	for name, c := range map[string]struct {
		metric  string
		kind    autoscalingv2.MetricTargetType
		objects bool
	}{
		"ours, misread":         {"s0-headstart-deposits", autoscalingv2.ValueMetricType, true},
		"ours, a later trigger": {"s12-headstart-deposits", autoscalingv2.ValueMetricType, true},
		"ours":                  {"s0-headstart-deposits", autoscalingv2.AverageValueMetricType, false},
		"another scaler's":      {"s1-kafka-headstart-topic", autoscalingv2.ValueMetricType, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				hpa := theHPA("keda-hpa-deposits", "deposits", 3)
				hpa.Spec.Metrics = []autoscalingv2.MetricSpec{
					{Type: autoscalingv2.ResourceMetricSourceType, Resource: &autoscalingv2.ResourceMetricSource{Name: "cpu"}},
					{Type: autoscalingv2.ExternalMetricSourceType, External: &autoscalingv2.ExternalMetricSource{
						Metric: autoscalingv2.MetricIdentifier{Name: c.metric}, Target: autoscalingv2.MetricTarget{Type: c.kind},
					}},
				}
				h := prepare(t, Options{}, scaledObject("deposits"), hpa)
				h.run()
				text, is := h.Objection(deposits)
				if is != c.objects || is != strings.Contains(text, "keda-hpa-deposits reads "+c.metric+" as Value") {
					t.Errorf("objection %q, %v, want one: %v", text, is, c.objects)
				}
				api := h.kube.AutoscalingV2().HorizontalPodAutoscalers("shop")
				hpa.Spec.Metrics[1].External.Target.Type = autoscalingv2.AverageValueMetricType
				if _, err := api.Update(t.Context(), hpa, metav1.UpdateOptions{}); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				if text, is := h.Objection(deposits); is {
					t.Errorf("objection %q once the HPA reads it as it is meant", text)
				}
			})
		})
	}
}

func TestTargetOf(t *testing.T) {
	for _, c := range []struct {
		apiVersion, kind    string
		wantGroup, wantKind string
	}{
		{"", "", "apps", "Deployment"},
		{"apps/v1", "", "apps", "Deployment"},
		{"", "StatefulSet", "apps", "StatefulSet"},
		{"apps/v1", "StatefulSet", "apps", "StatefulSet"},
		{"argoproj.io/v1alpha1", "Rollout", "argoproj.io", "Rollout"},
		{"v1", "ReplicationController", "", "ReplicationController"},
		{"a/b/c", "Odd", "", "Odd"},
	} {
		so := workload.ScaledObject{ID: deposits, Target: workload.ScaleTarget{APIVersion: c.apiVersion, Kind: c.kind, Name: "x"}}
		got := targetOf(so)
		if got.kind.Group != c.wantGroup || got.kind.Kind != c.wantKind || got.namespace != "shop" || got.name != "x" {
			t.Errorf("%s %s is %+v, want %s %s", c.apiVersion, c.kind, got, c.wantGroup, c.wantKind)
		}
	}
}

// Stripping must not take what reading needs, nor fail on odd objects.
func TestStrippedScaledObjectsReadAlike(t *testing.T) {
	any1 := func(string) bool { return true }
	for name, mend := range map[string]func(m){
		"plain":   func(m) {},
		"rollout": rolloutTarget,
		"managed": func(o m) {
			at(o, "metadata")["managedFields"] = []any{m{"manager": "kubectl"}}
			at(o, "metadata")["annotations"] = m{
				"kubectl.kubernetes.io/last-applied-configuration": "{}", workload.AnnotationPaused: "true",
			}
			o["status"] = m{"conditions": []any{m{"type": "Ready"}}}
		},
		"odd status":  func(o m) { o["status"] = "none" },
		"odd target":  func(o m) { o["status"] = m{"scaleTargetGVKR": m{"group": int64(1)}} },
		"odd spec":    func(o m) { o["spec"] = int64(3) },
		"no triggers": func(o m) { delete(at(o, "spec"), "triggers") },
	} {
		t.Run(name, func(t *testing.T) {
			stripped := scaledObject("deposits", mend)
			stripScaledObject(stripped)
			once := stripped.DeepCopy()
			stripScaledObject(stripped)
			if !reflect.DeepEqual(stripped, once) {
				t.Errorf("stripping twice changes\n%v to\n%v", once, stripped)
			}
			before, after := readScaledObject(scaledObject("deposits", mend), any1), readScaledObject(stripped, any1)
			if !reflect.DeepEqual(before, after) {
				t.Errorf("read %+v before and %+v after", before, after)
			}
			for _, field := range []string{"managedFields"} {
				if _, ok := at(stripped.Object, "metadata")[field]; ok {
					t.Errorf("%s is still there", field)
				}
			}
		})
	}
}
