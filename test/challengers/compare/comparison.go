package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/headstart-scaler/headstart/forecast/backtest"
	"github.com/headstart-scaler/headstart/replay"
)

// comparison is what all models scored on a trace.
type comparison struct {
	Trace   string            `json:"trace"`
	Note    string            `json:"note,omitempty"`
	Scale   backtest.Result   `json:"scale"` // the value a day ago
	Results []backtest.Result `json:"results"`
}

// of is a model's result.
func (c comparison) of(model string) (backtest.Result, bool) {
	i := slices.IndexFunc(c.Results, func(r backtest.Result) bool { return r.Model == model })
	if i < 0 {
		return backtest.Result{}, false
	}
	return c.Results[i], true
}

func compareAll(o options, others []challenger) ([]comparison, error) {
	paths, err := filepath.Glob(filepath.Join(o.traces, "*", "trace.csv.gz"))
	if err != nil {
		return nil, fmt.Errorf("look for traces in %s: %w", o.traces, err)
	}
	var all []comparison
	for _, path := range paths {
		folder := filepath.Dir(path)
		if len(o.only) > 0 && !slices.Contains(o.only, filepath.Base(folder)) {
			continue
		}
		c, err := compare(folder, path, o, others)
		if err != nil {
			return nil, fmt.Errorf("compare on %s: %w", path, err)
		}
		all = append(all, c)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no trace in %s: each has a folder of its own with a trace.csv.gz", o.traces)
	}
	return all, nil
}

func compare(folder, path string, o options, others []challenger) (comparison, error) {
	trace, err := readTrace(path)
	if err != nil {
		return comparison{}, err
	}
	asked := o.asked(trace)
	score := func(name string, m backtest.Model) (backtest.Result, error) {
		r, err := backtest.Run(trace, m, asked)
		r.Trace, r.Model = filepath.Base(folder), name
		return r, err
	}

	c := comparison{Trace: filepath.Base(folder)}
	for _, one := range ours() {
		r, err := score(one.name, one.make(setting{folder: folder, step: trace.Step}))
		if err != nil {
			return c, err
		}
		c.Results = append(c.Results, r)
		if one.name == scale {
			c.Scale = r
		}
	}
	ruler, err := score(rulerName, &backtest.Ruler{})
	if err != nil {
		return c, err
	}
	theirs, note := beside(others, ruler)
	c.Results, c.Note = append(c.Results, theirs...), note
	return c, nil
}

// asked says where models are asked on a trace.
func (o options) asked(trace backtest.Trace) backtest.Options {
	asked := backtest.Standard()
	if o.every > 0 {
		asked.Every = o.every
	} else {
		asked.Count = o.origins
	}
	middle := trace.Start.Add(time.Duration(len(trace.Values)/2) * trace.Step)
	switch o.half {
	case "first":
		asked.To = middle
	case "second":
		asked.From = middle
	}
	begun := time.Now()
	asked.Clock = func() time.Duration { return time.Since(begun) }
	return asked
}

func readTrace(path string) (backtest.Trace, error) {
	file, err := os.Open(path)
	if err != nil {
		return backtest.Trace{}, err
	}
	defer file.Close() //nolint:errcheck // it was only read
	trace, err := replay.ReadTrace(file, replay.TraceOptions{})
	if err != nil {
		return backtest.Trace{}, err
	}
	return backtest.Trace(*trace), nil
}
