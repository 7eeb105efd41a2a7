package main

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"
)

func TestCommittedSchemaIsCurrent(t *testing.T) {
	t.Chdir("../..")
	want, err := Schema(shapes)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../docs/schema/headstart.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("docs/schema/headstart.schema.json is not what the shapes say: run go generate ./config")
	}
}

// TestEveryFieldIsDescribed keeps the schema useful in an editor.
func TestEveryFieldIsDescribed(t *testing.T) {
	t.Chdir("../..")
	data, err := Schema(shapes)
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Defs map[string]struct {
			AdditionalProperties *bool                                    `json:"additionalProperties"`
			Properties           map[string]struct{ Description *string } `json:"properties"`
		} `json:"$defs"`
	}
	if err := json.Unmarshal(data, &schema); err != nil {
		t.Fatal(err)
	}
	if len(schema.Defs) < 15 {
		t.Errorf("only %d definitions", len(schema.Defs))
	}
	for name, def := range schema.Defs {
		for field, p := range def.Properties {
			if top := name == "Server" || name == "Policy" || name == "EventClass"; p.Description == nil && !top {
				t.Errorf("%s.%s has no description", name, field)
			}
		}
		if len(def.Properties) > 0 && (def.AdditionalProperties == nil || *def.AdditionalProperties) {
			t.Errorf("%s allows unknown fields", name)
		}
	}
}
