package pipeline

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/forecast"
	"github.com/headstart-scaler/headstart/signal"
	"github.com/headstart-scaler/headstart/workload"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// metrics is a source whose answers a test chooses.
type metrics struct {
	mu     sync.Mutex
	values map[string]float64
	calls  [][]signal.Query
	// before is called at the start of each call, outside the lock.
	before func(ctx context.Context, call int)
	// answer replaces what is read when set.
	answer func(q signal.Query) signal.Reading
	// shape replaces the answers as a whole when set.
	shape func([]signal.Reading) []signal.Reading
}

func newMetrics(values map[string]float64) *metrics { return &metrics{values: values} }

func (m *metrics) Read(ctx context.Context, queries []signal.Query) []signal.Reading {
	m.mu.Lock()
	m.calls = append(m.calls, queries)
	call, before, shape := len(m.calls), m.before, m.shape
	m.mu.Unlock()
	if before != nil {
		before(ctx, call)
	}
	out := make([]signal.Reading, len(queries))
	for i, q := range queries {
		out[i] = m.read(q)
	}
	if shape != nil {
		return shape(out)
	}
	return out
}

func (m *metrics) read(q signal.Query) signal.Reading {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.answer != nil {
		return m.answer(q)
	}
	now := time.Now()
	if v, ok := m.values[q.String()]; ok {
		return signal.Good(now, v)
	}
	return signal.Bad(now, signal.Empty, "nothing matches %s", q)
}

func (m *metrics) set(query string, value float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.values[query] = value
}

func (m *metrics) asked() [][]signal.Query {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([][]signal.Query(nil), m.calls...)
}

// sleep waits for d or until ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// level forecasts that the last value stays.
type level struct {
	mu    sync.Mutex
	asked int
	seen  []int // lengths of the series looked at
	ahead []time.Duration
}

func (l *level) Path(s *signal.Series, at time.Time, horizon time.Duration) forecast.Path {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked++
	l.seen = append(l.seen, s.Len())
	l.ahead = append(l.ahead, horizon)
	last, ok := s.Last()
	if !ok {
		return forecast.Path{}
	}
	return forecast.NewPath(at, horizon, []float64{0.5, 0.9}, []float64{last.Value, last.Value, last.Value, last.Value})
}

func ratePolicy(name, source, query string) decision.Policy {
	return decision.Policy{
		Name: name, Mode: decision.Enforce, Min: 1, Max: 100, Quantile: 0.9,
		PodLead: 90 * time.Second, HoldFor: time.Minute,
		Signals: []decision.Signal{{
			Name: "requests", Kind: signal.Rate, Source: source, Query: signal.Expression{PromQL: query},
			Capacity: decision.Capacity{PerReplica: 10},
		}},
		ScaleIn: decision.ScaleIn{Stabilization: time.Minute},
	}
}

func backlogPolicy(name, source, group string) decision.Policy {
	p := ratePolicy(name, source, "")
	p.Signals = []decision.Signal{{
		Name: "lag", Kind: signal.Backlog, Source: source, Query: signal.ConsumerGroup{Group: group, Topics: "t"},
		Capacity: decision.Capacity{PerReplica: 10},
		Drain:    decision.Drain{Deadline: 5 * time.Minute, Cap: decision.CapNone},
	}}
	return p
}

func trigger(name, policy string) workload.Trigger {
	return workload.Trigger{Workload: workload.ID{Namespace: "demo", Name: name}, Policy: policy}
}

// seen asks for a trigger there is room for.
func seen(t testing.TB, p *Pipeline, x workload.Trigger) {
	t.Helper()
	if err := p.Seen(x); err != nil {
		t.Error(err)
	}
}

func find(t *testing.T, p *Pipeline, want workload.Trigger) decision.Outcome {
	t.Helper()
	s := p.Snapshot()
	if s == nil {
		t.Fatal("no snapshot yet")
	}
	e, ok := s.Find(want)
	if !ok {
		t.Fatalf("%s is not in snapshot %d", want, s.Sequence)
	}
	return e.Outcome
}

// start runs the pipeline until the test ends it.
func start(t *testing.T, p *Pipeline) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	}
}

// logs collects what is logged.
type logs struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logs) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *logs) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Count(l.buf.Bytes(), []byte(text))
}

func (l *logs) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

func many(n int, policy string) (out []workload.Trigger) {
	for i := range n {
		out = append(out, trigger(fmt.Sprintf("w-%d", i), policy))
	}
	return out
}
