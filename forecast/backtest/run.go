package backtest

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// Run shows a model the trace and scores what it answers at each origin. The
// model must be new: what it has seen before is the caller's to answer for.
// Negative quantiles count as 0.
func Run(t Trace, m Model, o Options) (Result, error) {
	if err := o.check(t); err != nil {
		return Result{}, err
	}
	leads := o.leads(t)
	origins := o.origins(t, leads)
	if len(origins) == 0 {
		return Result{}, fmt.Errorf("a trace of %d values has nothing to score after its lead-in", len(t.Values))
	}
	if o.Clock == nil {
		o.Clock = func() time.Duration { return 0 }
	}
	r := run{trace: t, model: m, options: o, leads: leads}
	for _, l := range leads {
		r.scores = append(r.scores, newScore(l.horizon, o.Quantiles))
	}
	for _, at := range origins {
		r.show(at)
		r.fit(at)
		r.ask(at)
	}
	return r.result(origins), nil
}

// run is a model on its way through a trace.
type run struct {
	trace   Trace
	model   Model
	options Options
	leads   []lead

	next, shown, fits, failed int
	observing, fitting        time.Duration
	predicting                time.Duration
	scores                    []*score
}

// show lets the model see what has ended at an origin.
func (r *run) show(origin int) {
	begun := r.options.Clock()
	for ; r.next < origin; r.next++ {
		if r.trace.known(r.next) {
			r.model.Observe(r.trace.at(r.next), r.trace.Values[r.next])
			r.shown++
		}
	}
	r.observing += r.options.Clock() - begun
}

func (r *run) fit(origin int) {
	fitter, does := r.model.(Fitter)
	if !does {
		return
	}
	begun := r.options.Clock()
	if fitter.Fit(r.trace.at(origin)) {
		r.fits++
	}
	r.fitting += r.options.Clock() - begun
}

func (r *run) ask(origin int) {
	at, qs := r.trace.at(origin), r.options.Quantiles
	for i, l := range r.leads {
		begun := r.options.Clock()
		answer := r.model.Quantiles(at, l.horizon, slices.Clone(qs))
		r.predicting += r.options.Clock() - begun
		if !sound(answer, len(qs)) {
			r.failed++
			answer = slices.Repeat([]float64{r.trace.Values[origin-1]}, len(qs))
		}
		r.scores[i].add(answer, r.trace.Values[origin+l.slots])
	}
}

// sound reports whether an answer is one: as many finite numbers as were asked
// for, ascending.
func sound(answer []float64, n int) bool {
	for _, v := range answer {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return len(answer) == n && slices.IsSorted(answer)
}

func (r *run) result(origins []int) Result {
	result := Result{
		StepSeconds:    r.trace.Step.Seconds(),
		Quantiles:      r.options.Quantiles,
		Origins:        len(origins),
		Scored:         len(origins),
		First:          r.trace.at(origins[0]).UTC(),
		Last:           r.trace.at(origins[len(origins)-1]).UTC(),
		Failed:         r.failed,
		Fits:           r.fits,
		ObserveSeconds: r.observing.Seconds() / float64(max(1, r.shown)),
		FitSeconds:     r.fitting.Seconds() / float64(max(1, r.fits)),
		PredictSeconds: r.predicting.Seconds() / float64(len(origins)),
	}
	for _, s := range r.scores {
		h := s.horizon()
		result.Horizons = append(result.Horizons, h)
		result.Pinball += h.Pinball / float64(len(r.scores))
	}
	return result
}
