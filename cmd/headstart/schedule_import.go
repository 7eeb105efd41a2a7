package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

// upload is a file that is to become part of the schedule.
type upload struct {
	client
	asking
	by person

	file                                     string
	dryRun, offline, merge                   bool
	zone, dateOrder, replace, expect, output string
	corrected                                string
	columns                                  []string
	data                                     []byte
	query                                    url.Values // what is said of the file
	headers                                  map[string]string
}

func newScheduleImport() *cobra.Command {
	var u upload
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Show what a file changes in the schedule, and apply it",
		Long: `Import reads a file with events (.csv, .xlsx, .ics, a .zip of them, .json; - is
standard input) and shows what is wrong with it and what it would change. Then it
asks, and applies all of it or nothing.

Events of the file are added, or take the place of those with their ids; all
others stay: that is --merge, the default. With --replace FROM..TO, events that
take place within that range alone and are not in the file are removed. A date as
TO is part of the range.

Without a terminal nothing is applied unless --yes says so: CI looks with
--dry-run and applies with --yes. A repeated import changes nothing a second
time: each has an idempotency key, made of the file, the version it was compared
with and what is said of it.

--dry-run works without a server too, where none is at the default address: the
file is checked, and compared with nothing. --offline asks no server at all.

--corrected writes a table (.csv, .xlsx) that has errors or warnings to another
file, with a column that says what to repair in each row. Import leaves that
column out, so that the file can be imported as soon as it is mended.

It exits with 1 when errors block the file, and 0 when there is nothing to
change.`,
		Example: `  headstart schedule import december.xlsx --timezone Europe/Malta --dry-run
  headstart schedule import december.xlsx --dry-run --corrected to-correct.xlsx
  headstart schedule import december.xlsx --replace 2026-12-01..2026-12-31 --reason "December plan"
  headstart schedule import google.zip --yes --reason "$CI_COMMIT" --server https://headstart.example --token-file token
  headstart schedule import events.csv --date-order dmy --column "Starts at=start"`,
		Args: oneArgument,
		RunE: func(cmd *cobra.Command, args []string) error {
			u.file = args[0]
			u.at(cmd)
			return u.run(cmd.Context(), cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.BoolVar(&u.dryRun, "dry-run", false, "show what would change, and change nothing")
	f.BoolVar(&u.offline, "offline", false, "check the file here, without a server and without a comparison")
	f.StringVar(&u.zone, "timezone", "", "zone of times that name none, such as Europe/Malta")
	wordFlag(cmd, &u.dateOrder, "date-order", "order of day, month and year in dates such as 03/04/27", detectOrder, "dmy", "mdy", "ymd")
	f.StringArrayVar(&u.columns, "column", nil, "HEADER=COLUMN: what a header of the file means; - leaves it out")
	f.BoolVar(&u.merge, "merge", false, "keep events that are not in the file (the default)")
	f.StringVar(&u.replace, "replace", "", "FROM..TO: remove other events within the range; dates in --timezone, or RFC 3339")
	f.StringVar(&u.expect, "expect", "", "version of the schedule that the change is based on, 0 for none; the one compared with by default")
	f.StringVar(&u.corrected, "corrected", "", "file to write the table to, with what to repair in each row, where there is something")
	u.asking.flags(cmd)
	u.by.flags(cmd, "import of FILE")
	u.client.flags(cmd, longPatience)
	outputFlag(cmd, &u.output)
	return cmd
}

// run shows what a file changes, and applies it.
func (u *upload) run(ctx context.Context, out io.Writer) error {
	if err := u.prepare(ctx); err != nil {
		return err
	}
	im, err := u.compare(ctx)
	if err != nil {
		return err
	}
	if err := u.correct(ctx, im); err != nil {
		return notCorrected(u.show(out, im), err)
	}
	if !u.wouldApply(im) {
		return u.show(out, im)
	}
	if u.output == "text" {
		if err := u.show(out, im); err != nil {
			return err
		}
	}
	if err := u.agree(ctx, "Apply this?"); err != nil {
		return errors.Join(u.showJSON(out, im), err)
	}
	applied, err := insisted(ctx, &u.asking, len(im.Diff.Removed), func() (*imported, error) { return u.apply(ctx, im) })
	if err != nil {
		return errors.Join(u.showJSON(out, im), err)
	}
	if u.output == "json" {
		return u.show(out, applied)
	}
	_, err = io.WriteString(out, applied.outcome())
	return err
}

// wouldApply reports whether there is something to apply, and it may be.
func (u *upload) wouldApply(im *imported) bool {
	return !u.dryRun && !im.Offline && len(im.Errors) == 0 && im.Diff.size() > 0
}

// detectOrder leaves the order of dates to what the file shows.
const detectOrder = "detect"

// largestFile is what a server takes.
const largestFile = 32 << 20

// prepare reads the file and refuses what was said of it where that makes no
// sense, before anything is sent.
func (u *upload) prepare(ctx context.Context) (err error) {
	switch {
	case u.merge && u.replace != "":
		return exitError{2, errors.New("--merge keeps events that are not in the file, --replace removes them within a range: say one of them")}
	case u.offline && !u.dryRun:
		return exitError{2, errors.New("--offline compares with nothing and can apply nothing: say --dry-run too")}
	case u.offline && u.named():
		return exitError{2, errors.New("--offline asks no server: leave out --server, or --offline")}
	}
	if err := u.apart(); err != nil {
		return exitError{2, err}
	}
	if u.query, err = u.said(); err != nil {
		return exitError{2, err}
	}
	if u.data, err = u.read(); err != nil {
		return err
	}
	if u.dryRun {
		return nil
	}
	return u.by.settle(ctx, "import of "+u.name())
}

func (u *upload) name() string {
	if u.file == "-" {
		return "standard input"
	}
	return filepath.Base(u.file)
}

func (u *upload) read() ([]byte, error) {
	in := u.in
	if u.file != "-" {
		file, err := os.Open(u.file)
		if err != nil {
			return nil, fmt.Errorf("read the schedule: %w", err)
		}
		defer file.Close() //nolint:errcheck // only read
		in = file
	}
	data, err := io.ReadAll(io.LimitReader(in, largestFile+1))
	if err != nil {
		return nil, fmt.Errorf("read the schedule %s: %w", printable(u.name()), err)
	}
	if len(data) > largestFile {
		return nil, fmt.Errorf("%s has more than %d MiB: split it", printable(u.name()), largestFile>>20)
	}
	return data, nil
}

// said is what the flags say of the file, as the API is told.
func (u *upload) said() (url.Values, error) {
	q := url.Values{"filename": {u.name()}, "mode": {"merge"}}
	if _, err := zoneNamed(u.zone); err != nil {
		return nil, err
	}
	if u.zone != "" {
		q.Set("timezone", u.zone)
	}
	if u.dateOrder = strings.TrimPrefix(u.dateOrder, detectOrder); u.dateOrder != "" {
		q.Set("date_order", u.dateOrder)
	}
	u.headers = map[string]string{}
	for _, c := range u.columns {
		i := strings.LastIndex(c, "=")
		if i < 1 || i == len(c)-1 {
			return nil, fmt.Errorf("--column %q is not HEADER=COLUMN, such as \"Starts at=start\"", c)
		}
		u.headers[c[:i]] = c[i+1:]
		q.Set("column."+c[:i], c[i+1:])
	}
	if u.expect != "" {
		if n, err := strconv.ParseInt(u.expect, 10, 64); err != nil || n < 0 {
			return nil, fmt.Errorf("--expect %q is no version such as 7, or 0 for none", u.expect)
		}
	}
	if u.replace != "" {
		from, to, err := u.replaced()
		if err != nil {
			return nil, err
		}
		q.Set("mode", "replace")
		q.Set("replace_from", from)
		q.Set("replace_to", to)
	}
	return q, nil
}

// compare asks what the file changes. Where there is no server to compare with,
// a dry run checks the file here.
func (u *upload) compare(ctx context.Context) (*imported, error) {
	if u.offline {
		return u.readHere(), nil
	}
	query := u.with("dry_run", "true")
	if u.output != "json" {
		query.Set("omit_events", "true") // people see the diff
	}
	var im imported
	r, err := u.send(ctx, u.call(query, ""))
	if missing, ok := errors.AsType[unreachableError](err); ok && u.dryRun && !u.named() {
		_, err := fmt.Fprintf(u.out, "note: no server answers at %s: the file is checked here and compared with nothing (--offline, or --server)\n", missing.server)
		return u.readHere(), err
	}
	if err != nil {
		return nil, err
	}
	if err := u.decode(r, &im); err != nil {
		return nil, err
	}
	if u.expect != "" && u.expect != im.base() {
		return nil, fmt.Errorf("the schedule is at version %s, and --expect says %s: look at what was changed since (headstart schedule history)", im.base(), u.expect)
	}
	im.Mode = u.query.Get("mode")
	im.whole()
	return &im, nil
}

func (u *upload) with(name, value string) url.Values {
	q := maps.Clone(u.query)
	q.Set(name, value)
	return q
}

func (u *upload) call(query url.Values, based string) call {
	c := call{method: "POST", path: "schedule/imports", query: query, kind: "application/octet-stream", body: u.data, header: map[string][]string{}}
	if based != "" {
		c.header.Set("If-Match", strconv.Quote(based))
	}
	return c
}

// apply asks for the change that was shown, on the version it was shown for.
func (u *upload) apply(ctx context.Context, shown *imported) (*imported, error) {
	query := u.with("author", u.by.author)
	query.Set("reason", u.by.reason)
	query.Set("omit_events", "true") // they were shown, as was the diff
	query.Set("omit_diff", "true")
	if u.removeMany {
		query.Set("remove_many", "true")
	}
	base := shown.base()
	var im imported
	if err := u.change(ctx, u.call(query, base), u.keyFor(query, base), &im); err != nil {
		return nil, err
	}
	im.Mode, im.Events, im.Diff, im.Corrected = u.query.Get("mode"), shown.Events, shown.Diff, shown.Corrected
	im.whole()
	return &im, nil
}

// keyFor is the idempotency key of the change: the same file, compared with the
// same version and with the same said of it, is the same change.
func (u *upload) keyFor(query url.Values, base string) string {
	return u.by.keyFor("import", string(u.data), base, query.Encode())
}
