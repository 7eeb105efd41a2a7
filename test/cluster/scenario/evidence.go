package scenario

import (
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/headstart-scaler/headstart/test/rig"
)

var everything = labels.Everything() //nolint:gochecknoglobals // a constant in all but the language

// Event waits for a Kubernetes Event on the ScaledObject whose message has the
// text in it, and returns it.
func (w *Workload) Event(within time.Duration, reason, text string) corev1.Event {
	w.s.t.Helper()
	var found corev1.Event
	rig.Eventually(w.s.t, within, func() error {
		all, err := w.Events()
		if err != nil {
			return err
		}
		for _, e := range all {
			if e.Reason == reason && strings.Contains(e.Message, text) {
				found = e
				return nil
			}
		}
		return fmt.Errorf("no Event %s with %q on ScaledObject %s, there are: %s", reason, text, w.ID(), describe(all))
	})
	return found
}

// Events returns the Events on the ScaledObject, KEDA's among them.
func (w *Workload) Events() ([]corev1.Event, error) {
	list, err := w.s.cluster.Kube.CoreV1().Events(w.s.Namespace).List(w.s.t.Context(), metav1.ListOptions{
		FieldSelector: fields.Set{"involvedObject.kind": "ScaledObject", "involvedObject.name": w.object.Name}.String(),
	})
	if err != nil {
		return nil, fmt.Errorf("list Events of %s: %w", w.ID(), err)
	}
	return list.Items, nil
}

func describe(events []corev1.Event) string {
	if len(events) == 0 {
		return "none"
	}
	var b strings.Builder
	for _, e := range events {
		fmt.Fprintf(&b, "\n  %s %s ×%d from %s%s: %s", e.Type, e.Reason, max(e.Count, 1), e.Source.Component, e.ReportingController, e.Message)
	}
	return b.String()
}
