package config_test

import (
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/headstart-scaler/headstart/config"
	"github.com/headstart-scaler/headstart/decision"
)

// onePolicy loads a policy by itself.
func onePolicy(t *testing.T, text string) (decision.Policy, error) {
	t.Helper()
	policies, err := config.LoadPolicies(filepath.Join(write(t, map[string]string{"p.yaml": text}), "p.yaml"))
	if err != nil {
		return decision.Policy{}, err
	}
	return policies[0], nil
}

func TestNodesOfAPolicy(t *testing.T) {
	const (
		replicas = "  nodes: {replicasPerNode: "
		lead     = "  nodes: {replicasPerNode: 8, lead: "
	)
	for text, want := range map[string]decision.Nodes{
		"":                          {},
		"  nodes:\n":                {},
		replicas + "1}\n":           {Replicas: 1, Lead: 4 * time.Minute, Fill: true},
		replicas + "1000}\n":        {Replicas: 1000, Lead: 4 * time.Minute, Fill: true},
		lead + "0s}\n":              {Replicas: 8, Fill: true},
		lead + "1h}\n":              {Replicas: 8, Lead: time.Hour, Fill: true},
		lead + "1m, fill: false}\n": {Replicas: 8, Lead: time.Minute},
	} {
		if p, err := onePolicy(t, ratePolicy("p", text)); err != nil || p.Nodes != want {
			t.Errorf("%q: %+v, %v, want %+v", text, p.Nodes, err, want)
		}
	}
	for text, want := range map[string]string{
		"  nodes: {}\n":         "spec.nodes.replicasPerNode: is missing",
		"  nodes: {lead: 2m}\n": "spec.nodes.replicasPerNode: is missing",
		replicas + "0}\n":       "spec.nodes.replicasPerNode: found 0",
		replicas + "1001}\n":    "spec.nodes.replicasPerNode: found 1001",
		replicas + "1.5}\n":     "spec.nodes.replicasPerNode: found 1.5",
		lead + "1h0m1s}\n":      "spec.nodes.lead: found 1h0m1s",
		lead + "-1s}\n":         "spec.nodes.lead: found",
		lead + "240}\n":         "Write 240s, 240m or 240h.",
	} {
		if p, err := onePolicy(t, ratePolicy("p", text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %+v, %v, want %s", text, p.Nodes, err, want)
		}
	}
}

// The price is told beside the quantile that follows from it, and not where the
// quantile is written.
func TestPriceOfAMiss(t *testing.T) {
	for text, want := range map[string][2]float64{
		"":                       {100.0 / 101, 100},
		"  missPrice: 100\n":     {100.0 / 101, 100},
		"  missPrice: 0.5\n":     {0.5 / 1.5, 0.5},
		"  missPrice: 1000000\n": {1e6 / (1e6 + 1), 1e6},
		"  quantile: 0.95\n":     {0.95, 0},
	} {
		p, err := onePolicy(t, ratePolicy("p", text))
		if got := [2]float64{p.Quantile, p.MissPrice}; err != nil || got != want {
			t.Errorf("%q: %v, %v, want %v", text, got, err, want)
		}
	}
}

// Scale-in waits two minutes where each node is priced, and as long as the HPA
// does where something is not.
func TestStabilizationWhereNodesArePriced(t *testing.T) {
	const nodes = "  nodes: {replicasPerNode: 8}\n"
	lag := strings.Replace(fullPolicy, "  quantile: 0.95\n", "", 1)
	lag = strings.Replace(lag, "stabilization: 0s, ", "", 1)
	rateToo := strings.Replace(lag, "  signals:\n", "  signals:\n    - {name: r, type: rate, prometheus: {query: up}, capacity: 5}\n", 1)
	for name, c := range map[string]struct {
		text string
		want time.Duration
	}{
		"no nodes":                     {ratePolicy("p", ""), 5 * time.Minute},
		"no nodes, another limit":      {ratePolicy("p", "  scaleIn: {drainPerMinute: 1}\n"), 5 * time.Minute},
		"priced":                       {ratePolicy("p", nodes), 2 * time.Minute},
		"priced, another limit":        {ratePolicy("p", nodes+"  scaleIn: {drainPerMinute: 1}\n"), 2 * time.Minute},
		"priced, held warm":            {ratePolicy("p", "  nodes: {replicasPerNode: 8, fill: false}\n"), 2 * time.Minute},
		"priced, written":              {ratePolicy("p", nodes+"  scaleIn: {stabilization: 1m}\n"), time.Minute},
		"priced, written as none":      {ratePolicy("p", nodes+"  scaleIn: {stabilization: 0s}\n"), 0},
		"a fixed quantile":             {ratePolicy("p", nodes+"  quantile: 0.99\n"), 5 * time.Minute},
		"a backlog":                    {lag, 5 * time.Minute},
		"a backlog, and a rate beside": {rateToo, 5 * time.Minute},
	} {
		p, err := onePolicy(t, c.text)
		if err != nil || p.ScaleIn.Stabilization != c.want {
			t.Errorf("%s: %s, %v, want %s", name, p.ScaleIn.Stabilization, err, c.want)
		}
	}
}

// A review warns of nodes that nothing prices; a server starts all the same.
func TestNodesThatAreNotPriced(t *testing.T) {
	const nodes = "  nodes: {replicasPerNode: 8}\n"
	for name, c := range map[string]struct{ text, want string }{
		"priced":           {ratePolicy("p", nodes), ""},
		"a fixed quantile": {ratePolicy("p", nodes+"  quantile: 0.99\n"), "spec.nodes: are not priced beside a fixed quantile"},
		"no nodes":         {ratePolicy("p", "  quantile: 0.99\n"), ""},
		"a backlog alone":  {strings.Replace(fullPolicy, "  quantile: 0.95\n", "", 1), "only signals of type rate and connections"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := write(t, map[string]string{"p.yaml": c.text})
			report := config.Check([]string{dir})
			errors, warnings := report.Count()
			if errors != 0 || (warnings == 1) != (c.want != "") || !strings.Contains(report.String(), c.want) {
				t.Errorf("want %q in\n%s", c.want, report)
			}
			if _, err := config.LoadPolicies(dir); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestForecastTimezone(t *testing.T) {
	load := func(text string) (*config.Set, error) {
		return config.LoadFS(fstest.MapFS{"s.yaml": {Data: []byte("apiVersion: headstart/v1\nkind: Server\nspec:\n  forecast: " + text + "\n")}}, "s.yaml")
	}
	for text, want := range map[string]string{"{}": "UTC", "{timezone: UTC}": "UTC", "{timezone: Europe/Malta}": "Europe/Malta"} {
		set, err := load(text)
		if err != nil || set.Server.Forecast.Zone().String() != want {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	for _, text := range []string{`{timezone: ""}`, "{timezone: Local}", "{timezone: Malta/Europe}", "{timezone: ../etc/passwd}", "{zone: UTC}"} {
		if _, err := load(text); err == nil || !strings.Contains(err.Error(), "spec.forecast.") {
			t.Errorf("%s: %v", text, err)
		}
	}
}
