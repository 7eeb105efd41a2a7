package kubelet

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// object is what an Event is about.
type object struct {
	kind, namespace, name string
	uid                   types.UID
	field                 string // the container, where it is about one
	node                  string // whose kubelet speaks
}

func reference(o metav1.Object, kind, node string) object {
	return object{kind: kind, namespace: o.GetNamespace(), name: o.GetName(), uid: o.GetUID(), node: node}
}

// statement is what an Event says.
type statement struct{ kind, reason, message string }

func normal(reason, format string, args ...any) statement {
	return statement{corev1.EventTypeNormal, reason, fmt.Sprintf(format, args...)}
}

// refuse tells that an annotation cannot be read.
func (k *kubelets) refuse(ctx context.Context, o object, err error) {
	k.log.ErrorContext(ctx, "refuse", "kind", o.kind, "namespace", o.namespace, "name", o.name, "error", err)
	k.tell(ctx, o, statement{corev1.EventTypeWarning, "InvalidAnnotation", err.Error()})
}

// tell writes an Event as a kubelet does.
func (k *kubelets) tell(ctx context.Context, o object, s statement) {
	now := time.Now()
	namespace := o.namespace
	if namespace == "" {
		namespace = metav1.NamespaceDefault
	}
	event := &corev1.Event{
		ObjectMeta:     metav1.ObjectMeta{Namespace: namespace, Name: fmt.Sprintf("%s.%x", o.name, now.UnixNano())},
		InvolvedObject: corev1.ObjectReference{APIVersion: "v1", Kind: o.kind, Namespace: o.namespace, Name: o.name, UID: o.uid, FieldPath: o.field},
		Type:           s.kind, Reason: s.reason, Message: s.message,
		Source:         corev1.EventSource{Component: "kubelet", Host: o.node},
		FirstTimestamp: metav1.NewTime(now), LastTimestamp: metav1.NewTime(now), Count: 1,
		ReportingController: "kubelet", ReportingInstance: o.node,
	}
	k.insist(ctx, "tell of "+s.reason, func() error {
		_, err := k.client.CoreV1().Events(namespace).Create(ctx, event, metav1.CreateOptions{})
		return err
	})
}
