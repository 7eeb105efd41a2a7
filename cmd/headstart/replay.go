package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/headstart-scaler/headstart/config"
	"github.com/headstart-scaler/headstart/replay"
)

// rehearsal is a trace that is to be played, and how.
type rehearsal struct {
	recorded

	calendar, zone, policy string
	capacity               float64
	cluster                replay.Cluster
	against                []string
	allPeers               bool
	price                  float64
	leadIn                 time.Duration
	steps, output          string
	failIf                 []string

	said func(flag string) bool // whether a flag was written
}

func newReplay() *cobra.Command {
	r := rehearsal{cluster: replay.DefaultCluster()}
	cmd := &cobra.Command{
		Use:   "replay",
		Short: "Play recorded traffic: what would Headstart, and others, have missed and cost?",
		Long: `Replay plays a trace of past demand through Headstart, the very decisions that
serve makes, and through the autoscalers it is compared with, on a simulated
cluster whose pods and nodes take time to be there. It says what each would have
missed, and what it would have cost: before anything is installed, or in CI before
a policy is changed.

A trace is CSV with the header timestamp,value (gzip allowed; RFC 3339 or Unix
seconds; a value per second, or a level such as connections; a missing row is a
gap), or a range query of Prometheus. Without --capacity one replica carries what
puts the 99th percentile at 40 replicas.

Autoscalers to play against, with their target as a share of a replica's capacity,
80 % unless written as hpa@70%:
  hpa          an HPA with KEDA's prometheus trigger
  hpa-fast     the same without a tolerance and without a limit upward
  hpa+cron     the same with a cron trigger for each event of the calendar
  last-week    the same with a trigger on the most of the next half hour, a week ago
  oracle       knows the future, in a cluster where nothing takes time
  clairvoyant  knows the future, in this cluster: the least that can be paid

The first days (--lead-in, a third of a short trace) are played and not scored.
under_provisioned is the share of work that found no replica; regret is what is
paid beyond the oracle, a missed replica-hour costing --miss-price times one of
nodes.

--fail-if makes it exit with 1 where a figure of Headstart, by its name in JSON,
is what it is not to be.`,
		Example: `  headstart replay --trace requests.csv.gz --calendar events.csv
  headstart replay --trace requests.csv --capacity 50 --against hpa,hpa@60% -o html > report.html
  headstart replay --prometheus http://prometheus:9090 --query 'sum(rate(http_requests_total[1m]))' --from 2026-10-24
  headstart replay --trace requests.csv --policy policies/lobby-api.yaml --fail-if 'under_provisioned > 0.1%' --fail-if 'cost_ratio > 1.3'`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r.said = cmd.Flags().Changed
			return r.run(cmd.Context(), cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
	r.recorded.flags(cmd)
	r.flags(cmd)
	return cmd
}

func (r *rehearsal) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&r.calendar, "calendar", "", "file with the events that were announced: csv, xlsx, ics, zip or json")
	f.StringVar(&r.zone, "timezone", "", "zone whose clocks the trace follows, and of the calendar's times that name none, such as Europe/Malta; the trace follows UTC by default")
	f.StringVar(&r.policy, "policy", "", "file with the policy to play; one rate, and what is usual for the rest, by default")
	f.Float64Var(&r.capacity, "capacity", 0, "what one replica carries, in the trace's unit; found from the trace by default, or the policy's")
	f.DurationVar(&r.cluster.PodLead, "pod-lead", r.cluster.PodLead, "time from room on a node until a pod is Ready; the policy's by default")
	f.DurationVar(&r.cluster.NodeLead, "node-lead", r.cluster.NodeLead, "time until a node is up; the policy's by default")
	f.DurationVar(&r.cluster.Linger, "node-linger", r.cluster.Linger, "time after which nodes go that are not needed")
	f.IntVar(&r.cluster.PodsPerNode, "pods-per-node", r.cluster.PodsPerNode, "pods that a node holds; the policy's by default")
	f.IntVar(&r.cluster.Min, "min", r.cluster.Min, "fewest replicas; the policy's by default")
	f.IntVar(&r.cluster.Max, "max", r.cluster.Max, "most replicas; the policy's by default")
	f.Float64Var(&r.cluster.Spread.Pod, "lead-spread", 0, "draw leads around these: the standard deviation of their logarithms, such as 0.3")
	f.Uint64Var(&r.cluster.Spread.Seed, "seed", 1, "of the leads that are drawn")
	f.StringSliceVar(&r.against, "against", []string{replay.HPA, replay.HPAFast, replay.HPACron, replay.LastWeek, replay.Oracle}, "autoscalers to play against")
	f.BoolVar(&r.allPeers, "all-peers", false, "play against each of them over its tuning range too, from 50 % to 90 %")
	f.Float64Var(&r.price, "miss-price", config.DefaultMissPrice, "what a missed replica-hour of work costs against a replica-hour of nodes")
	r.leadIn = replay.DefaultLeadIn
	f.Var(daysFlag{&r.leadIn}, "lead-in", "time that is played and not scored, such as 7d or 36h; at most a third of the trace")
	f.StringVar(&r.steps, "steps", "", "file to write every step to, as CSV, the lead-in's too: demand and the rest in replicas, warm being the room of a policy with nodes.fill: false")
	f.StringArrayVar(&r.failIf, "fail-if", nil, "exit with 1 where a figure is so, such as 'under_provisioned > 0.1%'; may be repeated")
	wordFlag(cmd, &r.output, "output,o", "form of the output", "text", "json", "html")
}

func (r *rehearsal) run(ctx context.Context, in io.Reader, out io.Writer) error {
	conditions, contenders, err := r.called()
	if err != nil {
		return exitError{2, err}
	}
	play, told, err := r.prepare(ctx, in)
	if err != nil {
		return err
	}
	all := append([]replay.Contender{replay.Headstart(told.headstart)}, contenders...)
	report, err := play.Run(r.withPeers(all, play.Scene), r.record(contenders))
	if err != nil {
		return err
	}
	if err := r.writeSteps(report); err != nil {
		return err
	}
	if err := r.write(out, report, told); err != nil {
		return err
	}
	return judged(conditions, report.Rows[0].Figures)
}

// called looks at what was said before anything is read.
func (r *rehearsal) called() (conditions []replay.Condition, contenders []replay.Contender, err error) {
	for _, text := range r.failIf {
		c, err := replay.ParseCondition(text)
		if err != nil {
			return nil, nil, fmt.Errorf("--fail-if: %w", err)
		}
		conditions = append(conditions, c)
	}
	for _, name := range r.against {
		if name == replay.HeadstartName || slices.ContainsFunc(contenders, named(name)) {
			continue // it is played anyway
		}
		c, err := replay.ParseContender(name)
		if err != nil {
			return nil, nil, fmt.Errorf("--against: %w", err)
		}
		contenders = append(contenders, c)
	}
	r.cluster.Spread.Node = r.cluster.Spread.Pod
	if r.leadIn == 0 {
		r.leadIn = -1 // said so
	}
	if r.said("capacity") && !(r.capacity > 0) {
		return nil, nil, errors.New("--capacity is a number above 0: what one replica carries")
	}
	if err := r.cluster.Validate(); err != nil {
		return nil, nil, err
	}
	return conditions, contenders, r.recorded.called(r.said)
}

// peersOf are those with a target, by name.
func peersOf(s *replay.Scene) []string {
	names := []string{replay.HPA, replay.HPAFast}
	if len(s.Events) > 0 {
		names = append(names, replay.HPACron)
	}
	return append(names, replay.LastWeek)
}

// withPeers adds the tuning range of all peers, where that is wanted.
func (r *rehearsal) withPeers(all []replay.Contender, s *replay.Scene) []replay.Contender {
	if !r.allPeers && r.output != "html" { // a page shows the frontier
		return all
	}
	if r.output == "html" && !slices.ContainsFunc(all, named(replay.Clairvoyant)) {
		if c, err := replay.ParseContender(replay.Clairvoyant); err == nil {
			all = append(all, c)
		}
	}
	for _, name := range peersOf(s) {
		for _, c := range replay.Tuned(name) {
			if !slices.ContainsFunc(all, named(c.Name)) {
				all = append(all, c)
			}
		}
	}
	return all
}

// record says whose steps are kept: of those that were named, where somebody
// wants them.
func (r *rehearsal) record(said []replay.Contender) func(string) bool {
	if r.steps == "" && r.output != "html" {
		return nil
	}
	return func(name string) bool {
		return name == replay.HeadstartName || slices.ContainsFunc(said, named(name))
	}
}

func named(name string) func(replay.Contender) bool {
	return func(c replay.Contender) bool { return c.Name == name }
}

func (r *rehearsal) writeSteps(report *replay.Report) error {
	if r.steps == "" {
		return nil
	}
	file, err := os.Create(r.steps)
	if err != nil {
		return fmt.Errorf("write the steps: %w", err)
	}
	if err := errors.Join(report.WriteSteps(file), file.Close()); err != nil {
		return fmt.Errorf("write the steps to %s: %w", r.steps, err)
	}
	return nil
}

// judged is an error that names each condition that is met.
func judged(conditions []replay.Condition, f replay.Figures) error {
	var failed []error
	for _, c := range conditions {
		met, text, err := c.Met(f)
		if err != nil {
			failed = append(failed, err)
		} else if met {
			failed = append(failed, errors.New(text))
		}
	}
	return errors.Join(failed...)
}
