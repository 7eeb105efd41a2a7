package plane

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// install applies what KEDA and Karpenter need before they start: their
// resource definitions, which their modules ship, the API that KEDA's adapter
// serves, and what makes nodes begin as a kubelet's do.
func (p *Plane) install(ctx context.Context) error {
	files, err := p.definitionFiles()
	if err != nil {
		return err
	}
	definitions, err := readObjects(files)
	if err != nil {
		return err
	}
	all := []func() error{
		func() error { return p.registerAdapter(ctx) },
		func() error { return p.beginUnready(ctx) },
	}
	for _, d := range definitions {
		all = append(all, func() error { return p.define(ctx, d) })
	}
	return together(all...)
}

func (p *Plane) definitionFiles() ([]string, error) {
	var files []string
	for _, pattern := range []string{
		filepath.Join(p.built[kedaOperator].source, "config/crd/bases/*.yaml"),
		filepath.Join(p.built[karpenter].source, "pkg/apis/crds/*.yaml"),
		filepath.Join(p.built[karpenter].source, "kwok/apis/crds/*.yaml"),
	} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("find resource definitions: there are none at %s", pattern)
		}
		files = append(files, found...)
	}
	return files, nil
}

func readObjects(files []string) ([]*unstructured.Unstructured, error) {
	var objects []*unstructured.Unstructured
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read a resource definition: %w", err)
		}
		found, err := parse(text)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", file, err)
		}
		objects = append(objects, found...)
	}
	return objects, nil
}

// parse reads YAML documents.
func parse(text []byte) ([]*unstructured.Unstructured, error) {
	var objects []*unstructured.Unstructured
	for decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(text), 4096); ; {
		o := &unstructured.Unstructured{}
		err := decoder.Decode(&o.Object)
		switch {
		case errors.Is(err, io.EOF):
			return objects, nil
		case err != nil:
			return nil, err
		case len(o.Object) > 0:
			objects = append(objects, o)
		}
	}
}

// define applies a CustomResourceDefinition and waits until it is served.
func (p *Plane) define(ctx context.Context, definition *unstructured.Unstructured) error {
	const resource = "apiextensions.k8s.io/v1/customresourcedefinitions"
	if err := p.apply(ctx, resource, definition); err != nil {
		return err
	}
	return p.awaitCondition(ctx, resource, definition.GetName(), "Established")
}

func (p *Plane) registerAdapter(ctx context.Context) error {
	// Without kube-proxy there are no cluster addresses: the API server asks
	// by the Service's external name.
	objects, err := parse(fmt.Appendf(nil, `
apiVersion: v1
kind: Namespace
metadata: {name: %[1]s}
---
apiVersion: v1
kind: Service
metadata: {name: keda-metrics-apiserver, namespace: %[1]s}
spec: {type: ExternalName, externalName: localhost, ports: [{port: %[2]d, name: https}]}
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: %[3]s}
spec:
  group: external.metrics.k8s.io
  version: v1beta1
  groupPriorityMinimum: 100
  versionPriority: 100
  insecureSkipTLSVerify: true
  service: {name: keda-metrics-apiserver, namespace: %[1]s, port: %[2]d}
`, KEDANamespace, p.ports.adapter, externalMetrics))
	if err != nil {
		return err
	}
	for i, resource := range []string{"/v1/namespaces", "/v1/services", apiServices} {
		if err := p.apply(ctx, resource, objects[i]); err != nil {
			return err
		}
	}
	return nil
}

const (
	apiServices     = "apiregistration.k8s.io/v1/apiservices"
	externalMetrics = "v1beta1.external.metrics.k8s.io"
)

func (p *Plane) awaitExternalMetrics(ctx context.Context) error {
	return p.awaitCondition(ctx, apiServices, externalMetrics, "Available")
}

// apply applies an object of a resource, which is GROUP/VERSION/PLURAL.
func (p *Plane) apply(ctx context.Context, resource string, o *unstructured.Unstructured) error {
	api := p.dynamic.Resource(parseResource(resource)).Namespace(o.GetNamespace())
	if _, err := api.Apply(ctx, o.GetName(), o, metav1.ApplyOptions{FieldManager: "plane", Force: true}); err != nil {
		return fmt.Errorf("apply %s %s: %w", o.GetKind(), o.GetName(), err)
	}
	return nil
}

// awaitCondition polls until an object says that a condition is true.
func (p *Plane) awaitCondition(ctx context.Context, resource, name, condition string) error {
	ctx, cancel := context.WithTimeout(ctx, bootLimit)
	defer cancel()
	for {
		o, err := p.dynamic.Resource(parseResource(resource)).Get(ctx, name, metav1.GetOptions{})
		if err == nil {
			if err = hasCondition(o, condition); err == nil {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait until %s is %s: %w: %w", name, condition, context.Cause(ctx), err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func hasCondition(o *unstructured.Unstructured, condition string) error {
	conditions, _, err := unstructured.NestedSlice(o.Object, "status", "conditions")
	if err != nil {
		return err
	}
	for _, item := range conditions {
		if c, ok := item.(map[string]any); ok && c["type"] == condition {
			if c["status"] == "True" {
				return nil
			}
			return fmt.Errorf("%s is %v: %v", condition, c["status"], c["message"])
		}
	}
	return fmt.Errorf("it has no condition %s yet", condition)
}

func parseResource(text string) schema.GroupVersionResource {
	parts := bytes.SplitN([]byte(text), []byte("/"), 3)
	return schema.GroupVersionResource{Group: string(parts[0]), Version: string(parts[1]), Resource: string(parts[2])}
}
