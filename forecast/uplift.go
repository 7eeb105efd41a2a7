package forecast

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
)

// uplift is what a series does when events begin. Until an event has come, what
// is expected of the series with it is told from three things, weighed by how
// well they told it before: what is expected without it, the level before it
// times its uplift, and the level that events of its class reach.
//
// The uplift of a class is a curve over the minutes since the start, for a crowd
// may come before the kick-off and most of it at the final whistle. It is the
// mean of what was seen, the marketer's number counting as one time more; of a
// class never seen, that number alone. How far off all this was is kept as it is
// for the series itself, apart for what lies before the start, soon after it,
// and later, when the event is late or does not come.
//
// An hour after its start the series speaks for itself; once it has come, it does
// together with what was seen of its class, see ongoing.
type uplift struct {
	classes map[string]*curve // mostClasses at most
	all     curve             // of every class, for one that was never seen
	ongoing ongoing           // what those do that have come
	live    occasions
	before  occasions // what was known of some when the state was written
	fits    [len(aheads)]blend
	missed  [len(aheads)]misses
	told    *Calibrations // nil where it is to be made anew
}

const (
	// Early is how long before its start an event is expected to show, at the
	// earliest.
	Early = 10 * time.Minute
	// Late is how long after its start it is still awaited.
	Late = time.Hour
	// Heed is how long before its start a Learner is to be told of an event: longer
	// than lookback, by a margin.
	Heed = lookback + 20*time.Minute
	// settling is how long after its start it is certain not to have shown yet in
	// what was measured.
	settling = 3*time.Minute + Delay + 30*time.Second
	// lookback is when before the start its level without the event is taken.
	lookback = time.Hour
	// nearly is by how much, on the logarithm, a level may be below what an event
	// was expected to bring when it counts as come: half of it.
	nearly = 0.7
	// little uplift is none that could be awaited.
	little = 0.26
	// mostClasses is how many classes a series knows: those that it saw last. Events
	// without a class are one each.
	mostClasses = 64
)

// The prior of how far off an uplift is: a fifth either way, for two minutes.
const (
	upliftDeviation = 0.2
	upliftMisses    = 2
)

//nolint:gochecknoglobals // computed once, never written
var upliftPrior = normalPrior(upliftDeviation, upliftMisses)

// phases of an event that is awaited, as classes of misses.
const (
	beforeStart = iota
	atStart
	overdue
)

func newUplift() *uplift {
	u := &uplift{classes: map[string]*curve{}}
	for i := range u.fits {
		u.fits[i], u.ongoing[i] = newBlend(), newBlend()
	}
	return u
}

// occasion is an occurrence that is near.
type occasion struct {
	name  string
	event calendar.Occurrence
	base  float64 // the level before it, on the logarithm
	based bool
	began bool
	came  bool
	over  bool // it has ended, and is no longer told
	// due are the rises that were expected when it began, cell by cell.
	due   [lateCells + 1]float64
	tally tally
}

// lateCells are those of a curve in which an event is awaited.
const lateCells = int(Late / curveCell)

// shows reports whether a level shows that the event has, some time after its
// start: it is above the middle, or above half, of the most that was due.
func (o *occasion) shows(y float64, since time.Duration) bool {
	top := 0.0
	for i, rise := range o.due {
		if time.Duration(i)*curveCell <= since {
			top = max(top, rise)
		}
	}
	return top < little || y >= o.base+max(top/2, top-nearly)
}

// awaiting is an event that is awaited at an instant ahead.
type awaiting struct {
	x        blendInput
	without  float64 // what was expected without it
	expected float64
	phase    int8
	crossing bool // it lies between the origin and then
	any      bool
}

// occasions are in the order of their names: of two that are expected to bring the
// same, the first counts.
type occasions []*occasion

func (o occasions) find(name string) *occasion {
	i, found := slices.BinarySearchFunc(o, name, func(x *occasion, name string) int { return strings.Compare(x.name, name) })
	if !found {
		return nil
	}
	return o[i]
}

// Expect tells the occurrences that concern the series and are near: from Heed
// before their start until they have ended.
func (l *Learner) Expect(events []calendar.Occurrence) {
	if len(events) == 0 && l.uplift == nil {
		return
	}
	if l.uplift == nil {
		l.uplift = newUplift()
	}
	near := make(occasions, 0, len(events))
	for _, e := range events {
		if !e.Impact().OnDemand() {
			continue
		}
		name := e.Name()
		o := cmp.Or(l.uplift.live.find(name), l.uplift.before.find(name), &occasion{name: name})
		o.event = e
		near = append(near, o)
	}
	near = append(near, l.uplift.ended(l.recent.at)...)
	slices.SortStableFunc(near, func(a, b *occasion) int { return strings.Compare(a.name, b.name) })
	near = slices.CompactFunc(near, func(a, b *occasion) bool { return a.name == b.name })
	l.uplift.close(near, &l.unit)
	l.uplift.live, l.uplift.before = near, nil
}

// attend follows the events that are near: the level before them, whether they
// have come, and what they do.
func (l *Learner) attend(y float64) {
	u, at := l.uplift, instantOf(l.recent.minute).Add(l.phase)
	measured := at.Add(-Delay)
	u.settle(measured)
	for _, o := range u.live {
		since := measured.Sub(o.event.Start)
		if !o.based && since >= -lookback && since < 0 {
			o.based = true
			o.tally.before = l.recent.sum(0, 30) / l.recent.count(30)
			o.base = l.unit.log(o.tally.before)
		}
		l.reckon(o, measured)
		if !o.based || since < -lookback || !measured.Before(o.event.End.Add(aftermath)) {
			continue
		}
		if since >= 0 && !o.began {
			o.began = true
			for i := range o.due {
				o.due[i] = u.rise(o, time.Duration(i)*curveCell)
			}
		}
		o.came = o.came || at.After(o.event.Start.Add(settling)) && o.shows(y, since)
		u.known(o.event, l.recent.minute).learn(since, y-o.base, y)
		u.all.learn(since, y-o.base, y)
	}
	l.tell()
}

// known is the curve of an event's class, made where there is none; it is of use in
// this minute. The one that was so longest ago makes room for a new one.
func (u *uplift) known(e calendar.Occurrence, minute int64) *curve {
	c := u.class(e)
	if c == nil {
		if len(u.classes) >= mostClasses {
			delete(u.classes, u.oldest())
			u.told = nil
		}
		c = &curve{}
		u.classes[classOf(e)] = c
	}
	c.used = minute
	return c
}

func (u *uplift) oldest() (name string) {
	for _, other := range slices.Sorted(maps.Keys(u.classes)) {
		if name == "" || u.classes[other].used < u.classes[name].used {
			name = other
		}
	}
	return name
}

// class is the curve of an event's class; nil, which knows nothing, where it was
// never seen.
func (u *uplift) class(e calendar.Occurrence) *curve { return u.classes[classOf(e)] }

func classOf(e calendar.Occurrence) string { return cmp.Or(e.Event.Class, e.Event.ID) }

// rise is the uplift some time after the start, on the logarithm.
func (u *uplift) rise(o *occasion, since time.Duration) float64 {
	prior := 0.0
	if m := o.event.Impact().Multiplier; m > 0 && since >= 0 && o.event.Start.Add(since).Before(o.event.End) {
		prior = math.Log(m)
	}
	sum, n := u.class(o.event).rise(since)
	return (prior + sum) / (1 + n)
}

// level is the one that events of the class reach some time after their start.
func (u *uplift) level(o *occasion, since time.Duration) (level float64, known bool) {
	if level, known = u.class(o.event).level(since); known {
		return level, true
	}
	return u.all.level(since)
}

// awaits returns the event that is awaited some minutes after an origin and
// brings most, weighed as for aheads[i]. without is what is expected there without
// it.
func (u *uplift) awaits(o *origin, i int, minutes, without float64) (most awaiting) {
	if !u.near() {
		return most
	}
	at := instantOf(o.minute).Add(o.phase)
	from := at.Add(-Delay)
	then := from.Add(time.Duration(minutes * float64(every)))
	for _, x := range u.live {
		start := x.event.Start
		since := then.Sub(start)
		crossing := at.Before(start.Add(settling))
		if !x.based || since < -Early || since > Late || x.came || !crossing && !at.Before(x.event.End) {
			continue
		}
		rise := x.base + u.rise(x, since)
		reach, known := u.level(x, since)
		if !known {
			reach = rise
		}
		a := awaiting{x: blendInput{1, rise - without, reach - without}, without: without, crossing: crossing, any: true}
		if a.expected = max(0, without+u.fits[i].expect(&a.x)); most.any && a.expected <= most.expected {
			continue
		}
		switch {
		case then.Before(start):
			a.phase = beforeStart
		case crossing:
			a.phase = atStart
		default:
			a.phase = overdue
		}
		most = a
	}
	return most
}

// learn takes in what came of a value that was expected with an event.
func (u *uplift) learn(i int, a *awaiting, y, weight float64) {
	u.missed[i].add(a.expected, a.phase, y-a.expected, weight)
	u.fits[i].learn(&a.x, y-a.without)
}

// near reports whether there are events to look at.
func (u *uplift) near() bool { return u != nil && len(u.live) > 0 }

// shift moves what was learned to what it is in another unit. Rises are the same
// in any; and levels stay as they are, for a series that has grown thirty times as
// large reaches levels thirty times as high.
func (u *uplift) shift(by float64) {
	if u == nil {
		return
	}
	for _, near := range [...]occasions{u.live, u.before} {
		for _, o := range near {
			o.base = max(0, o.base+by)
		}
	}
	for i := range u.missed {
		u.missed[i].shift(by)
	}
}

func (u *uplift) scale(by float32) {
	if u == nil {
		return
	}
	for i := range u.missed {
		u.missed[i].scale(by)
	}
}

// Uplift returns the path of the series with the events that it was told and that
// have not come yet; it is not Known where there is none within the horizon.
// What is expected of the series itself, see Path, is no part of it.
func (l *Learner) Uplift(at time.Time, horizon time.Duration) Path {
	if !l.uplift.near() || l.unit.c == 0 {
		return Path{}
	}
	return l.path(at, horizon, true)
}
