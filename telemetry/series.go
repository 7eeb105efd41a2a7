package telemetry

import (
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// series is one line of a scrape. Unlike client_golang's constant metric it
// takes its labels as they are to be sent, so that the many series of a
// trigger share them: ten thousand workloads are a hundred thousand series.
type series struct {
	desc   *prometheus.Desc
	labels []*dto.LabelPair // in order of their names
	value  float64
	kind   prometheus.ValueType
}

// Desc describes the family.
func (s *series) Desc() *prometheus.Desc { return s.desc }

// Write gives the series to a scrape.
func (s *series) Write(out *dto.Metric) error {
	out.Label = s.labels
	if s.kind == prometheus.CounterValue {
		out.Counter = &dto.Counter{Value: &s.value}
	} else {
		out.Gauge = &dto.Gauge{Value: &s.value}
	}
	return nil
}

// collection is a scrape.
type collection struct{ out chan<- prometheus.Metric }

func (c collection) gauge(desc *prometheus.Desc, value float64, labels ...*dto.LabelPair) {
	c.out <- &series{desc, labels, value, prometheus.GaugeValue}
}

func (c collection) counter(desc *prometheus.Desc, value float64, labels ...*dto.LabelPair) {
	c.out <- &series{desc, labels, value, prometheus.CounterValue}
}

func label(name, value string) *dto.LabelPair { return &dto.LabelPair{Name: &name, Value: &value} }

func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
