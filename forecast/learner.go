package forecast

import (
	"math"
	"time"
)

// Learner expects a series to go on as it went before at like times and at like
// levels. It is told the samples of one series, in order, and learns from each
// of them at once: there is no fitting to wait for, and what it knows takes a
// few tens of kilobytes however long the past.
//
//	log(1 + x(t+k)/c) = w·f(t, k) + e
//
// f are what is measured now, means and the maximum of the last hour, and how
// the same hours went a day and a week ago, all on that logarithm; c is a
// tenth of the usual level, so that small values do not count for more than
// they matter. w is learned for each of several k by least squares that forget,
// and how much the last value is to count beside them, see balance.
// e is not taken to be normal, nor alike at all times: its distribution is what
// was seen of it lately, at levels near the expected one and while the series
// was as calm or as wild as it is now. Peaks stay in it for as long as it
// remembers: they are what capacity is for.
//
// A day and a week ago are told by the clock of a zone, so that people's habits
// are found again after clocks are moved.
//
// It looks at minutes. A sample stands for five of them at most, so that a
// series is learned from that is measured that often; of one that is measured
// more seldom nothing is learned, and its path is not Known.
//
// Make one with NewLearner. A Learner is not safe for concurrent use, but for
// Path beside Path.
type Learner struct {
	clock    clock
	unit     unit
	recent   recent
	seasons  seasons
	origins  origins
	fits     [len(aheads)]ridge
	balances [len(aheads)]balance
	missed   [len(aheads)]misses
	restive  restive
	weight   float64       // what a minute of now counts; it grows instead of all others falling
	learned  int           // minutes, up to as many as it takes
	uplift   *uplift       // nil before the first event
	phase    time.Duration // of the newest sample in its minute

	coverage Coverage
	bets     bets
}

const (
	// leastLearned is how many minutes it takes to know anything of a series.
	leastLearned = 60
	// dense is how many minutes are all learned from.
	dense = minutesOfDay
	// memory is in how many minutes what was learned comes to count half.
	memory = 7 * minutesOfDay
	// growth is 2^(1/memory).
	growth = 1.0000687669655854
	// longestLapse is what a longer gap counts for: after it, what was known
	// before still counts a quarter, and is better than nothing.
	longestLapse = 2 * memory
	// ripe is the weight at which all are counted down, long before float32 runs
	// out of digits.
	ripe = 1 << 16
	// Delay is how old, on average, what a sample measures is when it is read:
	// rates are means over the last while, and scraped now and then.
	Delay = 45 * time.Second
)

// aheads are for how many minutes after a sample others are expected; between
// them, quantiles are interpolated.
//
//nolint:gochecknoglobals // a table, never written
var aheads = [...]int{1, 2, 5, 7, 11, 21, 61}

// pace is of how many minutes one is learned from for each of aheads, a power of
// two: neighbours say nearly the same of a time much longer than they are apart.
// Which ones changes, see turn.
//
//nolint:gochecknoglobals // a table, never written
var pace = [len(aheads)]uint64{1, 1, 4, 4, 8, 8, 8}

// quantiles are those of a Learner's path, none below the median: below it
// nobody scales. The highest is where a miss price of 1000 leads.
//
//nolint:gochecknoglobals // a table, never written
var quantiles = [...]float64{0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999}

// NewLearner returns a learner that has seen nothing. zone is where the people
// live whose habits the series follows; nil is UTC.
func NewLearner(zone *time.Location) *Learner {
	if zone == nil {
		zone = time.UTC
	}
	l := &Learner{clock: clock{zone: zone}, weight: 1}
	for i := range l.fits {
		l.fits[i] = newRidge()
	}
	return l
}

// Observe tells a sample. Samples that are not later than the last, or not
// finite, change nothing; one below 0 counts as 0. Of those within a minute the
// last one counts for what is expected next, and their mean for what was usual.
func (l *Learner) Observe(at time.Time, value float64) {
	if math.IsNaN(value) || math.IsInf(value, 0) || !l.recent.follows(at) {
		return
	}
	value = min(value, largest)
	if value < smallest {
		value = 0
	}
	minute := minuteOf(at)
	l.hold(minute)
	if l.unit.take(at, value) {
		l.rebase()
	}
	l.phase = at.Sub(instantOf(minute))
	l.note(minute, value)
	l.recent.at = at
}

// hold has the last sample stand for the minutes up to this one, if they are few.
func (l *Learner) hold(minute int64) {
	r := &l.recent
	if !r.any || minute-r.minute > heldMinutes {
		return
	}
	for r.minute+1 < minute {
		l.note(r.minute+1, r.last)
	}
}

// note takes the value of a minute in.
func (l *Learner) note(minute int64, value float64) {
	l.seasons.add(minute, value, &l.unit)
	if passed := l.recent.add(minute, value); passed > 0 {
		l.learn(passed)
	}
}

// rebase counts in another unit from now on: the level of the series is another
// one than it was.
func (l *Learner) rebase() {
	was := l.unit
	l.unit = was.rebased()
	l.origins, l.bets = origins{}, bets{}
	if was.c == 0 {
		l.learned = 0 // of what is not zero
		return
	}
	l.seasons.rebase(was, l.unit)
	by := math.Log(was.c / l.unit.c) // the same of a series twice as large, to the last digit
	if math.IsInf(by, 0) {
		by = math.Log(was.c) - math.Log(l.unit.c)
	}
	for i := range l.missed {
		l.missed[i].shift(by)
		l.balances[i].shift(l.unit.c / was.c)
	}
	l.uplift.shift(by)
}

// turn is 0 in one of so many minutes, evenly spaced, and in another one each hour:
// what comes every few minutes is met in all its phases. every is a power of two.
func turn(minute int64, every uint64) uint64 { return uint64(minute+minute>>6) & (every - 1) }

// learn compares the newest sample with what was expected of it, and notes what
// is expected from it. passed is how many minutes after the one before it is.
func (l *Learner) learn(passed int64) {
	if l.unit.c == 0 {
		if passed == 1 {
			l.learned = min(l.learned+1, dense)
		}
		return
	}
	l.age(passed)
	l.clock.settle(l.recent.minute)
	now := &l.origins[slot(l.recent.minute)]
	now.take(l)
	l.compare(now)
	if l.uplift != nil {
		l.attend(float64(now.now[0]))
	}
	now.class = l.restive.class()
	now.dense = now.class >= restiveClass || l.learned < dense || l.uplift.near()
	for i, k := range aheads {
		if !now.dense && turn(now.minute+int64(k), pace[i]) != 0 {
			now.expected[i] = float32(math.NaN())
			continue
		}
		middle, fitted, carried := l.middle(now, i)
		now.fitted[i], now.expected[i] = float32(fitted), float32(middle)
		if l.uplift.near() {
			now.carries = noted(now.carries, i, carried)
			now.awaits = noted(now.awaits, i, l.uplift.awaits(now, i, float64(k), middle))
		}
	}
	l.bet(now)
}

// compare learns from what came of what was expected of now.
func (l *Learner) compare(now *origin) {
	for i, k := range aheads {
		then := l.origins.at(now.minute - int64(k))
		if then == nil || math.IsNaN(float64(then.expected[i])) {
			continue
		}
		weight := l.weight
		if !then.dense {
			weight *= float64(pace[i])
		}
		if crossed := l.teach(then, now, i, weight); crossed {
			continue
		}
		l.fit(then, now, i, weight)
		if k == restiveAhead {
			l.restive.add(math.Abs(float64(now.now[0]) - float64(then.expected[i])))
			l.learned = min(l.learned+1, dense)
		}
	}
}

// teach has events learn from what came of them. What lies across the start of one
// tells of the event, and not of the series.
func (l *Learner) teach(then, now *origin, i int, weight float64) (crossed bool) {
	y := float64(now.now[0])
	if a := notedAt(then.carries, i); a != nil {
		l.uplift.ongoing[i].learn(&a.x, y-a.without)
	}
	a := notedAt(then.awaits, i)
	if a == nil {
		return false
	}
	l.uplift.learn(i, a, y, weight)
	return a.crossing
}

// fit learns from what came of what was expected of the series.
func (l *Learner) fit(then, now *origin, i int, weight float64) {
	var x features
	y := float64(now.now[0])
	then.features(&now.habits, &x)
	expected := float64(then.expected[i])
	l.missed[i].add(expected, then.class, y-expected, weight)
	l.fits[i].learn(&x, y, weight, now.class >= restiveClass)
	if turn(now.minute, balancePace) == 0 && l.learned >= dense {
		l.balances[i].learn(float64(then.fitted[i]), x[1], y, weight)
	}
}

// age makes what was learned so far count less from now on.
func (l *Learner) age(minutes int64) {
	if minutes == 1 {
		l.weight *= growth
	} else {
		l.weight *= math.Exp2(float64(min(minutes, longestLapse)) / memory)
	}
	if l.weight < ripe {
		return
	}
	for i := range l.fits {
		l.fits[i].scale(1 / l.weight)
		l.balances[i].scale(1 / l.weight)
		l.missed[i].scale(float32(1 / l.weight))
	}
	l.uplift.scale(float32(1 / l.weight))
	l.weight = 1
}
