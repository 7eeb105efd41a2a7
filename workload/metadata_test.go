package workload_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/headstart-scaler/headstart/workload"
)

var deposits = workload.ID{Namespace: "demo", Name: "deposits"}

func everyKey() map[string]string {
	return map[string]string{
		"scalerAddress": "headstart.headstart.svc:9090", "enableTLS": "true", "unsafeSsl": "false",
		"policy": "deposits", "minReplicas": "2", "maxReplicas": "80", "mode": "advise",
		"consumerGroup": "deposits-aurora", "topic": "deposits.v2",
	}
}

func TestParseTrigger(t *testing.T) {
	got, err := workload.ParseTrigger(deposits, everyKey())
	if err != nil {
		t.Fatal(err)
	}
	want := workload.Trigger{
		Workload: deposits, Policy: "deposits",
		Overrides: workload.Overrides{
			Min: workload.Override{Set: true, Value: 2}, Max: workload.Override{Set: true, Value: 80},
			Mode: "advise", ConsumerGroup: "deposits-aurora", Topic: "deposits.v2",
		},
	}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestParseTriggerKeepsThePolicyWithoutOverrides(t *testing.T) {
	got, err := workload.ParseTrigger(deposits, map[string]string{"scalerAddress": "h:1", "policy": "deposits"})
	if want := (workload.Trigger{Workload: deposits, Policy: "deposits"}); err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestParseTriggerDoesNotAllocate(t *testing.T) {
	metadata := everyKey()
	allocs := testing.AllocsPerRun(100, func() {
		if _, err := workload.ParseTrigger(deposits, metadata); err != nil {
			t.Fatal(err)
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations per call, want none", allocs)
	}
}

func TestParseTriggerRefuses(t *testing.T) {
	long := strings.Repeat("a", 64)
	for _, c := range []struct {
		key, value, want string
	}{
		{"polcy", "deposits", `trigger metadata "polcy": is not a key of Headstart: did you mean policy?`},
		{"MinReplicas", "1", `trigger metadata "MinReplicas": is not a key of Headstart: did you mean minReplicas?`},
		{"caCert", "PEM", `trigger metadata "caCert": is not a key of Headstart: move it into a TriggerAuthentication`},
		{"hostFromEnv", "X", `trigger metadata "hostFromEnv": is not a key of Headstart: write the value itself`},
		{"bootstrapServers", "b:9092", `remove it, or set it in the policy; a trigger may have scalerAddress, `},
		{"policy", "", "trigger metadata policy: found \"\": write the name of a Policy"},
		{"policy", "Deposits", `trigger metadata policy: found "Deposits": write the name of a Policy`},
		{"policy", "-deposits", "write the name of a Policy"},
		{"policy", long, "write the name of a Policy"},
		{"minReplicas", "-1", `trigger metadata minReplicas: found "-1": write a whole number from 0`},
		{"minReplicas", "81", "trigger metadata minReplicas: 81 is above maxReplicas 80: write minReplicas ≤ maxReplicas"},
		{"maxReplicas", "0", "write a whole number from 1"},
		{"maxReplicas", "2147483648", "write a whole number from 1 to 2147483647"},
		{"maxReplicas", "1e3", "write a whole number"},
		{"mode", "enforced", `trigger metadata mode: found "enforced": did you mean enforce?`},
		{"mode", "off", "write shadow, advise or enforce"},
		{"consumerGroup", "", "write the group.id of the consumers"},
		{"consumerGroup", strings.Repeat("g", 254), "write the group.id of the consumers"},
		{"topic", "deposits,bonus", "several topics belong into the policy"},
		{"topic", strings.Repeat("t", 250), "write one topic"},
		{"topic", "..", "write one topic"},
		{"enableTLS", "yes", `trigger metadata enableTLS: found "yes": write "true" or "false"`},
		{"scalerAddress", "a b", "write HOST:PORT"},
	} {
		metadata := everyKey()
		metadata[c.key] = c.value
		_, err := workload.ParseTrigger(deposits, metadata)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s=%.20s: got %v, want %q", c.key, c.value, err, c.want)
		}
	}
}

func TestParseTriggerTakesWhatIsJustInside(t *testing.T) {
	for _, c := range []struct{ key, value string }{
		{"policy", strings.Repeat("a", 63)},
		{"minReplicas", "0"},
		{"minReplicas", "80"},
		{"maxReplicas", "2147483647"},
		{"consumerGroup", strings.Repeat("g", 253)},
		{"topic", strings.Repeat("t", 249)},
		{"enableTLS", "1"},
	} {
		metadata := everyKey()
		metadata[c.key] = c.value
		if _, err := workload.ParseTrigger(deposits, metadata); err != nil {
			t.Errorf("%s=%.20s: %v", c.key, c.value, err)
		}
	}
}

func TestParseTriggerWantsAPolicy(t *testing.T) {
	_, err := workload.ParseTrigger(deposits, map[string]string{"scalerAddress": "h:1"})
	const want = "trigger metadata policy: is missing: add policy: NAME, the name of a Policy in Headstart's configuration"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestParseTriggerBoundsTheWhole(t *testing.T) {
	many := everyKey()
	for i := len(many); i <= workload.MaxMetadataKeys; i++ {
		many[fmt.Sprint("k", i)] = ""
	}
	if _, err := workload.ParseTrigger(deposits, many); err == nil ||
		err.Error() != "trigger metadata: found 65 keys, at most 64 are read: keep only the keys of Headstart" {
		t.Errorf("65 keys: %v", err)
	}
	big := everyKey()
	big["topic"] = strings.Repeat("x", 10<<20)
	_, err := workload.ParseTrigger(deposits, big)
	if err == nil || len(err.Error()) > 300 || !strings.Contains(err.Error(), "found more than 64 KiB") {
		t.Errorf("10 MiB: %.300v", err)
	}
	// Just inside the bound the error is about the key, and still short.
	big["topic"] = strings.Repeat("x", 60<<10)
	_, err = workload.ParseTrigger(deposits, big)
	if err == nil || len(err.Error()) > 300 || !strings.Contains(err.Error(), "write one topic") {
		t.Errorf("60 KiB: %.300v", err)
	}
}

func TestParseTriggerNamesTheSameKeyEachTime(t *testing.T) {
	metadata := map[string]string{"policy": "p", "zz": "", "mm": "", "aa": "", "topic": "?"}
	for range 50 {
		_, err := workload.ParseTrigger(deposits, metadata)
		var wrong *workload.MetadataError
		if !errors.As(err, &wrong) || wrong.Key != `"aa"` {
			t.Fatalf("got %v", err)
		}
	}
}

func TestMetricNameIsWhatKEDATakes(t *testing.T) {
	valid := regexp.MustCompile(`^[a-z0-9-]+$`)
	rapid.Check(t, func(t *rapid.T) {
		policy := rapid.StringMatching(`[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?`).Draw(t, "policy")
		if !workload.IsDNSLabel(policy) {
			t.Fatalf("%q is a DNS label", policy)
		}
		if name := workload.MetricName(policy); name != "headstart-"+policy || !valid.MatchString(name) {
			t.Fatalf("metric %q of %q", name, policy)
		}
	})
}

func FuzzParseTrigger(f *testing.F) {
	f.Add("policy", "deposits", "mode", "enforce")
	f.Add("minReplicas", "9", "maxReplicas", "3")
	f.Add("policy", "deposits", "topic", "\xff")
	f.Fuzz(func(t *testing.T, k1, v1, k2, v2 string) {
		got, err := workload.ParseTrigger(deposits, map[string]string{k1: v1, k2: v2})
		if err != nil {
			var wrong *workload.MetadataError
			if !errors.As(err, &wrong) || wrong.Reason == "" || wrong.Fix == "" || len(err.Error()) > 1000 {
				t.Fatalf("unhelpful: %v", err)
			}
			return
		}
		if !workload.IsDNSLabel(got.Policy) || got.Min.Value < 0 || (got.Max.Set && got.Max.Value < max(1, got.Min.Value)) {
			t.Fatalf("invalid trigger %+v", got)
		}
	})
}

func BenchmarkParseTrigger(b *testing.B) {
	metadata := everyKey()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := workload.ParseTrigger(deposits, metadata); err != nil {
			b.Fatal(err)
		}
	}
}

func ExampleParseTrigger() {
	t, err := workload.ParseTrigger(workload.ID{Namespace: "demo", Name: "deposits"}, map[string]string{
		"scalerAddress": "headstart.headstart.svc:9090",
		"policy":        "deposits",
	})
	fmt.Println(t, err)
	_, err = workload.ParseTrigger(workload.ID{}, map[string]string{"policy": "deposits", "maxReplica": "20"})
	fmt.Println(err)
	// Output:
	// demo/deposits (policy deposits) <nil>
	// trigger metadata "maxReplica": is not a key of Headstart: did you mean maxReplicas?
}
