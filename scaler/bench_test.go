package scaler_test

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	pb "github.com/kedacore/keda/v2/pkg/scalers/externalscaler"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/pipeline"
	"github.com/headstart-scaler/headstart/scaler"
	"github.com/headstart-scaler/headstart/workload"
)

// report gives quantiles of what was measured, in microseconds.
func report(b *testing.B, took []time.Duration) {
	b.Helper()
	slices.Sort(took)
	quantile := func(q float64) float64 {
		return float64(took[int(q*float64(len(took)-1))].Nanoseconds()) / 1e3
	}
	b.ReportMetric(quantile(0.5), "p50-µs")
	b.ReportMetric(quantile(0.99), "p99-µs")
}

// BenchmarkHandler is our part of a call alone: no gRPC.
func BenchmarkHandler(b *testing.B) {
	service, triggers := decidedService(10_000)
	requests := make([]*pb.GetMetricsRequest, len(triggers))
	for i, t := range triggers {
		requests[i] = metricsRequest(t)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := service.GetMetrics(b.Context(), requests[i%len(requests)]); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkGetMetrics10000 asks for 10 000 workloads over loopback, the way
// KEDA does. Client and server share the processors: with -cpu 1 both run on
// one core. Parallel keeps 16 calls on the way at a time, which saturates
// them; its latencies are those of a queue 16 deep.
func BenchmarkGetMetrics10000(b *testing.B) {
	service, triggers := decidedService(10_000)
	requests := make([]*pb.GetMetricsRequest, len(triggers))
	for i, t := range triggers {
		requests[i] = metricsRequest(t)
	}
	client := pb.NewExternalScalerClient(dial(b, start(b, service, options()).address))
	call := func(b *testing.B, i int) time.Duration {
		began := time.Now()
		if _, err := client.GetMetrics(context.Background(), requests[i%len(requests)]); err != nil {
			b.Error(err)
		}
		return time.Since(began)
	}
	b.Run("sequential", func(b *testing.B) {
		took := make([]time.Duration, 0, 1<<20)
		for i := 0; b.Loop(); i++ {
			took = append(took, call(b, i))
		}
		report(b, took)
	})
	b.Run("parallel", func(b *testing.B) {
		var mu sync.Mutex
		var took []time.Duration
		b.SetParallelism(max(1, 16/runtime.GOMAXPROCS(0)))
		b.RunParallel(func(pb *testing.PB) {
			var mine []time.Duration
			for i := 0; pb.Next(); i++ {
				mine = append(mine, call(b, i))
			}
			mu.Lock()
			defer mu.Unlock()
			took = append(took, mine...)
		})
		report(b, took)
	})
	// The HPAs of 10 000 workloads make three calls each every 15 s: 2000 a
	// second, whether or not the ones before are answered.
	b.Run("paced", func(b *testing.B) {
		const every = 500 * time.Microsecond
		took := make([]time.Duration, b.N)
		var calls sync.WaitGroup
		next := time.Now()
		for i := range b.N {
			if wait := time.Until(next); wait > 0 {
				time.Sleep(wait)
			}
			next = next.Add(every)
			calls.Go(func() { took[i] = call(b, i) })
		}
		calls.Wait()
		report(b, took)
	})
}

// BenchmarkPush is the time from publishing a snapshot in which a thousand
// workloads become active until KEDA's client has received the message, for
// each of a thousand streams on one connection.
func BenchmarkPush(b *testing.B) {
	const streams = 1000
	p, triggers := decidedPlan(streams)
	publish := func(outcome decision.Outcome) time.Time {
		entries := make([]*pipeline.Entry, streams)
		for i, t := range triggers {
			entries[i] = entry(t, outcome)
		}
		published := time.Now()
		p.decide(published, entries...)
		return published
	}
	publish(active)
	seen := &looks{}
	client := pb.NewExternalScalerClient(dial(b, start(b, scaler.NewService(p, seen, terms, time.Now), options()).address))
	received := make(chan time.Time, streams)
	for _, t := range triggers {
		receive(b, client, ref(t), received)
	}
	for range streams {
		<-received
	}
	var took []time.Duration
	for b.Loop() {
		b.StopTimer()
		before := seen.Load()
		publish(inactive)
		eventually(b, "every stream has seen that its workload is inactive", func() bool { return seen.Load() == before+streams })
		b.StartTimer()
		published := publish(active)
		for range streams {
			took = append(took, (<-received).Sub(published))
		}
	}
	report(b, took)
}

// receive opens a stream and sends the instants at which it yields something.
func receive(b *testing.B, client pb.ExternalScalerClient, object *pb.ScaledObjectRef, received chan<- time.Time) {
	b.Helper()
	open, err := client.StreamIsActive(b.Context(), object)
	if err != nil {
		b.Fatal(err)
	}
	go func() {
		for {
			if _, err := open.Recv(); err != nil {
				return
			}
			received <- time.Now()
		}
	}()
}

// looks is an Objections that objects to nothing and counts how often a
// snapshot was looked at.
type looks struct{ atomic.Int64 }

func (l *looks) Objection(workload.ID) (string, bool) {
	l.Add(1)
	return "", false
}
