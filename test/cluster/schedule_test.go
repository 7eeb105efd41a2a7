package cluster

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/test/cluster/scenario"
	"github.com/headstart-scaler/headstart/test/rig"
)

// Marketing uploads a file, and the replicas are there when the event starts,
// although pods take their time and the HPA asks only every 15 s.
func TestAnUploadedEventIsReadyWhenItStarts(t *testing.T) {
	t.Parallel()
	demand := wanting(t, 5)
	demand.metrics.Set(lobbyRequests, 4.2*lobbyCapacity) // with room for what a forecast adds
	s := scenario.New(t, shared, demand.enforcing("scaleIn: {stabilization: 10s}"))
	api := s.Deploy(scenario.Object{Example: "lobby-api", Replicas: 5, Edit: floorOf(3), Pod: startsIn(8 * time.Second), Demand: demand.String})
	api.AgreesOn(5, settled)

	start := time.Now().Add(75 * time.Second).Truncate(time.Second)
	upload(t, s, fmt.Sprintf("final,Final,tournament,%s,%s,UTC,MT,2000,requests/s\n", wall(start), wall(start.Add(time.Minute))))
	early := s.Mark()
	s.Remark("uploaded: 2000 requests/s from %s on", start.UTC().Format("15:04:05"))
	api.IsReady(40, time.Until(start)) // 2000 ÷ 50
	ahead := time.Until(start)
	t.Logf("measured: 40 replicas Ready %s before the event, after pods took 8s", ahead.Round(100*time.Millisecond))
	if ahead > 30*time.Second { // podLead, a sync of the HPA and a tick are 26s
		t.Errorf("40 replicas are Ready %s before the start: they are paid for in vain", ahead)
	}
	api.Answers(10*time.Second, func(e rig.Explanation) error {
		if why, _ := e.Step("rate:requests"); !strings.Contains(why, "by event “Final” (final, 2000 requests/s") {
			return fmt.Errorf("explain gives %q as the reason, want the event named", why)
		}
		return nil
	})
	api.Keeps(40, time.Until(start.Add(time.Minute))) // nobody comes: they are there all the same
	api.AgreesOn(5, settled)
	api.Went(early, "5 → 40", "40 → 5")
}

// An override holds for its time, and ends by itself.
func TestAnOverrideHoldsForItsTimeAndEndsByItself(t *testing.T) {
	t.Parallel()
	demand := wanting(t, 5)
	s := scenario.New(t, shared, demand.setup("scaleIn: {stabilization: 10s}"))
	api := s.Deploy(scenario.Object{Example: "lobby-api", Replicas: 5, Edit: floorOf(3), Demand: demand.String})
	api.AgreesOn(5, settled)

	given := time.Now()
	mark := s.Mark()
	orders(t, s, "create", api.ID(), "--floor", "30", "--for", "90s", "--reason", "a stream begins", "--author", "ana@acme.example")
	api.AgreesOn(30, time.Minute)
	api.Answers(10*time.Second, func(e rig.Explanation) error {
		if why, _ := e.Step("override"); !strings.Contains(why, "floor 30 by ana@acme.example") || !strings.Contains(why, "a stream begins") {
			return fmt.Errorf("explain gives %q as the reason, want the override, its author and reason", why)
		}
		return nil
	})
	api.Keeps(30, time.Until(given.Add(90*time.Second)))
	api.AgreesOn(5, settled)

	orders(t, s, "create", api.ID(), "--ceiling", "4", "--for", "1h", "--reason", "database down", "--author", "ana@acme.example")
	api.AgreesOn(4, settled)
	orders(t, s, "expire", "2", "--reason", "it is back", "--author", "ana@acme.example")
	api.AgreesOn(5, settled)
	api.Went(mark, "5 → 30", "30 → 5", "5 → 4", "4 → 5")
}

// upload imports rows of a schedule by the command line, as CI does.
func upload(t *testing.T, s *scenario.Scenario, rows string) {
	t.Helper()
	folder := t.TempDir()
	rig.WriteFiles(t, folder, map[string]string{"events.csv": "id,title,class,start,end,timezone,market,expected_peak,unit\n" + rows})
	said, err := s.Headstart.Run("schedule", "import", filepath.Join(folder, "events.csv"), "--yes", "--reason", "test", "--author", "marketing@acme.example", "--server", s.Headstart.HTTP)
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
}

// orders gives or ends an override by the command line.
func orders(t *testing.T, s *scenario.Scenario, args ...string) {
	t.Helper()
	said, err := s.Headstart.Run(append(append([]string{"override"}, args...), "--server", s.Headstart.HTTP)...)
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
}

// wall is what marketing writes, in UTC.
func wall(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05") }

// startsIn makes pods Ready so long after they were started.
func startsIn(d time.Duration) func(template map[string]any) {
	return func(template map[string]any) {
		scenario.Map(template, "metadata", "annotations")["headstart.test/ready"] = d.String()
	}
}
