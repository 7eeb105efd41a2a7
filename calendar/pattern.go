package calendar

import (
	"iter"

	"github.com/teambition/rrule-go"
)

// pattern is a rule made ready to be played from any clock on. The library that
// reads rules plays them too, but it does not return from
// FREQ=HOURLY;INTERVAL=24;BYHOUR=11 and panics at FREQ=MONTHLY;BYDAY=-53MO, and
// it plays from the start of a rule alone; it is what the tests compare with.
type pattern struct {
	freq      rrule.Frequency
	interval  int
	weekStart int // 0 is Monday
	months    numbers
	weeks     numbers
	yearDays  numbers
	monthDays numbers
	weekdays  [7]bool    // any of them
	nth       [7]numbers // some of a month or year
	byWeekday bool
	hours     numbers // hours and 1
	positions numbers
	minute    int // of the start where negative
	second    int
}

func newPattern(o *rrule.ROption) *pattern {
	p := &pattern{
		freq: o.Freq, interval: max(1, o.Interval), weekStart: o.Wkst.Day(),
		months: numbersOf(o.Bymonth, 0), weeks: numbersOf(o.Byweekno, 0),
		yearDays: numbersOf(o.Byyearday, 0), monthDays: numbersOf(o.Bymonthday, 0),
		byWeekday: len(o.Byweekday) > 0,
		hours:     numbersOf(o.Byhour, 1), positions: numbersOf(o.Bysetpos, 0),
		minute: -1, second: -1,
	}
	for i := range o.Byweekday {
		day := &o.Byweekday[i]
		if day.N() == 0 {
			p.weekdays[day.Day()] = true
		} else {
			p.nth[day.Day()].add(day.N())
		}
	}
	if len(o.Byminute) > 0 {
		p.minute = o.Byminute[0]
	}
	if len(o.Bysecond) > 0 {
		p.second = o.Bysecond[0]
	}
	return p
}

// play is a pattern from a start on, which tells what the rule does not say.
type play struct {
	pattern
	start date
	hour  int
}

func (p *pattern) from(start Wall) *play {
	t := start.digits
	y := &play{pattern: *p, start: dateOf(start), hour: t.Hour()}
	if y.minute < 0 {
		y.minute = t.Minute()
	}
	if y.second < 0 {
		y.second = t.Second()
	}
	if y.freq != rrule.HOURLY && y.hours.none() {
		y.hours.add(y.hour + 1)
	}
	switch {
	case !y.yearDays.none() || !y.monthDays.none() || y.byWeekday:
	case y.freq == rrule.WEEKLY || !y.weeks.none():
		if y.freq <= rrule.WEEKLY {
			y.weekdays[y.start.weekday()], y.byWeekday = true, true
		}
	case y.freq == rrule.YEARLY && y.months.none():
		y.months.add(y.start.month)
		y.monthDays.add(y.start.day)
	case y.freq <= rrule.MONTHLY:
		y.monthDays.add(y.start.day)
	}
	return y
}

// between yields the instances of a pattern in [from, to) that are not before
// its start, in order.
func (p *pattern) between(start, from, to Wall) iter.Seq[Wall] {
	return func(yield func(Wall) bool) {
		if from.Before(start) {
			from = start
		}
		for at := range p.from(start).on(dateOf(from), dateOf(to)) {
			if !at.Before(to) || !at.Before(from) && !yield(at) {
				return
			}
		}
	}
}

// on yields the instances of all periods that have one of these days or lie
// between them, in order.
func (y *play) on(from, last date) iter.Seq[Wall] {
	return func(yield func(Wall) bool) {
		for k := y.since(from); ; k++ {
			first, days := y.period(k)
			if first.n > last.n {
				return
			}
			for at := range y.instances(first, days) {
				if !yield(at) {
					return
				}
			}
		}
	}
}

// since is the number of the period that a date lies in, or of the last one
// before it.
func (y *play) since(d date) int {
	var passed int
	switch y.freq {
	case rrule.YEARLY:
		passed = d.year - y.start.year
	case rrule.MONTHLY:
		passed = (d.year-y.start.year)*12 + d.month - y.start.month
	case rrule.WEEKLY:
		passed = (y.week(d) - y.week(y.start)) / 7
	default:
		passed = d.n - y.start.n
		if y.freq == rrule.HOURLY {
			return passed
		}
	}
	return passed / y.interval
}

// week is the first day of the week of a date.
func (y *play) week(d date) int { return d.n - modulo(d.weekday()-y.weekStart, 7) }

// period is the first day of a period of the rule, and how many days it has. An
// hourly rule is played by days.
func (y *play) period(k int) (first date, days int) {
	switch y.freq {
	case rrule.YEARLY:
		first = dateFrom(y.start.year+k*y.interval, 1, 1)
		return first, first.yearLength()
	case rrule.MONTHLY:
		first = dateFrom(y.start.year, y.start.month+k*y.interval, 1)
		return first, first.monthLength()
	case rrule.WEEKLY:
		return dateAt(y.week(y.start) + 7*k*y.interval), 7
	case rrule.HOURLY:
		return dateAt(y.start.n + k), 1
	default:
		return dateAt(y.start.n + k*y.interval), 1
	}
}

// instances yields those of a period, in order.
func (y *play) instances(first date, days int) iter.Seq[Wall] {
	return func(yield func(Wall) bool) {
		of := 0
		if !y.positions.none() {
			of = y.count(first, days)
		}
		n := 0
		for d := first; d.n < first.n+days; d = d.next() {
			if !y.matches(d) {
				continue
			}
			for hour := range y.hoursOf(d) {
				if n++; y.chosen(n, of) && !yield(d.at(hour, y.minute, y.second)) {
					return
				}
			}
		}
	}
}

// count is how many instances a period has before BYSETPOS chooses.
func (y *play) count(first date, days int) int {
	n := 0
	for d := first; d.n < first.n+days; d = d.next() {
		if y.matches(d) {
			for range y.hoursOf(d) {
				n++
			}
		}
	}
	return n
}

// chosen is what BYSETPOS says of the nth instance of a period.
func (y *play) chosen(n, of int) bool {
	if y.freq == rrule.HOURLY {
		n, of = 1, 1 // the period is the hour
	}
	return y.positions.none() || y.positions.has(n, of)
}

// hoursOf yields the hours of a day that matches.
func (y *play) hoursOf(d date) iter.Seq[int] {
	return func(yield func(int) bool) {
		hour, step := 0, 1
		if y.freq == rrule.HOURLY {
			hour, step = modulo(y.hour-24*(d.n-y.start.n), y.interval), y.interval
		}
		for ; hour < 24; hour += step {
			if (y.hours.none() || y.hours.has(hour+1, 24)) && !yield(hour) {
				return
			}
		}
	}
}

// matches reports whether a rule has instances on a date of its periods.
func (y *play) matches(d date) bool {
	return (y.months.none() || y.months.has(d.month, 12)) &&
		(y.monthDays.none() || y.monthDays.has(d.day, d.monthLength())) &&
		(!y.byWeekday || y.onWeekday(d)) &&
		(y.yearDays.none() || y.yearDays.has(d.yearDay, d.yearLength())) &&
		(y.weeks.none() || y.weeks.has(d.weekNumber(y.weekStart)))
}

func (y *play) onWeekday(d date) bool {
	weekday := d.weekday()
	if y.weekdays[weekday] {
		return true
	}
	nth := &y.nth[weekday]
	if nth.none() {
		return false
	}
	day, length := d.day, d.monthLength()
	if y.freq == rrule.YEARLY && y.months.none() {
		day, length = d.yearDay, d.yearLength()
	}
	n := (day-1)/7 + 1
	return nth.has(n, n+(length-day)/7)
}
