package kube

import (
	"context"
	"sync/atomic"
	"unicode/utf8"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/scheme"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/record"
	"k8s.io/klog/v2"

	"github.com/headstart-scaler/headstart/workload"
)

// maxMessage is what the API takes of an Event's message, in bytes.
const maxMessage = 1024

// recorder writes Events on ScaledObjects.
//
// It uses core/v1 Events through tools/record, as KEDA and the HPA controller
// do, rather than events.k8s.io through tools/events: the latter tells series
// apart without looking at the message, so that the second of two refusals
// with other reasons is dropped, and it starts a goroutine per Event, which a
// burst over thousands of workloads makes thousands. kubectl describe shows
// both alike.
type recorder struct {
	index *index
	sink  atomic.Pointer[record.EventRecorderLogger]
}

// open starts writing and returns what stops it.
func (r *recorder) open(ctx context.Context, api typedcorev1.EventsGetter, h *health) (stop func()) {
	// The zero Logger discards: health says what is wrong, once.
	quiet := klog.NewContext(ctx, klog.Logger{})
	broadcaster := record.NewBroadcaster(record.WithContext(quiet))
	broadcaster.StartRecordingToSink(&sink{ctx: quiet, api: api, health: h})
	source := broadcaster.NewRecorder(scheme.Scheme, corev1.EventSource{Component: "headstart"}).WithLogger(klog.Logger{})
	r.sink.Store(&source)
	return func() {
		r.sink.Store(nil)
		broadcaster.Shutdown()
	}
}

// Transition records an Event on the workload's ScaledObject. Kind is
// corev1.EventTypeNormal or EventTypeWarning, reason CamelCase, message for a
// person. It returns at once, and false when there is nothing to record it
// on: no cluster, not running, or no such ScaledObject seen.
func (c *Cluster) Transition(id workload.ID, kind, reason, message string) bool {
	to := c.events.sink.Load()
	o, known := c.index.object(id)
	if to == nil || !known {
		return false
	}
	(*to).Event(&corev1.ObjectReference{
		APIVersion: scaledObjects.GroupVersion().String(),
		Kind:       "ScaledObject",
		Namespace:  id.Namespace,
		Name:       id.Name,
		UID:        o.uid,
	}, kind, reason, shorten(message))
	return true
}

// shorten cuts a message to what the API takes, between characters.
func shorten(s string) string {
	if len(s) <= maxMessage {
		return s
	}
	const mark = "…"
	cut := maxMessage - len(mark)
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + mark
}

// sink writes Events and keeps account of how that goes.
type sink struct {
	ctx    context.Context //nolint:containedctx // record.EventSink has no context; this one ends with Run.
	api    typedcorev1.EventsGetter
	health *health
}

// Create writes a new Event.
func (s *sink) Create(e *corev1.Event) (*corev1.Event, error) {
	written, err := s.api.Events(e.Namespace).Create(s.ctx, e, metav1.CreateOptions{})
	return s.noted(written, err, false)
}

// Update rewrites an Event; the recorder patches instead.
func (s *sink) Update(e *corev1.Event) (*corev1.Event, error) {
	written, err := s.api.Events(e.Namespace).Update(s.ctx, e, metav1.UpdateOptions{})
	return s.noted(written, err, false)
}

// Patch counts a repeated Event up.
func (s *sink) Patch(e *corev1.Event, patch []byte) (*corev1.Event, error) {
	written, err := s.api.Events(e.Namespace).Patch(s.ctx, e.Name, types.StrategicMergePatchType, patch, metav1.PatchOptions{})
	return s.noted(written, err, apierrors.IsNotFound(err))
}

// noted passes a result on as it is: the recorder looks at the error's type to
// decide whether to try again. A repeated Event that has expired is created
// anew, and a namespace that goes away takes no Events: neither is a failure.
func (s *sink) noted(e *corev1.Event, err error, expired bool) (*corev1.Event, error) {
	if !expired && !apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause) {
		s.health.note(err)
	}
	return e, err
}
