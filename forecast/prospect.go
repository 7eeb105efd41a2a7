package forecast

// prospect is what is expected of a series seen from its newest sample: the
// quantiles at two neighbours among aheads.
type prospect struct {
	learner     *Learner
	origin      origin
	lifted      bool // with the events that are awaited
	events      bool // there were some
	next        int  // index of the later one
	early, late [len(quantiles)]float64
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
	least := 0.0
	for j := range quantiles {
		v := p.early[j] + share*(p.late[j]-p.early[j])
		least = max(least, v) // in order, whatever rounding did
		values = append(values, least)
	}
	return values
}

// at are the quantiles of the value aheads[i] minutes after the newest sample.
func (p *prospect) at(i int) (out [len(quantiles)]float64) {
	l := p.learner
	habits := l.habits(p.origin.minute + int64(aheads[i]))
	var x features
	p.origin.features(&habits, &x)
	middle := l.fits[i].within(&x)
	var missed [len(quantiles)]float64
	if a := p.awaits(i, middle); a.any {
		p.events, middle = true, a.expected
		missed = l.uplift.missed[i].quantiles(middle, a.phase, &upliftPrior, l.weight)
	} else {
		missed = l.missed[i].quantiles(middle, p.origin.class, &priors[i], l.weight)
	}
	for j, e := range missed {
		out[j] = l.unit.value(middle + e)
	}
	return out
}

// awaits is the event that is awaited then, where those are looked at.
func (p *prospect) awaits(i int, without float64) awaiting {
	if !p.lifted {
		return awaiting{}
	}
	return p.learner.uplift.awaits(&p.origin, i, without)
}
