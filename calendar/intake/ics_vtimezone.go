package intake

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
)

// zoneClock is what a zone's clocks do, as a VTIMEZONE says: the offset before the
// first shift, and the shifts in their order.
type zoneClock struct {
	before time.Duration
	shifts []shift
}

// shift is an instant at which clocks are moved to another offset.
type shift struct {
	at time.Time
	to time.Duration
}

// at is the offset in force at an instant.
func (k zoneClock) at(t time.Time) time.Duration {
	i, found := slices.BinarySearchFunc(k.shifts, t, func(s shift, t time.Time) int { return s.at.Compare(t) })
	if found {
		i++
	}
	if i == 0 {
		return k.before
	}
	return k.shifts[i-1].to
}

// agrees reports whether a zone's clocks show the same in a span, but for the
// slack before and after each shift.
func (k zoneClock) agrees(zone *time.Location, in span, slack time.Duration) bool {
	same := func(t time.Time) bool {
		_, offset := t.In(zone).Zone()
		return k.at(t) == time.Duration(offset)*time.Second
	}
	around := func(t time.Time) bool {
		before, after := t.Add(-slack-time.Second), t.Add(slack)
		return (before.Before(in.from) || same(before)) && (after.After(in.to) || same(after))
	}
	if !same(in.from) {
		return false
	}
	for _, s := range k.shifts {
		if s.at.After(in.from) && s.at.Before(in.to) && !around(s.at) {
			return false
		}
	}
	for t := in.from.In(zone); ; {
		end := calendar.ZoneEnd(t)
		if end.IsZero() || !end.Before(in.to) {
			return true
		}
		if !around(end) {
			return false
		}
		t = end
	}
}

// zoneClockOf works out a VTIMEZONE for a span. ok is false where it has rules
// of a kind that no program writes.
func zoneClockOf(block *component, in span) (k zoneClock, ok bool) {
	type observance struct {
		at       time.Time
		from, to time.Duration
	}
	var all []observance
	for _, o := range block.within {
		if o.name != "STANDARD" && o.name != "DAYLIGHT" {
			continue
		}
		before, okFrom := utcOffset(o.first("TZOFFSETFROM"))
		after, okTo := utcOffset(o.first("TZOFFSETTO"))
		onsets, okOnsets := onsets(o, in.from.Year()-1, in.to.Year()+1)
		if !okFrom || !okTo || !okOnsets {
			return zoneClock{}, false
		}
		for _, onset := range onsets {
			all = append(all, observance{onset.Add(-before), before, after})
		}
	}
	if len(all) == 0 || len(all) > mostShifts {
		return zoneClock{}, false
	}
	slices.SortFunc(all, func(a, b observance) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.to, b.to)) })
	k.before = all[0].from
	for _, o := range all {
		k.shifts = append(k.shifts, shift{o.at, o.to})
	}
	return k, true
}

// mostShifts is more than any zone has had.
const mostShifts = 1000

// utcOffset reads +0100 and -033000.
func utcOffset(p *property) (time.Duration, bool) {
	if p == nil {
		return 0, false
	}
	text := strings.TrimSpace(p.value)
	if len(text) != 5 && len(text) != 7 || text[0] != '+' && text[0] != '-' {
		return 0, false
	}
	n, err := strconv.ParseUint(text[1:], 10, 32)
	if err != nil {
		return 0, false
	}
	if len(text) == 5 {
		n *= 100
	}
	offset := time.Duration(n/10000)*time.Hour + time.Duration(n/100%100)*time.Minute + time.Duration(n%100)*time.Second
	if text[0] == '-' {
		offset = -offset
	}
	return offset, offset > -26*time.Hour && offset < 26*time.Hour
}

// onsets are the clocks at which an observance begins, as digits in UTC: its
// start, its dates, and what its rule gives in the years.
func onsets(o *component, first, last int) ([]time.Time, bool) {
	start := o.first("DTSTART")
	if start == nil {
		return nil, false
	}
	list, ok := onsetsOf(start, nil)
	if !ok {
		return nil, false
	}
	begin := list[0]
	for p := range o.each("RDATE") {
		if list, ok = onsetsOf(p, list); !ok {
			return nil, false
		}
	}
	for p := range o.each("RRULE") {
		y, ok := parseYearly(p.value, begin)
		if !ok {
			return nil, false
		}
		for year := max(begin.Year(), first); year <= last; year++ {
			if at, ok := y.in(year); ok && !at.Before(begin) && !at.After(y.until) {
				list = append(list, at)
			}
		}
	}
	return list, len(list) <= mostShifts
}

// onsetsOf adds the clocks of a property to a list.
func onsetsOf(p *property, list []time.Time) ([]time.Time, bool) {
	for value := range strings.SplitSeq(p.value, ",") {
		s, err := parseStamp(p, value)
		if err != nil || len(list) > mostShifts {
			return nil, false
		}
		list = append(list, s.wall.Digits())
	}
	return list, true
}

// yearly is the kind of rule that VTIMEZONEs have: a month, a day in it, and
// the time of its DTSTART.
type yearly struct {
	month   time.Month
	weekday time.Weekday
	nth     int   // of the weekday in the month; negative counts from its end
	days    []int // of the month; the weekday is looked for among them where there are any
	clock   time.Duration
	until   time.Time
}

func parseYearly(text string, begin time.Time) (yearly, bool) {
	y := yearly{
		month: begin.Month(), weekday: -1, clock: begin.Sub(begin.Truncate(24 * time.Hour)),
		until: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	yearlyFound := false
	for part := range strings.SplitSeq(strings.ToUpper(text), ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		ok := true
		switch name {
		case "FREQ":
			yearlyFound = value == "YEARLY"
		case "INTERVAL":
			ok = value == "1"
		case "WKST":
		case "BYMONTH":
			month, err := strconv.Atoi(value)
			y.month, ok = time.Month(month), err == nil && month >= 1 && month <= 12
		case "BYDAY":
			ok = y.byDay(value)
		case "BYMONTHDAY":
			ok = y.byMonthDay(value)
		case "UNTIL":
			// In UTC, by the standard; a day more or less has no weight here.
			s, err := parseStamp(&property{}, value)
			y.until, ok = s.wall.Digits().AddDate(0, 0, 1), err == nil
		default:
			ok = false
		}
		if !ok {
			return yearly{}, false
		}
	}
	if y.weekday < 0 && len(y.days) == 0 {
		y.days = []int{begin.Day()}
	}
	return y, yearlyFound && (y.weekday < 0 || y.nth != 0 || len(y.days) > 0)
}

func (y *yearly) byDay(value string) bool {
	if len(value) < 2 {
		return false
	}
	day := strings.Index("SUMOTUWETHFRSA", value[len(value)-2:])
	if day < 0 || day%2 != 0 {
		return false
	}
	y.weekday = time.Weekday(day / 2)
	if number := value[:len(value)-2]; number != "" {
		n, err := strconv.Atoi(number)
		y.nth = n
		return err == nil && n != 0 && n >= -5 && n <= 5
	}
	return true
}

func (y *yearly) byMonthDay(value string) bool {
	for day := range strings.SplitSeq(value, ",") {
		n, err := strconv.Atoi(day)
		if err != nil || n < 1 || n > 31 || len(y.days) == 31 {
			return false
		}
		y.days = append(y.days, n)
	}
	return true
}

// in is the onset in a year; ok is false where the rule has none in it.
func (y yearly) in(year int) (at time.Time, ok bool) {
	for _, day := range y.days {
		at := time.Date(year, y.month, day, 0, 0, 0, 0, time.UTC)
		if y.weekday < 0 || at.Weekday() == y.weekday {
			return at.Add(y.clock), true
		}
	}
	switch first := time.Date(year, y.month, 1, 0, 0, 0, 0, time.UTC); {
	case len(y.days) > 0:
		return time.Time{}, false
	case y.nth > 0:
		to := (int(y.weekday) - int(first.Weekday()) + 7) % 7
		return first.AddDate(0, 0, to+7*(y.nth-1)).Add(y.clock), true
	default:
		last := first.AddDate(0, 1, -1)
		back := (int(last.Weekday()) - int(y.weekday) + 7) % 7
		return last.AddDate(0, 0, -back+7*(y.nth+1)).Add(y.clock), true
	}
}
