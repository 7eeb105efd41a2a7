package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/headstart-scaler/headstart/forecast/backtest"
)

// challenger is what test/challengers/run.py wrote of a model.
type challenger struct {
	Model     string            `json:"model"`
	Method    string            `json:"method"`
	Command   string            `json:"command"`
	Versions  map[string]string `json:"versions"`
	Quantiles []float64         `json:"quantiles"`
	Traces    []backtest.Result `json:"traces"`
}

// rulerName is the challenger that both sides run.
const rulerName = "Last"

// readChallengers reads all results of a folder, the ruler's too; none where
// there is no such folder.
func readChallengers(folder string) ([]challenger, error) {
	paths, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		return nil, fmt.Errorf("look for results in %s: %w", folder, err)
	}
	var all []challenger
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("read results: %w", err)
		}
		var c challenger
		if err := json.Unmarshal(text, &c); err != nil {
			return nil, fmt.Errorf("read results %s: %w", path, err)
		}
		for i := range c.Traces {
			c.Traces[i].Model, c.Traces[i].Quantiles = c.Model, c.Quantiles
		}
		all = append(all, c)
	}
	return all, nil
}

// on is a challenger's result on a trace.
func (c challenger) on(trace string) (backtest.Result, bool) {
	i := slices.IndexFunc(c.Traces, func(r backtest.Result) bool { return r.Trace == trace })
	if i < 0 {
		return backtest.Result{}, false
	}
	return c.Traces[i], true
}

// beside are the challengers' results on a trace, the ruler's left out, where
// their ruler scored as ours; else a note says why there are none.
func beside(others []challenger, ruler backtest.Result) (results []backtest.Result, note string) {
	measured := false
	for _, c := range others {
		r, any := c.on(ruler.Trace)
		switch {
		case !any:
		case c.Model != rulerName:
			results = append(results, r)
		default:
			measured = true
			note = differ(r, ruler)
		}
	}
	switch {
	case note != "":
		return nil, fmt.Sprintf("The challengers scored something else on %s (%s): run them again.", ruler.Trace, note)
	case len(results) > 0 && !measured:
		return nil, fmt.Sprintf("The challengers ran on %s without their ruler: run it too.", ruler.Trace)
	}
	return results, ""
}

// differ says how two scores of the ruler differ.
func differ(theirs, ours backtest.Result) string {
	switch {
	case !slices.Equal(theirs.Quantiles, ours.Quantiles):
		return fmt.Sprintf("quantiles %v, ours %v", theirs.Quantiles, ours.Quantiles)
	case theirs.Origins != ours.Origins || !theirs.First.Equal(ours.First) || !theirs.Last.Equal(ours.Last):
		return fmt.Sprintf("%d origins from %s to %s, ours %d from %s to %s",
			theirs.Origins, theirs.First, theirs.Last, ours.Origins, ours.First, ours.Last)
	case len(theirs.Horizons) != len(ours.Horizons):
		return fmt.Sprintf("%d horizons, ours %d", len(theirs.Horizons), len(ours.Horizons))
	}
	for i, h := range ours.Horizons {
		t := theirs.Horizons[i]
		if t.Minutes != h.Minutes || t.Scored != h.Scored || !near(t.TargetMean, h.TargetMean) || !near(t.Pinball, h.Pinball) {
			return fmt.Sprintf("%g minutes ahead the ruler's loss is %g over %d origins with a mean of %g, ours %g over %d with %g",
				t.Minutes, t.Pinball, t.Scored, t.TargetMean, h.Pinball, h.Scored, h.TargetMean)
		}
	}
	return ""
}

// near allows for sums in another order.
func near(a, b float64) bool { return math.Abs(a-b) <= 1e-9*max(math.Abs(a), math.Abs(b)) }
