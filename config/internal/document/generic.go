package document

import (
	"fmt"

	"github.com/goccy/go-yaml/ast"
)

// Generic reads the document as maps, lists and scalars, for objects that are
// not ours.
func (d *Document) Generic() (map[string]any, Errors) {
	if d.root == nil {
		return nil, d.tooLarge()
	}
	d.nodes = 0
	n, ok := d.resolve(d.root, "", 0)
	if !ok {
		return nil, d.takeErrors()
	}
	if !isMapping(n.value) {
		n.Refuse("found "+n.Quoted(), "Write a mapping that begins with apiVersion and kind.")
		return nil, d.takeErrors()
	}
	object, _ := n.generic().(map[string]any)
	return object, d.takeErrors()
}

func (n Node) generic() any {
	switch v := n.value.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		out := map[string]any{}
		for _, e := range n.entries(true) {
			if item, ok := n.doc.resolve(e.value, join(n.path, e.name), n.depth+1); ok {
				out[e.name] = item.generic()
			}
		}
		return out
	case *ast.SequenceNode:
		out := make([]any, 0, len(v.Values))
		for i, raw := range v.Values {
			path := fmt.Sprintf("%s[%d]", n.path, i)
			n.doc.places[path] = place{value: raw}
			if item, ok := n.doc.resolve(raw, path, n.depth+1); ok {
				out = append(out, item.generic())
			}
		}
		return out
	case *ast.IntegerNode:
		return v.Value
	case *ast.FloatNode:
		return v.Value
	case *ast.BoolNode:
		return v.Value
	case *ast.NullNode, nil:
		return nil
	default:
		if text, ok := n.Text(); ok {
			return text
		}
		return nil
	}
}
