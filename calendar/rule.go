package calendar

import (
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/teambition/rrule-go"
)

// Rule is a recurrence rule of RFC 5545 (RRULE), whose instances are clocks in
// whatever zone. The zero Rule has none.
type Rule struct {
	text    string
	pattern *pattern
	until   Wall // the last clock; the zero Wall is none
}

// Limits of a rule. The calendar repeats itself, days of the week and all,
// every 400 years: what does not happen in that time never does.
const (
	mostCount    = 100_000
	mostInterval = 10_000
	longestRule  = 1000
	cycle        = 400 // years
)

// Errors of ParseRule that a caller may want to tell apart.
var (
	ErrTooOften = errors.New("it repeats more often than once an hour")
	ErrNever    = errors.New("it never happens")
	ErrTooMany  = fmt.Errorf("COUNT is over %d: write UNTIL", mostCount)
)

// ParseRule reads an RRULE for a window that starts at start: FREQ=WEEKLY;BYDAY=SA.
// The zone in which an UNTIL in UTC is meant is that of the window; nil refuses
// such an UNTIL. Rules that repeat more often than hourly, that never happen,
// and those no calendar program writes (BYEASTER) are refused.
//
// The start counts as the first of COUNT instances, also where the rule would
// not have it.
func ParseRule(text string, start Wall, zone *time.Location) (Rule, error) {
	text = strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(text)), "RRULE:")
	if strings.ContainsAny(text, "\r\n") || strings.Contains(text, "DTSTART") {
		return Rule{}, fmt.Errorf("%.80q is more than one rule", text)
	}
	if len(text) > longestRule {
		return Rule{}, fmt.Errorf("a rule of %d characters is longer than any calendar program writes", len(text))
	}
	option, err := rrule.StrToROption(text)
	if err == nil {
		_, err = rrule.NewRRule(*option) // its bounds are checked there
	}
	if err != nil {
		return Rule{}, fmt.Errorf("%q is no recurrence rule such as FREQ=WEEKLY;BYDAY=SA: %w", text, err)
	}
	if err := accept(text, option); err != nil {
		return Rule{}, err
	}
	r := Rule{text: text, pattern: newPattern(option)}
	if r.until, err = until(text, option, zone); err != nil {
		return Rule{}, err
	}
	return r.bounded(start, option.Count)
}

// accept refuses what is a rule and cannot be meant, or costs too much.
func accept(text string, option *rrule.ROption) error {
	switch {
	case option.Freq > rrule.HOURLY, len(option.Byminute) > 1, len(option.Bysecond) > 1:
		return ErrTooOften
	case len(option.Byeaster) > 0:
		return errors.New("BYEASTER is of no standard")
	case option.Count > mostCount:
		return ErrTooMany
	case strings.Contains(text, "COUNT=") && option.Count < 1:
		return errors.New("COUNT is not positive")
	case strings.Contains(text, "INTERVAL=") && (option.Interval < 1 || option.Interval > mostInterval):
		return fmt.Errorf("INTERVAL is not from 1 to %d", mostInterval)
	}
	if option.Freq <= rrule.MONTHLY && len(option.Byweekno) == 0 {
		return nil
	}
	for i := range option.Byweekday {
		if day := &option.Byweekday[i]; day.N() != 0 {
			return fmt.Errorf("%s counts the days of a month or year: write FREQ=MONTHLY, or INTERVAL for every second week", day)
		}
	}
	return nil
}

// until is the last clock of a rule as its text has it: an UNTIL in UTC is an
// instant, every other one a clock.
func until(text string, option *rrule.ROption, zone *time.Location) (Wall, error) {
	if option.Until.IsZero() {
		return Wall{}, nil
	}
	_, value, _ := strings.Cut(text, "UNTIL=")
	value, _, _ = strings.Cut(value, ";")
	switch {
	case !strings.HasSuffix(value, "Z"):
		last := WallOf(option.Until)
		if !strings.Contains(value, "T") { // a date: all of it
			last = last.AddDays(1).Add(-time.Second)
		}
		return last, nil
	case zone == nil:
		return Wall{}, errors.New("UNTIL is in UTC, and the event has no time zone")
	default:
		return lastShown(option.Until.In(zone)), nil
	}
}

// lastShown is the latest that clocks have shown up to an instant: in the hour
// in which they show all of it again, it is the end of that hour.
func lastShown(t time.Time) Wall {
	last := WallOf(t)
	if begins, _ := t.ZoneBounds(); !begins.IsZero() {
		if before := WallOf(begins.Add(-time.Second)); last.Before(before) {
			return before
		}
	}
	return last
}

// bounded checks that a rule has instances, and puts its last one in the place
// of a count.
func (r Rule) bounded(start Wall, count int) (Rule, error) {
	n := 0
	last := start
	for at := range r.between(start, start, Wall{start.digits.AddDate(cycle, 0, 0)}) {
		if n == 0 && at != start {
			n++ // the start itself
		}
		if n < max(count, 1) {
			last = at
		}
		if n++; n >= count {
			break
		}
	}
	switch {
	case n == 0:
		return Rule{}, ErrNever
	case count > 0:
		r.until = last
	}
	return r, nil
}

// String is the rule as it was written, in capitals.
func (r Rule) String() string { return r.text }

// between yields the instances in [from, to), in order.
func (r Rule) between(start, from, to Wall) iter.Seq[Wall] {
	if r.pattern == nil {
		return func(func(Wall) bool) {}
	}
	if end := r.until.Add(time.Second); r.until != (Wall{}) && end.Before(to) {
		to = end
	}
	return r.pattern.between(start, from, to)
}
