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

// story is how much of the history to show.
type story struct {
	client
	limit  int
	output string
}

func newScheduleHistory() *cobra.Command {
	var s story
	cmd := &cobra.Command{
		Use:   "history",
		Short: "List the versions the schedule had, the newest first",
		Example: `  headstart schedule history
  headstart schedule history --limit 0 -o json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if s.limit < 0 {
				return exitError{2, errors.New("--limit is a number of versions, or 0 for all")}
			}
			return s.run(cmd.Context(), cmd.OutOrStdout())
		},
	}
	cmd.Flags().IntVar(&s.limit, "limit", 20, "how many versions; 0 is all")
	s.flags(cmd, patience)
	outputFlag(cmd, &s.output)
	return cmd
}

func (s *story) run(ctx context.Context, out io.Writer) error {
	all, err := s.versions(ctx)
	if err != nil {
		return err
	}
	if s.output == "json" {
		return writeJSON(out, map[string]any{"versions": all})
	}
	if len(all) == 0 {
		_, err := io.WriteString(out, "The schedule has no version yet: headstart schedule import FILE\n")
		return err
	}
	t := table{heads: []string{"VERSION", "AT (UTC)", "EVENTS", "AUTHOR", "REASON", "FROM"}}
	for _, v := range all {
		t.row(strconv.FormatInt(v.Number, 10), utcClock(v.At), strconv.Itoa(v.Events), v.Author, v.Reason, v.source())
	}
	return t.writeTo(out, terminalWidth(out))
}

func (s *story) versions(ctx context.Context) ([]scheduleVersion, error) {
	const largest = 1000
	size := largest
	if s.limit > 0 {
		size = min(size, s.limit)
	}
	all := []scheduleVersion{}
	err := pages(func(token string) (string, error) {
		var page struct {
			Versions      []scheduleVersion `json:"versions"`
			NextPageToken string            `json:"next_page_token"`
		}
		query := url.Values{"page_size": {strconv.Itoa(size)}, "page_token": {token}}
		err := s.get(ctx, "schedule/versions", query, &page)
		all = append(all, page.Versions...)
		if s.limit > 0 && len(all) >= s.limit {
			all = all[:s.limit]
			return "", err
		}
		return page.NextPageToken, err
	})
	return all, err
}

// source is what a version was made of.
func (v scheduleVersion) source() string {
	if v.RolledBackTo != 0 {
		return fmt.Sprintf("version %d", v.RolledBackTo)
	}
	return v.Origin
}

// utcClock is an instant for a person, in UTC.
func utcClock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("Mon 2006-01-02 15:04:05")
}
