package main

import (
	"bufio"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/decision"
)

// foretold is what a forecast says.
type foretold struct {
	*past

	asked ahead
	name  string
}

// rows are what is expected at each step ahead.
func (f *foretold) rows() []expectation {
	var all []expectation
	for d := f.asked.step; d <= f.asked.horizon; d += f.asked.step {
		all = append(all, f.expect(f.asked.at.Add(d), f.asked.quantiles))
	}
	return all
}

func (f *foretold) csv(out io.Writer) error {
	w := bufio.NewWriter(out)
	_, _ = w.WriteString("at,quantile,value\n") // Flush says what went wrong
	for _, e := range f.rows() {
		for i, q := range f.asked.quantiles {
			_, _ = fmt.Fprintf(w, "%s,%s,%s\n", precise(e.at), shortest(q), shortest(e.values[i]))
		}
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write the forecast: %w", err)
	}
	return nil
}

func shortest(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// foretoldRow is a row of JSON.
type foretoldRow struct {
	At       string  `json:"at"`
	Quantile float64 `json:"quantile"`
	Value    float64 `json:"value"`
}

// foretoldEvent is one that lifts rows, and from when until when.
type foretoldEvent struct {
	ID    string `json:"event_id"`
	Title string `json:"title"`
	Start string `json:"start"`
	End   string `json:"end"`
	From  string `json:"counts_from"`
	To    string `json:"counts_to"`
}

func (f *foretold) json(out io.Writer) error {
	all := f.rows()
	rows := make([]foretoldRow, 0, len(all)*len(f.asked.quantiles))
	for _, e := range all {
		for i, q := range f.asked.quantiles {
			rows = append(rows, foretoldRow{precise(e.at), q, e.values[i]})
		}
	}
	events := []foretoldEvent{}
	for _, x := range f.lifting(all) {
		events = append(events, foretoldEvent{
			ID: x.Event.ID, Title: x.Event.Title, Start: precise(x.Start), End: precise(x.End), From: precise(x.from), To: precise(x.to),
		})
	}
	return writeJSON(out, map[string]any{
		"at": precise(f.asked.at), "horizon_seconds": f.asked.horizon.Seconds(), "step_seconds": f.asked.step.Seconds(),
		"learned": f.learned, "events": events, "rows": rows,
		"series": map[string]any{
			"name": f.called(), "step_seconds": f.trace.Step.Seconds(),
			"last": map[string]any{"at": precise(f.start(f.newest)), "value": f.value()},
		},
	})
}

func (f *foretold) called() string { return filepath.Base(f.name) }

// lifting are the events that lift some of what is expected.
func (f *foretold) lifting(all []expectation) (found []lift) {
	for _, e := range all {
		if !e.lifted {
			continue
		}
		for _, o := range f.awaited(e.at) {
			i := slices.IndexFunc(found, func(l lift) bool { return l.Name() == o.Name() })
			if i < 0 {
				i, found = len(found), append(found, lift{Occurrence: o, from: e.at})
			}
			found[i].to = e.at
		}
	}
	return found
}

// lift is an event that makes what is expected more, from when until when.
type lift struct {
	calendar.Occurrence

	from, to time.Time
}

// shown are the instants that a person is shown.
func (a *ahead) shown() (all []time.Duration) {
	for _, d := range []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour} {
		if d < a.horizon {
			all = append(all, d)
		}
	}
	return append(all, a.horizon)
}

// text is the forecast for a person.
func (f *foretold) text(out io.Writer) error {
	var b strings.Builder
	width := terminalWidth(out)
	for _, line := range f.lines() {
		b.WriteString(wrapped(printable(line), width, "  ") + "\n")
	}
	b.WriteString("\n")
	t := table{heads: []string{"IN", "AT", "MEASURED"}}
	for _, q := range f.asked.quantiles {
		t.heads = append(t.heads, fmt.Sprintf("%.4g %%", 100*q))
	}
	t.heads = append(t.heads, "EVENT")
	now := make([]string, len(t.heads))
	now[0], now[1], now[2] = "now", clockTime(f.clock(f.asked.at)), number(f.value())
	t.row(now...)
	for _, d := range f.asked.shown() {
		e := f.expect(f.asked.at.Add(d), f.asked.quantiles)
		row := []string{decision.Span(d), clockTime(f.clock(e.at)), ""}
		for _, v := range e.values {
			row = append(row, number(v))
		}
		t.row(append(row, f.counting(e))...)
	}
	if err := t.writeTo(&b, width); err != nil {
		return err
	}
	b.WriteString("\n" + wrapped("A column is what the series will not exceed with that probability. EVENT is what makes it more than it would be by itself.", width, "  ") + "\n")
	_, err := io.WriteString(out, b.String())
	return err
}

// counting names the events that made an expectation more.
func (f *foretold) counting(e expectation) string {
	if !e.lifted {
		return ""
	}
	var names []string
	for _, o := range f.awaited(e.at) {
		name := o.Event.Title
		if name == "" {
			name = o.Event.ID
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}

// clock is an instant on the clock that the series follows.
func (f *foretold) clock(t time.Time) time.Time {
	if f.asked.zone == nil {
		return t.UTC()
	}
	return t.In(f.asked.zone)
}

// lines say what was learned from.
func (f *foretold) lines() []string {
	at, last := f.clock(f.asked.at), f.clock(f.start(f.newest))
	lines := []string{fmt.Sprintf("%s at %s %s: %s were known, a value every %s, the last of %s.", f.called(),
		at.Format("2006-01-02 15:04:05"), at.Format("MST"), days(f.start(f.newest+1).Sub(f.trace.Start)), decision.Span(f.trace.Step), last.Format("2006-01-02 15:04:05"))}
	if !f.learned {
		note := "note: too little was known to learn from, an hour at least: the level and its trend are held"
		if len(f.timeline.Between(f.asked.at, f.asked.at.Add(f.asked.horizon))) > 0 {
			note += ", and no event counts"
		}
		lines = append(lines, note+".")
	}
	return lines
}
