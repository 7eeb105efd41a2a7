package decision_test

import (
	"encoding/json"
	"strings"
	"testing"

	. "github.com/headstart-scaler/headstart/decision"
)

// Warm nodes are told where nodes are known, and there in a headline where some
// are asked for.
func TestExplanationTellsWarmNodes(t *testing.T) {
	path := flat(1110)
	for name, c := range map[string]struct {
		policy     Policy
		text, json string
	}{
		"some":     {rooms(false), "lobby: 23 replicas, and warm nodes for 1 more at 20:00:00Z\n", `"warm":1`},
		"none":     {rooms(true), "lobby: 24 replicas at 20:00:00Z\n", `"warm":0`},
		"no nodes": {lobby(), "lobby: 23 replicas at 20:00:00Z\n", ""},
	} {
		e := expecting(t, c.policy, 2, path).Explain("lobby")
		if !strings.HasPrefix(e.Text(), c.text) {
			t.Errorf("%s:\n%swant\n%s", name, e.Text(), c.text)
		}
		told, err := json.Marshal(e)
		if err != nil || !strings.Contains(string(told), c.json) || strings.Contains(string(told), "warm\":") != (c.json != "") {
			t.Errorf("%s: %s, %v, want %s", name, told, err, c.json)
		}
	}
	p := rooms(false)
	_, refused := p.Decide(State{}, Input{At: start, Tick: tick, Signals: make([]Observation, 2)})
	if e := refused.Explain("lobby"); refused.Refusal == "" || e.Warm != nil {
		t.Errorf("refused %q, %v warm", refused.Refusal, e.Warm)
	}
}
