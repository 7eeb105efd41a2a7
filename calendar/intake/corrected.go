package intake

import (
	"errors"
	"fmt"
	"strings"

	"github.com/xuri/excelize/v2"
)

// errNoTable is that of a file whose rows cannot be given back.
var errNoTable = errors.New("only a table (.csv, .xlsx) that is within the limits can be given back with its problems")

// Corrected returns the table that was uploaded, of the sheet that was read,
// with a column "problem" that says what to repair in each row: a .csv for a
// .csv, a .xlsx for a .xlsx. Rows keep their numbers; what concerns the whole
// file stands in the first row below the header, which is added where there is
// none. Formulas are replaced by the values they had, hidden rows are shown, a
// quote that has no end is a character like any other, and nothing in it is
// taken for a formula. Read leaves the column out, so that the file can be
// uploaded again as soon as it is mended.
func Corrected(data []byte, r Result) ([]byte, error) {
	o := Options{Columns: map[string]string{}}.withDefaults()
	for _, c := range r.Columns {
		if c.Means != "" {
			o.Columns[c.Header] = c.Means
		}
	}
	unheard := &collector{limit: 1}
	var t *table
	switch r.Format {
	case CSV:
		text, ok := decode(data, unheard)
		if !ok {
			return nil, errNoTable
		}
		t = readRows(text, o, unheard, true)
	case XLSX:
		archive, err := archiveOf(data)
		if err != nil {
			return nil, err
		}
		t = readXLSX(archive, o, unheard)
	default:
		return nil, errNoTable
	}
	if t == nil || len(t.rows) == 0 {
		return nil, errNoTable
	}
	m := newMended(t, r, o)
	if r.Format == CSV {
		return m.csv(), nil
	}
	return m.xlsx()
}

// mended is a table with its problems.
type mended struct {
	t       *table
	l       *layout // nil where there is no header
	texts   map[int]string
	header  int // number of the header's row
	first   int // of the row that has the problems of the file
	problem int // index of the column
}

func newMended(t *table, r Result, o Options) *mended {
	m := &mended{t: t, texts: map[int]string{}, header: t.rows[0].number}
	l, rest := newHeaders(o).layoutOf(t.rows)
	if l != nil {
		m.l, m.header = l, l.header.number
	} else {
		rest = t.rows[1:]
	}
	m.first = m.header + 1
	if len(rest) > 0 {
		m.first = rest[0].number
	}
	for _, row := range t.rows {
		m.problem = max(m.problem, len(row.cells))
	}
	if l != nil {
		for i, c := range l.header.cells {
			if key(c.text) == problemHeader {
				m.problem = i
			}
		}
	}
	for _, p := range r.Errors {
		m.add(p, "")
	}
	for _, p := range r.Warnings {
		m.add(p, "Look: ")
	}
	if len(rest) == 0 && m.texts[m.first] != "" {
		t.rows = append(t.rows, row{number: m.first})
	}
	return m
}

// add puts a problem to its row. The header's row has the column's name.
func (m *mended) add(p Problem, before string) {
	row, text := p.Row, p.text()
	if p.Column != "" {
		text = p.Column + ": " + text
	}
	if row <= m.header {
		row = m.first
	}
	if m.texts[row] != "" {
		m.texts[row] += "\n"
	}
	m.texts[row] += before + text
}

// text is what stands in the column of problems in a row.
func (m *mended) text(row int) string {
	if row == m.header {
		return problemHeader
	}
	return m.texts[row]
}

func (m *mended) csv() []byte {
	var b strings.Builder
	b.WriteString(byteOrderMark)
	number := 1
	for _, r := range m.t.rows {
		for ; number < r.number; number++ {
			b.WriteString("\r\n")
		}
		number++
		values := make([]string, max(len(r.cells), m.problem+1))
		for i, c := range r.cells {
			values[i] = guard(c.text)
		}
		values[m.problem] = guard(m.text(r.number))
		writeLine(&b, values, m.t.delimiter)
	}
	return []byte(b.String())
}

func (m *mended) xlsx() ([]byte, error) {
	w, err := newWorkbook(scheduleSheet)
	if err != nil {
		return nil, err
	}
	defer w.close()
	if err := w.file.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &m.t.date1904}); err != nil {
		return nil, fmt.Errorf("set the calendar of the workbook: %w", err)
	}
	stream, err := w.file.NewStreamWriter(scheduleSheet)
	if err != nil {
		return nil, fmt.Errorf("begin the sheet: %w", err)
	}
	for _, r := range m.t.rows {
		values := make([]any, max(len(r.cells), m.problem+1))
		for i, c := range r.cells {
			values[i] = m.value(w, i, c)
		}
		if text := m.text(r.number); text != "" {
			values[m.problem] = guard(text)
		} else {
			values[m.problem] = nil
		}
		if err := stream.SetRow(fmt.Sprintf("A%d", r.number), values); err != nil {
			return nil, fmt.Errorf("write row %d: %w", r.number, err)
		}
	}
	if err := stream.Flush(); err != nil {
		return nil, fmt.Errorf("end the sheet: %w", err)
	}
	return w.bytes()
}

// value is a cell as it was, in a style that shows dates and times as such.
func (m *mended) value(w *workbook, i int, c cell) any {
	v, isNumber := parseDigits(c.text)
	switch {
	case c.text == "" || c.state&covered != 0:
		return nil
	case c.kind == asText || c.kind == asError || !isNumber:
		return guard(c.text)
	case c.kind == asDateTime && v >= 1:
		return excelize.Cell{StyleID: w.clock, Value: v}
	case c.kind == asDateTime:
		return excelize.Cell{StyleID: w.t, Value: v}
	case m.l != nil && i < len(m.l.means) && (m.l.means[i] == colStart || m.l.means[i] == colEnd):
		return excelize.Cell{StyleID: w.day, Value: v}
	default:
		return v
	}
}
