package kube

import (
	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/headstart-scaler/headstart/decision"
)

// The kinds that are watched; every other kind's scale is polled.
//
//nolint:gochecknoglobals // constants in all but the language
var (
	deployment  = schema.GroupKind{Group: "apps", Kind: "Deployment"}
	statefulSet = schema.GroupKind{Group: "apps", Kind: "StatefulSet"}
)

// revisionAnnotation counts a Deployment's pod templates. The Deployment
// controller raises it when the template changes, and back and forth of
// replicas leaves it alone.
const revisionAnnotation = "deployment.kubernetes.io/revision"

func watchedKind(k schema.GroupKind) bool { return k == deployment || k == statefulSet }

// deploymentFeed watches the Deployments of a namespace.
func (c *Cluster) deploymentFeed(namespace string) *feed {
	h := c.health("deployments.apps", namespace, "list, watch")
	return typed(c, h, c.clients.Kube.AppsV1().Deployments(namespace), objects[*appsv1.Deployment]{
		example: &appsv1.Deployment{},
		strip: func(d *appsv1.Deployment) {
			revision := d.Annotations[revisionAnnotation]
			stripMeta(&d.ObjectMeta)
			d.Annotations = map[string]string{revisionAnnotation: revision}
			d.Spec = appsv1.DeploymentSpec{Replicas: d.Spec.Replicas}
			d.Status.Conditions = nil
		},
		put: func(d *appsv1.Deployment) {
			c.index.setTarget(target{deployment, d.Namespace, d.Name}, readDeployment(d, h))
		},
		drop: func(n types.NamespacedName) { c.index.dropTarget(target{deployment, n.Namespace, n.Name}) },
	})
}

// readDeployment takes the revision together with the UID, since a Deployment
// that is deleted and created anew counts from 1 again.
func readDeployment(d *appsv1.Deployment, source *health) replicas {
	r := replicas{
		source:  source,
		current: decision.Replicas(d.Status.Replicas),
		ready:   decision.Replicas(d.Status.ReadyReplicas),
		asked:   asked(d.Spec.Replicas),
	}
	if revision := d.Annotations[revisionAnnotation]; revision != "" {
		r.revision = revision + "@" + string(d.UID)
	}
	return r
}

// statefulSetFeed watches the StatefulSets of a namespace.
func (c *Cluster) statefulSetFeed(namespace string) *feed {
	h := c.health("statefulsets.apps", namespace, "list, watch")
	return typed(c, h, c.clients.Kube.AppsV1().StatefulSets(namespace), objects[*appsv1.StatefulSet]{
		example: &appsv1.StatefulSet{},
		strip: func(s *appsv1.StatefulSet) {
			stripMeta(&s.ObjectMeta)
			s.Spec = appsv1.StatefulSetSpec{Replicas: s.Spec.Replicas}
			s.Status.Conditions = nil
		},
		put: func(s *appsv1.StatefulSet) {
			c.index.setTarget(target{statefulSet, s.Namespace, s.Name}, replicas{
				source:  h,
				current: decision.Replicas(s.Status.Replicas),
				ready:   decision.Replicas(s.Status.ReadyReplicas),
				asked:   asked(s.Spec.Replicas),
				// A hash of the template.
				revision: s.Status.UpdateRevision,
			})
		},
		drop: func(n types.NamespacedName) { c.index.dropTarget(target{statefulSet, n.Namespace, n.Name}) },
	})
}

// asked is a spec.replicas; the API server fills in what nobody set.
func asked(replicas *int32) decision.Replicas {
	if replicas == nil {
		return 0
	}
	return decision.Replicas(*replicas)
}

// stripMeta leaves name, namespace, UID and resource version.
func stripMeta(m *metav1.ObjectMeta) {
	m.ManagedFields, m.Annotations, m.Labels, m.OwnerReferences, m.Finalizers = nil, nil, nil, nil, nil
}
