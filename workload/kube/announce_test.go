package kube

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clienttesting "k8s.io/client-go/testing"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/signal"
	"github.com/headstart-scaler/headstart/workload"
)

var theTrigger = workload.Trigger{Workload: deposits, Policy: "deposits"}

// one is a tick that decided one trigger.
func one(t workload.Trigger, o decision.Outcome) iter.Seq2[workload.Trigger, decision.Outcome] {
	return func(yield func(workload.Trigger, decision.Outcome) bool) { yield(t, o) }
}

var (
	fine  = decision.Outcome{Replicas: 5}
	stale = decision.Outcome{Replicas: 5, Stale: true, Inputs: []decision.Component{
		{Signal: "rate", Condition: signal.Fine, Usable: true},
		{Signal: "lag", Condition: signal.Unreachable, Usable: true, Age: 90 * time.Second},
		{Signal: "p95", Condition: signal.Empty},
	}}
)

const staleMessage = "policy deposits: lag is unreachable, last measured 1m30s ago; p95 is empty, never measured; scale-in is refused"

// wantEvents compares what was written, in any order.
func (h *harness) wantEvents(want ...string) {
	h.t.Helper()
	synctest.Wait()
	got := h.events()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		h.t.Errorf("events\n got %q\nwant %q", got, want)
	}
}

func TestEventsOnTransitionsOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := prepare(t, Options{}, scaledObject("deposits"))
		a := NewAnnouncer(h.Cluster, nil)
		tick := func(o decision.Outcome) {
			h.pass(5 * time.Second)
			a.Tick(time.Now(), one(theTrigger, o))
		}
		tick(stale) // nothing runs yet: kept for later
		h.run()
		tick(fine)
		h.wantEvents()
		begun := "Warning SignalStale: " + staleMessage
		for range 10 {
			tick(stale)
		}
		h.wantEvents(begun)
		for range 5 {
			tick(fine)
		}
		over := "Normal SignalRecovered: policy deposits: all signals are measured again; scale-in is allowed"
		h.wantEvents(begun, over)
		// It comes and goes every few seconds: nothing more within a minute.
		for range 2 {
			tick(stale)
			tick(fine)
		}
		h.wantEvents(begun, over)
		h.pass(settle)
		tick(fine)
		if len(a.told) != 0 {
			t.Errorf("remembers %d concerns of a healthy workload", len(a.told))
		}
	})
}

func TestAnEventIsOnTheScaledObject(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := prepare(t, Options{}, scaledObject("deposits"))
		h.run()
		if h.Transition(workload.ID{Namespace: "shop", Name: "nobody"}, corev1.EventTypeNormal, "Test", "x") {
			t.Error("recorded on a ScaledObject that is not there")
		}
		if !h.Transition(deposits, corev1.EventTypeNormal, "Test", strings.Repeat("€", maxMessage)) {
			t.Fatal("not recorded")
		}
		synctest.Wait()
		list, err := h.kube.CoreV1().Events("shop").List(t.Context(), metav1.ListOptions{})
		if err != nil || len(list.Items) != 1 {
			t.Fatalf("%d events, %v", len(list.Items), err)
		}
		e := list.Items[0]
		want := corev1.ObjectReference{APIVersion: "keda.sh/v1alpha1", Kind: "ScaledObject", Namespace: "shop", Name: "deposits", UID: "uid-deposits"}
		if e.InvolvedObject != want || e.Source.Component != "headstart" {
			t.Errorf("on %+v from %+v", e.InvolvedObject, e.Source)
		}
		if n := len(e.Message); n > maxMessage || n < maxMessage-4 || !strings.HasSuffix(e.Message, "€…") {
			t.Errorf("%d bytes, ending %q", n, e.Message[n-8:])
		}
	})
}

func TestShorten(t *testing.T) {
	for _, n := range []int{0, 1, maxMessage - 1, maxMessage} {
		if s := strings.Repeat("x", n); shorten(s) != s {
			t.Errorf("%d bytes were cut", n)
		}
	}
	if n := len(shorten(strings.Repeat("x", maxMessage+1))); n != maxMessage {
		t.Errorf("%d bytes", n)
	}
}

// catalogue is a set of policies.
type catalogue map[string]bool

func (c catalogue) Policy(name string) (workload.PolicyFacts, bool) {
	return workload.PolicyFacts{Name: name}, c[name]
}

func (c catalogue) Names() []string {
	var names []string
	for name := range c {
		names = append(names, name)
	}
	return names
}

// Each concern begins and ends with its own pair of reasons.
func TestReasons(t *testing.T) {
	metricIsValue := func(o m) { trigger(func(t m) { t["metricType"] = "Value" })(o) }
	paused := func(o m) { at(o, "metadata")["annotations"] = m{workload.AnnotationPausedReplicas: "4"} }
	for name, c := range map[string]struct {
		object   []func(m)
		outcome  decision.Outcome
		policies catalogue
		begun    string
		over     string
	}{
		"stale":   {outcome: stale, begun: "Warning SignalStale", over: "Normal SignalRecovered"},
		"refused": {outcome: decision.Outcome{Refusal: "nothing was ever measured"}, begun: "Warning DecisionRefused", over: "Normal DecisionResumed"},
		"capped":  {outcome: needsMoreThanTheScaledObjectAllows(), begun: "Warning ScalingBlocked", over: "Normal ScalingUnblocked"},
		"value":   {object: []func(m){metricIsValue}, begun: "Warning MetricTypeRefused", over: "Normal MetricTypeAccepted"},
		"paused":  {object: []func(m){paused}, begun: "Warning ScalingBlocked", over: "Normal ScalingUnblocked"},
		"unknown": {policies: catalogue{"deposit": true}, begun: "Warning PolicyUnknown", over: "Normal PolicyFound"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if c.policies == nil {
					c.policies = catalogue{"deposits": true}
				}
				h := prepare(t, Options{}, scaledObject("deposits", c.object...))
				h.run()
				a := NewAnnouncer(h.Cluster, c.policies)
				a.Tick(time.Now(), one(theTrigger, c.outcome))
				h.wantReasons(c.begun)
				h.update()
				c.policies["deposits"] = true
				h.pass(settle)
				a.Tick(time.Now(), one(theTrigger, fine))
				h.wantReasons(c.begun, c.over)
			})
		})
	}
}

// wantReasons compares types and reasons of what was written, in any order.
func (h *harness) wantReasons(want ...string) {
	h.t.Helper()
	synctest.Wait()
	var got []string
	for _, e := range h.events() {
		reason, message, _ := strings.Cut(e, ": ")
		got = append(got, reason)
		if !strings.HasPrefix(message, "policy deposits: ") {
			h.t.Errorf("message %q does not name the policy", message)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		h.t.Errorf("reasons %q, want %q", got, want)
	}
}

// needsMoreThanTheScaledObjectAllows is what package decision says when the
// ScaledObject's own maximum cuts the plan.
func needsMoreThanTheScaledObjectAllows() decision.Outcome {
	now := time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)
	policy := decision.Policy{
		Name: "deposits", Mode: decision.Enforce, Max: 100, Quantile: 0.9, PodLead: time.Minute, HoldFor: time.Minute,
		Signals: []decision.Signal{{Name: "rate", Kind: signal.Rate, Capacity: decision.Capacity{PerReplica: 10}}},
	}
	_, o := policy.Decide(decision.State{}, decision.Input{
		At: now, Tick: 5 * time.Second, Scale: decision.Scale{Known: true, Current: 3, Ready: 3, Max: 4, Tolerance: -1},
		Signals: []decision.Observation{{Reading: signal.Good(now, 500)}},
	})
	return o
}

func TestAnHPAThatCannotScale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := prepare(t, Options{}, scaledObject("deposits"), theHPA("keda-hpa-deposits", "deposits", 3, unable("FailedUpdateScale", "quota")))
		h.run()
		NewAnnouncer(h.Cluster, nil).Tick(time.Now(), one(theTrigger, fine))
		h.wantEvents("Warning ScalingBlocked: policy deposits: HPA keda-hpa-deposits cannot scale: FailedUpdateScale: quota")
	})
}

// A source that dies concerns everybody in one tick. All are told, in time.
func TestABurstIsSpreadOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const workloads = 250
		var objects []runtime.Object
		for i := range workloads {
			objects = append(objects, scaledObject(fmt.Sprintf("w%03d", i)))
		}
		h := prepare(t, Options{}, objects...)
		h.run()
		a := NewAnnouncer(h.Cluster, nil)
		everybody := func(yield func(workload.Trigger, decision.Outcome) bool) {
			for trigger := range h.Triggers {
				if !yield(trigger, stale) {
					return
				}
			}
		}
		want := []int{eventBurst, eventBurst + 50, eventBurst + 100, workloads, workloads}
		for _, n := range want {
			a.Tick(time.Now(), everybody)
			synctest.Wait()
			if got := len(h.events()); got != n {
				t.Errorf("%d events, want %d", got, n)
			}
			h.pass(5 * time.Second)
		}
	})
}

// An API server that refuses Events is told of once, and disturbs nothing.
func TestEventsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := prepare(t, Options{}, scaledObject("deposits"))
		h.kube.PrependReactor("create", "events", func(clienttesting.Action) (bool, runtime.Object, error) {
			return true, nil, apierrors.NewForbidden(schema.GroupResource{Resource: "events"}, "", nil)
		})
		h.run()
		for range 5 {
			h.Transition(deposits, corev1.EventTypeNormal, "Test", time.Now().String())
			h.pass(time.Second)
		}
		if n := h.log.count("level=WARN", "grant create, patch on events"); n != 1 {
			t.Errorf("logged %d times, want once: %s", n, h.log)
		}
	})
}

func TestAnnouncerWithoutACluster(t *testing.T) {
	a := NewAnnouncer(New(Clients{}, Options{}, "off"), catalogue{})
	a.Tick(time.Now(), one(theTrigger, stale))
	if len(a.told) != 0 {
		t.Errorf("told %v", a.told)
	}
}
