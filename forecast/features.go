package forecast

import (
	"math"
	"time"
)

// features are what a value is expected from, on the logarithm of the unit.
type features [nFeatures]float64

const nFeatures = 10

// habits is how the like hours went a day and a week before a minute, on the
// logarithm of the unit; NaN where that is not known.
type habits [len(habitDays)]float32

//nolint:gochecknoglobals // a table, never written
var habitDays = [...]int{1, 7}

// origin is what was known at the minute from which something is expected.
type origin struct {
	minute   int64
	phase    time.Duration // of the sample in its minute
	known    bool
	class    int8       // how restive the series was
	dense    bool       // expected at each of aheads
	now      [5]float32 // the last sample, means over 5, 15 and 60 min, the most of 5 min
	habits   habits
	fitted   [len(aheads)]float32   // by the regressions alone
	expected [len(aheads)]float32   // NaN where nothing is to be learned
	awaits   *[len(aheads)]awaiting // nil where no event is awaited
	carries  *[len(aheads)]awaiting // nil where none goes on
}

// noted adds what is expected with an event at aheads[i].
func noted(all *[len(aheads)]awaiting, i int, a awaiting) *[len(aheads)]awaiting {
	if !a.any {
		return all
	}
	if all == nil {
		all = new([len(aheads)]awaiting)
	}
	all[i] = a
	return all
}

// notedAt is what is expected with an event at aheads[i], nil where none is.
func notedAt(all *[len(aheads)]awaiting, i int) *awaiting {
	if all == nil || !all[i].any {
		return nil
	}
	return &all[i]
}

// origins are those of the last hour.
type origins [recentMinutes]origin

// at is the origin of a minute, and nil where there is none.
func (o *origins) at(minute int64) *origin {
	if x := &o[slot(minute)]; x.known && x.minute == minute {
		return x
	}
	return nil
}

// take makes o what is known at the minute of the newest sample.
func (o *origin) take(l *Learner) {
	m := l.recent.measure()
	o.awaits, o.carries, o.phase = nil, nil, l.phase
	o.minute, o.known, o.class = l.recent.minute, true, l.restive.class()
	for i, v := range [...]float64{m.last, m.mean5, m.mean15, m.mean60, m.most5} {
		o.now[i] = float32(l.unit.log(v))
	}
	o.habits = l.habits(o.minute)
}

// habits are those at a minute, by the clocks of the zone.
func (l *Learner) habits(minute int64) (h habits) {
	for i, days := range habitDays {
		h[i] = l.seasons.around(l.clock.before(minute, days))
	}
	return h
}

// features are those of a value at a minute with these habits. Where they are not
// known, nothing is said of them.
func (o *origin) features(then *habits, x *features) {
	x[0] = 1
	for i, now := range o.now {
		x[1+i] = float64(now)
	}
	for i, there := range then {
		since, above := there-o.habits[i], there-o.now[3]
		if math.IsNaN(float64(since)) {
			since, above = 0, 0
		}
		x[6+2*i], x[7+2*i] = float64(since), float64(above)
	}
}
