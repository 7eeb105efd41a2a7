package document

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"github.com/headstart-scaler/headstart/workload"
)

// Node is one value of a document at its path, for types that decode
// themselves.
type Node struct {
	doc   *Document
	value ast.Node // anchors, aliases and tags resolved
	path  string
	depth int
}

// Decoder is a type that decodes itself, because it may be written in several
// forms.
type Decoder interface {
	DecodeNode(n Node)
}

// Refuse tells that the value is wrong.
func (n Node) Refuse(message, fix string) {
	n.doc.errors = append(n.doc.errors, n.doc.Problem(workload.Error, "value", n.path, message, fix))
}

// Decode reads the value into what dst points to.
func (n Node) Decode(dst any) { n.decode(dst) }

// IsMapping and IsList tell the form of the value.
func (n Node) IsMapping() bool { return entriesOf(n.value) != nil || isMapping(n.value) }

// IsList reports whether the value is a sequence.
func (n Node) IsList() bool { _, ok := n.value.(*ast.SequenceNode); return ok }

// Text is a scalar as it is written, quotes removed; false for anything else.
func (n Node) Text() (string, bool) { return scalarText(n.value) }

// Quoted shows the value in an error, unless it is secret.
func (n Node) Quoted() string {
	text, ok := n.Text()
	switch {
	case isSecretPath(n.path):
		return masked
	case !ok:
		return "a " + describe(n.value)
	case len(text) > 64:
		return fmt.Sprintf("%.64q…", text)
	case isTextNode(n.value):
		return fmt.Sprintf("%q", text)
	default:
		return text
	}
}

// resolve follows anchors, aliases and tags to the value itself. It reports
// false, and says so, when they lead nowhere or too far.
func (d *Document) resolve(value ast.Node, path string, depth int) (Node, bool) {
	n := Node{doc: d, value: value, path: path, depth: depth}
	d.nodes++
	if d.nodes > maxNodes {
		if d.nodes == maxNodes+1 {
			n.Refuse(fmt.Sprintf("this document holds more than %d values once its aliases are followed", maxNodes), "Split it, or write the values out.")
		}
		return n, false
	}
	for range maxDepth {
		switch v := n.value.(type) {
		case *ast.AnchorNode:
			n.value = v.Value
		case *ast.AliasNode:
			name := tokenText(v.Value)
			target, ok := d.anchors[name]
			if !ok {
				n.Refuse(fmt.Sprintf("there is no anchor &%s in this document", name), "Write the value itself, or add the anchor.")
				return n, false
			}
			n.value = target
		case *ast.TagNode:
			if name := v.Start.Value; name != "!!str" {
				n.Refuse(fmt.Sprintf("has the tag %s", name), "Remove the tag: types follow from the field.")
				return n, false
			}
			n.value = asText(v.Value)
		default:
			if depth > maxDepth {
				n.Refuse(fmt.Sprintf("is nested more than %d deep", maxDepth), "Nothing of ours is: check for an alias inside its own anchor.")
				return n, false
			}
			return n, true
		}
	}
	n.Refuse("its alias leads back to itself", "Write the value itself.")
	return n, false
}

// asText makes a text of a scalar, as the tag !!str wants.
func asText(n ast.Node) ast.Node {
	text, ok := scalarText(n)
	if !ok || isTextNode(n) {
		return n
	}
	return &ast.StringNode{BaseNode: &ast.BaseNode{}, Token: n.GetToken(), Value: text}
}

func (d *Document) collectAnchors() {
	d.anchors = map[string]ast.Node{}
	ast.Walk(anchorVisitor{d}, d.root)
}

// anchorVisitor notes the anchors of a document.
type anchorVisitor struct{ doc *Document }

// Visit implements ast.Visitor.
func (v anchorVisitor) Visit(n ast.Node) ast.Visitor {
	if a, ok := n.(*ast.AnchorNode); ok {
		name := tokenText(a.Name)
		if _, twice := v.doc.anchors[name]; twice {
			p := Problem{Severity: workload.Error, Code: "syntax", File: v.doc.File, Message: fmt.Sprintf("the anchor &%s is defined twice", name), Fix: "Give one of them another name."}
			v.doc.mark(&p, a.Start)
			v.doc.errors = append(v.doc.errors, p)
		}
		v.doc.anchors[name] = a.Value
	}
	return v
}

func tokenText(n ast.Node) string {
	if n == nil || n.GetToken() == nil {
		return ""
	}
	return n.GetToken().Value
}

func isTextNode(n ast.Node) bool {
	switch n.(type) {
	case *ast.StringNode, *ast.LiteralNode:
		return true
	}
	return false
}

func isMapping(n ast.Node) bool {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return true
	}
	return false
}

// entriesOf lists a mapping's entries; nil when it is none or empty.
func entriesOf(n ast.Node) []*ast.MappingValueNode {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}
	}
	return nil
}

// scalarText is a scalar as it is written, quotes removed.
func scalarText(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	}
	return "", false
}

func scalarToken(n ast.Node) *token.Token {
	switch v := n.(type) {
	case *ast.LiteralNode:
		return v.Start
	case *ast.AnchorNode:
		return scalarToken(v.Value)
	case *ast.AliasNode:
		return v.Start
	case *ast.TagNode:
		return v.Start
	}
	if _, ok := scalarText(n); ok {
		return n.GetToken()
	}
	return nil
}

// startOf is the first token of a value.
func startOf(n ast.Node) *token.Token {
	switch v := n.(type) {
	case nil:
		return nil
	case *ast.MappingNode:
		if !v.IsFlowStyle && len(v.Values) > 0 {
			return v.Values[0].Key.GetToken()
		}
	case *ast.MappingValueNode:
		return v.Key.GetToken()
	}
	return n.GetToken()
}

func describe(n ast.Node) string {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "mapping"
	case *ast.SequenceNode:
		return "list"
	case *ast.NullNode:
		return "value that is empty"
	case *ast.StringNode, *ast.LiteralNode:
		return "text"
	case *ast.BoolNode:
		return "boolean"
	default:
		return strings.ToLower(n.Type().YAMLName())
	}
}
