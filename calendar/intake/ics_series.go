package intake

import (
	"fmt"
	"slices"
	"strings"

	"github.com/headstart-scaler/headstart/calendar"
)

// Superseded warns that a file holds an older version of an event too.
const Superseded Code = "superseded"

// series makes events of all that a file has of one id: the series itself, the
// instances that replace some of its own, and older versions of both.
func (r *icsReader) series(group []icsEntry) []placed {
	masters, instances := r.newest(group)
	if len(masters) == 0 {
		return r.orphans(instances)
	}
	var found []placed
	for i, e := range masters {
		d := r.draftOf(e)
		windowed := r.windowOf(d)
		event, ok := r.event(d)
		if !ok || !windowed {
			continue
		}
		s := &icsSeries{r: r, d: d, event: event}
		if !s.recurrence() {
			continue
		}
		if i == 0 && event.Status != calendar.Cancelled && !s.take(instances) {
			continue
		}
		event.Recurrence = calendar.NewRecurrence(s.rule, s.extra, s.left, s.moved)
		found = append(append(found, e.place(event, d.places)), s.apart...)
	}
	return found
}

// newest leaves out the versions of the series, and of each instance, that have
// a newer one. Of two of the same version both stay, and are an error later.
func (r *icsReader) newest(group []icsEntry) (masters, instances []icsEntry) {
	newest := map[string]int{}
	key := func(e icsEntry) string {
		if e.instance == nil {
			return ""
		}
		return e.instance.param("TZID") + ":" + strings.TrimSpace(e.instance.value)
	}
	for _, e := range group {
		if at, known := newest[key(e)]; !known || e.sequence > at {
			newest[key(e)] = e.sequence
		}
	}
	for _, e := range group {
		switch {
		case e.sequence < newest[key(e)]:
			r.c.warn(Problem{
				Row: e.row, Column: "SEQUENCE", Code: Superseded, Found: fmt.Sprint(e.sequence), Expected: fmt.Sprint(newest[key(e)]),
				Fix: "The file has a newer version of the event, which counts.",
			})
		case e.instance == nil:
			masters = append(masters, e)
		default:
			instances = append(instances, e)
		}
	}
	return masters, instances
}

// orphans are instances without their series, as a calendar holds them whose
// owner was invited to one: each is an event of its own.
func (r *icsReader) orphans(instances []icsEntry) []placed {
	var found []placed
	for _, e := range instances {
		d := r.draftOf(e)
		windowed := r.windowOf(d)
		event, ok := r.event(d)
		if !ok || !windowed {
			continue
		}
		at, ok := r.stamp(e.instance, e.instance.value)
		if !ok {
			continue
		}
		if event.Status == calendar.Cancelled {
			r.wrong(e.instance, BadValue, e.instance.value, "the series of the instance that is cancelled",
				"Upload the whole series, with an EXDATE for this instance.")
			continue
		}
		event.ID = instanceID(e.uid, at.wall)
		found = append(found, e.place(event, d.places))
	}
	return found
}

// instanceID is the id of an instance that has become an event of its own.
func instanceID(uid string, from calendar.Wall) string { return uid + "#" + from.String() }

// icsSeries is an event that is being put together.
type icsSeries struct {
	r           *icsReader
	d           *icsDraft
	event       *calendar.Event
	rule        calendar.Rule
	whole       calendar.Recurrence // before anything is left out or moved
	extra, left []calendar.Wall
	moved       []calendar.Move
	apart       []placed // instances that differ in more than their time
}

// recurrence reads the rule and the dates of a series.
func (s *icsSeries) recurrence() bool {
	ok := s.readRule()
	for p := range s.d.each("EXRULE") {
		s.r.wrong(p, BadRule, p.value, "dates to leave out", "List the dates that are left out as EXDATE.")
		ok = false
	}
	for p := range s.d.each("EXDATE") {
		left, fine := s.dates(p)
		s.left, ok = append(s.left, left...), ok && fine
		for _, at := range left {
			s.d.places.instance(at, p)
		}
	}
	for p := range s.d.each("RDATE") {
		if strings.EqualFold(p.param("VALUE"), "PERIOD") || strings.Contains(p.value, "/") {
			ok = s.periods(p) && ok
			continue
		}
		extra, fine := s.dates(p)
		s.extra, ok = append(s.extra, extra...), ok && fine
	}
	return ok
}

func (s *icsSeries) readRule() bool {
	var rule *property
	for p := range s.d.each("RRULE") {
		if rule != nil {
			s.r.wrong(p, BadRule, p.value, "one rule", "Write an event for each rule, each with a UID of its own.")
			return false
		}
		rule = p
	}
	if rule == nil {
		return true
	}
	text := strings.TrimSpace(rule.value)
	if own := s.d.first(ownPrefix + "RRULE"); own != nil { // as it was before it was exported
		text = strings.TrimSpace(unescape(own.value))
	}
	var err error
	if s.rule, err = s.r.b.rules.parse(text, s.event.Window.Start, s.event.Window.Zone); err != nil {
		s.r.wrong(rule, ruleCode(err), rule.value, "a rule of RFC 5545: "+excerpt(err.Error()),
			ruleRepair(err, "Write a rule such as FREQ=WEEKLY;BYDAY=SA, or list the dates as RDATE."))
		return false
	}
	return true
}

// dates reads a list of starts of instances, as clocks of the series.
func (s *icsSeries) dates(p *property) ([]calendar.Wall, bool) {
	var walls []calendar.Wall
	for value := range strings.SplitSeq(p.value, ",") {
		wall, ok := s.start(p, value)
		if !ok {
			return nil, false
		}
		walls = append(walls, wall)
	}
	return walls, true
}

// start reads the start of an instance. A date without a time, which some
// programs write for events that have one, is that of the series on the day.
func (s *icsSeries) start(p *property, value string) (calendar.Wall, bool) {
	at, ok := s.r.stamp(p, value)
	if !ok {
		return calendar.Wall{}, false
	}
	w := s.event.Window
	if at.date {
		return at.wall.Add(w.Start.Sub(w.Start.Midnight())), true
	}
	if at.tzid == "" && !at.utc {
		return at.wall, true // floating: as the series is meant
	}
	return s.r.in(s.d, p, at, w.Zone)
}

// periods reads further instances that have ends of their own.
func (s *icsSeries) periods(p *property) bool {
	for value := range strings.SplitSeq(p.value, ",") {
		from, to, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(value)), "/")
		plain := property{row: p.row, name: p.name, params: without(p.params, "VALUE")}
		start, ok := s.start(&plain, from)
		if !ok {
			return false
		}
		var end calendar.Wall
		if strings.HasPrefix(to, "P") {
			length, err := parsePeriod(to)
			if err != nil {
				s.r.wrong(p, BadTime, value, "a start and a duration such as PT90M", "Write how long it takes.")
				return false
			}
			end = length.from(start, s.event.Window.Zone)
		} else if end, ok = s.start(&plain, to); !ok {
			return false
		}
		s.moved = append(s.moved, calendar.Move{From: start, Start: start, End: end})
	}
	return true
}

func without(params []param, name string) []param {
	return slices.DeleteFunc(slices.Clone(params), func(p param) bool { return p.name == name })
}

// take puts instances that replace some of the series into it.
func (s *icsSeries) take(instances []icsEntry) bool {
	ok := true
	seen := map[calendar.Wall]bool{}
	if len(instances) > 0 {
		s.whole = calendar.NewRecurrence(s.rule, s.extra, nil, nil)
	}
	for _, e := range instances {
		from, fine := s.start(e.instance, e.instance.value)
		switch {
		case !fine:
			ok = false
		case strings.EqualFold(e.instance.param("RANGE"), "THISANDFUTURE"):
			s.r.wrong(e.instance, BadRule, "RANGE=THISANDFUTURE", "a change of one instance",
				"End the series by UNTIL before "+from.String()+", and add an event with a UID of its own for what follows.")
			ok = false
		case seen[from]:
			s.r.wrong(e.instance, DuplicateID, e.instance.value, "one event for an instance",
				"Remove one of the two, or give the newer one a higher SEQUENCE.")
			ok = false
		default:
			ok = s.replace(e, from) && ok
		}
		seen[from] = true
	}
	return ok
}

// replace puts one instance into the place of the series' own.
func (s *icsSeries) replace(e icsEntry, from calendar.Wall) bool {
	s.d.places.instance(from, e.instance)
	d := s.r.draftOf(e)
	d.inherit(s.d)
	if d.draft.cells[colStatus].text == string(calendar.Cancelled) {
		s.left = append(s.left, from)
		return true
	}
	if !s.r.windowOf(d) {
		return false
	}
	event, ok := s.r.event(d)
	if !ok {
		return false
	}
	if !sameButTime(event, s.event) {
		s.left = append(s.left, from)
		event.ID = instanceID(e.uid, from)
		s.apart = append(s.apart, e.place(event, d.places))
		return true
	}
	start, end := clockIn(event.Window.Start, event.Window, s.event.Window), clockIn(event.Window.End, event.Window, s.event.Window)
	if start != from || end != s.event.Window.From(from).End || !s.has(from) {
		s.moved = append(s.moved, calendar.Move{From: from, Start: start, End: end})
	}
	return true
}

// has reports whether the series has an instance: one that it has not is added,
// though it differs in nothing. Beyond the budget it is taken for granted.
func (s *icsSeries) has(from calendar.Wall) bool {
	rules := s.r.b.rules
	if rules.left -= lookCost(s.rule.String()); rules.left < 0 {
		return true
	}
	return s.whole.Starts(s.event.Window, from)
}

// clockIn is what the clock of another window's zone shows.
func clockIn(w calendar.Wall, from, to calendar.Window) calendar.Wall {
	if from.Zone.String() == to.Zone.String() {
		return w
	}
	return calendar.WallOf(w.In(from.Zone).Earliest.In(to.Zone))
}

// sameButTime reports whether two events do the same to demand, and are called
// the same.
func sameButTime(a, b *calendar.Event) bool {
	x, y := *a, *b
	x.Window, x.Recurrence, x.Notes = y.Window, y.Recurrence, y.Notes
	return x.Equal(&y)
}
