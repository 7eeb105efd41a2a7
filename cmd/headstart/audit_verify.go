package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/headstart-scaler/headstart/store"
)

// verification is an exported log, and what others kept of it.
type verification struct {
	file        string
	checkpoints []string
	output      string

	first, last store.Record
	count       int
}

func newAuditVerify() *cobra.Command {
	var v verification
	cmd := &cobra.Command{
		Use:   "verify FILE",
		Short: "Verify an exported audit log, without a server",
		Long: `Verify reads a file that export wrote (- is standard input) and names the first
record that was changed, removed, inserted or moved. With checkpoints that were
kept elsewhere it also shows that the log was cut at its end or written anew.

It exits with 1 where the log is not what was written.`,
		Example: `  headstart audit verify audit.jsonl
  headstart audit verify audit.jsonl --checkpoint checkpoints
  headstart audit verify audit.jsonl --checkpoint 42:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08`,
		Args: oneArgument,
		RunE: func(cmd *cobra.Command, args []string) error {
			v.file = args[0]
			return v.run(cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringArrayVar(&v.checkpoints, "checkpoint", nil, "SEQ:HASH that was kept elsewhere, or a file with such lines; may be repeated")
	outputFlag(cmd, &v.output)
	return cmd
}

func (v *verification) run(in io.Reader, out io.Writer) error {
	kept, err := v.kept()
	if err != nil {
		return exitError{2, err}
	}
	if v.file != "-" {
		file, err := os.Open(v.file)
		if err != nil {
			return fmt.Errorf("read the audit log: %w", err)
		}
		defer file.Close() //nolint:errcheck // only read
		in = file
	}
	verified := store.Verify(v.records(in), kept)
	if v.output == "json" {
		return errors.Join(writeJSON(out, v.forPrograms(verified, len(kept))), silent(verified))
	}
	if verified != nil {
		return fmt.Errorf("%s: %w", printable(v.file), verified)
	}
	_, err = io.WriteString(out, v.text(kept))
	return err
}

// silent is an error that was told already.
func silent(err error) error {
	if err == nil {
		return nil
	}
	return exitError{code: 1}
}

// longestLine is far beyond what a record can take.
const longestLine = 1 << 20

// records yields the records of a file.
func (v *verification) records(in io.Reader) func(func(store.Record, error) bool) {
	return func(yield func(store.Record, error) bool) {
		lines := bufio.NewScanner(in)
		lines.Buffer(nil, longestLine)
		n := 0
		for lines.Scan() {
			n++
			r, err := v.record(lines.Bytes(), n)
			if !yield(r, err) || err != nil {
				return
			}
		}
		if err := lines.Err(); err != nil {
			yield(store.Record{}, fmt.Errorf("line %d: %w", n+1, err))
		}
	}
}

// record reads a line, and remembers what was seen of the log.
func (v *verification) record(line []byte, number int) (store.Record, error) {
	r, err := store.ParseRecord(line)
	if err != nil {
		return r, fmt.Errorf("line %d: %w", number, err)
	}
	if v.count == 0 {
		v.first = r
	}
	v.last = r
	v.count++
	return r, nil
}

func (v *verification) text(kept []store.Checkpoint) string {
	if v.count == 0 {
		return "The log is empty.\n"
	}
	text := fmt.Sprintf("%s: %s, %d to %d, from %s to %s UTC: the chain holds.\n", printable(v.file), plural(v.count, "record", "records"),
		v.first.Seq, v.last.Seq, utcClock(v.first.At), utcClock(v.last.At))
	text += fmt.Sprintf("head  %d:%s\n", v.last.Seq, v.last.Hash)
	if len(kept) == 0 {
		return text + "note: without a checkpoint kept elsewhere, a log that was cut at its end or written anew would look the same (--checkpoint)\n"
	}
	newest := int64(0)
	for _, c := range kept {
		newest = max(newest, c.Seq)
	}
	text += fmt.Sprintf("It is the log that %s saw", plural(len(kept), "checkpoint", "checkpoints"))
	if after := v.last.Seq - newest; after > 0 {
		return text + fmt.Sprintf("; the last %s came after the newest of them.\n", plural(int(after), "record", "records"))
	}
	return text + ".\n"
}

func (v *verification) forPrograms(verified error, kept int) map[string]any {
	out := map[string]any{"ok": verified == nil, "records": v.count, "checkpoints": kept}
	if v.count > 0 {
		out["head"] = v.last.Checkpoint()
	}
	if verified == nil {
		return out
	}
	out["error"] = verified.Error()
	if fault, ok := errors.AsType[*store.ChainError](verified); ok {
		out["seq"], out["fault"] = fault.Seq, fault.Fault
	}
	return out
}

// kept reads the checkpoints that were said.
func (v *verification) kept() ([]store.Checkpoint, error) {
	var all []store.Checkpoint
	for _, said := range v.checkpoints {
		if c, err := parseCheckpoint(said); err == nil {
			all = append(all, c)
			continue
		}
		content, err := os.ReadFile(said)
		if err != nil {
			return nil, fmt.Errorf("--checkpoint %s is neither SEQ:HASH nor a file that can be read: %w", printable(said), err)
		}
		found, err := parseCheckpoints(string(content))
		if err != nil {
			return nil, fmt.Errorf("--checkpoint %s: %w", printable(said), err)
		}
		all = append(all, found...)
	}
	return all, nil
}

// parseCheckpoints reads one checkpoint, or one a line, as checkpoint prints
// them: as text or as JSON.
func parseCheckpoints(text string) ([]store.Checkpoint, error) {
	var whole store.Checkpoint
	if err := json.Unmarshal([]byte(text), &whole); err == nil && whole.Seq > 0 && !whole.Hash.IsZero() {
		return []store.Checkpoint{whole}, nil
	}
	var all []store.Checkpoint
	for i, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		c, err := parseCheckpoint(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		all = append(all, c)
	}
	if len(all) == 0 {
		return nil, errors.New("there is no checkpoint in it")
	}
	return all, nil
}

// parseCheckpoint reads SEQ:HASH, and the time of the record where it follows.
func parseCheckpoint(text string) (store.Checkpoint, error) {
	said, at, _ := strings.Cut(text, " ")
	seq, hash, ok := strings.Cut(said, ":")
	n, err := strconv.ParseInt(seq, 10, 64)
	c := store.Checkpoint{Seq: n}
	if !ok || err != nil || n < 1 || c.Hash.UnmarshalText([]byte(hash)) != nil || c.Hash.IsZero() {
		return store.Checkpoint{}, fmt.Errorf("%q is not SEQ:HASH", printable(text))
	}
	if at != "" {
		if c.At, err = time.Parse(time.RFC3339, strings.TrimSpace(at)); err != nil {
			return store.Checkpoint{}, fmt.Errorf("%q is not SEQ:HASH and a time", printable(text))
		}
	}
	return c, nil
}
