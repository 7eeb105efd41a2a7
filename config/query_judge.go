package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/headstart-scaler/headstart/config/internal/shape"
	"github.com/headstart-scaler/headstart/signal"
	"github.com/headstart-scaler/headstart/workload"
)

// sourceTable is what policies may refer to. Where no Server document is read
// it is not known, and references are taken as written.
type sourceTable struct {
	known             bool
	kafka, prometheus []string
}

func (s Server) table() sourceTable {
	t := sourceTable{known: true}
	for _, k := range s.Kafka {
		t.kafka = append(t.kafka, k.Name)
	}
	for _, p := range s.Prometheus {
		t.prometheus = append(t.prometheus, p.Name)
	}
	return t
}

func (t sourceTable) of(kind string) []string {
	if kind == "kafka" {
		return t.kafka
	}
	return t.prometheus
}

// source resolves a reference; one that is left out means the only source of
// its kind.
func (j *judge) source(path, name, kind string, sources sourceTable) string {
	if !sources.known {
		return name
	}
	names := sources.of(kind)
	other := "prometheus"
	if kind == "prometheus" {
		other = "kafka"
	}
	switch {
	case name == "" && len(names) == 1:
		return names[0]
	case name == "" && len(names) == 0:
		j.refuse(path, "there is no "+kind+" source", "Add one to spec.sources of the Server.")
	case name == "":
		j.refuse(path, "is missing, and there are several "+kind+" sources", "Write source: "+oneOf(names)+".")
	case slices.Contains(names, name):
	case slices.Contains(sources.of(other), name):
		j.refuse(path, name+" is a "+other+" source", "Write the name of a "+kind+" source"+listed(names)+".")
	default:
		j.refuse(path, fmt.Sprintf("there is no source %.80q", name), didYouMean(name, names, "Write the name of a "+kind+" source"+listed(names)+", or add one to spec.sources of the Server."))
	}
	return name
}

func listed(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return ": " + strings.Join(names, ", ")
}

func (j *judge) group(path string, in shape.KafkaSignal) signal.Query {
	out := signal.ConsumerGroup{
		Group: in.ConsumerGroup, Pattern: in.TopicPattern, OffsetReset: signal.OffsetReset(in.OffsetResetPolicy),
		ExcludePersistentLag: in.ExcludePersistentLag,
	}
	if len(in.ConsumerGroup) > 253 || strings.ContainsFunc(in.ConsumerGroup, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		j.refuse(path+".consumerGroup", "is longer than 253 bytes, or holds a control character", "Write the group.id of the consumers.")
	}
	out.Topics = j.topics(path, in)
	if in.TopicPattern != "" {
		if _, err := regexp.Compile("^(?:" + in.TopicPattern + ")$"); err != nil {
			j.refuse(path+".topicPattern", fmt.Sprintf("is not an expression of RE2: %v", err), `Write one such as deposits\..*.`)
		}
	}
	partitions, err := signal.ParsePartitions(in.PartitionLimitation)
	if err != nil {
		j.refuse(path+".partitionLimitation", err.Error(), "Write numbers and ranges, such as 0-3,7.")
	}
	out.Partitions = partitions.String()
	return out
}

// topics are sorted and single, so that equal queries are equal.
func (j *judge) topics(path string, in shape.KafkaSignal) string {
	written := 0
	for _, has := range []bool{in.Topic != "", len(in.Topics) > 0, in.TopicPattern != ""} {
		if has {
			written++
		}
	}
	if written > 1 {
		j.refuse(path, "has more than one of topic, topics and topicPattern", "Keep one of them.")
	}
	topics, at := []string(in.Topics), path+".topics"
	if in.Topic != "" {
		topics, at = append(slices.Clone(topics), in.Topic), path+".topic"
	}
	for _, topic := range topics {
		if !workload.IsTopic(topic) {
			j.refuse(at, fmt.Sprintf("found %.80q", topic), "Write a topic of 1 to 249 letters, digits, '.', '_' and '-'.")
		}
	}
	topics = slices.Clone(topics)
	slices.Sort(topics)
	return strings.Join(slices.Compact(topics), ",")
}

// longestQuery is what a proxy in front of Prometheus lets through.
const longestQuery = 16 << 10

func (j *judge) expression(path string, in shape.PrometheusSignal) signal.Query {
	query := strings.TrimSpace(in.Query)
	switch {
	case query == "" && j.doc.Has(path+".query"):
		j.refuse(path+".query", "is empty", "Write PromQL that yields one number.")
	case len(query) > longestQuery:
		j.refuse(path+".query", fmt.Sprintf("is longer than %d KiB", longestQuery>>10), "Make a recording rule of it.")
	}
	return signal.Expression{PromQL: query}
}

func reactions(in shape.PrometheusSignal) signal.Reactions {
	return signal.Reactions{
		signal.Empty: signal.Reaction(in.OnEmpty), signal.NaN: signal.Reaction(in.OnNaN), signal.Inf: signal.Reaction(in.OnInf),
		signal.Several: signal.Reaction(in.OnSeveral), signal.Stale: signal.Reaction(in.OnStale),
	}
}
