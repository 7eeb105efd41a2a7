package calendar

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/teambition/rrule-go"
	"pgregory.net/rapid"
)

// clock draws a date and time of day.
func clock(t *rapid.T) Wall {
	return Date(2020, 1, 1).AddDays(rapid.IntRange(-365*20, 365*60).Draw(t, "day")).
		At(rapid.IntRange(0, 23).Draw(t, "hour"), rapid.SampledFrom([]int{0, 0, 30, 59}).Draw(t, "minute"))
}

func list(t *rapid.T, name string, low, high, most int) string {
	numbers := rapid.SliceOfNDistinct(rapid.IntRange(low, high).Filter(func(i int) bool { return i != 0 }), 1, most, rapid.ID).Draw(t, name)
	return name + "=" + strings.Trim(strings.ReplaceAll(fmt.Sprint(numbers), " ", ","), "[]")
}

// weekdays draws a BYDAY. The library takes a list that mixes MO and 1MO for
// days that are both.
func weekdays(t *rapid.T, freq string, ofMonths bool) string {
	var days []string
	low, high := 0, 0
	if rapid.Bool().Draw(t, "numbered") {
		switch {
		case freq == "YEARLY" && !ofMonths:
			low, high = -53, 53
		case freq == "YEARLY" || freq == "MONTHLY":
			low, high = -5, 5 // the library panics beyond
		}
	}
	for range rapid.IntRange(1, 3).Draw(t, "days") {
		day := rapid.SampledFrom([]string{"MO", "TU", "WE", "TH", "FR", "SA", "SU"}).Draw(t, "weekday")
		if n := rapid.IntRange(low, high).Filter(func(n int) bool { return n != 0 || low == 0 }).Draw(t, "n"); n != 0 {
			day = fmt.Sprintf("%+d%s", n, day)
		}
		days = append(days, day)
	}
	return "BYDAY=" + strings.Join(days, ",")
}

// anyRule draws a rule that the library plays as RFC 5545 has it.
func anyRule(t *rapid.T, start Wall) string {
	freq := rapid.SampledFrom([]string{"YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY"}).Draw(t, "freq")
	weekStart := rapid.SampledFrom([]string{"MO", "SU", "SA"}).Draw(t, "wkst")
	interval := rapid.SampledFrom([]int{1, 1, 1, 2, 3, 4, 7, 24, 25, 31}).Draw(t, "interval")
	rule := []string{"FREQ=" + freq, "WKST=" + weekStart, fmt.Sprint("INTERVAL=", interval)}
	with := func(part string, of int) bool { return rapid.IntRange(1, of).Draw(t, "with "+part) == 1 }
	months := with("BYMONTH", 3)
	if months {
		rule = append(rule, list(t, "BYMONTH", 1, 12, 4))
	}
	if with("BYMONTHDAY", 4) {
		rule = append(rule, list(t, "BYMONTHDAY", -31, 31, 4))
	}
	if with("BYYEARDAY", 6) {
		rule = append(rule, list(t, "BYYEARDAY", -366, 366, 8))
	}
	if with("BYDAY", 2) {
		rule = append(rule, weekdays(t, freq, months))
	}
	if freq == "HOURLY" {
		if with("BYHOUR", 3) && interval%2 == 1 && interval != 3 { // all hours are reached, or the library does not return
			rule = append(rule, list(t, "BYHOUR", 0, 23, 3))
		}
	} else if with("BYHOUR", 4) {
		rule = append(rule, list(t, "BYHOUR", 0, 23, 3), list(t, "BYMINUTE", 0, 59, 1))
	}
	// The library plays the first week from its start, not from WKST.
	if freq != "WEEKLY" && with("BYSETPOS", 4) || strings.EqualFold(start.Weekday().String()[:2], weekStart) && with("BYSETPOS", 2) {
		rule = append(rule, list(t, "BYSETPOS", -5, 5, 3))
	}
	return strings.Join(rule, ";")
}

// dumb plays a rule by the library, from its start and to the end.
func dumb(t rapid.TB, text string, start, from, to Wall) []Wall {
	t.Helper()
	option, err := rrule.StrToROption(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	option.Dtstart = start.digits
	option.Until = to.digits
	rule, err := rrule.NewRRule(*option)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	var all []Wall
	for _, at := range rule.All() {
		if w := (Wall{at}); !w.Before(from) && w.Before(to) {
			all = append(all, w)
		}
	}
	return all
}

func rulePattern(t rapid.TB, text string) *pattern {
	t.Helper()
	option, err := rrule.StrToROption(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return newPattern(option)
}

func TestPatternEqualsTheLibraryWithoutSkipping(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start := clock(t)
		text := anyRule(t, start)
		span := 12 * 366
		if strings.Contains(text, "HOURLY") {
			span = 400
		}
		from := start.AddDays(rapid.IntRange(-10, span).Draw(t, "skipped days")).Add(time.Duration(rapid.IntRange(0, 86399).Draw(t, "seconds")) * time.Second)
		to := from.AddDays(rapid.IntRange(0, span).Draw(t, "days"))
		want := dumb(t, text, start, from, to)
		if got := slices.Collect(rulePattern(t, text).between(start, from, to)); !slices.Equal(got, want) {
			t.Fatalf("%s from %s, looked at from %s to %s:\ngot  %v\nwant %v", text, start, from, to, got, want)
		}
	})
}

// The standard library knows ISO weeks; of other weeks, what a week is is
// asked day by day.
func TestWeekNumbers(t *testing.T) {
	for d := dateFrom(1969, 12, 1); d.year < 2040; d = d.next() {
		at := d.at(0, 0, 0).digits
		if n, _ := d.weekNumber(0); n != isoWeek(at) {
			t.Fatalf("%s is in week %d, want %d", d.at(0, 0, 0), n, isoWeek(at))
		}
		for weekStart := range 7 {
			n, of := d.weekNumber(weekStart)
			// A week is of the year of its fourth day.
			fourth := at.AddDate(0, 0, 3-modulo(d.weekday()-weekStart, 7))
			want := (fourth.YearDay()-1)/7 + 1
			last := time.Date(fourth.Year(), 12, 31, 0, 0, 0, 0, time.UTC)
			for last.Weekday() != fourth.Weekday() {
				last = last.AddDate(0, 0, -1)
			}
			if n != want || of != (last.YearDay()-1)/7+1 {
				t.Fatalf("weeks from %d: %s is in week %d of %d, want %d of %d", weekStart, d.at(0, 0, 0), n, of, want, (last.YearDay()-1)/7+1)
			}
		}
	}
}

func isoWeek(t time.Time) int {
	_, week := t.ISOWeek()
	return week
}

func TestDatesGoOnAsTheStandardLibraryHasThem(t *testing.T) {
	d := dateFrom(1899, 12, 30)
	for n, end := d.n, d.n+2*146_097; n < end; n++ {
		at := time.Unix(int64(n)*secondsPerDay, 0).UTC()
		if want := (date{n, at.Year(), int(at.Month()), at.Day(), at.YearDay()}); d != want || dateAt(n) != want {
			t.Fatalf("day %d is %+v and %+v, want %+v", n, d, dateAt(n), want)
		}
		if d.weekday() != modulo(int(at.Weekday())-1, 7) {
			t.Fatalf("%s is weekday %d, want %s", d.at(0, 0, 0), d.weekday(), at.Weekday())
		}
		if end := time.Date(at.Year(), at.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day(); d.monthLength() != end {
			t.Fatalf("the month of %s has %d days, want %d", d.at(0, 0, 0), d.monthLength(), end)
		}
		d = d.next()
	}
}
