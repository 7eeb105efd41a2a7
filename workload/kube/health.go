package kube

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	utilnet "k8s.io/apimachinery/pkg/util/net"
)

// trustFor is how long what was last heard of a resource stands while the API
// server does not answer. A short outage changes no replica count; after a
// long one, the cluster may have moved without us.
const trustFor = 5 * time.Minute

// failure is a class of API errors. A person repairs each of them in another
// place; a change of class is worth another log line, a repetition is not.
type failure string

const (
	none        failure = ""
	forbidden   failure = "forbidden"
	unknownKind failure = "resource not served"
	rejected    failure = "not authenticated"
	away        failure = "API server not reachable"
	refusing    failure = "API server refuses"
)

// classify names the class of an error.
func classify(err error) failure {
	switch {
	case err == nil:
		return none
	case apierrors.IsForbidden(err):
		return forbidden
	case apierrors.IsNotFound(err):
		return unknownKind
	case apierrors.IsUnauthorized(err):
		return rejected
	case utilnet.IsConnectionRefused(err), utilnet.IsTimeout(err), utilnet.IsConnectionReset(err), apierrors.ReasonForError(err) == "":
		return away
	default:
		return refusing
	}
}

// repair says what to do about a failure of a resource.
func (f failure) repair(resource string, verbs string) string {
	switch f {
	case none:
		return ""
	case forbidden:
		return "grant " + verbs + " on " + resource + " to Headstart's service account (deploy/examples/rbac.yaml)"
	case unknownKind:
		if resource == scaledObjectsName {
			return "install KEDA: its custom resources are not served yet"
		}
		return "install what serves " + resource + ", or correct the scaleTargetRef"
	case rejected:
		return "renew the token or client certificate"
	case away:
		return "check that the API server runs and that a network policy lets Headstart reach it"
	default:
		return "see the API server's log"
	}
}

// health is how one watch, poll or sink fares. The zero health is not usable.
type health struct {
	name, namespace string
	verbs           string
	log             *slog.Logger
	now             func() time.Time

	// trusted is false until the first full answer and once answers have been
	// missing for trustFor.
	trusted atomic.Bool

	mu      sync.Mutex
	synced  bool
	failing failure
	cause   error
	since   time.Time
}

// ok reports whether what was heard may still be used.
func (h *health) ok() bool { return h.trusted.Load() }

// sync records that the whole of the resource is now known.
func (h *health) sync() {
	h.mu.Lock()
	h.synced = true
	h.mu.Unlock()
	h.note(nil)
}

// note records how a request ended, and logs when that is news.
func (h *health) note(err error) {
	// The end of Run is no failure; nor is a watch that was away for so long
	// that it has to list again.
	if errors.Is(err, context.Canceled) || apierrors.IsResourceExpired(err) || apierrors.IsGone(err) {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	before, class := h.failing, classify(err)
	if class != none && before == none {
		h.since = h.now()
	}
	h.failing, h.cause = class, err
	if class == none {
		h.trusted.Store(h.synced)
	}
	switch class {
	case before:
	case none:
		h.log.Info("Kubernetes answers again", "resource", h.name, "namespace", h.namespace, "after", h.now().Sub(h.since).Round(time.Second).String())
	default:
		h.log.Warn("Kubernetes does not answer; going on without, trying again", "resource", h.name, "namespace", h.namespace,
			"failure", string(class), "repair", class.repair(h.name, h.verbs), "error", err.Error())
	}
}

// expire withdraws trust from what was heard too long ago.
func (h *health) expire() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.failing != none && h.now().Sub(h.since) >= trustFor {
		h.trusted.Store(false)
	}
}

func (h *health) status() FeedStatus {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := FeedStatus{Resource: h.name, Namespace: h.namespace, Synced: h.synced, Trusted: h.trusted.Load()}
	if h.failing != none {
		s.Failing, s.Since = h.cause.Error(), h.since
		s.Repair = h.failing.repair(h.name, h.verbs)
	}
	return s
}

// FeedStatus is how one resource fares.
type FeedStatus struct {
	// Resource as RBAC names it, and the namespace, empty for all of them.
	Resource, Namespace string
	// Synced says that all of it has been seen once, Trusted that what was
	// seen is recent enough to decide on.
	Synced, Trusted bool
	// Failing is the last error, since Since, and Repair what to do; empty
	// while all is well.
	Failing string
	Since   time.Time
	Repair  string
}
