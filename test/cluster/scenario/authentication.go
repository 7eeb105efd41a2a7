package scenario

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// authenticate gives KEDA its side of mutual TLS: the example's
// ClusterTriggerAuthentication and its Secret, under a name of the scenario's
// own, since another run on the same cluster has another authority.
func (s *Scenario) authenticate() {
	s.t.Helper()
	client := s.cluster.authority.Issue(s.t, "keda")
	secret := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Secret",
		"metadata":   map[string]any{"name": s.authentication(), "namespace": s.cluster.KEDANamespace},
		"stringData": map[string]any{"ca.crt": s.cluster.authority.PEM, "tls.crt": client.Cert, "tls.key": client.Key},
	}}
	objects, err := s.cluster.Example("triggerauthentication.yaml")
	s.must(err)
	if len(objects) != 1 {
		s.t.Fatalf("the example of a TriggerAuthentication has %d objects, want 1", len(objects))
	}
	reference := objects[0]
	reference.SetName(s.authentication())
	for _, parameter := range List(Map(reference.Object, "spec"), "secretTargetRef") {
		parameter["name"] = s.authentication()
	}
	s.must(s.cluster.Apply(s.t.Context(), secret, reference))
	s.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(s.t.Context()), 30*time.Second)
		defer cancel()
		for _, o := range []*unstructured.Unstructured{reference, secret} {
			if err := s.cluster.Delete(ctx, o); err != nil {
				s.t.Logf("clean up: %v", err)
			}
		}
	})
}

// authentication is the name of both objects.
func (s *Scenario) authentication() string { return "headstart-" + s.Namespace }
