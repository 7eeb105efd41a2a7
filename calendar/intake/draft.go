package intake

import "github.com/headstart-scaler/headstart/calendar"

// draft is an event as it was written: what stands in each column, with its
// place. It lives as long as it takes to make an event of it.
type draft struct {
	row   int
	where locator
	cells [columnCount]cell
}

// cell is a value as it was written. The zero cell is empty.
type cell struct {
	text string // without blanks around it
	kind kind
}

// kind says what a program took a cell for.
type kind uint8

const (
	asText   kind = iota
	asNumber      // of a workbook: text is the number in digits, with a decimal point
	asError       // an error such as #REF!
)

// builder makes events of drafts. One is made for a file, because what is true
// of all its rows (the order of dates, the decimal mark) was found before.
type builder struct {
	o Options
	c *collector
	// comma says whether 12.000 is twelve thousand (decimalComma), or twelve
	// (decimalPoint); where it is unknown, such a number is an error.
	mark mark
}

// mark is what a file writes before the decimals.
type mark uint8

const (
	markUnknown mark = iota
	decimalPoint
	decimalComma
)

// problem is a Problem of one cell of a draft.
func (d *draft) problem(at column, code Code, expected, fix string) Problem {
	row, name := d.where.locate(d.row, at)
	return Problem{Row: row, Column: name, Code: code, Found: d.cells[at].text, Expected: expected, Fix: fix}
}

// details fills what is said of an event apart from its id, title, window and
// recurrence: class, scope, impact, confidence, ramp, status, owner, notes. What
// cannot be understood is collected as an error, and false is returned.
func (b *builder) details(d *draft, e *calendar.Event) bool {
	return b.describe(d, e)
}
