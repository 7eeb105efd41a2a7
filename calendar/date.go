package calendar

import "time"

// date is a day of the calendar, cheap to go on from.
type date struct {
	n                         int // days since 1970-01-01
	year, month, day, yearDay int
}

const secondsPerDay = 24 * 60 * 60

func dateOf(w Wall) date { return dateAt(int(floor(w.digits.Unix(), secondsPerDay))) }

// dateAt counts years from March, so that a leap day is the last of a year, and
// five months from March on have 153 days, as the next five have.
func dateAt(n int) date {
	const (
		perCycle   = 146_097
		perCentury = 36_524
		perFour    = 1461
		sinceMarch = 719_468 // days from 0000-03-01 to 1970-01-01
	)
	n0 := n + sinceMarch
	day := modulo(n0, perCycle) // of the cycle
	years := (day - day/(perFour-1) + day/perCentury - day/(perCycle-1)) / 365
	day -= 365*years + years/4 - years/100 // of the year from March
	month := (5*day + 2) / 153             // 0 is March
	d := date{n: n, year: (n0-modulo(n0, perCycle))/perCycle*cycle + years, month: month + 3, day: day - (153*month+2)/5 + 1}
	if d.month > 12 {
		d.month, d.year = d.month-12, d.year+1
		d.yearDay = day - 305
		return d
	}
	d.yearDay = day + yearLength(d.year) - 305
	return d
}

func dateFrom(year, month, day int) date { return dateOf(Date(year, time.Month(month), day)) }

func (d date) at(hour, minute, second int) Wall {
	return Wall{time.Unix(int64(d.n)*secondsPerDay+int64((hour*60+minute)*60+second), 0).UTC()}
}

func (d date) next() date {
	d.n, d.day, d.yearDay = d.n+1, d.day+1, d.yearDay+1
	if d.day > 28 && d.day > d.monthLength() {
		d.day, d.month = 1, d.month+1
		if d.month > 12 {
			d.month, d.yearDay, d.year = 1, 1, d.year+1
		}
	}
	return d
}

// weekday counts from Monday, 0.
func (d date) weekday() int { return modulo(d.n+3, 7) }

func (d date) monthLength() int {
	switch d.month {
	case 2:
		return yearLength(d.year) - 337
	case 4, 6, 9, 11:
		return 30
	default:
		return 31
	}
}

func (d date) yearLength() int { return yearLength(d.year) }

func yearLength(year int) int {
	if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
		return 366
	}
	return 365
}

// weekNumber is the number of the week of a date, and how many weeks its year
// has. A week belongs to the year in which it has four days or more.
func (d date) weekNumber(weekStart int) (number, of int) {
	// The fourth day of the week is in the week's year.
	day, length := d.yearDay+3-modulo(d.weekday()-weekStart, 7), d.yearLength()
	switch {
	case day < 1:
		length = yearLength(d.year - 1)
		day += length
	case day > length:
		day -= length
		length = yearLength(d.year + 1)
	}
	number = (day-1)/7 + 1
	return number, number + (length-day)/7
}

func modulo(a, b int) int { return (a%b + b) % b }

func floor(a, b int64) int64 {
	if a < 0 {
		return (a - b + 1) / b
	}
	return a / b
}
