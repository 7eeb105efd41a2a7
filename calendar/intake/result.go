package intake

import (
	"slices"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
)

// Options are what the uploader said of a file, and the instant to judge it at.
type Options struct {
	// Zone of times that name none; nil means that such times are errors.
	Zone *time.Location
	// DateOrder of dates such as 03/04/27; DetectOrder where nobody said.
	DateOrder DateOrder
	// Columns maps headers of the file, as written there, to columns of the
	// template; it comes before what is recognised. "-" leaves a column out.
	Columns map[string]string
	// Classes say how events that overlap would combine.
	Classes calendar.Classes
	// Now is the instant at which events count as past.
	Now time.Time
	// Horizon is how far ahead recurring events are looked at for warnings;
	// 400 days where zero.
	Horizon time.Duration
	// Limits bound what is read; the zero value is DefaultLimits.
	Limits Limits
}

// Limits bound what a file may hold. What exceeds one is an error that names
// it.
type Limits struct {
	Bytes    int64 // of the file: 64 MiB
	Unpacked int64 // of an archive's files together, and of a workbook's texts: 64 MiB
	Sheets   int64 // of a workbook's parts, which are read as a stream: 256 MiB
	Rows     int   // of a table, or entries of a calendar: 120 000
	Columns  int   // of a table: 256
	Cell     int   // bytes of one value: 32 KiB
	Problems int   // that are listed, of errors and of warnings: 1 000; the rest are counted
}

// DefaultLimits are those of a Limits that says nothing.
func DefaultLimits() Limits {
	return Limits{Bytes: 64 << 20, Unpacked: 64 << 20, Sheets: 256 << 20, Rows: 120_000, Columns: 256, Cell: 32 << 10, Problems: 1000}
}

// DateOrder says which of day, month and year comes first in a numeric date.
type DateOrder string

// The orders. DetectOrder decides for the whole file, never for a row.
const (
	DetectOrder  DateOrder = ""
	DayMonthYear DateOrder = "dmy"
	MonthDayYear DateOrder = "mdy"
	YearMonthDay DateOrder = "ymd"
)

// Result is what a file holds.
type Result struct {
	Format Format
	// Events are valid, and in the order of the file. Cancelled ones are among
	// them: they remove what they name. Where there are errors, those without
	// one are here all the same, for a preview.
	Events []*calendar.Event
	// Errors block an upload; Warnings are to be looked at. Both are in the
	// order of the file. Omitted are those beyond Limits.Problems.
	Errors, Warnings               []Problem
	ErrorsOmitted, WarningsOmitted int
	// Columns are the headers of a table and the template's column each was
	// taken for; "" for those nobody knows.
	Columns []Column
	// Order is the order of dates that was chosen or found.
	Order DateOrder

	places []placed // of Events
}

// Locate says where a column of the template stands for the ith of Events: the
// row as a Problem has it, and what the column is called there.
func (r Result) Locate(i int, name string) (row int, header string) {
	for c := range columnCount {
		if c.String() == name {
			return r.places[i].where.locate(r.places[i].row, c)
		}
	}
	return r.places[i].row, name
}

// OK reports whether nothing blocks the upload.
func (r Result) OK() bool { return len(r.Errors) == 0 }

// Column is a header and what it was taken for.
type Column struct {
	Header string `json:"header"`
	Means  string `json:"means"`
}

// Format is a kind of file.
type Format string

// The formats that are read.
const (
	CSV  Format = "csv"
	XLSX Format = "xlsx"
	ICS  Format = "ics"
	JSON Format = "json"
)

// Problem is one thing wrong with a file: where it is, what stands there, what
// was expected, and the repair. Row counts as the program does that made the
// file: the rows of a sheet from 1, header included; the lines of a calendar
// file; the events of JSON from 1. It is 0 where the whole file is meant.
type Problem struct {
	Row      int    `json:"row"`
	Column   string `json:"column"`
	Code     Code   `json:"code"`
	Found    string `json:"found"`
	Expected string `json:"expected"`
	Fix      string `json:"fix"`
}

// Code names a kind of problem for programs. Codes never change their meaning.
type Code string

// The codes. Those of errors block an upload.
const (
	// Of the file.
	Unreadable   Code = "unreadable"    // no format that is read, or broken
	TooLarge     Code = "too-large"     // beyond a limit
	Empty        Code = "empty"         // no events
	UnknownField Code = "unknown-field" // a column or property that means nothing to us
	NoColumn     Code = "column-missing"

	// Of values.
	Missing       Code = "missing"
	BadDate       Code = "date-invalid"
	AmbiguousDate Code = "date-order-ambiguous"
	BadTime       Code = "time-invalid"
	NoZone        Code = "timezone-missing"
	UnknownZone   Code = "timezone-unknown"
	BadNumber     Code = "number-invalid"
	BadValue      Code = "value-invalid"
	BadRule       Code = "recurrence-invalid"
	EndNotAfter   Code = "end-not-after-start"
	DuplicateID   Code = "id-duplicate"

	// Of cells.
	HiddenRow   Code = "row-hidden"
	FormulaCell Code = "cell-formula"
	ErrorCell   Code = "cell-error"
	MergedCell  Code = "cell-merged"

	// Of a workbook.
	HiddenColumn Code = "column-hidden"
	OtherSheet   Code = "sheet-left-out"

	// Worth a look.
	DSTGap         Code = "dst-gap"
	DSTOverlap     Code = "dst-overlap"
	AllDayEvent    Code = "all-day"
	InThePast      Code = "in-the-past"
	DuplicateTitle Code = "title-duplicate"
	Overlapping    Code = "events-overlap"
	Converted      Code = "encoding-converted"
	Cancels        Code = "cancels"
	NoImpact       Code = "impact-missing"
	Pinned         Code = "id-of-a-file"
	UnknownClass   Code = "class-unknown"
	NobodyInScope  Code = "scope-empty"
	CancelsNothing Code = "cancels-nothing"
	BeyondMaximum  Code = "beyond-maximum"
	NoInstance     Code = "instance-unknown"
)

// collector gathers problems up to a limit each.
type collector struct {
	limit            int
	errors, warnings []Problem
	omittedErrors    int
	omittedWarnings  int
	// lacks are the columns that a table has not: that is said once, and not of
	// each of its rows.
	lacks []string
}

func (c *collector) fail(p Problem) {
	if p.Code == Missing && slices.Contains(c.lacks, p.Column) {
		return
	}
	if len(c.errors) >= c.limit {
		c.omittedErrors++
		if p.Code == TooLarge && c.limit > 0 { // why the rest of the file was not read
			c.errors[len(c.errors)-1] = p
		}
		return
	}
	c.errors = append(c.errors, p)
}

func (c *collector) warn(p Problem) {
	if len(c.warnings) >= c.limit {
		c.omittedWarnings++
		if p.Code == TooLarge && c.limit > 0 { // why there are no more
			c.warnings[len(c.warnings)-1] = p
		}
		return
	}
	c.warnings = append(c.warnings, p)
}
