package forecast

// foretold is what is expected of a series without events, seen from its newest
// sample, at each of aheads, on the logarithm.
type foretold struct {
	origin origin
	middle [len(aheads)]float64
}

func (l *Learner) foretell() (f foretold) {
	f.origin.take(l)
	for i := range aheads {
		f.middle[i], _, _ = l.middle(&f.origin, i)
	}
	return f
}

// at is what is expected some minutes ahead, and the one of aheads that says so: as
// a prospect's row.
func (f *foretold) at(ahead float64) (middle float64, i int) {
	for i < len(aheads)-1 && ahead > float64(aheads[i]) {
		i++
	}
	if i == 0 {
		return f.middle[0], 0
	}
	from, to := float64(aheads[i-1]), float64(aheads[i])
	return f.middle[i-1] + min((ahead-from)/(to-from), 1)*(f.middle[i]-f.middle[i-1]), i
}

// planned is what an event is expected to bring at the most while it is awaited, as
// factors on the level before it: the most of its path.
func (l *Learner) planned(o *occasion, f *foretold) (all factors) {
	u, now := l.uplift, instantOf(l.recent.minute).Add(l.phase-Delay).Sub(o.event.Start)
	until := min(Late, o.event.End.Sub(o.event.Start)-1)
	if l.learned < leastLearned || o.came || now > until {
		return all
	}
	base := o.base
	if !o.based {
		base = float64(f.origin.now[3]) // the mean of an hour
	}
	before := l.unit.value(base)
	if before <= 0 {
		return all
	}
	var top [len(aheads)]float64 // by the one that says so
	for since := max(0, now); since <= until; since += curveCell {
		without, i := f.at(float64(since-now) / float64(every))
		rise := base + u.rise(o, since)
		reach, known := u.level(o, since)
		if !known {
			reach = rise
		}
		top[i] = max(top[i], without+u.fits[i].expect(&blendInput{1, rise - without, reach - without}))
	}
	for i, level := range top {
		if level == 0 {
			continue
		}
		for j, e := range u.missed[i].quantiles(level, atStart, &upliftPrior, l.weight) {
			all[j] = max(all[j], factor(l.unit.value(level+e), before))
		}
	}
	return all
}
