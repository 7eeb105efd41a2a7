package pipeline

import (
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/workload"
)

// What the cluster says of a workload goes before its policy, and both find events.
func TestLabelsOfTheClusterGoBeforeThePolicys(t *testing.T) {
	now := time.Now()
	wall := calendar.WallOf(now.UTC().Add(-time.Minute))
	s, err := calendar.NewSchedule([]*calendar.Event{{
		ID: "cup", Title: "Cup", Window: calendar.Window{Start: wall, End: wall.Add(time.Hour), Zone: time.UTC},
		Scope: calendar.Scope{Brands: []string{"acme"}}, Impact: calendar.Impact{Floor: 7}, Confidence: 1, Status: calendar.Confirmed,
	}})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		policy, observed map[string]string
		want             decision.Replicas
	}{
		"the cluster's":                   {nil, map[string]string{"brand": "acme"}, 7},
		"the policy's":                    {map[string]string{"brand": "acme"}, nil, 7},
		"the cluster's goes before":       {map[string]string{"brand": "other"}, map[string]string{"brand": "acme"}, 7},
		"the policy's does not go before": {map[string]string{"brand": "acme"}, map[string]string{"brand": "other"}, 1},
		"nobody's":                        {nil, nil, 1},
	} {
		t.Run(name, func(t *testing.T) {
			policy := ratePolicy("api", "metrics", "q")
			policy.Labels = c.policy
			m := newMetrics(map[string]float64{policy.Signals[0].Query.String(): 1})
			x := trigger("web", "api")
			p := New(Options{
				Sources: map[string]Source{"metrics": m}, Forecaster: &level{},
				Labels: func(workload.ID) map[string]string { return c.observed },
			}, NewPolicies("h", []decision.Policy{policy}, []workload.Trigger{x}))
			p.Follow(&Agenda{Timeline: s.Timeline(nil, now.Add(-time.Hour), now.Add(time.Hour))})
			p.Tick(t.Context())
			if got := find(t, p, x).Replicas; got != c.want {
				t.Errorf("%d replicas, want %d", got, c.want)
			}
		})
	}
}
