package intake

import (
	"errors"
	"math"
	"strings"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
)

// stamp is a DATE or a DATE-TIME: a clock, and how it is meant.
type stamp struct {
	wall calendar.Wall
	date bool // no time was given
	utc  bool
	tzid string
}

// What is wrong with a DATE or a DATE-TIME.
var (
	errDate = errors.New("no date such as 20260320")
	errTime = errors.New("no date and time such as 20260320T200000")
)

// parseStamp reads one value of a property: 20260320, 20260320T200000 with a
// TZID or without, 20260320T190000Z. 240000 is the next midnight.
func parseStamp(p *property, value string) (stamp, error) {
	value = strings.ToUpper(strings.TrimSpace(value))
	day, clock, timed := strings.Cut(value, "T")
	digits, err := time.Parse("20060102", day)
	if err != nil {
		return stamp{}, errDate
	}
	s := stamp{wall: calendar.WallOf(digits), date: !timed}
	if !timed {
		return s, nil
	}
	if strings.EqualFold(p.param("VALUE"), "DATE") {
		return stamp{}, errDate
	}
	if clock, s.utc = strings.CutSuffix(clock, "Z"); !s.utc {
		s.tzid = p.param("TZID")
	}
	if clock == "240000" {
		s.wall = s.wall.AddDays(1)
		return s, nil
	}
	at, err := time.Parse("150405", clock)
	if err != nil || len(clock) != len("150405") {
		return stamp{}, errTime
	}
	s.wall = s.wall.Add(at.Sub(at.Truncate(24 * time.Hour)))
	return s, nil
}

// period is a DURATION (RFC 5545, 3.3.6): days are pages of the calendar, and
// the rest is time that passes, which differs in the nights in which clocks are
// moved.
type period struct {
	days int
	rest time.Duration
}

var errPeriod = errors.New("no duration such as PT90M or P1D")

// longestPeriod is in days, and more than a window may be long.
const longestPeriod = 1000

// parsePeriod reads P1W, P1D, PT90M, P1DT2H.
func parsePeriod(text string) (period, error) {
	text = strings.ToUpper(strings.TrimSpace(text))
	text, ok := strings.CutPrefix(strings.TrimPrefix(text, "+"), "P")
	if !ok || text == "" || strings.HasSuffix(text, "T") {
		return period{}, errPeriod
	}
	var p period
	days, clock, _ := strings.Cut(text, "T")
	for _, unit := range []struct {
		letter byte
		days   int
	}{{'W', 7}, {'D', 1}} {
		n, rest, ok := cutCount(days, unit.letter)
		if !ok {
			return period{}, errPeriod
		}
		p.days += n * unit.days
		days = rest
	}
	for _, unit := range []struct {
		letter byte
		length time.Duration
	}{{'H', time.Hour}, {'M', time.Minute}, {'S', time.Second}} {
		n, rest, ok := cutCount(clock, unit.letter)
		if !ok || n > int(longestPeriod*24*time.Hour/unit.length) {
			return period{}, errPeriod
		}
		p.rest += time.Duration(n) * unit.length
		clock = rest
	}
	if days != "" || clock != "" || p.days > longestPeriod {
		return period{}, errPeriod
	}
	return p, nil
}

// cutCount cuts 15 from 15M30S where the letter is M; where the letter does not
// follow, the number is 0.
func cutCount(text string, letter byte) (n int, rest string, ok bool) {
	end := strings.IndexByte(text, letter)
	if end < 0 {
		return 0, text, true
	}
	if end == 0 || end > 8 {
		return 0, text, false
	}
	for _, c := range []byte(text[:end]) {
		if c < '0' || c > '9' {
			return 0, text, false
		}
		n = n*10 + int(c-'0')
	}
	return n, text[end+1:], n <= math.MaxInt32
}

// from is the clock at which a period ends that starts at another.
func (p period) from(start calendar.Wall, zone *time.Location) calendar.Wall {
	end := start.AddDays(p.days)
	if p.rest == 0 {
		return end
	}
	return calendar.WallOf(end.In(zone).Earliest.Add(p.rest))
}
