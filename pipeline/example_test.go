package pipeline_test

import (
	"context"
	"fmt"
	"time"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/pipeline"
	"github.com/headstart-scaler/headstart/signal"
	"github.com/headstart-scaler/headstart/workload"
)

// constant is a source that measures the same whatever is asked.
type constant float64

func (c constant) Read(_ context.Context, queries []signal.Query) []signal.Reading {
	out := make([]signal.Reading, len(queries))
	for i := range out {
		out[i] = signal.Good(time.Now(), float64(c))
	}
	return out
}

func Example() {
	policies := pipeline.NewPolicies("3f1c", []decision.Policy{{
		Name: "lobby-api", Mode: decision.Enforce, Min: 2, Max: 50, Quantile: 0.9,
		PodLead: 90 * time.Second, HoldFor: time.Minute,
		Signals: []decision.Signal{{
			Name: "requests", Kind: signal.Rate, Source: "prometheus",
			Query:    signal.Expression{PromQL: `sum(rate(http_requests_total{app="${name}"}[1m]))`},
			Capacity: decision.Capacity{PerReplica: 50},
		}},
	}}, nil)
	p := pipeline.New(pipeline.Options{Sources: map[string]pipeline.Source{"prometheus": constant(420)}}, policies)

	lobby := workload.Trigger{Workload: workload.ID{Namespace: "demo", Name: "lobby-api"}, Policy: "lobby-api"}
	_ = p.Seen(lobby) // KEDA asked for it
	p.Tick(context.Background())

	entry, _ := p.Snapshot().Find(lobby)
	fmt.Println(entry.Outcome.Replicas, "replicas by", entry.Outcome.Winner)

	lobby.Policy = "loby-api"
	fmt.Println(p.Check(lobby))
	// Output:
	// 9 replicas by requests
	// demo/lobby-api: policy "loby-api" does not exist: did you mean lobby-api? known policies: lobby-api
}
