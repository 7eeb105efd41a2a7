package intake

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
)

// manyEvents is a schedule of three years: one event in fifty recurs.
func manyEvents(tb testing.TB, n int) calendar.Schedule {
	tb.Helper()
	zone, err := time.LoadLocation("Europe/Malta")
	if err != nil {
		tb.Fatal(err)
	}
	events := make([]*calendar.Event, n)
	for i := range events {
		start := calendar.Date(2026, time.December, 1).Add(time.Duration(i)*3*365*24*time.Hour/time.Duration(n)).Midnight().At(i%24, 0)
		e := &calendar.Event{
			ID: fmt.Sprintf("event-%06d", i), Title: fmt.Sprintf("Tournament %d", i), Class: "tournament",
			Window: calendar.Window{Start: start, End: start.Add(2 * time.Hour), Zone: zone},
			Scope:  calendar.Scope{Brands: []string{fmt.Sprintf("Brand %d", i%500)}, Markets: []string{"MT", "DE"}},
			Impact: calendar.Impact{Multiplier: 1.5 + float64(i%10)}, Confidence: 0.8, Status: calendar.Confirmed,
			Owner: "ana@example.com", Notes: "As agreed with the studio",
		}
		if i%50 == 0 {
			rule, err := calendar.ParseRule("FREQ=WEEKLY", start, zone)
			if err != nil {
				tb.Fatal(err)
			}
			e.Recurrence = calendar.NewRecurrence(rule, nil, nil, nil)
		}
		events[i] = e
	}
	s, err := calendar.NewSchedule(events)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// BenchmarkRead reads 100 000 events with all checks, and states the memory
// that is held at its most.
func BenchmarkRead(b *testing.B) {
	s := manyEvents(b, 100_000)
	workbook, err := WriteXLSX(s)
	if err != nil {
		b.Fatal(err)
	}
	for _, file := range []struct {
		name string
		data []byte
	}{{"csv", WriteCSV(s)}, {"xlsx", workbook}, {"json", EncodeJSON(s)}} {
		b.Run(file.name, func(b *testing.B) {
			b.ReportAllocs()
			var most uint64
			for b.Loop() {
				stop := watchHeap(&most)
				r := Read(file.data, Options{Now: time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)})
				stop()
				if !r.OK() || len(r.Events) != 100_000 {
					b.Fatal(len(r.Events), r.Errors)
				}
			}
			b.ReportMetric(float64(most)/(1<<20), "MB-peak")
			b.ReportMetric(float64(len(file.data))/(1<<20), "MB-file")
		})
	}
}

// watchHeap notes the most memory in use until it is stopped.
func watchHeap(most *uint64) (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	runtime.GC()
	go func() {
		defer close(ended)
		var m runtime.MemStats
		for {
			runtime.ReadMemStats(&m)
			*most = max(*most, m.HeapInuse+m.StackInuse)
			select {
			case <-done:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	return func() { close(done); <-ended }
}
