package intake

import (
	"bytes"
	"errors"
	"strings"
	"unicode/utf8"
)

// property is one content line of iCalendar (RFC 5545, 3.1): a name, parameters
// and a value, which stands as it was written, with its escapes.
type property struct {
	row    int    // the line in the file on which it begins
	name   string // in capitals
	params []param
	value  string
}

// param is a parameter of a property.
type param struct {
	name  string // in capitals
	value string // the first one, where there are several
}

// param returns a parameter's value, or "".
func (p *property) param(name string) string {
	for _, q := range p.params {
		if q.name == name {
			return q.value
		}
	}
	return ""
}

// is reports whether the property has a value, in whatever case.
func (p *property) is(value string) bool { return strings.EqualFold(strings.TrimSpace(p.value), value) }

// unfolded yields the content lines of a file, each with the number of its
// first line: a line that begins with a blank goes on with the one before.
// Lines may end with CR LF, LF or CR, and the last one with none.
func unfolded(data []byte) func(func(int, string) bool) {
	return func(yield func(int, string) bool) {
		var content []byte
		begin, row := 0, 0
		for len(data) > 0 {
			var line []byte
			line, data = cutLine(data)
			row++
			if len(line) > 0 && (line[0] == ' ' || line[0] == '\t') && begin > 0 {
				content = append(content, line[1:]...)
				continue
			}
			if len(content) > 0 && !yield(begin, string(content)) {
				return
			}
			begin, content = row, append(content[:0], line...)
		}
		if len(content) > 0 {
			yield(begin, string(content))
		}
	}
}

// cutLine cuts the first line from a file.
func cutLine(data []byte) (line, rest []byte) {
	end := bytes.IndexAny(data, "\r\n")
	switch {
	case end < 0:
		return data, nil
	case data[end] == '\r' && end+1 < len(data) && data[end+1] == '\n':
		return data[:end], data[end+2:]
	default:
		return data[:end], data[end+1:]
	}
}

// What is wrong with a content line.
var (
	errNoColon = errors.New("it has no colon")
	errNoName  = errors.New("it has no name")
	errParam   = errors.New("a parameter is not NAME=VALUE")
	errQuote   = errors.New("a quotation mark is not closed")
)

// parseLine reads a content line.
func parseLine(row int, line string) (property, error) {
	end := strings.IndexAny(line, ":;")
	if end < 0 {
		return property{}, errNoColon
	}
	p := property{row: row, name: strings.ToUpper(strings.TrimSpace(line[:end]))}
	if !isName(p.name) {
		return property{}, errNoName
	}
	for rest := line[end:]; ; {
		if rest == "" {
			return property{}, errNoColon
		}
		if rest[0] == ':' {
			p.value = strings.ToValidUTF8(rest[1:], string(utf8.RuneError))
			return p, nil
		}
		var q param
		var err error
		if q, rest, err = parseParam(rest[1:]); err != nil {
			return property{}, err
		}
		p.params = append(p.params, q)
	}
}

// parseParam reads NAME=VALUE and leaves what follows, which begins with a
// semicolon or a colon. Values may stand in quotation marks; of several, which
// commas divide, only the first is of use here.
func parseParam(text string) (q param, rest string, err error) {
	name, rest, ok := strings.Cut(text, "=")
	q.name = strings.ToUpper(strings.TrimSpace(name))
	if !ok || !isName(q.name) {
		return param{}, "", errParam
	}
	for first := true; ; first = false {
		value, after, err := cutParamValue(rest)
		if err != nil {
			return param{}, "", err
		}
		if first {
			q.value = strings.TrimSpace(value)
		}
		if after[0] != ',' {
			return q, after, nil
		}
		rest = after[1:]
	}
}

// cutParamValue cuts a value, in quotation marks or not, and leaves what
// follows, which begins with a comma, a semicolon or a colon.
func cutParamValue(text string) (value, rest string, err error) {
	if !strings.HasPrefix(text, `"`) {
		end := strings.IndexAny(text, ",;:")
		if end < 0 {
			return "", "", errNoColon
		}
		return text[:end], text[end:], nil
	}
	value, rest, ok := strings.Cut(text[1:], `"`)
	switch {
	case !ok:
		return "", "", errQuote
	case rest == "":
		return "", "", errNoColon
	case !strings.ContainsRune(",;:", rune(rest[0])):
		return "", "", errParam
	default:
		return value, rest, nil
	}
}

// isName reports whether a text is the name of a property or a parameter. The
// underscore is no part of the standard and of many names.
func isName(text string) bool {
	for i := range len(text) {
		c := text[i]
		if (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return text != ""
}
