package calendar

import (
	"fmt"
	"time"
)

// Wall is a date and a time of day as a clock on a wall shows them: it is no
// instant until a zone is named. The zero Wall is the first second of year 1.
type Wall struct {
	digits time.Time // the same digits in UTC
}

// Date returns the midnight at which a date begins. Values beyond their range
// carry over, as in time.Date.
func Date(year int, month time.Month, day int) Wall {
	return Wall{time.Date(year, month, day, 0, 0, 0, 0, time.UTC)}
}

// At is a time of the same date; hour 24 is the next midnight.
func (w Wall) At(hour, minute int) Wall {
	return w.Midnight().Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
}

// WallOf returns what a clock shows at an instant, in the instant's own zone.
// Fractions of a second are cut.
func WallOf(t time.Time) Wall {
	_, offset := t.Zone()
	return Wall{t.UTC().Add(time.Duration(offset) * time.Second).Truncate(time.Second)}
}

// wallLayouts are the forms ParseWall reads.
func wallLayouts() []string {
	return []string{"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04", time.DateOnly}
}

// ParseWall reads 2026-03-29T02:30, with or without seconds, with a space in
// the place of the T, or a date alone, which is its midnight. 24:00 is the next
// midnight.
func ParseWall(text string) (Wall, error) {
	const date = len(time.DateOnly)
	if len(text) > date {
		switch text[date:] {
		case "T24:00", " 24:00", "T24:00:00", " 24:00:00":
			day, err := ParseWall(text[:date])
			return day.AddDays(1), err
		}
	}
	for _, layout := range wallLayouts() {
		// time.Parse takes fractions of a second that no layout has.
		if t, err := time.Parse(layout, text); err == nil && t.Nanosecond() == 0 {
			return Wall{t}, nil
		}
	}
	return Wall{}, fmt.Errorf("%q is not a date and time such as 2026-03-29T20:30", text)
}

// String is 2026-03-29T20:30, with seconds where there are any.
func (w Wall) String() string {
	if w.digits.Second() == 0 {
		return w.digits.Format("2006-01-02T15:04")
	}
	return w.digits.Format("2006-01-02T15:04:05")
}

// Digits returns the same digits in UTC, for arithmetic that knows no zones.
func (w Wall) Digits() time.Time { return w.digits }

// Weekday is the day of the week of the date.
func (w Wall) Weekday() time.Weekday { return w.digits.Weekday() }

// Midnight is the beginning of the date.
func (w Wall) Midnight() Wall { return Wall{w.digits.Truncate(24 * time.Hour)} }

// IsMidnight reports whether the clock shows 00:00:00.
func (w Wall) IsMidnight() bool { return w == w.Midnight() }

// Before reports whether the clock shows less.
func (w Wall) Before(v Wall) bool { return w.digits.Before(v.digits) }

// Compare is negative where w shows less than v, and 0 where they are equal.
func (w Wall) Compare(v Wall) int { return w.digits.Compare(v.digits) }

// Sub is by how much the hands of the clock move from v to w.
func (w Wall) Sub(v Wall) time.Duration { return w.digits.Sub(v.digits) }

// Add moves the hands of the clock; it does not pass time in any zone.
func (w Wall) Add(d time.Duration) Wall { return Wall{w.digits.Add(d)} }

// AddDays turns pages of the calendar.
func (w Wall) AddDays(days int) Wall { return Wall{w.digits.AddDate(0, 0, days)} }

// Kind says how often a clock shows a Wall in a zone.
type Kind int

// A Wall is shown once, twice (clocks were put back over it) or never (they
// were put forward over it, or a date was left out).
const (
	Once Kind = iota
	Twice
	Never
)

// Reading is what a Wall means in a zone. Earliest and Latest differ for Twice
// alone. Where the clock never shows it, both are the instant that the offset
// before the gap gives, as RFC 5545 (3.3.5) has it: 02:30 becomes 03:30.
type Reading struct {
	Earliest, Latest time.Time
	Kind             Kind
}

// widest is more than any zone's clocks were ever moved at once, which is a
// day and a little: Samoa left out 2011-12-30, Manila 1844-12-31.
const widest = 50 * time.Hour

// zoneBounds are when the offset in force at an instant began and when it ends.
// On the last day of a leap year beyond the last transition that a zone's data
// lists, Go 1.26 gives as its end the begin of that day: the offset stays until
// the year is over at least, and beyond that the next call tells.
func zoneBounds(t time.Time) (begins, ends time.Time) {
	begins, ends = t.ZoneBounds()
	if !ends.IsZero() && !ends.After(t) {
		ends = time.Date(t.UTC().Year()+1, time.January, 1, 0, 0, 0, 0, time.UTC).In(t.Location())
	}
	return begins, ends
}

// ZoneEnd is when the offset in force at an instant ends: the zero Time where it
// never does, and later than the instant everywhere else.
func ZoneEnd(t time.Time) time.Time {
	_, ends := zoneBounds(t)
	return ends
}

// In reads the clock in a zone. Instants are in that zone.
func (w Wall) In(zone *time.Location) Reading {
	at := func(offset int) time.Time {
		return w.digits.Add(-time.Duration(offset) * time.Second).In(zone)
	}
	var r Reading
	found := 0
	before := 0 // the offset in force before the gap, if it is one
	for t, end := w.digits.Add(-widest).In(zone), w.digits.Add(widest); ; {
		_, offset := t.Zone()
		candidate := at(offset)
		begins, ends := zoneBounds(t)
		inside := (begins.IsZero() || !candidate.Before(begins)) && (ends.IsZero() || candidate.Before(ends))
		switch {
		case inside && found == 0:
			r.Earliest, r.Latest = candidate, candidate
			found++
		case inside:
			r.Latest = candidate
			found++
		case found == 0 && !ends.IsZero() && !candidate.Before(ends):
			before = offset // this zone's time ended before the clock showed it
		}
		if ends.IsZero() || !ends.Before(end) {
			break
		}
		t = ends
	}
	switch {
	case found == 0:
		r.Earliest, r.Kind = at(before), Never
		r.Latest = r.Earliest
	case !r.Earliest.Equal(r.Latest):
		r.Kind = Twice
	}
	return r
}
