package main

import (
	"fmt"
	"math"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/forecast"
	"github.com/headstart-scaler/headstart/replay"
	"github.com/headstart-scaler/headstart/signal"
)

// past is a series as far as it was known at an instant, and what was learned of
// it.
//
// A row is known when it has ended, and held from then on until the next one, a
// sample a minute, as a scraper would see it. What a learner is told is shifted in
// time, and so are the answers: a learner takes a sample to be of forecast.Delay
// before it is read, and answers for the truth. So each sample is told at the time
// of its row and forecast.Delay, and what is answered for an instant is the row of
// that instant.
type past struct {
	trace    *replay.Trace
	timeline *calendar.Timeline
	at       time.Time

	learner *forecast.Learner
	series  *signal.Series // for what holds while nothing is learned
	learned bool

	newest int       // index of the last row that is known
	moment time.Time // that the last sample stands for
}

const (
	// heldEvery is how often a row that is held is seen.
	heldEvery = time.Minute
	// heldMost is what a series keeps for a Hold: four hours, a sample a second.
	heldMost = 4 * 60 * 60
	// outdated is how old the last row may be: beyond it, nothing is known of now.
	outdated = time.Hour
)

// learnt learns from all rows that have ended by an instant.
func learnt(trace *replay.Trace, timeline *calendar.Timeline, at time.Time, zone *time.Location) (*past, error) {
	if trace.Step > farthest {
		return nil, fmt.Errorf("it has a value every %s, which says nothing of the next hour: write one every %s at least", decision.Span(trace.Step), decision.Span(farthest))
	}
	if first := trace.Start.Add(trace.Step); at.Before(first) {
		return nil, fmt.Errorf("at %s nothing of it is known: its first value has ended at %s", precise(at), precise(first))
	}
	p := &past{
		trace: trace, timeline: timeline, at: at,
		learner: forecast.NewLearner(zone), series: signal.NewSeries(heldMost), newest: -1,
	}
	for i, v := range trace.Values {
		if p.start(i + 1).After(at) {
			break
		}
		if !math.IsNaN(v) {
			p.hold(trace.Step)
			p.newest = i
		}
	}
	p.hold(trace.Step/2 + 1)
	if end := p.start(p.newest + 1); at.Sub(end) > outdated {
		return nil, fmt.Errorf("at %s nothing of it is known: its last value before has ended at %s, more than %s earlier", precise(at), precise(end), decision.Span(outdated))
	}
	p.learned = p.learner.Path(p.moment.Add(forecast.Delay), 0).Known()
	return p, nil
}

// start is when a row begins.
func (p *past) start(row int) time.Time { return p.trace.Start.Add(time.Duration(row) * p.trace.Step) }

// hold tells the newest row as often as it is seen in the beginning of its time.
// Of the last one that is half of it: what was learned is a mean over all times at
// which a row was seen, and the middle is where it is right.
func (p *past) hold(beginning time.Duration) {
	for d := time.Duration(0); p.newest >= 0 && d < beginning; d += heldEvery {
		p.moment = p.start(p.newest).Add(d)
		told := p.moment.Add(forecast.Delay)
		if p.timeline.Len() > 0 {
			p.learner.Expect(p.timeline.Between(told, told.Add(forecast.Heed+1)))
		}
		p.learner.Observe(told, p.value())
		p.series.Append(signal.Sample{At: p.moment, Value: p.value()})
	}
}

// value is the last that is known.
func (p *past) value() float64 { return p.trace.Values[p.newest] }

// expectation is what the series will not exceed at an instant, quantile by
// quantile.
type expectation struct {
	at     time.Time
	values []float64
	// lifted says that events which are awaited made it more.
	lifted bool
}

// expect looks ahead: the larger of what is expected of the series itself and of
// it with the events that are awaited.
func (p *past) expect(at time.Time, quantiles []float64) expectation {
	rows := int(at.Sub(p.trace.Start)/p.trace.Step) - p.newest
	then := p.moment.Add(time.Duration(rows) * p.trace.Step)
	path, uplift, then := p.paths(then)
	e := expectation{at: at, values: make([]float64, len(quantiles))}
	for i, q := range quantiles {
		e.values[i] = path.At(q, then)
		if v := uplift.At(q, then); v > e.values[i] {
			e.values[i], e.lifted = v, true
		}
	}
	return e
}

// paths are asked so that one of their points lies at an instant, for between
// points they hold; a minute, of which a point is an eighth, does so. Beyond an
// hour after the last sample, it is that hour's end that is asked for: what is
// expected stays from there on.
func (p *past) paths(then time.Time) (path, uplift forecast.Path, point time.Time) {
	if !p.learned {
		return forecast.Hold{}.Path(p.series, p.moment, then.Sub(p.moment)), uplift, then
	}
	const reach = time.Minute
	told := p.moment.Add(forecast.Delay)
	if last := told.Add(farthest + reach); then.After(last) {
		then = last
	}
	from := then.Add(-reach)
	if from.Before(told) {
		from = told
	}
	return p.learner.Path(from, then.Sub(from)), p.learner.Uplift(from, then.Sub(from)), then
}

// awaited are the events that may have lifted what is expected at an instant: a
// learner awaits them for as long.
func (p *past) awaited(at time.Time) (events []calendar.Occurrence) {
	for _, o := range p.timeline.Between(at.Add(-forecast.Late), at.Add(forecast.Early+1)) {
		if o.Impact().OnDemand() && !at.Before(o.Start.Add(-forecast.Early)) && !at.After(o.Start.Add(forecast.Late)) {
			events = append(events, o)
		}
	}
	return events
}

// precise is an instant in UTC as programs write it.
func precise(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }
