package scenario

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"strconv"
	"strings"

	"github.com/headstart-scaler/headstart/test/rig"
)

// Sample is one line of Prometheus' text format.
type Sample struct {
	Labels map[string]string
	Value  float64
}

// Metric returns the only sample of Headstart's own metrics that has these
// labels, NAME=VALUE each.
func (s *Scenario) Metric(name string, having ...string) (float64, error) {
	text, err := rig.Fetch(s.t.Context(), s.Headstart.HTTP+"/metrics")
	if err != nil {
		return 0, err
	}
	want := map[string]string{}
	for _, label := range having {
		key, value, _ := strings.Cut(label, "=")
		want[key] = value
	}
	var found []Sample
	for _, sample := range samplesOf(string(text), name) {
		if sample.has(want) {
			found = append(found, sample)
		}
	}
	if len(found) != 1 {
		return 0, fmt.Errorf("%d samples of %s with %q, want one", len(found), name, having)
	}
	return found[0].Value, nil
}

func (s Sample) has(labels map[string]string) bool {
	both := maps.Clone(s.Labels)
	maps.Copy(both, labels)
	return maps.Equal(both, s.Labels)
}

// KEDASamples returns all samples of one of KEDA's own metrics.
func (c *Cluster) KEDASamples(ctx context.Context, name string) ([]Sample, error) {
	if c.KEDAMetrics == "" {
		return nil, errors.New("KEDA's metrics are not known: set " + MetricsVariable)
	}
	text, err := rig.Fetch(ctx, c.KEDAMetrics)
	if err != nil {
		return nil, fmt.Errorf("read KEDA's metrics: %w", err)
	}
	return samplesOf(string(text), name), nil
}

var label = regexp.MustCompile(`(\w+)="((?:[^"\\]|\\.)*)"`)

// samplesOf finds the samples of a metric in Prometheus' text format.
func samplesOf(text, name string) []Sample {
	var found []Sample
	for line := range strings.Lines(text) {
		rest, ok := strings.CutPrefix(strings.TrimSpace(line), name)
		if !ok || rest == "" || (rest[0] != '{' && rest[0] != ' ') {
			continue
		}
		end := strings.LastIndexByte(rest, ' ')
		value, err := strconv.ParseFloat(rest[end+1:], 64)
		if err != nil {
			continue
		}
		s := Sample{Labels: map[string]string{}, Value: value}
		for _, pair := range label.FindAllStringSubmatch(rest[:end], -1) {
			s.Labels[pair[1]] = pair[2]
		}
		found = append(found, s)
	}
	return found
}
