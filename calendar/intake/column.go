package intake

import "github.com/headstart-scaler/headstart/calendar"

// column is a column of the template: something that can be said of an event.
type column int

// The columns, in the order of the template. Those from startTime on are read
// and not written: other programs' tables have them.
const (
	colID column = iota
	colTitle
	colClass
	colStart
	colEnd
	colZone
	colBrand
	colMarket
	colRegion
	colWorkloads
	colPeak
	colUnit
	colMultiplier
	colFloor
	colConfidence
	colStatus
	colRampUp
	colRampDown
	colRecurrence
	colExcept
	colExtra
	colMoved
	colOwner
	colNotes
	colStartTime
	colEndTime
	colAllDay
	columnCount
)

// String is the header in the template.
func (c column) String() string {
	names := [columnCount]string{
		"id", "title", "class", "start", "end", "timezone", "brand", "market", "region", "workloads",
		"expected_peak", "unit", "multiplier", "floor", "confidence", "status", "ramp_up", "ramp_down",
		"recurrence", "except", "also", "moved", "owner", "notes", "start_time", "end_time", "all_day",
	}
	if c < 0 || c >= columnCount {
		return ""
	}
	return names[c]
}

// columnOf is where a field of an event is written.
func columnOf(f calendar.Field) column {
	switch f {
	case calendar.FieldID:
		return colID
	case calendar.FieldTitle:
		return colTitle
	case calendar.FieldStart:
		return colStart
	case calendar.FieldEnd, calendar.FieldLength:
		return colEnd
	case calendar.FieldExtra:
		return colExtra
	case calendar.FieldMoved:
		return colMoved
	case calendar.FieldZone:
		return colZone
	case calendar.FieldImpact, calendar.FieldPeak:
		return colPeak
	case calendar.FieldMultiplier:
		return colMultiplier
	case calendar.FieldUnit:
		return colUnit
	case calendar.FieldFloor:
		return colFloor
	case calendar.FieldConfidence:
		return colConfidence
	case calendar.FieldRamp:
		return colRampUp
	case calendar.FieldStatus:
		return colStatus
	default:
		return colTitle
	}
}
