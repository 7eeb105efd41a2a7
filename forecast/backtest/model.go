package backtest

import "time"

// Model is what forecasts: it is shown a trace value by value and asked in
// between.
type Model interface {
	// Observe shows what was measured from an instant on for a step. Values
	// come in order of time and once they have ended; one in a gap does not
	// come.
	Observe(at time.Time, value float64)
	// Quantiles returns what the value at at + horizon will not exceed, with
	// the probabilities qs: one for each, ascending. All values that ended by
	// at have been shown.
	Quantiles(at time.Time, horizon time.Duration, qs []float64) []float64
}

// Fitter is a Model that learns apart from being shown a value. Fit is called
// at each origin before Quantiles, and reports whether it learned anew, which
// it may do as seldom as it likes.
type Fitter interface {
	Fit(at time.Time) bool
}
