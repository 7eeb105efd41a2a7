package forecast

import (
	"testing"
	"time"
)

// The crowd comes once the event has long shown.
func TestWhatIsToComeOfAnEventIsExpectedWhileItGoesOn(t *testing.T) {
	s := newStage(100)
	s.rises = lateCrowd
	start := s.seen("match", 1.5)
	s.until(start.Add(45 * time.Minute))
	p := s.learner.Path(s.at, 10*time.Minute)
	near(t, "median 8 minutes ahead, three minutes after the crowd came", p.At(0.5, s.at.Add(8*time.Minute)), 280, 420)
	near(t, "median now", p.At(0.5, s.at), 140, 165)
	if up := s.learner.Uplift(s.at, 10*time.Minute); up.Known() {
		t.Error("the event is still awaited")
	}
}

// peak plays a series that falls back from every peak until one of 400 has lasted
// for ten minutes, and returns what is expected ten minutes later.
func peak(announced bool) float64 {
	s := newStage(100)
	const length = 10
	hear := func(minutes int, level float64) {
		for range minutes {
			s.learner.Observe(s.at, level*(1+0.02*s.noise.NormFloat64()))
			s.at = s.at.Add(time.Minute)
		}
	}
	for range 12 {
		hear(36*60, s.usual)
		hear(length, 4*s.usual)
	}
	s.announce(s.at.Add(36*time.Hour), "final", 4)
	if !announced {
		s.events = nil
	}
	s.until(s.at.Add(36*time.Hour - time.Minute))
	hear(length, 4*s.usual)
	return s.learner.Path(s.at, 15*time.Minute).At(0.5, s.at.Add(length*time.Minute))
}

func TestAnEventThatGoesOnIsNoPeakToFallBackFrom(t *testing.T) {
	if with, without := peak(true), peak(false); with < 1.3*without {
		t.Errorf("10 minutes ahead of a peak of 400, %.0f is expected with an event that goes on and %.0f without", with, without)
	}
}

func TestAnEventIsForgottenAfterItsAftermath(t *testing.T) {
	s := newStage(100)
	s.rises = func(time.Duration) float64 { return 3 }
	start := s.at.Add(24 * time.Hour)
	s.announce(start, "cup", 3)
	s.until(start.Add(time.Hour + aftermath - time.Minute))
	if len(s.learner.uplift.live) != 1 {
		t.Fatalf("%d events are followed in the aftermath of one", len(s.learner.uplift.live))
	}
	if !s.learner.uplift.live[0].came {
		t.Error("it did not come")
	}
	s.until(start.Add(time.Hour + aftermath + 2*time.Minute))
	if s.learner.uplift.near() {
		t.Error("it is followed forever")
	}
}

func TestAnEventThatIsCancelledWhileItGoesOnIsForgotten(t *testing.T) {
	s := newStage(100)
	s.rises = func(time.Duration) float64 { return 3 }
	start := s.at.Add(24 * time.Hour)
	s.announce(start, "cup", 3)
	s.until(start.Add(20 * time.Minute))
	s.events = nil
	s.learner.Expect(nil)
	if s.learner.uplift.near() {
		t.Error("it is followed still")
	}
}

func TestOfAClassSeenOnceHalfItsChangeIsExpected(t *testing.T) {
	var c curve
	for minute := range 5 {
		c.learn(time.Duration(minute)*time.Minute, 0.5, 1)
		c.learn(30*time.Minute+time.Duration(minute)*time.Minute, 1.5, 2)
	}
	near(t, "change within half an hour", c.change(0, 30*time.Minute), 0.499, 0.501)
	near(t, "change to a time never seen", c.change(0, 2*time.Hour), 0, 0)
}
