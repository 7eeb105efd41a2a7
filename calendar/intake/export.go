package intake

import (
	"slices"
	"strconv"
	"strings"

	"github.com/headstart-scaler/headstart/calendar"
)

// templateColumns are those of the template.
func templateColumns() []column {
	return []column{
		colID, colTitle, colClass, colStart, colEnd, colZone, colBrand, colMarket, colRegion, colWorkloads,
		colPeak, colUnit, colConfidence, colStatus, colOwner, colNotes,
	}
}

// optionalColumns are those that an export has where an event needs them.
func optionalColumns() []column {
	return []column{colRampUp, colRampDown, colRecurrence, colExcept, colExtra, colMoved}
}

// exported are the columns of an export: those of the template, and the
// optional ones in which an event says something.
func exported(s calendar.Schedule) []column {
	columns := templateColumns()
	for _, c := range optionalColumns() {
		for e := range s.All() {
			if written(e, c) != "" {
				columns = append(columns, c)
				break
			}
		}
	}
	return columns
}

// WriteCSV writes a schedule as a table that reads back as the same schedule,
// blanks around texts apart. It is UTF-8 with a byte order mark, by which Excel
// knows accented letters, and nothing in it is taken for a formula.
func WriteCSV(s calendar.Schedule) []byte {
	var b strings.Builder
	b.WriteString(byteOrderMark)
	columns := exported(s)
	line := make([]string, len(columns))
	for i, c := range columns {
		line[i] = c.String()
	}
	writeLine(&b, line, ',')
	for e := range s.All() {
		for i, c := range columns {
			line[i] = guard(written(e, c))
		}
		writeLine(&b, line, ',')
	}
	return []byte(b.String())
}

const byteOrderMark = "\ufeff"

// writeLine writes a row with its values in quotes where they need them. A
// line break within quotes stays as it is, which encoding/csv would change.
func writeLine(b *strings.Builder, values []string, delimiter rune) {
	for i, v := range values {
		if i > 0 {
			b.WriteRune(delimiter)
		}
		if strings.ContainsAny(v, "\"\r\n,;\t|") || v != strings.TrimSpace(v) {
			v = `"` + strings.ReplaceAll(v, `"`, `""`) + `"`
		}
		b.WriteString(v)
	}
	b.WriteString("\r\n")
}

// written is what an export has of an event in a column. Multipliers and floors
// are written as an expected peak with their unit.
func written(e *calendar.Event, c column) string {
	switch c {
	case colID:
		return e.ID
	case colTitle:
		return e.Title
	case colClass:
		return e.Class
	case colStart:
		return whenWritten(e.Window, e.Window.Start)
	case colEnd:
		if onDays(e.Window) {
			return whenWritten(e.Window, e.Window.End.AddDays(-1))
		}
		return whenWritten(e.Window, e.Window.End)
	case colZone:
		return e.Window.Zone.String()
	case colStatus:
		return string(e.Status)
	case colOwner:
		return e.Owner
	case colNotes:
		return e.Notes
	case colConfidence:
		return numberWritten(e.Confidence)
	case colPeak, colUnit:
		return impactWritten(e.Impact, c)
	default:
		return optionWritten(e, c)
	}
}

func optionWritten(e *calendar.Event, c column) string {
	switch c {
	case colBrand:
		return namesWritten(e.Scope.Brands)
	case colMarket:
		return namesWritten(e.Scope.Markets)
	case colRegion:
		return namesWritten(e.Scope.Regions)
	case colWorkloads:
		return e.Scope.Workloads.String()
	case colRampUp:
		return duration(e.Ramp.Up)
	case colRampDown:
		return duration(e.Ramp.Down)
	case colRecurrence:
		return e.Recurrence.Rule().String()
	case colExcept:
		return strings.Join(clocks(e.Recurrence.Left()), "; ")
	case colExtra:
		return strings.Join(clocks(e.Recurrence.Extra()), "; ")
	case colMoved:
		var moves []string
		for _, m := range e.Recurrence.Moved() {
			moves = append(moves, m.From.String()+">"+m.Start.String()+"/"+m.End.String())
		}
		return strings.Join(moves, "; ")
	default:
		return ""
	}
}

// onDays reports whether a window is written as days without times.
func onDays(w calendar.Window) bool {
	return w.AllDay && w.Start.IsMidnight() && w.End.IsMidnight()
}

func whenWritten(w calendar.Window, at calendar.Wall) string {
	text := strings.Replace(at.String(), "T", " ", 1)
	if onDays(w) {
		return text[:len("2026-03-29")]
	}
	return text
}

// numberWritten writes a number so that no three decimals are taken for
// thousands.
func numberWritten(v float64) string {
	text := strconv.FormatFloat(v, 'f', -1, 64)
	if point := strings.IndexByte(text, '.'); point >= 0 && ambiguous(text, point) {
		text += "0"
	}
	return text
}

func impactWritten(i calendar.Impact, c column) string {
	value, unit := i.Peak.Value, string(i.Peak.Unit)
	switch {
	case i.Multiplier != 0:
		value, unit = i.Multiplier, string(unitTimes)
	case i.Floor != 0:
		value, unit = float64(i.Floor), string(unitReplicas)
	}
	switch {
	case value == 0:
		return ""
	case c == colUnit:
		return unit
	default:
		return numberWritten(value)
	}
}

// namesWritten joins names as names reads them.
func namesWritten(list []string) string {
	const separators = "\\;,|\n"
	marked := slices.Clone(list)
	for i, name := range marked {
		if strings.ContainsAny(name, separators) {
			marked[i] = backslashed(name, separators)
		}
	}
	if len(marked) == 1 && everybody(marked[0]) {
		return `\` + marked[0]
	}
	return strings.Join(marked, "; ")
}

// backslashed puts a backslash before each of some characters.
func backslashed(text, characters string) string {
	var b strings.Builder
	for _, r := range text {
		if strings.ContainsRune(characters, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
