package intake

import (
	"strings"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
)

// zone reads the time zone of a draft: its own, else the one chosen for the
// file. Where there is neither, the error is collected here, unless the table
// has no such column, which is one error for all of it.
func (b *builder) zone(d *draft) (*time.Location, bool) {
	name := d.text(colZone)
	switch {
	case name != "":
		zone, err := b.zones.of(name)
		if err == nil {
			return zone, true
		}
		return nil, b.fail(d.problem(colZone, UnknownZone, zoneExpected, sentence(zoneRepair(err))))
	case b.o.Zone != nil:
		return b.o.Zone, true
	case b.zoneless:
		return nil, false
	default:
		return nil, b.fail(d.problem(colZone, NoZone, zoneExpected, noZoneFix))
	}
}

// noZoneFix is how to say where times are meant.
const noZoneFix = "Choose a time zone for the upload, or write one in a column timezone."

// window reads the start and the end.
func (b *builder) window(d *draft, e *calendar.Event) bool {
	start, ok := b.moment(d, colStart, colStartTime)
	end, endOK := b.moment(d, colEnd, colEndTime)
	allDay, dayOK := b.truth(d.text(colAllDay))
	if !dayOK {
		b.fail(d.problem(colAllDay, BadValue, "TRUE or FALSE", "Write TRUE for an event without times."))
	}
	if d.cells[colStart].text == "" && ok {
		ok = b.fail(d.problem(colStart, Missing, "a date and time", "Write when the event starts."))
	}
	if !ok || !endOK || !dayOK {
		if ok && start.instant.IsZero() && !b.dates.unsettled(start) {
			e.Window.Start = start.wall() // its year is judged
		}
		return false
	}
	unsettled, zone := b.dates.unsettled(start) || b.dates.unsettled(end), e.Window.Zone
	for _, m := range []*moment{&start, &end} {
		switch {
		case m.instant.IsZero():
		case zone == nil || unsettled:
			return false
		default:
			w := calendar.WallOf(m.instant.In(zone))
			m.date, m.clock = w.Midnight(), w.Sub(w.Midnight())
		}
	}
	s := fromTo{start, end, allDay}
	if unsettled {
		b.eitherWay(d, s)
		return false
	}
	return b.span(d, &e.Window, s) && zone != nil
}

// fromTo is when an event takes place, as it was written.
type fromTo struct {
	start, end moment
	allDay     bool
}

// span fills a window.
func (b *builder) span(d *draft, w *calendar.Window, s fromTo) bool {
	if s.allDay || !s.start.hasClock && !s.end.hasClock && d.text(colStartTime) == "" && d.text(colEndTime) == "" {
		return b.days(d, w, s.start, s.end)
	}
	return b.times(d, w, s.start, s.end)
}

// eitherWay collects what is wrong with a window whose dates may have day or
// month first, if it is wrong whichever it is.
func (b *builder) eitherWay(d *draft, s fromTo) {
	for _, order := range []DateOrder{DayMonthYear, MonthDayYear} {
		var w calendar.Window
		if !b.span(d, &w, fromTo{s.start.in(order), s.end.in(order), s.allDay}) || w.Start.Before(w.End) {
			return
		}
	}
	p := d.problem(colEnd, EndNotAfter, "an end that is after the start "+d.when(colStart, colStartTime),
		mendOf(calendar.FieldError{Field: calendar.FieldEnd}))
	p.Found = excerpt(d.when(colEnd, colEndTime))
	b.c.fail(p)
}

// when is a date with the time that may stand beside it.
func (d *draft) when(date, clock column) string {
	return strings.TrimSpace(d.text(date) + " " + d.text(clock))
}

// moment reads a date, and the time of day that another column may have.
func (b *builder) moment(d *draft, date, clock column) (moment, bool) {
	var m moment
	if c := d.cells[date]; c.text != "" {
		var ok bool
		if m, ok = b.dates.read(c, false); !ok {
			m, ok = b.dates.read(c, true)
			ok = ok && date == colEnd
		}
		switch {
		case b.dates.unsettled(m): // collected for the file
		case ok && date == colStart && !m.hasDate:
			return m, b.fail(d.problem(date, BadDate, "a date and time", "Write the date before the time."))
		case !ok:
			return m, b.fail(d.problem(date, BadDate, b.dates.expected(), b.dateFix(c)))
		}
	}
	c := d.cells[clock]
	if c.text == "" {
		return m, true
	}
	t, ok := b.dates.read(c, true)
	switch {
	case !ok || !t.hasClock && !t.soft || !t.instant.IsZero():
		return m, b.fail(d.problem(clock, BadTime, "HH:MM", "Write the time of day as 20:30."))
	case m.hasClock && m.clock != 0 && m.clock != t.clock:
		return m, b.fail(d.problem(clock, BadTime, "the time that stands with the date, or none there", "Write the time once."))
	}
	m.clock, m.hasClock = t.clock, true
	return m, true
}

// dateFix is how to mend a date that cannot be read.
func (b *builder) dateFix(c cell) string {
	if m, ok := parseMoment(c.text); ok && m.numbers != nil && c.kind == asText {
		if order, _, valid := m.numbers.order(); valid && order != b.dates.order {
			return "Correct the date, or choose the file's date order."
		}
		return "There is no such day: correct it."
	}
	return "Write the date so."
}

// days fills the window of an event that has days and no times. The end of a
// spreadsheet is the last day, unless it is a midnight: that is Outlook's.
func (b *builder) days(d *draft, w *calendar.Window, start, end moment) bool {
	if start.clock != 0 {
		return b.fail(d.problem(colAllDay, BadValue, "an event without times, or FALSE", "Leave out the times, or the mark for all day."))
	}
	w.AllDay = true
	w.Start, w.End = start.date, start.date.AddDays(1)
	if end.hasDate {
		w.End = end.date.AddDays(1)
		if end.hasClock && end.clock == 0 && start.date.Before(end.date) {
			w.End = end.date
		}
	}
	return true
}

// times fills the window of an event from one time to another.
func (b *builder) times(d *draft, w *calendar.Window, start, end moment) bool {
	switch {
	case !start.hasClock && !start.soft:
		return b.fail(d.problem(colStart, BadTime, "a date and time", "Write the time at which it starts, or leave out that of the end."))
	case !end.hasDate && !end.hasClock:
		return b.fail(d.problem(colEnd, Missing, "a date and time", "Write when the event ends."))
	case !end.hasClock && !end.soft:
		return b.fail(d.problem(colEnd, BadTime, "a date and time", "Write the time at which it ends."))
	}
	if !end.hasDate {
		end.date = start.date
	}
	w.Start, w.End = start.wall(), end.wall()
	return true
}

// recurrence reads how an event repeats. Its parts are read even where the
// window is not known, for what is wrong with them whenever it is.
func (b *builder) recurrence(d *draft, e *calendar.Event, windowed bool) bool {
	if d.text(colRecurrence) == "" && d.text(colExcept) == "" && d.text(colExtra) == "" && d.text(colMoved) == "" {
		return true
	}
	start, zone := e.Window.Start, e.Window.Zone
	if !windowed {
		start, zone = calendar.Date(2026, time.January, 1), time.UTC
	}
	rule, ok := b.rule(d, start, zone, windowed)
	var lists [2][]calendar.Wall
	for i, at := range []column{colExtra, colExcept} {
		if !windowed && b.dates.undecided() {
			continue
		}
		var read bool
		if lists[i], read = b.dates.list(d.cells[at], start); !read {
			ok = b.fail(d.problem(at, BadDate, "starts such as "+start.String()+", separated by ;", "Write the dates so."))
		}
	}
	moved, read := parseMoves(d.text(colMoved))
	if !read {
		ok = b.fail(d.problem(colMoved, BadDate, "FROM>START/END, such as 2026-03-28T20:00>2026-03-29T20:00/2026-03-29T23:00", "Write each moved instance so, separated by ;."))
	}
	if ok && windowed {
		e.Recurrence = calendar.NewRecurrence(rule, lists[0], lists[1], moved)
	}
	return ok
}

// rule reads the rule of an event. What depends on the start is not judged where
// that is not known.
func (b *builder) rule(d *draft, start calendar.Wall, zone *time.Location, windowed bool) (calendar.Rule, bool) {
	text := d.text(colRecurrence)
	if text == "" {
		return calendar.Rule{}, true
	}
	rule, err := b.rules.parse(b.ruleOf(text), start, zone)
	if err == nil || !windowed && startDecides(err) {
		return rule, true
	}
	return rule, b.fail(d.problem(colRecurrence, ruleCode(err), ruleExpected(err),
		ruleRepair(err, "Write a rule of RFC 5545, or daily, weekly, monthly or yearly.")))
}

// parseMoves reads instances that take place at another time.
func parseMoves(text string) ([]calendar.Move, bool) {
	var moves []calendar.Move
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == ';' || r == '\n' }) {
		if strings.TrimSpace(part) == "" {
			continue
		}
		from, rest, _ := strings.Cut(part, ">")
		start, end, _ := strings.Cut(rest, "/")
		var m calendar.Move
		var err error
		for _, to := range []struct {
			wall *calendar.Wall
			text string
		}{{&m.From, from}, {&m.Start, start}, {&m.End, end}} {
			if *to.wall, err = calendar.ParseWall(strings.TrimSpace(to.text)); err != nil {
				return nil, false
			}
		}
		moves = append(moves, m)
	}
	return moves, true
}

// fieldsOf splits a list at blanks and semicolons.
func fieldsOf(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ';' || r == '\n' || r == '\r' || r == '\t' || r == '\u00a0' })
}
