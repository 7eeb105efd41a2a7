package config_test

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"pgregory.net/rapid"

	"github.com/headstart-scaler/headstart/config"
	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/signal"
	"github.com/headstart-scaler/headstart/workload"
)

const server = `apiVersion: headstart/v1
kind: Server
spec:
  policies: [policies/]
  sources:
    - {name: main, kafka: {bootstrapServers: "a:9092, b:9092"}}
    - {name: metrics, prometheus: {serverAddress: "https://prometheus:9090/", tenant: {value: aurora}, bearerTokenFile: token}}
`

func ratePolicy(name, rest string) string {
	return fmt.Sprintf(`apiVersion: headstart/v1
kind: Policy
metadata: {name: %s}
spec:
  maxReplicas: 10
  signals: [{name: r, type: rate, prometheus: {query: up}, capacity: 5}]
%s`, name, rest)
}

// write makes files in a new folder and returns it.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		put(t, filepath.Join(dir, name), text)
	}
	return dir
}

func put(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestLoadFillsInEveryDefault(t *testing.T) {
	dir := write(t, map[string]string{"server.yaml": server, "policies/p.yaml": ratePolicy("p", "")})
	set, err := config.Load(filepath.Join(dir, "server.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	wantServer := config.Server{
		GRPC: config.GRPC{Listen: ":9090"},
		HTTP: config.HTTP{Listen: ":8080"}, Tick: 5 * time.Second, SnapshotMaxAge: 30 * time.Second,
		PolicyPaths: []string{filepath.Join(dir, "policies")}, Kubernetes: config.Kubernetes{Mode: config.ClusterAuto},
		Forecast: config.Forecast{Timezone: "UTC"},
		Kafka:    []config.Kafka{{Name: "main", BootstrapServers: []string{"a:9092", "b:9092"}, Timeout: 3 * time.Second}},
		Prometheus: []config.Prometheus{{
			Name: "metrics", ServerAddress: "https://prometheus:9090", Timeout: 3 * time.Second, Concurrency: 8,
			StaleAfter: 2 * time.Minute, BearerToken: config.Credential{File: filepath.Join(dir, "token")},
			Headers: map[string]string{"X-Scope-OrgID": "aurora"}, TLS: config.TLS{Enabled: true},
		}},
	}
	if !reflect.DeepEqual(set.Server, wantServer) {
		t.Errorf("server\ngot  %+v\nwant %+v", set.Server, wantServer)
	}
	hold := signal.Reactions{
		signal.Empty: signal.Hold, signal.NaN: signal.Hold, signal.Inf: signal.Hold, signal.Several: signal.Hold, signal.Stale: signal.Hold,
	}
	wantPolicy := decision.Policy{
		Name: "p", Mode: decision.Enforce, Min: 1, Max: 10,
		Quantile: 100.0 / 101, MissPrice: 100, PeakShare: 1, PodLead: 90 * time.Second, HoldFor: time.Minute,
		ScaleIn:   decision.ScaleIn{Stabilization: 5 * time.Minute},
		Actuation: decision.Actuation{Sync: 15 * time.Second, Tolerance: 0.1, FromCluster: true, Overshoot: true},
		Signals: []decision.Signal{{
			Name: "r", Kind: signal.Rate, Source: "metrics", Query: signal.Expression{PromQL: "up"}, React: hold,
			Capacity: decision.Capacity{PerReplica: 5, Least: 5, Most: 5},
		}},
	}
	if len(set.Policies) != 1 || !reflect.DeepEqual(set.Policies[0], wantPolicy) {
		t.Errorf("policy\ngot  %+v\nwant %+v", set.Policies, wantPolicy)
	}
	if want := []string{filepath.Join(dir, "policies/p.yaml"), filepath.Join(dir, "server.yaml")}; !reflect.DeepEqual(set.Files, want) {
		t.Errorf("files %v", set.Files)
	}
	if !regexp.MustCompile(`^[0-9a-f]{12}$`).MatchString(set.Hash) {
		t.Errorf("hash %q", set.Hash)
	}
}

const fullPolicy = `apiVersion: headstart/v1
kind: Policy
metadata: {name: deposits, labels: {brand: aurora, market: NO, version: 1.10}}
spec:
  mode: advise
  minReplicas: 2
  maxReplicas: 120
  workloads: [demo/deposits, demo/deposits.v2]
  quantile: 0.95
  podLead: 1m30s
  nodes: {replicasPerNode: 6, lead: 3m30s, fill: false}
  holdFor: 30s
  scaleIn: {stabilization: 0s, drainPerMinute: 3}
  actuation: {tolerance: 0, onDeadband: accept}
  connectionBudget: {total: 1000, perReplica: 8, reserve: 40}
  signals:
    - name: lag
      type: backlog
      kafka:
        consumerGroup: deposits
        topics: [b, a, b]
        offsetResetPolicy: earliest
        partitionLimitation: 7, 0-2,3
        excludePersistentLag: true
        limitToPartitionsWithLag: true
        ensureEvenDistributionOfPartitions: true
        activationLagThreshold: 5
      capacity: {initial: 20}
      drainDeadline: 4m
      rebalance: 5s
    - name: p95
      type: latency
      objective: 250ms
      prometheus: {query: p95, onEmpty: zero, onStale: error}
`

func TestLoadKeepsWhatIsWritten(t *testing.T) {
	set, err := config.LoadFS(fstest.MapFS{
		"etc/server.yaml":     {Data: []byte(server)},
		"etc/policies/d.yaml": {Data: []byte(fullPolicy)},
	}, "etc/server.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, ok := set.Policy("deposits")
	if !ok || p.Labels["market"] != "NO" || p.Labels["version"] != "1.10" {
		t.Fatalf("labels: %+v", p.Labels)
	}
	lag := p.Signals[0]
	wantQuery := signal.ConsumerGroup{Group: "deposits", Topics: "a,b", Partitions: "0-3,7", OffsetReset: signal.Earliest, ExcludePersistentLag: true}
	if lag.Query != wantQuery || lag.Source != "main" || lag.Activation != 5 {
		t.Errorf("query %+v", lag)
	}
	if lag.Drain != (decision.Drain{Deadline: 4 * time.Minute, Rebalance: 5 * time.Second, Cap: decision.CapWithLag, Even: true}) {
		t.Errorf("drain %+v", lag.Drain)
	}
	if lag.Capacity != (decision.Capacity{PerReplica: 20, Learn: true, Least: 5, Most: 80}) {
		t.Errorf("capacity %+v", lag.Capacity)
	}
	p95 := p.Signals[1]
	if p95.Objective != 250*time.Millisecond || p95.React.For(signal.Empty) != signal.Zero || p95.React.For(signal.Stale) != signal.Fail || p95.React.For(signal.NaN) != signal.Hold {
		t.Errorf("latency %+v", p95)
	}
	if p.Mode != decision.Advise || p.Quantile != 0.95 || p.MissPrice != 0 ||
		p.Nodes != (decision.Nodes{Replicas: 6, Lead: 210 * time.Second}) || p.ScaleIn != (decision.ScaleIn{DrainPerMinute: 3}) ||
		p.Actuation != (decision.Actuation{Sync: 15 * time.Second}) || p.ConnectionBudget != (decision.ConnectionBudget{Total: 1000, PerReplica: 8, Reserve: 40}) {
		t.Errorf("policy %+v", p)
	}
	want := []workload.Trigger{
		{Workload: workload.ID{Namespace: "demo", Name: "deposits"}, Policy: "deposits"},
		{Workload: workload.ID{Namespace: "demo", Name: "deposits.v2"}, Policy: "deposits"},
	}
	if !reflect.DeepEqual(set.Bindings, want) {
		t.Errorf("bindings %v", set.Bindings)
	}
	if f := config.Facts(p); f != (workload.PolicyFacts{Name: "deposits", Min: 2, Max: 120, Mode: "advise"}) {
		t.Errorf("facts %+v", f)
	}
}

func TestLoadNarrowsTheCluster(t *testing.T) {
	for text, want := range map[string]config.Kubernetes{
		"{namespaces: [shop, 7-up], addresses: [\"h.ns:9090\", \"[::1]:9090\"]}": {
			Mode: config.ClusterAuto, Namespaces: []string{"shop", "7-up"}, Addresses: []string{"h.ns:9090", "[::1]:9090"},
		},
		"{mode: on, namespaces: [], addresses: []}":      {Mode: config.ClusterOn},
		"{mode: \"off\", namespaces: [], addresses: []}": {Mode: config.ClusterOff},
	} {
		files := fstest.MapFS{"s.yaml": {Data: []byte("apiVersion: headstart/v1\nkind: Server\nspec:\n  kubernetes: " + text + "\n")}}
		set, err := config.LoadFS(files, "s.yaml")
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if !reflect.DeepEqual(set.Server.Kubernetes, want) {
			t.Errorf("%s is %+v, want %+v", text, set.Server.Kubernetes, want)
		}
	}
}

func TestHashIsThatOfTheMeaning(t *testing.T) {
	load := func(server, policy string) string {
		t.Helper()
		dir := write(t, map[string]string{"s.yaml": server, "policies/p.yaml": policy})
		set, err := config.Load(filepath.Join(dir, "s.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		return set.Hash
	}
	base := load(server, ratePolicy("p", ""))
	if got := load("# a comment\n"+server, "\ufeff"+strings.ReplaceAll(ratePolicy("p", ""), "\n", "\r\n")); got != base {
		t.Error("a comment, a BOM and CRLF change the hash")
	}
	if got := load(server, ratePolicy("p", "  mode: enforce\n")); got != base {
		t.Error("a default written out changes the hash")
	}
	narrowed := func(cluster string) string {
		return load(strings.Replace(server, "spec:", "spec:\n  kubernetes: "+cluster, 1), ratePolicy("p", ""))
	}
	if narrowed("{namespaces: []}") != base {
		t.Error("an empty list changes the hash")
	}
	for _, other := range []string{
		narrowed("{namespaces: [shop]}"),
		narrowed("{addresses: [\"h:1\"]}"),
		load(strings.Replace(server, "spec:", "spec:\n  forecast: {timezone: Europe/Malta}", 1), ratePolicy("p", "")),
		load(server, ratePolicy("p", "  nodes: {replicasPerNode: 8}\n")),
		load(server, ratePolicy("q", "")),
		load(server, ratePolicy("p", "  minReplicas: 0\n")),
		load(server, ratePolicy("p", "  workloads: [a/b]\n")),
		load(strings.Replace(server, "spec:", "spec:\n  reactiveOnly: true", 1), ratePolicy("p", "")),
		load(strings.Replace(server, "b:9092", "c:9092", 1), ratePolicy("p", "")),
	} {
		if other == base {
			t.Error("a change of meaning keeps the hash")
		}
	}
}

func TestLoadReadsAFolderAsAConfigMapIsMounted(t *testing.T) {
	dir := write(t, map[string]string{
		"..2026_11_22/server.yaml": server, "..2026_11_22/p.yaml": ratePolicy("p", "---\n"+ratePolicy("q", "")),
		"policies/sub/r.yml": ratePolicy("r", ""), "policies/.hidden.yaml": "nonsense: [", "policies/README.md": "# text",
		"policies/empty.yaml": "# nothing yet\n---\n",
	})
	link(t, "..2026_11_22", filepath.Join(dir, "..data"))
	link(t, "..data/server.yaml", filepath.Join(dir, "server.yaml"))
	link(t, "..data/p.yaml", filepath.Join(dir, "p.yaml"))
	set, err := config.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range set.Policies {
		names = append(names, p.Name)
	}
	if strings.Join(names, " ") != "p q r" {
		t.Errorf("policies %v", names)
	}
}

func link(t *testing.T, to, name string) {
	t.Helper()
	if err := os.Symlink(to, name); err != nil {
		t.Fatal(err)
	}
}

func TestLoadRefuses(t *testing.T) {
	deep := strings.Repeat("[", 30_000)
	laughs := "a: &a [x, x, x, x, x, x, x, x, x]\n"
	for c := 'b'; c < 'j'; c++ {
		laughs += fmt.Sprintf("%c: &%c [%s*%c]\n", c, c, strings.Repeat(fmt.Sprintf("*%c, ", c-1), 8), c-1)
	}
	for name, c := range map[string]struct{ text, want string }{
		"empty":        {" \n", "x.yaml: is empty"},
		"comment only": {"# nothing\n", "holds no document of kind Server"},
		"larger":       {"#" + strings.Repeat("x", 1<<20), "is larger than 1 MiB"},
		"UTF-16":       {"\xff\xfea\x00", "is UTF-16"},
		"Latin-1":      {"a: \xe9", "is not UTF-8"},
		"zero":         {"a: \x00", "holds a zero byte"},
		"deep":         {"a: " + deep, "is nested more than 64 deep"},
		"deep list":    {strings.Repeat("- ", 20_000), "is nested more than 64 deep"},
		"deep keys":    {strings.Repeat("? ", 20_000), "is nested more than 64 deep"},
		"deep anchors": {strings.Repeat("&a ", 20_000), "is nested more than 64 deep"},
		"long":         {strings.Repeat("\n", 1000) + "a: b" + strings.Repeat("\n", 1001), "x.yaml:1:1: this document has more than 64 KiB or 2000 lines"},
		"large":        {"apiVersion: headstart/v1\nkind: Server\n---\na: " + strings.Repeat("x", 64<<10), "x.yaml:3:1: this document has more than 64 KiB"},
		"laughs":       {laughs, "holds more than 200000 values once its aliases are followed"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := config.LoadFS(fstest.MapFS{"x.yaml": {Data: []byte(c.text)}}, "x.yaml")
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %.500v, want %s", err, c.want)
			}
		})
	}
}

func TestLoadTakesAFileOfExactlyTheLimit(t *testing.T) {
	text := server
	for i := 0; len(text) < 1<<20-1000; i++ {
		text += "---\n" + ratePolicy(fmt.Sprint("p", i), "")
	}
	text += "#" + strings.Repeat("x", 1<<20-len(text)-1)
	set, err := config.LoadFS(fstest.MapFS{"s.yaml": {Data: []byte(text)}, "policies/p.yaml": {Data: []byte(ratePolicy("p", ""))}}, "s.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(set.Policies) < 5000 {
		t.Errorf("%d policies", len(set.Policies))
	}
}

func TestLoadNamesAMissingFile(t *testing.T) {
	_, err := config.Load(filepath.Join(t.TempDir(), "server.yaml"))
	if !errors.Is(err, os.ErrNotExist) || !strings.HasPrefix(err.Error(), "read configuration: ") {
		t.Errorf("got %v", err)
	}
}

func TestMergeKeysBringInDefaultsOfTheAuthor(t *testing.T) {
	text := server + `---
apiVersion: headstart/v1
kind: Policy
metadata: {name: p}
spec:
  maxReplicas: 10
  scaleIn: &slow {stabilization: 10m, drainPerMinute: 1}
  signals: [{name: r, type: rate, prometheus: &q {query: up, onEmpty: zero}, capacity: 5}, {name: s, type: rate, prometheus: {<<: *q, query: down}, capacity: 5}]
`
	set, err := config.LoadFS(fstest.MapFS{"s.yaml": {Data: []byte(text)}, "policies/x.yaml": {Data: []byte("# none")}}, "s.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s := set.Policies[0].Signals[1]
	if s.Query.String() != "down" || s.React.For(signal.Empty) != signal.Zero {
		t.Errorf("got %+v", s)
	}
}

func TestLoadPolicies(t *testing.T) {
	dir := write(t, map[string]string{"p.yaml": ratePolicy("p", ""), "q.yaml": ratePolicy("q", "  mode: shadow\n")})
	policies, err := config.LoadPolicies(filepath.Join(dir, "q.yaml"), dir)
	if err != nil || len(policies) != 2 || policies[0].Name != "p" || policies[1].Mode != decision.Shadow {
		t.Errorf("got %v, %v", policies, err)
	}
}

// TestQuantileIsTheNewsvendorRatio checks the ratio against its definition:
// at it, one more replica costs as much as it saves.
func TestQuantileIsTheNewsvendorRatio(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		price := rapid.Float64Range(1e-3, 1e6).Draw(t, "price")
		q := config.QuantileOf(price)
		if q <= 0 || q >= 1 || math.Abs((1-q)*price-q) > 1e-9 {
			t.Fatalf("price %v: quantile %v", price, q)
		}
	})
}
