package intake

import (
	"fmt"
	"slices"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
)

// Bounds of what is looked at ahead, whatever a file says: occurrences that are
// held at once, and events whose occurrences are made at once (an hourly rule
// has 9 600 in 400 days).
const (
	mostOccurrences = 400_000
	batch           = 16
)

// lookAhead warns of recurring events that are over, of instances at clocks
// that are moved, and of events that overlap.
func (k *checker) lookAhead() {
	if k.o.Now.IsZero() {
		return
	}
	k.again = k.stillToCome()
	k.movedClocks()
	k.overlaps()
}

// stillToCome returns the recurring events that have an instance after now, and
// warns of the others.
func (k *checker) stillToCome() []placed {
	var coming []placed
	for _, p := range k.again {
		if len(p.event.Upcoming(nil, k.o.Now, 1)) > 0 {
			coming = append(coming, p)
			continue
		}
		k.c.warn(p.problem(colEnd, InThePast, p.event.Window.End.String(), "an event that is still to come", "Delete it, or correct the year."))
	}
	return coming
}

func eventsOf(some []placed) []*calendar.Event {
	events := make([]*calendar.Event, len(some))
	for i, p := range some {
		events[i] = p.event
	}
	return events
}

func occurrencesOf(events []*calendar.Event, classes calendar.Classes, from, to time.Time) []calendar.Occurrence {
	s, err := calendar.NewSchedule(events)
	if err != nil {
		return nil // check let them through: they are valid, and their ids differ
	}
	return s.Timeline(classes, from, to).Between(from, to)
}

// movedClocks warns of instances that start or end at a clock which its zone
// shows twice or never. It asks each move of the clocks which instances it
// meets, and not each instance: the copies that it asks are in a zone whose
// clocks never move, so that their instants are clocks.
func (k *checker) movedClocks() {
	byZone := map[string][]placed{}
	var zones []string
	for _, p := range k.again {
		name := p.event.Window.Zone.String()
		if byZone[name] == nil {
			zones = append(zones, name)
		}
		byZone[name] = append(byZone[name], p)
	}
	for _, name := range zones {
		moves := movesOf(byZone[name][0].event.Window.Zone, k.o.Now, k.o.Now.Add(k.o.Horizon))
		if len(moves) == 0 {
			continue
		}
		for some := range slices.Chunk(byZone[name], 16*batch) {
			k.movedClocksOf(some, moves)
		}
	}
}

func (k *checker) movedClocksOf(some []placed, moves []clockMove) {
	copies := make([]*calendar.Event, len(some))
	origin := map[string]placed{}
	for i, p := range some {
		twin := *p.event
		twin.Window.Zone, twin.Ramp = time.UTC, calendar.Ramp{}
		copies[i] = &twin
		origin[twin.ID] = p
	}
	for _, m := range moves {
		said := map[string]bool{}
		for _, o := range occurrencesOf(copies, nil, m.from.Digits().Add(-time.Second), m.to.Digits()) {
			p := origin[o.Event.ID]
			switch start, end := calendar.WallOf(o.Start), calendar.WallOf(o.End); {
			case said[o.Event.ID]:
			case m.meets(start):
				k.clock(p, colStart, start)
				said[o.Event.ID] = true
			case m.meets(end):
				k.clock(p, colEnd, end)
				said[o.Event.ID] = true
			}
		}
	}
}

// clockMove is the clocks that are shown twice or never when a zone's clocks
// are moved.
type clockMove struct {
	from, to calendar.Wall
}

func (m clockMove) meets(w calendar.Wall) bool { return !w.Before(m.from) && w.Before(m.to) }

// movesOf are the moves of a zone's clocks in a time.
func movesOf(zone *time.Location, from, to time.Time) []clockMove {
	var moves []clockMove
	for t := from.In(zone); ; {
		next := calendar.ZoneEnd(t)
		if next.IsZero() || next.After(to) {
			return moves
		}
		after := calendar.WallOf(next)
		_, before := next.Add(-time.Second).Zone()
		_, now := next.Zone()
		was := after.Add(time.Duration(before-now) * time.Second)
		switch {
		case was.Before(after):
			moves = append(moves, clockMove{was, after})
		case after.Before(was):
			moves = append(moves, clockMove{after, was})
		}
		t = next
	}
}

// overlaps warns of pairs of events that take place at once on what may be one
// workload.
func (k *checker) overlaps() {
	all, until := k.ahead()
	clashes, more := calendar.Clashes(all, k.o.Limits.Problems)
	at := map[*calendar.Event]placed{}
	for _, p := range slices.Concat(k.once, k.again) {
		at[p.event] = p
	}
	for _, clash := range clashes {
		first, second := at[clash.First.Event], at[clash.Second.Event]
		if second.row < first.row {
			first, second = second, first
		}
		k.c.warn(second.clashes(first, clash))
	}
	if more {
		k.c.warn(Problem{Code: Overlapping, Expected: "fewer events that overlap", Found: "more than are listed", Fix: "Look whether their classes combine as you mean."})
	}
	if !until.IsZero() {
		k.c.warn(Problem{Code: Overlapping, Expected: "fewer instances", Found: "too many to compare all of them beyond " + until.UTC().Format(time.DateOnly), Fix: "Repeat events less often."})
	}
}

// clashes warns of an event that overlaps another.
func (p placed) clashes(other placed, clash calendar.Clash) Problem {
	from, to := clash.Between()
	zone := p.event.Window.Zone
	expected, fix := "one event at a time: "+combined(clash), "Look whether their classes combine as you mean."
	if effect(clash.Max) == effect(clash.Add) && effect(clash.Add) == effect(clash.Multiply) {
		expected, fix = "one event at a time", "Look whether both are meant: however their classes combine, they do the same."
	}
	w := p.problem(colStart, Overlapping, "", expected, fix)
	w.Found = fmt.Sprintf("%s to %s: %s with %q of row %d",
		calendar.WallOf(from.In(zone)), calendar.WallOf(to.In(zone)), effect(clash.Effect), excerpt(other.event.Title), other.row)
	return w
}

// combined writes what each rule of overlap would give, those that give the same
// together.
func combined(c calendar.Clash) string {
	most, sum, product := effect(c.Max), effect(c.Add), effect(c.Multiply)
	switch {
	case most == sum:
		return "max and add give " + most + "; multiply gives " + product
	case sum == product:
		return "max gives " + most + "; add and multiply give " + sum
	case most == product:
		return "max and multiply give " + most + "; add gives " + sum
	default:
		return "max gives " + most + "; add gives " + sum + "; multiply gives " + product
	}
}

// ahead are the occurrences to come, of recurring events up to the horizon. It
// returns the time up to which there are too many to look at all of them; the
// zero time where there are not.
func (k *checker) ahead() (all []calendar.Occurrence, until time.Time) {
	lastYear := time.Date(2202, time.January, 1, 0, 0, 0, 0, time.UTC)
	all = occurrencesOf(eventsOf(k.once), k.o.Classes, k.o.Now, lastYear)
	for ahead := k.o.Horizon; ; ahead /= 8 {
		again, complete := k.repeated(k.o.Now.Add(ahead))
		if !complete {
			until = k.o.Now.Add(ahead / 8)
		}
		if complete || ahead < 24*time.Hour {
			return append(all, again...), until
		}
	}
}

// repeated are the occurrences of recurring events up to a time, and whether
// they are few enough to be all of them.
func (k *checker) repeated(to time.Time) ([]calendar.Occurrence, bool) {
	var all []calendar.Occurrence
	for some := range slices.Chunk(k.again, batch) {
		all = append(all, occurrencesOf(eventsOf(some), k.o.Classes, k.o.Now, to)...)
		if len(all) > mostOccurrences {
			return all[:mostOccurrences], false
		}
	}
	return all, true
}
