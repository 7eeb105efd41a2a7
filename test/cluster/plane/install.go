package plane

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// install applies what KEDA and Karpenter need before they start: their
// resource definitions, which their modules ship, the APIs of metrics, and what
// makes nodes begin as a kubelet's do.
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
		func() error { return p.registerMetrics(ctx) },
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

// The APIs that the API server hands on: KEDA's adapter and the package usage
// answer.
const (
	apiServices     = "apiregistration.k8s.io/v1/apiservices"
	externalMetrics = "v1beta1.external.metrics.k8s.io"
	resourceMetrics = "v1beta1.metrics.k8s.io"
)

// registerMetrics makes the API server ask for metrics. Without kube-proxy
// there are no cluster addresses: it asks by the Service's external name.
func (p *Plane) registerMetrics(ctx context.Context) error {
	namespaces, err := parse(fmt.Appendf(nil, "apiVersion: v1\nkind: Namespace\nmetadata: {name: %s}", KEDANamespace))
	if err != nil {
		return err
	}
	if err := p.apply(ctx, "/v1/namespaces", namespaces[0]); err != nil {
		return err
	}
	return errors.Join(
		p.handOn(ctx, externalMetrics, "keda-metrics-apiserver", p.ports.adapter),
		p.handOn(ctx, resourceMetrics, "metrics-server", p.ports.usage),
	)
}

func (p *Plane) handOn(ctx context.Context, api, service string, port int) error {
	version, group, _ := strings.Cut(api, ".")
	objects, err := parse(fmt.Appendf(nil, `
apiVersion: v1
kind: Service
metadata: {name: %[1]s, namespace: %[2]s}
spec: {type: ExternalName, externalName: localhost, ports: [{port: %[3]d, name: https}]}
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: %[4]s}
spec:
  group: %[5]s
  version: %[6]s
  groupPriorityMinimum: 100
  versionPriority: 100
  insecureSkipTLSVerify: true
  service: {name: %[1]s, namespace: %[2]s, port: %[3]d}
`, service, KEDANamespace, port, api, group, version))
	if err != nil {
		return err
	}
	for i, resource := range []string{"/v1/services", apiServices} {
		if err := p.apply(ctx, resource, objects[i]); err != nil {
			return err
		}
	}
	return nil
}

// awaitMetrics returns when the HPA can read metrics.
func (p *Plane) awaitMetrics(ctx context.Context) error {
	return errors.Join(
		p.awaitCondition(ctx, apiServices, externalMetrics, "Available"),
		p.awaitCondition(ctx, apiServices, resourceMetrics, "Available"),
	)
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
