package document

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/headstart-scaler/headstart/workload"
)

// field is one field of a struct as its tags describe it.
type field struct {
	index       int
	name        string
	required    bool
	def         string
	choices     []string
	least, most string
	above       string
}

type fieldList []field

func fieldsOf(t reflect.Type) fieldList {
	list := make(fieldList, 0, t.NumField())
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
		if name == "" || name == "-" {
			continue
		}
		f := field{index: i, name: name}
		for part := range strings.SplitSeq(t.Field(i).Tag.Get("jsonschema"), ",") {
			f.take(part)
		}
		list = append(list, f)
	}
	return list
}

func (f *field) take(part string) {
	switch key, value, _ := strings.Cut(part, "="); key {
	case "required":
		f.required = true
	case "default":
		f.def = value
	case "enum":
		f.choices = append(f.choices, value)
	case "minimum":
		f.least = value
	case "maximum":
		f.most = value
	case "exclusiveMinimum":
		f.above = value
	}
}

func (l fieldList) named(name string) (field, bool) {
	i := slices.IndexFunc(l, func(f field) bool { return f.name == name })
	if i < 0 {
		return field{}, false
	}
	return l[i], true
}

func (l fieldList) names() []string {
	names := make([]string, len(l))
	for i, f := range l {
		names[i] = f.name
	}
	return names
}

// scalar reports whether an empty value is a mistake: a list or a mapping may
// be left empty, a number may not.
func (f field) scalar(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Struct, reflect.Map, reflect.Slice, reflect.Pointer:
		_, parses := reflect.TypeAssert[TextParser](v.Addr())
		return parses
	default:
		return true
	}
}

func (f field) suggestion() string {
	switch {
	case len(f.choices) > 0:
		return "Write " + f.name + ": " + oneOf(f.choices) + "."
	case f.def != "":
		return "Write " + f.name + ": VALUE, or remove it for the default, " + f.def + "."
	default:
		return "Write " + f.name + ": VALUE."
	}
}

// fill gives a field that is not written its default.
func (f field) fill(v reflect.Value) {
	if f.def == "" {
		if v.Kind() == reflect.Struct {
			fillDefaults(v)
		}
		return
	}
	if err := setText(v, f.def); err != nil {
		panic(fmt.Sprintf("document: default %q of %s: %v", f.def, f.name, err))
	}
}

func fillDefaults(v reflect.Value) {
	for _, f := range fieldsOf(v.Type()) {
		f.fill(v.Field(f.index))
	}
}

func setText(v reflect.Value, text string) error {
	if own, ok := reflect.TypeAssert[TextParser](v.Addr()); ok {
		return own.ParseText(text)
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		b, err := strconv.ParseBool(text)
		v.SetBool(b)
		return err
	case reflect.Float64:
		x, err := strconv.ParseFloat(text, 64)
		v.SetFloat(x)
		return err
	case reflect.Int, reflect.Int32, reflect.Int64:
		i, err := strconv.ParseInt(text, 10, 64)
		v.SetInt(i)
		return err
	default:
		return fmt.Errorf("a %s has no default", v.Kind())
	}
	return nil
}

// check holds a decoded field to its choices and bounds.
func (f field) check(n Node, v reflect.Value) {
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if len(f.choices) > 0 && v.Kind() == reflect.String {
		f.checkChoice(n, v.String())
		return
	}
	var x float64
	switch v.Kind() {
	case reflect.Float64:
		x = v.Float()
	case reflect.Int, reflect.Int32, reflect.Int64:
		x = float64(v.Int())
	default:
		return
	}
	switch {
	case f.least != "" && x < bound(f.least):
		n.Refuse("found "+n.Quoted(), "Write at least "+f.least+".")
	case f.above != "" && x <= bound(f.above):
		n.Refuse("found "+n.Quoted(), "Write a number above "+f.above+".")
	case f.most != "" && x > bound(f.most):
		n.Refuse("found "+n.Quoted(), "Write at most "+f.most+".")
	}
}

func (f field) checkChoice(n Node, found string) {
	if found == "" || slices.Contains(f.choices, found) {
		if text, ok := n.Text(); ok && text == "" {
			n.Refuse("is empty", "Write "+oneOf(f.choices)+".")
		}
		return
	}
	fix := "Write " + oneOf(f.choices) + "."
	if near := workload.Nearest(found, f.choices); near != "" {
		fix = "Did you mean " + near + "? It is one of " + strings.Join(f.choices, ", ") + "."
	}
	n.Refuse("found "+n.Quoted(), fix)
}

func bound(text string) float64 {
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		panic("document: a bound is no number: " + text)
	}
	return x
}

func oneOf(choices []string) string {
	last := len(choices) - 1
	if last == 0 {
		return choices[0]
	}
	return strings.Join(choices[:last], ", ") + " or " + choices[last]
}
