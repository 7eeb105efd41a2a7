package intake

import (
	"archive/zip"
	"errors"
	"strings"
)

// readXLSX reads the first sheet of a workbook that has the headers of a
// schedule, and names the others. Sheets that are hidden are not looked at.
func readXLSX(archive *zip.Reader, o Options, c *collector) *table {
	b, err := openBook(archive, o.Limits)
	if err != nil {
		c.fail(unopened(err))
		return nil
	}
	h := newHeaders(o)
	accept := func(rows []row) bool {
		l, _ := h.layoutOf(rows)
		return l != nil
	}
	var chosen, first *table
	var name string
	var others []string
	for _, ref := range b.sheets {
		switch {
		case ref.hidden:
			others = append(others, ref.name+" (hidden)")
			continue
		case chosen != nil:
			if ref.name != notesSheet {
				others = append(others, ref.name)
			}
			continue
		}
		t, ok, err := b.sheet(ref, accept)
		switch {
		case err != nil:
			c.fail(unopened(err))
			return nil
		case ok:
			chosen, name = t, ref.name
			continue
		case first == nil && len(t.rows) > 0:
			first = t
		}
		others = append(others, ref.name)
	}
	if chosen == nil {
		return first // it tells what it lacks
	}
	if len(others) > 0 {
		c.warn(Problem{Code: OtherSheet, Expected: "one sheet", Found: excerpt(strings.Join(others, ", ")), Fix: "Only the sheet " + name + " is read: upload the others by themselves if they hold events."})
	}
	return chosen
}

// unopened is the error of a workbook that cannot be read.
func unopened(err error) Problem {
	if large, ok := errors.AsType[limitError](err); ok {
		return large.problem
	}
	return unreadable("a workbook that is broken: "+excerpt(err.Error()), "Open it, and save it as .xlsx.")
}
