package web

import (
	"errors"
	"flag"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/pipeline"
	"github.com/headstart-scaler/headstart/signal"
	"github.com/headstart-scaler/headstart/workload"
)

var update = flag.Bool("update", false, "write the goldens anew")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// noon is when the fixture's tick decided; the clock stands two seconds later.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// world is what a server under test shows, and may be changed between requests.
type world struct {
	snapshot      atomic.Pointer[pipeline.Snapshot]
	configuration Configuration
	now           time.Time
	// asked is what the ledger was last asked; past and refusal what it says.
	asked   asked
	past    []*pipeline.Entry
	refusal error
	api     http.Handler // set before the first request, like metrics
	metrics http.Handler // set before the first request
	log     *slog.Logger
	made    *Server
}

type asked struct {
	id     workload.ID
	policy string
	at     time.Time
}

func (w *world) Explain(id workload.ID, policy string, at time.Time) ([]*pipeline.Entry, error) {
	w.asked = asked{id, policy, at}
	return w.past, w.refusal
}

func newWorld(entries ...*pipeline.Entry) *world {
	w := &world{
		now: noon.Add(2 * time.Second), log: slog.New(slog.DiscardHandler),
		configuration: Configuration{Hash: "9f2c41d0", LoadedAt: noon.Add(-time.Hour), CheckedAt: noon.Add(-time.Minute)},
		refusal:       errors.New("workload \"x/y\" is not in use: did you mean demo/deposits?"),
	}
	w.publish(entries...)
	return w
}

func (w *world) publish(entries ...*pipeline.Entry) {
	health := pipeline.Health{
		Ticks: 812, Overruns: 1, Took: 23 * time.Millisecond,
		Sources: []pipeline.SourceHealth{
			{Name: "kafka", Queries: 14, Took: 12 * time.Millisecond, Answered: noon, Errors: map[signal.Condition]uint64{signal.Unreachable: 3, signal.Empty: 1}},
			{Name: "prometheus", Queries: 40, Took: 1900 * time.Millisecond, Late: true, Answered: noon.Add(-15 * time.Second)},
		},
	}
	w.snapshot.Store(pipeline.NewSnapshot(noon, 812, "9f2c41d0", health, entries))
}

func (w *world) server() *Server {
	if w.made == nil {
		w.made = New(Options{
			Snapshot: w.snapshot.Load, Configuration: func() Configuration { return w.configuration }, Ledger: w,
			Metrics: w.metrics, API: w.api, Version: "1.2.3", MaxAge: 30 * time.Second, Log: w.log, Now: func() time.Time { return w.now },
		})
	}
	return w.made
}

// get asks a server of the world; headers alternate name and value.
func (w *world) get(t *testing.T, target string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	return w.ask(t, http.MethodGet, target, headers...)
}

func (w *world) ask(t *testing.T, method, target string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, target, http.NoBody)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	recorder := httptest.NewRecorder()
	w.server().ServeHTTP(recorder, r)
	return recorder
}

func entry(namespace, name, policy string, o decision.Outcome) *pipeline.Entry {
	o.Policy = policy
	if o.At.IsZero() {
		o.At = noon
	}
	return &pipeline.Entry{
		Trigger:    workload.Trigger{Workload: workload.ID{Namespace: namespace, Name: name}, Policy: policy},
		DecisionID: "d-" + name, Outcome: o,
	}
}

// lobby went up, was capped, and is on its way down.
func lobby() decision.Outcome {
	return decision.Outcome{
		Mode: decision.Enforce, Replicas: 42, Plan: 42, Reactive: 33, Winner: "requests", Active: true, Warm: 6, NodesKnown: true,
		Steps: []decision.Step{
			{Name: "rate:requests", Before: 0, After: 38, Why: "4560/s at p95 of the next 1m35s, 120/s a replica → 38"},
			{Name: "latency:p95", Before: 38, After: 38, Why: "310ms against 300ms well inside the capacity: the fault is downstream, hold"},
			{Name: "max", Before: 38, After: 36, Why: "maxReplicaCount of the ScaledObject is 36"},
			{Name: "stabilization", Before: 36, After: 44, Why: "44 replicas were wanted at 11:58:00Z"},
			{Name: "drain-rate", Before: 44, After: 42, Why: "at most 2 replicas leave in a minute"},
		},
		Inputs: []decision.Component{
			{Signal: "requests", Kind: signal.Rate, Value: 4211.4, Age: 3 * time.Second, Condition: signal.Fine, Need: 38, Capacity: 120, Usable: true},
			{Signal: "p95", Kind: signal.Latency, Value: 0.31, Age: 3 * time.Second, Condition: signal.Fine, Usable: true},
		},
	}
}

// staleLag is held by the last good value.
func staleLag() decision.Outcome {
	return decision.Outcome{
		Mode: decision.Advise, Replicas: 9, Plan: 12, Reactive: 9, Winner: "lag", Active: true, Stale: true,
		Steps: []decision.Step{
			{Name: "backlog:lag", Before: 0, After: 4, Why: "1200 messages waiting"},
			{Name: "stale", Before: 4, After: 9, Why: "lag not read within holdFor 1m: scale-in is refused until it is back"},
		},
		Inputs: []decision.Component{
			{Signal: "lag", Kind: signal.Backlog, Value: 1200, Age: 4 * time.Minute, Condition: signal.Unreachable, Need: 4, Capacity: 25, Usable: true},
		},
	}
}

// refused has no answer to give.
func refused() decision.Outcome {
	return decision.Outcome{
		Mode: decision.Enforce, Refusal: "signal sessions was never read: the query matched 3 series", Active: true,
		Inputs: []decision.Component{{Signal: "sessions", Kind: signal.Connections, Condition: signal.Several, Capacity: 500}},
	}
}

// golden compares with a file of testdata, or writes it.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("%s differs; run go test ./web -update and read the diff. Got:\n%s", path, got)
	}
}
