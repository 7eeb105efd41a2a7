package document

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/headstart-scaler/headstart/workload"
)

// Problem is one place of a file that is wrong.
type Problem struct { //nolint:errname // It is a finding, of which warnings are no errors.
	Severity workload.Severity
	// Code is stable and names the rule.
	Code string
	File string
	// Line and Column count from 1; both are 0 where the file as a whole is
	// wrong.
	Line, Column int
	// Path is the field, such as "spec.signals[0].capacity".
	Path string
	// Message says what was found; Fix what to write instead.
	Message, Fix string

	source string // the line, secrets masked
	width  int    // of what the caret marks
}

// Error is the problem as a compiler would print it.
func (p Problem) Error() string {
	var b strings.Builder
	p.write(&b, "")
	return strings.TrimSuffix(b.String(), "\n")
}

// Report is the same with the severity and the code of a linter.
func (p Problem) Report() string {
	var b strings.Builder
	p.write(&b, string(p.Severity)+": ")
	return b.String()
}

func (p Problem) write(b *strings.Builder, severity string) {
	b.WriteString(printable(p.File))
	if p.Line > 0 {
		fmt.Fprintf(b, ":%d:%d", p.Line, p.Column)
	}
	b.WriteString(": " + severity)
	if p.Path != "" {
		b.WriteString(printable(p.Path) + ": ")
	}
	b.WriteString(printable(p.Message))
	if severity != "" && p.Code != "" {
		b.WriteString(" [" + p.Code + "]")
	}
	b.WriteByte('\n')
	if p.Line > 0 && p.source != "" {
		line, column := window(printable(p.source), p.Column)
		fmt.Fprintf(b, "%5d | %s\n", p.Line, line)
		width := max(1, min(p.width, utf8.RuneCountInString(line)-column+1))
		fmt.Fprintf(b, "      | %s%s\n", strings.Repeat(" ", column-1), strings.Repeat("^", width))
	}
	if p.Fix != "" {
		b.WriteString("        " + printable(p.Fix) + "\n")
	}
}

// printable replaces what a terminal would obey or turn around instead of
// showing it: a file may hold anything.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || !unicode.In(r, unicode.Cc, unicode.Bidi_Control) {
			return r
		}
		return unicode.ReplacementChar
	}, text)
}

// window cuts a long line to the part around a column.
func window(line string, column int) (string, int) {
	const before, most = 60, 120
	runes := []rune(strings.ReplaceAll(line, "\t", " "))
	column = max(1, min(column, len(runes)+1))
	start := 0
	if len(runes) > most {
		start = max(0, min(column-1-before, len(runes)-most))
		runes = runes[start:min(len(runes), start+most)]
	}
	return string(runes), column - start
}

// Errors are all problems of some files. Only those of severity error make
// configuration invalid.
type Errors []Problem

// Error joins the problems, one after the other.
func (e Errors) Error() string {
	const most = 50 // beyond it nobody reads on before the first are mended
	parts := make([]string, 0, min(len(e), most+1))
	for i, p := range e {
		if i == most {
			parts = append(parts, fmt.Sprintf("and %d more", len(e)-most))
			break
		}
		parts = append(parts, p.Error())
	}
	return strings.Join(parts, "\n")
}

// Unwrap gives errors.Is and errors.As each problem.
func (e Errors) Unwrap() []error {
	out := make([]error, len(e))
	for i := range e {
		out[i] = e[i]
	}
	return out
}

// Err is nil when there is no problem, so that an empty Errors never becomes
// an error that is not nil.
func (e Errors) Err() error {
	if len(e) == 0 {
		return nil
	}
	return e
}

// Sort puts problems in the order of files, lines and columns, and removes
// repetitions.
func (e Errors) Sort() Errors {
	slices.SortStableFunc(e, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return slices.Compact(e)
}

// Whole is a problem of a file as a whole.
func Whole(file, code, message, fix string) Problem {
	return Problem{Severity: workload.Error, Code: code, File: file, Message: message, Fix: fix}
}
