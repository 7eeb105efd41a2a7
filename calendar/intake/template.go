package intake

import (
	"fmt"
	"strings"

	"github.com/xuri/excelize/v2"
)

// examples are the rows of the template, in its columns. They lie far ahead and
// are tentative: whoever leaves them in sees them, and loses nothing.
func examples() [][]string {
	return [][]string{
		{"example-tournament", "Example: Saturday tournament", "tournament", "2030-06-01 20:00", "2030-06-01 23:00", "Europe/Malta", "Casino One; Casino Two", "MT", "", "", "12000", "requests/s", "80%", "tentative", "ana@example.com", "Delete the examples"},
		{"example-promo", "Example: free spins", "promo", "2030-06-02 18:00", "2030-06-03 02:00", "Europe/Berlin", "", "DE; AT", "eu", "", "3", "x", "1", "tentative", "ana@example.com", "Three times the usual demand"},
		{"example-launch", "Example: new game", "launch", "2030-06-05 10:00", "2030-06-05 12:00", "UTC", "Casino One", "", "", "tier=gold", "40", "replicas", "", "tentative", "ben@example.com", "At least 40 replicas"},
	}
}

// TemplateCSV is the template to fill in, with examples.
func TemplateCSV() []byte {
	var b strings.Builder
	b.WriteString(byteOrderMark)
	var head []string
	for _, c := range templateColumns() {
		head = append(head, c.String())
	}
	writeLine(&b, head, ',')
	for _, row := range examples() {
		writeLine(&b, row, ',')
	}
	return []byte(b.String())
}

// templateRows is how many rows of the template offer lists to choose from.
const templateRows = 2000

// TemplateXLSX is the template as a workbook: the columns that have few values
// offer them, and a second sheet says what to write in each.
func TemplateXLSX() ([]byte, error) {
	w, err := newWorkbook(scheduleSheet)
	if err != nil {
		return nil, err
	}
	defer w.close()
	columns := templateColumns()
	for i, c := range columns {
		if err := w.put(scheduleSheet, i, 1, c.String(), w.head); err != nil {
			return nil, err
		}
	}
	for n, row := range examples() {
		for i, text := range row {
			if err := w.putExample(i, n+2, columns[i], text); err != nil {
				return nil, err
			}
		}
	}
	if err := w.offer(columns); err != nil {
		return nil, err
	}
	if err := w.notes(); err != nil {
		return nil, err
	}
	return w.bytes()
}

// put writes one cell.
func (w *workbook) put(sheet string, column, row int, value any, style int) error {
	at, err := excelize.CoordinatesToCellName(column+1, row)
	if err != nil {
		return fmt.Errorf("name a cell: %w", err)
	}
	if err := w.file.SetCellValue(sheet, at, value); err != nil {
		return fmt.Errorf("write %s: %w", at, err)
	}
	if err := w.file.SetCellStyle(sheet, at, at, style); err != nil {
		return fmt.Errorf("style %s: %w", at, err)
	}
	return nil
}

// putExample writes dates and numbers as such.
func (w *workbook) putExample(i, row int, c column, text string) error {
	switch m, ok := parseMoment(text); {
	case text == "":
		return nil
	case (c == colStart || c == colEnd) && ok:
		return w.put(scheduleSheet, i, row, serialOf(m.wall()), w.clock)
	}
	if v, ok := parseDigits(text); ok && !strings.HasSuffix(text, "%") {
		return w.put(scheduleSheet, i, row, v, 0)
	}
	return w.put(scheduleSheet, i, row, text, 0)
}

// offer lets columns with few values be chosen from a list.
func (w *workbook) offer(columns []column) error {
	for i, c := range columns {
		var choices []string
		switch c {
		case colUnit:
			choices = []string{"x", "requests/s", "messages/s", "connections", "replicas"}
		case colStatus:
			choices = []string{"confirmed", "tentative", "cancelled"}
		default:
			continue
		}
		name, err := excelize.ColumnNumberToName(i + 1)
		if err != nil {
			return fmt.Errorf("name a column: %w", err)
		}
		v := excelize.NewDataValidation(true)
		v.SetSqref(fmt.Sprintf("%s2:%s%d", name, name, templateRows))
		if err := v.SetDropList(choices); err != nil {
			return fmt.Errorf("offer %s: %w", c, err)
		}
		v.SetError(excelize.DataValidationErrorStyleStop, c.String(), "Choose one of: "+strings.Join(choices, ", "))
		if err := w.file.AddDataValidation(scheduleSheet, v); err != nil {
			return fmt.Errorf("offer %s: %w", c, err)
		}
	}
	return nil
}

// notes writes the sheet that explains the columns.
func (w *workbook) notes() error {
	if _, err := w.file.NewSheet(notesSheet); err != nil {
		return fmt.Errorf("add the notes: %w", err)
	}
	for i, text := range []string{"Column", "What to write"} {
		if err := w.put(notesSheet, i, 1, text, w.head); err != nil {
			return err
		}
	}
	for n, c := range append(templateColumns(), append(optionalColumns(), colMultiplier, colFloor)...) {
		if err := w.put(notesSheet, 0, n+2, c.String(), 0); err != nil {
			return err
		}
		if err := w.put(notesSheet, 1, n+2, explanation(c), 0); err != nil {
			return err
		}
	}
	if err := w.file.SetColWidth(notesSheet, "B", "B", 100); err != nil {
		return fmt.Errorf("widen the notes: %w", err)
	}
	if err := w.file.SetColWidth(scheduleSheet, "A", "P", 20); err != nil {
		return fmt.Errorf("widen the schedule: %w", err)
	}
	return nil
}

// explanation says what to write in a column.
func explanation(c column) string {
	texts := [columnCount]string{
		colID:         "A name that no other event has. Keep it when the event changes; left empty, it is made of title, start and scope.",
		colTitle:      "What the event is called.",
		colClass:      "Its kind, such as tournament or promo: events of a class are alike in shape.",
		colStart:      "Date and time at which it starts, such as 2030-06-01 20:00. A date alone is an event of whole days.",
		colEnd:        "Date and time at which it ends; of an event of whole days, the last day. 24:00 is the next midnight.",
		colZone:       "The time zone of both, such as Europe/Malta. Left empty, that of the upload.",
		colBrand:      "The brands it concerns, separated by ; and empty for all.",
		colMarket:     "The markets it concerns, separated by ; and empty for all.",
		colRegion:     "The regions it concerns, separated by ; and empty for all.",
		colWorkloads:  "Labels of the workloads it concerns, such as team=payments tier=gold|silver, and empty for all.",
		colPeak:       "The demand to expect, as a number: 12000, 12k, 1.5M.",
		colUnit:       "What the number counts: x (times the usual), requests/s, messages/s, connections (users, players), replicas (to have at least).",
		colMultiplier: "Optional, in the place of expected_peak: times the usual demand.",
		colFloor:      "Optional, in the place of expected_peak: replicas to have at least.",
		colConfidence: "How sure it is that the event takes place as written: 0.8 or 80%. Empty is 1.",
		colStatus:     "confirmed, tentative or cancelled. Empty is confirmed; cancelled removes the event with this id.",
		colRampUp:     "Optional: how long demand rises before the start, such as 30m.",
		colRampDown:   "Optional: how long it falls after the end, such as 15m.",
		colRecurrence: "Optional: how it repeats: daily, weekly, monthly, yearly, or a rule such as FREQ=WEEKLY;BYDAY=SA.",
		colExcept:     "Optional: starts that are left out of the rule, separated by ;.",
		colExtra:      "Optional: further starts, separated by ;.",
		colMoved:      "Optional: instances at another time, as FROM>START/END, separated by ;.",
		colOwner:      "Who answers for it.",
		colNotes:      "Anything else, for people.",
	}
	return texts[c]
}
