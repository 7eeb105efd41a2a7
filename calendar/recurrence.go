package calendar

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/teambition/rrule-go"
)

// Recurrence says at which clocks a window takes place again: by a rule, at
// further dates, less those left out, with some moved. The zero Recurrence
// repeats nothing. All of it is in the zone of the event's window.
type Recurrence struct {
	rule  Rule
	extra []Wall // ordered
	left  []Wall // left out; ordered
	moved []Move // ordered by From
}

// Move is one instance that takes place at another time than its rule says.
type Move struct {
	From       Wall // what the rule says
	Start, End Wall
}

// NewRecurrence returns what repeats a window: a rule, further starts, starts
// that are left out, and instances that were moved.
func NewRecurrence(rule Rule, extra, left []Wall, moved []Move) Recurrence {
	r := Recurrence{rule: rule, extra: ordered(extra), left: ordered(left), moved: slices.Clone(moved)}
	slices.SortFunc(r.moved, func(a, b Move) int { return a.From.Compare(b.From) })
	r.moved = slices.CompactFunc(r.moved, func(a, b Move) bool { return a.From == b.From })
	return r
}

func ordered(walls []Wall) []Wall {
	return slices.Compact(slices.SortedFunc(slices.Values(walls), Wall.Compare))
}

// Repeats reports whether there may be more than the window itself.
func (r Recurrence) Repeats() bool { return r.rule.text != "" || len(r.extra) > 0 }

// Plain reports whether there is nothing but the window itself: nothing is
// repeated, left out or moved.
func (r Recurrence) Plain() bool { return !r.Repeats() && len(r.left) == 0 && len(r.moved) == 0 }

// Rule is the rule it repeats by.
func (r Recurrence) Rule() Rule { return r.rule }

// Extra are the further starts, in order.
func (r Recurrence) Extra() []Wall { return slices.Clone(r.extra) }

// Left are the starts that are left out, in order.
func (r Recurrence) Left() []Wall { return slices.Clone(r.left) }

// Moved are the instances that were moved, in the order of their first starts.
func (r Recurrence) Moved() []Move { return slices.Clone(r.moved) }

// instances yields the windows whose clocks lie at least partly in [from, to),
// in no order.
func (r Recurrence) instances(w Window, from, to Wall) iter.Seq[Window] {
	return func(yield func(Window) bool) {
		for start := range r.starts(w, from.Add(-w.Length()), to) {
			if from.Before(start.Add(w.Length())) && !yield(w.From(start)) {
				return
			}
		}
		for _, m := range r.moved {
			moved := w
			moved.Start, moved.End = m.Start, m.End
			if m.Start.Before(to) && from.Before(m.End) && !yield(moved) {
				return
			}
		}
	}
}

// starts yields the first start, those of the rule and the further ones, as far
// as they lie in [from, to) and are neither left out nor moved.
func (r Recurrence) starts(w Window, from, to Wall) iter.Seq[Wall] {
	return func(yield func(Wall) bool) {
		each := func(start Wall) bool {
			inside := !start.Before(from) && start.Before(to)
			return !inside || r.without(start) || yield(start)
		}
		if !each(w.Start) {
			return
		}
		for _, further := range []iter.Seq[Wall]{r.rule.between(w.Start, from, to), slices.Values(r.extra)} {
			for start := range further {
				if start != w.Start && !each(start) {
					return
				}
			}
		}
	}
}

// without reports whether the instance of a start does not take place there.
func (r Recurrence) without(start Wall) bool {
	if _, left := slices.BinarySearchFunc(r.left, start, Wall.Compare); left {
		return true
	}
	_, moved := slices.BinarySearchFunc(r.moved, start, func(m Move, w Wall) int { return m.From.Compare(w) })
	return moved
}

// Rule is a recurrence rule of RFC 5545 (RRULE), whose instances are clocks in
// whatever zone. The zero Rule has none.
type Rule struct {
	text   string
	option rrule.ROption // without Dtstart, Count and Until
	until  Wall          // the last instant; the zero Wall is none
}

// Limits of a rule. An hourly rule has 8 784 instances in a leap year.
const (
	mostCount   = 100_000
	mostPerYear = 10_000
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
func ParseRule(text string, start Wall, zone *time.Location) (Rule, error) {
	text = strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(text)), "RRULE:")
	if strings.ContainsAny(text, "\r\n") || strings.Contains(text, "DTSTART") {
		return Rule{}, fmt.Errorf("%q is more than one rule", text)
	}
	option, err := rrule.StrToROption(text)
	if err != nil {
		return Rule{}, fmt.Errorf("%q is no recurrence rule such as FREQ=WEEKLY;BYDAY=SA: %w", text, err)
	}
	if option.Freq > rrule.HOURLY || len(option.Byminute) > 1 || len(option.Bysecond) > 1 {
		return Rule{}, ErrTooOften
	}
	if len(option.Byeaster) > 0 {
		return Rule{}, errors.New("BYEASTER is of no standard")
	}
	r := Rule{text: text, option: *option}
	if r.until, err = until(text, option, zone); err != nil {
		return Rule{}, err
	}
	count := option.Count
	r.option.Count, r.option.Until, r.option.Dtstart = 0, time.Time{}, time.Time{}
	return r.bounded(start, count)
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
		return WallOf(option.Until.In(zone)), nil
	}
}

// bounded checks that a rule has instances and not too many, and puts its last
// one in the place of a count.
func (r Rule) bounded(start Wall, count int) (Rule, error) {
	switch {
	case count > mostCount:
		return Rule{}, ErrTooMany
	case count < 0:
		return Rule{}, errors.New("COUNT is negative")
	}
	first, n := start, 0
	last := start
	for at := range r.from(start) {
		if n == 0 {
			first = at
		}
		n++
		last = at
		if count == 0 && at.Sub(first) > 366*24*time.Hour {
			break
		}
		if n > mostPerYear && at.Sub(first) < 366*24*time.Hour {
			return Rule{}, ErrTooOften
		}
		if n == count {
			break
		}
	}
	if n == 0 {
		return Rule{}, ErrNever
	}
	if count > 0 {
		r.until = last
	}
	return r, nil
}

// String is the rule as it was written, in capitals.
func (r Rule) String() string { return r.text }

// between yields the instances in [from, to).
func (r Rule) between(start, from, to Wall) iter.Seq[Wall] {
	return func(yield func(Wall) bool) {
		if r.text == "" || !start.Before(to) {
			return
		}
		for at := range r.from(r.skip(start, from)) {
			if !at.Before(to) {
				return
			}
			if !at.Before(from) && !yield(at) {
				return
			}
		}
	}
}

// skip is a later start that gives the same instances from a clock on. A rule
// of months or years has few before it.
func (r Rule) skip(start, from Wall) Wall {
	var period time.Duration
	switch r.option.Freq {
	case rrule.HOURLY:
		period = time.Hour
	case rrule.DAILY:
		period = 24 * time.Hour
	case rrule.WEEKLY:
		period = 7 * 24 * time.Hour
	default:
		return start
	}
	interval := period * time.Duration(max(1, r.option.Interval))
	way := from.Sub(start) - interval // the period of a week begins before the day of its start
	if way <= 0 {
		return start
	}
	return start.Add(way - way%interval)
}

// The Gregorian calendar repeats itself, days of the week and all, every 400
// years. The library gives up on a rule that matches nothing only after the
// year 9999: played in the last of these cycles, it does so soon.
const (
	cycle     = 400
	lastCycle = 9999 - cycle
)

// from yields the instances of the rule from a start on, the first ones first.
func (r Rule) from(start Wall) iter.Seq[Wall] {
	return func(yield func(Wall) bool) {
		years := 0
		for start.digits.Year()+years+cycle <= lastCycle {
			years += cycle
		}
		option := r.option
		option.Dtstart = start.digits.AddDate(years, 0, 0)
		rule, err := rrule.NewRRule(option)
		if err != nil {
			return // ParseRule has made it before
		}
		next := rule.Iterator()
		for {
			at, ok := next()
			wall := Wall{at.AddDate(-years, 0, 0)}
			if !ok || (r.until != Wall{} && r.until.Before(wall)) || !yield(wall) {
				return
			}
		}
	}
}
