package html

import "time"

// tick is an instant at the axis of time.
type tick struct {
	at   time.Time
	text string
	day  bool // the first of a day
}

// clockTicks are round instants from one to another, few enough to have room
// for their texts.
func clockTicks(from, to time.Time, most int) []tick {
	const day = 24 * time.Hour
	step := 365 * day
	for _, s := range []time.Duration{
		time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour,
		day, 2 * day, 7 * day, 14 * day, 28 * day, 91 * day,
	} {
		if to.Sub(from)/s < time.Duration(most) {
			step = s
			break
		}
	}
	var all []tick
	for at := from.Truncate(step); at.Before(to); at = at.Add(step) {
		if at.Before(from) {
			continue
		}
		k := tick{at: at, day: at.Equal(at.Truncate(day))}
		if k.text = at.Format("15:04"); k.day {
			k.text = at.Format("2 Jan")
		}
		all = append(all, k)
	}
	return all
}
