package forecast

import (
	"slices"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
)

// said is what a learner says of the last event that was announced.
func (s *stage) said() Calibration {
	s.learner.Expect(s.near())
	return s.learner.Calibrations().Of(s.events[len(s.events)-1])
}

// restart has another learner go on from the state of the one there was.
func (s *stage) restart(t *testing.T) {
	t.Helper()
	l := NewLearner(nil)
	if err := l.UnmarshalBinary(stateOf(t, s.learner)); err != nil {
		t.Fatal(err)
	}
	s.learner = l
}

func TestCalibrationOfAClassThatIsOverestimated(t *testing.T) {
	s := newStage(100)
	s.rises = func(since time.Duration) float64 {
		if since >= 30*time.Minute && since < 40*time.Minute {
			return 1.8
		}
		return 1.5
	}
	start := s.seen("cup", 3)
	s.until(start.Add(-5 * time.Minute))
	c := s.said()
	if c.Class != "cup" || c.Announced != 3 || len(c.Past) != 5 || c.Missing() != 0 || c.Began {
		t.Fatalf("%+v", c)
	}
	for i, l := range c.Past {
		if want := s.events[i].Start; !l.Start.Equal(want) || l.Announced != 3 || !l.Came {
			t.Errorf("event %d at %s: %+v", i, want, l)
		}
		near(t, "level before", l.Before, 98, 102)
		near(t, "factor", l.Factor(), 1.75, 1.85)
		near(t, "minutes to the peak", l.Peak.Minutes(), 33, 40)
	}
	mean, known := c.Mean()
	near(t, "mean factor", mean, 1.75, 1.85)
	middle, planned := c.Planned(0.5)
	most, _ := c.Planned(0.95)
	if !known || !planned {
		t.Fatal("nothing is said of an event that is five minutes ahead")
	}
	near(t, "planned with", middle, 1.5, 2.1)
	near(t, "planned with for certain", most, middle+0.01, 2.6)

	// What is said is what the path of the event says, at its most.
	p := s.learner.Uplift(s.at, 45*time.Minute)
	path, _ := p.Peak(0.5, s.at, start.Add(45*time.Minute))
	near(t, "median of the path at its most", path/100, middle*0.93, middle*1.07)
}

func TestCalibrationOfAClassNeverSeen(t *testing.T) {
	s := newStage(100)
	start := s.at.Add(48 * time.Hour)
	s.announce(start, "cup", 3)
	if c := s.said(); len(c.Past) != 0 || c.Announced != 3 {
		t.Errorf("of a class never seen: %+v", c)
	}
	s.until(start.Add(-3 * time.Minute))
	c := s.said()
	if _, known := c.Mean(); known || len(c.Past) != 0 {
		t.Errorf("of a class never seen: %+v", c)
	}
	middle, known := c.Planned(0.5)
	near(t, "planned with", middle, 2, 3.1)

	s.rises = func(time.Duration) float64 { return 2.5 }
	s.until(start.Add(20 * time.Minute))
	c = s.said()
	_, awaited := c.Planned(0.5)
	if !known || awaited || !c.Began || !c.Came || len(c.Past) != 0 {
		t.Errorf("20 minutes after the start of an event that came: %+v", c)
	}
	near(t, "factor so far", c.SoFar, 2.4, 2.6)
	if c := s.learner.Calibrations().Of(calendar.Occurrence{Event: &calendar.Event{Class: "league"}}); len(c.Past) != 0 || c.Class != "league" {
		t.Errorf("of a class that nobody announced: %+v", c)
	}
	// Events without a class are one each.
	if c := (*Calibrations)(nil).Of(calendar.Occurrence{Event: &calendar.Event{ID: "e1"}}); c.Class != "e1" {
		t.Errorf("of an event without a class: %+v", c)
	}
}

// The third of five is cancelled without notice.
func TestCalibrationOfEventsThatDoNotCome(t *testing.T) {
	s := newStage(100)
	third := s.at.Add(24 * time.Hour).Add(2 * 24 * time.Hour)
	s.rises = func(time.Duration) float64 {
		if s.at.Sub(third) < 2*time.Hour && s.at.After(third.Add(-time.Hour)) {
			return 1
		}
		return 2
	}
	start := s.seen("cup", 3)
	c := s.said()
	var came []bool
	for _, l := range c.Past {
		came = append(came, l.Came)
	}
	if !slices.Equal(came, []bool{true, true, false, true, true}) || c.Missing() != 1 {
		t.Errorf("of five of which the third did not come: %+v", c.Past)
	}
	mean, _ := c.Mean()
	near(t, "mean factor of those that came", mean, 1.95, 2.1)

	// While one is overdue it is said to have begun, and not to have come.
	s.rises = func(time.Duration) float64 { return 1 }
	s.until(start.Add(30 * time.Minute))
	if c := s.said(); !c.Began || c.Came || len(c.Past) != 5 || c.Missing() != 1 {
		t.Errorf("of one that is overdue: %+v", c)
	}
	s.until(start.Add(50 * time.Minute))
	s.restart(t) // which forgets neither what was awaited nor what never came
	s.until(start.Add(2 * time.Hour))
	if c := s.said(); len(c.Past) != 4 || c.Missing() != 1 {
		t.Errorf("of itself, once it is over: %+v", c)
	}
	s.announce(start.Add(24*time.Hour), "cup", 3)
	if c := s.said(); len(c.Past) != 5 || c.Missing() != 2 || !c.Past[4].Start.Equal(start) {
		t.Errorf("of the next: %+v", c)
	}
}

// An event that is taken back before it was due did not fail to come, and one of
// which nothing was measured is not accounted for.
func TestCalibrationCountsWhatWasDue(t *testing.T) {
	for name, c := range map[string]struct {
		gone time.Duration // after the start it is taken back
		mute bool          // nothing is measured from the start on
		want int
	}{
		"taken back before":     {-5 * time.Minute, false, 0},
		"taken back soon after": {15 * time.Minute, false, 0},
		"taken back late":       {45 * time.Minute, false, 1},
		"never measured":        {2 * time.Hour, true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(100)
			start := s.at.Add(24 * time.Hour)
			s.announce(start, "cup", 3)
			s.until(start)
			if c.gone > 0 && !c.mute {
				s.until(start.Add(c.gone))
			}
			s.events = nil
			if c.mute {
				s.at = start.Add(c.gone)
			}
			s.until(s.at.Add(10 * time.Minute))
			s.announce(s.at.Add(24*time.Hour), "cup", 3)
			if said := s.said(); len(said.Past) != c.want || said.Missing() != c.want {
				t.Errorf("%+v", said)
			}
		})
	}
}

// Twenty matches that begin together are one: they are no twenty pieces of evidence.
func TestCalibrationOfEventsThatBeginTogether(t *testing.T) {
	s := newStage(100)
	s.rises = func(time.Duration) float64 { return 1.2 } // each
	for day := range 2 {
		for i := range 3 {
			s.announce(s.at.Add(time.Duration(day+1)*24*time.Hour), "match", []float64{2, 4, 3}[i])
		}
	}
	s.until(s.at.Add(4 * 24 * time.Hour))
	s.announce(s.at.Add(24*time.Hour), "match", 2)
	c := s.said()
	if len(c.Past) != 2 {
		t.Fatalf("%+v", c.Past)
	}
	near(t, "factor", c.Past[1].Factor(), 1.7, 1.78)
	near(t, "the highest announced", c.Past[1].Announced, 4, 4)
}

// Of two that begin together the shorter one is over first; what was said then stays
// as it was.
func TestCalibrationOfEventsThatEndApart(t *testing.T) {
	s := newStage(100)
	start := s.at.Add(24 * time.Hour)
	s.rises = func(since time.Duration) float64 {
		if since > 40*time.Minute {
			return 3 // only the longer one runs by then
		}
		return 1.4
	}
	s.announce(start, "match", 2)
	s.announce(start, "match", 3)
	s.events[0].End = start.Add(30 * time.Minute)
	s.until(start.Add(35 * time.Minute))
	next := s.events[0]
	next.Start = start.Add(24 * time.Hour)
	early := s.learner.Calibrations()
	before := early.Of(next).Past[0]
	s.until(start.Add(2 * time.Hour))
	if after := early.Of(next).Past[0]; after != before {
		t.Errorf("%+v was said, and now it is %+v", before, after)
	}
	if c := s.learner.Calibrations().Of(next); len(c.Past) != 1 || c.Past[0].Most < 1.5*before.Most || c.Past[0].Announced != 3 {
		t.Errorf("%+v", c.Past)
	}
}

// A promo from nothing has no factor, and is seen to come.
func TestCalibrationFromNothing(t *testing.T) {
	l := NewLearner(nil)
	at := eight
	start := eight.Add(48 * time.Hour)
	e := calendar.Occurrence{Event: &calendar.Event{Class: "drop", Impact: calendar.Impact{Multiplier: 5}}, Start: start, End: start.Add(30 * time.Minute)}
	for ; at.Before(start.Add(time.Hour)); at = at.Add(time.Minute) {
		value := 0.0
		if at.Hour() < 6 || !at.Before(start.Add(Delay)) {
			value = 200
		}
		if at.After(start.Add(-80*time.Minute)) && at.Before(e.End) {
			l.Expect([]calendar.Occurrence{e})
		} else {
			l.Expect(nil)
		}
		l.Observe(at, value)
	}
	next := e
	next.Start = start.Add(24 * time.Hour)
	c := l.Calibrations().Of(next)
	if len(c.Past) != 1 || !c.Past[0].Came || c.Past[0].Before != 0 || c.Past[0].Factor() != 0 {
		t.Fatalf("%+v", c.Past)
	}
	near(t, "level reached", c.Past[0].Most, 199, 201)
	if mean, known := c.Mean(); known {
		t.Errorf("%v is the mean of none", mean)
	}
}

func TestCalibrationHasNoScale(t *testing.T) {
	said := func(usual float64) (all []float64) {
		s := newStage(usual)
		s.rises = func(time.Duration) float64 { return 1.7 }
		s.seen("cup", 3)
		c := s.said()
		for _, l := range c.Past {
			all = append(all, l.Factor())
		}
		middle, _ := c.Planned(0.5)
		most, _ := c.Planned(0.999)
		return append(all, middle, most)
	}
	if once, twice := said(64), said(128); len(once) != 7 || !slices.Equal(once, twice) {
		t.Errorf("%v of a series, and %v of twice as much", once, twice)
	}
}

// What was said stays as it was while the learner goes on, and the state keeps it,
// of an event under way too.
func TestCalibrationsOutliveARestart(t *testing.T) {
	s := newStage(100)
	s.rises = func(time.Duration) float64 { return 1.8 }
	start := s.seen("cup", 3)
	s.until(start.Add(20 * time.Minute))
	told := s.learner.Calibrations()
	before := told.Of(s.events[5])

	restarted := NewLearner(nil)
	state := stateOf(t, s.learner)
	if err := restarted.UnmarshalBinary(state); err != nil {
		t.Fatal(err)
	}
	if again := stateOf(t, restarted); !slices.Equal(again, state) {
		t.Error("the state of what read it is another")
	}
	if c := restarted.Calibrations().Of(s.events[5]); !slices.Equal(c.Past, before.Past) {
		t.Errorf("after the restart %+v", c.Past)
	}
	s.learner = restarted
	s.announce(start.Add(24*time.Hour), "cup", 3)
	s.until(start.Add(2 * time.Hour))
	c := s.said()
	if n := len(c.Past); n != 5 || !c.Past[4].Start.Equal(start) {
		t.Fatalf("after the restart in the midst of it: %+v", c.Past)
	}
	near(t, "factor", c.Past[4].Factor(), 1.75, 1.9)
	if again := told.Of(s.events[5]); !slices.Equal(again.Past, before.Past) || again.SoFar != before.SoFar {
		t.Errorf("%+v was said, and now it is %+v", before, again)
	}
	n := 0
	for class, past := range told.Classes {
		n++
		if class != "cup" || len(past) != 5 {
			t.Errorf("%s: %+v", class, past)
		}
	}
	if n != 1 {
		t.Errorf("%d classes", n)
	}
}

func TestNoMoreClassesAreAccountedForThanAreKnown(t *testing.T) {
	s := newStage(100)
	s.rises = func(time.Duration) float64 { return 2 }
	at := s.at
	for i := range mostClasses + 6 {
		s.announce(at.Add(time.Duration(i+1)*3*time.Hour), "class"+string(rune('A'+i)), 2)
	}
	s.until(s.events[len(s.events)-1].End.Add(time.Hour))
	n := 0
	for range s.learner.Calibrations().Classes {
		n++
	}
	if n != mostClasses {
		t.Errorf("%d classes are accounted for", n)
	}
	first := s.events[0]
	first.Start = s.at
	if c := s.learner.Calibrations().Of(first); len(c.Past) != 0 {
		t.Errorf("of a class that made room: %+v", c.Past)
	}
	s.announce(s.at.Add(24*time.Hour), "one more", 2)
	s.until(s.events[len(s.events)-1].Start.Add(10 * time.Minute))
	gone := s.events[6]
	gone.Start = s.at
	if c := s.learner.Calibrations().Of(gone); len(c.Past) != 0 {
		t.Errorf("of a class that has just made room: %+v", c.Past)
	}
}
