package scenario

import (
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Object describes a workload to deploy: a Deployment, and a ScaledObject of
// deploy/examples that points at the scenario's Headstart.
type Object struct {
	// Example names the file: scaledobject-NAME.yaml. The policy it names and
	// all else is as in the file, but for its namespace and address.
	Example string
	// Name of both objects; the example's where empty.
	Name string
	// Replicas the Deployment begins with.
	Replicas int
	// Edit changes the ScaledObject's spec; it may be nil.
	Edit func(spec map[string]any)
	// Pod changes the template's spec and annotations; it may be nil.
	Pod func(template map[string]any)
	// Demand says for the timeline what is asked of the workload; it may be
	// nil.
	Demand func() string
}

// Deploy applies a workload and watches it.
func (s *Scenario) Deploy(o Object) *Workload {
	s.t.Helper()
	if o.Name == "" {
		o.Name = o.Example
	}
	w := s.watch(o)
	s.must(s.cluster.Apply(s.t.Context(), s.Deployment(o), s.ScaledObject(o)))
	return w
}

// Redeploy applies a workload's objects as they are now.
func (w *Workload) Redeploy(edit func(spec map[string]any)) {
	w.s.t.Helper()
	w.object.Edit = edit
	w.s.must(w.s.cluster.Apply(w.s.t.Context(), w.s.ScaledObject(w.object)))
}

// ScaledObject is the example's, in the scenario's namespace.
func (s *Scenario) ScaledObject(o Object) *unstructured.Unstructured {
	s.t.Helper()
	objects, err := s.cluster.Example("scaledobject-" + o.Example + ".yaml")
	s.must(err)
	if len(objects) != 1 {
		s.t.Fatalf("example %s has %d objects, want 1", o.Example, len(objects))
	}
	so := objects[0]
	so.SetName(o.Name)
	so.SetNamespace(s.Namespace)
	spec := Map(so.Object, "spec")
	Map(spec, "scaleTargetRef")["name"] = o.Name
	for _, trigger := range List(spec, "triggers") {
		Map(trigger, "metadata")["scalerAddress"] = s.address()
		Map(trigger, "authenticationRef")["name"] = s.authentication()
	}
	if o.Edit != nil {
		o.Edit(spec)
	}
	return so
}

// Deployment is what the ScaledObject scales.
func (s *Scenario) Deployment(o Object) *unstructured.Unstructured {
	s.t.Helper()
	objects, err := Objects(fmt.Sprintf(`apiVersion: apps/v1
kind: Deployment
metadata: {name: %[1]s, namespace: %[2]s}
spec:
  replicas: %[3]d
  selector: {matchLabels: {app: %[1]s}}
  template:
    metadata: {labels: {app: %[1]s}, annotations: {}}
    spec:
      terminationGracePeriodSeconds: 1
      containers: [{name: main, image: %[4]q, resources: {requests: {cpu: 10m, memory: 8Mi}}}]
`, o.Name, s.Namespace, o.Replicas, s.cluster.Image))
	s.must(err)
	d := objects[0]
	template := Map(d.Object, "spec", "template")
	if s.cluster.Emulated {
		Map(template, "spec")["nodeSelector"] = map[string]any{"headstart.test/pool": "base"}
	}
	if o.Pod != nil {
		o.Pod(template)
	}
	return d
}

// Map returns the map at a path of fields, which is made where it is missing.
// What is there and is no map panics: the path is wrong.
func Map(in map[string]any, path ...string) map[string]any {
	for _, field := range path {
		if in[field] == nil {
			in[field] = map[string]any{}
		}
		next, ok := in[field].(map[string]any)
		if !ok {
			panic(fmt.Sprintf("field %s is %T, not a map", field, in[field]))
		}
		in = next
	}
	return in
}

// List returns the maps of a list.
func List(in map[string]any, field string) []map[string]any {
	items, ok := in[field].([]any)
	if !ok {
		panic(fmt.Sprintf("field %s is %T, not a list", field, in[field]))
	}
	list := make([]map[string]any, len(items))
	for i, item := range items {
		if list[i], ok = item.(map[string]any); !ok {
			panic(fmt.Sprintf("item %d of %s is %T, not a map", i, field, item))
		}
	}
	return list
}
