package pipeline

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/workload"
)

// floorFor is an event that runs now with a floor of 7, for a brand; empty for
// all workloads.
func floorFor(t *testing.T, brand string) *calendar.Timeline {
	t.Helper()
	now := time.Now()
	wall := calendar.WallOf(now.UTC().Add(-time.Minute))
	e := &calendar.Event{
		ID: "cup", Title: "Cup", Window: calendar.Window{Start: wall, End: wall.Add(time.Hour), Zone: time.UTC},
		Impact: calendar.Impact{Floor: 7}, Confidence: 1, Status: calendar.Confirmed,
	}
	if brand != "" {
		e.Scope.Brands = []string{brand}
	}
	s, err := calendar.NewSchedule([]*calendar.Event{e})
	if err != nil {
		t.Fatal(err)
	}
	return s.Timeline(nil, now.Add(-time.Hour), now.Add(time.Hour))
}

// What the cluster says of a workload goes before its policy, and both find events.
func TestLabelsOfTheClusterGoBeforeThePolicys(t *testing.T) {
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
				Labels: func(workload.ID) (map[string]string, bool) { return c.observed, true },
			}, NewPolicies("h", []decision.Policy{policy}, []workload.Trigger{x}))
			p.Follow(&Agenda{Timeline: floorFor(t, "acme")})
			p.Tick(t.Context())
			if got := find(t, p, x).Replicas; got != c.want {
				t.Errorf("%d replicas, want %d", got, c.want)
			}
		})
	}
}

// running is a cluster in which every workload has so many replicas.
type running decision.Replicas

func (r running) Scale(workload.ID) decision.Scale {
	n := decision.Replicas(r)
	return decision.Scale{Known: true, Current: n, Ready: n, Asked: n, Tolerance: -1}
}

// While the labels of a namespace are not read, an event may find a workload that
// shows no brand: nothing is taken from it. One that shows another brand, and any
// workload while no event asks for labels, goes on.
func TestNothingIsTakenFromWhomAnEventMayConcern(t *testing.T) {
	for name, c := range map[string]struct {
		brand    string // that the event asks for
		observed map[string]string
		complete bool
		want     decision.Replicas
		doubt    bool
	}{
		"not read":                   {"acme", nil, false, 20, true},
		"read, and nobody's":         {"acme", nil, true, 1, false},
		"not read, another's":        {"acme", map[string]string{"brand": "zeta"}, false, 1, false},
		"not read, nothing is asked": {"", nil, false, 7, false},
	} {
		t.Run(name, func(t *testing.T) {
			policy := ratePolicy("api", "metrics", "q")
			policy.ScaleIn.Stabilization = 0
			x := trigger("web", "api")
			p := New(Options{
				Sources: map[string]Source{"metrics": newMetrics(map[string]float64{policy.Signals[0].Query.String(): 1})}, Forecaster: &level{},
				Observer: running(20), Labels: func(workload.ID) (map[string]string, bool) { return c.observed, c.complete },
			}, NewPolicies("h", []decision.Policy{policy}, []workload.Trigger{x}))
			p.Follow(&Agenda{Timeline: floorFor(t, c.brand)})
			p.Tick(t.Context())
			got := find(t, p, x)
			doubt := slices.ContainsFunc(got.Steps, func(s decision.Step) bool { return strings.Contains(s.Why, "labels of its namespace") })
			if got.Replicas != c.want || doubt != c.doubt {
				t.Errorf("%d replicas, doubted %t, want %d and %t: %v", got.Replicas, doubt, c.want, c.doubt, got.Steps)
			}
		})
	}
}
