package pipeline

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/forecast"
	"github.com/headstart-scaler/headstart/signal"
	"github.com/headstart-scaler/headstart/workload"
)

// knowing is a model that notes what it knew of events at each sample.
type knowing struct {
	hearing

	near  []calendar.Occurrence
	knew  []string
	times []time.Time
}

func (k *knowing) Expect(events []calendar.Occurrence) { k.near = events; k.hearing.Expect(events) }

func (k *knowing) Observe(at time.Time, _ float64) {
	k.knew, k.times = append(k.knew, namesOf(k.near)), append(k.times, at)
}

func namesOf(events []calendar.Occurrence) string {
	var names []string
	for _, o := range events {
		names = append(names, o.Event.ID)
	}
	slices.Sort(names)
	return fmt.Sprint(names)
}

// At each sample a model knows what a plain look at all events says, and it is told
// no more often than that changes.
func TestTeachingTellsWhatTicksTell(t *testing.T) {
	began := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		minutes := func(most int, name string) time.Duration {
			return time.Duration(rapid.IntRange(0, most).Draw(t, name)) * time.Minute
		}
		var events []calendar.Occurrence
		for i := range rapid.IntRange(0, 6).Draw(t, "events") {
			start := began.Add(minutes(1000, "start"))
			events = append(events, calendar.Occurrence{
				Event: &calendar.Event{ID: fmt.Sprint(i)}, Start: start, End: start.Add(time.Minute + minutes(300, "lasts")),
				Ramp: calendar.Ramp{Up: minutes(30, "up"), Down: minutes(30, "down")},
			})
		}
		slices.SortStableFunc(events, func(a, b calendar.Occurrence) int { return a.From().Compare(b.From()) })
		samples := make([]signal.Sample, rapid.IntRange(0, 60).Draw(t, "samples"))
		at := began.Add(minutes(300, "first"))
		for i := range samples {
			samples[i].At = at
			at = at.Add(time.Minute + minutes(40, "gap"))
		}
		checkTaught(t, samples, events)
	})
}

func checkTaught(t *rapid.T, samples []signal.Sample, events []calendar.Occurrence) {
	t.Helper()
	k := &knowing{}
	end := teach(k, samples, events)
	changes, before := 0, ""
	for i, s := range samples {
		before = nearAt(events, s.At)
		if k.knew[i] != before {
			t.Fatalf("at %v it knows %s, want %s", s.At, k.knew[i], before)
		}
		if i == 0 || k.knew[i-1] != before {
			changes++
		}
	}
	if len(samples) > 0 && namesOf(end) != before || len(k.told) > changes+len(events) {
		t.Fatalf("it knows %v at the end, and was told %d times of %d changes", end, len(k.told), changes)
	}
}

// nearAt names the events that a tick would tell of.
func nearAt(events []calendar.Occurrence, at time.Time) string {
	return namesOf(slices.DeleteFunc(slices.Clone(events), func(o calendar.Occurrence) bool {
		return at.Before(o.From().Add(-forecast.Heed)) || !at.Before(o.To())
	}))
}

// daily is an event each day from 18:00 to 20:00.
func daily(t *testing.T, now time.Time, brands ...string) *calendar.Timeline {
	t.Helper()
	first := calendar.WallOf(now.UTC().Truncate(24 * time.Hour).Add(18*time.Hour - pastDays - 24*time.Hour))
	rule, err := calendar.ParseRule("FREQ=DAILY", first, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	s, err := calendar.NewSchedule([]*calendar.Event{{
		ID: "match", Title: "Match", Class: "match", Window: calendar.Window{Start: first, End: first.Add(2 * time.Hour), Zone: time.UTC},
		Recurrence: calendar.NewRecurrence(rule, nil, nil, nil), Scope: calendar.Scope{Brands: brands},
		Impact: calendar.Impact{Multiplier: 2}, Confidence: 1, Status: calendar.Confirmed,
	}})
	if err != nil {
		t.Fatal(err)
	}
	return s.Timeline(nil, now.Add(-pastDays-24*time.Hour), now.Add(26*time.Hour))
}

// taught runs until the past of a feed was learned, and returns what its model knew
// then; nil where it was not.
func taught(t *testing.T, agenda func(now time.Time) *Agenda, change ...func(*Options, *Policies)) (knew *knowing) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var made []*knowing
		policy := ratePolicy("a", "m", "q")
		policy.Labels = map[string]string{"brand": "acme"}
		o := learningOptions(&waves{}, nil)
		o.Model = func() Model { k := &knowing{}; made = append(made, k); return k }
		policies := NewPolicies("h", []decision.Policy{policy}, []workload.Trigger{trigger("1", "a")})
		for _, c := range change {
			c(&o, policies)
		}
		p := New(o, policies)
		p.Follow(agenda(time.Now()))
		stop := start(t, p)
		defer stop()
		time.Sleep(20 * time.Second)
		synctest.Wait()
		if len(made) > 1 {
			knew = made[1]
		}
	})
	return knew
}

// A model that learns from the past knows what took place then, in the scope of the
// workloads that read it.
func TestThePastIsLearnedWithItsEvents(t *testing.T) {
	of := func(brands ...string) func(time.Time) *Agenda {
		return func(now time.Time) *Agenda { return &Agenda{Timeline: daily(t, now, brands...)} }
	}
	killed := func(_ *Options, p *Policies) { p.ReactiveOnly = true }
	for name, c := range map[string]struct {
		days int
		knew *knowing
	}{
		"its own":               {3, taught(t, of("acme"))},
		"under the kill switch": {3, taught(t, of("acme"), killed)},
		"another's":             {0, taught(t, of("other"))},
		"none":                  {0, taught(t, func(time.Time) *Agenda { return nil })},
	} {
		if c.knew == nil {
			t.Fatalf("%s: nothing was learned", name)
		}
		days := map[string]bool{}
		for i, at := range c.knew.times {
			known := c.knew.knew[i] == "[match]"
			if known {
				days[at.Format(time.DateOnly)] = true
			}
			clock := at.Sub(at.Truncate(24 * time.Hour))
			if near := clock >= 18*time.Hour-forecast.Heed && clock < 20*time.Hour; known != (near && c.days > 0) {
				t.Fatalf("%s: at %v it knows %s", name, at, c.knew.knew[i])
			}
		}
		if len(days) != c.days {
			t.Errorf("%s: events on %d days, want %d", name, len(days), c.days)
		}
	}
}

// The past is asked for when the schedule and the labels are known, or after a
// minute.
func TestThePastWaitsForItsEvents(t *testing.T) {
	nothing := func(workload.ID) (map[string]string, bool) { return nil, false }
	for name, c := range map[string]struct {
		agenda func(now time.Time) *Agenda
		labels func(workload.ID) (map[string]string, bool)
		waits  bool
	}{
		"no schedule":          {agenda: func(time.Time) *Agenda { return nil }},
		"known":                {agenda: func(now time.Time) *Agenda { return &Agenda{Timeline: daily(t, now, "acme")} }},
		"not read yet":         {agenda: func(time.Time) *Agenda { return &Agenda{Unknown: "not read"} }, waits: true},
		"a part not read":      {agenda: func(now time.Time) *Agenda { return &Agenda{Timeline: daily(t, now, "acme"), Unknown: "not read"} }, waits: true},
		"labels not read":      {agenda: func(now time.Time) *Agenda { return &Agenda{Timeline: daily(t, now, "acme")} }, labels: nothing, waits: true},
		"nobody asks for them": {agenda: func(now time.Time) *Agenda { return &Agenda{Timeline: daily(t, now)} }, labels: nothing},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := &waves{}
			began := time.Now()
			p := learning(w, nil, func(o *Options) { o.Labels = c.labels })
			p.Follow(c.agenda(began))
			stop := start(t, p)
			defer stop()
			time.Sleep(eventsAwaited - time.Second)
			synctest.Wait()
			if waits := len(w.asks()) == 0; waits != c.waits {
				t.Errorf("%s: %d asked for within a minute", name, len(w.asks()))
			}
			time.Sleep(6 * time.Second)
			synctest.Wait()
			if len(w.asks()) != 2 {
				t.Errorf("%s: %d asked for after a minute, want 2", name, len(w.asks()))
			}
		})
	}
}

// Thousands of feeds do not have their events looked up in one tick.
func TestPastsAreAskedForAFewAtATime(t *testing.T) {
	p := learning(&waves{}, newKept())
	q := p.fills.queues["m"]
	for i := range 3 * askedAtOnce {
		p.fills.wanted = append(p.fills.wanted, &fill{feed: &feed{key: feedKey{source: "m"}, users: i % 2}})
	}
	now := &turn{at: time.Now()}
	p.askPasts(now)
	if n := len(q.wanted); n != askedAtOnce || len(p.fills.wanted) != askedAtOnce/2 {
		t.Errorf("%d asked for and %d to come, want %d and %d: nobody uses the others", n, len(p.fills.wanted), askedAtOnce, askedAtOnce/2)
	}
	p.askPasts(now)
	if n := len(q.wanted); n != askedAtOnce {
		t.Errorf("%d asked for while nobody fetches", n)
	}
	q.wanted = q.wanted[:askedAtOnce-1]
	p.askPasts(now)
	if n := len(q.wanted); n != askedAtOnce || len(p.fills.wanted) != askedAtOnce/2-1 {
		t.Errorf("%d asked for and %d to come when one was fetched", n, len(p.fills.wanted))
	}
}

func TestJoined(t *testing.T) {
	at := time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC)
	e, f := &calendar.Event{ID: "e"}, &calendar.Event{ID: "f"}
	o := func(event *calendar.Event, hours int) calendar.Occurrence {
		return calendar.Occurrence{Event: event, Start: at.Add(time.Duration(hours) * time.Hour), End: at.Add(time.Duration(hours+1) * time.Hour)}
	}
	a, b := []calendar.Occurrence{o(e, 0), o(e, 2)}, []calendar.Occurrence{o(f, 0), o(f, 1), o(e, 2)}
	got := joined(a, b)
	want := []calendar.Occurrence{o(e, 0), o(f, 0), o(f, 1), o(e, 2)}
	if !slices.EqualFunc(got, want, same) || !slices.EqualFunc(joined(nil, a), a, same) || !slices.EqualFunc(joined(a, nil), a, same) || len(joined(a, a)) != 2 {
		t.Errorf("joined are %v", namesOf(got))
	}
	if a[1].Event != e || b[1].Event != f {
		t.Error("a list that was given was changed")
	}
}
