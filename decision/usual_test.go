package decision_test

import (
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	. "github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/signal"
)

// A week of free bets must not hide the tournament inside it: night's demand is
// not what a late crowd in the evening is counted from.
func TestALongEventDoesNotFreezeTheUsual(t *testing.T) {
	week := theFinal(0, calendar.Impact{Multiplier: 1.1})
	week.Event = &calendar.Event{ID: "week", Title: "Promo week", Impact: calendar.Impact{Multiplier: 1.1}, Confidence: 1, Status: calendar.Confirmed}
	week.End = week.Start.Add(7 * 24 * time.Hour)
	const evening = 16 * time.Hour
	final := theFinal(evening, calendar.Impact{Multiplier: 3})
	r := newRun(t, scheduled())
	for at := -time.Hour; at < 0; at += time.Minute { // the night: 200/s
		r.withEvents(at, 200, week, final)
	}
	for at := time.Duration(0); at < evening; at += time.Minute { // grows to 1000/s
		r.withEvents(at, 200+800*min(1, float64(at)/float64(12*time.Hour)), week, final)
	}
	before := r.withEvents(evening-tick, 1000, week, final)
	after := r.withEvents(evening+time.Minute, 1000, week, final) // the crowd is a minute late
	if after.Replicas < before.Replicas {
		t.Errorf("capacity falls from %d to %d as the tournament starts", before.Replicas, after.Replicas)
	}
}

// A schedule uploaded ten minutes into the event multiplies it again.
func TestAnEventUploadedWhileItRunsIsNotMultipliedAgain(t *testing.T) {
	final := theFinal(10*time.Minute, calendar.Impact{Multiplier: 3})
	r := newRun(t, scheduled())
	for at := time.Duration(0); at < 10*time.Minute; at += tick {
		r.withEvents(at, 1000)
	}
	for at := 10 * time.Minute; at < 22*time.Minute; at += tick {
		r.withEvents(at, 3000) // it runs, nobody has uploaded it
	}
	out := r.withEvents(22*time.Minute, 3000, final)
	if out.Replicas > 65 {
		t.Errorf("asks for %d, want 60: what is measured holds the event", out.Replicas)
	}
}

// An override that ignored the schedule for a while, the same.
func TestAnIgnoredScheduleDoesNotTeachTheUsual(t *testing.T) {
	final := theFinal(10*time.Minute, calendar.Impact{Multiplier: 3})
	r := newRun(t, scheduled())
	for at := time.Duration(0); at < 12*time.Minute; at += tick {
		r.withEvents(at, 1000+2000*float64(at/(10*time.Minute)), final)
	}
	for at := 12 * time.Minute; at < 22*time.Minute; at += tick {
		r.at = start.Add(at)
		in := Input{
			At: r.at, Tick: tick, Events: []calendar.Occurrence{final}, Signals: []Observation{{Reading: value(3000)}, {Reading: signal.Good(r.at, 0.1)}},
			Overrides: []Override{{ID: "1", Kind: IgnoreSchedule, Until: start.Add(22 * time.Minute), Author: "a", Reason: "b"}},
		}
		in.Signals[0].Reading.At = r.at
		r.input(in)
	}
	out := r.withEvents(22*time.Minute, 3000, final)
	if out.Replicas > 65 {
		t.Errorf("asks for %d, want 60", out.Replicas)
	}
}

// A restart two minutes into an event whose crowd is late: 60 run.
func TestARestartWhileACrowdIsLateKeepsThePlan(t *testing.T) {
	final := theFinal(10*time.Minute, calendar.Impact{Multiplier: 3})
	p := scheduled()
	p.ScaleIn.Stabilization = 5 * time.Minute
	run := func(restart bool) Replicas {
		r := newRun(t, p)
		step := func(at time.Duration) Outcome {
			r.at = start.Add(at)
			in := Input{At: r.at, Tick: tick, Scale: running(60), Events: []calendar.Occurrence{final}, Signals: []Observation{{Reading: value(1000)}, {Reading: signal.Good(r.at, 0.1)}}}
			in.Signals[0].Reading.At = r.at
			return r.input(in)
		}
		for at := time.Duration(0); at < 12*time.Minute; at += tick {
			step(at)
		}
		if restart {
			r.state = State{}
		}
		var out Outcome
		for at := 12 * time.Minute; at < 18*time.Minute; at += tick {
			out = step(at)
		}
		return out.Replicas
	}
	if with, without := run(true), run(false); with < without {
		t.Errorf("8 minutes into the event: %d after a restart, %d without one", with, without)
	}
}

// A clock that is put back leaves the usual what it was.
func TestAClockPutBackLeavesTheUsual(t *testing.T) {
	final := theFinal(10*time.Minute, calendar.Impact{Multiplier: 3})
	for _, back := range []time.Duration{time.Minute, 10 * time.Minute, time.Hour, 2 * time.Hour} {
		r := newRun(t, scheduled())
		r.withEvents(back, 1000)
		r.withEvents(0, 1010) // the clock was put back
		out := r.withEvents(10*time.Minute-95*time.Second, 1000, final)
		if out.Replicas != 60 && out.Replicas != 61 {
			t.Errorf("put back by %s: %d replicas, want 60", back, out.Replicas)
		}
	}
}

// One event falls while another rises, and both multiply: the most is between
// the corners, and it has to be asked for by the lead.
func TestTheMostBetweenTwoRampsThatMultiplyIsAskedForAhead(t *testing.T) {
	a, b := theFinal(-time.Hour, calendar.Impact{Multiplier: 4}), theFinal(10*time.Minute, calendar.Impact{Multiplier: 4})
	a.Class.Overlap, b.Class.Overlap = calendar.Multiply, calendar.Multiply
	b.Event = &calendar.Event{ID: "b", Title: "b", Impact: b.Event.Impact, Confidence: 1, Status: calendar.Confirmed}
	a.End = start.Add(9 * time.Minute)
	a.Ramp.Down, b.Ramp.Up = time.Minute, time.Minute // 9:00 to 10:00, the most at 9:30
	r := newRun(t, scheduled())
	for at := -2 * time.Hour; at < -time.Hour; at += time.Minute {
		r.withEvents(at, 1000, a, b)
	}
	for at := -time.Hour; at < 8*time.Minute; at += time.Minute {
		r.withEvents(at, 4000, a, b)
	}
	out := r.withEvents(8*time.Minute, 4000, a, b) // 90 s ahead of the most
	for at := 8*time.Minute + tick; at < 9*time.Minute+30*time.Second; at += tick {
		if o := r.withEvents(at, 4000*(1+0.5625*max(0, float64(at-9*time.Minute)/float64(30*time.Second))), a, b); o.Replicas < 120 {
			t.Errorf("%s: %d replicas, 125 are needed at 9:30", at, o.Replicas)
			break
		}
	}
	late := r.withEvents(9*time.Minute+30*time.Second, 6250, a, b)
	if out.Replicas < 120 {
		t.Errorf("asked for %d ahead, %d are needed", out.Replicas, late.Replicas)
	}
}
