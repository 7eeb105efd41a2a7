package kube

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/headstart-scaler/headstart/decision"
)

const kubeconfig = `apiVersion: v1
kind: Config
current-context: here
clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}, {name: d, cluster: {server: "https://127.0.0.1:2"}}]
users: [{name: u, user: {token: secret}}]
contexts: [{name: here, context: {cluster: c, user: u}}, {name: there, context: {cluster: d, user: u}}]
`

func TestConnect(t *testing.T) {
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	good, bad := filepath.Join(t.TempDir(), "good"), filepath.Join(t.TempDir(), "bad")
	if err := os.WriteFile(good, []byte(kubeconfig), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(bad, []byte("clusters: 3"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		options Options
		want    string // what Status says
	}{
		"nothing said":        {Options{}, "not in a cluster, and no kubeconfig is named"},
		"auto":                {Options{Mode: Auto}, "not in a cluster, and no kubeconfig is named"},
		"auto, kubeconfig":    {Options{Mode: Auto, Kubeconfig: good}, "watching https://127.0.0.1:1"},
		"on, another context": {Options{Mode: On, Kubeconfig: good, Context: "there"}, "watching https://127.0.0.1:2"},
		"off":                 {Options{Mode: Off, Kubeconfig: good}, "switched off"},
	} {
		t.Run(name, func(t *testing.T) {
			cluster, err := Connect(c.options)
			if err != nil {
				t.Fatal(err)
			}
			if s := cluster.Status(); s.Why != c.want || s.Reachable != strings.HasPrefix(c.want, "watching") {
				t.Errorf("status %+v, want %s", s, c.want)
			}
		})
	}
	for name, c := range map[string]struct {
		options Options
		want    string // part of the error
	}{
		"auto, bad file":      {Options{Mode: Auto, Kubeconfig: bad}, "read kubeconfig " + bad},
		"auto, no file":       {Options{Mode: Auto, Kubeconfig: good + "x"}, "no such file"},
		"on":                  {Options{Mode: On}, "outside a cluster name a kubeconfig"},
		"on, no such context": {Options{Mode: On, Kubeconfig: good, Context: "x"}, `"x"`},
		"unknown":             {Options{Mode: "yes"}, `mode "yes" is not known: use auto, on or off`},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Connect(c.options); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %s", err, c.want)
			}
		})
	}
}

// In a pod whose service account is not mounted, auto is off and says why.
func TestConnectWithoutAToken(t *testing.T) {
	if _, err := os.Stat("/var/run/secrets/kubernetes.io/serviceaccount/token"); err == nil {
		t.Skip("THIS TEST RUNS IN A POD WITH A SERVICE ACCOUNT")
	}
	t.Setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1")
	t.Setenv("KUBERNETES_SERVICE_PORT", "1")
	cluster, err := Connect(Options{})
	if err != nil {
		t.Fatal(err)
	}
	if s := cluster.Status(); s.Reachable || !strings.Contains(s.Why, "automountServiceAccountToken") {
		t.Errorf("status %+v", s)
	}
}

// Whatever is wired to a Cluster works when there is none.
func TestWithoutACluster(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Clients{}, Options{}, "off")
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			c.Run(ctx)
		}()
		synctest.Wait()
		select {
		case <-done:
			t.Error("Run returned before its context ended")
		default:
		}
		if s := c.Scale(deposits); s != (decision.Scale{Tolerance: -1}) {
			t.Errorf("scale %+v", s)
		}
		for trigger := range c.Triggers {
			t.Errorf("trigger %v", trigger)
		}
		if c.Transition(deposits, "Normal", "Test", "x") {
			t.Error("an Event went somewhere")
		}
		cancel()
		<-done
	})
}
