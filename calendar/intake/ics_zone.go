package intake

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The codes of what only calendar files have.
const (
	// ZoneDiffers warns that a file describes a zone's clocks in another way
	// than the database of zones.
	ZoneDiffers Code = "timezone-differs"
	// ZoneFound warns that a zone was known by its clocks and not by its name.
	ZoneFound Code = "timezone-found"
)

// icsZones reads the zones of one calendar: by their names, and where a name is
// of its program's making, by what its VTIMEZONE says.
type icsZones struct {
	names   *zones
	chosen  *time.Location // by the uploader
	usual   *property      // X-WR-TIMEZONE: the calendar's
	blocks  map[string]*component
	spans   map[string]span // by TZID
	c       *collector
	read    map[string]*time.Location // nil where the zone is unknown, and the error listed
	missing *bool                     // whether it was said that times have no zone, of the file
}

// span is when events take place.
type span struct {
	from, to time.Time
}

// of returns the zone of a TZID, which a property has; nil is an error that has
// been listed.
func (z *icsZones) of(p *property, tzid string) *time.Location {
	zone, ok := z.read[tzid]
	if !ok {
		zone = z.fresh(p, tzid)
		z.read[tzid] = zone
	}
	return zone
}

func (z *icsZones) fresh(p *property, tzid string) *time.Location {
	zone, err := z.names.of(tzid)
	block := z.blocks[tzid]
	if err == nil {
		if block != nil {
			z.compare(block, tzid, zone)
		}
		return zone
	}
	problem := Problem{Row: p.row, Column: p.name, Code: UnknownZone, Found: excerpt(tzid), Expected: zoneExpected, Fix: sentence(zoneRepair(err))}
	if block == nil {
		z.c.fail(problem)
		return nil
	}
	like := z.like(block, z.span(tzid))
	switch {
	case like == nil:
		problem.Fix += " No zone has the clocks that the file describes for it."
	case customized(tzid):
		problem.Fix += fmt.Sprintf(" Its clocks are those of %s.", like)
	default:
		z.c.warn(Problem{
			Row: p.row, Column: p.name, Code: ZoneFound, Found: excerpt(tzid), Expected: zoneExpected,
			Fix: fmt.Sprintf("It is read as %s, whose clocks the file describes. See that this is the zone that is meant.", like),
		})
		return like
	}
	z.c.fail(problem)
	return nil
}

// span is when events of a zone take place; where no time names it, it is that
// of days and of times without one.
func (z *icsZones) span(tzid string) span {
	if s, ok := z.spans[tzid]; ok {
		return s
	}
	return z.spans[""]
}

// slack is by how much a VTIMEZONE may miss the moment at which clocks are
// moved: there are libraries that write the clock after it in the place of the
// one before.
const slack = 2 * time.Hour

// compare warns where a VTIMEZONE contradicts the zone whose name it has.
func (z *icsZones) compare(block *component, tzid string, zone *time.Location) {
	s := z.span(tzid)
	if k, ok := zoneClockOf(block, s); ok && !k.agrees(zone, s, slack) {
		z.c.warn(Problem{
			Row: block.row, Column: "VTIMEZONE", Code: ZoneDiffers, Found: excerpt(tzid), Expected: "the clocks of " + zone.String(),
			Fix: fmt.Sprintf("The file moves the clocks of this zone at other times: its events are read by those of %s. See that their times are right.", zone),
		})
	}
}

// like is a zone with the clocks that a VTIMEZONE describes: the one that was
// chosen, the calendar's, or the first of those that Windows has. A year and more
// has to agree, because in a winter many do.
func (z *icsZones) like(block *component, s span) *time.Location {
	s.to = latest(s.to, s.from.AddDate(1, 1, 0))
	k, ok := zoneClockOf(block, s)
	if !ok {
		return nil
	}
	candidates := []string{}
	if p := block.first("X-LIC-LOCATION"); p != nil {
		candidates = append(candidates, p.value)
	}
	if z.usual != nil {
		candidates = append(candidates, unescape(z.usual.value))
	}
	if z.chosen != nil && k.agrees(z.chosen, s, 0) {
		return z.chosen
	}
	for _, name := range slices.Concat(candidates, z.names.common()) {
		if zone, err := z.names.of(name); err == nil && k.agrees(zone, s, 0) {
			return zone
		}
	}
	return nil
}

// customized reports whether a name is the one that Outlook gives to zones
// whose name it has lost.
func customized(tzid string) bool {
	small := strings.ToLower(tzid)
	return strings.Contains(small, "customized time zone") || strings.HasPrefix(small, "tzone://microsoft/custom")
}

// floating is the zone of a time that names none: the event's own, the one that
// was chosen for the upload, or the calendar's. nil is an error that has been
// listed, once for a file.
func (z *icsZones) floating(p *property, own *property) *time.Location {
	switch {
	case own != nil:
		return z.of(own, strings.TrimSpace(unescape(own.value)))
	case z.chosen != nil:
		return z.chosen
	case z.usual != nil:
		return z.of(z.usual, strings.TrimSpace(unescape(z.usual.value)))
	}
	if !*z.missing {
		*z.missing = true
		z.c.fail(Problem{
			Row: p.row, Column: p.name, Code: NoZone, Found: p.value, Expected: "a time with a TZID, or in UTC",
			Fix: "Choose the time zone of the file's times for the upload.",
		})
	}
	return nil
}

// calendars is the zone of the calendar as a whole, or nil.
func (z *icsZones) calendars() *time.Location {
	if z.usual == nil {
		return nil
	}
	zone, err := z.names.of(unescape(z.usual.value))
	if err != nil {
		return nil
	}
	return zone
}

// zoneRepair is what to write in the place of a zone.
func zoneRepair(err error) string {
	if wrong, ok := errors.AsType[zoneError](err); ok {
		return wrong.fix
	}
	return err.Error()
}

// sentence makes one of words that follow a colon.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	text = strings.ToUpper(text[:1]) + text[1:]
	if !strings.HasSuffix(text, "?") {
		text += "."
	}
	return text
}
