package harness

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/test/rig"
)

// Gauges is a metrics endpoint whose values a test sets.
type Gauges struct {
	Address string // HOST:PORT

	mu     sync.Mutex
	values map[string]float64
}

// StartGauges serves an empty metrics endpoint.
func StartGauges(t testing.TB) *Gauges {
	t.Helper()
	g := &Gauges{values: map[string]float64{}}
	server := httptest.NewServer(http.HandlerFunc(g.serve))
	t.Cleanup(server.Close)
	g.Address = server.Listener.Addr().String()
	return g
}

// Set gives a gauge its value from the next scrape on; NaN and Inf are values
// too.
func (g *Gauges) Set(name string, value float64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.values[name] = value
}

// Drop takes a gauge away: Prometheus marks it stale at the next scrape, and
// a query for it then matches nothing.
func (g *Gauges) Drop(name string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.values, name)
}

func (g *Gauges) serve(w http.ResponseWriter, _ *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	lines := make([]string, 0, len(g.values))
	for name, value := range g.values {
		lines = append(lines, name+" "+strconv.FormatFloat(value, 'g', -1, 64)+"\n")
	}
	slices.Sort(lines)
	w.Header().Set("Content-Type", "text/plain; version=0.0.4")
	_, _ = w.Write([]byte(strings.Join(lines, ""))) // the scraper notices a broken answer
}

// Prometheus is a real server that scrapes one endpoint every second.
type Prometheus struct {
	*rig.Process
	t   testing.TB
	URL string // up to and without /api/v1, the same after a restart

	args []string
}

// StartPrometheus starts a server that scrapes the gauges, and returns when
// it answers queries.
func StartPrometheus(t testing.TB, gauges *Gauges) *Prometheus {
	t.Helper()
	dir := t.TempDir()
	config := filepath.Join(dir, "prometheus.yml")
	text := fmt.Sprintf(`global: {scrape_interval: 1s, scrape_timeout: 1s}
scrape_configs:
  - job_name: gauges
    static_configs: [{targets: ["%s"]}]
`, gauges.Address)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatalf("write Prometheus' configuration: %v", err)
	}
	address := must(t, rig.FreeAddress)
	p := &Prometheus{t: t, URL: "http://" + address, args: []string{
		"--config.file=" + config,
		"--storage.tsdb.path=" + filepath.Join(dir, "data"),
		"--web.listen-address=" + address,
		"--log.level=warn",
	}}
	p.Start()
	return p
}

// Start starts the server on the data it has, and returns when it answers.
func (p *Prometheus) Start() {
	p.t.Helper()
	path := program(p.t, "prometheus", "install Debian's package prometheus")
	p.Process = rig.Beside(p.t, rig.Command{Name: "prometheus", Path: path, Args: p.args})
	await(p.t, p.Process, time.Minute, func(ctx context.Context) error {
		_, err := rig.Fetch(ctx, p.URL+"/-/ready")
		return err
	})
}
