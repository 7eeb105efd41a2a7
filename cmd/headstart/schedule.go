package main

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

func newSchedule() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "schedule",
		Short: "Import, show and take back the schedule of events",
		Long: `Schedule keeps what will happen: tournaments, promos, launches. A file is shown
as the difference it makes before it is applied, all of it or nothing, and every
version can be had again.

Start with:  headstart schedule template -o events.xlsx
Then:        headstart schedule import events.xlsx --dry-run
             headstart schedule import events.xlsx
             headstart schedule list`,
		Args: knownSubcommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newScheduleImport(), newScheduleExport(), newScheduleTemplate(), newScheduleList(), newScheduleHistory(), newScheduleRollback())
	return cmd
}

// knownSubcommand is knownCommand for a command that only has others below it.
func knownSubcommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var known []string
	for _, c := range cmd.Commands() {
		known = append(known, c.Name())
	}
	return exitError{2, fmt.Errorf("unknown command %q for %s; known: %s", args[0], cmd.CommandPath(), strings.Join(known, ", "))}
}

// span writes from when until when on a clock, with the day of the week, and a
// second date only where it is another one: Sat 2026-11-28 20:00–23:00.
func span(start, end time.Time) string {
	switch last := dated(end); {
	case dated(start) == last:
		return dated(start) + " " + clockTime(start) + "–" + clockTime(end)
	default:
		return dated(start) + " " + clockTime(start) + " – " + last + " " + clockTime(end)
	}
}

func dated(t time.Time) string { return t.Format("Mon 2006-01-02") }

func clockTime(t time.Time) string {
	if t.Second() != 0 {
		return t.Format(time.TimeOnly)
	}
	return t.Format("15:04")
}

// utcSpan is span in UTC, next to the same on a local clock: the date is said
// where it is another one there.
func utcSpan(start, end, localStart time.Time) string {
	start, end = start.UTC(), end.UTC()
	text := span(start, end)
	if dated(start) == dated(localStart) {
		text = strings.TrimPrefix(text, dated(start)+" ")
	}
	return text + " UTC"
}

// local is when the event takes place on the clock of its zone, as the server
// says: this machine may know other rules of that zone.
func (o occurrence) local() (text string, start time.Time) {
	start, err := parseClock(o.LocalStart)
	end, also := parseClock(o.LocalEnd)
	if err != nil || also != nil {
		return o.LocalStart + " – " + o.LocalEnd, o.Start.UTC()
	}
	return span(start, end), start
}

// when is an occurrence on its own clock and in UTC.
func (o occurrence) when() string {
	text, start := o.local()
	if o.Timezone == "UTC" {
		return text + " UTC"
	}
	return text + " " + o.Timezone + " = " + utcSpan(o.Start, o.End, start)
}

// parseClock reads a date and a time of day, with or without an offset.
func parseClock(text string) (time.Time, error) {
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05", time.RFC3339, "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no date and time", text)
}

// effect is what an event does: ×3, 12000 requests/s, floor 40; nothing where it
// names no impact.
func (e event) effect() string {
	switch {
	case e.Multiplier != 0:
		return "×" + strconv.FormatFloat(e.Multiplier, 'f', -1, 64)
	case e.ExpectedPeak != 0:
		return strings.TrimSpace(strconv.FormatFloat(e.ExpectedPeak, 'f', -1, 64) + " " + e.Unit)
	case e.Floor != 0:
		return fmt.Sprintf("floor %d", e.Floor)
	default:
		return ""
	}
}

// does is what an event does, and for whom.
func (e event) does() string {
	whom := e.scope() + e.doubt()
	switch effect := e.effect(); {
	case effect != "":
		return effect + " for " + whom
	case e.Class != "":
		return "what class " + e.Class + " says for " + whom + ": it names no peak, multiplier or floor itself"
	default:
		return "nothing yet for " + whom + ": it names no peak, multiplier or floor"
	}
}

// scope is whom an event concerns.
func (e event) scope() string {
	var parts []string
	for _, p := range []struct {
		name   string
		values []string
	}{{"brand", e.Brands}, {"market", e.Markets}, {"region", e.Regions}} {
		if len(p.values) > 0 {
			parts = append(parts, p.name+" "+strings.Join(p.values, ", "))
		}
	}
	if e.Workloads != "" {
		parts = append(parts, "workloads "+e.Workloads)
	}
	return cmp.Or(strings.Join(parts, "; "), "all workloads")
}

// instant is a flag's time: RFC 3339, or a date, which is its midnight in UTC.
func instant(flag, text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, exitError{2, fmt.Errorf("--%s %q is not an instant such as 2026-11-28T20:00:00Z, or a date", flag, text)}
}

// versionArgument reads the number of a version.
func versionArgument(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 {
		return 0, exitError{2, fmt.Errorf("version %q is no number such as 7: see headstart schedule history", text)}
	}
	return n, nil
}

// oneArgument refuses any other number of arguments as a wrong call.
func oneArgument(cmd *cobra.Command, args []string) error {
	return usage(cobra.ExactArgs(1)(cmd, args))
}

// plural is a number with its noun.
func plural(n int, one, several string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, several)
}

// errNothingChanged is what a person gets who did not agree.
func errNothingChanged() error { return exitError{1, errors.New("nothing was changed")} }
