package pipeline

import (
	"fmt"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/forecast"
	"github.com/headstart-scaler/headstart/workload"
)

// BenchmarkTick10000Events is a tick while a hundred events take place at once,
// four of which concern each workload: a platform on its busiest evening.
func BenchmarkTick10000Events(b *testing.B) {
	now := time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)
	const brands, events = 25, 100
	var all []*calendar.Event
	for i := range events {
		begin := calendar.WallOf(now.Add(-time.Hour))
		all = append(all, &calendar.Event{
			ID: fmt.Sprintf("promo-%03d", i), Title: "Promo", Window: calendar.Window{Start: begin, End: begin.Add(24 * time.Hour), Zone: time.UTC},
			Scope:  calendar.Scope{Brands: []string{fmt.Sprintf("Brand %d", i%brands)}, Markets: []string{"MT", "SE"}},
			Impact: calendar.Impact{Multiplier: 1.1 + float64(i)/100}, Confidence: 1, Status: calendar.Confirmed,
		})
	}
	schedule, err := calendar.NewSchedule(all)
	if err != nil {
		b.Fatal(err)
	}
	p := benchFleet(&now, forecast.Hold{})
	labels := make([]map[string]string, brands)
	for i := range labels {
		labels[i] = map[string]string{"brand": fmt.Sprintf("brand-%d", i), "market": "mt", "team": "x", "tier": "gold"}
	}
	p.options.Labels = func(id workload.ID) (map[string]string, bool) {
		return labels[len(id.Name)*int(id.Name[len(id.Name)-1])%brands], true
	}
	p.Follow(&Agenda{Timeline: schedule.Timeline(nil, now.Add(-time.Hour), now.Add(26*time.Hour))})
	for range 3 {
		now = now.Add(p.options.Tick)
		p.Tick(b.Context())
	}
	concerned := 0
	for e := range p.Snapshot().All {
		concerned += len(e.Outcome.Events)
	}
	for b.Loop() {
		now = now.Add(p.options.Tick)
		p.Tick(b.Context())
	}
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/tick")
	b.ReportMetric(float64(concerned)/benchWorkloads, "events/workload")
}
