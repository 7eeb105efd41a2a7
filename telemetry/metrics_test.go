package telemetry

import (
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"google.golang.org/grpc/codes"
	"pgregory.net/rapid"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/pipeline"
	"github.com/headstart-scaler/headstart/workload"
)

// used has been called and ticked, so that every family has a series.
func used() *Metrics {
	b := full()
	m := b.metrics()
	m.Published(b.snapshot)
	m.Called("/externalscaler.ExternalScaler/GetMetrics", codes.OK, 300*time.Microsecond)
	m.Called("/externalscaler.ExternalScaler/GetMetrics", codes.Unavailable, 2*time.Millisecond)
	return m
}

func TestExposition(t *testing.T) {
	got := scrape(t, used())
	const path = "testdata/metrics.txt"
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; run go test ./telemetry -update and read the diff. Got:\n%s", path, got)
	}
}

func TestNamesKeepToConventions(t *testing.T) {
	families, err := used().registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	own := families[:0]
	for _, f := range families {
		if !strings.HasPrefix(f.GetName(), "headstart_") {
			continue
		}
		own = append(own, f)
		for _, label := range f.GetMetric()[0].GetLabel() {
			if slices.Contains([]string{"namespace", "pod", "container", "instance", "job", "service", "node"}, label.GetName()) {
				t.Errorf("%s: scrapers set label %s themselves", f.GetName(), label.GetName())
			}
		}
	}
	problems, err := promlint.NewWithMetricFamilies(own).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

// The table in doc.go is what dashboards are written from: it lists each
// metric with its type and labels, and no other.
func TestDocumentationIsComplete(t *testing.T) {
	wrote, shown := documented(t), exposed(t)
	for _, d := range wrote {
		if !slices.Contains(shown, d) {
			t.Errorf("documented but not exposed: %s", d)
		}
	}
	for _, e := range shown {
		if !slices.Contains(wrote, e) {
			t.Errorf("exposed but not documented: %s", e)
		}
	}
}

// documented lists name, type and labels of each row of the table.
func documented(t *testing.T) (rows []string) {
	t.Helper()
	source, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range regexp.MustCompile(`(?m)^//\t(headstart_\w+) +(\w+) *(.*)$`).FindAllStringSubmatch(string(source), -1) {
		labels := strings.Split(strings.Replace(row[3], "trigger", "scaled_object_namespace, scaled_object, policy, overrides", 1), ", ")
		slices.Sort(labels)
		rows = append(rows, strings.Join(append([]string{row[1], row[2]}, labels...), " "))
	}
	return rows
}

// exposed lists the same of what a scrape gives.
func exposed(t *testing.T) (rows []string) {
	t.Helper()
	families, err := used().registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if !strings.HasPrefix(f.GetName(), "headstart_") {
			continue
		}
		row := []string{f.GetName(), strings.ToLower(f.GetType().String())}
		for _, l := range f.GetMetric()[0].GetLabel() {
			row = append(row, l.GetName())
		}
		if len(f.GetMetric()[0].GetLabel()) == 0 {
			row = append(row, "")
		}
		rows = append(rows, strings.Join(row, " "))
	}
	return rows
}

// The golden has both states thrown; without a word they are 0, not absent.
func TestQuietConfigurationIsZero(t *testing.T) {
	text := scrape(t, (&board{}).metrics())
	for _, want := range []string{"\nheadstart_config_restart_needed 0\n", "\nheadstart_reactive_only 0\n", "\nheadstart_schedule_events 0\n", "\nheadstart_override_active 0\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %s", want, text)
		}
	}
}

func TestMissingIsAbsent(t *testing.T) {
	for _, c := range []struct {
		name   string
		b      *board
		absent []string
	}{
		{"before the first tick", &board{}, []string{
			"headstart_recommended_replicas", "headstart_snapshot_timestamp_seconds", "headstart_snapshot_decisions",
			"headstart_config_last_reload_success_timestamp_seconds", "headstart_config_info",
			"headstart_schedule_version", "headstart_schedule_last_import_timestamp_seconds", "headstart_store_up",
		}},
		{"no answer", &board{snapshot: pipeline.NewSnapshot(noon, 1, "h", pipeline.Health{}, []*pipeline.Entry{
			entry("a", "b", decision.Outcome{Refusal: "never read", Inputs: []decision.Component{{Signal: "s", Capacity: 3}}}),
		})}, []string{
			"headstart_recommended_replicas", "headstart_recommended_warm_replicas", "headstart_plan_replicas", "headstart_reactive_replicas",
			"headstart_decision_component_replicas", "headstart_input_value", "headstart_input_age_seconds",
		}},
		{"nodes that are not known", &board{snapshot: pipeline.NewSnapshot(noon, 1, "h", pipeline.Health{}, []*pipeline.Entry{
			entry("a", "b", decision.Outcome{Replicas: 3, Active: true}),
		})}, []string{"headstart_recommended_warm_replicas"}},
		{"a source that never answered", &board{snapshot: pipeline.NewSnapshot(noon, 1, "h", pipeline.Health{
			Sources: []pipeline.SourceHealth{{Name: "kafka"}},
		}, nil)}, []string{"headstart_source_last_answer_timestamp_seconds"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := scrape(t, c.b.metrics())
			for _, name := range c.absent {
				if strings.Contains(text, "\n"+name) {
					t.Errorf("%s is shown: %s", name, text)
				}
			}
		})
	}
}

// Labels go to a scrape as they are made: out of order they would make two
// series of one.
func TestLabelsAreInOrder(t *testing.T) {
	families, err := used().registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if !slices.IsSortedFunc(m.GetLabel(), func(a, b *dto.LabelPair) int { return strings.Compare(a.GetName(), b.GetName()) }) {
				t.Errorf("%s: labels %v", f.GetName(), m.GetLabel())
			}
		}
	}
}

// A scrape never fails over what a ScaledObject's author wrote, and two
// triggers never share a series.
func TestScrapeOfAnyTriggers(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		seen := map[workload.Trigger]bool{}
		var entries []*pipeline.Entry
		for range rapid.IntRange(0, 6).Draw(rt, "n") {
			e := entry("ns", rapid.SampledFrom([]string{"a", "b"}).Draw(rt, "name"), full().anyOutcome())
			e.Trigger.ConsumerGroup = rapid.SampledFrom([]string{"", "g", "g topic=x", `"`, "a\xffb", "\n"}).Draw(rt, "group")
			e.Trigger.Topic = rapid.SampledFrom([]string{"", "x"}).Draw(rt, "topic")
			e.Trigger.Min = workload.Override{Set: rapid.Bool().Draw(rt, "min")}
			if !seen[e.Trigger] {
				seen[e.Trigger] = true
				entries = append(entries, e)
			}
		}
		b := &board{snapshot: pipeline.NewSnapshot(noon, 1, "h", pipeline.Health{}, entries)}
		families, err := b.metrics().registry.Gather()
		if err != nil {
			rt.Fatal(err)
		}
		for _, f := range families {
			if f.GetName() == "headstart_recommended_replicas" && len(f.GetMetric()) != len(entries) {
				rt.Fatalf("%d series for %d triggers", len(f.GetMetric()), len(entries))
			}
		}
	})
}

func (b *board) anyOutcome() decision.Outcome {
	var o decision.Outcome
	b.snapshot.All(func(e *pipeline.Entry) bool {
		o = e.Outcome
		return o.Refusal != ""
	})
	return o
}

func TestCalledDoesNotAllocate(t *testing.T) {
	m := full().metrics()
	call := func() { m.Called("/externalscaler.ExternalScaler/GetMetrics", codes.OK, time.Millisecond) }
	call()
	if n := testing.AllocsPerRun(100, call); n != 0 {
		t.Errorf("%v allocations a call, want none", n)
	}
}

func TestRegisterRefusesANameTwice(t *testing.T) {
	m := full().metrics()
	fresh := prometheus.NewGauge(prometheus.GaugeOpts{Name: "headstart_fresh", Help: "A test's own."})
	if err := m.Register(fresh); err != nil {
		t.Error(err)
	}
	if err := m.Register(prometheus.NewGauge(prometheus.GaugeOpts{Name: "headstart_fresh", Help: "Another's."})); err == nil {
		t.Error("two metrics of one name were taken")
	}
}

func BenchmarkScrapeTenThousandWorkloads(b *testing.B) {
	m := fleet(10_000).metrics()
	request := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/metrics", http.NoBody)
	b.ReportAllocs()
	for b.Loop() {
		answer := &discarded{header: http.Header{}}
		m.Handler().ServeHTTP(answer, request)
		if answer.bytes == 0 {
			b.Fatal("nothing was answered")
		}
		b.ReportMetric(float64(answer.bytes), "bytes/scrape")
	}
}

// discarded counts an answer and forgets it.
type discarded struct {
	header http.Header
	bytes  int
}

func (d *discarded) Header() http.Header { return d.header }
func (d *discarded) WriteHeader(int)     {}
func (d *discarded) Write(b []byte) (int, error) {
	d.bytes += len(b)
	return len(b), nil
}

func BenchmarkCalled(b *testing.B) {
	m := full().metrics()
	b.ReportAllocs()
	for b.Loop() {
		m.Called("/externalscaler.ExternalScaler/GetMetrics", codes.OK, time.Millisecond)
	}
}
