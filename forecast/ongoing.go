package forecast

import (
	"slices"
	"time"
)

// ongoing is what series do while an event that has come goes on. A series that
// falls back from every peak does not from one that the schedule explains, and at
// the end of a match more come than at its start. What is expected without knowing
// of the event is weighed, by how well each told it before, against two others: the
// level now, changed as it did in events of the class, and the level that those
// reached. Of a class never seen both are the level now.
//
// How far off that is counts among the misses of the series itself.
type ongoing [len(aheads)]blend

// aftermath is how long after its end an event is followed: people leave, or come
// to see the result.
const aftermath = 30 * time.Minute

// atEnd is how long before its end an event that is told no more has ended, and
// was not cancelled: who tells, and the newest sample, may be that late.
const atEnd = 5 * time.Minute

// carry returns what is expected with the event that goes on some minutes after an
// origin and brings most, weighed as for aheads[i]. without is what is expected
// there without it.
func (u *uplift) carry(o *origin, i int, minutes, without float64) (most awaiting) {
	if !u.near() {
		return most
	}
	from := instantOf(o.minute).Add(o.phase - Delay)
	then := from.Add(time.Duration(minutes * float64(every)))
	for _, x := range u.live {
		if !x.came || !then.Before(x.event.End.Add(aftermath)) {
			continue
		}
		class, since := u.class(x.event), then.Sub(x.event.Start)
		level := float64(o.now[0]) + class.change(from.Sub(x.event.Start), since)
		reach, known := class.level(since)
		if !known {
			reach = level
		}
		a := awaiting{x: blendInput{1, level - without, reach - without}, without: without, any: true}
		a.expected = max(0, without+u.ongoing[i].expect(&a.x))
		if !most.any || a.expected > most.expected {
			most = a
		}
	}
	return most
}

// ended are the events that are no longer told of because they have ended, a short
// while ago.
func (u *uplift) ended(at time.Time) (over occasions) {
	for _, o := range u.live {
		if o.came && !at.Before(o.event.End.Add(-atEnd)) && at.Before(o.event.End.Add(aftermath)) {
			o.over = true
			over = append(over, o)
		}
	}
	return over
}

// settle drops those whose aftermath is over as well.
func (u *uplift) settle(at time.Time) {
	u.live = slices.DeleteFunc(u.live, func(o *occasion) bool { return o.over && !at.Before(o.event.End.Add(aftermath)) })
}
