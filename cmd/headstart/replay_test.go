package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/config"
	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/replay"
)

// The policy of a bare trace is the one that a configuration gives which says
// nothing but what it has to, and on what nodes it runs.
func TestDefaultPolicyIsThatOfConfig(t *testing.T) {
	file := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(file, []byte(`apiVersion: headstart/v1
kind: Policy
metadata: {name: headstart}
spec:
  minReplicas: 2
  maxReplicas: 1000
  nodes: {replicasPerNode: 8, lead: 4m}
  signals: [{name: trace, type: rate, capacity: 25, prometheus: {query: trace}}]
`), 0o600); err != nil {
		t.Fatal(err)
	}
	policies, err := config.LoadPolicies(file)
	if err != nil {
		t.Fatal(err)
	}
	scene, err := replay.NewScene(&replay.Trace{Start: time.Unix(0, 0), Step: time.Minute, Values: []float64{1, 1}}, replay.SceneOptions{Capacity: 25})
	if err != nil {
		t.Fatal(err)
	}
	got := replay.DefaultPolicy(&replay.Play{Scene: scene, Cluster: replay.DefaultCluster(), Price: config.DefaultMissPrice})
	want := policies[0]
	for _, p := range []*string{&got.Signals[0].Source, &want.Signals[0].Source} {
		*p = "" // where it comes from is the play's
	}
	got.Signals[0].React, want.Signals[0].React = nil, nil // all are held
	if g, w := fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want); g != w {
		t.Errorf("replay has\n%s\nconfiguration\n%s", g, w)
	}
}

// What a policy knows of the cluster is believed, but for what a flag says.
func TestAPolicyTellsOfItsCluster(t *testing.T) {
	policy := decision.Policy{
		Min: 3, Max: 70, PodLead: 45 * time.Second, Quantile: 0.9, MissPrice: 9,
		Nodes:   decision.Nodes{Replicas: 5, Lead: 2 * time.Minute},
		Signals: []decision.Signal{{Capacity: decision.Capacity{PerReplica: 12}}},
	}
	told := replay.DefaultCluster()
	told.PodLead, told.NodeLead, told.PodsPerNode, told.Min, told.Max = 45*time.Second, 2*time.Minute, 5, 3, 70
	bare, kept := policy, told
	bare.Nodes, bare.MissPrice, bare.Quantile = decision.Nodes{}, 0, 0.5
	kept.NodeLead, kept.PodsPerNode = replay.DefaultCluster().NodeLead, replay.DefaultCluster().PodsPerNode
	for name, c := range map[string]struct {
		policy          decision.Policy
		said            string
		cluster         replay.Cluster
		capacity, price float64
	}{
		"nothing was said":    {policy, "", told, 12, 9},
		"all was said":        {policy, "capacity pod-lead node-lead pods-per-node min max miss-price", replay.DefaultCluster(), 25, 20},
		"nodes are not known": {bare, "", kept, 12, 1},
	} {
		t.Run(name, func(t *testing.T) {
			r := rehearsal{cluster: replay.DefaultCluster(), price: 20, capacity: 25}
			r.said = func(flag string) bool { return slices.Contains(strings.Fields(c.said), flag) }
			r.believe(c.policy)
			if r.cluster != c.cluster || r.capacity != c.capacity || r.price != c.price {
				t.Errorf("cluster %+v, capacity %v, price %v\nwant %+v, %v, %v", r.cluster, r.capacity, r.price, c.cluster, c.capacity, c.price)
			}
		})
	}
}

func TestDays(t *testing.T) {
	for text, want := range map[string]time.Duration{"7d": 7 * 24 * time.Hour, "0.5d": 12 * time.Hour, "36h": 36 * time.Hour, "0d": 0, "0s": 0} {
		var got time.Duration
		if err := (daysFlag{&got}).Set(text); err != nil || got != want {
			t.Errorf("%s: %s, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "d", "-1d", "-1h", "soon", "NaNd", "1e9d"} {
		if err := (daysFlag{new(time.Duration)}).Set(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
	week := 7 * 24 * time.Hour
	if got := (daysFlag{&week}).String(); got != "7d" {
		t.Error(got)
	}
}

// The zone that was named is the one by whose clocks Headstart learns.
func TestReplayLearnsByTheClocksOfAZone(t *testing.T) {
	for zone, want := range map[string]string{"": "UTC", "Europe/Malta": "Europe/Malta"} {
		r := &rehearsal{zone: zone, said: func(string) bool { return false }, cluster: replay.DefaultCluster()}
		r.trace, r.per = "-", "second"
		_, told, err := r.prepare(t.Context(), strings.NewReader("timestamp,value\n2026-01-01T00:00:00Z,1\n2026-01-01T00:01:00Z,1\n"))
		if err != nil {
			t.Fatal(err)
		}
		if got := told.headstart.Zone.String(); got != want {
			t.Errorf("%q: learns by %s, want %s", zone, got, want)
		}
	}
}
