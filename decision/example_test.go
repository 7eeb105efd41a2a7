package decision_test

import (
	"fmt"
	"time"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/signal"
)

// A backlog of 50 000 messages, three consumers, five minutes to work it off.
func ExamplePolicy_Decide() {
	policy := decision.Policy{
		Name: "deposits", Mode: decision.Enforce, Min: 2, Max: 120,
		Quantile: 0.95, PodLead: 90 * time.Second, HoldFor: time.Minute,
		Signals: []decision.Signal{{
			Name: "lag", Kind: signal.Backlog,
			Capacity: decision.Capacity{PerReplica: 25},
			Drain:    decision.Drain{Deadline: 5 * time.Minute, Rebalance: 20 * time.Second, Cap: decision.CapAll},
		}},
	}
	now := time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)
	_, outcome := policy.Decide(decision.State{}, decision.Input{
		At: now, Tick: 5 * time.Second,
		Scale: decision.Scale{Known: true, Current: 3, Ready: 3},
		Signals: []decision.Observation{{Reading: signal.Reading{
			At: now, Value: 50000, Condition: signal.Fine,
			Group: &signal.GroupBacklog{Messages: 50000, Arrival: 40, Rated: true, Partitions: 24, PartitionsWithLag: 24, Members: 3},
		}}},
	})
	fmt.Print(outcome.Explain("demo/deposits").Text())
	// Output:
	// demo/deposits: 12 replicas at 20:00:00Z
	// policy deposits, enforce; plan 12, reactive 12
	//        → 12   backlog:lag  50000 messages waiting + 12000 arriving until the drain deadline in 5m; 3 consumers at 25/s get through 21000 by then, the rest takes 9 more, which join after pod lead 1m30s and a rebalance of 20s → 12
	// signals
	//   lag (backlog): 50000 messages, 0s old, fine, wants 12 replicas
}
