package forecast

import "time"

// Path returns the quantiles 0.5 to 0.999 from at over the horizon, in steps of
// an eighth of the horizon, from 1 s to 15 s, or of a 64th where that is longer.
// Beyond an hour it stays as wide as it is then. It is not Known before an hour of
// minutes was learned from, once none came for an hour, nor where the newest is of
// a time to come, as of a clock that was ahead.
func (l *Learner) Path(at time.Time, horizon time.Duration) Path { return l.path(at, horizon, false) }

// mostAhead is how much a source's clock may be ahead of who asks.
const mostAhead = time.Minute

// path is that of the series itself, or with the events that are awaited, where
// there are any.
func (l *Learner) path(at time.Time, horizon time.Duration, lifted bool) Path {
	horizon = min(max(horizon, 0), longestHorizon)
	age := at.Sub(l.recent.at)
	if l.learned < leastLearned || age > time.Hour || age < -mostAhead {
		return Path{}
	}
	age = max(0, age)
	step := stepOf(horizon)
	rows := int((horizon+step-1)/step) + 1
	values := make([]float64, 0, rows*len(quantiles))
	if l.unit.c == 0 { // nothing but zeros yet
		return Path{start: at, step: step, quantiles: quantiles[:], values: values[:cap(values)]}
	}
	p := l.prospect(lifted)
	for i := range rows {
		ahead := float64(age+Delay+time.Duration(i)*step) / float64(every)
		values = p.row(ahead, values)
	}
	if lifted && !p.events {
		return Path{}
	}
	return Path{start: at, step: step, quantiles: quantiles[:], values: values}
}

// prospect is what is expected of a series seen from its newest sample: at two
// neighbours among aheads, between which it is interpolated.
type prospect struct {
	learner     *Learner
	origin      origin
	lifted      bool // with the events that are awaited
	events      bool // there were some
	next        int  // index of the later one
	early, late outlook
}

// outlook is what is expected at one of aheads: of the series itself, on the
// logarithm, and the quantiles around it.
type outlook struct {
	middle    float64
	quantiles [len(quantiles)]float64
}

func (l *Learner) prospect(lifted bool) prospect {
	p := prospect{learner: l, lifted: lifted}
	p.origin.take(l)
	p.late = p.at(0)
	p.early = p.late
	return p
}

// row appends the quantiles some minutes after the newest sample, which are not
// fewer than those of the row before.
func (p *prospect) row(ahead float64, values []float64) []float64 {
	for p.next < len(aheads)-1 && ahead > float64(aheads[p.next]) {
		p.next++
		p.early, p.late = p.late, p.at(p.next)
	}
	share := 1.0
	if p.next > 0 {
		from, to := float64(aheads[p.next-1]), float64(aheads[p.next])
		share = min((ahead-from)/(to-from), 1)
	}
	if p.lifted {
		without := p.early.middle + share*(p.late.middle-p.early.middle)
		if a := p.learner.uplift.awaits(&p.origin, p.next, ahead, without); a.any {
			p.events = true
			return p.lift(&a, values)
		}
	}
	least := 0.0
	for j, from := range p.early.quantiles {
		v := from + share*(p.late.quantiles[j]-from)
		least = max(least, v) // in order, whatever rounding did
		values = append(values, least)
	}
	return values
}

// lift appends the quantiles with an event. Events begin on the minute, and what
// is expected with them is not interpolated.
func (p *prospect) lift(a *awaiting, values []float64) []float64 {
	l := p.learner
	for _, e := range l.uplift.missed[p.next].quantiles(a.expected, a.phase, &upliftPrior, l.weight) {
		values = append(values, l.unit.value(a.expected+e))
	}
	return values
}

// at is what is expected aheads[i] minutes after the newest sample.
func (p *prospect) at(i int) (o outlook) {
	l := p.learner
	o.middle, _, _ = l.middle(&p.origin, i)
	for j, e := range l.missed[i].quantiles(o.middle, p.origin.class, &priors[i], l.weight) {
		o.quantiles[j] = l.unit.value(o.middle + e)
	}
	return o
}

// middle is what is expected aheads[i] minutes after an origin, on the logarithm:
// by the regression alone it would be fitted, and carried is the event that goes on,
// where one does.
func (l *Learner) middle(o *origin, i int) (middle, fitted float64, carried awaiting) {
	habits := l.habits(o.minute + int64(aheads[i]))
	var x features
	o.features(&habits, &x)
	fitted = l.fits[i].within(&x)
	middle = l.balances[i].weigh(fitted, x[1])
	if carried = l.uplift.carry(o, i, float64(aheads[i]), middle); carried.any {
		middle = carried.expected
	}
	return middle, fitted, carried
}
