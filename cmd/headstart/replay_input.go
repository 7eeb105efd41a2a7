package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/config"
	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/pipeline"
	"github.com/headstart-scaler/headstart/replay"
	"github.com/headstart-scaler/headstart/signal"
	"github.com/headstart-scaler/headstart/signal/prometheus"
)

// recorded is where a trace comes from.
type recorded struct {
	trace, per                string
	prometheus, query, bearer string
	from, to                  string
	step                      time.Duration
}

// pastAsked is how much of the past is asked of Prometheus where nobody says.
const pastAsked = 28 * 24 * time.Hour

func (r *recorded) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&r.trace, "trace", "", "file with the trace (- is standard input)")
	wordFlag(cmd, &r.per, "per", "what the trace's values count: what came in a second, or in a minute", "second", "minute")
	f.StringVar(&r.prometheus, "prometheus", "", "address of a Prometheus to ask instead of --trace")
	f.StringVar(&r.query, "query", "", "PromQL that yields one number, per second or a level")
	f.StringVar(&r.bearer, "bearer-token-file", "", "file with a bearer token for Prometheus")
	f.StringVar(&r.from, "from", "", "from this instant on, RFC 3339, or a date in UTC; 28 days before --to by default")
	f.StringVar(&r.to, "to", "", "until this instant; now by default")
	f.DurationVar(&r.step, "step", time.Minute, "time between two values of Prometheus")
}

// called looks at what was said of it.
func (r *recorded) called(said func(string) bool) error {
	switch asks := r.prometheus != ""; {
	case r.trace == "" && !asks:
		return errors.New("there is nothing to play: name a file by --trace, or a server by --prometheus and --query")
	case r.trace != "" && asks:
		return errors.New("--trace and --prometheus are both where the trace comes from: say one of them")
	case asks && r.query == "":
		return errors.New("--prometheus needs --query, such as 'sum(rate(http_requests_total[1m]))'")
	case asks:
		_, _, err := r.span()
		return err
	}
	for _, name := range []string{"query", "from", "to", "step", "bearer-token-file"} {
		if said(name) {
			return fmt.Errorf("--%s is asked of --prometheus: a file is played as it is", name)
		}
	}
	return nil
}

// span is from when to when Prometheus is asked.
func (r *recorded) span() (from, to time.Time, err error) {
	to = time.Now().Truncate(time.Minute)
	if r.to != "" {
		if to, err = instant("to", r.to); err != nil {
			return from, to, err
		}
	}
	from = to.Add(-pastAsked)
	if r.from != "" {
		if from, err = instant("from", r.from); err != nil {
			return from, to, err
		}
	}
	if !from.Before(to) {
		return from, to, errors.New("--from is not before --to")
	}
	return from, to, nil
}

// read returns the trace and what it is called.
func (r *recorded) read(ctx context.Context, in io.Reader) (t *replay.Trace, name string, err error) {
	if r.prometheus != "" {
		t, err = r.ask(ctx)
		return t, r.query, err
	}
	return readTrace(r.trace, r.per, in)
}

func (r *recorded) ask(ctx context.Context) (*replay.Trace, error) {
	from, to, err := r.span()
	if err != nil {
		return nil, err
	}
	source, err := prometheus.New(prometheus.Config{Address: r.prometheus, Auth: prometheus.Auth{Bearer: prometheus.Secret{File: r.bearer}}})
	if err != nil {
		return nil, exitError{2, err}
	}
	defer source.Close()
	samples, err := source.History(ctx, signal.Expression{PromQL: r.query}, from, to, r.step)
	if err != nil {
		return nil, err
	}
	if len(samples) == 0 {
		return nil, fmt.Errorf("query %q has no value from %s to %s: is it right, and does Prometheus keep that long?",
			printable(r.query), from.UTC().Format(time.RFC3339), to.UTC().Format(time.RFC3339))
	}
	t, err := replay.NewTrace(samples)
	if err == nil && r.per == "minute" {
		for i := range t.Values {
			t.Values[i] /= 60
		}
	}
	return t, err
}

// told is what a report says beside its figures.
type told struct {
	trace         string
	source        *replay.Trace
	capacityFound bool
	notes         []string
	headstart     replay.HeadstartOptions
}

// prepare reads all that is played.
func (r *rehearsal) prepare(ctx context.Context, in io.Reader) (*replay.Play, *told, error) {
	trace, name, err := r.read(ctx, in)
	if err != nil {
		return nil, nil, err
	}
	t := &told{trace: name, source: trace}
	if r.prometheus == "" {
		t.trace = filepath.Base(name)
	}
	policy, err := r.bound(t)
	if err != nil {
		return nil, nil, err
	}
	zone, err := zoneNamed(r.zone)
	if err != nil {
		return nil, nil, exitError{2, err}
	}
	t.headstart.Zone = zone
	schedule, err := r.announced(trace, policy, t)
	if err != nil {
		return nil, nil, err
	}
	scene, err := replay.NewScene(trace, replay.SceneOptions{Capacity: r.capacity, LeadIn: r.leadIn, Schedule: schedule})
	if err != nil {
		return nil, nil, fmt.Errorf("play %s: %w", printable(name), err)
	}
	t.capacityFound = r.capacity == 0
	if played := time.Duration(scene.Scored) * replay.Step; r.said("lead-in") && r.leadIn > played+replay.Step {
		t.notes = append(t.notes, fmt.Sprintf("--lead-in %s is more than a third of the trace: %s of it are played and not scored", daysFlag{&r.leadIn}, daysFlag{&played}))
	}
	return &replay.Play{Scene: scene, Cluster: r.cluster, Price: r.price}, t, nil
}

// bound reads the policy, if there is one, and lets it say what no flag did.
func (r *rehearsal) bound(t *told) (*decision.Policy, error) {
	if r.policy == "" {
		return nil, nil //nolint:nilnil // none is an answer
	}
	policies, err := config.LoadPolicies(r.policy)
	switch {
	case err != nil:
		return nil, err
	case len(policies) != 1:
		return nil, fmt.Errorf("%s holds %s: name a file with one", printable(r.policy), plural(len(policies), "policy", "policies"))
	}
	policy, left, err := replay.PlayablePolicy(policies[0])
	if err != nil {
		return nil, err
	}
	if len(left) > 0 {
		t.notes = append(t.notes, fmt.Sprintf("the trace is %s of policy %s; %s cannot be played and is left out", policy.Signals[0].Name, policy.Name, strings.Join(left, ", ")))
	}
	if policies[0].Mode != decision.Enforce {
		t.notes = append(t.notes, fmt.Sprintf("policy %s is in mode %s: what it would do in enforce is played", policy.Name, policies[0].Mode))
	}
	r.believe(policy)
	t.headstart.Policy = &policy
	return &policy, nil
}

// believe takes from a policy what no flag says of the cluster.
func (r *rehearsal) believe(p decision.Policy) {
	if !r.said("capacity") {
		r.capacity = p.Signals[0].Capacity.PerReplica
	}
	if !r.said("pod-lead") {
		r.cluster.PodLead = p.PodLead
	}
	if p.Nodes.Replicas > 0 && !r.said("node-lead") {
		r.cluster.NodeLead = p.Nodes.Lead
	}
	if p.Nodes.Replicas > 0 && !r.said("pods-per-node") {
		r.cluster.PodsPerNode = int(p.Nodes.Replicas)
	}
	if !r.said("min") {
		r.cluster.Min = int(p.Min)
	}
	if !r.said("max") {
		r.cluster.Max = int(p.Max)
	}
	if !r.said("miss-price") {
		r.price = p.MissPrice
		if r.price == 0 { // what makes the quantile it fixes the right one
			r.price = p.Quantile / (1 - p.Quantile)
		}
	}
}

// announced reads the calendar: the events that concern what is played. Without
// a policy all do.
func (r *rehearsal) announced(trace *replay.Trace, policy *decision.Policy, t *told) (calendar.Schedule, error) {
	if r.calendar == "" {
		return calendar.Schedule{}, nil
	}
	events, notes, err := readEvents(r.calendar, t.headstart.Zone, trace.Start)
	if err != nil {
		return calendar.Schedule{}, err
	}
	t.notes = append(t.notes, notes...)
	if policy == nil {
		events = unscoped(events)
	} else {
		own := pipeline.Identity(policy.Labels, replay.Workload(), nil)
		events = slices.DeleteFunc(slices.Clone(events), func(e *calendar.Event) bool { return !e.Scope.Concerns(own) })
	}
	schedule, err := calendar.NewSchedule(events)
	if err != nil {
		return schedule, fmt.Errorf("read the calendar %s: %w", printable(r.calendar), err)
	}
	return schedule, nil
}

// unscoped are the events as if each concerned everything: where nothing tells
// whose traffic was recorded, all of them do.
func unscoped(events []*calendar.Event) []*calendar.Event {
	all := make([]*calendar.Event, len(events))
	for i, e := range events {
		every := *e
		every.Scope = calendar.Scope{}
		all[i] = &every
	}
	return all
}

// daysFlag is a duration that may be written in days.
type daysFlag struct{ value *time.Duration }

func (d daysFlag) String() string {
	if d.value == nil {
		return ""
	}
	if days := *d.value / (24 * time.Hour); days > 0 && *d.value%(24*time.Hour) == 0 {
		return fmt.Sprintf("%dd", days)
	}
	return d.value.String()
}

func (d daysFlag) Set(text string) error {
	if number, ok := strings.CutSuffix(text, "d"); ok {
		days, err := strconv.ParseFloat(number, 64)
		if err != nil || !(days >= 0 && days <= 10_000) {
			return fmt.Errorf("%q is no number of days such as 7d", text)
		}
		*d.value = time.Duration(days * float64(24*time.Hour))
		return nil
	}
	v, err := time.ParseDuration(text)
	if err != nil || v < 0 {
		return fmt.Errorf("%q is no time such as 7d or 36h", text)
	}
	*d.value = v
	return nil
}

func (d daysFlag) Type() string { return "duration" }
