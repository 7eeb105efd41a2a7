package forecast

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/headstart-scaler/headstart/calendar"
)

// stage is a series with events that a learner follows minute by minute.
type stage struct {
	learner *Learner
	at      time.Time
	noise   *rand.Rand
	events  []calendar.Occurrence
	usual   float64
	// rises is what events do some time after their start, as a factor.
	rises func(since time.Duration) float64
}

func newStage(usual float64) *stage {
	return &stage{
		learner: NewLearner(nil), at: eight.Add(-30 * 24 * time.Hour), usual: usual, noise: rand.New(rand.NewPCG(7, 8)),
		rises: func(time.Duration) float64 { return 1 },
	}
}

// announce puts an event of an hour in the calendar.
func (s *stage) announce(start time.Time, class string, multiplier float64) {
	s.events = append(s.events, calendar.Occurrence{
		Event: &calendar.Event{ID: fmt.Sprint(class, len(s.events)), Class: class, Impact: calendar.Impact{Multiplier: multiplier}},
		Start: start, End: start.Add(time.Hour),
	})
}

// near are the events that a learner is to be told of.
func (s *stage) near() (near []calendar.Occurrence) {
	for _, e := range s.events {
		if e.Start.Before(s.at.Add(80*time.Minute)) && e.End.After(s.at) {
			near = append(near, e)
		}
	}
	return near
}

// until plays the series up to an instant.
func (s *stage) until(end time.Time) {
	for ; !s.at.After(end); s.at = s.at.Add(time.Minute) {
		value := s.usual * (1 + 0.02*s.noise.NormFloat64())
		for _, e := range s.events {
			// What is read was measured a while ago.
			if since := s.at.Add(-Delay).Sub(e.Start); since >= 0 && since < time.Hour {
				value *= s.rises(since)
			}
		}
		s.learner.Expect(s.near())
		s.learner.Observe(s.at, value)
	}
}

// seen plays five events of a class, a day apart, announced with a multiplier, and
// puts a sixth one in the calendar.
func (s *stage) seen(class string, multiplier float64) (sixth time.Time) {
	first := s.at.Add(24 * time.Hour)
	for i := range 6 {
		sixth = first.Add(time.Duration(i) * 24 * time.Hour)
		s.announce(sixth, class, multiplier)
	}
	s.until(sixth.Add(-5 * time.Minute))
	return sixth
}

func TestAFirstEventIsWhatItsMarketerSays(t *testing.T) {
	s := newStage(100)
	start := s.at.Add(48 * time.Hour)
	s.announce(start, "cup", 3)
	s.until(start.Add(-30 * time.Minute))
	if p := s.learner.Uplift(s.at, 6*time.Minute); p.Known() {
		t.Errorf("half an hour before, within six minutes, %v is expected", p.At(0.5, s.at))
	}
	s.until(start.Add(-3 * time.Minute))
	p := s.learner.Uplift(s.at, 30*time.Minute)
	near(t, "median 10 minutes after the start", p.At(0.5, start.Add(10*time.Minute)), 200, 310)
	near(t, "0.998 of it", p.At(0.998, start.Add(10*time.Minute)), 300, 600)
	near(t, "median before the start", s.learner.Path(s.at, time.Minute).At(0.5, s.at), 90, 110)
}

func TestUpliftIsLearnedOfAClass(t *testing.T) {
	s := newStage(100)
	s.rises = func(time.Duration) float64 { return 1.8 }
	start := s.seen("cup", 3)
	p := s.learner.Uplift(s.at, 30*time.Minute)
	near(t, "median after five times ×1.8", p.At(0.5, start.Add(10*time.Minute)), 165, 200)
	near(t, "0.95 of it", p.At(0.95, start.Add(10*time.Minute)), 170, 260)

	// Another class knows nothing of it but what events do at all.
	s.events = s.events[:len(s.events)-1]
	s.announce(start, "league", 3)
	s.learner.Expect(s.near())
	s.until(start.Add(-4 * time.Minute))
	if p := s.learner.Uplift(s.at, 30*time.Minute); !p.Known() {
		t.Error("nothing is expected of an event of another class")
	}
}

// lateCrowd comes 50 minutes after the start.
func lateCrowd(since time.Duration) float64 {
	if since >= 50*time.Minute {
		return 4
	}
	return 1.5
}

func TestUpliftHasAShape(t *testing.T) {
	s := newStage(100)
	s.rises = lateCrowd
	start := s.seen("match", 1.5)
	p := s.learner.Uplift(s.at, 65*time.Minute)
	soon, peak := p.At(0.5, start.Add(15*time.Minute)), p.At(0.5, start.Add(55*time.Minute))
	near(t, "a quarter of an hour in", soon, 120, 220)
	near(t, "at the end", peak, 300, 450)
}

func TestAnEventThatComesIsAwaitedNoMore(t *testing.T) {
	s := newStage(100)
	s.rises = func(time.Duration) float64 { return 3 }
	start := s.seen("cup", 3)
	s.until(start.Add(8 * time.Minute))
	if p := s.learner.Uplift(s.at, 6*time.Minute); p.Known() {
		t.Errorf("8 minutes in, %v is still awaited", p.At(0.5, s.at))
	}
	near(t, "what the series itself says", s.learner.Path(s.at, 6*time.Minute).At(0.5, s.at), 270, 330)
}

func TestAnEventThatDoesNotComeIsReleased(t *testing.T) {
	s := newStage(100)
	start := s.at.Add(48 * time.Hour)
	s.announce(start, "cup", 3)
	s.events[0].End = start.Add(3 * time.Hour)
	for _, c := range []struct {
		after   time.Duration
		awaited bool
	}{{-time.Minute, true}, {20 * time.Minute, true}, {50 * time.Minute, true}, {63 * time.Minute, false}} {
		s.until(start.Add(c.after))
		if got := s.learner.Uplift(s.at, 6*time.Minute).Known(); got != c.awaited {
			t.Errorf("%s after the start awaited: %t", c.after, got)
		}
	}
}

func TestACancelledEventIsReleased(t *testing.T) {
	s := newStage(100)
	start := s.at.Add(48 * time.Hour)
	s.announce(start, "cup", 3)
	s.until(start.Add(-2 * time.Minute))
	if !s.learner.Uplift(s.at, 6*time.Minute).Known() {
		t.Fatal("the event is not awaited")
	}
	s.learner.Expect(nil)
	if s.learner.Uplift(s.at, 6*time.Minute).Known() {
		t.Error("a cancelled event is awaited")
	}
}

// What events bring is theirs: no quiet hour is ready for it.
func TestASeriesDoesNotLearnTheJumpsOfEvents(t *testing.T) {
	s := newStage(100)
	s.rises = func(time.Duration) float64 { return 5 }
	sixth := s.seen("cup", 5)
	s.events = s.events[:5]
	s.until(sixth.Add(12 * time.Hour))
	p := s.learner.Path(s.at, 10*time.Minute)
	near(t, "0.99 in a quiet hour", p.Max(0.99, s.at, s.at.Add(10*time.Minute)), 100, 130)
}

func TestUpliftProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		samples := history(t)
		var events []calendar.Occurrence
		for i := range rapid.IntRange(0, 4).Draw(t, "events") {
			start := eight.Add(time.Duration(rapid.IntRange(-600, 90).Draw(t, "start")) * time.Minute)
			events = append(events, calendar.Occurrence{
				Event: &calendar.Event{
					ID: fmt.Sprint(i), Class: rapid.SampledFrom([]string{"", "cup", "league"}).Draw(t, "class"),
					Impact: calendar.Impact{Multiplier: rapid.SampledFrom([]float64{0.1, 1, 2, 1000}).Draw(t, "multiplier")},
				},
				Start: start, End: start.Add(time.Duration(rapid.IntRange(1, 300).Draw(t, "minutes")) * time.Minute),
			})
		}
		told := func(factor float64) Path {
			l := NewLearner(nil)
			for _, x := range samples {
				l.Expect(events)
				l.Observe(x.At, factor*x.Value)
			}
			return l.Uplift(eight, 20*time.Minute)
		}
		doubles(t, told(1), told(2))
	})
}

// doubles checks that values are finite and in order, and that another path has
// each of them twice as large.
func doubles(t *rapid.T, p, double Path) {
	if double.Known() != p.Known() {
		t.Fatalf("the doubled series is known: %t", double.Known())
	}
	for i, v := range p.values {
		if !(v >= 0 && v <= largest) || i%len(quantiles) > 0 && v < p.values[i-1] {
			t.Fatalf("value %d is %v after %v", i, v, p.values[max(0, i-1)])
		}
		if double.values[i] != min(2*v, largest) {
			t.Fatalf("value %d of the doubled series is %v, want twice %v", i, double.values[i], v)
		}
	}
}

// What was learned of events outlives a restart, and so does that one is awaited.
func TestUpliftOutlivesARestart(t *testing.T) {
	s := newStage(100)
	s.rises = func(time.Duration) float64 { return 1.8 }
	start := s.seen("cup", 3)
	state := stateOf(t, s.learner)
	restarted := NewLearner(nil)
	if err := restarted.UnmarshalBinary(state); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(state, stateOf(t, restarted)) {
		t.Fatal("the state of what read it is another")
	}
	if restarted.Uplift(s.at, 30*time.Minute).Known() {
		t.Error("an event is awaited that nobody told of since")
	}
	restarted.Expect(s.near())
	p, q := s.learner.Uplift(s.at, 30*time.Minute), restarted.Uplift(s.at, 30*time.Minute)
	if !p.Known() || !slices.Equal(p.values, q.values) {
		t.Errorf("with the event at %s %v is expected, and after a restart %v", start, p.values, q.values)
	}
	for cut := range len(state) {
		if cut%97 == 0 && NewLearner(nil).UnmarshalBinary(state[:cut]) == nil {
			t.Fatalf("%d bytes of %d were taken for a state", cut, len(state))
		}
	}
}

// A platform that grows forty times as large keeps what it learned of events.
func TestUpliftOutlivesAnotherUnit(t *testing.T) {
	s := newStage(100)
	s.rises = func(time.Duration) float64 { return 1.8 }
	s.seen("cup", 3)
	s.usual = 4000
	start := s.at.Add(20 * 24 * time.Hour)
	s.announce(start, "cup", 3)
	s.until(start.Add(-5 * time.Minute))
	if s.learner.unit.c < 100 {
		t.Fatalf("the unit is still %v", s.learner.unit.c)
	}
	p := s.learner.Uplift(s.at, 30*time.Minute)
	near(t, "median of ×1.8 of a level forty times as high", p.At(0.5, start.Add(10*time.Minute)), 1.25*4000, 2.2*4000)
}

// Events without a class are one each: a series knows the last of them.
func TestUpliftKnowsSoManyClasses(t *testing.T) {
	s := newStage(100)
	first := s.at.Add(24 * time.Hour)
	const events = mostClasses + 10
	for i := range events {
		s.announce(first.Add(time.Duration(i)*2*time.Hour), fmt.Sprintf("%04d", i), 2)
	}
	s.until(first.Add(events * 2 * time.Hour))
	classes := s.learner.uplift.classes
	if len(classes) != mostClasses || classes["0009"] != nil || classes["0010"] == nil {
		t.Errorf("%d classes are known, of the eleventh on: %t, of the tenth: %t", len(classes), classes["0010"] != nil, classes["0009"] != nil)
	}
}
