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
			api.AgreesOn(40, settled)

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
			api.AgreesOn(50, settled)
			api.Went(killed, "40 → 50")
		})
	}
}

// The pods that were asked for last are not made yet: what was asked for counts
// as what runs.
func TestAHeadstartThatIsKilledRightAfterAStepTakesNothingAway(t *testing.T) {
	t.Parallel()
	demand := wanting(t, 3)
	s := scenario.New(t, shared, demand.setup("scaleIn: {stabilization: 60s}"))
	api := s.Deploy(scenario.Object{Example: "lobby-api", Replicas: 3, Edit: floorOf(3), Demand: demand.String})
	api.AgreesOn(3, settled)
	mark := s.Mark()
	demand.wants(100)
	api.Reaches(100, settled)
	s.Remark("kill -9")
	s.Headstart.Kill()
	demand.wants(10)
	s.Headstart.Restart()
	s.Remark("restarted")
	api.Keeps(100, 45*time.Second)
	api.Went(mark, "3 → 100")
}

// Until Headstart is there, KEDA has no specification to make an HPA from.
func TestAScaledObjectThatIsNewWhileHeadstartIsGoneIsFollowedLater(t *testing.T) {
	t.Parallel()
	demand := wanting(t, 20)
	s := scenario.New(t, shared, demand.setup())
	s.Headstart.Kill()
	api := s.Deploy(scenario.Object{Example: "lobby-api", Replicas: 8, Edit: floorOf(3), Demand: demand.String})
	api.Keeps(8, 45*time.Second)
	if api.HPA() != nil {
		t.Error("KEDA made an HPA without a metric's specification")
	}
	s.Remark("restart")
	s.Headstart.Restart()
	api.AgreesOn(20, 2*settled) // KEDA tries again ever more slowly
	api.Went(0, "8 → 20")
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
			api.AgreesOn(running, settled)
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
			api.AgreesOn(running+20, settled)
			api.NeverFell(killed)
		})
	}
}
