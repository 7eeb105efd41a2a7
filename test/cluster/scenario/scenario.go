package scenario

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/headstart-scaler/headstart/test/cluster/plane/usage"
	"github.com/headstart-scaler/headstart/test/rig"
)

// Setup is what a Scenario begins with.
type Setup struct {
	// Policies are Policy documents, YAML each.
	Policies []string
	// Kafka and Prometheus are the addresses of the sources main and metrics,
	// as the examples name them; empty leaves the source out.
	Kafka, Prometheus string
	// Tick is the time between decisions; 1 s where zero.
	Tick time.Duration
}

// Scenario is a namespace of a cluster with a Headstart of its own.
type Scenario struct {
	t         *testing.T
	cluster   *Cluster
	setup     Setup
	begin     time.Time
	folder    string // of the configuration
	Namespace string
	Headstart *rig.Headstart

	mu        sync.Mutex
	workloads []*Workload
}

// New makes a namespace and starts a Headstart for it. Both end with the test;
// the timeline is printed when the test fails, and with -v.
func New(t *testing.T, cluster *Cluster, setup Setup) *Scenario {
	t.Helper()
	if setup.Tick == 0 {
		setup.Tick = time.Second
	}
	s := &Scenario{
		t: t, cluster: cluster, setup: setup, begin: time.Now(), folder: t.TempDir(),
		Namespace: fmt.Sprintf("%s-%04x", namespaceOf(t.Name()), time.Now().UnixNano()/1000%0x10000),
	}
	t.Cleanup(s.tell)
	s.authenticate()
	s.configure()
	s.must(cluster.ensureNamespace(t.Context(), s.Namespace))
	s.Headstart = rig.ServeHeadstart(t, filepath.Join(s.folder, "server.yaml"), s.listen())
	s.begin = time.Now()         // the first time, a program was built before
	t.Cleanup(s.removeNamespace) // while Headstart still answers
	return s
}

// tell prints the timelines of a test that failed, and with -v.
func (s *Scenario) tell() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range s.workloads {
		if s.t.Failed() || testing.Verbose() {
			s.t.Logf("what happened to %s:\n%s", w.ID(), w.timeline)
		}
	}
}

// namespaceOf makes a namespace's name of a test's: TestMax/cron is max-cron.
// What New adds keeps two runs on one cluster apart.
func namespaceOf(test string) string {
	var b strings.Builder
	for i, r := range strings.TrimPrefix(test, "Test") {
		switch {
		case r >= 'A' && r <= 'Z':
			if i > 0 {
				b.WriteByte('-')
			}
			b.WriteRune(r + 'a' - 'A')
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		default:
			b.WriteByte('-')
		}
	}
	name := b.String()
	for strings.Contains(name, "--") {
		name = strings.ReplaceAll(name, "--", "-")
	}
	return strings.Trim(name[:min(len(name), 50)], "-")
}

// removeNamespace deletes everything the scenario made and waits until it is
// gone: a HPA whose Headstart is away, and hundreds of objects that end, take
// the time of controllers that the next scenario waits for.
func (s *Scenario) removeNamespace() {
	const limit = 3 * time.Minute
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.t.Context()), limit)
	defer cancel()
	namespaces := s.cluster.Kube.CoreV1().Namespaces()
	err := namespaces.Delete(ctx, s.Namespace, metav1.DeleteOptions{})
	for err == nil && ctx.Err() == nil {
		_, err = namespaces.Get(ctx, s.Namespace, metav1.GetOptions{})
		select {
		case <-ctx.Done():
		case <-time.After(200 * time.Millisecond):
		}
	}
	switch {
	case apierrors.IsNotFound(err):
	case err != nil:
		s.t.Logf("clean up: %v", err)
	default:
		s.t.Logf("clean up: namespace %s is still there after %s", s.Namespace, limit)
	}
}

// configure writes what `headstart serve` reads, and its certificates.
func (s *Scenario) configure() {
	s.t.Helper()
	served := s.cluster.authority.Issue(s.t, "headstart", s.cluster.Host)
	rig.WriteFiles(s.t, s.folder, map[string]string{
		"tls.crt": served.Cert, "tls.key": served.Key, "ca.crt": s.cluster.authority.PEM,
		"server.yaml": s.server(),
	})
	policies := filepath.Join(s.folder, "policies")
	s.must(os.Mkdir(policies, 0o700))
	for i, text := range s.setup.Policies {
		rig.WriteFiles(s.t, policies, map[string]string{fmt.Sprintf("policy-%d.yaml", i): text})
	}
}

// server is the Server document.
func (s *Scenario) server() string {
	var sources strings.Builder
	if s.setup.Kafka != "" {
		fmt.Fprintf(&sources, "    - name: main\n      kafka: {bootstrapServers: %q, timeout: 2s}\n", s.setup.Kafka)
	}
	if s.setup.Prometheus != "" {
		fmt.Fprintf(&sources, "    - name: metrics\n      prometheus: {serverAddress: %q, timeout: 2s, staleAfter: 30s}\n", s.setup.Prometheus)
	}
	return fmt.Sprintf(`apiVersion: headstart/v1
kind: Server
spec:
  grpc:
    tls: {certFile: tls.crt, keyFile: tls.key, clientCAFile: ca.crt}
  tick: %s
  snapshotMaxAge: 15s
  policies: [policies/]
  store: {sqlite: {file: headstart.db}}
  kubernetes: {mode: "on", kubeconfig: %q, namespaces: [%s]}
  sources:
%s`, s.setup.Tick, s.cluster.user, s.Namespace, sources.String())
}

// listen is the address to listen on: loopback, unless KEDA is elsewhere.
func (s *Scenario) listen() string {
	if s.cluster.Host == "127.0.0.1" {
		return "127.0.0.1:0"
	}
	return ":0"
}

// address is where KEDA reaches the scenario's Headstart.
func (s *Scenario) address() string {
	_, port, err := net.SplitHostPort(s.Headstart.GRPC)
	s.must(err)
	return net.JoinHostPort(s.cluster.Host, port)
}

// UsesCPU says how much CPU, such as "150m", the Ready pods of the scenario use
// together, each its share. A cluster that is not emulated does not hear it.
func (s *Scenario) UsesCPU(together string) {
	s.t.Helper()
	s.must(s.cluster.Apply(s.t.Context(), &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Namespace",
		"metadata": map[string]any{"name": s.Namespace, "labels": map[string]any{suiteLabel: "true"}, "annotations": map[string]any{usage.CPUAnnotation: together}},
	}}))
	s.Remark("pods use %s of CPU together", together)
}

// Remark puts a line into the timelines, before what it speaks of is done.
func (s *Scenario) Remark(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range s.workloads {
		w.timeline.Remark(s.elapsed(), fmt.Sprintf(format, args...))
	}
}

func (s *Scenario) elapsed() time.Duration { return time.Since(s.begin) }

func (s *Scenario) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}
