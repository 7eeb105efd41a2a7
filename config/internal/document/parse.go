package document

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/headstart-scaler/headstart/workload"
)

// Limits of a file and of one document in it. The parser takes time that grows
// with the square of a document, and a person who meets a limit has generated
// the file and can split it.
const (
	MaxBytes         = 1 << 20
	maxDocumentBytes = 64 << 10
	maxDocumentLines = 2000
	maxDepth         = 64      // of nesting, flow or block, aliases followed
	maxNodes         = 200_000 // read of one document, aliases followed: what a billion laughs would multiply
)

// Document is one YAML document of a file.
type Document struct {
	File  string
	lines []string // of the whole file
	first int      // the index of the document's first line
	last  int      // and of the one after its last
	// root is nil for a document beyond the limits.
	root ast.Node
	// anchors by name; YAML's aliases point at them.
	anchors map[string]ast.Node
	// places by path: where a field is written.
	places map[string]place
	nodes  int
	errors Errors
}

// place is where a field stands: its key, if it has one, and its value.
type place struct {
	key   *token.Token
	value ast.Node
}

// Parse splits a file into its documents. Empty ones are left out.
func Parse(name string, data []byte) ([]*Document, Errors) {
	text, problem := decodeText(name, data)
	if problem != nil {
		return nil, Errors{*problem}
	}
	lines := strings.Split(text, "\n")
	var docs []*Document
	var all Errors
	for first := 0; first < len(lines); {
		chunk := &Document{File: name, lines: lines, first: first, last: nextDocument(lines, first), places: map[string]place{}}
		first = chunk.last
		found, problems := chunk.parse()
		docs, all = append(docs, found...), append(all, problems...)
	}
	return docs, all
}

// nextDocument is the index of the line that begins the document after the one
// that begins at first. Comments and directives belong to what follows them.
func nextDocument(lines []string, first int) int {
	content := false
	for i := first; i < len(lines); i++ {
		line := lines[i]
		if i > first && content && isSeparator(line) {
			return i
		}
		if trimmed := strings.TrimSpace(line); trimmed != "" && trimmed[0] != '#' && trimmed[0] != '%' {
			content = true
		}
	}
	return len(lines)
}

func isSeparator(line string) bool {
	rest, ok := strings.CutPrefix(line, "---")
	return ok && (rest == "" || rest[0] == ' ' || rest[0] == '\t')
}

// parse reads the lines of a document; a marker "..." may make several of
// them. One beyond the limits is not read, since it may be no concern of ours.
func (d *Document) parse() ([]*Document, Errors) {
	text := strings.Join(d.lines[d.first:d.last], "\n")
	if len(text) > maxDocumentBytes || d.last-d.first > maxDocumentLines {
		return []*Document{d}, nil
	}
	file, err := parse(text)
	if err != nil {
		return nil, Errors{d.syntaxProblem(err)}
	}
	var docs []*Document
	for _, body := range file.Docs {
		if isEmpty(body.Body) {
			continue
		}
		doc := &Document{File: d.File, lines: d.lines, first: d.first, last: d.last, root: body.Body, places: map[string]place{}}
		doc.collectAnchors()
		d.errors = append(d.errors, doc.takeErrors()...)
		docs = append(docs, doc)
	}
	return docs, d.takeErrors()
}

// tooLarge is the problem of a document that was not read.
func (d *Document) tooLarge() Errors {
	p := Whole(d.File, "syntax", fmt.Sprintf("this document has more than %d KiB or %d lines", maxDocumentBytes>>10, maxDocumentLines), "Split it.")
	p.Line, p.Column = d.first+1, 1
	return Errors{p}
}

// decodeText refuses what is no UTF-8 text, before a parser sees it.
func decodeText(name string, data []byte) (string, *Problem) {
	refuse := func(message, fix string) (string, *Problem) {
		p := Whole(name, "encoding", message, fix)
		return "", &p
	}
	switch {
	case len(data) > MaxBytes:
		return refuse(fmt.Sprintf("is larger than %d MiB", MaxBytes>>20), "Split it: a folder may hold any number of files.")
	case len(bytes.TrimSpace(data)) == 0:
		// An editor may have just begun to write it.
		return refuse("is empty", "Write a document, or a comment that says why there is none; or remove the file.")
	case bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")):
		return refuse("is UTF-16", "Save it as UTF-8.")
	case !utf8.Valid(data):
		return refuse("is not UTF-8", "Save it as UTF-8.")
	case bytes.IndexByte(data, 0) >= 0:
		return refuse("holds a zero byte", "Remove it: this is not a text file.")
	}
	text := strings.TrimPrefix(string(data), "\ufeff")
	return strings.ReplaceAll(text, "\r\n", "\n"), nil
}

var errTooDeep = errors.New("nested too deeply")

// parse keeps the parser from what would exhaust its stack, and takes a panic
// of it for what it is: a file it cannot read.
func parse(text string) (file *ast.File, err error) {
	defer func() {
		if r := recover(); r != nil {
			file, err = nil, fmt.Errorf("the parser gave up: %v", r)
		}
	}()
	tokens := lexer.Tokenize(text)
	if tooDeep(tokens) {
		return nil, errTooDeep
	}
	return parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
}

// tooDeep counts what nests without indentation: brackets, and several
// indicators on one line. Indentation itself costs a file its square.
func tooDeep(tokens token.Tokens) bool {
	flow, line, onLine := 0, 0, 0
	for _, t := range tokens {
		if t.Position.Line != line {
			line, onLine = t.Position.Line, 0
		}
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			flow++
		case token.SequenceEndType, token.MappingEndType:
			flow--
		case token.SequenceEntryType, token.MappingKeyType, token.AnchorType, token.TagType:
			onLine++
		default:
		}
		if flow > maxDepth || onLine > maxDepth || t.Position.IndentLevel > maxDepth {
			return true
		}
	}
	return false
}

func (d *Document) syntaxProblem(err error) Problem {
	p := Whole(d.File, "syntax", "is not valid YAML: "+err.Error(), "Check the indentation and the quotes.")
	var at yaml.Error
	switch {
	case errors.Is(err, errTooDeep):
		p.Message, p.Fix = fmt.Sprintf("is nested more than %d deep", maxDepth), "Nothing of ours is: check the indentation and the brackets."
	case errors.As(err, &at) && at.GetToken() != nil:
		p.Message = "is not valid YAML: " + at.GetMessage()
		p.Fix = "Check the indentation, quotes and brackets of this line and the one above."
		if strings.Contains(p.Message, "\t") {
			p.Message, p.Fix = "is not valid YAML: found a tab where the line is indented", "Indent with spaces."
		}
		d.mark(&p, at.GetToken())
	}
	return p
}

// mark sets where a problem is.
func (d *Document) mark(p *Problem, t *token.Token) {
	if t == nil || t.Position == nil {
		return
	}
	line := t.Position.Line + d.first
	if line < 1 || line > len(d.lines) {
		return
	}
	p.Line, p.Column = line, max(1, t.Position.Column)
	p.source = mask(d.lines, line-1)
	first, _, _ := strings.Cut(strings.TrimSpace(t.Origin), "\n")
	p.width = utf8.RuneCountInString(first)
}

func isEmpty(n ast.Node) bool {
	switch n.(type) {
	case nil, *ast.NullNode, *ast.CommentGroupNode, *ast.CommentNode, *ast.DirectiveNode:
		return true
	}
	return false
}

// Problem tells that a field is wrong; the place is that of the nearest field
// around it that is written.
func (d *Document) Problem(severity workload.Severity, code, path, message, fix string) Problem {
	p := Problem{Severity: severity, Code: code, File: d.File, Path: path, Message: message, Fix: fix}
	d.mark(&p, d.tokenOf(path))
	return p
}

// Has reports whether a field is written.
func (d *Document) Has(path string) bool { _, ok := d.places[path]; return ok }

// Line is where a field is written.
func (d *Document) Line(path string) int {
	if t := d.tokenOf(path); t != nil {
		return t.Position.Line + d.first
	}
	return 0
}

func (d *Document) tokenOf(path string) *token.Token {
	for at := path; at != ""; at = parent(at) {
		p, ok := d.places[at]
		if !ok {
			continue
		}
		if t := scalarToken(p.value); t != nil && at == path {
			return t
		}
		if p.key != nil {
			return p.key
		}
		return startOf(p.value)
	}
	return startOf(d.root)
}

// parent is the path of what holds a field: "a.b[0]" of "a.b[0].c", "a.b" of
// "a.b[0]", "" of "a".
func parent(path string) string { return path[:max(0, strings.LastIndexAny(path, ".["))] }

func (d *Document) takeErrors() Errors {
	out := d.errors
	d.errors = nil
	return out
}
