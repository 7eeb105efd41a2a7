package main

import (
	"io"
	"strings"
)

// table is rows under headings.
type table struct {
	heads []string
	rows  [][]string
}

func (t *table) row(values ...string) {
	line := make([]string, len(values))
	for i, v := range values {
		if line[i] = printable(v); line[i] == "" {
			line[i] = "-"
		}
	}
	t.rows = append(t.rows, line)
}

// gap stands between two columns.
const gap = "  "

// writeTo writes the table with its columns side by side where that fits into
// so many columns of a terminal, and each row as a paragraph where not: a table
// with broken lines cannot be read. No limit is 0.
func (t *table) writeTo(out io.Writer, limit int) error {
	widths := make([]int, len(t.heads))
	total := -len(gap)
	for i, h := range t.heads {
		widths[i] = cells(h)
		for _, r := range t.rows {
			widths[i] = max(widths[i], cells(r[i]))
		}
		total += widths[i] + len(gap)
	}
	var b strings.Builder
	if limit > 0 && total > limit {
		t.paragraphs(&b, limit)
	} else {
		line(&b, t.heads, widths)
		for _, r := range t.rows {
			line(&b, r, widths)
		}
	}
	_, err := io.WriteString(out, b.String())
	return err
}

func line(b *strings.Builder, values []string, widths []int) {
	for i, v := range values {
		b.WriteString(v)
		if i < len(values)-1 {
			b.WriteString(strings.Repeat(" ", widths[i]-cells(v)) + gap)
		}
	}
	b.WriteString("\n")
}

// paragraphs writes each row as its first value and a line for each other one.
func (t *table) paragraphs(b *strings.Builder, limit int) {
	longest := 0
	for _, h := range t.heads[1:] {
		longest = max(longest, cells(h))
	}
	for _, r := range t.rows {
		b.WriteString(r[0] + "\n")
		for i, v := range r[1:] {
			if v == "-" {
				continue
			}
			head := gap + t.heads[i+1] + strings.Repeat(" ", longest-cells(t.heads[i+1])) + gap
			b.WriteString(head + wrapped(v, limit-cells(head), strings.Repeat(" ", cells(head))) + "\n")
		}
	}
}

// wrapped breaks a text between words, so that no line but that of a long word
// takes more than so many columns; lines after the first begin with the
// indentation, which is not counted.
func wrapped(text string, limit int, indentation string) string {
	if limit <= 0 || cells(text) <= limit {
		return text
	}
	var b strings.Builder
	at := 0
	for word := range strings.FieldsSeq(text) {
		switch n := cells(word); {
		case at == 0:
			at = n
		case at+1+n <= limit:
			b.WriteString(" ")
			at += 1 + n
		default:
			b.WriteString("\n" + indentation)
			at = n
		}
		b.WriteString(word)
	}
	return b.String()
}
