package intake

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
)

// icsReader reads one file of iCalendar (RFC 5545).
type icsReader struct {
	o       Options
	c       *collector
	b       *builder
	label   string // of the file in an archive of several
	missing bool   // it was said that times have no zone
	ignored map[string]*ignoredKind
}

// icsEntry is a VEVENT and what it takes from its calendar.
type icsEntry struct {
	*component
	zones    *icsZones
	uid      string
	sequence int
	instance *property // RECURRENCE-ID: the instance that it replaces
	cancels  bool      // METHOD:CANCEL
}

// ignoredKind is something that a calendar holds and that is no event.
type ignoredKind struct {
	row, count int
}

// readICS reads a calendar file. What stands in it more than once for one event
// (the series, instances that were moved or cancelled, older versions) is put
// together. The label is the name of a file in an archive of several.
func readICS(data []byte, b *builder, label string) []placed {
	r := &icsReader{o: b.o, c: b.c, b: b, label: label, ignored: map[string]*ignoredKind{}}
	return r.read(data)
}

func (r *icsReader) read(data []byte) []placed {
	var groups [][]icsEntry
	index := map[string]int{}
	for _, cal := range parseTree(data, r.o.Limits, r.c) {
		for _, e := range r.entries(cal) {
			i, known := index[e.uid]
			if !known {
				i = len(groups)
				index[e.uid] = i
				groups = append(groups, nil)
			}
			groups[i] = append(groups[i], e)
		}
	}
	var found []placed
	for _, group := range groups {
		found = append(found, r.series(group)...)
	}
	r.warnIgnored()
	slices.SortStableFunc(found, func(a, b placed) int { return cmp.Compare(a.row, b.row) })
	return found
}

// entries are the events of a calendar that have an id.
func (r *icsReader) entries(cal *component) []icsEntry {
	z := r.zonesOf(cal)
	method := cal.first("METHOD")
	cancels := method != nil && method.is("CANCEL")
	var entries []icsEntry
	for _, v := range cal.within {
		switch v.name {
		case "VEVENT":
		case "VTIMEZONE":
			continue
		default:
			r.ignore(v.name, v.row)
			continue
		}
		if v.broken {
			continue
		}
		r.ignoreWithin(v)
		e := icsEntry{component: v, zones: z, cancels: cancels, instance: v.first("RECURRENCE-ID")}
		if p := v.first("UID"); p != nil {
			e.uid = strings.TrimSpace(unescape(p.value))
		}
		if e.uid == "" {
			r.c.fail(Problem{
				Row: v.row, Column: "UID", Code: Missing, Expected: "a name that the event keeps from one upload to the next",
				Fix: "Add a line such as UID:saturday-tournament to the event.",
			})
			continue
		}
		if p := v.first("SEQUENCE"); p != nil {
			e.sequence, _ = strconv.Atoi(strings.TrimSpace(p.value)) // 0 is what the standard has where there is none
		}
		entries = append(entries, e)
	}
	return entries
}

// zonesOf are the zones of a calendar.
func (r *icsReader) zonesOf(cal *component) *icsZones {
	z := &icsZones{
		names: r.b.zones, chosen: r.o.Zone, usual: cal.first("X-WR-TIMEZONE"), blocks: map[string]*component{},
		c: r.c, read: map[string]*time.Location{}, missing: &r.missing,
	}
	for _, v := range cal.within {
		if id := v.first("TZID"); v.name == "VTIMEZONE" && id != nil {
			z.blocks[strings.TrimSpace(unescape(id.value))] = v
		}
	}
	z.spans = r.spans(cal)
	return z
}

// spans are when the events of each TZID take place, as far as the clocks of
// zones matter: not in the past, where files have old events and few rules, and
// not after it, for which programs write none.
func (r *icsReader) spans(cal *component) map[string]span {
	spans := map[string]span{}
	for _, v := range cal.within {
		p := v.first("DTSTART")
		if p == nil || v.name != "VEVENT" {
			continue
		}
		s, err := parseStamp(p, p.value)
		if err != nil {
			continue
		}
		from := s.wall.Digits()
		to := from.AddDate(0, 0, 1)
		if v.first("RRULE") != nil {
			to = to.AddDate(1, 0, 0)
		}
		known, ok := spans[s.tzid]
		if ok {
			from, to = earliest(from, known.from), latest(to, known.to)
		}
		spans[s.tzid] = span{from, to}
	}
	for tzid, s := range spans {
		s.from = latest(s.from, r.o.Now.UTC())
		s.to = earliest(latest(s.to, s.from.AddDate(0, 0, 1)), s.from.AddDate(mostYears, 0, 0))
		spans[tzid] = s
	}
	return spans
}

// mostYears bounds how long the clocks of zones are compared.
const mostYears = 20

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// ignoreWithin notes what an event has that is of no use here.
func (r *icsReader) ignoreWithin(v *component) {
	for _, inner := range v.within {
		r.ignore(inner.name, inner.row)
	}
	if p := v.first("TRANSP"); p != nil && p.is("TRANSPARENT") {
		r.ignore("TRANSP", p.row)
	}
}

// ignore notes something that is no event, and that is not read.
func (r *icsReader) ignore(kind string, row int) {
	kind = excerpt(kind)
	if r.ignored[kind] == nil {
		r.ignored[kind] = &ignoredKind{row: row}
	}
	r.ignored[kind].count++
}

// warnIgnored warns of what was not read, once for each kind.
func (r *icsReader) warnIgnored() {
	kinds := slices.SortedFunc(maps.Keys(r.ignored), func(a, b string) int {
		return cmp.Or(cmp.Compare(r.ignored[a].row, r.ignored[b].row), cmp.Compare(a, b))
	})
	for _, kind := range kinds {
		fix := "It is left out: only events change demand."
		if kind == "TRANSP" {
			fix = "An event that is shown as free counts like any other."
		}
		r.c.warn(Problem{
			Row: r.ignored[kind].row, Column: kind, Code: UnknownField, Found: fmt.Sprintf("%d of it", r.ignored[kind].count),
			Expected: "VEVENT", Fix: fix,
		})
	}
}

// icsPlaces says where the properties of an event stand.
type icsPlaces struct {
	at    []icsPlace
	label string
	// instances are where those are named that are left out or replaced.
	instances map[calendar.Wall]icsPlace
}

type icsPlace struct {
	column column
	row    int
	name   string
}

func (p *icsPlaces) set(c column, property *property) {
	p.at = append(p.at, icsPlace{c, property.row, property.name})
}

// instance notes where an instance is named.
func (p *icsPlaces) instance(at calendar.Wall, property *property) {
	if p.instances == nil {
		p.instances = map[calendar.Wall]icsPlace{}
	}
	p.instances[at] = icsPlace{row: property.row, name: labelled(property.name, p.label)}
}

// locate returns the line and the property of a field.
func (p *icsPlaces) locate(row int, c column) (int, string) {
	for _, at := range p.at {
		if at.column == c {
			return at.row, labelled(at.name, p.label)
		}
	}
	if c == colMultiplier || c == colFloor {
		return p.locate(row, colPeak) // with its unit it says both
	}
	return row, labelled(icsName(c), p.label)
}

// labelled adds the name of the file to a property's, where there are several.
func labelled(name, label string) string {
	if label == "" {
		return name
	}
	return name + " in " + label
}

// icsName is the property to add for a field that stands nowhere.
func icsName(c column) string {
	switch c {
	case colID:
		return "UID"
	case colTitle:
		return "SUMMARY"
	case colStart, colZone:
		return "DTSTART"
	case colEnd:
		return "DTEND"
	case colStatus:
		return "STATUS"
	case colRecurrence:
		return "RRULE"
	case colExcept:
		return "EXDATE"
	case colExtra:
		return "RDATE"
	case colMoved:
		return "RECURRENCE-ID"
	default:
		return "DESCRIPTION"
	}
}

// ownProperty is our name for a property of a column of the template.
func ownProperty(c column) string {
	return ownPrefix + strings.ToUpper(strings.ReplaceAll(c.String(), "_", "-"))
}

const ownPrefix = "X-HEADSTART-"

// place returns where an event stands.
func (e *icsEntry) place(event *calendar.Event, where *icsPlaces) placed {
	return placed{event: event, row: e.row, where: where}
}
