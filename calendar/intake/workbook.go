package intake

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/headstart-scaler/headstart/calendar"
)

// Names of the sheets that we write. The notes are known by their name when a
// template comes back, and are no sheet that was left out.
const (
	scheduleSheet = "Schedule"
	notesSheet    = "How to fill it in"
)

// workbook is an .xlsx that is written.
type workbook struct {
	file                *excelize.File
	head, day, clock, t int // styles
}

func newWorkbook(sheet string) (*workbook, error) {
	w := &workbook{file: excelize.NewFile()}
	if err := w.file.SetSheetName("Sheet1", sheet); err != nil {
		return nil, fmt.Errorf("name the sheet: %w", err)
	}
	for _, s := range []struct {
		to     *int
		format string
		bold   bool
	}{{&w.head, "", true}, {&w.day, "yyyy-mm-dd", false}, {&w.clock, "yyyy-mm-dd hh:mm:ss", false}, {&w.t, "[hh]:mm:ss", false}} {
		style := &excelize.Style{}
		if s.bold {
			style.Font = &excelize.Font{Bold: true}
		}
		if s.format != "" {
			style.CustomNumFmt = &s.format
		}
		id, err := w.file.NewStyle(style)
		if err != nil {
			return nil, fmt.Errorf("make a style: %w", err)
		}
		*s.to = id
	}
	return w, nil
}

// close removes what a long sheet left in the directory for temporary files.
func (w *workbook) close() { _ = w.file.Close() } // it was written, or is not wanted

// bytes ends the workbook.
func (w *workbook) bytes() ([]byte, error) {
	b, err := w.file.WriteToBuffer()
	if err != nil {
		return nil, fmt.Errorf("write the workbook: %w", err)
	}
	return b.Bytes(), nil
}

// WriteXLSX writes a schedule as a workbook that reads back as the same
// schedule, blanks around texts apart. Dates and numbers are such, and texts are
// never formulas.
func WriteXLSX(s calendar.Schedule) ([]byte, error) {
	w, err := newWorkbook(scheduleSheet)
	if err != nil {
		return nil, err
	}
	defer w.close()
	stream, err := w.file.NewStreamWriter(scheduleSheet)
	if err != nil {
		return nil, fmt.Errorf("begin the sheet: %w", err)
	}
	columns := exported(s)
	line := make([]any, len(columns))
	for i, c := range columns {
		line[i] = excelize.Cell{StyleID: w.head, Value: c.String()}
	}
	if err := stream.SetRow("A1", line); err != nil {
		return nil, fmt.Errorf("write the header: %w", err)
	}
	number := 1
	for e := range s.All() {
		number++
		for i, c := range columns {
			line[i] = w.value(e, c)
		}
		if err := stream.SetRow(fmt.Sprintf("A%d", number), line); err != nil {
			return nil, fmt.Errorf("write row %d: %w", number, err)
		}
	}
	if err := stream.Flush(); err != nil {
		return nil, fmt.Errorf("end the sheet: %w", err)
	}
	return w.bytes()
}

// value is a cell of an export.
func (w *workbook) value(e *calendar.Event, c column) any {
	text := written(e, c)
	at, err := calendar.ParseWall(text)
	v, isNumber := parseDigits(text)
	switch {
	case text == "":
		return nil
	case (c == colStart || c == colEnd) && err == nil && onDays(e.Window):
		return excelize.Cell{StyleID: w.day, Value: serialOf(at)}
	case (c == colStart || c == colEnd) && err == nil:
		return excelize.Cell{StyleID: w.clock, Value: serialOf(at)}
	case (c == colPeak || c == colConfidence) && isNumber && fits(v):
		return v
	default:
		return guard(text)
	}
}

// fits reports whether a number has no more than the 15 digits of a workbook.
func fits(v float64) bool {
	short, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 15, 64), 64)
	return err == nil && short == v
}

// serialOf is the number that a workbook has for a clock.
func serialOf(w calendar.Wall) float64 {
	serial := w.Sub(calendar.Date(1899, time.December, 30)).Seconds() / (24 * 60 * 60)
	// Ten places are 9 µs. A number is written with 15 digits, cut off: without
	// the rounding other programs read 10:00 as 09:59:59.
	return math.Round(serial*1e10) / 1e10
}
