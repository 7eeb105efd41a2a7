package intake

// table is the rows of a sheet as they were written.
type table struct {
	rows []row
	// date1904 says that a workbook counts days from 1904-01-01.
	date1904 bool
	// semicolon and so on are what a CSV is written with again.
	delimiter rune
}

// row is a row of a table with its number in the program that shows it.
type row struct {
	number int
	cells  []cell
	hidden bool
}

// readTable makes events of a table: it finds the header, learns what holds for
// all of the file, and drafts an event of each row.
func readTable(t *table, o Options, c *collector, r *Result) []placed {
	if t == nil {
		return nil
	}
	_, _, _ = o, c, r
	return nil
}
