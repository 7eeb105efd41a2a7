package forecast

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"testing"
	"time"
)

// What is learned does not depend on what was right before a Part, but for what
// the like hours of other days are told from.
func TestLearnerComparesNothingAcrossAPart(t *testing.T) {
	learn := func(part bool, jump float64) *Learner {
		noise := rand.New(rand.NewPCG(6, 6))
		l := NewLearner(nil)
		for i := range 12 * hour {
			at := eight.Add(time.Duration(i) * time.Minute)
			v := 100 + noise.Float64()
			if i >= 6*hour {
				v *= jump
			}
			if i == 6*hour && part {
				l.Part(at)
			}
			l.Observe(at, v)
		}
		return l
	}
	if missed := widestOf(learn(true, 5)); missed > 0.1 {
		t.Errorf("after a jump at a Part, a miss of %v was learned", missed)
	}
	if missed := widestOf(learn(false, 5)); missed < 1 {
		t.Errorf("after a jump without a Part, %v is all that was missed, so that this shows nothing", missed)
	}
}

// widestOf is the largest of all misses that were learned.
func widestOf(l *Learner) (missed float64) {
	for _, e := range l.missed {
		for _, row := range e.rows {
			missed = max(missed, missBins.edge[bits.Len64(row.used)])
		}
	}
	return missed
}

func TestLearnerExpectsNothingFromBeforeAPart(t *testing.T) {
	minute := func(i int) time.Time { return eight.Add(time.Duration(i) * time.Minute) }
	l := taught(steady(day, noisy(daily)))
	l.Part(minute(2))
	if !l.Path(minute(1), time.Minute).Known() {
		t.Error("nothing is known before the Part that is to come")
	}
	if l.Path(minute(2), time.Minute).Known() {
		t.Error("something is known of what begins at the Part")
	}
	l.Observe(minute(1), 1000)
	if l.Path(minute(2), time.Minute).Known() {
		t.Error("something is known when all samples are from before the Part")
	}
	l.Observe(minute(2), 5000)
	p := l.Path(minute(2), time.Minute)
	if !p.Known() {
		t.Fatal("nothing is known after the Part")
	}
	near(t, "median now", p.At(0.5, minute(2)), 4000, 6000)
	if m := l.recent.measure(); m.mean60 != 5000 || m.mean15 != 5000 || m.mean5 != 5000 || m.most5 != 5000 {
		t.Errorf("after the Part %+v was measured, want 5000 alone", m)
	}
}

// A Part of which one hears late.
func TestLearnerPartedInThePast(t *testing.T) {
	for _, c := range []struct {
		back time.Duration
		want int // origins left
	}{
		{0, 1},
		{1, 1},
		{time.Minute - 1, 1},
		{time.Minute, 2},
		{time.Minute + 1, 2},
		{10 * time.Minute, 11},
		{24 * time.Hour, recentMinutes},
	} {
		l := taught(steady(2*day, daily))
		l.Part(eight.Add(-c.back))
		left := 0
		for i := range int64(recentMinutes) {
			if l.origins.at(minuteOf(eight)-i) != nil {
				left++
			}
		}
		if want := c.want; left != want || l.recent.count(60) != math.Min(float64(want), 60) {
			t.Errorf("parted %s ago, %d origins and %v minutes are left, want %d", c.back, left, l.recent.count(60), want)
		}
		if !l.Path(eight, time.Minute).Known() {
			t.Errorf("parted %s ago, nothing is known", c.back)
		}
	}
}

func TestLearnerHoldsNoSampleAcrossAPart(t *testing.T) {
	l := taught(steady(day, daily))
	l.Part(eight.Add(2 * time.Minute))
	l.Observe(eight.Add(4*time.Minute), 7)
	if l.recent.count(60) != 1 {
		t.Errorf("%v minutes are held, want the newest alone", l.recent.count(60))
	}
	l = taught(steady(day, daily))
	l.Observe(eight.Add(5*time.Minute), 7)
	l.Observe(eight.Add(11*time.Minute), 7)
	if m := eight.Add(8 * time.Minute); l.recent.count(11) != 6+1-1 || l.origins.at(minuteOf(m)) != nil {
		t.Errorf("%v minutes of eleven are known, want those up to the fifth, and the last", l.recent.count(11))
	}
}

func TestLearnerTakesTheLaterOfTwoParts(t *testing.T) {
	l := taught(steady(day, daily))
	l.Part(eight.Add(time.Hour))
	l.Part(eight.Add(time.Minute))
	l.Observe(eight.Add(time.Minute), 1)
	if l.recent.count(60) != 60 || l.Path(eight.Add(time.Hour), time.Minute).Known() {
		t.Error("an earlier Part changed the later one")
	}
	l.Part(eight.Add(2 * time.Hour))
	l.Observe(eight.Add(time.Hour), 1)
	l.Observe(eight.Add(61*time.Minute), 1)
	if l.recent.count(60) != 2 {
		t.Errorf("%v minutes are known before the later Part, want two after a gap", l.recent.count(60))
	}
}
