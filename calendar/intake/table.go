package intake

import (
	"fmt"
	"strings"
)

// table is the rows of a sheet as they were written. Blank rows are not among
// them.
type table struct {
	rows []row
	// date1904 says that a workbook counts days from 1904-01-01.
	date1904 bool
	// delimiter of the values of a CSV, with which it is given back.
	delimiter rune
	// hidden columns, by index.
	hidden map[int]bool
}

// row is a row of a table with its number in the program that shows it.
type row struct {
	number int
	cells  []cell
	hidden bool
}

// at is a cell of a row; beyond its end cells are empty.
func (r row) at(i int) cell {
	if i < 0 || i >= len(r.cells) {
		return cell{}
	}
	return r.cells[i]
}

// readTable makes events of a table: it finds the header, learns what holds for
// all of the file, and reads its rows by that.
func readTable(t *table, o Options, c *collector, r *Result) []placed {
	if t == nil || len(t.rows) == 0 {
		return nil
	}
	h := newHeaders(o)
	l, rows := h.layoutOf(t.rows)
	if l == nil {
		c.fail(Problem{
			Row: t.rows[0].number, Code: NoColumn, Expected: "a row of headers, with title, start and end",
			Found: excerpt(headerText(t.rows[0])), Fix: "Add the headers of the template, or say which columns are which.",
		})
		return nil
	}
	h.judge(l, rows, c)
	r.Columns = l.columns()
	b := newBuilder(o, c)
	b.dates.date1904 = t.date1904
	b.learn(l, rows)
	r.Order = b.dates.order
	l.lookAside(t, rows, c)
	return b.table(l, rows)
}

// table drafts an event of each row.
func (b *builder) table(l *layout, rows []row) []placed {
	found := make([]placed, 0, len(rows))
	if !l.has(colPeak) && !l.has(colMultiplier) && !l.has(colFloor) && l.has(colNotes) {
		l.described = describable() // a calendar program's table has no columns for it
	}
	var d draft
	for _, row := range rows {
		if !l.draft(row, &d) {
			continue
		}
		if len(l.described) > 0 && strings.Contains(d.text(colNotes), ":") {
			d.describe(d.text(colNotes), l.described, func(column) {})
		}
		if b.shifted(row, l) {
			continue
		}
		ok := b.cells(&d, row, l)
		p, made := b.event(&d)
		p.partly = !made || !ok
		found = append(found, p)
	}
	return found
}

// columns are the headers and what they were taken for.
func (l *layout) columns() []Column {
	var columns []Column
	for i, cell := range l.header.cells {
		if cell.text == "" {
			continue
		}
		means := ""
		switch {
		case l.means[i] == ignored:
			means = "-"
		case l.means[i] >= 0:
			means = l.means[i].String()
		}
		columns = append(columns, Column{Header: cell.text, Means: means})
	}
	return columns
}

// learn reads from all rows what none of them says alone: the order of dates,
// the mark before decimals, and whether any names a zone.
func (b *builder) learn(l *layout, rows []row) {
	var m marks
	zones := false
	for _, r := range rows {
		for _, at := range []column{colStart, colEnd} {
			c := r.at(l.at[at])
			_, name := l.locate(r.number, at)
			b.dates.see(c, sighting{r.number, name, c.text})
		}
		for _, at := range []column{colPeak, colMultiplier, colFloor, colConfidence} {
			if c := r.at(l.at[at]); c.text != "" {
				m.see(c)
			}
		}
		zones = zones || r.at(l.at[colZone]).text != ""
	}
	b.decimals = m.settled()
	if l.has(colStart) {
		b.dates.settle(b.c)
	} else { // what its dates will say is not known yet
		b.dates.settle(&collector{})
	}
	if !zones && b.o.Zone == nil && len(rows) > 0 {
		b.zoneless = true
		b.c.fail(Problem{Column: colZone.String(), Code: NoZone, Expected: zoneExpected, Fix: noZoneFix})
	}
}

// draft fills a draft with a row, and reports whether there is anything in its
// columns.
func (l *layout) draft(r row, d *draft) bool {
	*d = draft{row: r.number, where: l}
	any := false
	for i, means := range l.means {
		if means < 0 || l.at[means] != i {
			continue
		}
		d.cells[means] = r.at(i)
		any = any || d.cells[means].text != ""
	}
	return any
}

// cells collects what is special about the cells of a row, and reports whether
// they can be read.
func (b *builder) cells(d *draft, r row, l *layout) bool {
	if r.hidden {
		b.c.warn(Problem{Row: r.number, Code: HiddenRow, Expected: "a row that is shown", Found: "a hidden one", Fix: "It is read like the others: delete it if it does not count."})
	}
	ok := true
	b.broken, b.void = b.broken[:0], [columnCount]bool{}
	for i, means := range l.means {
		if means < 0 || l.at[means] != i || b.cell(d, means) {
			continue
		}
		ok = false
		d.cells[means] = cell{}
		b.broken, b.void[means] = append(b.broken, l.header.cells[i].text), true
	}
	return ok
}

// shifted collects the error of a row that has more cells than the header: they
// stand in the wrong columns, and nothing else can be told of it.
func (b *builder) shifted(r row, l *layout) bool {
	for i := len(l.means); i < len(r.cells); i++ {
		if r.cells[i].text != "" {
			b.c.fail(Problem{
				Row: r.number, Code: BadValue, Expected: fmt.Sprintf("at most %d cells, as the header has", len(l.means)), Found: excerpt(r.cells[i].text),
				Fix: "Put a text that holds the separator in quotes, or give the column a header.",
			})
			return true
		}
	}
	return false
}

// cell collects what is special about one cell.
func (b *builder) cell(d *draft, at column) bool {
	c := &d.cells[at]
	const write = "Write the value itself into the cell."
	switch {
	case c.kind == asError || at != colNotes && isErrorText(c.text):
		return b.fail(d.problem(at, ErrorCell, "a value", write))
	case c.state&formula != 0 && c.text == "":
		return b.fail(d.problem(at, FormulaCell, "a value, or a formula that was calculated", "Open the file, save it, and upload it again, or write the value itself."))
	case c.state&covered != 0:
		return b.fail(d.problem(at, MergedCell, "a cell of its own", "Split the merged cell, and write each value."))
	}
	if c.state&formula != 0 {
		p := d.problem(at, FormulaCell, "a value", "The value is taken as it was last calculated. "+write)
		p.Found = "a formula with the value " + p.Found
		b.c.warn(p)
	}
	if c.state&unguarded != 0 && at != colNotes {
		b.c.warn(d.problem(at, FormulaCell, "a value", "It is taken as a text, and not calculated. "+write))
	}
	if c.state&merged != 0 {
		p := d.problem(at, MergedCell, "a cell of its own", "The value is taken for this row too: split the cell if that is wrong.")
		p.Found = "a merged cell with the value " + p.Found
		b.c.warn(p)
	}
	return true
}

// isErrorText reports whether a text is what a spreadsheet shows, and writes
// into a CSV, in the place of a value: #N/A, in German #NV, in LibreOffice
// Err:502.
func isErrorText(text string) bool {
	switch {
	case strings.HasPrefix(text, "Err:"):
		return len(text) == len("Err:502")
	case !strings.HasPrefix(text, "#"):
		return false
	}
	switch strings.ToUpper(text) {
	case "#N/A", "#NV", "#N/D", "#N/DISP":
		return true
	default:
		return (strings.HasSuffix(text, "!") || strings.HasSuffix(text, "?")) && text == strings.ToUpper(text) && !strings.ContainsRune(text, ' ')
	}
}

// lookAside warns of what stands in columns that are hidden, or have no header.
func (l *layout) lookAside(t *table, rows []row, c *collector) {
	for i, means := range l.means {
		if t.hidden[i] && means >= 0 {
			c.warn(Problem{Row: l.header.number, Column: l.header.cells[i].text, Code: HiddenColumn, Expected: "a column that is shown", Found: "a hidden one", Fix: "It is read like the others: delete it if it does not count."})
		}
		if l.header.cells[i].text != "" {
			continue
		}
		for _, r := range rows {
			if found := r.at(i).text; found != "" {
				c.warn(Problem{Row: r.number, Code: UnknownField, Expected: "a header above it", Found: excerpt(found), Fix: "Give the column a header, or leave it so: it is left out."})
				break
			}
		}
	}
}
