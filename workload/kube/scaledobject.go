package kube

import (
	"context"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/workload"
)

const scaledObjectsName = "scaledobjects.keda.sh"

// scaledObjects is KEDA's resource. Its Go types cost 61 modules; these few
// fields are read from the JSON instead.
var scaledObjects = schema.GroupVersionResource{Group: "keda.sh", Version: "v1alpha1", Resource: "scaledobjects"} //nolint:gochecknoglobals // a constant in all but the language

// scaledObjectFeed watches the ScaledObjects of a namespace.
func (c *Cluster) scaledObjectFeed(namespace string) *feed {
	api := c.clients.Dynamic.Resource(scaledObjects).Namespace(namespace)
	example := &unstructured.Unstructured{}
	example.SetGroupVersionKind(scaledObjects.GroupVersion().WithKind("ScaledObject"))
	h := c.health(scaledObjectsName, namespace, "list, watch")
	return &feed{
		health:  h,
		example: example,
		client:  c.clients.Dynamic,
		list: func(ctx context.Context, opts metav1.ListOptions) (runtime.Object, error) {
			return api.List(ctx, opts)
		},
		watch: func(ctx context.Context, opts metav1.ListOptions) (watch.Interface, error) {
			return api.Watch(ctx, opts)
		},
		strip: stripScaledObject,
		put: func(obj any) {
			if u, ok := obj.(*unstructured.Unstructured); ok {
				c.observe(u, h)
			}
		},
		drop: func(n types.NamespacedName) { c.index.dropObject(workload.ID(n)) },
	}
}

// observe takes a ScaledObject into the index, starts watching what it scales
// and tells of triggers that are new.
func (c *Cluster) observe(u *unstructured.Unstructured, source *health) {
	id := workload.ID{Namespace: u.GetNamespace(), Name: u.GetName()}
	o := readScaledObject(u, c.ours)
	if o == nil {
		c.index.dropObject(id)
		return
	}
	o.source = source
	before := c.index.setObject(id, o)
	if before == nil {
		wake(c.wakeSpaces) // its namespace may be new
	}
	c.startTargets(o.target.kind)
	if c.options.Found == nil {
		return
	}
	for _, t := range o.triggers {
		if before == nil || !slices.Contains(before.triggers, t) {
			c.options.Found(t)
		}
	}
}

// Has says whether the cluster has a ScaledObject of that name with a trigger
// for Headstart. A no is sure once all those of its namespace have been seen
// and what was seen is recent; of a namespace that is not watched it never is.
func (c *Cluster) Has(id workload.ID) (exists, sure bool) {
	// Asked before the index: what is complete now stays so.
	sure = c.completeIn(id.Namespace)
	if _, ok := c.index.object(id); ok {
		return true, true
	}
	return false, sure
}

// completeIn reports whether all ScaledObjects of a namespace are known.
func (c *Cluster) completeIn(namespace string) bool {
	c.recording.Lock()
	defer c.recording.Unlock()
	for _, h := range c.healths {
		if h.name == scaledObjectsName && (h.namespace == "" || h.namespace == namespace) {
			s := h.status()
			return s.Synced && s.Trusted
		}
	}
	return false
}

// readScaledObject cuts a ScaledObject down to what is decided on; nil when
// none of its triggers has to do with Headstart.
func readScaledObject(u *unstructured.Unstructured, ours func(address string) bool) *object {
	so := workload.DecodeScaledObject(u.Object)
	if len(so.Triggers) == 0 {
		return nil
	}
	o := &object{
		uid:       u.GetUID(),
		labels:    so.Labels,
		min:       decision.Replicas(so.MinReplicas),
		max:       decision.Replicas(so.MaxReplicas),
		tolerance: so.Behavior.Up.Tolerance,
		target:    targetOf(so),
		resource:  resourceOf(u.Object),
		paused:    so.Paused(),
	}
	// A trigger with another address is not announced, but what its target
	// does stays known: the address may be a name of ours that nobody listed,
	// and KEDA then asks anyway.
	so.Triggers = slices.DeleteFunc(so.Triggers, func(t workload.TriggerFacts) bool {
		return !ours(t.Metadata["scalerAddress"])
	})
	o.objection = objection(so)
	for _, facts := range so.Triggers {
		// A trigger that cannot be parsed gets its error when KEDA asks.
		if t, err := workload.ParseTrigger(so.ID, facts.Metadata); err == nil {
			o.triggers = append(o.triggers, t)
		}
	}
	return o
}

// nobody is a set of policies without any, for rules that need none.
type nobody struct{}

func (nobody) Policy(string) (workload.PolicyFacts, bool) { return workload.PolicyFacts{}, false }
func (nobody) Names() []string                            { return nil }

// objection says why an answer to KEDA would be misread, or "". Other findings
// do harm that a person should know of, and none by answering.
func objection(so workload.ScaledObject) string {
	for _, f := range workload.Lint(so, nobody{}) {
		if f.Code == "metric-type" {
			return f.Field + ": " + f.Message + "; " + f.Fix
		}
	}
	return ""
}

// targetOf names the scale target; apiVersion and kind have KEDA's defaults.
func targetOf(so workload.ScaledObject) target {
	t := target{kind: deployment, namespace: so.ID.Namespace, name: so.Target.Name}
	if so.Target.Kind != "" {
		t.kind.Kind = so.Target.Kind
	}
	if so.Target.APIVersion != "" {
		// What does not parse names no group that exists: the target is missing.
		t.kind.Group = schema.FromAPIVersionAndKind(so.Target.APIVersion, so.Target.Kind).Group
	}
	return t
}

// resourceOf is status.scaleTargetGVKR: KEDA has looked up the resource of the
// kind already, so nobody has to ask discovery again.
func resourceOf(so map[string]any) schema.GroupVersionResource {
	found, _, err := unstructured.NestedStringMap(so, "status", "scaleTargetGVKR")
	if err != nil {
		return schema.GroupVersionResource{}
	}
	return schema.GroupVersionResource{Group: found["group"], Version: found["version"], Resource: found["resource"]}
}

// stripScaledObject leaves the spec, the annotations and what the status says
// of the target.
func stripScaledObject(obj any) {
	u, ok := obj.(*unstructured.Unstructured)
	if !ok {
		return
	}
	u.SetManagedFields(nil)
	unstructured.RemoveNestedField(u.Object, "metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration")
	gvkr, found, err := unstructured.NestedStringMap(u.Object, "status", "scaleTargetGVKR")
	unstructured.RemoveNestedField(u.Object, "status")
	if found && err == nil {
		// The path is fresh, so nothing can be in its way.
		_ = unstructured.SetNestedStringMap(u.Object, gvkr, "status", "scaleTargetGVKR")
	}
}
