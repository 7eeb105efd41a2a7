package kube

import (
	"fmt"
	"log/slog"
	"maps"
	"runtime"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"pgregory.net/rapid"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/workload"
)

func newHealth() *health {
	return &health{name: "test", log: slog.New(slog.DiscardHandler), now: time.Now}
}

// Whatever a reflector does, the index holds what a plain map would.
func TestFeedKeepsWhatThereIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := New(Clients{}, Options{}, "test")
		h := newHealth()
		f := &feed{
			health: h,
			put: func(obj any) {
				d := obj.(*appsv1.Deployment) //nolint:forcetypeassert,errcheck // the test's own
				c.index.setTarget(target{deployment, d.Namespace, d.Name}, readDeployment(d, h))
			},
			drop: func(n types.NamespacedName) { c.index.dropTarget(target{deployment, n.Namespace, n.Name}) },
			seen: map[types.NamespacedName]struct{}{},
		}
		plain := map[string]int32{}
		names := rapid.SampledFrom([]string{"a", "b", "c", "d"})
		draw := func(name string) *appsv1.Deployment {
			return theDeployment(name, rapid.Int32Range(0, 9).Draw(t, "replicas"), 0, "1")
		}
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				d := draw(names.Draw(t, "name"))
				plain[d.Name] = d.Status.Replicas
				must(t, f.Add(d))
			},
			"delete": func(t *rapid.T) {
				d := draw(names.Draw(t, "name"))
				delete(plain, d.Name)
				must(t, f.Delete(d))
			},
			"replace": func(t *rapid.T) {
				clear(plain)
				var all []any
				for _, name := range rapid.SliceOfDistinct(names, rapid.ID).Draw(t, "names") {
					d := draw(name)
					plain[name] = d.Status.Replicas
					all = append(all, d)
				}
				must(t, f.Replace(all, "1"))
			},
			"": func(t *rapid.T) {
				got := map[string]int32{}
				for k, r := range c.index.targets {
					got[k.name] = int32(r.current)
				}
				if !maps.Equal(got, plain) {
					t.Fatalf("index %v, want %v", got, plain)
				}
			},
		})
	})
}

func must(t *rapid.T, err error) {
	if err != nil {
		t.Fatal(err)
	}
}

func TestFeedRefusesWhatIsNoObject(t *testing.T) {
	f := &feed{health: newHealth(), seen: map[types.NamespacedName]struct{}{}}
	for _, call := range []func(any) error{f.Add, f.Update, f.Delete, func(o any) error { return f.Replace([]any{o}, "") }} {
		if err := call("text"); err == nil {
			t.Error("took a string for an object")
		}
	}
	if f.health.ok() {
		t.Error("trusts a list it could not read")
	}
}

// crowd is an index of n workloads with all that can be known of them.
func crowd(n int) *Cluster {
	c := New(Clients{}, Options{}, "test")
	h := newHealth()
	h.sync()
	for i := range n {
		name := fmt.Sprintf("workload-%05d", i)
		so := scaledObject(name, func(o m) {
			at(o, "metadata")["managedFields"] = []any{m{"manager": "kubectl", "fieldsV1": m{}}}
		})
		c.observe(so, h)
		c.index.setTarget(target{deployment, "shop", name}, readDeployment(theDeployment(name, 7, 5, "12"), h))
		c.index.setHPA(types.NamespacedName{Namespace: "shop", Name: "keda-hpa-" + name}, workload.ID{Namespace: "shop", Name: name},
			hpa{source: h, name: "keda-hpa-" + name, current: 7})
	}
	return c
}

func TestScaleDoesNotAllocate(t *testing.T) {
	c := crowd(10)
	id := workload.ID{Namespace: "shop", Name: "workload-00003"}
	var got decision.Scale
	if n := testing.AllocsPerRun(100, func() { got = c.Scale(id) }); n != 0 {
		t.Errorf("%v allocations a call", n)
	}
	if !got.Known || got.Current != 7 {
		t.Errorf("scale %+v", got)
	}
}

func BenchmarkScale(b *testing.B) {
	c := crowd(10_000)
	ids := make([]workload.ID, 0, 10_000)
	for t := range c.Triggers {
		ids = append(ids, t.Workload)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		c.Scale(ids[i%len(ids)])
	}
}

// BenchmarkMemory reports what the index keeps of a workload.
func BenchmarkMemory(b *testing.B) {
	const workloads = 10_000
	var kept uint64
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		c := crowd(workloads)
		runtime.GC()
		runtime.ReadMemStats(&after)
		kept = after.HeapAlloc - before.HeapAlloc
		runtime.KeepAlive(c)
	}
	b.ReportMetric(float64(kept)/workloads, "B/workload")
}

func BenchmarkAnnouncerTick(b *testing.B) {
	c := crowd(10_000)
	a := NewAnnouncer(c, nil)
	all := func(yield func(workload.Trigger, decision.Outcome) bool) {
		for t := range c.Triggers {
			if !yield(t, fine) {
				return
			}
		}
	}
	now := time.Now()
	b.ReportAllocs()
	for b.Loop() {
		a.compare(now, all)
	}
}

func TestStripDeployment(t *testing.T) {
	c := prepare(t, Options{}).Cluster
	f := c.deploymentFeed("")
	d := theDeployment("a", 3, 2, "4")
	d.ManagedFields = []metav1.ManagedFieldsEntry{{Manager: "kubectl"}}
	d.Spec.Template.Spec.NodeName = "n"
	before := readDeployment(d, nil)
	f.strip(d)
	f.strip(d)
	if d.ManagedFields != nil || d.Spec.Template.Spec.NodeName != "" {
		t.Errorf("left %+v", d)
	}
	if after := readDeployment(d, nil); after != before {
		t.Errorf("read %+v before and %+v after", before, after)
	}
}
