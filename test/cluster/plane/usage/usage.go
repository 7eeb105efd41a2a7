package usage

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	metrics "k8s.io/metrics/pkg/apis/metrics/v1beta1"
)

// CPUAnnotation is read on namespaces.
const CPUAnnotation = "headstart.test/cpu"

// window is what a metrics server's samples span. The HPA does not count a pod
// that has not been Ready for as long.
const window = time.Second

// Handler serves metrics.k8s.io/v1beta1 to the API server.
func Handler(client kubernetes.Interface, log *slog.Logger) http.Handler {
	u := &usage{client: client, log: log}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /apis/metrics.k8s.io/v1beta1", u.resources)
	mux.HandleFunc("GET /apis/metrics.k8s.io/v1beta1/namespaces/{namespace}/pods", u.pods)
	return mux
}

type usage struct {
	client kubernetes.Interface
	log    *slog.Logger
}

func (u *usage) resources(w http.ResponseWriter, r *http.Request) {
	u.write(w, r, metav1.APIResourceList{
		TypeMeta:     metav1.TypeMeta{Kind: "APIResourceList", APIVersion: "v1"},
		GroupVersion: metrics.SchemeGroupVersion.String(),
		APIResources: []metav1.APIResource{{Name: "pods", Namespaced: true, Kind: "PodMetrics", Verbs: metav1.Verbs{"list"}}},
	})
}

func (u *usage) pods(w http.ResponseWriter, r *http.Request) {
	list := metrics.PodMetricsList{
		TypeMeta: metav1.TypeMeta{Kind: "PodMetricsList", APIVersion: metrics.SchemeGroupVersion.String()},
		Items:    []metrics.PodMetrics{},
	}
	namespace, err := u.client.CoreV1().Namespaces().Get(r.Context(), r.PathValue("namespace"), metav1.GetOptions{})
	if err != nil {
		u.fail(w, r, err)
		return
	}
	text := namespace.Annotations[CPUAnnotation]
	if text == "" {
		u.write(w, r, list)
		return
	}
	total, err := resource.ParseQuantity(text)
	if err != nil {
		u.fail(w, r, fmt.Errorf("annotation %s of namespace %s is %q: write CPUs such as 1500m: %w", CPUAnnotation, namespace.Name, text, err))
		return
	}
	all, err := u.client.CoreV1().Pods(namespace.Name).List(r.Context(), metav1.ListOptions{LabelSelector: r.FormValue("labelSelector")})
	if err != nil {
		u.fail(w, r, err)
		return
	}
	list.Items = shares(all.Items, total, time.Now())
	u.write(w, r, list)
}

// shares divides CPU among the pods that are Ready.
func shares(pods []corev1.Pod, total resource.Quantity, now time.Time) []metrics.PodMetrics {
	var ready []corev1.Pod
	for _, p := range pods {
		if p.DeletionTimestamp == nil && isReady(p) {
			ready = append(ready, p)
		}
	}
	shared := make([]metrics.PodMetrics, len(ready))
	for i, p := range ready {
		share := resource.NewMilliQuantity(total.MilliValue()/int64(len(ready)), resource.DecimalSI)
		shared[i] = metrics.PodMetrics{
			ObjectMeta: metav1.ObjectMeta{Name: p.Name, Namespace: p.Namespace, Labels: p.Labels},
			Timestamp:  metav1.NewTime(now), Window: metav1.Duration{Duration: window},
		}
		for j, c := range p.Spec.Containers {
			used := resource.MustParse("0")
			if j == 0 {
				used = *share
			}
			shared[i].Containers = append(shared[i].Containers, metrics.ContainerMetrics{
				Name: c.Name, Usage: corev1.ResourceList{corev1.ResourceCPU: used},
			})
		}
	}
	return shared
}

func isReady(p corev1.Pod) bool {
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}

func (u *usage) fail(w http.ResponseWriter, r *http.Request, err error) {
	u.log.ErrorContext(r.Context(), "answer for resource metrics", "path", r.URL.Path, "error", err)
	http.Error(w, err.Error(), http.StatusInternalServerError)
}

func (u *usage) write(w http.ResponseWriter, r *http.Request, answer any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		u.log.WarnContext(r.Context(), "answer for resource metrics", "path", r.URL.Path, "error", err)
	}
}
