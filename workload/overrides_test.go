package workload

import "testing"

func TestOverridesReadAsMetadata(t *testing.T) {
	for _, c := range []struct {
		name string
		o    Overrides
		want string
	}{
		{"nothing", Overrides{}, ""},
		{"a minimum of zero is something", Overrides{Min: Override{Set: true}}, "minReplicas=0"},
		{"all, in order", Overrides{
			Min: Override{Set: true, Value: 2}, Max: Override{Set: true, Value: 40},
			Mode: modeShadow, ConsumerGroup: "deposits", Topic: "deposits.v2",
		}, "minReplicas=2 maxReplicas=40 mode=shadow consumerGroup=deposits topic=deposits.v2"},
		{"a group that looks like two keys", Overrides{ConsumerGroup: "g topic=x"}, `consumerGroup="g topic=x"`},
		{"two keys", Overrides{ConsumerGroup: "g", Topic: "x"}, "consumerGroup=g topic=x"},
	} {
		if got := c.o.String(); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
