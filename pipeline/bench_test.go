package pipeline

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/forecast"
	"github.com/headstart-scaler/headstart/signal"
	"github.com/headstart-scaler/headstart/workload"
)

// benchWorkloads is the fleet of DESIGN's figures.
const benchWorkloads = 10_000

// instant answers each query from the clock alone: a slow wave with noise, so
// that some replicas change at every tick.
type instant struct{ now *time.Time }

func (s instant) Read(_ context.Context, queries []signal.Query) []signal.Reading {
	out := make([]signal.Reading, len(queries))
	phase := float64(s.now.Unix())
	for i, q := range queries {
		wave := 1 + 0.3*math.Sin(phase/600+float64(i)) + 0.02*math.Sin(phase*float64(i%97+1))
		if _, group := q.(signal.ConsumerGroup); group {
			out[i] = signal.Good(*s.now, math.Round(2000*wave))
			out[i].Group = &signal.GroupBacklog{
				Messages: int64(2000 * wave), Arrival: 200 * wave, Consumption: 190 * wave, Rated: true,
				Partitions: 48, PartitionsWithLag: 48, Members: 8,
			}
			continue
		}
		out[i] = signal.Good(*s.now, 500*wave)
	}
	return out
}

// latencies answers around 200 ms.
type latencies struct{ now *time.Time }

func (s latencies) Read(ctx context.Context, queries []signal.Query) []signal.Reading {
	out := instant(s).Read(ctx, queries)
	for i := range out {
		out[i].Value *= 0.0004
	}
	return out
}

// ready says that what was asked for runs.
type ready struct{}

func (ready) Scale(workload.ID) decision.Scale {
	return decision.Scale{Known: true, Current: 10, Ready: 10, Max: 100, Tolerance: -1, Revision: "r1"}
}

// benchFleet has a rate, a latency and a backlog per workload, each with
// queries of its own.
func benchFleet(now *time.Time, f Forecaster, changes ...func(*decision.Policy)) *Pipeline {
	policy := ratePolicy("api", "metrics", `rate{app="${name}"}`)
	policy.Actuation = decision.Actuation{Tolerance: 0.1, Overshoot: true}
	policy.ScaleIn.Stabilization = 5 * time.Minute
	policy.Signals[0].Capacity = decision.Capacity{PerReplica: 50, Learn: true}
	policy.Signals = append(policy.Signals,
		decision.Signal{
			Name: "p95", Kind: signal.Latency, Source: "latency",
			Query: signal.Expression{PromQL: `p95{app="${name}"}`}, Objective: 300 * time.Millisecond,
		},
		backlogPolicy("", "kafka", "${name}").Signals[0])
	for _, change := range changes {
		change(&policy)
	}
	return New(Options{
		Forecaster: f, Observer: ready{}, Now: func() time.Time { return *now },
		Sources: map[string]Source{"metrics": instant{now}, "latency": latencies{now}, "kafka": instant{now}},
	}, NewPolicies("bench", []decision.Policy{policy}, many(benchWorkloads, "api")))
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkTick10000 reports the time of a tick with full histories, and the
// memory a workload takes with its series and ledger full.
func BenchmarkTick10000(b *testing.B) {
	now := time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)
	before := heap()
	p := benchFleet(&now, forecast.Hold{})
	p.Tick(b.Context())
	for _, f := range p.feeds {
		if f.series == nil {
			continue
		}
		history := make([]signal.Sample, p.seriesLength())
		for i := range history {
			at := now.Add(-time.Duration(len(history)-i) * p.options.Tick)
			history[i] = signal.Sample{At: at, Value: 500 + 100*math.Sin(float64(at.Unix())/300)}
		}
		f.series.Fill(history)
	}
	for range ledgerMost {
		now = now.Add(time.Minute) // far enough for replicas to change
		p.Tick(b.Context())
	}
	perWorkload := float64(heap()-before) / benchWorkloads
	for b.Loop() {
		now = now.Add(p.options.Tick)
		p.Tick(b.Context())
	}
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/tick")
	b.ReportMetric(perWorkload, "B/workload")
	if p.Snapshot().Len() != benchWorkloads {
		b.Fatalf("%d workloads decided", p.Snapshot().Len())
	}
	runtime.KeepAlive(p)
}

// BenchmarkTick10000Learned is a tick of workloads whose rates and arrivals are
// learned, each from four weeks, on nodes that are priced; with a memory, and what
// is written between it and the next.
func BenchmarkTick10000Learned(b *testing.B) {
	now := time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)
	state := learnedState(b, now)
	b.Run("memory=none", func(b *testing.B) { benchmarkLearned(b, now, state, nil) })
	b.Run("memory=kept", func(b *testing.B) { benchmarkLearned(b, now, state, &counted{}) })
}

// learnedState is what is learned of four weeks.
func learnedState(b *testing.B, now time.Time) []byte {
	b.Helper()
	taught := forecast.NewLearner(nil)
	noise := rand.New(rand.NewPCG(1, 2))
	for at := now.Add(-4 * 7 * 24 * time.Hour); at.Before(now); at = at.Add(time.Minute) {
		wave := 1 + 0.5*math.Sin(float64(at.Unix())/86400*2*math.Pi)
		taught.Observe(at, 500*wave*math.Exp(0.05*noise.NormFloat64()))
	}
	state, err := taught.MarshalBinary()
	if err != nil {
		b.Fatal(err)
	}
	return state
}

// counted is a Memory that counts.
type counted struct{ models, bytes int }

func (c *counted) Remember(_ context.Context, learned []Learned) error {
	for _, l := range learned {
		c.models++
		c.bytes += len(l.Content)
	}
	return nil
}

func (c *counted) Recall(context.Context, []string) ([]Learned, error) { return nil, nil }

func benchmarkLearned(b *testing.B, now time.Time, state []byte, memory *counted) {
	before := heap()
	p := benchFleet(&now, forecast.Hold{}, func(p *decision.Policy) {
		p.MissPrice, p.Nodes = 100, decision.Nodes{Replicas: 8, Lead: 4 * time.Minute, Fill: true}
	})
	p.options.Model = func() Model {
		l := forecast.NewLearner(nil)
		if err := l.UnmarshalBinary(state); err != nil {
			b.Fatal(err)
		}
		return l
	}
	for range 3 {
		now = now.Add(p.options.Tick)
		p.Tick(b.Context())
	}
	if memory != nil {
		p.options.Memory, p.recalled = memory, true
	}
	for _, f := range p.feeds {
		f.settled = true
		if f.model != nil && !f.look(forecast.Hold{}, now, time.Minute).learned {
			b.Fatal("a feed is not learned")
		}
		f.forget()
	}
	perWorkload := float64(heap()-before) / benchWorkloads
	var written time.Duration
	n := uint64(0)
	for b.Loop() {
		now = now.Add(p.options.Tick)
		p.Tick(b.Context())
		if memory == nil {
			continue
		}
		began := time.Now()
		if err := p.keepStep(b.Context(), n); err != nil {
			b.Fatal(err)
		}
		n++
		written += time.Since(began)
	}
	b.ReportMetric(float64((b.Elapsed()-written).Milliseconds())/float64(b.N), "ms/tick")
	b.ReportMetric(perWorkload, "B/workload")
	if memory != nil {
		b.ReportMetric(float64(written.Microseconds())/1000/float64(b.N), "ms/written")
		b.ReportMetric(float64(memory.models)/float64(b.N), "models/tick")
		b.ReportMetric(float64(memory.bytes)/float64(b.N), "B/tick")
	}
	runtime.KeepAlive(p)
}

// BenchmarkSeen is what each call of KEDA costs in the pipeline.
func BenchmarkSeen(b *testing.B) {
	p := New(Options{}, NewPolicies("h", []decision.Policy{ratePolicy("a", "m", "q")}, nil))
	all := many(benchWorkloads, "a")
	for _, t := range all {
		_ = p.Seen(t)
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		t := all[i%len(all)]
		if p.Check(t) != nil {
			b.Fatal("refused")
		}
		_ = p.Seen(t)
		i++
	}
}
