package intake

import (
	"bytes"
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
)

// Read reads a file of any of the formats, which it tells by what the file
// holds.
func Read(data []byte, o Options) Result {
	o = o.withDefaults()
	c := &collector{limit: o.Limits.Problems}
	r := Result{Order: o.DateOrder}
	var found []placed
	switch {
	case int64(len(data)) > o.Limits.Bytes:
		c.fail(tooLarge("bytes", int64(len(data)), o.Limits.Bytes))
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		found = readZip(data, o, c, &r)
	default:
		found = readPlain(data, o, c, &r)
	}
	r.places = check(found, o, c)
	r.Events = eventsOf(r.places)
	if len(found) == 0 && len(c.errors) == 0 {
		c.fail(Problem{Code: Empty, Expected: "at least one event", Found: "none", Fix: "Upload a file with events."})
	}
	c.sort()
	r.Errors, r.ErrorsOmitted = c.errors, c.omittedErrors
	r.Warnings, r.WarningsOmitted = c.warnings, c.omittedWarnings
	return r
}

// readZip reads what comes in a zip archive: a workbook, or calendars.
func readZip(data []byte, o Options, c *collector, r *Result) []placed {
	archive, err := archiveOf(data)
	if err != nil {
		c.fail(brokenArchive(data, err))
		return nil
	}
	switch workbook, other := sheetArchive(archive); {
	case workbook:
		r.Format = XLSX
		return readTable(readXLSX(archive, o, c), o, c, r)
	case other != "":
		c.fail(unreadable(other, "Save it as .xlsx or .csv."))
		return nil
	default:
		r.Format = ICS
		return readArchive(archive, o, c)
	}
}

// brokenArchive is the error of an archive that cannot be opened: a workbook is
// known by a name that stands in it still.
func brokenArchive(data []byte, err error) Problem {
	_, large := errors.AsType[limitError](err)
	if large || bytes.Contains(data, []byte("xl/workbook.")) || bytes.Contains(data, []byte("[Content_Types].xml")) {
		return unopened(err)
	}
	return unreadable("an archive that is broken: "+excerpt(err.Error()), "Export it again.")
}

// readPlain reads text in whatever encoding.
func readPlain(data []byte, o Options, c *collector, r *Result) []placed {
	text, ok := decode(data, c)
	if !ok {
		return nil
	}
	start := strings.TrimLeft(text[:min(len(text), 4096)], " \t\r\n")
	switch {
	case len(start) >= 15 && strings.EqualFold(start[:15], "BEGIN:VCALENDAR"):
		r.Format = ICS
		return readICS([]byte(text), newBuilder(o, c), "")
	case strings.HasPrefix(start, "{") || strings.HasPrefix(start, "["):
		r.Format = JSON
		return readJSON(text, newBuilder(o, c))
	case strings.HasPrefix(start, "<"):
		c.fail(unreadable("a page or XML", "Save it as .csv, .xlsx or .ics."))
		return nil
	default:
		r.Format = CSV
		return readTable(readCSV(text, o, c), o, c, r)
	}
}

// withDefaults puts the defaults in the place of what nobody said.
func (o Options) withDefaults() Options {
	if o.Horizon == 0 {
		o.Horizon = 400 * 24 * time.Hour
	}
	l, d := &o.Limits, DefaultLimits()
	l.Bytes, l.Unpacked = cmp.Or(l.Bytes, d.Bytes), cmp.Or(l.Unpacked, d.Unpacked)
	l.Sheets = cmp.Or(l.Sheets, d.Sheets)
	l.Rows, l.Columns = cmp.Or(l.Rows, d.Rows), cmp.Or(l.Columns, d.Columns)
	l.Cell, l.Problems = cmp.Or(l.Cell, d.Cell), cmp.Or(l.Problems, d.Problems)
	return o
}

// sort puts problems in the order of the file; those of one row stay in the
// order in which they were found.
func (c *collector) sort() {
	byRow := func(a, b Problem) int { return cmp.Compare(a.Row, b.Row) }
	slices.SortStableFunc(c.errors, byRow)
	slices.SortStableFunc(c.warnings, byRow)
}

// placed is an event and where it stood. The event may still be invalid: check
// validates it.
type placed struct {
	event *calendar.Event
	row   int
	where locator
	// partly says that errors were collected for what could not be read: it is no
	// event, but what was read of it may be judged.
	partly bool
}

// locator says where in a file the fields of the event of a row stand: the row
// and the header or property. A field that stands nowhere is looked for where
// its event begins, under the template's name.
type locator interface {
	locate(row int, c column) (int, string)
}
