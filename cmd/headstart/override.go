package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"time"

	"github.com/spf13/cobra"
)

func newOverride() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "override",
		Short: "Order replicas for a workload, for a while",
		Long: `Override bounds what a workload gets, or leaves the schedule or the forecast out of
it, for a time that is always said. It ends by itself.`,
		Args: knownSubcommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newOverrideCreate(), newOverrideList(), newOverrideExpire())
	return cmd
}

// overrides is which of them to list.
type overrides struct {
	client
	all              bool
	workload, output string
}

func newOverrideList() *cobra.Command {
	var l overrides
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the overrides that hold now",
		Example: `  headstart override list
  headstart override list --all --workload shop/checkout`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return l.run(cmd.Context(), cmd.OutOrStdout()) },
	}
	cmd.Flags().BoolVar(&l.all, "all", false, "those that have ended or have not begun too")
	cmd.Flags().StringVar(&l.workload, "workload", "", "only those of this workload, NAMESPACE/NAME")
	l.flags(cmd, patience)
	outputFlag(cmd, &l.output)
	return cmd
}

func (l *overrides) run(ctx context.Context, out io.Writer) error {
	query := url.Values{"active": {strconv.FormatBool(!l.all)}}
	if l.workload != "" {
		if err := workloadArgument(l.workload); err != nil {
			return err
		}
		query.Set("workload", l.workload)
	}
	all, err := l.listed(ctx, query)
	if err != nil {
		return err
	}
	if l.output == "json" {
		return writeJSON(out, map[string]any{"overrides": all})
	}
	if len(all) == 0 {
		text := "No override holds now (--all shows those that ended).\n"
		if l.all {
			text = "There are no overrides.\n"
		}
		_, err := io.WriteString(out, text)
		return err
	}
	t := table{heads: []string{"ID", "WORKLOAD", "ORDER", "FROM (UTC)", "UNTIL (UTC)", "STATE", "AUTHOR", "REASON"}}
	for _, o := range all {
		t.row(strconv.FormatInt(o.ID, 10), o.Workload, o.order(), utcClock(o.Start), utcClock(o.End), o.state(), o.Author, o.Reason)
	}
	return t.writeTo(out, terminalWidth(out))
}

// listed are the overrides that a query asks for, of all pages.
func (c *client) listed(ctx context.Context, query url.Values) ([]override, error) {
	query.Set("page_size", "1000")
	all := []override{}
	err := pages(func(token string) (string, error) {
		var page struct {
			Overrides     []override `json:"overrides"`
			NextPageToken string     `json:"next_page_token"`
		}
		query.Set("page_token", token)
		err := c.get(ctx, "overrides", query, &page)
		all = append(all, page.Overrides...)
		return page.NextPageToken, err
	})
	return all, err
}

// order is what an override says.
func (o override) order() string {
	switch o.Kind {
	case "floor":
		return fmt.Sprintf("at least %d", o.Replicas)
	case "ceiling":
		return fmt.Sprintf("at most %d", o.Replicas)
	case "fixed":
		return fmt.Sprintf("exactly %d", o.Replicas)
	case "ignore-schedule":
		return "no events"
	case "ignore-forecast":
		return "no forecast"
	default:
		return o.Kind
	}
}

func (o override) state() string {
	switch {
	case !o.ExpiredAt.IsZero():
		return fmt.Sprintf("ended early %s by %s: %s", utcClock(o.ExpiredAt), o.ExpiredBy, o.ExpireReason)
	case o.Active:
		return "holds"
	case o.Start.After(time.Now()):
		return "has not begun"
	default:
		return "over"
	}
}

// waitFlag is how long to wait for a decision that shows the change.
func waitFlag(cmd *cobra.Command, wait *time.Duration) {
	cmd.Flags().DurationVar(wait, "wait", 10*time.Second, "how long to wait for a decision that shows it; 0 does not")
}

// errOneOrder is what somebody gets who ordered nothing, or two things.
func errOneOrder() error {
	return exitError{2, errors.New("say one of --floor N, --ceiling N, --fixed N, --ignore-schedule, --ignore-forecast")}
}
