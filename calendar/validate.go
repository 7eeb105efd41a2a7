package calendar

import (
	"errors"
	"fmt"
	"time"
)

// Field names a field of an Event, so that whoever read it in can point to
// where it stood.
type Field string

// The fields that Validate speaks of. What is wrong with a window's length, and
// with how kinds of impact go together, is no fault of one of them alone.
const (
	FieldID         Field = "id"
	FieldTitle      Field = "title"
	FieldStart      Field = "start"
	FieldEnd        Field = "end"
	FieldLength     Field = "length"
	FieldZone       Field = "timezone"
	FieldExtra      Field = "also"
	FieldMoved      Field = "moved"
	FieldImpact     Field = "impact"
	FieldMultiplier Field = "multiplier"
	FieldPeak       Field = "peak"
	FieldUnit       Field = "unit"
	FieldFloor      Field = "floor"
	FieldConfidence Field = "confidence"
	FieldRamp       Field = "ramp"
	FieldStatus     Field = "status"
)

// FieldError is what is wrong with a field, and what to write instead.
type FieldError struct {
	Field Field
	Found string
	Fix   string
}

func (e FieldError) Error() string { return fmt.Sprintf("%s is %q: %s", e.Field, e.Found, e.Fix) }

// Bounds of what an event may say. A window is at most a year, a multiplier at
// most a million: what is beyond is a slip of the pen.
const (
	firstYear, lastYear = 1970, 2200

	longestWindow  = 366 * 24 * time.Hour
	longestRamp    = 7 * 24 * time.Hour
	mostMultiplier = 1e6
	mostPeak       = 1e12
	mostFloor      = 1_000_000
	longestText    = 4096
)

// Validate returns all that is wrong with an event, as FieldErrors.
func (e *Event) Validate() error {
	var all []error
	wrong := func(field Field, found any, fix string) {
		all = append(all, FieldError{field, fmt.Sprint(found), fix})
	}
	for _, text := range [...]struct {
		field      Field
		value, fix string
	}{{FieldID, e.ID, "write a name that no other event has"}, {FieldTitle, e.Title, "write what the event is called"}} {
		switch {
		case text.value == "":
			wrong(text.field, "", text.fix)
		case len(text.value) > longestText:
			wrong(text.field, text.value, fmt.Sprintf("write at most %d bytes", longestText))
		}
	}
	e.validateWindow(wrong)
	e.Impact.validate(wrong)
	if !(e.Confidence > 0 && e.Confidence <= 1) {
		wrong(FieldConfidence, e.Confidence, "write a share above 0 and up to 1, such as 0.8")
	}
	if e.Ramp.Up < 0 || e.Ramp.Down < 0 || e.Ramp.Up > longestRamp || e.Ramp.Down > longestRamp {
		wrong(FieldRamp, fmt.Sprintf("%s/%s", e.Ramp.Up, e.Ramp.Down), "write durations of up to a week, such as 15m")
	}
	switch e.Status {
	case Confirmed, Tentative, Cancelled:
	default:
		wrong(FieldStatus, e.Status, "write confirmed, tentative or cancelled")
	}
	return errors.Join(all...)
}

func (e *Event) validateWindow(wrong func(Field, any, string)) {
	w := e.Window
	if w.Zone == nil {
		wrong(FieldZone, "", "name the time zone, such as Europe/Malta")
	}
	validateStart(FieldStart, w.Start, wrong)
	for _, start := range e.Recurrence.extra {
		validateStart(FieldExtra, start, wrong)
	}
	if !w.Start.Before(w.End) {
		wrong(FieldEnd, w.End, "write an end that is after the start "+w.Start.String())
	} else if w.Length() > longestWindow {
		wrong(FieldLength, w.End, "write an end within a year of the start "+w.Start.String())
	}
	for _, m := range e.Recurrence.moved {
		validateStart(FieldMoved, m.Start, wrong)
		if !m.Start.Before(m.End) || m.End.Sub(m.Start) > longestWindow {
			wrong(FieldMoved, m.End, "write an end that is after the start "+m.Start.String()+", within a year")
		}
	}
}

func validateStart(field Field, start Wall, wrong func(Field, any, string)) {
	if year := start.digits.Year(); year < firstYear || year > lastYear {
		wrong(field, start, fmt.Sprintf("write a date from %d to %d", firstYear, lastYear))
	}
}

func (i Impact) validate(wrong func(Field, any, string)) {
	if i.Multiplier != 0 && !(i.Multiplier > 0 && i.Multiplier <= mostMultiplier) {
		wrong(FieldMultiplier, i.Multiplier, "write how many times the usual demand, such as 3")
	}
	if i.Peak != (Peak{}) {
		i.Peak.validate(wrong)
	}
	if i.Floor < 0 || i.Floor > mostFloor {
		wrong(FieldFloor, i.Floor, "write a number of replicas, from 1 to 1000000")
	}
	set := 0
	for _, isSet := range []bool{i.Multiplier != 0, i.Peak != Peak{}, i.Floor != 0} {
		if isSet {
			set++
		}
	}
	if set > 1 {
		wrong(FieldImpact, fmt.Sprintf("%d kinds", set), "write one of multiplier, expected peak and replica floor")
	}
}

func (p Peak) validate(wrong func(Field, any, string)) {
	if !(p.Value > 0 && p.Value <= mostPeak) {
		wrong(FieldPeak, p.Value, "write the demand to expect, above 0")
	}
	switch p.Unit {
	case Requests, Messages, Connections:
	default:
		wrong(FieldUnit, p.Unit, "write the unit requests/s, messages/s or connections")
	}
}
