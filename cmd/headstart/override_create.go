package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// order is an override that somebody wants.
type order struct {
	client
	by person

	kind     string
	replicas int
	lasts    string
	wait     time.Duration
	output   string
}

func newOverrideCreate() *cobra.Command {
	var o order
	counts := map[string]*int{"floor": new(int), "ceiling": new(int), "fixed": new(int)}
	cmd := &cobra.Command{
		Use:   "create NAMESPACE/NAME",
		Short: "Order replicas for a workload, for a while",
		Long: `Create makes an override and shows what it does: what the workload was given
before, and what it is given as soon as a decision takes the override into
account. A policy in shadow answers KEDA with the floor all the same, and the
output says so.

Of overrides that hold at once a fixed one (the one given last) goes before a
floor (the highest), and a floor before a ceiling (the lowest); they go beyond the
policy's bounds, but not beyond the ScaledObject's maximum and the connection
budget.`,
		Example: `  headstart override create shop/checkout --floor 40 --for 2h --reason "TV spot at nine"
  headstart override create shop/checkout --ignore-forecast --for 1d --reason "new release"`,
		Args: oneArgument,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := workloadArgument(args[0]); err != nil {
				return err
			}
			if err := o.choose(cmd, counts); err != nil {
				return err
			}
			return o.run(cmd.Context(), args[0], cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.IntVar(counts["floor"], "floor", 0, "at least so many replicas")
	f.IntVar(counts["ceiling"], "ceiling", 0, "at most so many replicas")
	f.IntVar(counts["fixed"], "fixed", 0, "exactly so many replicas")
	f.Bool("ignore-schedule", false, "as if there were no events")
	f.Bool("ignore-forecast", false, "as if there were no forecast: reactive only")
	f.StringVar(&o.lasts, "for", "", "how long it holds, such as 90m, 2h or 1d (required)")
	o.by.flags(cmd, "")
	waitFlag(cmd, &o.wait)
	o.flags(cmd, patience)
	outputFlag(cmd, &o.output)
	return cmd
}

// choose takes the one order among the flags.
func (o *order) choose(cmd *cobra.Command, counts map[string]*int) error {
	for _, kind := range []string{"floor", "ceiling", "fixed", "ignore-schedule", "ignore-forecast"} {
		flag := cmd.Flags().Lookup(kind)
		if !flag.Changed || flag.Value.String() == "false" {
			continue
		}
		if o.kind != "" {
			return errOneOrder()
		}
		o.kind = kind
		if n, ok := counts[kind]; ok {
			o.replicas = *n
		}
	}
	switch {
	case o.kind == "":
		return errOneOrder()
	case o.replicas < 0 || o.kind == "floor" && o.replicas == 0:
		return exitError{2, fmt.Errorf("--%s %d is no number of replicas to order", o.kind, o.replicas)}
	default:
		return nil
	}
}

func (o *order) run(ctx context.Context, workload string, out io.Writer) error {
	lasts, err := lasting(o.lasts)
	if err != nil {
		return err
	}
	if err := o.by.settle(ctx, ""); err != nil {
		return err
	}
	var e effect
	if o.wait > 0 {
		// Where it cannot be asked, the override is wanted all the same.
		e.Before, _, _ = o.decision(ctx, workload)
	}
	wanted := body{
		"workload": workload, "kind": o.kind, "duration": strconv.FormatFloat(lasts.Seconds(), 'f', -1, 64) + "s",
		"author": o.by.author, "reason": o.by.reason,
	}
	if o.replicas != 0 {
		wanted["replicas"] = o.replicas
	}
	if err := o.changeJSON(ctx, "overrides", o.by.once(), wanted, &e.Override); err != nil {
		return err
	}
	e.After, e.Note = o.decided(ctx, e.Override, o.wait, true)
	if o.output == "json" {
		return writeJSON(out, e.forPrograms())
	}
	_, err = io.WriteString(out, e.created()+e.text())
	return err
}

// lasting reads how long an override holds: a duration, which may have days.
func lasting(text string) (time.Duration, error) {
	if text == "" {
		return 0, exitError{2, errors.New("say how long it holds: --for 2h; it ends by itself")}
	}
	var days time.Duration
	rest := text
	if n, after, ok := strings.Cut(text, "d"); ok {
		count, err := strconv.ParseUint(n, 10, 10)
		if err != nil {
			return 0, exitError{2, fmt.Errorf("--for %q is no time such as 90m, 2h or 1d", text)}
		}
		days, rest = time.Duration(count)*24*time.Hour, after
	}
	if rest == "" {
		rest = "0s"
	}
	d, err := time.ParseDuration(rest)
	if d += days; err != nil || d <= 0 {
		return 0, exitError{2, fmt.Errorf("--for %q is no time such as 90m, 2h or 1d", text)}
	}
	return d, nil
}
