// Command schemagen writes the JSON Schema of the configuration files, made of
// the shapes the decoder reads. It takes the file to write as its argument and
// runs in the folder config.
package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/invopop/jsonschema"

	"github.com/headstart-scaler/headstart/config/internal/shape"
)

const (
	shapes = "internal/shape"
	module = "github.com/headstart-scaler/headstart/config"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: schemagen FILE")
		os.Exit(2)
	}
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "schemagen:", err)
		os.Exit(1)
	}
}

func write(file string) error {
	data, err := Schema(shapes)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil { //nolint:gosec // The argument is go generate's.
		return err
	}
	return os.WriteFile(file, data, 0o644) //nolint:gosec // A schema is for everybody to read.
}

// Schema is the JSON Schema, draft 2020-12, of a configuration document. The
// descriptions are the comments of the shapes in dir.
func Schema(dir string) ([]byte, error) {
	server, err := reflectShape(dir, shape.Server{})
	if err != nil {
		return nil, err
	}
	policy, err := reflectShape(dir, shape.Policy{})
	if err != nil {
		return nil, err
	}
	class, err := reflectShape(dir, shape.EventClass{})
	if err != nil {
		return nil, err
	}
	learned, err := reflectShape(dir, shape.LearnedCapacity{})
	if err != nil {
		return nil, err
	}
	root := &jsonschema.Schema{
		Version:     jsonschema.Version,
		ID:          "https://headstart-scaler.github.io/schema/headstart.schema.json",
		Title:       "Headstart configuration",
		Description: "A Server, Policy or EventClass document. Several may share a file, separated by ---.",
		Type:        "object",
		Properties:  jsonschema.NewProperties(),
		Required:    []string{"apiVersion", "kind"},
		Definitions: jsonschema.Definitions{},
		AllOf:       []*jsonschema.Schema{when("Server"), when("Policy"), when("EventClass")},
	}
	// An editor completes a document that has no kind yet by these.
	root.Properties.Set("apiVersion", &jsonschema.Schema{Type: "string", Const: "headstart/v1"})
	root.Properties.Set("kind", &jsonschema.Schema{Type: "string", Enum: []any{"Server", "Policy", "EventClass"}})
	for _, s := range []*jsonschema.Schema{server, policy, class, learned} {
		maps.Copy(root.Definitions, s.Definitions)
	}
	addDefaults(root.Definitions, reflect.TypeFor[shape.Server]())
	addDefaults(root.Definitions, reflect.TypeFor[shape.Policy]())
	addDefaults(root.Definitions, reflect.TypeFor[shape.EventClass]())
	data, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		return nil, err
	}
	return append(data, '\n'), nil
}

func reflectShape(dir string, v any) (*jsonschema.Schema, error) {
	r := &jsonschema.Reflector{FieldNameTag: "yaml", RequiredFromJSONSchemaTags: true, Anonymous: true}
	if err := r.AddGoComments(module, dir, jsonschema.WithFullComment()); err != nil {
		return nil, fmt.Errorf("read comments of %s: %w", dir, err)
	}
	return r.Reflect(v), nil
}

// addDefaults adds what the reflector leaves out: the default of a field whose
// type is defined apart, such as a Duration.
func addDefaults(defs jsonschema.Definitions, t reflect.Type) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	def, ok := defs[t.Name()]
	if t.Kind() != reflect.Struct || !ok || def.Properties == nil {
		return
	}
	for f := range t.Fields() {
		addDefaults(defs, f.Type)
		property, ok := def.Properties.Get(f.Tag.Get("yaml"))
		if !ok || property.Ref == "" {
			continue
		}
		for part := range strings.SplitSeq(f.Tag.Get("jsonschema"), ",") {
			if value, has := strings.CutPrefix(part, "default="); has {
				property.Default = value
			}
		}
	}
}

// when is the schema of one kind.
func when(kind string) *jsonschema.Schema {
	is := jsonschema.NewProperties()
	is.Set("kind", &jsonschema.Schema{Const: kind})
	return &jsonschema.Schema{
		If:   &jsonschema.Schema{Properties: is, Required: []string{"kind"}},
		Then: &jsonschema.Schema{Ref: "#/$defs/" + kind},
	}
}
