package cluster

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/test/cluster/scenario"
	"github.com/headstart-scaler/headstart/test/cluster/traffic"
	"github.com/headstart-scaler/headstart/test/rig"
)

// The poll of KEDA is 30 s here: what is faster came by push.
const (
	pollEvery = 30 * time.Second
	// KEDA counts the cooldown from the last time it saw the workload active: at
	// the push, or at a poll after it. Longer than the rounds below take from
	// push to answered zero, so that a cooldown that is not kept shows.
	cooldown = time.Minute
)

func TestFromZeroByPushAndBackAfterTheCooldown(t *testing.T) {
	t.Parallel()
	queue := settling(t)
	s := scenario.New(t, shared, queue.setup())
	batch := s.Deploy(scenario.Object{Example: "settlement", Edit: sleepy(cooldown), Demand: queue.String})
	queue.broker.Consume("settlement", "settlement", 100, func() int { return batch.State().Ready })
	hpaMade(t, batch)

	var pushed scenario.Change
	fastest := time.Hour
	for _, which := range []string{"first", "second"} {
		batch.Reaches(0, 4*time.Minute)
		batch.Answers(30*time.Second, answering(0))
		up := s.Mark()
		queue.broker.Produce("settlement", 300_000) // more than is worked off until the HPA has asked
		active := s.Mark()
		batch.Answers(10*time.Second, func(e rig.Explanation) error {
			active = s.Mark()
			if !e.Active {
				return fmt.Errorf("%s is not active", e.Workload)
			}
			return nil
		})
		rig.Eventually(t, 20*time.Second, func() error {
			if len(batch.Changes(up)) == 0 {
				return fmt.Errorf("%s still has no replica", batch.ID())
			}
			return nil
		})
		pushed = batch.Changes(up)[0]
		t.Logf("measured: the %s time, %s after the messages came Headstart was seen active, and %s after they came the first replica was asked for; KEDA polls every %s",
			which, (active - up).Round(10*time.Millisecond), (pushed.At - up).Round(10*time.Millisecond), pollEvery)
		if wait := pushed.At - up; wait > pollEvery/3 {
			t.Errorf("0 → 1 took %s, want it by push, long before a poll", wait)
		}
		fastest = min(fastest, pushed.At-active)
		batch.IsReady(20, settled) // the example's maximum: so many messages are much
		queue.broker.SetLag("settlement", "settlement", 0)
	}
	// A busy machine may spoil a round; a push is there within a second all the
	// same.
	if fastest > time.Second {
		t.Errorf("the first replica was asked for %s after Headstart was seen active, want it within 1 s in one of two rounds", fastest)
	}

	fell := s.Mark()
	batch.Reaches(0, 4*time.Minute)
	down := batch.Changes(fell)
	const rounding = 2 * time.Second // KEDA keeps the time in whole seconds, and we saw the first replica after it did
	if last := down[len(down)-1]; last.At-pushed.At < cooldown-rounding {
		t.Errorf("zero came %s after KEDA saw the workload active, want the cooldown of %s at least", last.At-pushed.At, cooldown)
	}
}

// The stabilisation holds a plan of more than zero: IsActive has to stay true
// for as long, whatever is measured now.
func TestNeverToZeroWhileThePlanIsAboveZero(t *testing.T) {
	t.Parallel()
	queue := settling(t)
	s := scenario.New(t, shared, queue.setup("scaleIn: {stabilization: 120s}"))
	batch := s.Deploy(scenario.Object{Example: "settlement", Edit: sleepy(30 * time.Second), Demand: queue.String})
	hpaMade(t, batch)
	batch.Reaches(0, settled)
	queue.broker.SetLag("settlement", "settlement", 30_000)
	batch.IsReady(20, settled)
	queue.broker.SetLag("settlement", "settlement", 0)
	batch.Keeps(20, 100*time.Second) // three cooldowns
	batch.Reaches(0, settled)
}

// settlements is a queue that the policy settlement reads.
type settlements struct{ broker *traffic.Broker }

func settling(t *testing.T) settlements {
	t.Helper()
	q := settlements{traffic.StartBroker(t)}
	q.broker.CreateTopic("settlement", 24)
	q.broker.Produce("settlement", 24) // the log has begun
	q.broker.SetLag("settlement", "settlement", 0)
	return q
}

func (q settlements) String() string {
	lag, err := q.broker.Lag("settlement", "settlement")
	if err != nil {
		return "unknown"
	}
	return fmt.Sprintf("lag %d", lag)
}

func (q settlements) setup(more ...string) scenario.Setup {
	if len(more) == 0 {
		more = []string{"scaleIn: {stabilization: 10s}"}
	}
	return scenario.Setup{Kafka: strings.Join(q.broker.Addresses(), ","), Policies: []string{`apiVersion: headstart/v1
kind: Policy
metadata: {name: settlement}
spec:
  mode: advise # the arithmetic, without a forecast
  minReplicas: 0
  maxReplicas: 20
  podLead: 10s
  signals:
    - name: lag
      type: backlog
      kafka: {consumerGroup: settlement, topic: settlement, offsetResetPolicy: earliest, activationLagThreshold: 10}
      capacity: 100
      rebalance: 3s
      drainDeadline: 20s
` + "  " + strings.Join(more, "\n  ") + "\n"}}
}

func sleepy(cooldown time.Duration) func(spec map[string]any) {
	return func(spec map[string]any) {
		spec["pollingInterval"], spec["cooldownPeriod"] = int64(pollEvery.Seconds()), int64(cooldown.Seconds())
	}
}

// hpaMade waits until KEDA follows the ScaledObject.
func hpaMade(t *testing.T, w *scenario.Workload) {
	t.Helper()
	rig.Eventually(t, time.Minute, func() error {
		if w.HPA() == nil {
			return fmt.Errorf("KEDA has made no HPA for %s yet", w.ID())
		}
		return nil
	})
}
