package telemetry

import (
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/headstart-scaler/headstart/pipeline"
	"github.com/headstart-scaler/headstart/workload"
)

// decisions shows what the latest snapshot decided. A scrape reads one
// snapshot, so that its series agree with one another, and a tick does nothing
// for it.
type decisions struct {
	snapshot func() *pipeline.Snapshot

	recommended, plan, reactive, active, stale, refused, info *prometheus.Desc

	component, value, capacity, age, condition *prometheus.Desc
}

func newDecisions(snapshot func() *pipeline.Snapshot) *decisions {
	// A bare "namespace" would be that of Headstart's own pod to a scraper,
	// which renames ours.
	trigger := []string{"scaled_object_namespace", "scaled_object", "policy", "overrides"}
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("headstart_"+name, help, slices.Concat(trigger, labels), nil)
	}
	return &decisions{
		snapshot:    snapshot,
		recommended: desc("recommended_replicas", "Replicas KEDA is told; absent while there is no answer."),
		plan:        desc("plan_replicas", "Replicas the policy in mode enforce would tell; absent while there is no answer."),
		reactive:    desc("reactive_replicas", "Replicas that would be told without a forecast; absent while there is no answer."),
		active:      desc("active", "1 while the workload must not go to zero."),
		stale:       desc("stale", "1 while a signal has been missing for longer than holdFor and scale-in is refused."),
		refused:     desc("refused", "1 while there is no answer and KEDA is told an error."),
		info:        desc("decision_info", "Always 1; the labels say how the workload is decided.", "mode"),
		component:   desc("decision_component_replicas", "Replicas one signal alone asks for; absent until it has been measured.", "component"),
		value:       desc("input_value", "Value of a signal the decision used, in the unit of its kind: 1/s, messages, seconds or connections.", "signal", "kind"),
		capacity:    desc("replica_capacity", "What one replica is taken to carry: requests or messages per second, or connections.", "signal"),
		age:         desc("input_age_seconds", "Age at the decision of the value used; absent until the signal has been measured.", "signal"),
		condition:   desc("input_condition", "Always 1; the label says how the signal's last reading went, fine or why not.", "signal", "condition"),
	}
}

// Describe lists the metrics.
func (d *decisions) Describe(out chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{
		d.recommended, d.plan, d.reactive, d.active, d.stale, d.refused, d.info,
		d.component, d.value, d.capacity, d.age, d.condition,
	} {
		out <- desc
	}
}

// Collect reads the latest snapshot; before the first there is nothing.
func (d *decisions) Collect(out chan<- prometheus.Metric) {
	snapshot := d.snapshot()
	if snapshot == nil {
		return
	}
	snapshot.All(func(e *pipeline.Entry) bool {
		c := collection{out, []string{e.Trigger.Workload.Namespace, e.Trigger.Workload.Name, e.Trigger.Policy, overrides(e.Trigger.Overrides)}}
		d.answer(c, e)
		d.inputs(c, e)
		return true
	})
}

func (d *decisions) answer(c collection, e *pipeline.Entry) {
	o := &e.Outcome
	if o.Refusal == "" {
		c.gauge(d.recommended, float64(o.Replicas))
		c.gauge(d.plan, float64(o.Plan))
		c.gauge(d.reactive, float64(o.Reactive))
	}
	c.gauge(d.active, truth(o.Active))
	c.gauge(d.stale, truth(o.Stale))
	c.gauge(d.refused, truth(o.Refusal != ""))
	c.gauge(d.info, 1, string(o.Mode))
}

func (d *decisions) inputs(c collection, e *pipeline.Entry) {
	for i := range e.Outcome.Inputs {
		in := &e.Outcome.Inputs[i]
		c.gauge(d.condition, 1, in.Signal, string(in.Condition))
		if in.Capacity > 0 {
			c.gauge(d.capacity, in.Capacity, in.Signal)
		}
		if !in.Usable {
			continue
		}
		c.gauge(d.age, in.Age.Seconds(), in.Signal)
		c.gauge(d.value, in.Value, in.Signal, string(in.Kind))
		if in.Capacity > 0 {
			c.gauge(d.component, float64(in.Need), in.Signal)
		}
	}
}

// overrides tells two triggers of one policy apart. It is empty, and so no
// label at all to Prometheus, for nearly all.
func overrides(o workload.Overrides) string {
	if o == (workload.Overrides{}) {
		return ""
	}
	return strings.ToValidUTF8(o.String(), "\uFFFD")
}

func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// collection is a scrape, with the labels that all its series start with.
type collection struct {
	out    chan<- prometheus.Metric
	labels []string
}

func (c collection) gauge(desc *prometheus.Desc, value float64, labels ...string) {
	c.send(desc, prometheus.GaugeValue, value, labels)
}

func (c collection) counter(desc *prometheus.Desc, value float64, labels ...string) {
	c.send(desc, prometheus.CounterValue, value, labels)
}

func (c collection) send(desc *prometheus.Desc, kind prometheus.ValueType, value float64, labels []string) {
	c.out <- prometheus.MustNewConstMetric(desc, kind, value, slices.Concat(c.labels, labels)...)
}
