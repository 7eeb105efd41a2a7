package decision

import "testing"

func TestWhyOfAnOutcome(t *testing.T) {
	step := func(name string, before, after Replicas) Step {
		return Step{Name: name, Before: before, After: after, Why: "because"}
	}
	for _, c := range []struct {
		name string
		o    Outcome
		want string
	}{
		{"refusal", Outcome{Refusal: "never read", Steps: []Step{step("min", 0, 1)}}, "never read"},
		{"last that changed", Outcome{Steps: []Step{step("rate", 0, 5), step("max", 5, 4), step("latency", 4, 4)}}, "max: because"},
		{"none changed", Outcome{Steps: []Step{step("rate", 0, 0), step("lag", 0, 0)}}, "rate: because"},
		{"no step", Outcome{}, "no signal asks for a replica"},
	} {
		if got := c.o.Why(); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
