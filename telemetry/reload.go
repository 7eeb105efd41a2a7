package telemetry

import "github.com/prometheus/client_golang/prometheus"

// reload shows how the configuration fares.
type reload struct {
	configuration func() Configuration

	successful, succeeded, info, restart, reactive *prometheus.Desc
}

func newReload(configuration func() Configuration) *reload {
	return &reload{
		configuration: configuration,
		successful: prometheus.NewDesc("headstart_config_last_reload_successful",
			"1 when the files were valid as last read; 0 when they were refused and the last good configuration serves.", nil, nil),
		succeeded: prometheus.NewDesc("headstart_config_last_reload_success_timestamp_seconds",
			"Unix time the files were last read successfully; absent until then.", nil, nil),
		info: prometheus.NewDesc("headstart_config_info",
			"Always 1; the label names the configuration in force.", []string{"hash"}, nil),
		restart: prometheus.NewDesc("headstart_config_restart_needed",
			"1 while the files hold changes that only a restart puts in force.", nil, nil),
		reactive: prometheus.NewDesc("headstart_reactive_only",
			"1 while the kill switch reactiveOnly is thrown and no forecast moves a replica.", nil, nil),
	}
}

// Describe lists the metrics.
func (r *reload) Describe(out chan<- *prometheus.Desc) {
	out <- r.successful
	out <- r.succeeded
	out <- r.info
	out <- r.restart
	out <- r.reactive
}

// Collect asks for the state of now.
func (r *reload) Collect(out chan<- prometheus.Metric) {
	c, now := collection{out}, r.configuration()
	c.gauge(r.successful, truth(now.Successful))
	c.gauge(r.restart, truth(now.RestartNeeded))
	c.gauge(r.reactive, truth(now.ReactiveOnly))
	if !now.SucceededAt.IsZero() {
		c.gauge(r.succeeded, seconds(now.SucceededAt))
	}
	if now.Hash != "" {
		c.gauge(r.info, 1, label("hash", now.Hash))
	}
}
