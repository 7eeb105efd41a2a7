package cluster

import (
	"os"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/test/cluster/scenario"
)

// longOutage is five minutes, unless a developer is in a hurry.
func longOutage(t *testing.T) time.Duration {
	t.Helper()
	text := os.Getenv("HEADSTART_TEST_OUTAGE")
	if text == "" {
		return 5 * time.Minute
	}
	outage, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("HEADSTART_TEST_OUTAGE: %v", err)
	}
	return outage
}

func TestAKilledHeadstartTakesNothingAway(t *testing.T) {
	t.Parallel()
	for name, outage := range map[string]time.Duration{"for 5s": 5 * time.Second, "for 60s": time.Minute, "for long": longOutage(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			demand := wanting(t, 40)
			s := scenario.New(t, shared, demand.setup("scaleIn: {stabilization: 60s}"))
			api := s.Deploy(scenario.Object{Example: "lobby-api", Replicas: 3, Edit: floorOf(3), Demand: demand.String})
			api.AgreesOn(40, 2*time.Minute)

			killed := s.Mark()
			s.Remark("kill -9")
			s.Headstart.Kill()
			demand.wants(10) // it falls while nobody looks
			api.Keeps(40, outage)

			s.Remark("restart")
			s.Headstart.Restart()
			begun := time.Now()
			api.Answers(30*time.Second, answering(40)) // what runs is kept for the stabilization
			t.Logf("measured: killed for %s, an answer %s after the restart", outage, time.Since(begun).Round(100*time.Millisecond))
			api.Keeps(40, 45*time.Second)
			demand.wants(50)
			api.AgreesOn(50, 2*time.Minute)
			api.Went(killed, "40 → 50")
		})
	}
}

// fallback {failureThreshold: 3, replicas: 12, behavior:
// currentReplicasIfHigher} is in the example.
func TestFallbackWhileHeadstartIsGone(t *testing.T) {
	t.Parallel()
	for name, running := range map[string]int{"fewer than fallback": 4, "more than fallback": 20} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			demand := wanting(t, running)
			s := scenario.New(t, shared, demand.setup())
			api := s.Deploy(scenario.Object{Example: "lobby-api", Replicas: 3, Edit: floorOf(3), Demand: demand.String})
			api.AgreesOn(running, 2*time.Minute)
			killed := s.Mark()
			s.Remark("kill -9")
			s.Headstart.Kill()
			// GetMetricSpec fails too, and KEDA counts toward fallback only a
			// GetMetrics that fails: the HPA holds what runs, and the fallback
			// of 12 does not come.
			api.Keeps(running, 2*time.Minute)
			s.Remark("restart")
			s.Headstart.Restart()
			demand.wants(running + 20)
			api.AgreesOn(running+20, 3*time.Minute)
			api.NeverFell(killed)
		})
	}
}
