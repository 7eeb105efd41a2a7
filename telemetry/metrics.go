package telemetry

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"google.golang.org/grpc/codes"

	"github.com/headstart-scaler/headstart/pipeline"
)

// Options are what Metrics show. All but Schedule are required.
type Options struct {
	// Snapshot returns the latest snapshot, or nil before the first.
	Snapshot      func() *pipeline.Snapshot
	Configuration func() Configuration
	// Schedule is how the schedule fares; nil shows nothing of it.
	Schedule func() Schedule
	Build    Build
	Log      *slog.Logger
}

// Configuration is how the configuration fares.
type Configuration struct {
	// Hash names the configuration in force; empty before the first valid one.
	Hash string
	// Successful says that the last reading of its files was.
	Successful bool
	// SucceededAt is when they were last read successfully; zero for never.
	SucceededAt time.Time
	// RestartNeeded says that the files hold changes that only a restart
	// puts in force, ReactiveOnly that the kill switch is thrown.
	RestartNeeded, ReactiveOnly bool
}

// Build says what program runs.
type Build struct{ Version, Revision, GoVersion string }

// Metrics is everything /metrics shows. It is safe for concurrent use.
type Metrics struct {
	registry *prometheus.Registry
	ticks    prometheus.Histogram
	calls    *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	log      *slog.Logger
}

// NewMetrics returns the metrics in a registry of their own.
func NewMetrics(o Options) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		log:      o.Log,
		ticks: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "headstart_tick_duration_seconds", Help: "How long a tick ran: reading, deciding, publishing.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5},
		}),
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "headstart_grpc_requests_total", Help: "gRPC calls that ended, by full method and code; a stream is one call.",
		}, []string{"method", "code"}),
		// The objective is a p99 below a millisecond: the low buckets are dense.
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "headstart_grpc_request_duration_seconds", Help: "How long gRPC calls ran, by full method; a stream is one call.",
			Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .1, .5, 2},
		}, []string{"method"}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "headstart_build_info", Help: "Always 1; the labels say what program runs.",
		ConstLabels: prometheus.Labels{"version": o.Build.Version, "revision": o.Build.Revision, "goversion": o.Build.GoVersion},
	})
	build.Set(1)
	m.registry.MustRegister(m.ticks, m.calls, m.seconds, build,
		newDecisions(o.Snapshot), newTicks(o.Snapshot), newReload(o.Configuration),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if o.Schedule != nil {
		m.registry.MustRegister(newPlans(o.Schedule))
	}
	return m
}

// Published notes how long the tick that made a snapshot ran.
func (m *Metrics) Published(s *pipeline.Snapshot) { m.ticks.Observe(s.Health.Took.Seconds()) }

// Called notes a gRPC call that ended: its full method, the code it was
// answered with and how long its handler ran. Only registered methods may be
// told, as each makes series of its own.
func (m *Metrics) Called(method string, code codes.Code, took time.Duration) {
	m.calls.WithLabelValues(method, code.String()).Inc()
	m.seconds.WithLabelValues(method).Observe(took.Seconds())
}

// Register adds collectors of other parts of the program.
func (m *Metrics) Register(c ...prometheus.Collector) error {
	var failures []error
	for _, each := range c {
		if err := m.registry.Register(each); err != nil {
			failures = append(failures, fmt.Errorf("register metrics: %w", err))
		}
	}
	return errors.Join(failures...)
}

// scrapesAtOnce bounds the memory that scrapes take: a pair of Prometheus
// replicas and a person.
const scrapesAtOnce = 3

// Handler answers a scrape in the text format or in OpenMetrics.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		Registry:            m.registry,
		ErrorLog:            slog.NewLogLogger(m.log.Handler(), slog.LevelError),
		ErrorHandling:       promhttp.ContinueOnError,
		EnableOpenMetrics:   true,
		MaxRequestsInFlight: scrapesAtOnce,
	})
}
