package calendar_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
)

// threeYears is 100 000 events from 2026 on: 2 000 weekly ones and 98 000 that
// take place once, in five zones, half an hour to a weekend long.
func threeYears(b *testing.B) calendar.Schedule {
	b.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	zones := []*time.Location{zone(b, "Europe/Malta"), zone(b, "America/New_York"), zone(b, "Australia/Lord_Howe"), zone(b, "Asia/Kolkata"), time.UTC}
	events := make([]*calendar.Event, 100_000)
	for i := range events {
		start := calendar.Date(2026, 1, 1).AddDays(random.IntN(3*365)).At(random.IntN(24), 30*random.IntN(2))
		e := &calendar.Event{
			ID: fmt.Sprintf("event-%06d", i), Title: "Tournament", Class: "tournament",
			Window: calendar.Window{Start: start, Zone: zones[random.IntN(len(zones))]},
			Impact: calendar.Impact{Multiplier: 3}, Confidence: 1, Status: calendar.Confirmed,
		}
		if i < 2000 {
			e.Window.Start = calendar.Date(2026, 1, 1).AddDays(random.IntN(7)).At(random.IntN(24), 0)
			rule, err := calendar.ParseRule("FREQ=WEEKLY", e.Window.Start, e.Window.Zone)
			if err != nil {
				b.Fatal(err)
			}
			e.Recurrence = calendar.NewRecurrence(rule, nil, nil, nil)
		}
		length := time.Duration(1+random.IntN(8)) * 30 * time.Minute
		if i%100 == 0 {
			length = 48 * time.Hour
		}
		e.Window.End = e.Window.Start.Add(length)
		events[i] = e
	}
	s, err := calendar.NewSchedule(events)
	if err != nil {
		b.Fatal(err)
	}
	return s
}

func tournaments() calendar.Classes {
	return calendar.Classes{"tournament": {Name: "tournament", Ramp: calendar.Ramp{Up: 30 * time.Minute, Down: 15 * time.Minute}}}
}

func BenchmarkTimeline(b *testing.B) {
	s := threeYears(b)
	from := time.Date(2027, 6, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name string
		from time.Time
		days int
	}{{"40 days", from, 40}, {"3 years", time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), 3 * 365}} {
		b.Run(c.name, func(b *testing.B) {
			var l *calendar.Timeline
			b.ReportAllocs()
			for b.Loop() {
				l = s.Timeline(tournaments(), c.from, c.from.AddDate(0, 0, c.days))
			}
			b.ReportMetric(float64(l.Len()), "occurrences")
			b.ReportMetric(held(func() any { return s.Timeline(tournaments(), c.from, c.from.AddDate(0, 0, c.days)) })/float64(l.Len()), "heldB/occurrence")
		})
	}
}

// held is the bytes that a value keeps.
func held(make func() any) float64 {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	kept := make()
	runtime.GC()
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(kept)
	return float64(after.HeapAlloc) - float64(before.HeapAlloc)
}

func BenchmarkScheduleHeld(b *testing.B) {
	for b.Loop() {
		b.ReportMetric(held(func() any { return threeYears(b) })/100_000, "heldB/event")
	}
}

func BenchmarkBetween(b *testing.B) {
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	l := threeYears(b).Timeline(tournaments(), from, from.AddDate(3, 0, 0))
	for _, c := range []struct {
		name   string
		length time.Duration
	}{{"a day", 24 * time.Hour}, {"10 minutes", 10 * time.Minute}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			var found []calendar.Occurrence
			for b.Loop() {
				at := from.AddDate(1, 5, 0)
				found = l.Between(at, at.Add(c.length))
			}
			b.ReportMetric(float64(len(found)), "occurrences")
		})
	}
}

func BenchmarkEffectAt(b *testing.B) {
	from := time.Date(2027, 6, 1, 12, 0, 0, 0, time.UTC)
	l := threeYears(b).Timeline(tournaments(), from, from.AddDate(0, 0, 1))
	found := l.Between(from, from.Add(time.Minute))
	for b.Loop() {
		calendar.EffectAt(found, from)
	}
	b.ReportMetric(float64(len(found)), "occurrences")
}

func BenchmarkParseRule(b *testing.B) {
	start := calendar.Date(2026, 1, 1).At(20, 0)
	for _, text := range []string{
		"FREQ=WEEKLY;BYDAY=SA", "FREQ=HOURLY;COUNT=87600", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
		"FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
	} {
		b.Run(text, func(b *testing.B) {
			for b.Loop() {
				_, _ = calendar.ParseRule(text, start, time.UTC)
			}
		})
	}
}
