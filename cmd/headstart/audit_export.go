package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/headstart-scaler/headstart/store"
)

func newAuditExport() *cobra.Command {
	var (
		l    trail
		file string
	)
	cmd := &cobra.Command{
		Use:   "export -o FILE",
		Short: "Write the whole audit log to a file",
		Long: `Export writes all records, one line of JSON each, verifies the chain while it does,
and prints the checkpoint to keep elsewhere. A log that does not verify is written
all the same: it is evidence.`,
		Example: `  headstart audit export -o audit.jsonl`,
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if file == "" {
				return exitError{2, errors.New("export needs a file to write: -o audit.jsonl")}
			}
			return l.export(cmd.Context(), file, cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVarP(&file, "output", "o", "", "file to write (required)")
	l.flags(cmd, patience)
	return cmd
}

// export writes the log beside its place first, so that a file of that name is
// whole.
func (l *trail) export(ctx context.Context, path string, out io.Writer) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".headstart-audit-")
	if err != nil {
		return fmt.Errorf("write the audit log: %w", err)
	}
	defer os.Remove(file.Name()) //nolint:errcheck // gone already where all went well
	e := exporting{lines: l.lines(ctx, 0), out: bufio.NewWriter(file)}
	verified := store.Verify(e.records, nil)
	if e.err == nil {
		e.err = errors.Join(e.out.Flush(), file.Sync())
	}
	if err := errors.Join(e.err, file.Close()); err != nil {
		return fmt.Errorf("write the audit log: %w", err)
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return fmt.Errorf("write the audit log: %w", err)
	}
	if _, err := fmt.Fprintf(out, "%s: %s\n", printable(path), plural(e.count, "record", "records")); err != nil {
		return err
	}
	if verified != nil {
		return fmt.Errorf("the log is written, and it does not verify: %w", verified)
	}
	if e.count == 0 {
		return nil
	}
	_, err = fmt.Fprintf(out, "The chain holds. Keep its checkpoint where the holder of the log cannot change it:\n%d:%s %s\n",
		e.last.Seq, e.last.Hash, e.last.At.Format(time.RFC3339))
	return err
}

// exporting writes lines while their records are verified.
type exporting struct {
	lines iter.Seq2[string, error]
	out   *bufio.Writer
	count int
	last  store.Checkpoint
	err   error // of reading or writing: the file is of no use
}

// records yields what is written. After a record that does not fit, the rest is
// written all the same.
func (e *exporting) records(yield func(store.Record, error) bool) {
	judged := true
	for line, err := range e.lines {
		if err == nil {
			_, err = e.out.WriteString(line + "\n")
		}
		if err != nil {
			e.err = err
			return
		}
		e.count++
		if !judged {
			continue
		}
		r, err := store.ParseRecord([]byte(line))
		if err == nil {
			e.last = r.Checkpoint()
		}
		judged = yield(r, err)
	}
}
