package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/headstart-scaler/headstart/forecast/backtest"
)

// report is all tables, in Markdown.
func report(all []comparison, others []challenger, detail bool) string {
	names := models(all)
	var b strings.Builder
	b.WriteString(losses(all, names))
	b.WriteString(byHorizon(all, names))
	b.WriteString(coverage(all, names))
	b.WriteString(times(all, names))
	if detail {
		for _, c := range all {
			b.WriteString(details(c))
		}
	}
	b.WriteString(methods(all, others))
	return b.String()
}

// models are all that have a result, in the order they come in.
func models(all []comparison) []string {
	var names []string
	for _, c := range all {
		for _, r := range c.Results {
			if !slices.Contains(names, r.Model) {
				names = append(names, r.Model)
			}
		}
	}
	return names
}

func losses(all []comparison, names []string) string {
	rows := [][]string{append([]string{"trace", "origins"}, names...)}
	ratios := map[string][]float64{}
	for _, c := range all {
		row := []string{c.Trace, fmt.Sprint(c.Scale.Origins)}
		for _, name := range names {
			cell := "–"
			if r, any := c.of(name); any {
				ratio := backtest.Against(r.Pinball, c.Scale.Pinball)
				ratios[name] = append(ratios[name], ratio)
				cell = number(ratio)
				if r.Scored < r.Origins {
					cell += fmt.Sprintf(" (%d)", r.Scored)
				}
			}
			row = append(row, cell)
		}
		rows = append(rows, row)
	}
	mean := []string{"geometric mean", ""}
	for _, name := range names {
		cell := number(geometric(ratios[name]))
		if n := len(ratios[name]); n < len(all) {
			cell += fmt.Sprintf(" of %d", n)
		}
		mean = append(mean, cell)
	}
	return "## Pinball loss\n\nMean over the horizons, as a share of that of the value a day ago with its own past errors (1; less is better).\n" +
		"In brackets: origins that a challenger got to in its time.\n\n" + table(append(rows, mean))
}

// byHorizon is each model's geometric mean over the traces that have a horizon.
func byHorizon(all []comparison, names []string) string {
	minutes := horizons(all)
	head := []string{"model"}
	for _, m := range minutes {
		head = append(head, fmt.Sprintf("%g min", m))
	}
	rows := [][]string{head}
	for _, name := range names {
		row := []string{name}
		for _, m := range minutes {
			row = append(row, number(geometric(shares(all, name, m))))
		}
		rows = append(rows, row)
	}
	return "\n## By horizon\n\nThe same for each horizon, geometric mean over the traces that have it.\n\n" + table(rows)
}

// shares are a model's losses so far ahead, on the traces that have them.
func shares(all []comparison, name string, minutes float64) []float64 {
	var shares []float64
	for _, c := range all {
		r, _ := c.of(name)
		for i, h := range r.Horizons {
			if h.Minutes == minutes {
				shares = append(shares, backtest.Against(h.Pinball, c.Scale.Horizons[i].Pinball))
			}
		}
	}
	return shares
}

func horizons(all []comparison) []float64 {
	var minutes []float64
	for _, c := range all {
		for _, h := range c.Scale.Horizons {
			if !slices.Contains(minutes, h.Minutes) {
				minutes = append(minutes, h.Minutes)
			}
		}
	}
	slices.Sort(minutes)
	return minutes
}

// coverage is how far quantiles are off, on average over traces and horizons.
func coverage(all []comparison, names []string) string {
	quantiles := all[0].Scale.Quantiles
	head := []string{"model"}
	for _, q := range quantiles {
		head = append(head, fmt.Sprint(q))
	}
	rows := [][]string{head}
	for _, name := range names {
		row := []string{name}
		for i, q := range quantiles {
			sum, distance, n := 0.0, 0.0, 0.0
			for _, c := range all {
				r, _ := c.of(name)
				for _, h := range r.Horizons {
					off := h.Off(i, q)
					sum, distance, n = sum+off, distance+math.Abs(off), n+1
				}
			}
			row = append(row, fmt.Sprintf("%+.3f, %.3f", sum/n, distance/n))
		}
		rows = append(rows, row)
	}
	chance := []string{"chance alone"}
	for _, q := range quantiles {
		// The mean distance of a normal variable is √(2/π) of its deviation.
		chance = append(chance, fmt.Sprintf("%.3f", math.Sqrt(2/math.Pi*q*(1-q)/float64(all[0].Scale.Origins))))
	}
	return "\n## Coverage\n\nHow far the share of values that a quantile covered is from the quantile: mean and mean distance over traces and\n" +
		"horizons. Where values equal the forecast, the shares below it and not above it are both right, and all between.\n" +
		"The last row is the distance that an honest quantile has by chance at so many independent origins.\n\n" + table(append(rows, chance))
}

// times are medians over the traces.
func times(all []comparison, names []string) string {
	rows := [][]string{{"model", "a value shown", "a fit", "all horizons at an origin", "answers that were none"}}
	for _, name := range names {
		var observe, fit, predict []float64
		failed := 0
		for _, c := range all {
			if r, any := c.of(name); any {
				observe, predict = append(observe, r.ObserveSeconds), append(predict, r.PredictSeconds)
				failed += r.Failed
				if r.Fits > 0 {
					fit = append(fit, r.FitSeconds)
				}
			}
		}
		rows = append(rows, []string{name, duration(observe), duration(fit), duration(predict), fmt.Sprint(failed)})
	}
	return "\n## Times\n\nMedian over the traces of the mean.\n\n" + table(rows)
}

// details are a trace's horizons, with the coverage of each quantile.
func details(c comparison) string {
	head := []string{"model", "minutes", "loss", "share"}
	for _, q := range c.Scale.Quantiles {
		head = append(head, fmt.Sprintf("≤ q%g", 100*q))
	}
	rows := [][]string{head}
	for _, r := range c.Results {
		for i, h := range r.Horizons {
			row := []string{
				r.Model, fmt.Sprint(h.Minutes), fmt.Sprintf("%.4g", h.Pinball),
				number(backtest.Against(h.Pinball, c.Scale.Horizons[i].Pinball)),
			}
			for j, q := range c.Scale.Quantiles {
				cell := fmt.Sprintf("%.3f", h.AtOrBelow[j])
				if h.Below[j] < h.AtOrBelow[j] {
					cell = fmt.Sprintf("%.3f–%s", h.Below[j], cell)
				}
				if off := h.Off(j, q); off != 0 {
					cell += fmt.Sprintf(" (%+.3f)", off)
				}
				row = append(row, cell)
			}
			rows = append(rows, row)
		}
	}
	return fmt.Sprintf("\n## %s\n\n%d origins from %s to %s. Coverage is the share of values not above the quantile, or from the share below it;\nin brackets how far that is off.\n\n%s",
		c.Trace, c.Scale.Origins, c.Scale.First.Format(time.DateOnly), c.Scale.Last.Format(time.DateOnly), table(rows))
}

func methods(all []comparison, others []challenger) string {
	var b strings.Builder
	for _, c := range all {
		if c.Note != "" {
			fmt.Fprintf(&b, "- %s\n", c.Note)
		}
	}
	for _, c := range others {
		if c.Model != rulerName {
			fmt.Fprintf(&b, "- %s (statsforecast %s, prophet %s; `%s`): %s.\n", c.Model, c.Versions["statsforecast"], c.Versions["prophet"], c.Command, c.Method)
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return "\n## The challengers\n\n" + b.String()
}
