package kube

import (
	"context"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"

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
	api := c.clients.Kube.AppsV1().Deployments(namespace)
	h := c.health("deployments.apps", namespace, "list, watch")
	return &feed{
		health:  h,
		example: &appsv1.Deployment{},
		client:  c.clients.Kube,
		list: func(ctx context.Context, opts metav1.ListOptions) (runtime.Object, error) {
			return api.List(ctx, opts)
		},
		watch: func(ctx context.Context, opts metav1.ListOptions) (watch.Interface, error) {
			return api.Watch(ctx, opts)
		},
		strip: func(obj any) {
			if d, ok := obj.(*appsv1.Deployment); ok {
				revision := d.Annotations[revisionAnnotation]
				stripMeta(&d.ObjectMeta)
				d.Annotations = map[string]string{revisionAnnotation: revision}
				d.Spec = appsv1.DeploymentSpec{}
				d.Status.Conditions = nil
			}
		},
		put: func(obj any) {
			if d, ok := obj.(*appsv1.Deployment); ok {
				c.index.setTarget(target{deployment, d.Namespace, d.Name}, readDeployment(d, h))
			}
		},
		drop: func(n types.NamespacedName) { c.index.dropTarget(target{deployment, n.Namespace, n.Name}) },
	}
}

// readDeployment takes the revision together with the UID, since a Deployment
// that is deleted and created anew counts from 1 again.
func readDeployment(d *appsv1.Deployment, source *health) replicas {
	r := replicas{
		source:  source,
		current: decision.Replicas(d.Status.Replicas),
		ready:   decision.Replicas(d.Status.ReadyReplicas),
	}
	if revision := d.Annotations[revisionAnnotation]; revision != "" {
		r.revision = revision + "@" + string(d.UID)
	}
	return r
}

// statefulSetFeed watches the StatefulSets of a namespace.
func (c *Cluster) statefulSetFeed(namespace string) *feed {
	api := c.clients.Kube.AppsV1().StatefulSets(namespace)
	h := c.health("statefulsets.apps", namespace, "list, watch")
	return &feed{
		health:  h,
		example: &appsv1.StatefulSet{},
		client:  c.clients.Kube,
		list: func(ctx context.Context, opts metav1.ListOptions) (runtime.Object, error) {
			return api.List(ctx, opts)
		},
		watch: func(ctx context.Context, opts metav1.ListOptions) (watch.Interface, error) {
			return api.Watch(ctx, opts)
		},
		strip: func(obj any) {
			if s, ok := obj.(*appsv1.StatefulSet); ok {
				stripMeta(&s.ObjectMeta)
				s.Spec = appsv1.StatefulSetSpec{}
				s.Status.Conditions = nil
			}
		},
		put: func(obj any) {
			if s, ok := obj.(*appsv1.StatefulSet); ok {
				c.index.setTarget(target{statefulSet, s.Namespace, s.Name}, replicas{
					source:  h,
					current: decision.Replicas(s.Status.Replicas),
					ready:   decision.Replicas(s.Status.ReadyReplicas),
					// A hash of the template.
					revision: s.Status.UpdateRevision,
				})
			}
		},
		drop: func(n types.NamespacedName) { c.index.dropTarget(target{statefulSet, n.Namespace, n.Name}) },
	}
}

// stripMeta leaves name, namespace, UID and resource version.
func stripMeta(m *metav1.ObjectMeta) {
	m.ManagedFields, m.Annotations, m.Labels, m.OwnerReferences, m.Finalizers = nil, nil, nil, nil, nil
}
