package config

import (
	"fmt"
	"time"

	"github.com/headstart-scaler/headstart/config/internal/shape"
	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/signal"
)

func (j *judge) signals(spec shape.PolicySpec, sources sourceTable) []decision.Signal {
	out := make([]decision.Signal, 0, len(spec.Signals))
	first := map[string]string{}
	asks := false // some signal asks for replicas by itself
	for i, s := range spec.Signals {
		path := fmt.Sprintf("spec.signals[%d]", i)
		j.label(path+".name", s.Name)
		if before, twice := first[s.Name]; twice && s.Name != "" {
			j.refuse(path+".name", fmt.Sprintf("%s is the name of the signal in line %d too", s.Name, j.doc.Line(before)), "Give one of them another name.")
		}
		first[s.Name] = path + ".name"
		asks = asks || s.Type != string(signal.Latency)
		out = append(out, j.signal(path, s, spec, sources))
	}
	switch {
	case len(spec.Signals) == 0:
		if j.doc.Has("spec.signals") {
			j.refuse("spec.signals", "is empty", "Add at least one signal.")
		}
	case !asks:
		j.refuse("spec.signals", "has latency alone, which never asks for replicas by itself: it teaches how much a replica carries", "Add a signal of type rate, backlog or connections.")
	}
	return out
}

func (j *judge) signal(path string, in shape.Signal, spec shape.PolicySpec, sources sourceTable) decision.Signal {
	out := decision.Signal{Name: in.Name, Kind: signal.Kind(in.Type)}
	j.belongs(path, in)
	switch out.Kind {
	case signal.Backlog:
		if in.Kafka == nil {
			j.refuse(path, "is a backlog without kafka", "Add kafka: {consumerGroup: GROUP, topic: TOPIC}.")
			break
		}
		out.Source = j.source(path+".kafka.source", in.Kafka.Source, "kafka", sources)
		out.Query = j.group(path+".kafka", *in.Kafka)
		out.Activation = in.Kafka.ActivationLagThreshold
		out.Drain = j.drain(path, in, spec)
	case signal.Rate, signal.Connections, signal.Latency:
		if in.Prometheus == nil {
			j.refuse(path, "is a "+in.Type+" without prometheus", "Add prometheus: {query: PROMQL}.")
			break
		}
		out.Source = j.source(path+".prometheus.source", in.Prometheus.Source, "prometheus", sources)
		out.Query = j.expression(path+".prometheus", *in.Prometheus)
		out.React = reactions(*in.Prometheus)
		out.Activation = in.Prometheus.ActivationThreshold
	default: // refused while decoding
	}
	if out.Kind == signal.Latency {
		out.Objective = j.objective(path, in)
		return out
	}
	out.Capacity = j.capacity(path, in)
	return out
}

// belongs refuses fields that another type of signal has.
func (j *judge) belongs(path string, in shape.Signal) {
	kind := signal.Kind(in.Type)
	if !j.fine(path + ".type") {
		return
	}
	for _, f := range []struct {
		name string
		of   []signal.Kind
	}{
		{"kafka", []signal.Kind{signal.Backlog}},
		{"drainDeadline", []signal.Kind{signal.Backlog}},
		{"rebalance", []signal.Kind{signal.Backlog}},
		{"prometheus", []signal.Kind{signal.Rate, signal.Connections, signal.Latency}},
		{"capacity", []signal.Kind{signal.Rate, signal.Connections, signal.Backlog}},
		{"objective", []signal.Kind{signal.Latency}},
	} {
		has, names := false, make([]string, len(f.of))
		for i, k := range f.of {
			has = has || k == kind
			names[i] = string(k)
		}
		if !has && j.doc.Has(path+"."+f.name) {
			j.refuse(path+"."+f.name, "does not belong to a signal of type "+in.Type, "Remove it, or write type: "+oneOf(names)+".")
		}
	}
}

func (j *judge) objective(path string, in shape.Signal) time.Duration {
	if in.Objective == nil {
		j.refuse(path+".objective", "is missing", "Write objective: DURATION, the p95 not to exceed, such as 300ms.")
		return 0
	}
	j.between(path+".objective", in.Objective.Duration, time.Millisecond, time.Hour)
	return in.Objective.Duration
}

// Learned capacity is believed within these factors of the initial one unless
// a policy says otherwise.
const leastBelieved, mostBelieved = 0.25, 4

func (j *judge) capacity(path string, in shape.Signal) decision.Capacity {
	at := path + ".capacity"
	if in.Capacity == nil {
		j.refuse(at, "is missing", "Write capacity: N, what one replica carries at its objective, or {initial: N, learn: true}.")
		return decision.Capacity{}
	}
	c := in.Capacity.LearnedCapacity
	out := decision.Capacity{PerReplica: c.Initial, Learn: c.Learn, Least: c.Initial, Most: c.Initial}
	if c.Learn {
		out.Least, out.Most = c.Initial*leastBelieved, c.Initial*mostBelieved
	}
	if c.Min != nil {
		out.Least = *c.Min
	}
	if c.Max != nil {
		out.Most = *c.Max
	}
	switch {
	case !j.fine(at):
	case !c.Learn && (c.Min != nil || c.Max != nil):
		j.refuse(at, "has bounds and nothing is learned", "Write learn: true, or remove min and max.")
	case out.Least > c.Initial || c.Initial > out.Most:
		j.refuse(at+".initial", fmt.Sprintf("%g is not between min %g and max %g", c.Initial, out.Least, out.Most), "Write min ≤ initial ≤ max.")
	}
	return out
}

func (j *judge) drain(path string, in shape.Signal, spec shape.PolicySpec) decision.Drain {
	out := decision.Drain{
		Deadline: in.DrainDeadline.Duration, Rebalance: in.Rebalance.Duration,
		Cap: decision.CapAll, Even: in.Kafka.EnsureEvenDistributionOfPartitions,
	}
	j.between(path+".rebalance", out.Rebalance, 0, time.Hour)
	j.between(path+".drainDeadline", out.Deadline, time.Second, 24*time.Hour)
	lead := spec.PodLead.Duration
	if out.Deadline <= lead+out.Rebalance && j.fine("spec.podLead", path+".rebalance") {
		j.refuse(path+".drainDeadline", fmt.Sprintf("%s cannot be met: a new replica consumes after podLead %s and rebalance %s at the earliest", short(out.Deadline), short(lead), short(out.Rebalance)),
			fmt.Sprintf("Write more than %s.", short(lead+out.Rebalance)))
	}
	k := in.Kafka
	switch {
	case k.AllowIdleConsumers && k.LimitToPartitionsWithLag:
		j.refuse(path+".kafka.limitToPartitionsWithLag", "contradicts allowIdleConsumers", "Keep one of them.")
	case k.AllowIdleConsumers && k.EnsureEvenDistributionOfPartitions:
		j.refuse(path+".kafka.ensureEvenDistributionOfPartitions", "contradicts allowIdleConsumers", "Keep one of them.")
	case k.AllowIdleConsumers:
		out.Cap = decision.CapNone
	case k.LimitToPartitionsWithLag:
		out.Cap = decision.CapWithLag
	}
	return out
}
