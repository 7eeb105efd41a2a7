package intake

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"

	"github.com/headstart-scaler/headstart/calendar"
)

// plan is a sheet of 500 events as a marketer keeps it, some of them spoilt.
// It is the generator of testdata/plan.csv (as Excel in a country with decimal
// commas writes it) and testdata/plan.xlsx.
func planColumns() []column {
	return []column{
		colID, colTitle, colClass, colStart, colEnd, colZone, colBrand, colMarket, colPeak, colUnit, colConfidence, colStatus, colOwner, colNotes,
		colWorkloads, colRampUp, colRecurrence,
	}
}

// goodRow is an event without a fault; row counts from 2.
func goodRow(row int) map[column]string {
	day := time.Date(2027, time.January, 4+row, 20, 0, 0, 0, time.UTC)
	const layout = "02/01/2006 15:04"
	return map[column]string{
		colID: fmt.Sprintf("e-%03d", row), colTitle: fmt.Sprintf("Été tournament %d", row), colClass: "tournament",
		colStart: day.Format(layout), colEnd: day.Add(2 * time.Hour).Format(layout), colZone: "Europe/Malta",
		colBrand: fmt.Sprintf("Brand %d", row%7), colMarket: "MT", colPeak: fmt.Sprintf("%d.200,5", row), colUnit: "rps",
		colConfidence: "80%", colStatus: "confirmed", colOwner: "ana@example.com", colNotes: "first; \"second\"\nthird",
		colWorkloads: "team=payments", colRampUp: "30m",
	}
}

// spoil is a fault in a row, and what has to be said of it.
type spoil struct {
	row     int
	cells   map[column]string
	column  column
	code    Code
	warning bool
	fix     string
}

func spoils() []spoil {
	of := func(row int, code Code, at column, fix string, cells map[column]string) spoil {
		return spoil{row: row, cells: cells, column: at, code: code, fix: fix}
	}
	one := func(row int, code Code, at column, value, fix string) spoil {
		return of(row, code, at, fix, map[column]string{at: value})
	}
	warn := func(s spoil) spoil { s.warning = true; return s }
	return []spoil{
		one(10, BadDate, colStart, "31/02/2027 20:00", "There is no such day: correct it."),
		one(11, BadDate, colEnd, "next week", "Write the date so."),
		one(20, EndNotAfter, colEnd, "01/01/2027 20:00", "Correct the start or the end: an event past midnight ends on the next date."),
		one(21, Missing, colEnd, "", "Write when the event ends."),
		one(30, UnknownZone, colZone, "Europe/Mlata", "Did you mean Europe/Malta?"),
		one(31, NoZone, colZone, "", noZoneFix),
		one(40, BadNumber, colPeak, "many", "Write the number in digits."),
		one(41, BadValue, colUnit, "bananas", "Write one of these units."),
		one(42, Missing, colUnit, "", "Write what the number counts."),
		one(50, BadNumber, colConfidence, "180%", "Write how sure it is that the event takes place."),
		one(60, BadValue, colStatus, "tentativ", "Did you mean tentative?"),
		one(70, DuplicateID, colID, "e-012", "Give each event an id of its own, or delete one of them."),
		one(80, Missing, colTitle, "", "Write a title."),
		one(90, BadRule, colRecurrence, "FREQ=SECONDLY", "Repeat it hourly or less often, or write one event that lasts as long."),
		one(100, BadValue, colWorkloads, "payments", "Write each label as KEY=VALUE."),
		one(110, BadValue, colRampUp, "soon", "Write the duration with its unit."),
		one(120, ErrorCell, colStart, "#REF!", "Write the value itself into the cell."),
		warn(of(130, NoImpact, colPeak, "Write an expected peak with its unit, a multiplier or a floor: without one nothing is scaled.", map[column]string{colPeak: "", colUnit: ""})),
		warn(one(140, Cancels, colStatus, "abgesagt", "Applied, it removes the event with its id.")),
		warn(of(150, AllDayEvent, colStart, "Write when demand starts and ends, unless it is all day.", map[column]string{colStart: "03/06/2027", colEnd: "03/06/2027", colBrand: "Fair"})),
		warn(of(160, DSTGap, colStart, "Write a time that exists.", map[column]string{colStart: "28/03/2027 02:30", colEnd: "28/03/2027 04:00"})),
		warn(of(161, DSTOverlap, colStart, "Write another time, if the other one is meant.", map[column]string{colStart: "31/10/2027 02:30", colEnd: "31/10/2027 04:00"})),
		warn(of(170, InThePast, colEnd, "Delete it, or correct the year.", map[column]string{colStart: "28/03/2020 10:00", colEnd: "28/03/2020 12:00"})),
		warn(of(181, DuplicateTitle, colTitle, "Delete one of them, if they are the same event.", map[column]string{colTitle: goodRow(180)[colTitle], colStart: goodRow(180)[colStart], colEnd: goodRow(180)[colEnd]})),
		warn(of(191, Overlapping, colStart, "Look whether their classes combine as you mean.", map[column]string{colStart: goodRow(190)[colStart], colEnd: goodRow(190)[colEnd], colBrand: goodRow(190)[colBrand]})),
		of(200, "", colEnd, "", map[column]string{colEnd: strings.Replace(goodRow(200)[colEnd], "22:00", "24:00", 1)}), // 24:00 is no fault
	}
}

const planRows = 500

// plan is the rows, header included.
func plan() [][]string {
	rows := [][]string{nil}
	for _, c := range planColumns() {
		rows[0] = append(rows[0], c.String())
	}
	for row := 2; row < planRows+2; row++ {
		cells := goodRow(row)
		for _, s := range spoils() {
			if s.row == row {
				maps.Copy(cells, s.cells)
			}
		}
		var values []string
		for _, c := range planColumns() {
			values = append(values, cells[c])
		}
		rows = append(rows, values)
	}
	return rows
}

func planCSV(t *testing.T) []byte {
	t.Helper()
	var b strings.Builder
	for _, row := range plan() {
		writeLine(&b, row, ';')
	}
	data, err := charmap.Windows1252.NewEncoder().Bytes([]byte(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// planXLSX has some rows with dates as numbers, and what only a workbook has.
func planXLSX(t *testing.T) []byte {
	t.Helper()
	f := excelize.NewFile()
	ok := func(err error) {
		if err != nil {
			t.Helper()
			t.Fatal(err)
		}
	}
	for i, row := range plan() {
		for j, value := range row {
			at, err := excelize.CoordinatesToCellName(j+1, i+1)
			ok(err)
			if when, err := time.Parse("02/01/2006 15:04", value); err == nil && i%2 == 0 {
				ok(f.SetCellValue("Sheet1", at, when))
				continue
			}
			if value != "" && at != "I241" { // a formula that nobody calculated
				ok(f.SetCellStr("Sheet1", at, value))
			}
		}
	}
	ok(f.SetRowVisible("Sheet1", 230, false))
	ok(f.SetCellValue("Sheet1", "I240", 1200))
	ok(f.SetCellFormula("Sheet1", "I240", "600*2"))
	ok(f.SetCellFormula("Sheet1", "I241", "600*2"))
	ok(f.MergeCell("Sheet1", "G250", "G251"))
	ok(f.MergeCell("Sheet1", "M260", "N260"))
	b, err := f.WriteToBuffer()
	ok(err)
	return b.Bytes()
}

// planProblems are those of the spoils, and of a workbook's cells.
func planProblems(workbook bool) (errors, warnings []string) {
	for _, s := range spoils() {
		line := fmt.Sprintf("%d %s %s %s", s.row, s.column, s.code, s.fix)
		switch {
		case s.code == "":
		case s.warning:
			warnings = append(warnings, line)
		default:
			errors = append(errors, line)
		}
	}
	if !workbook {
		return errors, append([]string{"0  encoding-converted Look at accented letters, or save it as CSV UTF-8."}, warnings...)
	}
	errors = append(errors,
		"241 expected_peak cell-formula Open the file, save it, and upload it again, or write the value itself.",
		"260 notes cell-merged Split the merged cell, and write each value.")
	return errors, append(warnings,
		"230  row-hidden It is read like the others: delete it if it does not count.",
		"240 expected_peak cell-formula The value is taken as it was last calculated. Write the value itself into the cell.",
		"251 brand cell-merged The value is taken for this row too: split the cell if that is wrong.")
}

func problemLines(problems []Problem) []string {
	var lines []string
	for _, p := range problems {
		lines = append(lines, fmt.Sprintf("%d %s %s %s", p.Row, p.Column, p.Code, p.Fix))
	}
	return lines
}

func planNow() time.Time { return time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC) }

// The sheet of 500 rows gives exactly the errors and warnings of its faults,
// with row, column and repair. Given back with its problems, and with each row
// mended as they say, it is read without one.
func TestSheetOf500Rows(t *testing.T) {
	for name, generated := range map[string][]byte{"plan.csv": planCSV(t), "plan.xlsx": planXLSX(t)} {
		t.Run(name, func(t *testing.T) {
			data := planFile(t, "testdata/"+name, generated)
			r := Read(data, Options{Now: planNow()})
			errors, warnings := planProblems(r.Format == XLSX)
			same(t, "errors", problemLines(r.Errors), errors)
			same(t, "warnings", problemLines(r.Warnings), warnings)
			if r.Order != DayMonthYear || len(r.Events) != planRows-len(errors) {
				t.Errorf("dates %s, %d events", r.Order, len(r.Events))
			}
			back, err := Corrected(data, r)
			if err != nil {
				t.Fatal(err)
			}
			mendAndRead(t, back, r)
		})
	}
}

// planFile is a file of testdata, which is what its generator writes: a
// workbook in what is read of it, as its archive has more than that.
func planFile(t *testing.T, file string, generated []byte) []byte {
	t.Helper()
	if os.Getenv("WRITE_PLAN") != "" {
		if err := os.WriteFile(file, generated, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(tableOf(t, data), tableOf(t, generated)) {
		t.Errorf("%s is not what its generator writes: run this test with WRITE_PLAN=1", file)
	}
	return data
}

// tableOf is the rows of a file.
func tableOf(t *testing.T, data []byte) *table {
	t.Helper()
	c, o := &collector{limit: 10}, Options{}.withDefaults()
	if !bytes.HasPrefix(data, []byte("PK")) {
		text, _ := decode(data, c)
		return readCSV(text, o, c)
	}
	archive, err := archiveOf(data)
	if err != nil {
		t.Fatal(err)
	}
	return readXLSX(archive, o, c)
}

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	slices.Sort(got)
	slices.Sort(want)
	for _, line := range got {
		if !slices.Contains(want, line) {
			t.Errorf("%s: not expected: %s", what, line)
		}
	}
	for _, line := range want {
		if !slices.Contains(got, line) {
			t.Errorf("%s: missing: %s", what, line)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d %s, want %d", len(got), what, len(want))
	}
}

// mendAndRead finds each problem in the column of the table that was given
// back, puts right what it speaks of, and reads the whole again.
func mendAndRead(t *testing.T, back []byte, before Result) {
	t.Helper()
	again := Read(back, Options{Now: planNow()})
	if len(again.Errors) == 0 || again.Format != before.Format {
		t.Fatalf("as it was given back, it is %s with %d errors", again.Format, len(again.Errors))
	}
	l, rows := newHeaders(Options{}).layoutOf(tableOf(t, back).rows)
	problem := slices.IndexFunc(l.header.cells, func(c cell) bool { return c.text == problemHeader })
	if problem < 0 || len(rows) != planRows {
		t.Fatalf("column %d, %d rows", problem, len(rows))
	}
	told := map[int]bool{}
	for _, p := range slices.Concat(before.Errors, before.Warnings) {
		told[max(p.Row, 2)] = true // what concerns the file stands in the first row
	}
	var b strings.Builder
	mendedLine(&b, l.header)
	for _, r := range rows {
		text := r.at(problem).text
		if told[r.number] != (text != "") {
			t.Errorf("row %d says %q", r.number, text)
		}
		l.mend(r, text != "")
		mendedLine(&b, r)
	}
	mended := Read([]byte(b.String()), Options{Now: planNow()})
	if len(mended.Errors)+len(mended.Warnings) > 0 || len(mended.Events) != planRows {
		t.Errorf("mended, it has %d events and %v %v", len(mended.Events), mended.Errors, mended.Warnings)
	}
	if _, err := calendar.NewSchedule(mended.Events); err != nil {
		t.Error(err)
	}
}

// mend puts what is right into a row that is wrong; dates that are numbers
// become texts in any.
func (l *layout) mend(r row, wrong bool) {
	good := goodRow(r.number)
	for i, means := range l.means {
		switch {
		case means < 0 || i >= len(r.cells):
		case wrong:
			r.cells[i] = cell{text: good[means]}
		case r.cells[i].kind != asText && (means == colStart || means == colEnd):
			m, _ := (&dates{}).read(r.cells[i], false)
			r.cells[i] = cell{text: m.wall().String()}
		}
	}
}

func mendedLine(b *strings.Builder, r row) {
	var values []string
	for _, c := range r.cells {
		values = append(values, c.text)
	}
	writeLine(b, values, ';')
}
