package telemetry

import (
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/forecast"
	"github.com/headstart-scaler/headstart/pipeline"
	"github.com/headstart-scaler/headstart/signal"
	"github.com/headstart-scaler/headstart/workload"
)

var update = flag.Bool("update", false, "write the goldens anew")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// board is the snapshot and configuration that metrics under test show.
type board struct {
	snapshot      *pipeline.Snapshot
	configuration Configuration
	schedule      Schedule
}

func (b *board) metrics() *Metrics {
	return NewMetrics(Options{
		Snapshot:      func() *pipeline.Snapshot { return b.snapshot },
		Configuration: func() Configuration { return b.configuration },
		Schedule:      func() Schedule { return b.schedule },
		Build:         Build{Version: "1.2.3", Revision: "abc123", GoVersion: "go1.26"},
		Log:           slog.New(slog.DiscardHandler),
	})
}

// covered is the coverage of a series that is the same all day.
func covered() forecast.Coverage {
	l := forecast.NewLearner(nil)
	for i := range 24 * 60 {
		l.Observe(noon.Add(time.Duration(i-24*60)*time.Minute), 1200)
	}
	return l.Coverage()
}

// full has one of everything: a decision, a stale one, one without an answer,
// and two triggers of one policy.
func full() *board {
	health := pipeline.Health{
		Ticks: 812, Overruns: 2, TurnedAway: 5, Took: 23 * time.Millisecond,
		Sources: []pipeline.SourceHealth{
			{Name: "kafka", Queries: 14, Took: 12 * time.Millisecond, Answered: noon, Errors: map[signal.Condition]uint64{signal.Unreachable: 3}},
			{Name: "prometheus", Queries: 40, Took: 1900 * time.Millisecond, Late: true},
		},
	}
	lag := decision.Component{Signal: "lag", Kind: signal.Backlog, Value: 1200, Age: 2 * time.Second, Condition: signal.Fine, Need: 4, Capacity: 25, Usable: true}
	lag.Coverage = covered()
	eu := entry("demo", "deposits", decision.Outcome{Mode: decision.Enforce, Replicas: 7, Plan: 7, Reactive: 7, Active: true, Inputs: []decision.Component{lag}})
	eu.Trigger.Topic = "deposits.eu"
	gone := lag
	gone.Condition, gone.Age = signal.Unreachable, 4*time.Minute
	entries := []*pipeline.Entry{
		entry("demo", "deposits", decision.Outcome{Mode: decision.Enforce, Replicas: 4, Plan: 4, Reactive: 3, Warm: 2, NodesKnown: true, Active: true, Inputs: []decision.Component{
			lag, {Signal: "p95", Kind: signal.Latency, Value: 0.31, Age: time.Second, Condition: signal.Fine, Usable: true},
		}}),
		eu,
		entry("demo", "mail", decision.Outcome{Mode: decision.Shadow, Replicas: 9, Plan: 4, Reactive: 4, Stale: true, Inputs: []decision.Component{gone}}),
		entry("other", "gateway", decision.Outcome{Mode: decision.Advise, Refusal: "never read", Active: true, Inputs: []decision.Component{
			{Signal: "sessions", Kind: signal.Connections, Condition: signal.Several, Capacity: 500},
		}}),
	}
	return &board{
		schedule:      Schedule{Events: 212, Occurrences: 14, Overrides: 2, Version: 7, ImportedAt: noon.Add(-3 * time.Hour), FilesRead: true, Kept: true, Answers: true},
		snapshot:      pipeline.NewSnapshot(noon, 812, "9f2c41d0", health, entries),
		configuration: Configuration{Hash: "9f2c41d0", Successful: true, SucceededAt: noon.Add(-time.Hour), RestartNeeded: true, ReactiveOnly: true},
	}
}

func entry(namespace, name string, o decision.Outcome) *pipeline.Entry {
	o.At, o.Policy = noon, name
	return &pipeline.Entry{
		Trigger:    workload.Trigger{Workload: workload.ID{Namespace: namespace, Name: name}, Policy: name},
		DecisionID: "d-" + name, Outcome: o,
	}
}

// fleet is a snapshot of n workloads with two signals each.
func fleet(n int) *board {
	entries := make([]*pipeline.Entry, n)
	for i := range entries {
		in := decision.Component{Signal: "requests", Kind: signal.Rate, Value: 1, Condition: signal.Fine, Capacity: 1, Usable: true}
		p95 := decision.Component{Signal: "p95", Kind: signal.Latency, Value: 1, Condition: signal.Fine, Usable: true}
		entries[i] = entry(fmt.Sprintf("ns-%d", i%50), fmt.Sprintf("workload-%d", i), decision.Outcome{Active: true, Inputs: []decision.Component{in, p95}})
	}
	return &board{snapshot: pipeline.NewSnapshot(noon, 1, "h", pipeline.Health{}, entries)}
}

// scrape returns what a scrape answers, headstart's own families only.
func scrape(t testing.TB, m *Metrics) string {
	t.Helper()
	recorder := httptest.NewRecorder()
	m.Handler().ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", http.NoBody))
	if recorder.Code != http.StatusOK {
		t.Fatalf("scrape answered %d: %s", recorder.Code, recorder.Body)
	}
	var own strings.Builder
	for line := range strings.Lines(recorder.Body.String()) {
		if strings.HasPrefix(strings.TrimPrefix(strings.TrimPrefix(line, "# HELP "), "# TYPE "), "headstart_") {
			own.WriteString(line)
		}
	}
	return own.String()
}
