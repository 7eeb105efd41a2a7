package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/replay"
)

// foretelling is a series that is to be forecast, and how.
type foretelling struct {
	series, per, calendar, zone string

	at            string
	horizon, step time.Duration
	quantiles     []string
	output        string
}

const (
	// farthest is how far ahead anything is learned.
	farthest = time.Hour
	// nearest is the least time between two rows: below it, nothing is measured.
	nearest = time.Second
	// The quantiles that are expected: below the median nobody scales, and beyond
	// the highest no price of a miss leads.
	lowestQuantile, highestQuantile = 0.5, 0.999
	// highestHeld is the highest before anything was learned.
	highestHeld = 0.998
)

func newForecast() *cobra.Command {
	var f foretelling
	cmd := &cobra.Command{
		Use:   "forecast",
		Short: "Say what a recorded series was expected to be in the next hour",
		Long: `Forecast reads a series as replay reads a trace, learns from it up to --at as serve
learns from its sources, and says for each step ahead what the series will not
exceed, with the probability of each quantile. What comes after --at is not looked
at, so that a forecast can be held against what came.

The series is CSV with the header timestamp,value (gzip allowed; RFC 3339 or Unix
seconds; a missing row is a gap). A row holds from its time until the next one, and
is known when it has ended: that of 10:00 in a series by the minute at 10:01. A
value that is forecast for 10:07 stands for the same: what the series will say in
the row that holds at 10:07, in the same unit, per second where --per is minute.

Events of the calendar are expected from what events of their class did before and
from their multiplier. All of them count, whatever their scope. Times of day are
those of --timezone, so that habits are found again after clocks are moved.

In the first hour of a series nothing is learned yet, and its level and trend are
held, without events. No quantile is below the median: nobody scales below it.
Farther ahead than an hour nothing is learned.`,
		Example: `  headstart forecast --series requests.csv.gz --calendar events.csv
  headstart forecast --series requests.csv --at 2026-11-22T20:00:00Z --horizon 30m --step 5m --quantiles 0.5,0.9,0.99 -o csv`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.run(cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f.flags(cmd)
	return cmd
}

func (f *foretelling) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.series, "series", "", "file with the series (- is standard input)")
	wordFlag(cmd, &f.per, "per", "what its values count: what came in a second, or in a minute", "second", "minute")
	flags.StringVar(&f.calendar, "calendar", "", "file with the events that were announced: csv, xlsx, ics, zip or json")
	flags.StringVar(&f.zone, "timezone", "", "zone whose clocks the series follows, and of the calendar's times that name none, such as Europe/Malta; the series follows UTC by default")
	flags.StringVar(&f.at, "at", "", "the instant to look ahead from, RFC 3339, or a date in UTC; the end of the series by default")
	flags.DurationVar(&f.horizon, "horizon", farthest, "how far to look ahead")
	flags.DurationVar(&f.step, "step", time.Minute, "time between two rows of csv and json")
	flags.StringSliceVar(&f.quantiles, "quantiles", []string{"0.5", "0.95"}, "from 0.5, the median, to 0.999")
	wordFlag(cmd, &f.output, "output,o", "form of the output", "text", "csv", "json")
}

func (f *foretelling) run(in io.Reader, out, notes io.Writer) error {
	asked, err := f.called()
	if err != nil {
		if exit, ok := errors.AsType[exitError](err); ok {
			return exit
		}
		return exitError{2, err}
	}
	trace, name, err := readTrace(f.series, f.per, in)
	if err != nil {
		return err
	}
	timeline, doubts, err := f.announced(trace, asked.zone)
	if err != nil {
		return err
	}
	for _, d := range doubts {
		_, _ = fmt.Fprintln(notes, "Note:", d)
	}
	if f.at == "" {
		asked.at = trace.End()
	}
	p, err := learnt(trace, timeline, asked.at, asked.zone)
	if err != nil {
		return fmt.Errorf("forecast %s: %w", printable(name), err)
	}
	if most := asked.quantiles[len(asked.quantiles)-1]; !p.learned && most > highestHeld {
		return fmt.Errorf("forecast %s: quantile %g is not known before an hour of the series was learned from; until then %g is the highest",
			printable(name), most, highestHeld)
	}
	r := foretold{past: p, asked: asked, name: name}
	switch f.output {
	case "csv":
		return r.csv(out)
	case "json":
		return r.json(out)
	default:
		return r.text(out)
	}
}

// ahead is what is asked.
type ahead struct {
	at            time.Time // zero is the end of the series
	horizon, step time.Duration
	quantiles     []float64      // ascending
	zone          *time.Location // nil where none was named
}

// called looks at what was said before anything is read.
func (f *foretelling) called() (a ahead, err error) {
	a.horizon, a.step = f.horizon, f.step
	switch {
	case f.series == "":
		return a, errors.New("there is nothing to forecast: name a file by --series")
	case f.horizon <= 0:
		return a, fmt.Errorf("--horizon %s looks nowhere: write how far to look ahead, up to %s, such as 30m", f.horizon, decision.Span(farthest))
	case f.horizon > farthest:
		return a, fmt.Errorf("--horizon %s is farther than %s, beyond which nothing is learned: pods and nodes are there sooner", decision.Span(f.horizon), decision.Span(farthest))
	case f.step < nearest:
		return a, fmt.Errorf("--step %s is shorter than %s: nothing is measured so often", f.step, nearest)
	case f.step > f.horizon:
		return a, fmt.Errorf("--step %s is longer than --horizon %s: there would be no row", decision.Span(f.step), decision.Span(f.horizon))
	}
	if a.quantiles, err = quantilesOf(f.quantiles); err != nil {
		return a, err
	}
	if f.at != "" {
		if a.at, err = instant("at", f.at); err != nil {
			return a, err
		}
	}
	a.zone, err = zoneNamed(f.zone)
	return a, err
}

// quantilesOf reads quantiles and puts them in order.
func quantilesOf(texts []string) ([]float64, error) {
	var all []float64
	for _, text := range texts {
		q, err := strconv.ParseFloat(text, 64)
		switch {
		case err != nil || !(q > 0 && q < 1):
			return nil, fmt.Errorf("--quantiles: %q is no probability between 0 and 1, such as 0.95", text)
		case q < lowestQuantile:
			return nil, fmt.Errorf("--quantiles: %g is below the median, and nothing is expected there: nobody scales below it", q)
		case q > highestQuantile:
			return nil, fmt.Errorf("--quantiles: %g is above %g, the highest that is learned", q, highestQuantile)
		}
		all = append(all, q)
	}
	if len(all) == 0 {
		return nil, errors.New("--quantiles names none: write one at least, such as 0.95")
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// announced is the calendar as far as it may count.
func (f *foretelling) announced(trace *replay.Trace, zone *time.Location) (t *calendar.Timeline, notes []string, err error) {
	var schedule calendar.Schedule
	if f.calendar != "" {
		var events []*calendar.Event
		if events, notes, err = readEvents(f.calendar, zone, trace.Start); err != nil {
			return nil, nil, err
		}
		if schedule, err = calendar.NewSchedule(events); err != nil {
			return nil, nil, fmt.Errorf("read the calendar %s: %w", printable(f.calendar), err)
		}
	}
	// A day more on both sides is more than anything counts before or after.
	const margin = 24 * time.Hour
	return schedule.Timeline(calendar.Classes{}, trace.Start.Add(-margin), trace.End().Add(margin)), notes, nil
}
