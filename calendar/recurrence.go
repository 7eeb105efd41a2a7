package calendar

import (
	"iter"
	"slices"
	"time"
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

// Starts reports whether an instance of a window starts at a clock, or would if
// it were neither left out nor moved.
func (r Recurrence) Starts(w Window, at Wall) bool {
	if _, extra := slices.BinarySearchFunc(r.extra, at, Wall.Compare); extra || at == w.Start {
		return true
	}
	for range r.rule.between(w.Start, at, at.Add(time.Second)) {
		return true
	}
	return false
}

// farthest is how far Nearest looks, in days: eleven years, so that it finds a
// 29 February from another one.
const farthest = 8 * 8 * 8 * 8

// Nearest is the start of the instance that is nearest to a clock, of those that
// are neither left out nor moved. ok is false where there is none in the eleven
// years around.
func (r Recurrence) Nearest(w Window, to Wall) (start Wall, ok bool) {
	for days := 1; days <= farthest && !ok; days *= 8 { // what recurs often is found at once
		for at := range r.starts(w, to.AddDays(-days), to.AddDays(days)) {
			if !ok || at.Sub(to).Abs() < start.Sub(to).Abs() {
				start, ok = at, true
			}
		}
	}
	return start, ok
}

// instances yields the windows whose clocks lie at least partly in [from, to),
// in no order.
func (r Recurrence) instances(w Window, from, to Wall) iter.Seq[Window] {
	return func(yield func(Window) bool) {
		for start := range r.starts(w, from.Add(-w.Length()), to) {
			if instance := w.From(start); instance.meets(from, to) && !yield(instance) {
				return
			}
		}
		for _, m := range r.moved {
			moved := w
			moved.Start, moved.End = m.Start, m.End
			if moved.meets(from, to) && !yield(moved) {
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
