package calendar_test

import (
	"fmt"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
)

// A weekly tournament in Malta, in the week in which the clocks are put forward.
func Example() {
	malta, err := time.LoadLocation("Europe/Malta")
	if err != nil {
		panic(err)
	}
	start := calendar.Date(2026, time.March, 21).At(20, 0)
	weekly, err := calendar.ParseRule("FREQ=WEEKLY;BYDAY=SA", start, malta)
	if err != nil {
		panic(err)
	}
	schedule, err := calendar.NewSchedule([]*calendar.Event{{
		ID: "sat-20", Title: "Saturday tournament", Class: "tournament",
		Window:     calendar.Window{Start: start, End: start.Add(3 * time.Hour), Zone: malta},
		Recurrence: calendar.NewRecurrence(weekly, nil, nil, nil),
		Impact:     calendar.Impact{Multiplier: 3}, Confidence: 1, Status: calendar.Confirmed,
	}})
	if err != nil {
		panic(err)
	}
	classes := calendar.Classes{"tournament": {Name: "tournament", Ramp: calendar.Ramp{Up: 30 * time.Minute}}}
	from := time.Date(2026, time.March, 20, 0, 0, 0, 0, time.UTC)
	for _, o := range schedule.Timeline(classes, from, from.AddDate(0, 0, 14)).Between(from, from.AddDate(0, 0, 14)) {
		at := o.Start.Add(-15 * time.Minute)
		fmt.Println(o.Start.UTC().Format(time.RFC3339), "×", calendar.EffectAt([]calendar.Occurrence{o}, at).Multiplier, "a quarter of an hour before")
	}
	// Output:
	// 2026-03-21T19:00:00Z × 2 a quarter of an hour before
	// 2026-03-28T19:00:00Z × 2 a quarter of an hour before
}
