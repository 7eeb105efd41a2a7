package main

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/replay"
)

// monday is when the series of these tests begin.
func monday() time.Time { return time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC) }

// drawn is a series whose rows are what a curve is when they begin.
func drawn(start time.Time, step, span time.Duration, curve func(time.Time) float64) *replay.Trace {
	t := &replay.Trace{Start: start, Step: step}
	for at := start; at.Before(start.Add(span)); at = at.Add(step) {
		t.Values = append(t.Values, curve(at))
	}
	return t
}

func ramp(at time.Time) float64 { return 1000 + at.Sub(monday()).Minutes()/4 }

func daily(at time.Time) float64 {
	return 1000 + 500*math.Sin(2*math.Pi*at.Sub(monday()).Hours()/24)
}

func knownAt(t *testing.T, trace *replay.Trace, at time.Time, events ...*calendar.Event) *past {
	t.Helper()
	schedule, err := calendar.NewSchedule(events)
	if err != nil {
		t.Fatal(err)
	}
	p, err := learnt(trace, schedule.Timeline(calendar.Classes{}, trace.Start, trace.End().Add(24*time.Hour)), at, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// lags are by how much a forecast is late, as means over a day from a week on:
// what a median misses where the curve is steep. A level that is missed for
// another reason cancels out, over a day's rise and fall.
func lags(t *testing.T, trace *replay.Trace, off time.Duration, horizons ...time.Duration) []time.Duration {
	t.Helper()
	missed, steep := make([]float64, len(horizons)), make([]float64, len(horizons))
	for i := range 12 {
		at := trace.Start.Add(time.Duration(7*24+2*i)*time.Hour + off)
		p := knownAt(t, trace, at)
		for i, horizon := range horizons {
			then := at.Add(horizon)
			row := trace.Start.Add(then.Sub(trace.Start).Truncate(trace.Step))
			slope := (daily(row.Add(time.Second)) - daily(row.Add(-time.Second))) / 2
			missed[i] += (daily(row) - p.expect(then, []float64{0.5}).values[0]) * slope
			steep[i] += slope * slope
		}
	}
	late := make([]time.Duration, len(horizons))
	for i := range late {
		late[i] = time.Duration(missed[i] / steep[i] * float64(time.Second))
	}
	return late
}

func TestAForecastIsOnTime(t *testing.T) {
	horizons := []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour}
	for _, c := range []struct {
		step, off time.Duration
		most      []time.Duration
	}{
		{15 * time.Second, 0, []time.Duration{15 * time.Second, 15 * time.Second, 30 * time.Second, 30 * time.Second, 30 * time.Second}},
		{time.Minute, 0, []time.Duration{5 * time.Second, 10 * time.Second, 30 * time.Second, 30 * time.Second, 90 * time.Second}},
		{time.Minute, 20 * time.Second, []time.Duration{5 * time.Second, 10 * time.Second, 30 * time.Second, 30 * time.Second, 90 * time.Second}},
		// An hour is all that is learned: a row that begins later is the last of it. And
		// between two and five minutes ahead what is expected is interpolated.
		{5 * time.Minute, 0, []time.Duration{25 * time.Second, 30 * time.Second, 30 * time.Second, 45 * time.Second, 5 * time.Minute}},
		{5 * time.Minute, 3 * time.Minute, []time.Duration{25 * time.Second, 30 * time.Second, 30 * time.Second, 45 * time.Second, 5 * time.Minute}},
	} {
		trace := drawn(monday().Add(7*time.Second), c.step, 9*24*time.Hour, daily)
		for i, late := range lags(t, trace, c.off, horizons...) {
			if late.Abs() > c.most[i] {
				t.Errorf("a value every %s, at %s in a row, %s ahead: late by %s, want within %s", c.step, c.off, horizons[i], late, c.most[i])
			}
		}
	}
}

func TestTheMedianLiesOnTheCurve(t *testing.T) {
	for name, curve := range map[string]func(time.Time) float64{"ramp": ramp, "daily": daily} {
		for _, step := range []time.Duration{time.Minute, 5 * time.Minute} {
			trace := drawn(monday(), step, (7*24+15)*time.Hour, curve)
			p := knownAt(t, trace, trace.End())
			for d := time.Minute; d <= 55*time.Minute; d += time.Minute {
				at := trace.End().Add(d)
				want := curve(at.Truncate(step))
				// Half a percent is what misses are told apart by.
				if got := p.expect(at, []float64{0.5}).values[0]; math.Abs(got-want) > 0.009*want {
					t.Errorf("%s, a value every %s, %s ahead: got %.1f, want %.1f", name, step, d, got, want)
				}
			}
		}
	}
}

func TestNothingAfterAtIsLookedAt(t *testing.T) {
	for _, step := range []time.Duration{15 * time.Second, time.Minute, 5 * time.Minute} {
		for _, into := range []time.Duration{0, step - 1} {
			trace := drawn(monday(), step, 30*time.Hour, daily)
			known := int(26 * time.Hour / step)
			at := trace.Start.Add(time.Duration(known)*step + into)
			before := expected(t, trace, at)
			for i := known; i < len(trace.Values); i++ {
				trace.Values[i] = 1e6
			}
			if after := expected(t, trace, at); !slices.Equal(before, after) {
				t.Errorf("a value every %s, %s into a row: what comes later makes it\n%v, not\n%v", step, into, after, before)
			}
			trace.Values[known-1] *= 2
			if after := expected(t, trace, at); slices.Equal(before, after) {
				t.Errorf("a value every %s, %s into a row: the last that is known makes no difference", step, into)
			}
		}
	}
}

// expected is some of what is expected.
func expected(t *testing.T, trace *replay.Trace, at time.Time) (all []float64) {
	t.Helper()
	p := knownAt(t, trace, at)
	for d := time.Minute; d <= time.Hour; d += 7 * time.Minute {
		all = append(all, p.expect(at.Add(d), []float64{0.5, 0.9, 0.999}).values...)
	}
	return all
}

// final is an event of an hour that the marketer says triples demand.
func final(start time.Time) *calendar.Event {
	at := calendar.WallOf(start)
	return &calendar.Event{
		ID: "final", Title: "Final", Class: "final", Window: calendar.Window{Start: at, End: at.Add(time.Hour), Zone: time.UTC},
		Impact: calendar.Impact{Multiplier: 3}, Confidence: 1, Status: calendar.Confirmed,
	}
}

// eventful is a series whose level is three times as high for an hour.
func eventful(step time.Duration, start time.Time) *replay.Trace {
	return drawn(monday(), step, 60*time.Hour, func(at time.Time) float64 {
		if since := at.Sub(start); since >= 0 && since < time.Hour {
			return 300
		}
		return 100
	})
}

func TestAnEventCountsFromTheRowInWhichItBegins(t *testing.T) {
	start := monday().Add(50 * time.Hour)
	for _, c := range []struct{ step, ahead time.Duration }{
		// On the times ahead that a learner learns for, and between them.
		{time.Minute, time.Minute},
		{time.Minute, 4 * time.Minute},
		{time.Minute, 5 * time.Minute},
		{time.Minute, 10 * time.Minute},
		{time.Minute, 13 * time.Minute},
		{time.Minute, 20 * time.Minute},
		{time.Minute, 40 * time.Minute},
		{5 * time.Minute, time.Second},
	} {
		trace := eventful(c.step, start)
		at := start.Add(-c.ahead).Truncate(time.Minute)
		if c.ahead < time.Minute {
			at = start
		}
		first := at.Add(c.ahead)
		if e := knownAt(t, trace, at, final(start)).expect(first, []float64{0.5}); !e.lifted || e.values[0] < 250 || e.values[0] > 350 {
			t.Errorf("a value every %s, the start %s ahead: %+v, want three times as much", c.step, c.ahead, e)
		}
		if e := knownAt(t, trace, at).expect(first, []float64{0.5}); e.lifted || e.values[0] > 110 {
			t.Errorf("a value every %s, without a calendar: %+v, want as ever", c.step, e)
		}
		at, last := at.Add(-c.step), start.Add(-1)
		if e := knownAt(t, trace, at, final(start)).expect(last, []float64{0.5}); e.values[0] > 150 {
			t.Errorf("a value every %s, the row before the start, %s ahead: %+v, want as ever", c.step, last.Sub(at), e)
		}
	}
}

func TestAnEventThatHasComeSpeaksForItself(t *testing.T) {
	start := monday().Add(50 * time.Hour)
	for _, step := range []time.Duration{time.Minute, 5 * time.Minute} {
		at := start.Add(20 * time.Minute)
		p := knownAt(t, eventful(step, start), at, final(start))
		if e := p.expect(at.Add(10*time.Minute), []float64{0.5}); e.lifted {
			t.Errorf("a value every %s: an event that has come lifts what is expected: %+v", step, e)
		}
	}
}

func TestFirstHourIsHeld(t *testing.T) {
	for minutes, want := range map[int]bool{30: false, 60: false, 64: true} {
		trace := drawn(monday(), time.Minute, time.Duration(minutes)*time.Minute, func(time.Time) float64 { return 40 })
		p := knownAt(t, trace, trace.End())
		if p.learned != want {
			t.Errorf("after %d minutes: learned %t, want %t", minutes, p.learned, want)
		}
		if got := p.expect(trace.End().Add(30*time.Minute), []float64{0.5, 0.9}).values; math.Abs(got[0]-40) > 1 || got[1] < got[0] {
			t.Errorf("after %d minutes: got %v, want 40 and more", minutes, got)
		}
	}
}

func TestWhatIsNotKnownIsRefused(t *testing.T) {
	trace := drawn(monday(), time.Minute, 3*time.Hour, daily)
	for i := 100; i < len(trace.Values); i++ {
		trace.Values[i] = math.NaN()
	}
	none := calendar.Schedule{}.Timeline(calendar.Classes{}, monday(), trace.End())
	for minutes, want := range map[int]string{
		-5: "its first value has ended at 2026-11-02T00:01:00Z", 0: "its first value has ended", 1: "",
		160: "", 161: "its last value before has ended at 2026-11-02T01:40:00Z, more than 1h earlier",
	} {
		_, err := learnt(trace, none, monday().Add(time.Duration(minutes)*time.Minute), nil)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("at minute %d: got %v, want %q", minutes, err, want)
		}
	}
	if _, err := learnt(drawn(monday(), 2*time.Hour, 48*time.Hour, daily), none, monday().Add(24*time.Hour), nil); err == nil {
		t.Error("a value every two hours was taken")
	}
}

// People who come at nine by their clocks come at another hour in UTC, once
// clocks were moved.
func TestHabitsFollowTheClocks(t *testing.T) {
	malta, err := time.LoadLocation("Europe/Malta")
	if err != nil {
		t.Fatal(err)
	}
	moved := time.Date(2026, 10, 25, 8, 30, 0, 0, malta) // at 3:00 it was 2:00 again
	trace := drawn(moved.AddDate(0, 0, -10), time.Minute, 11*24*time.Hour, func(at time.Time) float64 {
		if hour := at.In(malta).Hour(); hour >= 9 && hour < 17 {
			return 1000
		}
		return 100
	})
	none := calendar.Schedule{}.Timeline(calendar.Classes{}, trace.Start, trace.End())
	for zone, want := range map[*time.Location]bool{malta: true, nil: false} {
		p, err := learnt(trace, none, moved, zone)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.expect(moved.Add(45*time.Minute), []float64{0.5}).values[0]; (got > 600) != want {
			t.Errorf("zone %v: got %.0f for a quarter past nine", zone, got)
		}
	}
}

func TestQuantilesOf(t *testing.T) {
	got, err := quantilesOf([]string{"0.95", "0.5", "0.95", "0.999"})
	if err != nil || !slices.Equal(got, []float64{0.5, 0.95, 0.999}) {
		t.Errorf("got %v, %v", got, err)
	}
	for text, want := range map[string]string{
		"0": "no probability", "1": "no probability", "-0.5": "no probability", "NaN": "no probability", "95": "no probability", "": "no probability",
		"0.499": "below the median", "0.9991": "the highest that is learned",
	} {
		if _, err := quantilesOf([]string{text}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
	if _, err := quantilesOf(nil); err == nil {
		t.Error("none were taken")
	}
}
