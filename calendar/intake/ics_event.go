package intake

import (
	"strconv"
	"strings"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
)

// icsDraft is an entry with what was read of it.
type icsDraft struct {
	icsEntry
	draft  draft
	places *icsPlaces
	window calendar.Window
}

// describable are the columns that a line of a description, or a property of
// ours, may fill.
func describable() map[string]column {
	columns := map[string]column{}
	for _, c := range []column{
		colClass, colBrand, colMarket, colRegion, colWorkloads, colPeak, colUnit, colMultiplier, colFloor,
		colConfidence, colRampUp, colRampDown, colOwner,
	} {
		columns[c.String()] = c
	}
	return columns
}

// draftOf gathers what an entry says apart from its times. What stands in a
// property of ours comes before a line of the description, and that before a
// category.
func (r *icsReader) draftOf(e icsEntry) *icsDraft {
	places := &icsPlaces{label: r.label}
	d := &icsDraft{icsEntry: e, places: places, draft: draft{row: e.row, where: places}}
	known := describable()
	described := false
	for i := range e.properties {
		p := &e.properties[i]
		switch own, ok := strings.CutPrefix(p.name, ownPrefix); {
		case ok:
			described = r.own(d, p, own, known) || described
		case p.name == "SUMMARY":
			d.set(colTitle, p, strings.Join(strings.Fields(unescape(p.value)), " "))
		case p.name == "STATUS":
			d.set(colStatus, p, strings.ToLower(strings.TrimSpace(p.value)))
		}
	}
	if p := e.first("DESCRIPTION"); p != nil && !described {
		d.draft.describe(unescape(p.value), known, func(c column) { places.set(c, p) })
	}
	if p := e.first("CATEGORIES"); p != nil {
		d.set(colClass, p, listed(p.value)[0])
	}
	if e.cancels {
		d.draft.cells[colStatus].text = string(calendar.Cancelled)
	}
	for _, p := range []struct {
		column column
		name   string
	}{{colID, "UID"}, {colStart, "DTSTART"}, {colZone, "DTSTART"}, {colEnd, "DTEND"}, {colEnd, "DURATION"}, {colRecurrence, "RRULE"}} {
		if at := e.first(p.name); at != nil {
			places.set(p.column, at)
		}
	}
	return d
}

// own reads a property of ours, and reports whether it holds the notes.
func (r *icsReader) own(d *icsDraft, p *property, name string, known map[string]column) bool {
	name = strings.ToLower(strings.ReplaceAll(name, "-", "_"))
	if c, ok := known[name]; ok {
		d.set(c, p, strings.TrimSpace(unescape(p.value)))
		if _, err := strconv.ParseFloat(d.draft.cells[c].text, 64); err == nil {
			d.draft.cells[c].kind = asNumber // a program wrote it: 1.125 is no thousand
		}
		return false
	}
	switch name {
	case "notes":
		d.set(colNotes, p, unescape(p.value))
		return true
	case "timezone", "rrule":
	default:
		r.c.warn(Problem{
			Row: p.row, Column: p.name, Code: UnknownField, Found: excerpt(p.value), Expected: "a property such as " + ownProperty(colPeak),
			Fix: "It is left out: see that its name is right.",
		})
	}
	return false
}

// set fills a cell that is empty.
func (d *icsDraft) set(c column, p *property, text string) {
	if d.draft.cells[c].text == "" && text != "" {
		d.draft.cells[c].text = text
		d.places.set(c, p)
	}
}

// inherit fills what an instance does not say from its series.
func (d *icsDraft) inherit(series *icsDraft) {
	for c := range d.draft.cells {
		if column(c) != colNotes && d.draft.cells[c].text == "" {
			d.draft.cells[c] = series.draft.cells[c]
		}
	}
}

// event makes an event of a draft whose window has been read.
func (r *icsReader) event(d *icsDraft) (*calendar.Event, bool) {
	e := &calendar.Event{ID: d.uid, Title: d.draft.cells[colTitle].text, Window: d.window}
	if !r.b.details(&d.draft, e) {
		return nil, false
	}
	return e, true
}

// windowOf reads when an entry takes place.
func (r *icsReader) windowOf(d *icsDraft) bool {
	start := d.first("DTSTART")
	if start == nil {
		r.wrong(&property{row: d.row, name: "DTSTART"}, Missing, "", "a date such as DTSTART;TZID=Europe/Malta:20260320T200000", "Add a start to the event.")
		return false
	}
	s, ok := r.stamp(start, start.value)
	if !ok {
		return false
	}
	zone := r.zone(d, start, s)
	if zone == nil {
		return false
	}
	d.window = calendar.Window{Start: s.wall, Zone: zone, AllDay: s.date}
	if !r.endOf(d, start, s) {
		return false
	}
	r.whereItIs(d, s)
	if p := d.first("X-MICROSOFT-CDO-ALLDAYEVENT"); p != nil && p.is("TRUE") {
		d.window.AllDay = d.window.Start.IsMidnight() && d.window.End.IsMidnight()
	}
	return true
}

// endOf reads the end of a window: a DTEND, a DURATION, or the day.
func (r *icsReader) endOf(d *icsDraft, start *property, s stamp) bool {
	end, duration := d.first("DTEND"), d.first("DURATION")
	switch {
	case end != nil && duration != nil:
		r.wrong(duration, BadValue, duration.value, "one of DTEND and DURATION", "Remove the one that is wrong.")
		return false
	case end != nil:
		t, ok := r.stamp(end, end.value)
		if !ok {
			return false
		}
		if t.date != s.date {
			r.wrong(end, BadDate, end.value, "a date like DTSTART:"+start.value, "Write both with a time, or both without.")
			return false
		}
		d.window.End, ok = r.in(d, end, t, d.window.Zone)
		return ok
	case duration != nil:
		p, err := parsePeriod(duration.value)
		if err != nil {
			r.wrong(duration, BadTime, duration.value, "a duration such as PT90M or P1D", "Write how long it takes, or a DTEND.")
			return false
		}
		d.window.End = p.from(s.wall, d.window.Zone)
		if d.first("RRULE") != nil || d.first("RDATE") != nil {
			// The first instance may lie in a night in which clocks are moved: its
			// clocks would not be those of the others.
			d.window.End = s.wall.AddDays(p.days).Add(p.rest)
		}
		return true
	case s.date:
		d.window.End = s.wall.AddDays(1)
		return true
	case d.draft.cells[colStatus].text == string(calendar.Cancelled):
		d.window.End = s.wall.Add(time.Hour) // how long it would have been is of no weight
		return true
	default:
		r.wrong(&property{row: start.row, name: "DTEND"}, Missing, "", "an end, without which it lasts no time", "Add DTEND, or a DURATION such as PT2H.")
		return false
	}
}

// zone is the zone of a time.
func (r *icsReader) zone(d *icsDraft, p *property, s stamp) *time.Location {
	switch {
	case s.utc:
		return time.UTC
	case s.tzid != "" && !s.date:
		return d.zones.of(p, s.tzid)
	default:
		return d.zones.floating(p, d.first(ownProperty(colZone)))
	}
}

// in is the clock that a zone shows at a time.
func (r *icsReader) in(d *icsDraft, p *property, s stamp, zone *time.Location) (calendar.Wall, bool) {
	own := r.zone(d, p, s)
	if own == nil {
		return calendar.Wall{}, false
	}
	if s.date || own.String() == zone.String() {
		return s.wall, true
	}
	return calendar.WallOf(s.wall.In(own).Earliest.In(zone)), true
}

// whereItIs puts a single event that is written in UTC into the zone of its
// calendar, in which its people think: Google exports such events so. It stays
// where a clock would not tell the instant.
func (r *icsReader) whereItIs(d *icsDraft, s stamp) {
	zone := d.zones.calendars()
	if !s.utc || zone == nil || d.first("RRULE") != nil || d.first("RDATE") != nil || d.instance != nil {
		return
	}
	moved := calendar.Window{Zone: zone}
	moved.Start = calendar.WallOf(d.window.Start.Digits().In(zone))
	moved.End = calendar.WallOf(d.window.End.Digits().In(zone))
	if moved.Start.In(zone).Kind == calendar.Once && moved.End.In(zone).Kind == calendar.Once {
		d.window = moved
	}
}

// stamp reads a date of a property.
func (r *icsReader) stamp(p *property, value string) (stamp, bool) {
	s, err := parseStamp(p, value)
	if err == nil {
		return s, true
	}
	code := BadDate
	if err == errTime { //nolint:errorlint // parseStamp returns it as it is
		code = BadTime
	}
	r.wrong(p, code, value, "a date such as 20260320, 20260320T200000 with a TZID, or 20260320T190000Z", "Write a date and a time that exist.")
	return stamp{}, false
}

func (r *icsReader) wrong(at *property, code Code, found, expected, fix string) {
	r.c.fail(Problem{Row: at.row, Column: at.name, Code: code, Found: excerpt(strings.TrimSpace(found)), Expected: expected, Fix: fix})
}
