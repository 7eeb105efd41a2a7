package intake

import (
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// sheetReader turns the tokens of a sheet into rows.
type sheetReader struct {
	b      *book
	table  *table
	merges []area
	judged bool

	row     row
	column  int // of the cell, from 0
	inCell  bool
	cell    cell
	typ     string
	style   int
	value   strings.Builder
	collect bool
	width   int // of the row before, to make room for as many cells
}

// area is a merged cell: columns and rows, the last ones included.
type area struct{ left, top, right, bottom int }

// sheet reads a sheet. Where its first rows are not accepted, it is left there,
// and ok is false.
func (b *book) sheet(ref sheetRef, accept func([]row) bool) (t *table, ok bool, err error) {
	r := sheetReader{b: b, table: &table{date1904: b.date1904, hidden: map[int]bool{}}}
	refused := false
	err = b.part(ref.part, func(t xml.Token) (bool, error) {
		switch t := t.(type) {
		case xml.StartElement:
			return true, r.begin(t)
		case xml.CharData:
			if r.collect && r.value.Len() <= b.limits.Cell {
				r.value.Write(t)
			}
		case xml.EndElement:
			if err := r.end(t.Name.Local); err != nil {
				return false, err
			}
			if t.Name.Local == "row" && !r.judged && len(r.table.rows) == headerRows {
				r.judged, refused = true, !accept(r.table.rows)
			}
		}
		return !refused, nil
	})
	if err != nil {
		return nil, false, err
	}
	if !r.judged {
		refused = !accept(r.table.rows)
	}
	return r.table, !refused, r.unmerge()
}

func (r *sheetReader) begin(e xml.StartElement) error {
	switch e.Name.Local {
	case "col":
		r.hide(e)
	case "row":
		r.row = row{number: r.row.number + 1, hidden: isTrue(attr(e, "hidden")), cells: make([]cell, 0, r.width)}
		if n, err := strconv.Atoi(attr(e, "r")); err == nil && n > 0 {
			r.row.number = n
		}
		r.column = -1
	case "c":
		r.cell, r.typ, r.style, r.inCell = cell{}, "", 0, true
		r.value.Reset()
		r.column++
		for _, a := range e.Attr {
			switch a.Name.Local {
			case "r":
				if column, _, ok := reference(a.Value); ok {
					r.column = column
				}
			case "t":
				r.typ = a.Value
			case "s":
				r.style, _ = strconv.Atoi(a.Value) // style 0 where it is no number
			}
		}
	case "f":
		r.cell.state |= formula
	case "v", "t":
		r.collect = true
	case "rPh":
		r.collect = false
	case "mergeCell":
		return r.merge(attr(e, "ref"))
	}
	return nil
}

func (r *sheetReader) end(name string) error {
	switch name {
	case "v", "t":
		r.collect = false
	case "c":
		if r.inCell { // tags are not matched with each other
			r.inCell = false
			return r.endCell()
		}
	case "row":
		return r.endRow()
	}
	return nil
}

// hide notes the columns that are hidden, as far as there may be any.
func (r *sheetReader) hide(e xml.StartElement) {
	if !isTrue(attr(e, "hidden")) {
		return
	}
	first, err := strconv.Atoi(attr(e, "min"))
	last, lastErr := strconv.Atoi(attr(e, "max"))
	if err != nil || lastErr != nil {
		return
	}
	for i := max(first, 1); i <= min(last, r.b.limits.Columns); i++ {
		r.table.hidden[i-1] = true
	}
}

func (r *sheetReader) endCell() error {
	text := r.value.String()
	c := &r.cell
	switch r.typ {
	case "s":
		i, err := strconv.Atoi(text)
		if err != nil || i < 0 || i >= len(r.b.strings) {
			return fmt.Errorf("row %d names a text %q that is not there", r.row.number, excerpt(text))
		}
		text = r.b.strings[i]
	case "b":
		text = strings.ToUpper(strconv.FormatBool(isTrue(text)))
	case "e":
		c.kind = asError
	case "str", "inlineStr":
		text = literal(text)
	case "d":
	default:
		c.kind = asNumber
		if r.style >= 0 && r.style < len(r.b.clocks) && r.b.clocks[r.style] {
			c.kind = asDateTime
		}
	}
	c.text = strings.TrimSpace(text)
	if c.kind == asText {
		c.text = unguard(c.text)
	}
	switch {
	case c.text == "" && c.state == 0:
		return nil
	case len(c.text) > r.b.limits.Cell:
		return r.beyond(cellTooLong(r.b.limits.Cell))
	case r.column >= r.b.limits.Columns:
		return r.beyond(tooWide(r.b.limits.Columns))
	}
	for len(r.row.cells) <= r.column {
		r.row.cells = append(r.row.cells, cell{})
	}
	r.row.cells[r.column] = *c
	return nil
}

func (r *sheetReader) endRow() error {
	if len(r.row.cells) == 0 {
		return nil
	}
	if len(r.table.rows) > r.b.limits.Rows {
		return r.beyond(tooManyRows(r.b.limits.Rows))
	}
	r.width = len(r.row.cells)
	r.table.rows = append(r.table.rows, r.row)
	r.row.cells = nil
	return nil
}

// beyond is the error of a limit that the row is beyond.
func (r *sheetReader) beyond(p Problem) error {
	p.Row = r.row.number
	return limitError{p}
}

// reference reads B12 as column 1 and row 12.
func reference(text string) (column, row int, ok bool) {
	i := 0
	for i < len(text) && i < 4 && unicode.IsUpper(rune(text[i])) {
		column = column*26 + int(text[i]-'A') + 1
		i++
	}
	row, err := strconv.Atoi(text[i:])
	return column - 1, row, err == nil && column > 0 && row > 0
}

func (r *sheetReader) merge(ref string) error {
	from, to, _ := strings.Cut(ref, ":")
	var a area
	var ok, toOK bool
	a.left, a.top, ok = reference(from)
	a.right, a.bottom, toOK = reference(to)
	if !ok || !toOK || a.left == a.right && a.top == a.bottom {
		return nil
	}
	if len(r.merges) >= r.b.limits.Rows {
		return limitError{tooLarge("merged cells", int64(len(r.merges)+1), int64(r.b.limits.Rows))}
	}
	r.merges = append(r.merges, a)
	return nil
}

// unmerge gives the cells that a merged one covers its value, where they are of
// its column, and marks the others: what was meant there cannot be known. The
// header's are given its text.
func (r *sheetReader) unmerge() error {
	rows := r.table.rows
	index := map[int]int{}
	for i, row := range rows {
		index[row.number] = i
	}
	left := 4 * r.b.limits.Rows // merged cells do not overlap: more is no workbook of anybody's
	for _, a := range r.merges {
		top, known := index[a.top]
		if !known || a.left >= len(rows[top].cells) {
			continue // it is empty
		}
		value := rows[top].cells[a.left]
		for i := top; i < len(rows) && rows[i].number <= a.bottom; i++ {
			right := min(a.right, r.b.limits.Columns-1)
			if left -= right - a.left + 1; left < 0 {
				return limitError{Problem{Code: TooLarge, Expected: "merged cells that do not overlap", Found: "more than fit into the sheet", Fix: "Split the merged cells."}}
			}
			rows[i].cover(a, right, value, i == top)
		}
	}
	return nil
}

// cover fills the cells of a row that a merged one covers.
func (r *row) cover(a area, right int, value cell, first bool) {
	for len(r.cells) <= right {
		r.cells = append(r.cells, cell{})
	}
	for column := a.left; column <= right; column++ {
		if first && column == a.left {
			continue
		}
		c := value
		c.state = merged
		if column != a.left {
			c.state = covered
		}
		r.cells[column] = c
	}
}

// literal decodes the _x000D_ that a workbook has for what XML cannot hold.
func literal(text string) string {
	if !strings.Contains(text, "_x") {
		return text
	}
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, "_x")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		code, err := strconv.ParseUint(after[:min(4, len(after))], 16, 16)
		if err != nil || len(after) < 5 || after[4] != '_' {
			b.WriteString("_x")
			text = after
			continue
		}
		b.WriteRune(rune(code))
		text = after[5:]
	}
}
