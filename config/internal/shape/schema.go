package shape

import "github.com/invopop/jsonschema"

// JSONSchema describes the notation.
func (Duration) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{
		Type: "string", Pattern: `^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$|^0$`,
		Examples: []any{"90s", "5m", "1h30m"},
	}
}

// JSONSchema describes both forms.
func (Tolerance) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{OneOf: []*jsonschema.Schema{
		{Const: "auto"},
		{Type: "number", Minimum: "0", ExclusiveMaximum: "1"},
	}}
}

// JSONSchema describes both forms.
func (Words) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{OneOf: []*jsonschema.Schema{
		{Type: "string"},
		{Type: "array", Items: &jsonschema.Schema{Type: "string"}},
	}}
}

// JSONSchema describes both forms; the reflector adds the mapping's.
func (Capacity) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{OneOf: []*jsonschema.Schema{
		{Type: "number", ExclusiveMinimum: "0"},
		{Ref: "#/$defs/LearnedCapacity"},
	}}
}
