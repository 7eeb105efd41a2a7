package intake

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/headstart-scaler/headstart/workload"
)

// headerRows is how many rows are looked at for the header: titles and notes
// may stand above it.
const headerRows = 20

// ignored is the meaning of a column that is known and says nothing of demand,
// such as Location.
const ignored column = -2

// unknown is the meaning of a column nobody knows.
const unknown column = -1

// problemHeader is the column that Corrected adds.
const problemHeader = "problem"

// headers knows what the headers of a file mean.
type headers struct {
	words   words
	columns map[string]column // by their names in the template
	said    map[string]string // those of Options.Columns
}

func newHeaders(o Options) *headers {
	h := &headers{words: newWords(), columns: map[string]column{}, said: map[string]string{}}
	for c := range columnCount {
		h.columns[c.String()] = c
		h.words[wordKey{"column", key(c.String())}] = c.String()
	}
	for header, means := range o.Columns {
		h.said[key(header)] = means
	}
	return h
}

// key is a header without case, blanks and marks: "Start Date" and "start_date"
// are one.
func key(header string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, header)
}

// means is what a header means; unknown and ignored among it.
func (h *headers) means(header string) column {
	k := key(header)
	said, ok := h.said[k]
	switch {
	case ok && said == "-":
		return ignored
	case ok:
		k = key(said)
	case k == "":
		return unknown
	}
	name := h.words[wordKey{"column", k}]
	if name == "-" {
		return ignored
	}
	if c, ok := h.columns[name]; ok {
		return c
	}
	return unknown
}

// known is how many of a row's cells are headers.
func (h *headers) known(cells []cell) int {
	n := 0
	for _, c := range cells {
		if c.text != "" && h.means(c.text) != unknown {
			n++
		}
	}
	return n
}

// layout is what the columns of a table mean.
type layout struct {
	header row
	means  []column // of each cell of the header
	at     [columnCount]int
	// described are the columns that lines of the notes may fill.
	described map[string]column
}

// locate gives the header as the file has it.
func (l *layout) locate(row int, c column) (int, string) {
	if _, described := l.described[c.String()]; described && !l.has(c) {
		c = colNotes
	}
	if !l.has(c) && (c == colMultiplier || c == colFloor) {
		c = colPeak // with its unit it says both
	}
	if i := l.at[c]; i >= 0 {
		return row, l.header.cells[i].text
	}
	return row, c.String()
}

// has reports whether the table has a column.
func (l *layout) has(c column) bool { return l.at[c] >= 0 }

// layoutOf finds the header among the first rows: the one with most known
// headers, two at least. Without one it returns nil.
func (h *headers) layoutOf(rows []row) (*layout, []row) {
	best, most := -1, 1
	for i, r := range rows[:min(len(rows), headerRows)] {
		if n := h.known(r.cells); n > most {
			best, most = i, n
		}
	}
	if best < 0 {
		return nil, nil
	}
	l := &layout{header: rows[best]}
	for c := range l.at {
		l.at[c] = -1
	}
	for i, c := range l.header.cells {
		means := h.means(c.text)
		// French Outlook calls both the date and the time of a start Début.
		switch {
		case means == colStart && l.has(colStart):
			means = colStartTime
		case means == colEnd && l.has(colEnd):
			means = colEndTime
		}
		l.means = append(l.means, means)
		if means >= 0 && l.at[means] < 0 {
			l.at[means] = i
		}
	}
	return l, rows[best+1:]
}

// judge collects what is wrong with the header of some rows.
func (h *headers) judge(l *layout, rows []row, c *collector) {
	first := map[column]string{}
	for i, cell := range l.header.cells {
		means := l.means[i]
		p := Problem{Row: l.header.number, Column: cell.text, Found: cell.text}
		switch {
		case means == unknown && cell.text != "":
			p.Code, p.Expected = UnknownField, "a column of the template"
			p.Fix = h.suggest(cell.text, sample(rows, i))
			c.warn(p)
		case means >= 0 && first[means] != "":
			p.Code, p.Expected = BadValue, fmt.Sprintf("one column for %s, which %s is already", means, first[means])
			p.Fix = "Say which of the two to take, or rename one."
			c.fail(p)
		case means >= 0:
			first[means] = cell.text
		}
	}
	for _, needed := range []column{colTitle, colStart} {
		if !l.has(needed) {
			c.lacks = append(c.lacks, needed.String())
			c.fail(Problem{
				Row: l.header.number, Column: needed.String(), Code: NoColumn, Expected: "a column " + needed.String(),
				Found: excerpt(headerText(l.header)), Fix: "Add the column, or say which one it is.",
			})
		}
	}
}

// suggest is what to do with a column nobody knows, in which a value stands. It
// may be a label of workloads.
func (h *headers) suggest(header, value string) string {
	var names []string
	for c := range columnCount {
		names = append(names, c.String())
	}
	if near := workload.Nearest(strings.ToLower(header), names); near != "" {
		return "Did you mean " + near + "? It is left out as it is."
	}
	if isLabel(header) && isLabel(value) {
		return "It is left out: where it is a label of workloads, write " + header + "=" + value + " in the column workloads; else say which column of the template it is, or leave it so."
	}
	return "It is left out: say which column of the template it is, or leave it so."
}

// sample is the first value of a column.
func sample(rows []row, i int) string {
	for _, r := range rows {
		if text := r.at(i).text; text != "" {
			return text
		}
	}
	return ""
}

// isLabel reports whether a text can be the key or the value of a label.
func isLabel(text string) bool {
	const longest = 63
	return text != "" && len(text) <= longest && strings.IndexFunc(text, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-_./", r)
	}) < 0
}

func headerText(r row) string {
	var names []string
	for _, c := range r.cells {
		if c.text != "" {
			names = append(names, c.text)
		}
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}
