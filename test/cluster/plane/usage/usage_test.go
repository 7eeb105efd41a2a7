package usage

import (
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	metrics "k8s.io/metrics/pkg/apis/metrics/v1beta1"
)

func TestReadyPodsShareTheCPUOfTheirNamespace(t *testing.T) {
	for name, c := range map[string]struct {
		annotation string
		pods       []*corev1.Pod
		want       map[string]int64 // thousandths of a CPU, by pod
		code       int
	}{
		"two of three are Ready": {"300m", []*corev1.Pod{pod("a", true), pod("b", true), pod("c", false)}, map[string]int64{"a": 150, "b": 150}, 200},
		"none is Ready":          {"300m", []*corev1.Pod{pod("a", false)}, map[string]int64{}, 200},
		"nothing is said":        {"", []*corev1.Pod{pod("a", true)}, map[string]int64{}, 200},
		"whole CPUs":             {"2", []*corev1.Pod{pod("a", true)}, map[string]int64{"a": 2000}, 200},
		"nonsense":               {"much", []*corev1.Pod{pod("a", true)}, nil, 500},
	} {
		t.Run(name, func(t *testing.T) {
			namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop", Annotations: map[string]string{CPUAnnotation: c.annotation}}}
			objects := []runtime.Object{namespace, pod("another", true, "other")}
			for _, p := range c.pods {
				objects = append(objects, p)
			}
			answer := httptest.NewRecorder()
			Handler(fake.NewClientset(objects...), slog.New(slog.DiscardHandler)).ServeHTTP(answer,
				httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods?labelSelector=app%3Dapi", nil))
			if answer.Code != c.code {
				t.Fatalf("status %d, want %d: %s", answer.Code, c.code, answer.Body)
			}
			if c.code != http.StatusOK {
				return
			}
			if got := used(t, answer.Body.Bytes()); !maps.Equal(got, c.want) {
				t.Errorf("pods use %v, want %v", got, c.want)
			}
		})
	}
}

// used is the CPU of each pod in an answer.
func used(t *testing.T, answer []byte) map[string]int64 {
	t.Helper()
	var list metrics.PodMetricsList
	if err := json.Unmarshal(answer, &list); err != nil {
		t.Fatal(err)
	}
	used := map[string]int64{}
	for _, p := range list.Items {
		for _, c := range p.Containers {
			used[p.Name] += c.Usage.Cpu().MilliValue()
		}
	}
	return used
}

// pod is one of the app api, unless another is named.
func pod(name string, ready bool, app ...string) *corev1.Pod {
	status := corev1.ConditionFalse
	if ready {
		status = corev1.ConditionTrue
	}
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, Labels: map[string]string{"app": append(app, "api")[0]}},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "main"}, {Name: "sidecar"}}},
		Status:     corev1.PodStatus{Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: status}}},
	}
}
