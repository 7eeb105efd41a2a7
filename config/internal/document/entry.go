package document

import (
	"fmt"

	"github.com/goccy/go-yaml/ast"

	"github.com/headstart-scaler/headstart/workload"
)

// entry is one key of a mapping with its value.
type entry struct {
	name  string
	key   ast.Node
	value ast.Node
}

// entries lists a mapping's keys, those of merges (<<) after its own and
// without those it has itself. Keys that are no text and keys written twice
// are refused.
func (n Node) entries(note bool) []entry {
	var own, merged []entry
	first := map[string]ast.Node{}
	for _, pair := range entriesOf(n.value) {
		if _, ok := pair.Key.(*ast.MergeKeyNode); ok {
			merged = append(merged, n.merge(pair.Value)...)
			continue
		}
		name, ok := keyText(pair.Key)
		if !ok {
			n.at(pair.Key, "syntax", "a key has to be a text", "Write NAME: VALUE.")
			continue
		}
		if before, twice := first[name]; twice {
			n.at(pair.Key, "duplicate", fmt.Sprintf("%s is written twice, first in line %d", name, before.GetToken().Position.Line+n.doc.first), "Keep one.")
			continue
		}
		first[name] = pair.Key
		own = append(own, entry{name, pair.Key, pair.Value})
		if note {
			n.doc.places[join(n.path, name)] = place{key: pair.Key.GetToken(), value: pair.Value}
		}
	}
	for _, e := range merged {
		if _, has := first[e.name]; !has {
			first[e.name] = e.key
			own = append(own, e)
		}
	}
	return own
}

// merge lists what a merge key brings in: a mapping, or a list of them.
func (n Node) merge(value ast.Node) []entry {
	from, ok := n.doc.resolve(value, join(n.path, "<<"), n.depth+1)
	if !ok {
		return nil
	}
	if seq, ok := from.value.(*ast.SequenceNode); ok {
		var out []entry
		for _, item := range seq.Values {
			out = append(out, n.merge(item)...)
		}
		return out
	}
	if !isMapping(from.value) {
		from.Refuse("merges "+from.Quoted(), "Merge a mapping: <<: *NAME.")
		return nil
	}
	return from.entries(false)
}

// at refuses something at a node that has no path of its own.
func (n Node) at(where ast.Node, code, message, fix string) {
	p := Problem{Severity: workload.Error, Code: code, File: n.doc.File, Path: n.path, Message: message, Fix: fix}
	n.doc.mark(&p, where.GetToken())
	n.doc.errors = append(n.doc.errors, p)
}

func keyText(n ast.Node) (string, bool) {
	if anchor, ok := n.(*ast.AnchorNode); ok {
		n = anchor.Value
	}
	if explicit, ok := n.(*ast.MappingKeyNode); ok {
		n = explicit.Value
	}
	if _, ok := n.(*ast.NullNode); ok {
		return "", false
	}
	return scalarText(n)
}
