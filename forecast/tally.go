package forecast

import (
	"math"
	"slices"
	"time"
)

// tally is the account of an event that is near or has begun.
type tally struct {
	class     string
	start     time.Time
	length    time.Duration
	announced float64
	before    float64 // the level before it
	most      float64 // the highest mean of five minutes since the start
	peak      time.Duration
	seen      int // minutes since the start in which something was measured
	done      bool
}

const (
	// mostLifts is how many events a class is accounted for.
	mostLifts = curveMemory
	// tallied is how long an event is followed: as long as its curve is.
	tallied = (curveCells - curveBefore) * curveCell
	// meanOf is over how many minutes the most is a mean: a single one is noise.
	meanOf = 5
	// shownBy is by what share demand has to rise for an event to have come.
	shownBy = 0.2
)

// reckon keeps the account of an event from its start until it is over.
func (l *Learner) reckon(o *occasion, measured time.Time) {
	t, e := &o.tally, &o.event
	since := measured.Sub(e.Start)
	switch {
	case !o.based || since < 0 || t.done:
		return
	case since >= tallied || !measured.Before(e.End):
		l.uplift.conclude(t, &l.unit)
		return
	case t.seen == 0:
		t.class, t.start, t.length, t.announced = classOf(*e), e.Start, e.End.Sub(e.Start), e.Impact().Multiplier
	}
	t.note(&l.recent, since)
}

// due is how long an event is awaited at the most.
func (t *tally) due() time.Duration { return min(Late, t.length) }

// note takes in the newest minute of a series in which the event runs.
func (t *tally) note(r *recent, since time.Duration) {
	t.seen++
	minutes := min(int64(since/every)+1, meanOf)
	if minutes < meanOf && since < t.length-every {
		return // its mean is still of less
	}
	if mean := r.sum(0, minutes) / r.count(minutes); mean > t.most {
		t.most, t.peak = mean, since
	}
}

// came reports whether demand has risen by what shows an event. It is told on the
// logarithm of the unit, which takes what is next to nothing for nothing.
func (t *tally) came(u *unit) bool {
	by := shownBy
	if t.announced > 1 {
		by = min(by, (t.announced-1)/2)
	}
	return t.seen > 0 && u.log(t.most)-u.log(t.before) >= math.Log1p(by)
}

// conclude closes the account of an event: from now on it is one of the past. It is
// none where too little was measured of it to say that it did not come, nor where
// it was taken back before it was due.
func (u *uplift) conclude(t *tally, in *unit) {
	if t.done || t.seen == 0 {
		return
	}
	t.done = true
	came := t.came(in)
	if !came && time.Duration(t.seen)*every*2 < t.due() {
		return
	}
	c := u.classes[t.class]
	if c == nil {
		return
	}
	c.account(Lift{Start: t.start, Announced: t.announced, Before: t.before, Most: t.most, Peak: t.peak, Came: came})
	u.told = nil
}

// close concludes those that are near no more.
func (u *uplift) close(near occasions, in *unit) {
	for _, gone := range [...]occasions{u.live, u.before} {
		for _, o := range gone {
			if near.find(o.name) == nil {
				u.conclude(&o.tally, in)
			}
		}
	}
}

// account puts an event among the past. Events of a class that begin together are
// one: what they do cannot be told apart.
func (c *curve) account(x Lift) {
	past := slices.Clone(c.past) // others hold what there was
	i, together := slices.BinarySearchFunc(past, x.Start, func(l Lift, start time.Time) int { return l.Start.Compare(start) })
	if together {
		other := &past[i]
		x.Came, x.Announced = x.Came || other.Came, max(x.Announced, other.Announced)
		if other.Most > x.Most {
			x.Most, x.Peak = other.Most, other.Peak
		}
		past[i] = x
	} else {
		past = slices.Insert(past, i, x)
	}
	c.past = past[max(0, len(past)-mostLifts):]
}

// tell makes anew what is said of events, where anything may have changed.
func (l *Learner) tell() {
	u := l.uplift
	if u.told != nil && len(u.live) == 0 && len(u.told.near) == 0 {
		return
	}
	told := &Calibrations{}
	if u.told != nil {
		told.past = u.told.past
	} else {
		told.past = make(map[string][]Lift, len(u.classes))
		for class, c := range u.classes {
			if len(c.past) > 0 {
				told.past[class] = c.past
			}
		}
	}
	var f foretold
	if len(u.live) > 0 {
		f = l.foretell()
	}
	for _, o := range u.live {
		t := &o.tally
		n := nearby{name: o.name, began: t.seen > 0, came: t.came(&l.unit)}
		if n.began {
			n.soFar = factor(t.most, t.before)
		}
		n.planned = l.planned(o, &f)
		told.near = append(told.near, n)
	}
	u.told = told
}
