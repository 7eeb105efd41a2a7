package forecast

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

const (
	hour = 60 // minutes
	day  = 24 * hour
	week = 7 * day
)

// daily is a day of which nothing is known an hour before: it rises and falls
// tenfold within twenty minutes, at eight and at twenty o'clock.
func daily(minute int) float64 {
	switch m := minute % day; {
	case m < 8*hour:
		return 100
	case m < 8*hour+20:
		return 100 + 45*float64(m-8*hour)
	case m < 20*hour:
		return 1000
	case m < 20*hour+20:
		return 1000 - 45*float64(m-20*hour)
	}
	return 100
}

// weekly is daily on five days of the week, and low on the others.
func weekly(minute int) float64 {
	if minute%week >= 5*day {
		return 100
	}
	return daily(minute)
}

// noisy is a series with a little noise.
func noisy(value func(minute int) float64) func(minute int) float64 {
	noise := rand.New(rand.NewPCG(1, 9))
	return func(minute int) float64 { return value(minute) * math.Exp(0.03*noise.NormFloat64()) }
}

// errors of the median a while ahead and of the last value, in the mean over the
// last minutes of a series.
func errorsOf(value func(minute int) float64, learned, scored int, ahead time.Duration) (median, last float64) {
	l := NewLearner(nil)
	start := time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC) // a Monday
	for i := range learned + scored {
		at := start.Add(time.Duration(i) * time.Minute)
		l.Observe(at, value(i))
		if i < learned || i%7 != 0 {
			continue
		}
		// What is measured at an instant is of Delay before it.
		want := value(i + int((ahead+Delay)/time.Minute))
		median += math.Abs(l.Path(at, ahead).At(0.5, at.Add(ahead)) - want)
		last += math.Abs(value(i) - want)
	}
	return median, last
}

func TestLearnerFindsTheDayAgain(t *testing.T) {
	value := noisy(daily)
	for ahead, most := range map[time.Duration]float64{15 * time.Minute: 0.75, time.Hour: 0.4} {
		median, last := errorsOf(value, 8*day, day, ahead)
		if median > most*last {
			t.Errorf("%s ahead the median misses by %.2f of what the last value does, want %v at most", ahead, median/last, most)
		}
	}
}

func TestLearnerFindsTheWeekAgain(t *testing.T) {
	// Over a Friday, a weekend and a Monday, of which a day ago is another kind.
	median, last := errorsOf(noisy(weekly), 3*week+4*day, 4*day, time.Hour)
	if median > 0.35*last {
		t.Errorf("an hour ahead the median misses by %.2f of what the last value does", median/last)
	}
}

// People do as they did by their clocks, not by the sun: at eight, whatever
// clocks showed a day or a week ago.
func TestLearnerFollowsClocks(t *testing.T) {
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	for _, sunday := range []time.Time{
		time.Date(2026, 3, 29, 0, 0, 0, 0, rome), time.Date(2026, 10, 25, 0, 0, 0, 0, rome),
	} {
		for _, days := range []int{0, 1, 3, 6} {
			looked := time.Date(sunday.Year(), sunday.Month(), sunday.Day()+days, 7, 30, 0, 0, rome)
			inRome, inUTC := NewLearner(rome), NewLearner(nil)
			for at := looked.AddDate(0, 0, -15); !at.After(looked); at = at.Add(time.Minute) {
				h, m, _ := at.Clock()
				inRome.Observe(at, daily(h*hour+m))
				inUTC.Observe(at, daily(h*hour+m))
			}
			before, after := looked.Add(25*time.Minute), looked.Add(58*time.Minute)
			p := inRome.Path(looked, time.Hour)
			near(t, "median at five to eight on "+looked.Format(time.DateOnly), p.At(0.5, before), 80, 250)
			near(t, "median before half past eight on "+looked.Format(time.DateOnly), p.At(0.5, after), 700, 1300)
			if p := inUTC.Path(looked, time.Hour); days == 0 && p.At(0.5, before) < 250 && p.At(0.5, after) > 700 {
				t.Errorf("on %s UTC serves as well, so that this shows nothing", looked.Format(time.DateOnly))
			}
		}
	}
}

// A level that was never seen is believed as soon as it lasted for as long as one
// looks ahead.
func TestLearnerFollowsALevelShift(t *testing.T) {
	for since, ahead := range map[int]time.Duration{12: 0, 30: 5 * time.Minute, 2 * hour: time.Hour} {
		p := taught(steady(2*week, noisy(func(i int) float64 {
			if i < 2*week-since {
				return 100
			}
			return 1000
		}))).Path(eight, time.Hour)
		near(t, "median in "+ahead.String(), p.At(0.5, eight.Add(ahead)), 850, 1300)
	}
}

func TestLearnerLearnsAnotherUnit(t *testing.T) {
	// A thousand times as much as ever, for a day: another unit, and as good as ever.
	noise := rand.New(rand.NewPCG(2, 7))
	l := taught(steady(week, func(i int) float64 {
		v := math.Exp(0.05 * noise.NormFloat64())
		if i < week-2*day {
			return v
		}
		return 1000 * v
	}))
	p := l.Path(eight, 10*time.Minute)
	near(t, "median", p.At(0.5, eight.Add(10*time.Minute)), 950, 1050)
	near(t, "0.95", p.At(0.95, eight.Add(10*time.Minute)), 1040, 1250)
}

func TestLearnerAfterAnOutage(t *testing.T) {
	value := noisy(daily)
	learn := func(outage int, held bool) Path {
		l := NewLearner(nil)
		for i := range 2 * week {
			at := eight.Add(time.Duration(i-2*week+1) * time.Minute)
			v := value(i + 10*hour) // the last is near ten o'clock
			if out := 2*week - i - 3; out > 0 && out < outage {
				if !held {
					continue
				}
				v = 0
			}
			l.Observe(at, v)
		}
		return l.Path(eight, time.Hour)
	}
	for _, outage := range []int{20, 3 * hour, 3 * day} {
		for _, held := range []bool{false, true} {
			p := learn(outage, held)
			near(t, "median in an hour", p.At(0.5, eight.Add(time.Hour)), 500, 1500)
			near(t, "0.99 in an hour", p.At(0.99, eight.Add(time.Hour)), 700, 20000)
		}
	}
}

// After years of which nothing is known, what was known before is better than
// nothing.
func TestLearnerAfterYears(t *testing.T) {
	l := taught(bursty(2 * week))
	before := l.Path(eight, time.Hour)
	for i := range 3 {
		l.Observe(eight.AddDate(10, 0, 0).Add(time.Duration(i)*time.Minute), 0)
	}
	at := eight.AddDate(10, 0, 0).Add(2 * time.Minute)
	after := l.Path(at, time.Hour)
	most := after.Max(0.999, at, at.Add(time.Hour))
	if was := before.Max(0.999, eight, eight.Add(time.Hour)); most < was/4 || most > was*4 {
		t.Errorf("0.999 of bursts is %v after ten years, and was %v", most, was)
	}
}

func TestLearnerIsColdForAnHour(t *testing.T) {
	for minutes, known := range map[int]bool{0: false, 1: false, 61: false, 62: true, 63: true} {
		if got := taught(steady(minutes, daily)).Path(eight, time.Minute).Known(); got != known {
			t.Errorf("after %d minutes known is %v", minutes, got)
		}
	}
	for minutes, known := range map[int]bool{59: false, 60: true} {
		if got := taught(make([]float64, minutes)).Path(eight, time.Minute).Known(); got != known {
			t.Errorf("after %d minutes of zeros known is %v", minutes, got)
		}
	}
	p := taught(steady(75, func(i int) float64 { return 100 + float64(i%3) })).Path(eight, 10*time.Minute)
	near(t, "median after 75 minutes", p.At(0.5, eight.Add(10*time.Minute)), 95, 105)
	near(t, "0.99 after 75 minutes", p.At(0.99, eight.Add(10*time.Minute)), 101, 130)
}

func TestLearnerFallsSilent(t *testing.T) {
	l := taught(steady(day, daily))
	if p := l.Path(eight.Add(time.Hour), time.Minute); !p.Known() {
		t.Error("unknown an hour after the last sample")
	}
	if p := l.Path(eight.Add(time.Hour+1), time.Minute); p.Known() {
		t.Error("known when for more than an hour no sample came")
	}
}

func TestLearnerStartsAnewAfterZeros(t *testing.T) {
	l := taught(make([]float64, day))
	if most := l.Path(eight, time.Hour).Max(0.999, eight, eight.Add(time.Hour)); most != 0 {
		t.Errorf("nothing but zeros is expected to be %v", most)
	}
	l.Observe(eight.Add(time.Minute), 5)
	if p := l.Path(eight.Add(time.Minute), time.Hour); p.Known() {
		t.Errorf("of what is not zero, one sample is known, and makes %v", p.At(0.9, eight))
	}
}

// A sample stands for five minutes, in whatever way that is told.
func TestLearnerOfAFiveMinuteSeries(t *testing.T) {
	value := noisy(daily)
	seldom, often, hourly := NewLearner(nil), NewLearner(nil), NewLearner(nil)
	last := 0.0
	for i := range 8*day + 4 {
		at := eight.Add(time.Duration(i-8*day) * time.Minute)
		if i%5 == 0 {
			last = value(i + 7*hour + 30)
			seldom.Observe(at, last)
		}
		if i%hour == 0 {
			hourly.Observe(at, last)
		}
		if i <= 8*day {
			often.Observe(at, last)
		}
	}
	a, b := seldom.Path(eight, time.Hour), often.Path(eight, time.Hour)
	if !a.Known() {
		t.Fatal("nothing is known of a series measured every five minutes")
	}
	for _, q := range quantiles {
		for m := range hour {
			at := eight.Add(time.Duration(m) * time.Minute)
			if got, want := a.At(q, at), b.At(q, at); got != want {
				t.Fatalf("%v in %d minutes is %v, and %v when the sample is repeated each minute", q, m, got, want)
			}
		}
	}
	near(t, "median in an hour", a.At(0.5, eight.Add(time.Hour)), 800, 1200)
	if hourly.Path(eight, time.Hour).Known() {
		t.Error("something is known of a series measured every hour")
	}
}

// A few minutes at a million times the level change the unit, and nothing that was
// seen.
func TestLearnerKnowsInAnotherUnitWhatItKnew(t *testing.T) {
	l := taught(steady(2*day, noisy(func(int) float64 { return 100 })))
	before := l.unit
	for i := 1; i <= 8; i++ {
		l.Observe(eight.Add(time.Duration(i)*time.Minute), 1e8)
	}
	if l.unit.c < 30*before.c {
		t.Fatalf("the unit is %v, and was %v", l.unit.c, before.c)
	}
	usual := l.seasons.around(minuteOf(eight) - day)
	near(t, "what was usual", l.unit.value(float64(usual)), 97, 103)
	for i := range aheads {
		var mixed [errorBins]float64
		total := 0.0
		for class := range restiveClasses {
			total += l.missed[i].blend(class, levelOf(l.unit.log(100)), 1/l.weight, &mixed)
		}
		near(t, "what was missed at that level", total, 1500, 2*day)
	}
}

// When the weight of a minute has grown too large, all are counted down, and count
// as before beside each other.
func TestLearnerCountsDown(t *testing.T) {
	l := taught(steady(2*day, noisy(daily)))
	counted := func(i int) (of [2]float64) {
		of[0] = l.fits[i].square[0] / l.weight
		for _, row := range l.missed[i].rows {
			of[1] += float64(row.total) / l.weight
		}
		return of
	}
	for i := range aheads {
		before := counted(i)
		halved := 0.0
		for ; l.weight != 1; halved++ {
			l.age(memory)
		}
		for j, after := range counted(i) {
			near(t, "what is left", after/before[j]*math.Exp2(halved), 0.999, 1.001)
		}
		l.age(memory)
	}
}

// A path begins at what will be measured of the instant it is looked from, which
// is Delay later than what was measured.
func TestLearnerPathIsOfTheInstantsItTells(t *testing.T) {
	l := taught(steady(2*day, noisy(daily)))
	at := eight.Add(30 * time.Second)
	path, p := l.Path(at, 10*time.Minute), l.prospect(false)
	for i := range path.steps() {
		minutes := (30*time.Second + Delay + time.Duration(i)*path.Step()).Minutes()
		if got, want := path.row(i), p.row(minutes, nil); !slices.Equal(got, want) {
			t.Fatalf("row %d is %v, want that of %v minutes, %v", i, got, minutes, want)
		}
	}
	if path.Start() != at || path.Horizon() != 10*time.Minute {
		t.Errorf("the path is from %s on for %s", path.Start(), path.Horizon())
	}
}

func TestLearnerHoldsASampleForMinutes(t *testing.T) {
	l := taught(steady(day, daily))
	l.Observe(eight.Add(5*time.Minute), 7)
	l.Observe(eight.Add(11*time.Minute), 7)
	if m := eight.Add(8 * time.Minute); l.recent.count(11) != 6+1-1 || l.origins.at(minuteOf(m)) != nil {
		t.Errorf("%v minutes of eleven are known, want those up to the fifth, and the last", l.recent.count(11))
	}
}

func TestLearnerKnowsNothingOnceItsClockWasAhead(t *testing.T) {
	l := taught(smooth(3000))
	l.Observe(eight.AddDate(1, 0, 0), 100)
	if p := l.Path(eight.Add(time.Minute), time.Minute); p.Known() {
		t.Errorf("a sample of next year tells that %v comes now", p.At(0.5, eight))
	}
	if p := taught(smooth(3000)).Path(eight.Add(-30*time.Second), time.Minute); !p.Known() {
		t.Error("one who asks half a minute early is told nothing")
	}
}
