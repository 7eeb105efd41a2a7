package calendar

import "time"

// date is a day of the calendar, cheap to go on from.
type date struct {
	n                         int // days since 1970-01-01
	year, month, day, yearDay int
}

const secondsPerDay = 24 * 60 * 60

func dateOf(w Wall) date {
	year, month, day := w.digits.Date()
	return date{int(floor(w.digits.Unix(), secondsPerDay)), year, int(month), day, w.digits.YearDay()}
}

func dateAt(n int) date { return dateOf(Wall{time.Unix(int64(n)*secondsPerDay, 0).UTC()}) }

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
