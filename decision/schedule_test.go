package decision_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/headstart-scaler/headstart/calendar"
	. "github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/signal"
)

// theFinal is an hour's event that begins so long after start.
func theFinal(after time.Duration, impact calendar.Impact) calendar.Occurrence {
	begin := start.Add(after)
	return calendar.Occurrence{
		Event: &calendar.Event{
			ID: "final", Title: "Saturday final", Class: "tournament", Owner: "mkt@acme.example",
			Impact: impact, Confidence: 1, Status: calendar.Confirmed,
		},
		Class: calendar.Class{Name: "tournament", Overlap: calendar.Max},
		Start: begin, End: begin.Add(time.Hour),
	}
}

// withEvents decides the lobby at an instant after start, with requests per
// second and the replicas they take running.
func (r *run) withEvents(after time.Duration, requests float64, events ...calendar.Occurrence) Outcome {
	r.t.Helper()
	r.at = start.Add(after)
	in := Input{At: r.at, Tick: tick, Events: events, Signals: []Observation{{Reading: value(requests)}, {Reading: gone()}}}
	in.Signals[0].Reading.At = r.at
	in.Signals[1].Reading = signal.Good(r.at, 0.1)
	return r.input(in)
}

func scheduled() Policy {
	p := lobby()
	p.PeakShare = 1
	return p
}

// The lead of 90 s and a tick of 5 s before the start, replicas are asked for.
func TestAnEventIsReadyWhenItStarts(t *testing.T) {
	final := theFinal(10*time.Minute, calendar.Impact{Multiplier: 3})
	for name, c := range map[string]struct {
		after time.Duration
		want  Replicas
	}{
		"a tick too early":         {10*time.Minute - 100*time.Second, 20},
		"the lead and a tick":      {10*time.Minute - 95*time.Second, 60},
		"at the start":             {10 * time.Minute, 60},
		"the crowd is late":        {39*time.Minute + 59*time.Second, 60},
		"nobody waits any more":    {40 * time.Minute, 20},
		"just before the end":      {70*time.Minute - tick, 20},
		"a tick after it is over":  {70*time.Minute + tick, 20},
		"the day after it is over": {24 * time.Hour, 20},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRun(t, scheduled())
			for at := time.Duration(0); at < min(c.after, 10*time.Minute-2*time.Minute); at += tick {
				r.withEvents(at, 1000, final)
			}
			out := r.withEvents(c.after, 1000, final)
			wantReplicas(t, out, c.want)
			if out.Reactive != 20 {
				t.Errorf("the reactive answer is %d, want 20 that no event changes", out.Reactive)
			}
			if c.want == 60 {
				wantStep(t, out, "rate:requests", "by event “Saturday final” (final, owner mkt@acme.example, ×3 Nov 22 20:10Z to Nov 22 21:10Z)")
			}
		})
	}
}

// What an event brings is in what is measured: it is not multiplied again.
func TestAnEventDoesNotMultiplyItself(t *testing.T) {
	final := theFinal(10*time.Minute, calendar.Impact{Multiplier: 3})
	r := newRun(t, scheduled())
	for at := time.Duration(0); at < 10*time.Minute; at += tick {
		r.withEvents(at, 1000, final)
	}
	wantReplicas(t, r.withEvents(10*time.Minute+tick, 3000, final), 60)
	wantReplicas(t, r.withEvents(50*time.Minute, 3000, final), 60)
	wantReplicas(t, r.withEvents(51*time.Minute, 4000, final), 80) // more came than was said
	// A restart in the middle of it knows no usual demand, and takes the event's
	// part to be in what is measured.
	wantReplicas(t, newRun(t, scheduled()).withEvents(11*time.Minute, 3000, final), 60)
}

func TestTheUsualIsThatOfBeforeTheRamp(t *testing.T) {
	final := theFinal(10*time.Minute, calendar.Impact{Multiplier: 3})
	final.Ramp = calendar.Ramp{Up: 4 * time.Minute}
	r := newRun(t, scheduled())
	for at := time.Duration(0); at <= 6*time.Minute; at += tick {
		r.withEvents(at, 1000, final)
	}
	for at := 6*time.Minute + tick; at < 10*time.Minute; at += tick {
		r.withEvents(at, 1000*(1+2*float64(at-6*time.Minute)/float64(4*time.Minute)), final)
	}
	wantReplicas(t, r.withEvents(10*time.Minute, 3000, final), 60)
}

// The HPA asks every now and then: what it is told just after it asked waits.
func TestAnEventIsReadyAlthoughTheHPAAsksLate(t *testing.T) {
	final := theFinal(10*time.Minute, calendar.Impact{Multiplier: 3})
	p := scheduled()
	p.Actuation.Sync = 15 * time.Second
	r := newRun(t, p)
	for at := time.Duration(0); at < 8*time.Minute; at += tick {
		r.withEvents(at, 1000, final)
	}
	wantReplicas(t, r.withEvents(10*time.Minute-115*time.Second, 1000, final), 20)
	wantReplicas(t, r.withEvents(10*time.Minute-110*time.Second, 1000, final), 60)
}

func TestARampIsFollowedAheadByTheLead(t *testing.T) {
	final := theFinal(20*time.Minute, calendar.Impact{Multiplier: 3})
	final.Ramp = calendar.Ramp{Up: 10 * time.Minute, Down: 10 * time.Minute}
	r := newRun(t, scheduled())
	for at := time.Duration(0); at < 10*time.Minute; at += tick {
		r.withEvents(at, 1000, final)
	}
	// Half of the ramp is the time until which a replica asked for now is ready:
	// the multiplier there is 2.
	wantReplicas(t, r.withEvents(15*time.Minute-95*time.Second, 1000, final), 40)
}

func TestAPeakAndAFloorCountWhateverIsMeasured(t *testing.T) {
	peak := theFinal(10*time.Minute, calendar.Impact{Peak: calendar.Peak{Value: 4000, Unit: calendar.Requests}})
	r := newRun(t, scheduled())
	wantReplicas(t, r.withEvents(0, 1000, peak), 20)
	wantReplicas(t, r.withEvents(9*time.Minute, 1000, peak), 80)
	wantReplicas(t, r.withEvents(69*time.Minute, 1000, peak), 80)
	wantReplicas(t, r.withEvents(71*time.Minute, 1000, peak), 20)

	half := scheduled()
	half.PeakShare = 0.5
	wantReplicas(t, newRun(t, half).withEvents(9*time.Minute, 1000, peak), 40)
	others := theFinal(10*time.Minute, calendar.Impact{Peak: calendar.Peak{Value: 4000, Unit: calendar.Connections}})
	wantReplicas(t, newRun(t, scheduled()).withEvents(9*time.Minute, 1000, others), 20)

	floor := theFinal(10*time.Minute, calendar.Impact{Floor: 45})
	r = newRun(t, scheduled())
	wantReplicas(t, r.withEvents(0, 1000, floor), 20)
	out := r.withEvents(9*time.Minute, 1000, floor)
	wantReplicas(t, out, 45)
	wantStep(t, out, "schedule", "event “Saturday final” (final, owner mkt@acme.example, floor 45 Nov 22 20:10Z to Nov 22 21:10Z) keeps 45 replicas at")
	out = r.withEvents(69*time.Minute, 4000, floor)
	wantReplicas(t, out, 80)
	wantStep(t, out, "schedule", " keeps 45 replicas at 21:09:00Z, no more than demand needs")
	if out.Winner == "" {
		t.Error("a floor below the demand took its place as the winner")
	}
	wantReplicas(t, r.withEvents(70*time.Minute+tick, 1000, floor), 20)
}

func TestAdviseAndTheKillSwitchLeaveEventsOut(t *testing.T) {
	final := theFinal(10*time.Minute, calendar.Impact{Floor: 45})
	advise := scheduled()
	advise.Mode = Advise
	out := newRun(t, advise).withEvents(9*time.Minute, 1000, final)
	wantReplicas(t, out, 20)
	if out.Plan != 45 {
		t.Errorf("the plan beside it is %d, want 45", out.Plan)
	}
	_, killed := scheduled().Decide(State{}, Input{
		At: start.Add(9 * time.Minute), Tick: tick, Events: []calendar.Occurrence{final}, ReactiveOnly: true,
		Signals: []Observation{{Reading: signal.Good(start, 1000)}, {Reading: signal.Good(start, 0.1)}},
	})
	wantReplicas(t, killed, 20)
	shadow := scheduled()
	shadow.Mode = Shadow
	out = newRun(t, shadow).withEvents(9*time.Minute, 1000, final)
	wantReplicas(t, out, 2)
	if out.Plan != 45 {
		t.Errorf("the plan recorded is %d, want 45", out.Plan)
	}
}

// An event may take place that nobody has been able to read yet.
func TestWithoutTheScheduleNothingIsScaledIn(t *testing.T) {
	at := start.Add(time.Minute)
	in := Input{
		At: at, Tick: tick, Scale: running(60), Unplanned: "the schedule has not been read since start",
		Signals: []Observation{{Reading: signal.Good(at, 1000)}, {Reading: signal.Good(at, 0.1)}},
	}
	_, out := scheduled().Decide(State{Met: true}, in)
	wantReplicas(t, out, 60)
	wantStep(t, out, "schedule", "the schedule has not been read since start: scale-in is refused")
	in.Signals[0].Reading.Value = 4000
	_, out = scheduled().Decide(State{Met: true}, in)
	wantReplicas(t, out, 80)
	in.Signals[0].Reading.Value, in.Unplanned = 1000, ""
	_, out = scheduled().Decide(State{Met: true}, in)
	wantReplicas(t, out, 20)
}

// After a restart in the middle of an event nobody knows what is usual without
// it: what runs for a crowd that may be late stays. A floor waits for no crowd.
func TestAnEventThatHadBegunUnseenTakesNothing(t *testing.T) {
	for name, c := range map[string]struct {
		impact calendar.Impact
		after  time.Duration
		want   Replicas
	}{
		"its crowd may be late":       {calendar.Impact{Multiplier: 3}, 11 * time.Minute, 60},
		"just before it is given up":  {calendar.Impact{Multiplier: 3}, 40*time.Minute - tick, 60},
		"it is given up":              {calendar.Impact{Multiplier: 3}, 40 * time.Minute, 20},
		"a floor":                     {calendar.Impact{Floor: 7}, 11 * time.Minute, 20},
		"nobody knows what it brings": {calendar.Impact{}, 11 * time.Minute, 20},
	} {
		t.Run(name, func(t *testing.T) {
			p := scheduled()
			p.ScaleIn = ScaleIn{}
			at := start.Add(c.after)
			_, out := p.Decide(State{Met: true}, Input{
				At: at, Tick: tick, Scale: running(60), Events: []calendar.Occurrence{theFinal(10*time.Minute, c.impact)},
				Signals: []Observation{{Reading: signal.Good(at, 1000)}, {Reading: signal.Good(at, 0.1)}},
			})
			wantReplicas(t, out, c.want)
			if c.want == 60 {
				wantStep(t, out, "schedule", "an event had begun before it was looked at")
			}
		})
	}
}

// Where the usual was known before an event began, its crowd is counted from
// that: what runs beyond is let go.
func TestAnEventThatBeganInSightLetsGoWhatItDoesNotNeed(t *testing.T) {
	final := theFinal(10*time.Minute, calendar.Impact{Multiplier: 3})
	for name, c := range map[string]struct {
		seen time.Duration
		want Replicas
	}{
		"seen a tick before":       {10*time.Minute - tick, 60},
		"not seen before it began": {10*time.Minute + tick, 80},
	} {
		t.Run(name, func(t *testing.T) {
			p := scheduled()
			p.ScaleIn = ScaleIn{}
			r := newRun(t, p)
			decide := func(at time.Duration) Outcome {
				now := start.Add(at)
				return r.input(Input{
					At: now, Tick: tick, Scale: running(80), Events: []calendar.Occurrence{final},
					Signals: []Observation{{Reading: signal.Good(now, 1000)}, {Reading: signal.Good(now, 0.1)}},
				})
			}
			decide(c.seen)
			wantReplicas(t, decide(11*time.Minute), c.want)
		})
	}
}

// Consumers are there to keep up with what an event brings, within partitions.
func TestAnEventOnABacklog(t *testing.T) {
	final := theFinal(10*time.Minute, calendar.Impact{Multiplier: 4})
	p := deposits()
	p.PeakShare = 1
	r := newRun(t, p)
	decide := func(after time.Duration, partitions int) Outcome {
		r.at = start.Add(after)
		reading := group(signal.GroupBacklog{Partitions: partitions, Members: 4, Arrival: 100, Consumption: 100, Rated: true})
		reading.At = r.at
		return r.input(Input{At: r.at, Tick: tick, Scale: running(4), Events: []calendar.Occurrence{final}, Signals: []Observation{{Reading: reading}}})
	}
	for at := time.Duration(0); at < 8*time.Minute; at += tick {
		decide(at, 48)
	}
	wantReplicas(t, decide(8*time.Minute, 48), 4)
	out := decide(9*time.Minute, 48)
	wantReplicas(t, out, 16)
	wantStep(t, out, "backlog:lag", "and 400/s at 20:10:00Z by event “Saturday final”")
	wantReplicas(t, decide(9*time.Minute+tick, 12), 12)
}

func TestEventsOfOneInstantAreAllNamed(t *testing.T) {
	events := []calendar.Occurrence{}
	for _, id := range []string{"a", "b", "c", "d", "e"} {
		o := theFinal(time.Minute, calendar.Impact{Multiplier: 2})
		o.Event = &calendar.Event{ID: id, Title: "promo " + id, Impact: o.Event.Impact, Confidence: 1, Status: calendar.Tentative}
		events = append(events, o)
	}
	r := newRun(t, scheduled())
	r.withEvents(0, 1000)
	out := r.withEvents(tick, 1000, events...)
	wantReplicas(t, out, 40)
	s, _ := stepOf(out, "rate:requests")
	for _, want := range []string{"“promo a” (a, tentative, ×2", "“promo c”", " and 2 more"} {
		if !strings.Contains(s.Why, want) {
			t.Errorf("%q does not say %q", s.Why, want)
		}
	}
}

// More of an event never gives fewer replicas, and none leaves things as they
// were without a schedule.
func TestMoreOfAnEventNeverGivesFewerReplicas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyPolicy(t)
		p.Mode, p.PeakShare = Enforce, 1
		in := anyInput(t, start)
		in.ReactiveOnly = false
		multiplier := rapid.Float64Range(1, 10).Draw(t, "multiplier")
		after := time.Duration(rapid.IntRange(-90, 5).Draw(t, "after")) * time.Minute
		ramp := time.Duration(rapid.IntRange(0, 30).Draw(t, "ramp")) * time.Minute
		answer := func(m float64) Outcome {
			o := theFinal(after, calendar.Impact{Multiplier: m})
			o.Ramp = calendar.Ramp{Up: ramp, Down: ramp}
			in.Events = []calendar.Occurrence{o}
			_, out := p.Decide(State{}, in)
			return out
		}
		one, less, more := answer(1), answer(multiplier), answer(multiplier*1.5)
		in.Events = nil
		_, none := p.Decide(State{}, in)
		if one.Replicas != none.Replicas {
			t.Fatalf("an event of ×1 answers %d, no event %d", one.Replicas, none.Replicas)
		}
		if less.Replicas < none.Replicas || more.Replicas < less.Replicas {
			t.Fatalf("no event answers %d, ×%g %d, ×%g %d", none.Replicas, multiplier, less.Replicas, multiplier*1.5, more.Replicas)
		}
	})
}
