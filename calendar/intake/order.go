package intake

import (
	"fmt"

	"github.com/headstart-scaler/headstart/calendar"
)

// dates reads the dates of one file, in one order of day and month: the one
// that was chosen, or the one that its unambiguous dates have.
type dates struct {
	order    DateOrder
	date1904 bool
	seen     map[DateOrder]sighting // the first date that has one order alone
	first    sighting               // the first that may be two days
	unclear  int                    // how many may be two days
	// dotted is the first that may be two days and is written with dots: day first,
	// unless dates with dots of the same file are month first.
	dotted, monthFirst sighting
}

// sighting is a date and where it stood.
type sighting struct {
	row    int
	column string
	text   string
}

// see learns from one cell before any is read.
func (d *dates) see(c cell, at sighting) {
	if c.kind != asText || c.text == "" || d.order != DetectOrder {
		return
	}
	m, ok := parseMoment(c.text)
	if !ok || m.numbers == nil {
		return
	}
	order, same, valid := m.numbers.order()
	if order == MonthDayYear && m.numbers.dotted && d.monthFirst.row == 0 {
		d.monthFirst = at
	}
	switch _, known := d.seen[order]; {
	case !valid || same:
	case order == DetectOrder && m.numbers.dotted:
		if d.dotted.row == 0 {
			d.dotted = at
		}
	case order == DetectOrder:
		if d.unclear++; d.unclear == 1 {
			d.first = at
		}
	case !known:
		if d.seen == nil {
			d.seen = map[DateOrder]sighting{}
		}
		d.seen[order] = at
	}
}

// settle decides on the order, and collects an error where there is none that
// all dates have. It is one error for the file, at the first row that shows it.
func (d *dates) settle(c *collector) {
	dmy, isDMY := d.seen[DayMonthYear]
	mdy, isMDY := d.seen[MonthDayYear]
	if d.dotted.row > 0 && !isDMY && d.monthFirst.row == 0 {
		dmy, isDMY = d.dotted, true
	}
	switch {
	case d.order != DetectOrder:
	case isDMY && isMDY:
		if dmy.row > mdy.row {
			dmy, mdy = mdy, dmy
		}
		c.fail(Problem{
			Row: mdy.row, Column: mdy.column, Code: AmbiguousDate, Expected: "one order of day and month in the whole file",
			Found: fmt.Sprintf("%s here and %s in row %d", mdy.text, dmy.text, dmy.row),
			Fix:   "Write all dates as YYYY-MM-DD.",
		})
	case isDMY:
		d.order = DayMonthYear
	case isMDY:
		d.order = MonthDayYear
	case d.unclear > 0:
		c.fail(Problem{
			Row: d.first.row, Column: d.first.column, Code: AmbiguousDate, Expected: "YYYY-MM-DD",
			Found: d.first.text, Fix: "Choose the file's date order.",
		})
	}
}

// unsettled reports whether a date cannot be read because of an error that
// settle has collected.
func (d *dates) unsettled(m moment) bool {
	if m.numbers == nil || d.order != DetectOrder {
		return false
	}
	_, same, valid := m.numbers.order()
	return valid && !same
}

// undecided reports whether the file has dates whose order is not known.
func (d *dates) undecided() bool {
	return d.order == DetectOrder && (d.unclear > 0 || len(d.seen) > 0 || d.dotted.row > 0)
}

// read reads a cell of dates. alone says that a time without a date is
// expected.
func (d *dates) read(c cell, alone bool) (moment, bool) {
	switch {
	case c.kind == asError:
		return moment{}, false
	case c.kind != asText:
		return d.serial(c)
	case alone:
		if clock, ok := parseDotted(c.text); ok {
			return moment{clock: clock, hasClock: true}, true
		}
	}
	m, ok := parseMoment(c.text)
	if !ok || m.numbers == nil {
		return m, ok
	}
	order := d.order
	if only, same, valid := m.numbers.order(); order == DetectOrder && valid {
		if order = only; same || only == DetectOrder && m.numbers.dotted {
			order = DayMonthYear
		}
	}
	m.date, ok = m.numbers.in(order)
	return m, ok
}

// serial reads the number of a workbook.
func (d *dates) serial(c cell) (moment, bool) {
	days, ok := parseDigits(c.text)
	if !ok {
		return moment{}, false
	}
	m, ok := serial(days, d.date1904)
	if m.soft && c.kind == asDateTime {
		m.hasClock, m.soft = true, false
	}
	return m, ok
}

// expected is how a date has to be written.
func (d *dates) expected() string {
	switch d.order {
	case DayMonthYear:
		return "DD/MM/YYYY or YYYY-MM-DD"
	case MonthDayYear:
		return "MM/DD/YYYY or YYYY-MM-DD"
	default:
		return "YYYY-MM-DD"
	}
}

// list reads dates, each with a time or not, that are separated by blanks or
// semicolons. A date alone has the time of day of start.
func (d *dates) list(c cell, start calendar.Wall) ([]calendar.Wall, bool) {
	var walls []calendar.Wall
	var last *moment // a date that may have a time after it
	flush := func() {
		if last != nil {
			walls = append(walls, last.date.Add(last.clock))
			last = nil
		}
	}
	for _, word := range fieldsOf(c.text) {
		m, ok := d.read(cell{text: word, kind: c.kind}, false)
		switch {
		case !ok || !m.instant.IsZero():
			return nil, false
		case m.hasDate:
			flush()
			if !m.hasClock {
				m.clock = start.Sub(start.Midnight())
			}
			last = &m
		case last == nil || last.hasClock:
			return nil, false
		default:
			last.clock, last.hasClock = m.clock, true
		}
	}
	flush()
	return walls, true
}
