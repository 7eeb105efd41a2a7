package backtest

import (
	"math"
	"time"
)

// Result is how good a model was on a trace. Its JSON is the one that
// test/challengers writes too.
type Result struct {
	Trace string `json:"trace"` // its name, which the caller gives
	Model string `json:"model,omitempty"`

	StepSeconds float64   `json:"step_seconds"`
	Quantiles   []float64 `json:"quantiles,omitempty"`
	// Origins is how many there were, and Scored at how many the model was
	// asked: fewer, for challengers, where their time ran out.
	Origins int       `json:"origins"`
	Scored  int       `json:"scored"`
	First   time.Time `json:"first"`
	Last    time.Time `json:"last"`
	// Failed counts answers that were none: not as many as were asked for, not
	// ascending or not finite. The last known value was scored instead.
	Failed int `json:"failed"`
	// Pinball is the mean over the horizons, in the trace's unit.
	Pinball  float64   `json:"pinball"`
	Horizons []Horizon `json:"horizons"`

	// Fits is how often the model said that it learned anew. Times are of one
	// value shown, one fit, and all horizons asked at one origin.
	Fits           int     `json:"fits"`
	ObserveSeconds float64 `json:"observe_seconds"`
	FitSeconds     float64 `json:"fit_seconds"`
	PredictSeconds float64 `json:"predict_seconds"`
}

// Horizon is how good a model was so far ahead. Slices have an element for each
// quantile.
type Horizon struct {
	Minutes    float64 `json:"minutes"`
	Scored     int     `json:"scored"`
	TargetMean float64 `json:"target_mean"`
	// Pinball is the mean loss over origins and quantiles, in the trace's unit.
	Pinball           float64   `json:"pinball"`
	PinballByQuantile []float64 `json:"pinball_by_quantile"`
	// Below and AtOrBelow are how often the value came to lie below the
	// forecast, and at or below it. Where values repeat, as zeros do, no
	// forecast can be met more exactly than that the quantile lies between.
	Below     []float64 `json:"below"`
	AtOrBelow []float64 `json:"at_or_below"`
}

// Off is how far the coverage of the quantile q, the i-th, is from it: 0 where q
// lies between Below and AtOrBelow, negative where too little was covered.
func (h Horizon) Off(i int, q float64) float64 {
	switch {
	case h.AtOrBelow[i] < q:
		return h.AtOrBelow[i] - q
	case h.Below[i] > q:
		return h.Below[i] - q
	default:
		return 0
	}
}

// Against is a loss as a share of a reference's. Both being 0 they are alike;
// against a reference that never errs anything else is infinitely worse.
func Against(loss, reference float64) float64 {
	if loss == reference {
		return 1
	}
	if reference == 0 {
		return math.Inf(1)
	}
	return loss / reference
}
