package main

import (
	"context"
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	pb "github.com/kedacore/keda/v2/pkg/scalers/externalscaler"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
)

const serverYAML = `apiVersion: headstart/v1
kind: Server
spec:
  tick: 1s
  snapshotMaxAge: 30s
  policies: [policies]
  kubernetes: {mode: "off"}
  sources:
    - name: metrics
      prometheus: {serverAddress: "METRICS"}
`

const lobbyYAML = `apiVersion: headstart/v1
kind: Policy
metadata: {name: lobby}
spec:
  minReplicas: 2
  maxReplicas: 100
  quantile: 0.5 # the level itself, so that the test can name the number
  signals:
    - {name: requests, type: rate, prometheus: {query: requests}, capacity: 50}
`

// served is a running `headstart serve`, its files and its clients.
type served struct {
	t       *testing.T
	folder  string
	server  string // what server.yaml says
	address string // HTTP
	grpc    string
	scaler  pb.ExternalScalerClient
	log     *screen
	exit    chan int
	end     context.CancelFunc

	mu       sync.Mutex
	answered string // what the metrics endpoint answers, as JSON
	takes    time.Duration
}

func (s *served) answer(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answered = text
}

// told is the endpoint's answer, once the time it takes is over.
func (s *served) told() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	time.Sleep(s.takes) // the endpoint is slow: nothing is waited for by it
	now := strconv.FormatFloat(float64(time.Now().UnixMilli())/1000, 'f', 3, 64)
	return strings.ReplaceAll(s.answered, "NOW", now)
}

// startServe runs serve with serverYAML, in which each first text is replaced
// by the second.
func startServe(t *testing.T, replaced ...string) *served {
	t.Helper()
	s := newServed(t)
	s.run(replaced...)
	return s
}

func newServed(t *testing.T) *served {
	t.Helper()
	s := &served{t: t, folder: t.TempDir(), log: &screen{}, exit: make(chan int, 1)}
	s.answer(`{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[NOW,"1000"]}]}}`)
	return s
}

// files writes the configuration, and starts the endpoint it names.
func (s *served) files(replaced ...string) {
	t := s.t
	t.Helper()
	metrics := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, s.told())
	}))
	t.Cleanup(metrics.Close)
	s.server = strings.ReplaceAll(strings.NewReplacer(replaced...).Replace(serverYAML), "METRICS", metrics.URL)
	s.write("server.yaml", s.server)
	s.write("policies/lobby.yaml", lobbyYAML)
}

func (s *served) run(replaced ...string) {
	t := s.t
	t.Helper()
	s.files(replaced...)
	ctx, cancel := context.WithCancel(t.Context())
	s.end = cancel
	go func() {
		s.exit <- Main(ctx, []string{
			"serve", "--config", filepath.Join(s.folder, "server.yaml"),
			"--grpc-listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0",
		}, &screen{}, s.log)
	}()
	started := s.log.until(t, 20*time.Second, `"grpc":"([^"]+)","http":"([^"]+)"`)
	s.address = "http://" + started[2]
	s.grpc = started[1]
	s.dial(insecure.NewCredentials())
}

func (s *served) dial(c credentials.TransportCredentials) {
	t := s.t
	t.Helper()
	conn, err := grpc.NewClient(s.grpc, grpc.WithTransportCredentials(c))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	s.scaler = pb.NewExternalScalerClient(conn)
}

func (s *served) write(name, text string) {
	s.t.Helper()
	path := filepath.Join(s.folder, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s *served) ref(metadata ...string) *pb.ScaledObjectRef {
	ref := &pb.ScaledObjectRef{Namespace: "shop", Name: "lobby", ScalerMetadata: map[string]string{
		"scalerAddress": "headstart:9090", "policy": "lobby",
	}}
	for i := 0; i < len(metadata); i += 2 {
		ref.ScalerMetadata[metadata[i]] = metadata[i+1]
	}
	return ref
}

// replicas asks as KEDA does until there is an answer.
func (s *served) replicas() float64 {
	s.t.Helper()
	ctx := s.t.Context()
	var last error
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		spec, err := s.scaler.GetMetricSpec(ctx, s.ref())
		if err != nil {
			s.t.Fatalf("GetMetricSpec: %v", err)
		}
		answer, err := s.scaler.GetMetrics(ctx, &pb.GetMetricsRequest{ScaledObjectRef: s.ref(), MetricName: spec.GetMetricSpecs()[0].GetMetricName()})
		if err == nil {
			return answer.GetMetricValues()[0].GetMetricValueFloat()
		}
		last = err
	}
	s.t.Fatalf("no answer within 10 s: %v", last)
	return 0
}

func (s *served) get(path string) string {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.address+path, http.NoBody)
	if err != nil {
		s.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(body)
}

// until polls a path until its answer holds the text.
func (s *served) until(path, text string) {
	s.t.Helper()
	var body string
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if body = s.get(path); strings.Contains(body, text) {
			return
		}
	}
	s.t.Fatalf("%s does not say %q within 10 s but\n%s", path, text, body)
}

// A reload that is wrong leaves the last good configuration serving, says so
// everywhere, and the next good one takes its place.
func TestBadReloadsLeaveTheLastGoodServing(t *testing.T) {
	s := startServe(t)
	if n := s.replicas(); n != 20 {
		t.Fatalf("%v replicas for 1000/s at 50/s each, want 20", n)
	}
	good := s.get("/api/v1/config")
	for name, c := range map[string]struct{ policy, complaint string }{
		"broken YAML":              {"spec: [", "is not valid YAML"},
		"an unknown field":         {strings.Replace(lobbyYAML, "maxReplicas", "maxReplica", 1), "maxReplica"},
		"max below min":            {strings.Replace(lobbyYAML, "maxReplicas: 100", "maxReplicas: 1", 1), "maxReplicas"},
		"two of one name":          {lobbyYAML + "---\n" + lobbyYAML, "policy lobby is also in"},
		"the policy in use gone":   {strings.ReplaceAll(lobbyYAML, "name: lobby", "name: other"), "lobby"},
		"a source that is nowhere": {strings.Replace(lobbyYAML, "{query:", "{source: nowhere, query:", 1), "nowhere"},
	} {
		t.Run(name, func(t *testing.T) {
			s.t = t
			s.write("policies/lobby.yaml", c.policy)
			s.until("/metrics", "headstart_config_last_reload_successful 0")
			s.until("/api/v1/config", c.complaint)
			if n := s.replicas(); n != 20 {
				t.Errorf("%v replicas after a bad reload, want 20 still", n)
			}
			s.write("policies/lobby.yaml", lobbyYAML)
			s.until("/metrics", "headstart_config_last_reload_successful 1")
		})
	}
	s.t = t
	s.write("policies/lobby.yaml", strings.Replace(lobbyYAML, "capacity: 50", "capacity: 20", 1))
	s.until("/api/v1/workloads/shop/lobby/decision", "at 20/s each, 50 → 50")
	if good == s.get("/api/v1/config") {
		t.Error("the hash of another configuration is the same")
	}
}

// What KEDA may send wrong is refused with the place and the repair, and never
// answered with a number.
func TestBadTriggersAreRefused(t *testing.T) {
	s := startServe(t)
	huge := s.ref()
	for i := range 1000 {
		huge.ScalerMetadata["key"+strings.Repeat("x", 10_000)+string(rune('a'+i%26))+string(rune('a'+i/26%26))] = ""
	}
	for name, c := range map[string]struct {
		ref  *pb.ScaledObjectRef
		code codes.Code
		says string
	}{
		"an unknown policy":    {s.ref("policy", "loby"), codes.NotFound, "did you mean lobby?"},
		"an unknown key":       {s.ref("minReplica", "3"), codes.InvalidArgument, "minReplicas"},
		"a bound that is none": {s.ref("maxReplicas", "many"), codes.InvalidArgument, "maxReplicas"},
		"max below min":        {s.ref("maxReplicas", "1"), codes.InvalidArgument, "min"},
		"10 MB of metadata":    {huge, codes.ResourceExhausted, "larger than max"},
	} {
		_, err := s.scaler.GetMetricSpec(t.Context(), c.ref)
		if status.Code(err) != c.code || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %s saying %q", name, err, c.code, c.says)
		}
	}
}

// Prometheus answers with nothing, NaN and an error in turn: the replicas stay.
func TestDoubtfulAnswersMoveNothing(t *testing.T) {
	s := startServe(t)
	if n := s.replicas(); n != 20 {
		t.Fatalf("%v replicas, want 20", n)
	}
	for answer, condition := range map[string]string{
		`{"status":"success","data":{"resultType":"vector","result":[]}}`:                                                                              "empty",
		`{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[NOW,"NaN"]}]}}`:                                             "nan",
		`{"status":"success","data":{"resultType":"vector","result":[{"metric":{"a":"1"},"value":[NOW,"1"]},{"metric":{"a":"2"},"value":[NOW,"1"]}]}}`: "several",
		`nonsense`: "refused",
	} {
		s.answer(answer)
		s.until("/metrics", `headstart_input_condition{condition="`+condition+`"`)
		if n := s.replicas(); n != 20 {
			t.Errorf("%s: %v replicas, want 20 held", condition, n)
		}
	}
}

// With certificate files a caller in plain text is not answered, and one that
// trusts the certificate is.
func TestServeSpeaksTLS(t *testing.T) {
	cert, key, pool := certificate(t)
	s := startServe(t, "  tick: 1s", "  tick: 1s\n  grpc: {tls: {certFile: "+cert+", keyFile: "+key+"}}")
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, err := s.scaler.GetMetricSpec(ctx, s.ref()); err == nil {
		t.Error("plain text is answered")
	}
	s.dial(credentials.NewTLS(&tls.Config{RootCAs: pool, ServerName: "headstart", MinVersion: tls.VersionTLS12}))
	if n := s.replicas(); n != 20 {
		t.Errorf("%v replicas over TLS, want 20", n)
	}
}

// Each snapshot is counted by the tick histogram, and the files' last good
// reading has a time.
func TestTicksAndReloadsAreMeasured(t *testing.T) {
	s := startServe(t)
	s.replicas()
	for _, family := range []string{"headstart_tick_duration_seconds_count", "headstart_config_last_reload_success_timestamp_seconds"} {
		found := regexp.MustCompile(`(?m)^` + family + ` ([0-9.e+]+)$`).FindStringSubmatch(s.get("/metrics"))
		if found == nil || found[1] == "0" {
			t.Errorf("%s: %v", family, found)
		}
	}
	succeeded := regexp.MustCompile(`(?m)^headstart_config_last_reload_success_timestamp_seconds .*$`)
	good := succeeded.FindString(s.get("/metrics"))
	s.write("policies/lobby.yaml", "spec: [")
	s.until("/metrics", "headstart_config_last_reload_successful 0")
	if bad := succeeded.FindString(s.get("/metrics")); bad != good {
		t.Errorf("a bad reload counts as a good one: %s, before %s", bad, good)
	}
	stamp := regexp.MustCompile(`"loaded_at": "([^"]+)"`).FindStringSubmatch(s.get("/api/v1/config"))
	if stamp == nil {
		t.Fatal("no time of loading")
	}
	at, err := time.Parse(time.RFC3339, stamp[1])
	if err != nil || time.Since(at) > time.Minute || time.Until(at) > time.Second {
		t.Errorf("loaded at %s: %v", stamp[1], err)
	}
}

// The kill switch is thrown by a reload and shown wherever people look.
func TestKillSwitchIsThrownByAReload(t *testing.T) {
	s := startServe(t)
	s.replicas()
	calm := s.get("/api/v1/config")
	s.until("/metrics", "\nheadstart_reactive_only 0\n")
	s.write("server.yaml", strings.Replace(s.server, "spec:", "spec:\n  reactiveOnly: true", 1))
	s.until("/metrics", "\nheadstart_reactive_only 1\n")
	s.until("/api/v1/config", `"reactive_only": true`)
	s.until("/", "The kill switch is thrown")
	if s.get("/api/v1/config") == calm || strings.Contains(s.get("/"), "wait for a restart") {
		t.Error("the hash is the same, or a restart is asked for")
	}
	if n := s.replicas(); n != 20 {
		t.Errorf("%v replicas under the kill switch, want 20", n)
	}
	s.write("server.yaml", s.server)
	s.until("/metrics", "\nheadstart_reactive_only 0\n")
}

// What a reload cannot change is said on the page, in the API and by a metric.
func TestChangeThatNeedsARestartIsShown(t *testing.T) {
	s := startServe(t)
	s.replicas()
	s.until("/metrics", "\nheadstart_config_restart_needed 0\n")
	s.until("/api/v1/config", `"needs_restart": []`)
	s.write("server.yaml", strings.Replace(s.server, "tick: 1s", "tick: 2s", 1))
	s.until("/metrics", "\nheadstart_config_restart_needed 1\n")
	s.until("/api/v1/config", `"spec.tick"`)
	s.until("/", "wait for a restart: spec.tick.")
}

// Prometheus needs 2.5 s for an answer and is given the time: its values arrive
// late and are used.
func TestSlowPrometheusIsGivenItsTimeout(t *testing.T) {
	s := newServed(t)
	s.takes = 2500 * time.Millisecond
	s.run("METRICS\"", "METRICS\", timeout: 10s")
	if n := s.replicas(); n != 20 {
		t.Errorf("%v replicas from a slow source, want 20", n)
	}
}

func TestServeEndsCleanly(t *testing.T) {
	s := startServe(t)
	s.replicas()
	s.end()
	select {
	case code := <-s.exit:
		if code != 0 {
			t.Errorf("exit code %d\n%s", code, s.log)
		}
	case <-time.After(5 * time.Second):
		t.Error("still running after 5 s")
	}
	if !strings.Contains(s.log.String(), "ended cleanly") {
		t.Errorf("the log does not say how it ended:\n%s", s.log)
	}
}
