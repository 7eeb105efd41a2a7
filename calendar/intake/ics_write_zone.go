package intake

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
)

// observance is what clocks of a zone are moved to: the same offsets, name and
// season, at one or several times.
type observance struct {
	before, after int // offsets in seconds
	name          string
	summer        bool
	onsets        []time.Time // digits of the clock before it is moved
}

// timezone writes a VTIMEZONE for the years in which a zone is used.
func (w *icsWriter) timezone(u *icsZoneUse) {
	w.line("BEGIN:VTIMEZONE")
	w.line("TZID:" + u.zone.String())
	for _, o := range observances(u) {
		kind := "STANDARD"
		if o.summer {
			kind = "DAYLIGHT"
		}
		w.line("BEGIN:" + kind)
		w.line("DTSTART:" + o.onsets[0].Format(wallLayout))
		w.line("TZOFFSETFROM:" + offsetText(o.before))
		w.line("TZOFFSETTO:" + offsetText(o.after))
		w.text("TZNAME", o.name)
		if rule := yearlyRule(o.onsets, u.to); rule != "" {
			w.line("RRULE:" + rule)
		} else if len(o.onsets) > 1 {
			for _, onset := range o.onsets { // ical.js reads one of a line, and no DTSTART beside them
				w.line("RDATE:" + onset.Format(wallLayout))
			}
		}
		w.line("END:" + kind)
	}
	w.line("END:VTIMEZONE")
}

// observances are what a zone's clocks are moved to from the year before it is
// used on. The first one is what was in force then.
func observances(u *icsZoneUse) []observance {
	t := time.Date(u.from-1, 1, 1, 0, 0, 0, 0, time.UTC).In(u.zone)
	end := time.Date(u.to+1, 1, 1, 0, 0, 0, 0, time.UTC)
	name, before := t.Zone()
	all := []observance{{before, before, name, t.IsDST(), []time.Time{digits(t, before)}}}
	for {
		next := calendar.ZoneEnd(t)
		if next.IsZero() || !next.Before(end) {
			return all
		}
		name, after := next.Zone()
		if last, _ := t.Zone(); after == before && name == last { // the zone's table ends there, and nothing changes
			t = next
			continue
		}
		o := observance{before, after, name, next.IsDST(), []time.Time{digits(next, before)}}
		same := slices.IndexFunc(all, func(a observance) bool {
			return a.before == o.before && a.after == o.after && a.name == o.name && a.summer == o.summer
		})
		if same > 0 {
			all[same].onsets = append(all[same].onsets, o.onsets...)
		} else {
			all = append(all, o)
		}
		t, before = next, after
	}
}

// digits is what a clock with an offset shows at an instant.
func digits(t time.Time, offset int) time.Time {
	return t.UTC().Add(time.Duration(offset) * time.Second)
}

// yearlyRule is the rule of onsets that fall on the same weekday of the same
// week of a month, at the same time, each year up to the last: "" where they do
// not.
func yearlyRule(onsets []time.Time, last int) string {
	const least = 3 // fewer do not make a rule
	if len(onsets) < least || onsets[len(onsets)-1].Year() < last {
		return ""
	}
	first := onsets[0]
	nth, fromEnd := (first.Day()-1)/7+1, true
	for i, at := range onsets {
		if at.Year() != first.Year()+i || at.Month() != first.Month() || at.Weekday() != first.Weekday() || at.Format("1504") != first.Format("1504") {
			return ""
		}
		if (at.Day()-1)/7+1 != nth {
			nth = 0
		}
		fromEnd = fromEnd && at.AddDate(0, 0, 7).Month() != at.Month()
	}
	switch day := strings.ToUpper(first.Weekday().String()[:2]); {
	case fromEnd:
		return fmt.Sprintf("FREQ=YEARLY;BYMONTH=%d;BYDAY=-1%s", first.Month(), day)
	case nth > 0:
		return fmt.Sprintf("FREQ=YEARLY;BYMONTH=%d;BYDAY=%d%s", first.Month(), nth, day)
	default:
		return ""
	}
}

func offsetText(seconds int) string {
	sign := '+'
	if seconds < 0 {
		sign, seconds = '-', -seconds
	}
	text := fmt.Sprintf("%c%02d%02d", sign, seconds/3600, seconds/60%60)
	if seconds%60 != 0 {
		text += fmt.Sprintf("%02d", seconds%60)
	}
	return text
}
