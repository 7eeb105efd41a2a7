package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Schedule is how the schedule and the overrides fare.
type Schedule struct {
	// Events in force, and Occurrences of them within the next day.
	Events, Occurrences int
	// Overrides in force.
	Overrides int
	// Version of the uploaded schedule, and when it was applied; 0 and zero
	// where there is none.
	Version    int64
	ImportedAt time.Time
	// FilesRead says that files with events were valid as last read.
	FilesRead bool
	// Kept says that there is a store, and Answers that it did when it was last
	// asked.
	Kept, Answers bool
}

// plans shows how the schedule fares.
type plans struct {
	schedule func() Schedule

	events, occurrences, overrides, version, imported, files, answers *prometheus.Desc
}

func newPlans(schedule func() Schedule) *plans {
	return &plans{
		schedule: schedule,
		events: prometheus.NewDesc("headstart_schedule_events",
			"Events of the schedule in force, uploaded and from files.", nil, nil),
		occurrences: prometheus.NewDesc("headstart_schedule_occurrences",
			"Occurrences of events that count at some time from an hour ago until a day ahead.", nil, nil),
		overrides: prometheus.NewDesc("headstart_override_active",
			"Overrides in force.", nil, nil),
		version: prometheus.NewDesc("headstart_schedule_version",
			"Number of the uploaded schedule in force; absent where none was.", nil, nil),
		imported: prometheus.NewDesc("headstart_schedule_last_import_timestamp_seconds",
			"Unix time the uploaded schedule in force was applied; absent where none was.", nil, nil),
		files: prometheus.NewDesc("headstart_schedule_files_successful",
			"1 when files with events were valid as last read, or there are none; 0 when those they had before stay in force.", nil, nil),
		answers: prometheus.NewDesc("headstart_store_up",
			"1 when the store answered as last asked; 0 when the plan made last stays in force without it; absent without a store.", nil, nil),
	}
}

// Describe lists the metrics.
func (p *plans) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{p.events, p.occurrences, p.overrides, p.version, p.imported, p.files, p.answers} {
		out <- d
	}
}

// Collect asks for the state of now.
func (p *plans) Collect(out chan<- prometheus.Metric) {
	c, now := collection{out}, p.schedule()
	c.gauge(p.events, float64(now.Events))
	c.gauge(p.occurrences, float64(now.Occurrences))
	c.gauge(p.overrides, float64(now.Overrides))
	c.gauge(p.files, truth(now.FilesRead))
	if now.Version > 0 {
		c.gauge(p.version, float64(now.Version))
		c.gauge(p.imported, seconds(now.ImportedAt))
	}
	if now.Kept {
		c.gauge(p.answers, truth(now.Answers))
	}
}
