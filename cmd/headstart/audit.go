package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/url"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/headstart-scaler/headstart/store"
)

func newAudit() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Show, keep and verify who changed what, and why",
		Long: `Audit reads the log of all that people changed. Its records are chained by
hashes: verify shows whether one was changed, removed, inserted or moved.

Who holds the log can write all of it anew. Keep checkpoints elsewhere: they show
that too.

  headstart audit export -o audit.jsonl
  headstart audit checkpoint >> /a/place/of/others/checkpoints
  headstart audit verify audit.jsonl --checkpoint /a/place/of/others/checkpoints`,
		Args: knownSubcommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newAuditList(), newAuditExport(), newAuditCheckpoint(), newAuditVerify())
	return cmd
}

// trail is a server's audit log.
type trail struct {
	client
	limit  int
	output string
}

func newAuditList() *cobra.Command {
	var l trail
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the newest records of the audit log, the oldest of them first",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if l.limit < 0 {
				return exitError{2, errors.New("--limit is a number of records, or 0 for all")}
			}
			return l.list(cmd.Context(), cmd.OutOrStdout())
		},
	}
	cmd.Flags().IntVar(&l.limit, "limit", 50, "how many records; 0 is all")
	l.flags(cmd, patience)
	outputFlag(cmd, &l.output)
	return cmd
}

func (l *trail) list(ctx context.Context, out io.Writer) error {
	head, err := l.head(ctx)
	if err != nil {
		return err
	}
	after := int64(0)
	if l.limit > 0 {
		after = max(0, head.Seq-int64(l.limit))
	}
	all := []store.Record{}
	for line, err := range l.lines(ctx, after) {
		if err != nil {
			return err
		}
		r, err := store.ParseRecord([]byte(line))
		if err != nil {
			return fmt.Errorf("the audit log of %s: %w", printable(l.server), err)
		}
		all = append(all, r)
	}
	if l.output == "json" {
		return writeJSON(out, map[string]any{"records": all})
	}
	if len(all) == 0 {
		_, err := io.WriteString(out, "The audit log is empty.\n")
		return err
	}
	t := table{heads: []string{"SEQ", "AT (UTC)", "ACTOR", "VERB", "OBJECT", "REASON"}}
	for _, r := range all {
		t.row(strconv.FormatInt(r.Seq, 10), utcClock(r.At), r.Actor, r.Verb, r.Object, r.Reason)
	}
	return t.writeTo(out, terminalWidth(out))
}

func (l *trail) head(ctx context.Context) (checkpoint, error) {
	var c checkpoint
	err := l.get(ctx, "audit/checkpoint", nil, &c)
	return c, err
}

// lines yields the records after a number, page by page, as they are.
func (l *trail) lines(ctx context.Context, after int64) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for {
			var page struct {
				Lines     []string `json:"lines"`
				NextAfter int64    `json:"next_after"`
			}
			query := url.Values{"after": {strconv.FormatInt(after, 10)}, "page_size": {"1000"}}
			if err := l.get(ctx, "audit/records", query, &page); err != nil {
				yield("", err)
				return
			}
			for _, line := range page.Lines {
				if !yield(line, nil) {
					return
				}
			}
			if page.NextAfter <= after {
				return
			}
			after = page.NextAfter
		}
	}
}

func newAuditCheckpoint() *cobra.Command {
	var l trail
	cmd := &cobra.Command{
		Use:   "checkpoint",
		Short: "Print the head of the audit log, to keep where its holder cannot change it",
		Example: `  headstart audit checkpoint >> checkpoints
  headstart audit verify audit.jsonl --checkpoint checkpoints`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := l.head(cmd.Context())
			if err != nil {
				return err
			}
			if l.output == "json" {
				return writeJSON(cmd.OutOrStdout(), c)
			}
			if c.Seq == 0 {
				return errors.New("the audit log is empty: there is nothing to keep yet")
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%d:%s %s\n", c.Seq, printable(c.Hash), printable(c.At))
			return err
		},
	}
	l.flags(cmd, patience)
	outputFlag(cmd, &l.output)
	return cmd
}
