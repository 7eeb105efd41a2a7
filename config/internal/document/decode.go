package document

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/headstart-scaler/headstart/workload"
)

// Decode reads the document strictly into the struct dst points to. Struct
// tags say the rest: `yaml` the field's name, `jsonschema` whether it is
// required, its default, its choices (enum) and its bounds (minimum, maximum,
// exclusiveMinimum). A field that is missing or empty gets its default.
func (d *Document) Decode(dst any) Errors {
	if d.root == nil {
		return d.tooLarge()
	}
	d.nodes = 0
	if n, ok := d.resolve(d.root, "", 0); ok {
		n.decode(dst)
	}
	return d.takeErrors()
}

var headLine = regexp.MustCompile(`^(apiVersion|kind):\s+["']?([^\s"']+)`)

// Head is the document's apiVersion and kind, "" where they are missing.
func (d *Document) Head() (apiVersion, kind string) {
	if d.root == nil {
		return d.headOfText()
	}
	for _, e := range entriesOf(d.root) {
		switch text, _ := scalarText(e.Value); tokenText(e.Key) {
		case "apiVersion":
			apiVersion = text
		case "kind":
			kind = text
		}
	}
	return apiVersion, kind
}

// headOfText looks for the head of a document that was not read.
func (d *Document) headOfText() (apiVersion, kind string) {
	for _, line := range d.lines[d.first:d.last] {
		switch m := headLine.FindStringSubmatch(line); {
		case m == nil:
		case m[1] == "kind":
			kind = m[2]
		default:
			apiVersion = m[2]
		}
	}
	return apiVersion, kind
}

func (n Node) decode(dst any) {
	if own, ok := dst.(Decoder); ok {
		own.DecodeNode(n)
		return
	}
	v := reflect.ValueOf(dst).Elem()
	if own, ok := dst.(TextParser); ok {
		n.parseText(own)
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		n.decode(v.Interface())
	case reflect.Struct:
		n.structure(v)
	case reflect.Map:
		n.texts(v)
	case reflect.Slice:
		n.list(v)
	default:
		n.scalar(v)
	}
}

func (n Node) structure(v reflect.Value) {
	if !isMapping(n.value) {
		n.Refuse("found "+n.Quoted(), "Write a mapping: NAME: VALUE, indented below.")
		fillDefaults(v)
		return
	}
	fields := fieldsOf(v.Type())
	written := n.entries(true)
	for _, e := range written {
		if _, ok := fields.named(e.name); !ok {
			n.unknown(e, fields.names())
		}
	}
	for _, f := range fields {
		n.field(v.Field(f.index), f, written)
	}
}

func (n Node) field(v reflect.Value, f field, written []entry) {
	path := join(n.path, f.name)
	for _, e := range written {
		if e.name != f.name {
			continue
		}
		value, ok := n.doc.resolve(e.value, path, n.depth+1)
		if !ok {
			return
		}
		if _, empty := value.value.(*ast.NullNode); empty {
			n.missing(v, f, path, "is empty")
			return
		}
		before := len(n.doc.errors)
		value.decode(v.Addr().Interface())
		if len(n.doc.errors) == before {
			f.check(value, v)
		}
		return
	}
	n.missing(v, f, path, "is missing")
}

// missing gives a field its default, or refuses when it has to be there.
func (n Node) missing(v reflect.Value, f field, path, how string) {
	_, written := n.doc.places[path]
	if f.required || (written && f.scalar(v)) {
		n.doc.errors = append(n.doc.errors, n.doc.Problem(workload.Error, "missing", path, how, f.suggestion()))
		return
	}
	f.fill(v)
}

func (n Node) unknown(e entry, known []string) {
	fix := "Remove it. Known here: " + strings.Join(known, ", ") + "."
	if near := workload.Nearest(e.name, known); near != "" {
		fix = "Did you mean " + near + "?"
	} else if near := prefixed(e.name, known); near != "" {
		fix = "Did you mean " + near + "?"
	}
	p := Problem{
		Severity: workload.Error, Code: "unknown-field", File: n.doc.File, Path: join(n.path, e.name),
		Message: "unknown field", Fix: fix,
	}
	n.doc.mark(&p, e.key.GetToken())
	n.doc.errors = append(n.doc.errors, p)
}

// prefixed finds what a field is the beginning of: password of passwordFile.
func prefixed(name string, known []string) string {
	var found []string
	for _, k := range known {
		if len(name) >= 3 && strings.HasPrefix(strings.ToLower(k), strings.ToLower(name)) {
			found = append(found, k)
		}
	}
	return strings.Join(found, " or ")
}

func (n Node) texts(v reflect.Value) {
	if !isMapping(n.value) {
		n.Refuse("found "+n.Quoted(), "Write a mapping: NAME: TEXT, indented below.")
		return
	}
	v.Set(reflect.MakeMap(v.Type()))
	for _, e := range n.entries(true) {
		value, ok := n.doc.resolve(e.value, join(n.path, e.name), n.depth+1)
		if !ok {
			continue
		}
		item := reflect.New(v.Type().Elem())
		value.decode(item.Interface())
		v.SetMapIndex(reflect.ValueOf(e.name), item.Elem())
	}
}

func (n Node) list(v reflect.Value) {
	seq, ok := n.value.(*ast.SequenceNode)
	if !ok {
		n.Refuse("found "+n.Quoted(), "Write a list: one \"- ITEM\" a line, or [ITEM, ITEM].")
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), 0, len(seq.Values)))
	for i, raw := range seq.Values {
		path := fmt.Sprintf("%s[%d]", n.path, i)
		n.doc.places[path] = place{value: raw}
		value, ok := n.doc.resolve(raw, path, n.depth+1)
		if !ok {
			continue
		}
		item := reflect.New(v.Type().Elem())
		value.decode(item.Interface())
		v.Set(reflect.Append(v, item.Elem()))
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
