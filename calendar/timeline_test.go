package calendar_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/teambition/rrule-go"
	"pgregory.net/rapid"

	"github.com/headstart-scaler/headstart/calendar"
)

// plan is an event as the oracle reads it: by the library's own instances.
type plan struct {
	event *calendar.Event
	rule  string
}

// planned draws an event near an instant at which clocks are moved.
func planned(t *rapid.T, id int) plan {
	z := zone(t, rapid.SampledFrom(zones()).Draw(t, "zone"))
	start := calendar.WallOf(nearMove(t, z, 50)).AddDays(-rapid.IntRange(0, 20).Draw(t, "days before"))
	e := &calendar.Event{
		ID: fmt.Sprint(id), Title: "x", Class: rapid.SampledFrom([]string{"", "ramped"}).Draw(t, "class"),
		Window: calendar.Window{Start: start, End: start.Add(time.Duration(rapid.SampledFrom([]int{1, 30, 60, 90, 600, 1440, 3000}).Draw(t, "minutes")) * time.Minute), Zone: z},
		Impact: calendar.Impact{Multiplier: 2}, Confidence: 1,
		Status: rapid.SampledFrom([]calendar.Status{calendar.Confirmed, calendar.Confirmed, calendar.Tentative, calendar.Cancelled}).Draw(t, "status"),
	}
	if rapid.Bool().Draw(t, "has a ramp") {
		e.Ramp = calendar.Ramp{Up: 90 * time.Minute}
	}
	text := rapid.SampledFrom([]string{"", "FREQ=DAILY", "FREQ=WEEKLY;BYDAY=SU,MO", "FREQ=HOURLY;INTERVAL=5", "FREQ=DAILY;INTERVAL=3;COUNT=5"}).Draw(t, "rule")
	var rule calendar.Rule
	if text != "" {
		var err error
		if rule, err = calendar.ParseRule(text, start, z); err != nil {
			t.Fatal(err)
		}
	}
	near := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) calendar.Wall { return start.AddDays(rapid.IntRange(0, 9).Draw(t, "day")) }), 0, 2)
	var moved []calendar.Move
	for _, from := range near.Draw(t, "moved") {
		to := from.Add(time.Duration(rapid.IntRange(-3000, 3000).Draw(t, "moved by")) * time.Minute)
		moved = append(moved, calendar.Move{From: from, Start: to, End: to.Add(time.Hour)})
	}
	e.Recurrence = calendar.NewRecurrence(rule, near.Draw(t, "extra"), near.Draw(t, "left out"), moved)
	return plan{e, text}
}

// windows are all of an event's up to a clock, without skipping, as RFC 5545
// builds a set: the start, the rule's and further ones, less those left out.
func (p plan) windows(t rapid.TB, to calendar.Wall) []calendar.Window {
	e := p.event
	starts := append([]calendar.Wall{e.Window.Start}, e.Recurrence.Extra()...)
	if p.rule != "" {
		option, err := rrule.StrToROption(p.rule)
		if err != nil {
			t.Fatal(err)
		}
		option.Dtstart, option.Until = e.Window.Start.Digits(), to.Digits()
		rule, err := rrule.NewRRule(*option)
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range rule.All() {
			starts = append(starts, calendar.WallOf(at))
		}
	}
	moves := e.Recurrence.Moved()
	starts = slices.DeleteFunc(starts, func(w calendar.Wall) bool {
		return slices.Contains(e.Recurrence.Left(), w) || slices.ContainsFunc(moves, func(m calendar.Move) bool { return m.From == w })
	})
	var all []calendar.Window
	for _, w := range starts {
		all = append(all, e.Window.From(w))
	}
	for _, m := range moves {
		all = append(all, calendar.Window{Start: m.Start, End: m.End, Zone: e.Window.Zone})
	}
	return all
}

// Each minute of some days is asked which events take place. The oracle knows
// them by the instants of all their windows; that these are the clock's is
// TestWindowsAreWhatTheClockShows.
func TestTimelineEqualsAskingEachMinute(t *testing.T) {
	classes := calendar.Classes{"ramped": {Name: "ramped", Ramp: calendar.Ramp{Up: time.Hour, Down: 30 * time.Minute}, IgnoreTentative: true}}
	rapid.Check(t, func(t *rapid.T) {
		var plans []plan
		var events []*calendar.Event
		for i := range rapid.IntRange(1, 4).Draw(t, "events") {
			plans = append(plans, planned(t, i))
			events = append(events, plans[i].event)
		}
		s, err := calendar.NewSchedule(events)
		if err != nil {
			t.Fatal(err)
		}
		w := plans[0].event.Window
		from := w.Start.In(w.Zone).Earliest.Truncate(time.Minute).AddDate(0, 0, rapid.IntRange(-2, 40).Draw(t, "from day"))
		to := from.AddDate(0, 0, rapid.IntRange(1, 3).Draw(t, "for days"))
		l := s.Timeline(classes, from, to)
		wanted := spansOf(t, plans, classes, calendar.WallOf(to.UTC()).AddDays(3))
		for at := from; at.Before(to); at = at.Add(7 * time.Minute) {
			names := map[string]bool{}
			for _, o := range l.Between(at, at.Add(1)) {
				names[fmt.Sprint(o.Name(), o.End.Sub(o.Start))] = true
			}
			if want := wanted.at(at); !maps.Equal(names, want) {
				t.Fatalf("at %s: got %v, want %v of %v", at, names, want, wanted)
			}
		}
	})
}

// spans are when occurrences count, by their names and lengths.
type spans map[string][2]time.Time

func (s spans) at(at time.Time) map[string]bool {
	names := map[string]bool{}
	for name, span := range s {
		if !span[0].After(at) && span[1].After(at) {
			names[name] = true
		}
	}
	return names
}

func spansOf(t rapid.TB, plans []plan, classes calendar.Classes, to calendar.Wall) spans {
	all := spans{}
	for _, p := range plans {
		class := classes[p.event.Class]
		if p.event.Status == calendar.Cancelled || p.event.Status == calendar.Tentative && class.IgnoreTentative {
			continue
		}
		ramp := p.event.Ramp
		if ramp == (calendar.Ramp{}) {
			ramp = class.Ramp
		}
		for _, w := range p.windows(t, to) {
			start, end := w.Instants()
			o := calendar.Occurrence{Event: p.event, Start: start, End: end}
			all[fmt.Sprint(o.Name(), end.Sub(start))] = [2]time.Time{start.Add(-ramp.Up), end.Add(ramp.Down)}
		}
	}
	return all
}

// A clock on the wall is looked at each minute: while it shows a time inside
// the window, the window is on.
func TestWindowsAreWhatTheClockShows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z := zone(t, rapid.SampledFrom(zones()).Draw(t, "zone"))
		w := calendar.Window{Start: calendar.WallOf(nearMove(t, z, 6)), Zone: z}
		w.End = w.Start.Add(time.Duration(rapid.IntRange(1, 1500).Draw(t, "minutes")) * time.Minute)
		start, end := w.Instants()
		if !start.Before(end) {
			t.Fatalf("%s to %s in %s is lost: %s to %s", w.Start, w.End, z, start, end)
		}
		inGap := w.Start.In(z).Kind == never || w.End.In(z).Kind == never
		for at := w.Start.Digits().Add(-30 * time.Hour); at.Before(w.End.Digits().Add(30 * time.Hour)); at = at.Add(time.Minute) {
			shows := calendar.WallOf(at.In(z))
			inside := !shows.Before(w.Start) && shows.Before(w.End)
			on := !at.Before(start) && at.Before(end)
			// Where clocks are put back over an end, what lies between its two
			// readings is part of the window; a start in a gap begins later.
			if inside && !on && !inGap {
				t.Fatalf("%s shows %s, inside %s to %s, but it lasts from %s to %s", z, shows, w.Start, w.End, start, end)
			}
			if on && !inside && !inGap && w.Start.In(z).Kind == once && w.End.In(z).Kind == once && !putBack(z, start, end) {
				t.Fatalf("%s shows %s, outside %s to %s, but it lasts from %s to %s", z, shows, w.Start, w.End, start, end)
			}
		}
	})
}

// putBack reports whether clocks are moved in between: then the clock shows
// times again, or leaves some out.
func putBack(z *time.Location, from, to time.Time) bool {
	_, before := from.In(z).Zone()
	_, after := to.In(z).Zone()
	return before != after
}

// hoursLong draws events of some hours, with ramps, around four days.
func hoursLong(t *rapid.T, base time.Time) calendar.Schedule {
	hours := func(name string, low, high int) time.Duration {
		return time.Duration(rapid.IntRange(low, high).Draw(t, name)) * time.Hour
	}
	var events []*calendar.Event
	for i := range rapid.IntRange(0, 40).Draw(t, "events") {
		start := calendar.WallOf(base).Add(hours("start", -10, 80))
		events = append(events, &calendar.Event{
			ID: fmt.Sprint(i), Title: "x", Confidence: 1, Status: calendar.Confirmed,
			Window: calendar.Window{Start: start, End: start.Add(hours("length", 1, 30)), Zone: time.UTC},
			Ramp:   calendar.Ramp{Up: hours("up", 0, 3), Down: hours("down", 0, 3)},
		})
	}
	s, err := calendar.NewSchedule(events)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func names(occurrences []calendar.Occurrence) []string {
	all := []string{}
	for _, o := range occurrences {
		all = append(all, o.Name())
	}
	return all
}

func TestBetweenEqualsLookingAtAll(t *testing.T) {
	base := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		end := base.Add(72 * time.Hour)
		l := hoursLong(t, base).Timeline(nil, base, end)
		all := l.Between(base, end)
		if len(all) != l.Len() {
			t.Fatalf("%d of %d occurrences are in the whole window", len(all), l.Len())
		}
		from := base.Add(time.Duration(rapid.IntRange(-5, 80).Draw(t, "from")) * time.Hour)
		to := from.Add(time.Duration(rapid.IntRange(-1, 30).Draw(t, "for")) * time.Hour)
		found := l.Between(from, to)
		// Outside its window a timeline knows of nothing.
		first := time.Unix(max(from.Unix(), base.Unix()), 0)
		last := time.Unix(min(to.Unix(), end.Unix()), 0)
		want := names(slices.DeleteFunc(all, func(o calendar.Occurrence) bool {
			return !first.Before(last) || !o.From().Before(last) || !o.To().After(first)
		}))
		if got := names(found); !slices.Equal(got, want) {
			t.Fatalf("%s to %s: got %v, want %v", from, to, got, want)
		}
		if !slices.IsSortedFunc(found, func(a, b calendar.Occurrence) int { return a.From().Compare(b.From()) }) {
			t.Fatalf("%v are not in the order in which they begin", names(found))
		}
	})
}

func TestBetweenIsHalfOpen(t *testing.T) {
	start := wall(t, "2026-11-24T10:00")
	s, err := calendar.NewSchedule([]*calendar.Event{{
		ID: "a", Title: "a", Window: calendar.Window{Start: start, End: start.Add(time.Hour), Zone: time.UTC},
		Confidence: 1, Status: calendar.Confirmed, Ramp: calendar.Ramp{Up: time.Minute, Down: 2 * time.Minute},
	}})
	if err != nil {
		t.Fatal(err)
	}
	begins, ceases := start.Digits().Add(-time.Minute), start.Digits().Add(time.Hour+2*time.Minute)
	for _, c := range []struct {
		name     string
		from, to time.Time
		want     int
	}{
		{"up to its rise", begins.Add(-time.Hour), begins, 0},
		{"an instant into its rise", begins.Add(-time.Hour), begins.Add(1), 1},
		{"from the last instant of its fall", ceases.Add(-1), ceases.Add(time.Hour), 1},
		{"from where it has ceased", ceases, ceases.Add(time.Hour), 0},
		{"nothing", start.Digits(), start.Digits(), 0},
		{"backwards", start.Digits().Add(2), start.Digits().Add(1), 0},
	} {
		// The same is asked of a timeline made for it, and of a wide one.
		if n := s.Timeline(nil, c.from, c.to).Len(); n != c.want && c.from.Before(c.to) {
			t.Errorf("%s: a timeline has %d, want %d", c.name, n, c.want)
		}
		if n := len(s.Timeline(nil, begins.Add(-48*time.Hour), ceases.Add(48*time.Hour)).Between(c.from, c.to)); n != c.want {
			t.Errorf("%s: got %d, want %d", c.name, n, c.want)
		}
	}
}

// The ramps may be far longer than any zone is from UTC.
func TestTimelineSeesTheEndsOfLongRamps(t *testing.T) {
	e := recurring(t, "FREQ=DAILY;COUNT=2", "2026-03-10T20:00", "UTC")
	e.Ramp = calendar.Ramp{Up: 6 * 24 * time.Hour, Down: 7 * 24 * time.Hour}
	for _, c := range []struct {
		from string
		want int
	}{{"2026-03-03", 0}, {"2026-03-04", 1}, {"2026-03-05", 2}, {"2026-03-17", 2}, {"2026-03-18", 1}, {"2026-03-19", 0}} {
		if n := schedule(t, e).Timeline(nil, day(t, c.from), day(t, c.from).Add(20*time.Hour+time.Minute)).Len(); n != c.want {
			t.Errorf("%d count on %s, want %d", n, c.from, c.want)
		}
	}
}
