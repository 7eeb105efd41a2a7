package intake

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/headstart-scaler/headstart/calendar"
)

// WriteICS writes a schedule as a calendar file, which Read reads back as it
// was and calendar programs show. What iCalendar has no words for stands in
// X-HEADSTART- properties. The stamp is when the file is made, which the
// standard wants in each event: the same schedule and stamp give the same file.
func WriteICS(s calendar.Schedule, made time.Time) []byte {
	w := &icsWriter{made: made.UTC().Format(utcLayout), names: newZones(), used: map[string]*icsZoneUse{}}
	var events bytes.Buffer
	w.out = &events
	for e := range s.All() {
		w.series(e)
	}
	var file bytes.Buffer
	w.out = &file
	w.line("BEGIN:VCALENDAR")
	w.line("VERSION:2.0")
	w.line("PRODID:-//Headstart//Schedule//EN")
	w.line("CALSCALE:GREGORIAN")
	w.line("METHOD:PUBLISH")
	w.timezones()
	file.Write(events.Bytes())
	w.line("END:VCALENDAR")
	return file.Bytes()
}

const (
	utcLayout  = "20060102T150405Z"
	wallLayout = "20060102T150405"
	dateLayout = "20060102"
)

// icsWriter writes lines of iCalendar.
type icsWriter struct {
	out   *bytes.Buffer
	made  string
	names *zones
	used  map[string]*icsZoneUse
}

// icsZoneUse is a zone that events have, and from when to when.
type icsZoneUse struct {
	zone     *time.Location
	from, to int // years
}

// line writes a content line, folded so that no line has more than 75 bytes
// and no character is cut in two.
func (w *icsWriter) line(text string) {
	const most = 75
	for limit := most; len(text) > limit; limit = most - 1 {
		cut := limit
		for cut > 0 && !utf8.RuneStart(text[cut]) {
			cut--
		}
		w.out.WriteString(text[:cut])
		w.out.WriteString("\r\n ")
		text = text[cut:]
	}
	w.out.WriteString(text)
	w.out.WriteString("\r\n")
}

// text writes a property of type TEXT, where there is one.
func (w *icsWriter) text(name, text string) {
	if text != "" {
		w.line(name + ":" + escape(text))
	}
}

// series writes an event, and the instances of it that were moved.
func (w *icsWriter) series(e *calendar.Event) {
	f := w.form(e, e.Window)
	f.begin(e, e.Window)
	f.recurrence(e)
	w.describe(e)
	w.line("END:VEVENT")
	for _, m := range e.Recurrence.Moved() {
		moved := e.Window
		moved.Start, moved.End = m.Start, m.End
		w.form(e, moved).begin(e, moved)
		f.property("RECURRENCE-ID", m.From)
		w.describe(e)
		w.line("END:VEVENT")
	}
}

// icsForm is how the clocks of an event are written.
type icsForm struct {
	*icsWriter
	zone  *time.Location
	known bool // the zone has a name: clocks are written with it, otherwise in UTC
	date  bool
}

func (w *icsWriter) form(e *calendar.Event, window calendar.Window) icsForm {
	zone := window.Zone.String()
	name, known := w.names.name(zone)
	known = known && name == zone
	f := icsForm{
		icsWriter: w, zone: window.Zone, known: known && zone != "UTC",
		date: known && onDays(window),
	}
	if f.known && !f.date {
		w.use(e)
	}
	return f
}

// use notes that a zone needs a VTIMEZONE, for the years of an event and some
// more, in which it may be repeated: clocks are moved by a rule then.
func (w *icsWriter) use(e *calendar.Event) {
	const more = 10
	from, to := e.Window.Start.Digits().Year(), e.Window.End.Digits().Year()+more
	name := e.Window.Zone.String()
	u := w.used[name]
	if u == nil {
		u = &icsZoneUse{zone: e.Window.Zone, from: from, to: to}
		w.used[name] = u
	}
	u.from, u.to = min(u.from, from), max(u.to, to)
}

// begin writes what stands at the head of an event.
func (f icsForm) begin(e *calendar.Event, window calendar.Window) {
	f.line("BEGIN:VEVENT")
	f.text("UID", e.ID)
	f.line("DTSTAMP:" + f.made)
	f.property("DTSTART", window.Start)
	f.property("DTEND", window.End)
	if f.date {
		f.text(ownProperty(colZone), f.zone.String())
	}
}

// property writes a clock, or several in one line.
func (f icsForm) property(name string, walls ...calendar.Wall) {
	values := make([]string, len(walls))
	for i, wall := range walls {
		values[i] = f.value(wall)
	}
	head := name
	switch {
	case f.date:
		head += ";VALUE=DATE"
	case f.known:
		head += ";TZID=" + f.zone.String()
	}
	f.line(head + ":" + strings.Join(values, ","))
}

func (f icsForm) value(wall calendar.Wall) string {
	switch {
	case f.date:
		return wall.Digits().Format(dateLayout)
	case f.known:
		return wall.Digits().Format(wallLayout)
	default:
		return wall.In(f.zone).Earliest.UTC().Format(utcLayout)
	}
}

// recurrence writes the rule and the dates of a series.
func (f icsForm) recurrence(e *calendar.Event) {
	r := e.Recurrence
	if rule := r.Rule().String(); rule != "" {
		standard := f.standard(rule)
		f.line("RRULE:" + standard)
		if standard != rule {
			f.text(ownPrefix+"RRULE", rule)
		}
	}
	if extra := r.Extra(); len(extra) > 0 {
		f.property("RDATE", extra...)
	}
	if left := r.Left(); len(left) > 0 {
		f.property("EXDATE", left...)
	}
}

// standard is a rule whose UNTIL is of the form that the standard wants: a date
// where the start is one, and UTC elsewhere.
func (f icsForm) standard(rule string) string {
	before, value, ok := strings.Cut(rule, "UNTIL=")
	if !ok {
		return rule
	}
	value, after, more := strings.Cut(value, ";")
	s, err := parseStamp(&property{}, value)
	if err != nil || f.date && s.date || !f.date && s.utc {
		return rule
	}
	switch {
	case f.date && s.utc:
		value = s.wall.In(time.UTC).Earliest.In(f.zone).Format(dateLayout)
	case f.date:
		value = s.wall.Digits().Format(dateLayout)
	default:
		if s.date {
			s.wall = s.wall.AddDays(1).Add(-time.Second)
		}
		value = s.wall.In(f.zone).Latest.UTC().Format(utcLayout)
	}
	if more {
		value += ";" + after
	}
	return before + "UNTIL=" + value
}

// describe writes what is said of an event apart from its times.
func (w *icsWriter) describe(e *calendar.Event) {
	w.text("SUMMARY", e.Title)
	w.line("STATUS:" + strings.ToUpper(string(e.Status)))
	w.text("CATEGORIES", e.Class)
	w.text("DESCRIPTION", e.Notes)
	if plainText(e.Notes) != e.Notes || speaks(e.Notes) {
		w.text(ownProperty(colNotes), e.Notes)
	}
	own := func(c column, text string) { w.text(ownProperty(c), text) }
	own(colBrand, namesWritten(e.Scope.Brands))
	own(colMarket, namesWritten(e.Scope.Markets))
	own(colRegion, namesWritten(e.Scope.Regions))
	own(colWorkloads, e.Scope.Workloads.String())
	if p := e.Impact.Peak; p.Value != 0 {
		own(colPeak, decimal(p.Value))
		own(colUnit, string(p.Unit))
	}
	if e.Impact.Multiplier != 0 {
		own(colMultiplier, decimal(e.Impact.Multiplier))
	}
	if e.Impact.Floor != 0 {
		own(colFloor, fmt.Sprint(e.Impact.Floor))
	}
	if e.Confidence != 1 {
		own(colConfidence, decimal(e.Confidence))
	}
	own(colRampUp, duration(e.Ramp.Up))
	own(colRampDown, duration(e.Ramp.Down))
	own(colOwner, e.Owner)
}

// speaks reports whether notes have a line that would be read as a column.
func speaks(notes string) bool {
	var d draft
	d.describe(notes, describable(), func(column) {})
	return d.text(colNotes) != notes
}

func decimal(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// timezones writes the zones that are used.
func (w *icsWriter) timezones() {
	for _, name := range slices.Sorted(maps.Keys(w.used)) {
		w.timezone(w.used[name])
	}
}
