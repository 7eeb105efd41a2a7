package kube

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	clienttesting "k8s.io/client-go/testing"

	"github.com/headstart-scaler/headstart/decision"
)

// errConnRefused is what a client gets when nothing listens.
var errConnRefused = &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}

// feedStatus returns the status of one resource.
func (h *harness) feedStatus(resource string) FeedStatus {
	h.t.Helper()
	feeds := h.Status().Feeds
	i := slices.IndexFunc(feeds, func(f FeedStatus) bool { return f.Resource == resource })
	if i < 0 {
		h.t.Fatalf("no status of %s among %+v", resource, feeds)
	}
	return feeds[i]
}

// asked returns the first of the resources that was listed or watched.
func (h *harness) asked(resources ...string) string {
	for _, a := range h.kube.Actions() {
		if slices.Contains(resources, a.GetResource().Resource) {
			return a.GetResource().Resource
		}
	}
	return ""
}

func TestWithoutKEDA(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := prepare(t, Options{}, scaledObject("deposits"), theDeployment("deposits", 7, 5, "3"))
		var installed atomic.Bool
		h.dynamic.PrependReactor("list", "scaledobjects", func(clienttesting.Action) (bool, runtime.Object, error) {
			if installed.Load() {
				return false, nil, nil
			}
			return true, nil, apierrors.NewNotFound(schema.GroupResource{}, "")
		})
		h.run()
		h.pass(10 * time.Minute)
		if n := h.log.count("level=WARN", scaledObjectsName, "install KEDA"); n != 1 {
			t.Errorf("logged %d times, want once: %s", n, h.log)
		}
		s := h.feedStatus(scaledObjectsName)
		if s.Synced || s.Trusted || s.Failing == "" || s.Repair != "install KEDA: its custom resources are not served yet" {
			t.Errorf("status %+v", s)
		}
		if asked := h.asked("deployments", "statefulsets"); asked != "" {
			t.Errorf("asked for %s without a target of the kind", asked)
		}
		installed.Store(true)
		h.pass(2 * time.Minute) // the longest backoff is a minute
		h.wantScale(deposits, decision.Scale{Known: true, Current: 7, Ready: 5, Min: 2, Max: 40, Tolerance: 0.05, Revision: "3@d-deposits"})
		if n := h.log.count("level=INFO", "answers again", scaledObjectsName); n != 1 {
			t.Errorf("recovery logged %d times, want once: %s", n, h.log)
		}
		if s := h.feedStatus(scaledObjectsName); !s.Synced || !s.Trusted || s.Failing != "" || s.Repair != "" {
			t.Errorf("status %+v", s)
		}
	})
}

// Without the right to see one resource, the others are seen.
func TestWithoutTheRightToListHPAs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := prepare(t, Options{}, scaledObject("deposits"), theDeployment("deposits", 7, 5, "3"))
		h.kube.PrependReactor("list", "horizontalpodautoscalers", func(clienttesting.Action) (bool, runtime.Object, error) {
			return true, nil, apierrors.NewForbidden(schema.GroupResource{Group: "autoscaling", Resource: "horizontalpodautoscalers"}, "", errors.New("no"))
		})
		h.run()
		h.pass(10 * time.Minute)
		if !h.Scale(deposits).Known {
			t.Errorf("scale %+v", h.Scale(deposits))
		}
		if n := h.log.count("level=WARN", "horizontalpodautoscalers.autoscaling", "deploy/examples/rbac.yaml"); n != 1 {
			t.Errorf("logged %d times, want once: %s", n, h.log)
		}
	})
}

// An API server that goes away takes no replica with it; what was seen is held
// for five minutes, the bounds for good.
func TestTheAPIServerGoesAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := prepare(t, Options{}, scaledObject("deposits"), theDeployment("deposits", 7, 5, "3"))
		watches := make(chan *watch.RaceFreeFakeWatcher, 10)
		var gone atomic.Bool
		h.kube.PrependReactor("list", "deployments", func(clienttesting.Action) (bool, runtime.Object, error) {
			if gone.Load() {
				return true, nil, errConnRefused
			}
			return false, nil, nil
		})
		h.kube.PrependWatchReactor("deployments", func(clienttesting.Action) (bool, watch.Interface, error) {
			if gone.Load() {
				return true, nil, errConnRefused
			}
			w := watch.NewRaceFreeFake()
			watches <- w
			return true, w, nil
		})
		h.run()
		known := decision.Scale{Known: true, Current: 7, Ready: 5, Min: 2, Max: 40, Tolerance: 0.05, Revision: "3@d-deposits"}
		h.wantScale(deposits, known)

		gone.Store(true)
		(<-watches).Stop()
		h.pass(trustFor - 5*time.Second)
		h.wantScale(deposits, known)
		if n := h.log.count("level=WARN", "deployments.apps", "not reachable"); n != 1 {
			t.Errorf("logged %d times, want once: %s", n, h.log)
		}
		h.pass(30 * time.Second)
		h.wantScale(deposits, decision.Scale{Min: 2, Max: 40, Tolerance: 0.05})
		if s := h.feedStatus("deployments.apps"); s.Trusted || !s.Synced {
			t.Errorf("status %+v", s)
		}
		gone.Store(false)
		h.pass(2 * time.Minute)
		h.wantScale(deposits, known)
	})
}

// A watch that expired lists again; what went meanwhile is forgotten.
func TestAnExpiredWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := prepare(t, Options{}, scaledObject("deposits"), theDeployment("deposits", 7, 5, "3"))
		watches := make(chan *watch.RaceFreeFakeWatcher, 10)
		h.kube.PrependWatchReactor("deployments", func(clienttesting.Action) (bool, watch.Interface, error) {
			w := watch.NewRaceFreeFake()
			watches <- w
			return true, w, nil
		})
		h.run()
		// This deletion is not seen: the watch in use is another one.
		if err := h.kube.AppsV1().Deployments("shop").Delete(t.Context(), "deposits", metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if !h.Scale(deposits).Known {
			t.Fatal("the test's own watch is not in use")
		}
		expired := apierrors.NewResourceExpired("too old")
		(<-watches).Error(&expired.ErrStatus)
		h.pass(time.Minute)
		h.wantScale(deposits, decision.Scale{Min: 2, Max: 40, Tolerance: 0.05})
		if log := h.log.String(); log != "" {
			t.Errorf("log: %s", log)
		}
	})
}

// Neither the end of Run nor a watch that has to list again is a failure.
func TestWhatIsNoFailure(t *testing.T) {
	for _, err := range []error{
		nil, context.Canceled, fmt.Errorf("list: %w", context.Canceled),
		apierrors.NewResourceExpired("too old"),
	} {
		h := newHealth()
		h.sync()
		h.note(err)
		if s := h.status(); s.Failing != "" || !s.Trusted {
			t.Errorf("after %v: %+v", err, s)
		}
	}
}

// Counts are only as good as the watch they came from; bounds are held.
func TestUntrustedSources(t *testing.T) {
	good, bad := newHealth(), newHealth()
	good.sync()
	rollout := target{kind: schema.GroupKind{Group: "argoproj.io", Kind: "Rollout"}, namespace: "shop", name: "deposits"}
	for name, c := range map[string]struct {
		object, target, hpa *health
		known               bool
		current             decision.Replicas
	}{
		"all good":       {good, good, good, true, 7},
		"no object":      {bad, good, good, false, 0},
		"no target":      {good, bad, good, true, 9},
		"no HPA":         {good, good, bad, true, 7},
		"none of either": {good, bad, bad, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			ix := newIndex()
			ix.setObject(deposits, &object{source: c.object, min: 1, max: 40, target: rollout})
			ix.setTarget(rollout, replicas{source: c.target, current: 7})
			ix.setHPA(types.NamespacedName(deposits), deposits, hpa{source: c.hpa, name: deposits.Name, current: 9})
			if got, want := ix.scale(deposits), (decision.Scale{Known: c.known, Current: c.current, Min: 1, Max: 40}); got != want {
				t.Errorf("scale %+v, want %+v", got, want)
			}
		})
	}
}

// However many workloads there are, a kind of target is listed once.
func TestAKindIsWatchedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := prepare(t, Options{}, scaledObject("deposits"), scaledObject("lobby"))
		h.run()
		lists := 0
		for _, a := range h.kube.Actions() {
			if a.Matches("list", "deployments") {
				lists++
			}
		}
		if lists != 1 {
			t.Errorf("listed Deployments %d times", lists)
		}
	})
}

func TestClassify(t *testing.T) {
	resource := schema.GroupResource{Group: "keda.sh", Resource: "scaledobjects"}
	for _, c := range []struct {
		err  error
		want failure
	}{
		{nil, none},
		{apierrors.NewForbidden(resource, "", errors.New("no")), forbidden},
		{fmt.Errorf("list: %w", apierrors.NewForbidden(resource, "", errors.New("no"))), forbidden},
		{apierrors.NewNotFound(resource, ""), unknownKind},
		{apierrors.NewUnauthorized("who?"), rejected},
		{errConnRefused, away},
		{io.ErrUnexpectedEOF, away},
		{apierrors.NewInternalError(errors.New("etcd")), refusing},
		{apierrors.NewTooManyRequests("slow down", 1), refusing},
	} {
		if got := classify(c.err); got != c.want {
			t.Errorf("%v is %q, want %q", c.err, got, c.want)
		}
		if (c.want == none) != (c.want.repair("x", "get") == "") {
			t.Errorf("%q has the repair %q", c.want, c.want.repair("x", "get"))
		}
	}
}
