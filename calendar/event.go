package calendar

import (
	"time"
)

// Event is an entry of the schedule: something that will happen and changes
// demand. It is a value made by whoever reads it in, which refuses what is
// invalid (see Validate); it is read-only after that.
type Event struct {
	// ID is unique in a Schedule and names the event from one upload to the
	// next.
	ID    string
	Title string
	// Class says what kind of event it is, such as tournament: events of a
	// class are alike in shape and combine by its rule.
	Class  string
	Window Window
	// Recurrence repeats the window; the zero value does not.
	Recurrence Recurrence
	Scope      Scope
	Impact     Impact
	// Confidence that it takes place as written, in (0, 1]. It is kept and shown;
	// nothing is planned by it yet.
	Confidence float64
	// Ramp replaces the class's where it is not zero.
	Ramp   Ramp
	Status Status
	// Owner answers for it; Notes are for people.
	Owner, Notes string
}

// Window is when an event takes place: from one clock to another, in a zone.
// Clocks and not durations repeat: 22:00 to 04:00 is an hour shorter or longer
// in the night in which the clocks are moved.
type Window struct {
	Start, End Wall // End is not part of it
	Zone       *time.Location
	// AllDay says that days were given and no times.
	AllDay bool
}

// Length is by how much the hands of the clock move over the window.
func (w Window) Length() time.Duration { return w.End.Sub(w.Start) }

// From is the window moved to another start.
func (w Window) From(start Wall) Window {
	w.Start, w.End = start, start.Add(w.Length())
	return w
}

// meets reports whether the clocks of a window lie at least partly in [from, to).
func (w Window) meets(from, to Wall) bool { return w.Start.Before(to) && from.Before(w.End) }

// Instants are the begin and the end. Where a clock shows one of them twice,
// the window is the longer one; where it never does, the hands are moved on.
func (w Window) Instants() (start, end time.Time) {
	start, end = w.Start.In(w.Zone).Earliest, w.End.In(w.Zone).Latest
	if !start.Before(end) {
		// 02:30 to 03:00 would start at 03:30: what begins in a gap, and ends
		// before the hands get there, keeps its length and is not lost.
		end = start.Add(w.Length())
	}
	return start, end
}

// Ramp is how long demand takes to rise before a window and to fall after it.
type Ramp struct {
	Up, Down time.Duration
}

// Status says how sure an event is.
type Status string

// The statuses. A Tentative event counts like a Confirmed one, unless its class
// says otherwise: capacity that is not needed is cheaper than an event without.
// A Cancelled one does not count.
const (
	Confirmed Status = "confirmed"
	Tentative Status = "tentative"
	Cancelled Status = "cancelled"
)

// Impact is what the event does to demand: exactly one of its fields is set, or
// none where nobody knows yet.
type Impact struct {
	// Multiplier of the usual demand: 3 is three times as much.
	Multiplier float64
	// Peak is the demand to expect, whatever is usual.
	Peak Peak
	// Floor is a number of replicas to have.
	Floor int32
}

// OnDemand reports whether it says what demand will be, rather than how many
// replicas to have or nothing.
func (i Impact) OnDemand() bool { return i.Multiplier > 0 || i.Peak.Value > 0 }

// Peak is an amount of demand.
type Peak struct {
	Value float64
	Unit  Unit
}

// Unit says which signals a Peak speaks of.
type Unit string

// The units: of a rate, of what arrives at a backlog, of connections.
const (
	Requests    Unit = "requests/s"
	Messages    Unit = "messages/s"
	Connections Unit = "connections"
)

// Overlap says how events that take place at once combine.
type Overlap string

// The overlaps: the largest counts; an event's excess over the usual is added
// to the others; or it multiplies them.
const (
	Max      Overlap = "max"
	Add      Overlap = "add"
	Multiply Overlap = "multiply"
)

// Class is what events of one kind have in common. The zero Class is that of
// an event whose class nobody described: Max, no ramp, nothing usual.
type Class struct {
	Name    string
	Overlap Overlap // Max where empty
	// Ramp of events that name none.
	Ramp Ramp
	// Multiplier of events that name no impact; 0 is none.
	Multiplier float64
	// IgnoreTentative leaves tentative events of the class without effect.
	IgnoreTentative bool
}

// Classes are the classes by their names.
type Classes map[string]Class

// Of is the class of an event.
func (c Classes) Of(e *Event) Class {
	class, ok := c[e.Class]
	if !ok {
		class.Name = e.Class
	}
	if class.Overlap == "" {
		class.Overlap = Max
	}
	return class
}
