package config_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/headstart-scaler/headstart/config"
)

func TestCheckReadsAsWritten(t *testing.T) {
	report := config.Check([]string{"testdata/check"})
	var out bytes.Buffer
	if _, err := report.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/check.golden", out.String())
}

func TestCheckExitCode(t *testing.T) {
	object := func(extra string) string {
		return `apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: p}
spec:
  minReplicaCount: 1
  maxReplicaCount: 10
  fallback: {failureThreshold: 3, replicas: 3}
  advanced: {horizontalPodAutoscalerConfig: {behavior: {scaleUp: {policies: [{type: Pods, value: 10, periodSeconds: 15}]}}}}
  triggers: [{type: external-push, metadata: {scalerAddress: "h:1", policy: p}}]
` + extra
	}
	for name, c := range map[string]struct {
		files        map[string]string
		code, strict int
	}{
		"fine":            {map[string]string{"p.yaml": ratePolicy("p", ""), "so.yaml": object("")}, 0, 0},
		"warning":         {map[string]string{"p.yaml": ratePolicy("p", ""), "so.yaml": object("  pollingInterval: 31\n")}, 0, 3},
		"error":           {map[string]string{"p.yaml": ratePolicy("p", "  mode: on\n"), "so.yaml": object("  pollingInterval: 31\n")}, 1, 1},
		"unknown policy":  {map[string]string{"p.yaml": ratePolicy("q", ""), "so.yaml": object("")}, 1, 1},
		"no policy":       {map[string]string{"so.yaml": object("")}, 0, 0},
		"others only":     {map[string]string{"x.yaml": "apiVersion: v1\nkind: Secret\nstringData: {a: b}\n"}, 0, 0},
		"slip in head":    {map[string]string{"x.yaml": "apiVersion: headstart/v1\nkind: Policies\n"}, 1, 1},
		"missing source":  {map[string]string{"s.yaml": strings.Replace(server, "policies/", "p.yml", 1), "p.yml": strings.Replace(ratePolicy("p", ""), "{query", "{source: no, query", 1)}, 1, 1},
		"missing folder":  {map[string]string{"s.yaml": server}, 1, 1},
		"broken YAML":     {map[string]string{"s.yaml": "a: [\n"}, 1, 1},
		"broken ScaledOb": {map[string]string{"p.yaml": ratePolicy("p", ""), "so.yaml": object("  minReplicaCount: 2\n")}, 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			report := config.Check([]string{write(t, c.files)})
			if report.ExitCode(false) != c.code || report.ExitCode(true) != c.strict {
				t.Errorf("%d, strictly %d, want %d and %d\n%s", report.ExitCode(false), report.ExitCode(true), c.code, c.strict, report)
			}
		})
	}
}

func TestCheckNamesAMissingFile(t *testing.T) {
	report := config.Check([]string{filepath.Join(t.TempDir(), "no.yaml")})
	if report.ExitCode(false) != 1 || !strings.Contains(report.String(), "no.yaml: error: cannot be read: no such file or directory") {
		t.Errorf("\n%s", report)
	}
}

// TestCheckDoesNotMissWhatItCouldNotRead is one error for one mistake: the
// policy of a file with errors is not missing besides.
func TestCheckDoesNotMissWhatItCouldNotRead(t *testing.T) {
	const object = `apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: lobby}
spec:
  scaleTargetRef: {name: lobby}
  triggers: [{type: external-push, metadata: {scalerAddress: "h:1", policy: p}}]
`
	other, good := ratePolicy("other", ""), ratePolicy("p", "")
	for name, c := range map[string]struct {
		text    string // of p.yaml
		excused bool
	}{
		"broken YAML":        {good + "  x: [\n", true},
		"broken beside":      {other + "---\na: [\n", true},
		"not text":           {"\xff\xfea\x00", true},
		"too large":          {good + "#" + strings.Repeat("x", 64<<10), true},
		"no name":            {strings.Replace(good, "{name: p}", "{nam: p}", 1), true},
		"a slip in the kind": {strings.Replace(good, "kind: Policy", "kind: Polcy", 1), true},
		"another version":    {strings.Replace(good, "headstart/v1", "headstart/v2", 1), true},
		"a wrong value":      {ratePolicy("p", "  mode: on\n"), false}, // its name is known: nothing to excuse
		"another policy":     {other, false},
		"a wrong other":      {ratePolicy("other", "  mode: on\n"), false},
	} {
		t.Run(name, func(t *testing.T) {
			report := config.Check([]string{write(t, map[string]string{"p.yaml": c.text, "q.yaml": ratePolicy("q", ""), "so.yaml": object})})
			misses := strings.Contains(report.String(), "there is no policy p")
			if want := !c.excused && !strings.Contains(c.text, "{name: p}"); misses != want {
				t.Errorf("the policy is missed: %v, want %v\n%s", misses, want, report)
			}
			if note := strings.Contains(report.String(), "p.yaml: mend that first"); note != c.excused {
				t.Errorf("the note is there: %v, want %v\n%s", note, c.excused, report)
			}
			if errors, _ := report.Count(); c.excused && errors == 0 {
				t.Errorf("excused without an error\n%s", report)
			}
		})
	}
}

func TestCheckNamesAnUnreadableFileOfAFolder(t *testing.T) {
	dir := write(t, map[string]string{"s.yaml": server, "policies/q.yaml": ratePolicy("q", "")})
	link(t, "gone.yaml", filepath.Join(dir, "policies/p.yaml"))
	if report := config.Check([]string{dir}).String(); !strings.Contains(report, filepath.Join(dir, "policies/p.yaml")+": error: cannot be read: no such file or directory") {
		t.Errorf("got\n%s", report)
	}
	report := config.Check([]string{filepath.Join(dir, "s.yaml")}).String()
	if want := "spec.policies[0]: cannot read " + filepath.Join(dir, "policies/p.yaml") + " of policies/: no such file or directory"; !strings.Contains(report, want) {
		t.Errorf("got\n%s\nwant %s", report, want)
	}
}

// TestCheckFollowsTheServer reads what Load would read, from the one file.
func TestCheckFollowsTheServer(t *testing.T) {
	dir := write(t, map[string]string{"s.yaml": server, "policies/p.yaml": ratePolicy("p", "  podLed: 3s\n")})
	report := config.Check([]string{filepath.Join(dir, "s.yaml")})
	if !strings.Contains(report.String(), "Did you mean podLead?") {
		t.Errorf("\n%s", report)
	}
	if err := os.Remove(filepath.Join(dir, "policies/p.yaml")); err != nil {
		t.Fatal(err)
	}
	if report := config.Check([]string{filepath.Join(dir, "s.yaml")}); report.ExitCode(true) != 0 {
		t.Errorf("\n%s", report)
	}
}
