package document

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"strconv"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// ParseError is what a type that parses itself from text finds wrong with it.
type ParseError struct {
	Message, Fix string
}

// Error joins both sentences.
func (c *ParseError) Error() string { return c.Message + ": " + c.Fix }

// TextParser is a type that parses itself from a scalar. An error is a
// *ParseError.
type TextParser interface {
	ParseText(text string) error
}

// scalar reads a scalar into v. What a text is read from is never guessed:
// yes, NO and 1.10 stay what they are where a text is wanted.
func (n Node) scalar(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		if text, ok := n.Text(); ok {
			v.SetString(text)
			return
		}
		n.Refuse("found "+n.Quoted(), "Write a text.")
	case reflect.Bool:
		if b, ok := n.value.(*ast.BoolNode); ok {
			v.SetBool(b.Value)
			return
		}
		n.Refuse("found "+n.Quoted(), "Write true or false, without quotes.")
	case reflect.Float64:
		if x, ok := n.Number(); ok {
			v.SetFloat(x)
		}
	case reflect.Int, reflect.Int32, reflect.Int64:
		n.integer(v)
	default:
		panic(fmt.Sprintf("document: %s has a type configuration does not have: %s", n.path, v.Type()))
	}
}

func (n Node) parseText(own TextParser) {
	text, ok := n.Text()
	if !ok {
		n.Refuse("found "+n.Quoted(), "Write a single value.")
		return
	}
	err := own.ParseText(text)
	if err == nil {
		return
	}
	if c, ok := err.(*ParseError); ok { //nolint:errorlint // ParseText promises a *ParseError, never a wrapped one.
		n.Refuse(c.Message, c.Fix)
		return
	}
	n.Refuse("found "+n.Quoted(), err.Error())
}

// Number reads a finite number, and refuses anything else.
func (n Node) Number() (float64, bool) {
	switch v := n.value.(type) {
	case *ast.IntegerNode, *ast.FloatNode:
		x, err := strconv.ParseFloat(v.GetToken().Value, 64)
		if i, ok := n.value.(*ast.IntegerNode); ok && err != nil {
			x, err = toFloat(i.Value), nil // 0x10 and 0o17
		}
		if err == nil && !math.IsInf(x, 0) && !math.IsNaN(x) {
			return x, true
		}
		n.Refuse("found "+n.Quoted()+", which is beyond what can be counted", "Write a finite number.")
	case *ast.InfinityNode, *ast.NanNode:
		n.Refuse("found "+n.Quoted(), "Write a finite number.")
	case *ast.StringNode:
		if x, ok := unquoted(v); ok {
			return x, true
		}
		n.Refuse("found "+n.Quoted(), numberFix(n))
	default:
		n.Refuse("found "+n.Quoted(), numberFix(n))
	}
	return 0, false
}

// decimal is a number by YAML's core schema. The parser takes some for texts:
// 1e3, and what 64 bits cannot count.
var decimal = regexp.MustCompile(`^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`)

// unquoted reads such a number, if it is finite.
func unquoted(n *ast.StringNode) (float64, bool) {
	if n.Token.Type != token.StringType || !decimal.MatchString(n.Value) {
		return 0, false
	}
	x, err := strconv.ParseFloat(n.Value, 64)
	return x, err == nil
}

func toFloat(v any) float64 {
	switch v := v.(type) {
	case int64:
		return float64(v)
	case uint64:
		return float64(v)
	}
	return math.NaN()
}

func (n Node) integer(v reflect.Value) {
	node, ok := n.value.(*ast.IntegerNode)
	if !ok {
		n.Refuse("found "+n.Quoted(), integerFix(n))
		return
	}
	var i int64
	switch x := node.Value.(type) {
	case int64:
		i = x
	case uint64:
		i = int64(min(x, math.MaxInt64))
	}
	if v.OverflowInt(i) || i == math.MaxInt64 {
		fix := "Write a smaller number."
		if v.Kind() == reflect.Int32 {
			fix = fmt.Sprintf("Write at most %d.", math.MaxInt32)
		}
		n.Refuse("found "+n.Quoted()+", which is too large", fix)
		return
	}
	v.SetInt(i)
}

func integerFix(n Node) string {
	text, ok := n.value.(*ast.StringNode)
	if !ok {
		return "Write a whole number."
	}
	switch x, number := unquoted(text); {
	case !number:
		return numberFix(n)
	case x != math.Trunc(x):
		return "Write a whole number."
	case math.Abs(x) >= 1e15 || isSecretPath(n.path):
		return "Write a smaller number."
	default:
		return fmt.Sprintf("Write %.0f.", x)
	}
}

func numberFix(n Node) string {
	text, _ := n.Text()
	if _, err := strconv.ParseFloat(text, 64); err == nil && !isSecretPath(n.path) {
		return fmt.Sprintf("Write %s, without quotes.", text)
	}
	if _, err := strconv.ParseFloat(text, 64); errors.Is(err, strconv.ErrRange) {
		return "Write a finite number."
	}
	return "Write a number."
}
