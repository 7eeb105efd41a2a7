package intake

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
)

// check validates events, whatever they were read from, and warns of what a
// person should look at: doubles, the past, clocks that are moved, overlaps. It
// returns the valid ones, in their order.
func check(found []placed, o Options, c *collector) []placed {
	k := checker{o: o, c: c, ids: map[string]placed{}, titles: map[title]placed{}, looks: lookBudget}
	var events []placed
	for _, p := range found {
		ok := k.valid(p)
		if k.unique(p) && ok && !p.partly {
			events = append(events, p)
			k.look(p)
		}
	}
	k.looked()
	k.lookAhead()
	return events
}

// checker is the state of one check.
type checker struct {
	o      Options
	c      *collector
	ids    map[string]placed
	titles map[title]placed
	// once and again are the events that count, without recurrence and with.
	once, again []placed
	// looks is what is left to look for instances.
	looks time.Duration
}

// title is by what a person would tell events apart.
type title struct {
	title, zone string
	start       calendar.Wall
}

// problem is a Problem of one field.
func (p placed) problem(at column, code Code, found, expected, fix string) Problem {
	row, name := p.where.locate(p.row, at)
	return Problem{Row: row, Column: name, Code: code, Found: excerpt(found), Expected: expected, Fix: fix}
}

// valid collects what calendar finds wrong with an event.
func (k *checker) valid(p placed) bool {
	err := p.event.Validate()
	if err == nil {
		return true
	}
	all := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		all = joined.Unwrap()
	}
	for _, err := range all {
		field, ok := errors.AsType[calendar.FieldError](err)
		if !ok {
			k.c.fail(p.problem(colTitle, BadValue, "", err.Error(), "Correct the event."))
			continue
		}
		if field.Field == calendar.FieldID && p.event.ID == "" && p.event.Title == "" {
			continue // an id is made of the title
		}
		if p.partly && p.unread(field) {
			continue
		}
		k.c.fail(p.problem(columnOf(field.Field), codeOf(field), field.Found, strings.TrimPrefix(field.Fix, "write "), mendOf(field)))
	}
	return false
}

// unread reports whether calendar misses what could not be read, of which an
// error says so already.
func (p placed) unread(e calendar.FieldError) bool {
	w, none := p.event.Window, calendar.Wall{}
	switch e.Field {
	case calendar.FieldStart:
		return w.Start == none
	case calendar.FieldEnd, calendar.FieldLength:
		return w.Start == none || w.End == none
	default:
		return e.Found == ""
	}
}

// codeOf is the code of what is wrong with a field.
func codeOf(e calendar.FieldError) Code {
	switch e.Field {
	case calendar.FieldEnd, calendar.FieldLength:
		return EndNotAfter
	case calendar.FieldStart, calendar.FieldExtra, calendar.FieldMoved:
		return BadDate
	case calendar.FieldZone:
		return NoZone
	default:
	}
	switch {
	case e.Found == "":
		return Missing
	case e.Field == calendar.FieldConfidence:
		return BadNumber
	default:
		return BadValue
	}
}

// mendOf is the same sentence for all problems that are mended alike, and
// another one for others: Group tells them by it.
func mendOf(e calendar.FieldError) string {
	switch e.Field {
	case calendar.FieldEnd:
		return "Correct the start or the end: an event past midnight ends on the next date."
	case calendar.FieldLength:
		return "Correct the start or the end: an event lasts a year at most."
	case calendar.FieldStart, calendar.FieldExtra:
		return "Correct the year."
	case calendar.FieldMoved:
		return "Correct when the moved instance starts and ends."
	case calendar.FieldZone:
		return noZoneFix
	case calendar.FieldMultiplier, calendar.FieldPeak, calendar.FieldFloor:
		return "Correct the number, or leave it out."
	case calendar.FieldUnit:
		return "Write one of these units."
	case calendar.FieldImpact:
		return oneImpactFix
	case calendar.FieldID, calendar.FieldTitle:
		if e.Found == "" { // an id is made of the title
			return "Write a title."
		}
		return "Shorten it."
	default:
		return "Correct the value."
	}
}

// What an event with two impacts is told, as calendar says it.
const (
	oneImpact    = "one of multiplier, expected peak and replica floor"
	oneImpactFix = "Leave out all of them but one."
)

// unique collects an id that an event before has, and warns of the same title
// at the same time.
func (k *checker) unique(p placed) bool {
	e := p.event
	if e.ID == "" {
		return false
	}
	if first, taken := k.ids[e.ID]; taken {
		k.c.fail(p.problem(colID, DuplicateID, e.ID, fmt.Sprintf("an id that no other row has, and row %d has it", first.row),
			"Give each event an id of its own, or delete one of them."))
		return false
	}
	k.ids[e.ID] = p
	if p.partly {
		return true
	}
	t := title{e.Title, e.Window.Zone.String(), e.Window.Start}
	if first, taken := k.titles[t]; !taken {
		k.titles[t] = p
	} else if e.Title != "" {
		k.c.warn(p.problem(colTitle, DuplicateTitle, e.Title, fmt.Sprintf("one event of a title and start, and row %d has them too", first.row),
			"Delete one of them, if they are the same event."))
	}
	return true
}

// look warns of what an event alone gives reason to.
func (k *checker) look(p placed) {
	e := p.event
	if e.Status == calendar.Cancelled {
		k.c.warn(p.problem(colStatus, Cancels, string(e.Status), "an event that takes place", "Applied, it removes the event with its id."))
		return
	}
	if e.Window.AllDay {
		k.c.warn(p.problem(colStart, AllDayEvent, days(e.Window), "times of day: 24 h of peak?", "Write when demand starts and ends, unless it is all day."))
	}
	if e.Impact == (calendar.Impact{}) && k.o.Classes.Of(e).Multiplier == 0 {
		k.c.warn(p.noImpact())
	}
	k.strays(p)
	if !e.Recurrence.Plain() {
		k.again = append(k.again, p)
		return
	}
	if _, end := e.Window.Instants(); !end.After(k.o.Now) {
		k.c.warn(p.problem(colEnd, InThePast, e.Window.End.String(), "an event that is still to come", "Delete it, or correct the year."))
		return
	}
	k.once = append(k.once, p)
	k.clock(p, colStart, e.Window.Start)
	k.clock(p, colEnd, e.Window.End)
}

// noImpact warns of an event that does nothing. Where a description is the place
// to say it, what it says now is shown with the notation that is read.
func (p placed) noImpact() Problem {
	into := ""
	switch where := p.where.(type) {
	case *icsPlaces:
		into = "the description"
	case *layout:
		if len(where.described) > 0 {
			_, name := where.locate(p.row, colNotes)
			into = "the column " + name
		}
	}
	if into == "" {
		return p.problem(colPeak, NoImpact, "", "what it does to demand", "Write an expected peak with its unit, a multiplier or a floor: without one nothing is scaled.")
	}
	return p.problem(colPeak, NoImpact, p.event.Notes, "a line that says what it does to demand",
		"Write a line of its own into "+into+", such as expected_peak: 5000 requests/s, or multiplier: 3, or floor: 40: without one nothing is scaled.")
}

// days writes the days of a window, the last one included.
func days(w calendar.Window) string {
	first, last := w.Start.String()[:10], w.End.Add(-time.Second).String()[:10]
	if first == last {
		return first
	}
	return first + " to " + last
}

// clock warns of a clock that its zone shows twice or never. The end of a
// window may be the very moment at which clocks are put forward.
func (k *checker) clock(p placed, at column, w calendar.Wall) {
	zone := p.event.Window.Zone
	r := w.In(zone)
	switch r.Kind {
	case calendar.Never:
		taken := calendar.WallOf(r.Earliest)
		if begins, _ := r.Earliest.ZoneBounds(); at == colEnd && r.Earliest.Equal(begins) {
			return
		}
		k.c.warn(p.problem(at, DSTGap, w.String(), fmt.Sprintf("a time that clocks in %s show: it is taken as %s", zone, taken), "Write a time that exists."))
	case calendar.Twice:
		taken := r.Earliest
		if at == colEnd {
			taken = r.Latest
		}
		k.c.warn(p.problem(at, DSTOverlap, w.String(), fmt.Sprintf("a time that clocks in %s show once: of %s and %s it is taken as %s",
			zone, inUTC(r.Earliest), inUTC(r.Latest), inUTC(taken)), "Write another time, if the other one is meant."))
	case calendar.Once:
	}
}

func inUTC(t time.Time) string { return t.UTC().Format("15:04Z") }

// effect writes what an effect is, in the units that it has.
func effect(e calendar.Effect) string {
	text := ""
	add := func(format string, v float64) {
		if text != "" {
			text += ", "
		}
		text += fmt.Sprintf(format, v)
	}
	if e.Multiplier != 1 {
		add("×%.4g", e.Multiplier)
	}
	for _, peak := range []calendar.Peak{{Value: e.Peaks.Requests, Unit: calendar.Requests}, {Value: e.Peaks.Messages, Unit: calendar.Messages}, {Value: e.Peaks.Connections, Unit: calendar.Connections}} {
		if peak.Value > 0 {
			add("%.6g "+string(peak.Unit), peak.Value)
		}
	}
	if e.Floor > 0 {
		add("%.0f replicas", float64(e.Floor))
	}
	return cmp.Or(text, "nothing")
}
