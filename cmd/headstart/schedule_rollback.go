package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// rollback is the wish to have an earlier version again.
type rollback struct {
	client
	asking
	by person

	to     int64
	dryRun bool
	output string
}

// rolledBack is what the API answers, and what programs get.
type rolledBack struct {
	Applied     bool             `json:"applied"`
	Version     *scheduleVersion `json:"version,omitempty"`
	BaseVersion int64            `json:"base_version"`
	Diff        diff             `json:"diff"`
}

func newScheduleRollback() *cobra.Command {
	var r rollback
	cmd := &cobra.Command{
		Use:   "rollback VERSION",
		Short: "Make an earlier version of the schedule the newest one again",
		Long: `Rollback shows what would change between the version in force and an earlier one,
asks, and makes the earlier one the newest version again. Nothing is lost: the
version that was in force stays in the history.`,
		Example: `  headstart schedule rollback 7 --reason "the import of Monday had the wrong year"
  headstart schedule rollback 7 --dry-run`,
		Args: oneArgument,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if r.to, err = versionArgument(args[0]); err != nil {
				return err
			}
			r.at(cmd)
			return r.run(cmd.Context(), cmd.OutOrStdout())
		},
	}
	cmd.Flags().BoolVar(&r.dryRun, "dry-run", false, "show what would change, and change nothing")
	r.asking.flags(cmd)
	r.by.flags(cmd, "")
	r.client.flags(cmd, longPatience)
	outputFlag(cmd, &r.output)
	return cmd
}

func (r *rollback) run(ctx context.Context, out io.Writer) error {
	if !r.dryRun {
		if err := r.by.settle(ctx, ""); err != nil {
			return err
		}
	}
	shown, err := r.compare(ctx)
	if err != nil {
		return err
	}
	if r.output == "text" {
		if _, err := io.WriteString(out, r.text(shown, terminalWidth(out))); err != nil {
			return err
		}
	}
	if !r.dryRun && shown.Diff.size() > 0 {
		if shown, err = r.applyIfAgreed(ctx, shown); err != nil {
			return err
		}
	}
	switch {
	case r.output == "json":
		return writeJSON(out, shown)
	case shown.Applied:
		_, err = fmt.Fprintf(out, "Applied: version %d of the schedule, as version %d was, by %s.\n", shown.Version.Number, r.to, printable(shown.Version.Author))
	}
	return err
}

func (r *rollback) applyIfAgreed(ctx context.Context, shown *rolledBack) (*rolledBack, error) {
	if err := r.agree(ctx, "Apply this?"); err != nil {
		return nil, err
	}
	return insisted(ctx, &r.asking, len(shown.Diff.Removed), func() (*rolledBack, error) { return r.apply(ctx, shown) })
}

// compare asks what would change, and in which version.
func (r *rollback) compare(ctx context.Context) (*rolledBack, error) {
	q, err := r.jsonCall("schedule/rollback", body{"version": r.to, "dry_run": true})
	if err != nil {
		return nil, err
	}
	answer, err := r.send(ctx, q)
	if err != nil {
		return nil, err
	}
	var shown rolledBack
	if err := r.decode(answer, &shown); err != nil {
		return nil, err
	}
	shown.Diff.whole()
	return &shown, nil
}

// apply asks for what was shown, on the version it was shown for.
func (r *rollback) apply(ctx context.Context, shown *rolledBack) (*rolledBack, error) {
	key := r.by.keyFor("rollback", fmt.Sprint(r.to, shown.BaseVersion, r.removeMany), r.by.author, r.by.reason)
	var done rolledBack
	err := r.changeJSON(ctx, "schedule/rollback", key, body{
		"version": r.to, "author": r.by.author, "reason": r.by.reason,
		"expected_version": shown.BaseVersion, "remove_many": r.removeMany, "omit_diff": true, // what changes was shown
	}, &done)
	if err != nil {
		return nil, err
	}
	if done.Version == nil || done.Version.Number == 0 {
		return nil, fmt.Errorf("%s did not say which version it made: see headstart schedule history", printable(r.server))
	}
	done.Applied, done.Diff = true, shown.Diff
	return &done, nil
}

func (r *rollback) text(shown *rolledBack, width int) string {
	if shown.Diff.size() == 0 {
		return fmt.Sprintf("Nothing changes: version %d, which is in force, says what version %d says.\n", shown.BaseVersion, r.to)
	}
	var b strings.Builder
	paragraph(&b, "", fmt.Sprintf("from version %d, which is in force, to what version %d says", shown.BaseVersion, r.to), width)
	shown.Diff.text(&b, width)
	b.WriteString("\n" + shown.Diff.summary() + "\n")
	return b.String()
}
