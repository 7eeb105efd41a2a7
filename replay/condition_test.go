package replay_test

import (
	"encoding/json"
	"strings"
	"testing"

	. "github.com/headstart-scaler/headstart/replay"
)

func TestConditions(t *testing.T) {
	f := Figures{UnderProvisioned: new(0.001), AccuracyU: 3, MinutesLate: new(2.0), NodeHours: 120, Regret: new(0.4), Jitter: -1}
	for _, c := range []struct {
		text string
		met  bool
		want string
	}{
		{"under_provisioned > 0.1%", false, ""},
		{"under_provisioned >= 0.1%", true, "under_provisioned is 0.1 %, by 0 % beyond under_provisioned >= 0.1%"},
		{"under_provisioned>0.0005", true, "under_provisioned is 0.1 %, by 0.05 % beyond"},
		{"under_provisioned < 0.2 %", true, "by 0.1 % beyond"},
		{"accuracy_u > 2%", true, "accuracy_u is 3 %, by 1 %"},
		{"minutes_late_to_peak > 90s", true, "is 2 min, by 0.5 min"},
		{"minutes_late_to_peak > 2min", false, ""},
		{"node_hours > 100h", true, "is 120 h, by 20 h"},
		{"node_hours <= 119.9", false, ""},
		{"regret > 0.5", false, ""},
		{"regret > 30%", true, "regret is 0.4, by 0.1"},
		{"jitter > -2/h", true, "is -1 /h"},
	} {
		condition, err := ParseCondition(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		met, text, err := condition.Met(f)
		if err != nil || met != c.met || !strings.Contains(text, c.want) {
			t.Errorf("%s: %t, %q, %v", c.text, met, text, err)
		}
	}
}

func TestConditionsRefuse(t *testing.T) {
	for text, want := range map[string]string{
		"under_provisioned = 1":    "compares nothing",
		"underprovisioned > 1":     "known are under_provisioned, peak_under_provisioned",
		"under_provisioned > many": "is no number",
		"under_provisioned > 1h":   `"h" is no unit of what is measured as share`,
		"node_hours > 1%":          "is no unit",
		"regret > NaN":             "is no number",
	} {
		if _, err := ParseCondition(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	c, err := ParseCondition("peak_under_provisioned > 1%")
	if err != nil {
		t.Fatal(err)
	}
	if met, _, err := c.Met(Figures{}); met || err == nil || !strings.Contains(err.Error(), "no event takes place") {
		t.Errorf("%t, %v", met, err)
	}
}

// Conditions name figures as JSON does: each, and in its order.
func TestFiguresAreNamedAsInJSON(t *testing.T) {
	var f Figures
	text, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, figure := range f.All() {
		names = append(names, figure.Name)
	}
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	var keys []string
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			t.Fatal(err)
		}
		if key, ok := token.(string); ok {
			keys = append(keys, key)
		}
	}
	if got, want := strings.Join(names, " "), strings.Join(keys, " "); got != want {
		t.Errorf("figures\n%s\nJSON\n%s", got, want)
	}
}

func TestFiguresByName(t *testing.T) {
	for i, figure := range new(Figures).All() {
		fields := map[string]float64{figure.Name: float64(i) + 1}
		encoded, err := json.Marshal(fields)
		if err != nil {
			t.Fatal(err)
		}
		var one Figures
		if err := json.Unmarshal(encoded, &one); err != nil {
			t.Fatal(err)
		}
		if got := one.All()[i]; !got.Known || got.Value != float64(i)+1 {
			t.Errorf("%s: %+v", figure.Name, got)
		}
	}
}
