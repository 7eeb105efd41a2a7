package intake

import (
	"time"

	"github.com/headstart-scaler/headstart/calendar"
)

// strays warns of instances that are left out or moved and that there are none
// of: who wrote the date believes that the event does not take place then.
//
// A move to its own start is how an instance with an end of its own is added,
// and is no stray unless a file names the instance (RECURRENCE-ID).
func (k *checker) strays(p placed) {
	left, moved := p.event.Recurrence.Left(), p.event.Recurrence.Moved()
	if len(left) == 0 && len(moved) == 0 {
		return
	}
	s := stray{placed: p, look: lookCost(p.event.Recurrence.Rule().String()), near: nearCost(len(p.event.Recurrence.Extra()))}
	for _, at := range left {
		k.stray(s, colExcept, at, "It leaves nothing out: write the start of the instance that is meant, or delete it.")
	}
	for _, m := range moved {
		if _, named := p.named(m.From); named || m.From != m.Start {
			k.stray(s, colMoved, m.From, "It moves nothing, and its new time is one more instance: write the start of the one that is meant.")
		}
	}
}

// stray is an event with what it costs to look for one of its instances, and
// for the nearest.
type stray struct {
	placed
	look, near time.Duration
}

// stray warns of a clock at which no instance starts.
func (k *checker) stray(p stray, at column, clock calendar.Wall, fix string) {
	if k.looks < 0 {
		return
	}
	e := p.event
	k.looks -= p.look
	if e.Recurrence.Starts(e.Window, clock) {
		return
	}
	k.looks -= p.near
	problem := p.problem(at, NoInstance, clock.String(), "the start of an instance (none is near)", fix)
	if place, ok := p.named(clock); ok {
		problem.Row, problem.Column = place.row, place.name
	}
	if near, ok := e.Recurrence.Nearest(e.Window, clock); ok {
		problem.Expected = "the start of an instance (the nearest is " + near.String() + ")"
	}
	k.c.warn(problem)
}

// lookBudget is what it may cost to look for the instances that a file leaves
// out or moves; like ruleBudget it is estimated and never measured.
const lookBudget = 4 * time.Second

// looked warns where not all of them were looked for.
func (k *checker) looked() {
	if k.looks < 0 {
		k.c.warn(Problem{
			Code: TooLarge, Expected: "fewer instances that are left out or moved", Found: "more than are looked for",
			Fix: "See that the others are instances of their events, or upload the file in parts.",
		})
	}
}

// named is where a file names an instance, if the place of its event says so.
func (p placed) named(at calendar.Wall) (icsPlace, bool) {
	if places, ok := p.where.(*icsPlaces); ok {
		place, named := places.instances[at]
		return place, named
	}
	return icsPlace{}, false
}
