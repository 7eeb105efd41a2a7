package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/headstart-scaler/headstart/pipeline"
	"github.com/headstart-scaler/headstart/signal"
)

// ticks shows how ticks and sources fare, from the latest snapshot.
type ticks struct {
	snapshot func() *pipeline.Snapshot

	total, overruns, turnedAway, timestamp, decided *prometheus.Desc

	errors, read, queries, late, answered *prometheus.Desc
}

func newTicks(snapshot func() *pipeline.Snapshot) *ticks {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("headstart_"+name, help, labels, nil)
	}
	return &ticks{
		snapshot:   snapshot,
		total:      desc("ticks_total", "Ticks since start, early ones for new workloads included."),
		overruns:   desc("tick_overruns_total", "Ticks that ran for longer than the time between two."),
		turnedAway: desc("triggers_turned_away_total", "Requests for triggers beyond the most there may be."),
		timestamp:  desc("snapshot_timestamp_seconds", "Unix time the latest snapshot decided for; absent before the first."),
		decided:    desc("snapshot_decisions", "Decisions in the latest snapshot."),
		errors:     desc("source_errors_total", "Readings of a source that were not fine, by what was wrong.", "source", "condition"),
		read:       desc("source_read_seconds", "How long the last finished read of a source ran.", "source"),
		queries:    desc("source_queries", "Queries asked of a source in a tick, equal ones merged.", "source"),
		late:       desc("source_late", "1 while a read of the source runs that ticks no longer wait for.", "source"),
		answered:   desc("source_last_answer_timestamp_seconds", "Unix time of the last tick at which a source gave any fine reading; absent until it has.", "source"),
	}
}

// notFine lists the conditions a source can be in trouble with. Each is shown
// from 0 on, as the first increase of a counter that appears with it is none
// to Prometheus.
func notFine() []signal.Condition {
	return []signal.Condition{
		signal.Empty, signal.Several, signal.NaN, signal.Inf, signal.Stale,
		signal.Unreachable, signal.Refused, signal.Invalid, signal.Pending,
	}
}

// Describe lists the metrics.
func (t *ticks) Describe(out chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{
		t.total, t.overruns, t.turnedAway, t.timestamp, t.decided, t.errors, t.read, t.queries, t.late, t.answered,
	} {
		out <- desc
	}
}

// Collect reads the latest snapshot; before the first there are only the
// counts of ticks, which are 0.
func (t *ticks) Collect(out chan<- prometheus.Metric) {
	c := collection{out}
	var health pipeline.Health
	if s := t.snapshot(); s != nil {
		health = s.Health
		c.gauge(t.timestamp, seconds(s.At))
		c.gauge(t.decided, float64(s.Len()))
	}
	c.counter(t.total, float64(health.Ticks))
	c.counter(t.overruns, float64(health.Overruns))
	c.counter(t.turnedAway, float64(health.TurnedAway))
	for i := range health.Sources {
		t.source(c, &health.Sources[i])
	}
}

func (t *ticks) source(c collection, h *pipeline.SourceHealth) {
	source := label("source", h.Name)
	for _, condition := range notFine() {
		c.counter(t.errors, float64(h.Errors[condition]), label("condition", string(condition)), source)
	}
	c.gauge(t.read, h.Took.Seconds(), source)
	c.gauge(t.queries, float64(h.Queries), source)
	c.gauge(t.late, truth(h.Late), source)
	if !h.Answered.IsZero() {
		c.gauge(t.answered, seconds(h.Answered), source)
	}
}

// seconds is an instant in Unix time.
func seconds(t time.Time) float64 { return float64(t.UnixNano()) / float64(time.Second) }
