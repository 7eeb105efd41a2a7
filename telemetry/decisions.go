package telemetry

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/pipeline"
	"github.com/headstart-scaler/headstart/workload"
)

// decisions shows what the latest snapshot decided. A scrape reads one
// snapshot, so that its series agree with one another, and a tick does nothing
// for it.
type decisions struct {
	snapshot func() *pipeline.Snapshot

	recommended, warm, plan, reactive, active, stale, refused, info *prometheus.Desc

	component, value, capacity, age, condition, coverage *prometheus.Desc
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
		warm:        desc("recommended_warm_replicas", "Replicas beyond the recommended ones that there is to be room for on Ready nodes; absent while there is no answer, and where the policy does not know its nodes."),
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
		coverage:    desc("forecast_coverage_ratio", "Share of the values of the last days that were at or under what had been expected with a certainty so long ahead; it should be the certainty. Absent before half a day of them.", "signal", "certainty", "ahead"),
		condition:   desc("input_condition", "Always 1; the label says how the signal's last reading went, fine or why not.", "signal", "condition"),
	}
}

// Describe lists the metrics.
func (d *decisions) Describe(out chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{
		d.recommended, d.warm, d.plan, d.reactive, d.active, d.stale, d.refused, d.info,
		d.component, d.value, d.capacity, d.age, d.condition, d.coverage,
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
	c := collection{out}
	for _, t := range inOrder(snapshot) {
		labels := []*dto.LabelPair{
			label("overrides", t.overrides), label("policy", t.entry.Trigger.Policy),
			label("scaled_object", t.entry.Trigger.Workload.Name), label("scaled_object_namespace", t.entry.Trigger.Workload.Namespace),
		}
		d.answer(c, labels, t.entry)
		for i := range t.entry.Outcome.Inputs {
			d.input(c, labels, &t.entry.Outcome.Inputs[i])
		}
	}
}

// told is an entry and the text of its overrides.
type told struct {
	entry     *pipeline.Entry
	overrides string
}

// inOrder returns the entries in the order a scrape lists them. The registry
// sorts all series once more, and what is in order already is sorted fastest.
func inOrder(s *pipeline.Snapshot) []told {
	all := make([]told, 0, s.Len())
	s.All(func(e *pipeline.Entry) bool {
		all = append(all, told{e, overrides(e.Trigger.Overrides)})
		return true
	})
	slices.SortFunc(all, func(a, b told) int {
		x, y := &a.entry.Trigger, &b.entry.Trigger
		return cmp.Or(
			strings.Compare(a.overrides, b.overrides), strings.Compare(x.Policy, y.Policy),
			strings.Compare(x.Workload.Name, y.Workload.Name), strings.Compare(x.Workload.Namespace, y.Workload.Namespace),
		)
	})
	return all
}

func (d *decisions) answer(c collection, labels []*dto.LabelPair, e *pipeline.Entry) {
	o := &e.Outcome
	if o.Refusal == "" {
		c.gauge(d.recommended, float64(o.Replicas), labels...)
		c.gauge(d.plan, float64(o.Plan), labels...)
		c.gauge(d.reactive, float64(o.Reactive), labels...)
		if o.NodesKnown {
			c.gauge(d.warm, float64(o.Warm), labels...)
		}
	}
	c.gauge(d.active, truth(o.Active), labels...)
	c.gauge(d.stale, truth(o.Stale), labels...)
	c.gauge(d.refused, truth(o.Refusal != ""), labels...)
	c.gauge(d.info, 1, around(label("mode", string(o.Mode)), labels)...)
}

func (d *decisions) input(c collection, labels []*dto.LabelPair, in *decision.Component) {
	name := label("signal", in.Signal)
	signal := around(nil, labels, name)
	c.gauge(d.condition, 1, around(label("condition", string(in.Condition)), labels, name)...)
	if in.Capacity > 0 {
		c.gauge(d.capacity, in.Capacity, signal...)
	}
	for x := range in.Coverage.All {
		if x.Quantile != 0.9 && x.Quantile != 0.99 {
			continue // eight for each signal would double a scrape; the API has them
		}
		c.gauge(d.coverage, x.Share, around(label("ahead", decision.Span(x.Ahead)),
			around(label("certainty", strconv.FormatFloat(x.Quantile, 'g', -1, 64)), labels, name))...)
	}
	if !in.Usable {
		return
	}
	c.gauge(d.age, in.Age.Seconds(), signal...)
	c.gauge(d.value, in.Value, around(label("kind", string(in.Kind)), labels, name)...)
	if in.Capacity > 0 {
		c.gauge(d.component, float64(in.Need), around(label("component", in.Signal), labels)...)
	}
}

// around puts a label before a trigger's and others behind them, by the order
// of their names; first may be nil.
func around(first *dto.LabelPair, trigger []*dto.LabelPair, last ...*dto.LabelPair) []*dto.LabelPair {
	all := make([]*dto.LabelPair, 0, 1+len(trigger)+len(last))
	if first != nil {
		all = append(all, first)
	}
	return append(append(all, trigger...), last...)
}

// overrides tells two triggers of one policy apart. It is empty, and so no
// label at all to Prometheus, for nearly all.
func overrides(o workload.Overrides) string {
	if o == (workload.Overrides{}) {
		return ""
	}
	return strings.ToValidUTF8(o.String(), "\uFFFD")
}
