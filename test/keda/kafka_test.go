package keda

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/test/keda/harness"
	"github.com/headstart-scaler/headstart/test/rig"
)

// consumers is a policy of one consumer group that drains it within the
// deadline, one replica consuming 2.1 messages a second.
func consumers(name, mode, deadline string) string {
	return policy(name, fmt.Sprintf(`  mode: %s
  minReplicas: 1
  maxReplicas: 40
  podLead: 10s
  holdFor: 3s
  scaleIn: {stabilization: 0s}
  actuation: {tolerance: 0}
  signals:
    - name: lag
      type: backlog
      kafka: {consumerGroup: payments, topic: deposits, offsetResetPolicy: earliest}
      capacity: 2.1
      drainDeadline: %s
      rebalance: 20s
`, mode, deadline))
}

const messages = 50_000

// 50 000 messages at 2.1/s a replica, to be consumed within an hour of which
// 10 s pass until replicas are ready and 20 s while they rebalance:
// 50 000 / (2.1 × 3 570 s) = 6.67, so 7. Within ten minutes it would take 42,
// but the topic has 12 partitions.
func TestFiftyThousandMessagesBecomeTheExpectedReplicas(t *testing.T) {
	broker := harness.StartKafka(t)
	broker.CreateTopic("deposits", 12)
	broker.Commit("payments", "deposits", 0)
	hs := rig.StartHeadstart(t, server(broker.Address, "", "")+
		consumers("within-an-hour", "advise", "1h")+consumers("within-minutes", "advise", "10m"))
	client := func(policy string) scaled {
		trigger := harness.Trigger{Address: hs.GRPC, Namespace: "payments", Name: policy, Policy: policy}
		return scaled{t, harness.NewScaler(t, trigger), harness.HPA{Min: 1, Max: 40}}
	}
	hour, minutes := client("within-an-hour"), client("within-minutes")
	hour.becomes(1)
	minutes.becomes(1)

	broker.Produce("deposits", messages)
	hour.becomes(7)
	minutes.becomes(12)
	e, err := hs.Explain("payments/within-minutes")
	if err != nil {
		t.Fatal(err)
	}
	if why, _ := e.Step("backlog:lag"); !strings.Contains(why, "partition") || e.Stale {
		t.Errorf("the explanation does not name the partitions as the bound: %+v", e)
	}

	broker.Commit("payments", "deposits", messages)
	hour.becomes(1)
	minutes.becomes(1)
}

// The same number in enforce mode: a backlog found at start has no inflow that
// a forecast could add.
func TestABacklogFoundAtStartIsAnsweredAtOnce(t *testing.T) {
	broker := harness.StartKafka(t)
	broker.CreateTopic("deposits", 12)
	broker.Commit("payments", "deposits", 0)
	broker.Produce("deposits", messages)
	hs := rig.StartHeadstart(t, server(broker.Address, "", "")+consumers("deposits", "enforce", "1h"))
	trigger := harness.Trigger{Address: hs.GRPC, Namespace: "payments", Name: "deposits", Policy: "deposits"}
	scaled{t, harness.NewScaler(t, trigger), harness.HPA{Min: 1, Max: 40}}.becomes(7)
}

func TestAKilledBrokerTakesNoReplicaAndIsNoticedWhenBack(t *testing.T) {
	broker := harness.StartKafka(t)
	broker.CreateTopic("deposits", 12)
	broker.Commit("payments", "deposits", 0)
	broker.Produce("deposits", messages)
	hs := rig.StartHeadstart(t, server(broker.Address, "", "")+consumers("deposits", "advise", "1h"))
	trigger := harness.Trigger{Address: hs.GRPC, Namespace: "payments", Name: "deposits", Policy: "deposits"}
	deposits := scaled{t, harness.NewScaler(t, trigger), harness.HPA{Min: 1, Max: 40}}
	deposits.becomes(7)

	broker.Kill()
	rig.Eventually(t, 30*time.Second, func() error { return stale(hs, "payments/deposits", "lag", "unreachable") })
	deposits.stays(7, 10*time.Second)

	broker.Start()
	rig.Eventually(t, time.Minute, func() error { return fine(hs, "payments/deposits", "lag") })
	deposits.stays(7, 3*time.Second)
	broker.Commit("payments", "deposits", messages)
	deposits.becomes(1)
}

// Two reasons to have replicas: while the broker is gone, the rate's fall must
// take none away and its rise must still add some.
func TestWhileTheBrokerIsGoneScaleInIsRefusedAndScaleUpIsNot(t *testing.T) {
	gauges := harness.StartGauges(t)
	gauges.Set("requests", 95)
	prometheus := harness.StartPrometheus(t, gauges)
	broker := harness.StartKafka(t)
	broker.CreateTopic("deposits", 12)
	broker.Commit("payments", "deposits", 0)
	broker.Produce("deposits", messages)
	both := consumers("deposits", "advise", "1h") + `    - name: requests
      type: rate
      prometheus: {query: requests}
      capacity: 10
`
	hs := rig.StartHeadstart(t, server(broker.Address, prometheus.URL, "")+both)
	trigger := harness.Trigger{Address: hs.GRPC, Namespace: "payments", Name: "deposits", Policy: "deposits"}
	deposits := scaled{t, harness.NewScaler(t, trigger), harness.HPA{Min: 1, Max: 40}}
	deposits.becomes(10)

	broker.Kill()
	rig.Eventually(t, 30*time.Second, func() error { return stale(hs, "payments/deposits", "lag", "unreachable") })
	gauges.Set("requests", 0)
	rig.Eventually(t, 30*time.Second, func() error {
		e, err := hs.Explain("payments/deposits")
		if err != nil {
			return err
		}
		if why, refused := e.Step("stale"); !refused || !strings.Contains(why, "scale-in is refused") {
			return fmt.Errorf("scale-in is not refused by name: %+v", e.Steps)
		}
		return nil
	})
	deposits.stays(10, 5*time.Second)
	gauges.Set("requests", 151)
	deposits.becomes(16)

	broker.Start()
	gauges.Set("requests", 0)
	deposits.becomes(7)
}

// stale returns nil when explain says that the workload is stale, for the
// signal's condition.
func stale(hs *rig.Headstart, workload, signal, condition string) error {
	e, err := hs.Explain(workload)
	if err != nil {
		return err
	}
	if !e.Stale || e.Condition(signal) != condition {
		return fmt.Errorf("stale is %t and signal %s is %s, want it stale and %s", e.Stale, signal, e.Condition(signal), condition)
	}
	return nil
}

// fine returns nil when explain says that the signal is read again.
func fine(hs *rig.Headstart, workload, signal string) error {
	e, err := hs.Explain(workload)
	if err != nil {
		return err
	}
	if e.Stale || e.Condition(signal) != "fine" {
		return fmt.Errorf("stale is %t and signal %s is %s, want it fine", e.Stale, signal, e.Condition(signal))
	}
	return nil
}
