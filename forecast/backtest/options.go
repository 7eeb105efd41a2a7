package backtest

import (
	"fmt"
	"time"
)

// Options say where and what a model is asked.
type Options struct {
	// LeadIn is what a model is shown before it is first asked; a third of the
	// trace where that is less.
	LeadIn time.Duration
	// Every is the time between two origins; each step where it is less than
	// that.
	Every time.Duration
	// Count, unless 0, is how many origins there are instead, spread evenly.
	Count int
	// From and To, unless zero, bound what is scored: no origin lies before
	// From, and no value is scored that has not ended by To. What is tuned on
	// one part is reported on another.
	From, To time.Time
	// Horizons are how far ahead a model is asked, ascending. Those that are no
	// multiple of a trace's step are left out, as all below it are.
	Horizons []time.Duration
	// Quantiles are what it is asked for, ascending, each in (0, 1).
	Quantiles []float64
	// Clock reads the time since some fixed instant. Without it nothing is
	// timed.
	Clock func() time.Duration
}

// Standard is what Headstart's comparisons ask: 1, 5, 15 and 60 minutes ahead,
// at the quantiles of its paths, every five minutes after seven days.
func Standard() Options {
	return Options{
		LeadIn:    7 * 24 * time.Hour,
		Every:     5 * time.Minute,
		Horizons:  []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour},
		Quantiles: []float64{0.5, 0.8, 0.9, 0.95, 0.99, 0.998},
	}
}

// check says what of the options or the trace makes no sense.
func (o Options) check(t Trace) error {
	below := 0.0
	for _, q := range o.Quantiles {
		if !(q > below && q < 1) {
			return fmt.Errorf("quantiles %v are not ascending inside (0, 1)", o.Quantiles)
		}
		below = q
	}
	before := time.Duration(0)
	for _, h := range o.Horizons {
		if h <= before {
			return fmt.Errorf("horizons %v are not ascending", o.Horizons)
		}
		before = h
	}
	switch {
	case t.Step <= 0:
		return fmt.Errorf("a trace with a step of %s has no times", t.Step)
	case len(o.Quantiles) == 0:
		return fmt.Errorf("no quantile is asked for")
	case len(o.leads(t)) == 0:
		return fmt.Errorf("no horizon of %v is a multiple of the trace's step of %s", o.Horizons, t.Step)
	}
	return nil
}

// leads are the horizons that a trace can score.
func (o Options) leads(t Trace) []lead {
	var leads []lead
	for _, h := range o.Horizons {
		if h%t.Step == 0 {
			leads = append(leads, lead{h, int(h / t.Step)})
		}
	}
	return leads
}

// lead is a horizon, and how many values of a trace it is.
type lead struct {
	horizon time.Duration
	slots   int
}
