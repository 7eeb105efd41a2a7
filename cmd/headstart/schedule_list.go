package main

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/headstart-scaler/headstart/workload"
)

// listing is which occurrences to list.
type listing struct {
	client
	from, to, workload, output string
}

func newScheduleList() *cobra.Command {
	var l listing
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List when events take place",
		Long: `List shows when events in force take place, those of files in Git among them, on
the clock of their zone and in UTC: a day from now on, unless --from and --to say
otherwise.`,
		Example: `  headstart schedule list
  headstart schedule list --from 2026-12-01 --to 2027-01-01 --workload shop/checkout`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return l.run(cmd.Context(), cmd.OutOrStdout()) },
	}
	cmd.Flags().StringVar(&l.from, "from", "", "from this instant on, RFC 3339, or a date in UTC; now by default")
	cmd.Flags().StringVar(&l.to, "to", "", "until this instant, which is not part of it; a day after --from by default")
	cmd.Flags().StringVar(&l.workload, "workload", "", "only what concerns this workload, NAMESPACE/NAME")
	l.flags(cmd, patience)
	outputFlag(cmd, &l.output)
	return cmd
}

func (l *listing) run(ctx context.Context, out io.Writer) error {
	query, err := l.query()
	if err != nil {
		return err
	}
	all := []occurrence{}
	err = pages(func(token string) (string, error) {
		var page struct {
			Occurrences   []occurrence `json:"occurrences"`
			NextPageToken string       `json:"next_page_token"`
		}
		query.Set("page_token", token)
		err := l.get(ctx, "schedule/occurrences", query, &page)
		all = append(all, page.Occurrences...)
		return page.NextPageToken, err
	})
	if err != nil {
		return err
	}
	if l.output == "json" {
		return writeJSON(out, map[string]any{"occurrences": all})
	}
	if err := writeOccurrences(out, all, l.period()); err != nil {
		return err
	}
	return l.warn(ctx, out)
}

// warn says what keeps the list from being what people wrote. Where it cannot be
// asked, the list was given all the same.
func (l *listing) warn(ctx context.Context, out io.Writer) error {
	var c struct {
		Troubles []string `json:"troubles"`
	}
	if err := l.get(ctx, "config", nil, &c); err != nil {
		return nil //nolint:nilerr // see above
	}
	for _, t := range c.Troubles {
		if _, err := fmt.Fprintf(out, "note: %s\n", printableLines(t)); err != nil {
			return err
		}
	}
	return nil
}

func (l *listing) query() (url.Values, error) {
	query := url.Values{"page_size": {"1000"}}
	for _, f := range []struct{ name, value string }{{"from", l.from}, {"to", l.to}} {
		if f.value == "" {
			continue
		}
		at, err := instant(f.name, f.value)
		if err != nil {
			return nil, err
		}
		query.Set(f.name, at.UTC().Format(time.RFC3339))
	}
	if l.workload != "" {
		if err := workloadArgument(l.workload); err != nil {
			return nil, err
		}
		query.Set("workload", l.workload)
	}
	return query, nil
}

// period is what was asked for, in words.
func (l *listing) period() string {
	text := "in the day"
	switch {
	case l.to != "":
		text = "until " + l.to
	case l.from == "":
		text = "in the next 24 hours"
	}
	if l.from != "" {
		text += " from " + l.from + " on"
	}
	if l.workload != "" {
		text += " for " + l.workload
	}
	return text
}

// writeOccurrences writes a row for each time that an event takes place.
func writeOccurrences(out io.Writer, all []occurrence, period string) error {
	if len(all) == 0 {
		_, err := fmt.Fprintf(out, "No event takes place %s.\n", printable(period))
		return err
	}
	t := table{heads: []string{"LOCAL", "ZONE", "UTC", "EVENT", "IMPACT", "STATUS", "OWNER", "ID"}}
	seen := slices.ContainsFunc(all, func(o occurrence) bool { return o.Seen != "" })
	if seen {
		t.heads = append(t.heads, "SEEN")
	}
	for _, o := range all {
		local, start := o.local()
		title := o.Title
		if o.Class != "" {
			title += " (" + o.Class + ")"
		}
		id := o.EventID
		if o.File != "" {
			id += " in " + o.File
		}
		cells := []string{local, o.Timezone, strings.TrimSuffix(utcSpan(o.Start, o.End, start), " UTC"), title, o.Impact, o.Status, o.Owner, id}
		if seen {
			cells = append(cells, o.Seen)
		}
		t.row(cells...)
	}
	return t.writeTo(out, terminalWidth(out))
}

// workloadArgument refuses what is no NAMESPACE/NAME.
func workloadArgument(text string) error {
	if _, err := workload.ParseID(text); err != nil {
		return exitError{2, fmt.Errorf("workload %w", err)}
	}
	return nil
}
