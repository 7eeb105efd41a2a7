package calendar

import (
	"fmt"
	"slices"
	"strings"
)

// Scope says which workloads an event concerns. What is empty is not asked
// for; the zero Scope concerns all workloads.
type Scope struct {
	Brands, Markets, Regions []string
	Workloads                Selector
}

// The labels by which a workload tells what it is.
const (
	LabelBrand  = "brand"
	LabelMarket = "market"
	LabelRegion = "region"
	// LabelNamespace and LabelName are the ScaledObject's own, whatever labels it
	// has.
	LabelNamespace = "namespace"
	LabelName      = "name"
	// Every is the value of a label by which a workload belongs to all brands,
	// markets or regions. In a scope it is the same as to name none.
	Every = "all"
)

// Selector is what a workload's labels have to be: for each key one of its
// values. Keys are in order, each once.
type Selector []Requirement

// Requirement is one key of a Selector.
type Requirement struct {
	Key    string
	Values []string
}

// ParseSelector reads "team=payments tier=gold|silver". The keys namespace and
// name are the ScaledObject's own.
func ParseSelector(text string) (Selector, error) {
	var s Selector
	for _, field := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ';' || r == ',' || r == '\t' || r == '\n' }) {
		key, values, ok := strings.Cut(field, "=")
		if !ok || key == "" || values == "" || slices.Contains(strings.Split(values, "|"), "") {
			return nil, fmt.Errorf("%q is not KEY=VALUE or KEY=VALUE|VALUE", field)
		}
		if slices.ContainsFunc(s, func(r Requirement) bool { return r.Key == key }) {
			return nil, fmt.Errorf("label %s is asked for twice: write %s=VALUE|VALUE", key, key)
		}
		s = append(s, Requirement{key, strings.Split(values, "|")})
	}
	slices.SortFunc(s, func(a, b Requirement) int { return strings.Compare(a.Key, b.Key) })
	return s, nil
}

// String is what ParseSelector reads.
func (s Selector) String() string {
	fields := make([]string, len(s))
	for i, r := range s {
		fields[i] = r.Key + "=" + strings.Join(r.Values, "|")
	}
	return strings.Join(fields, " ")
}

// Concerns reports whether a workload with these labels is in the scope. A
// workload that does not tell its brand is in no brand's scope, and so on.
func (s Scope) Concerns(labels map[string]string) bool {
	if !concerns(s.Brands, labels[LabelBrand]) || !concerns(s.Markets, labels[LabelMarket]) || !concerns(s.Regions, labels[LabelRegion]) {
		return false
	}
	for _, r := range s.Workloads {
		if value, ok := labels[r.Key]; !ok || !slices.ContainsFunc(r.Values, func(v string) bool { return alike(v, value) }) {
			return false
		}
	}
	return true
}

func concerns(wanted []string, has string) bool {
	if everyone(wanted) || alike(has, Every) {
		return true
	}
	return has != "" && slices.ContainsFunc(wanted, func(w string) bool { return alike(w, has) })
}

// everyone reports whether a list of brands, markets or regions leaves nobody
// out: people write "all" into a cell as well as nothing.
func everyone(wanted []string) bool {
	return len(wanted) == 0 || slices.ContainsFunc(wanted, func(w string) bool { return alike(w, Every) })
}

// alike compares names as people write them with those a label can have, which
// has no blanks.
func alike(a, b string) bool { return a == b || fold(a) == fold(b) }

func fold(text string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '_' {
			return '-'
		}
		return r
	}, strings.ToLower(strings.TrimSpace(text)))
}
