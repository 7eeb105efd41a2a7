package calendar_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/headstart-scaler/headstart/calendar"
)

// noon is inside all occurrences of these tests.
func noon() time.Time { return time.Date(2026, time.November, 24, 12, 0, 0, 0, time.UTC) }

// acting is an occurrence around noon, without a ramp.
func acting(overlap calendar.Overlap, impact calendar.Impact) calendar.Occurrence {
	return calendar.Occurrence{
		Event: &calendar.Event{ID: "x", Impact: impact}, Class: calendar.Class{Overlap: overlap},
		Start: noon().Add(-time.Hour), End: noon().Add(time.Hour),
	}
}

func times(overlap calendar.Overlap, multiplier float64) calendar.Occurrence {
	return acting(overlap, calendar.Impact{Multiplier: multiplier})
}

func TestEffectsCombine(t *testing.T) {
	const most, add, multiply = calendar.Max, calendar.Add, calendar.Multiply
	usual := acting(most, calendar.Impact{}) // says nothing, and its class does
	usual.Class.Multiplier = 5
	peak := func(overlap calendar.Overlap, value float64, unit calendar.Unit) calendar.Occurrence {
		return acting(overlap, calendar.Impact{Peak: calendar.Peak{Value: value, Unit: unit}})
	}
	floor := func(overlap calendar.Overlap, n int32) calendar.Occurrence {
		return acting(overlap, calendar.Impact{Floor: n})
	}
	type occurrences = []calendar.Occurrence
	for _, c := range []struct {
		name string
		all  occurrences
		want calendar.Effect
	}{
		{"nothing", nil, calendar.Effect{Multiplier: 1}},
		{"nobody knows", occurrences{acting(most, calendar.Impact{})}, calendar.Effect{Multiplier: 1}},
		{"what is usual in its class", occurrences{usual}, calendar.Effect{Multiplier: 5}},
		{"one", occurrences{times(most, 3)}, calendar.Effect{Multiplier: 3}},
		{"the largest", occurrences{times(most, 3), times(most, 2)}, calendar.Effect{Multiplier: 3}},
		{"a class without a rule", occurrences{times("", 3), times("", 2)}, calendar.Effect{Multiplier: 3}},
		{"added", occurrences{times(add, 3), times(add, 2)}, calendar.Effect{Multiplier: 4}},
		{"multiplied", occurrences{times(multiply, 3), times(multiply, 2)}, calendar.Effect{Multiplier: 6}},
		{"added to the largest", occurrences{times(most, 3), times(most, 2), times(add, 2)}, calendar.Effect{Multiplier: 4}},
		{"all three", occurrences{times(most, 3), times(add, 2), times(multiply, 2)}, calendar.Effect{Multiplier: 8}},
		{"fewer", occurrences{times(most, 0.5)}, calendar.Effect{Multiplier: 0.5}},
		{"the fewest", occurrences{times(most, 0.5), times(most, 0.25)}, calendar.Effect{Multiplier: 0.25}},
		{"fewer gives way to more", occurrences{times(most, 0.5), times(most, 3)}, calendar.Effect{Multiplier: 3}},
		{"one more and one fewer are added", occurrences{times(add, 0.5), times(add, 2)}, calendar.Effect{Multiplier: 1.5}},
		{"never below nothing", occurrences{times(add, 0.25), times(add, 0.25)}, calendar.Effect{}},
		{"the largest peak of a unit", occurrences{peak(most, 100, calendar.Requests), peak(multiply, 80, calendar.Requests), peak(most, 7, calendar.Connections)}, calendar.Effect{Multiplier: 1, Peaks: calendar.Peaks{Requests: 100, Connections: 7}}},
		{"peaks that are added", occurrences{peak(most, 100, calendar.Messages), peak(add, 80, calendar.Messages), peak(add, 20, calendar.Messages)}, calendar.Effect{Multiplier: 1, Peaks: calendar.Peaks{Messages: 200}}},
		{"the largest floor", occurrences{floor(most, 10), floor(multiply, 8)}, calendar.Effect{Multiplier: 1, Floor: 10}},
		{"floors that are added", occurrences{floor(add, 10), floor(add, 8), floor(most, 3)}, calendar.Effect{Multiplier: 1, Floor: 21}},
		{"floors beyond any number", occurrences{floor(add, math.MaxInt32), floor(add, math.MaxInt32)}, calendar.Effect{Multiplier: 1, Floor: math.MaxInt32}},
	} {
		if got := calendar.EffectAt(c.all, noon()); got != c.want {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
		}
	}
	p := calendar.Peaks{Requests: 1, Messages: 2, Connections: 3}
	if p.Of(calendar.Requests) != 1 || p.Of(calendar.Messages) != 2 || p.Of(calendar.Connections) != 3 || p.Of("") != 0 {
		t.Errorf("the units of %+v are mixed up", p)
	}
}

func TestShape(t *testing.T) {
	o := times(calendar.Max, 3)
	o.Ramp = calendar.Ramp{Up: 30 * time.Minute, Down: time.Hour}
	for _, c := range []struct {
		name string
		at   time.Time
		want float64
	}{
		{"long before", noon().Add(-24 * time.Hour), 0},
		{"as it begins to rise", o.Start.Add(-30 * time.Minute), 0},
		{"a tenth of the way", o.Start.Add(-27 * time.Minute), 0.1},
		{"nine tenths of the way", o.Start.Add(-3 * time.Minute), 0.9},
		{"at its start", o.Start, 1},
		{"in its last instant", o.End.Add(-1), 1},
		{"at its end", o.End, 1},
		{"a quarter down", o.End.Add(15 * time.Minute), 0.75},
		{"as it has ceased", o.End.Add(time.Hour), 0},
		{"long after", noon().Add(24 * time.Hour), 0},
	} {
		if got := o.Shape(c.at); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%s: %g, want %g", c.name, got, c.want)
		}
	}
	o.Ramp = calendar.Ramp{}
	for at, want := range map[time.Time]float64{o.Start.Add(-1): 0, o.Start: 1, o.End.Add(-1): 1, o.End: 0} {
		if got := o.Shape(at); got != want {
			t.Errorf("without a ramp: %g at %s, want %g", got, at, want)
		}
	}
}

// A known failure of another scaler: its ramp tops out at 90 % and jumps.
func TestARampReachesAllOfItWithoutAJump(t *testing.T) {
	o := times(calendar.Max, 11)
	o.Ramp = calendar.Ramp{Up: 10 * time.Minute, Down: 10 * time.Minute}
	last := calendar.EffectAt([]calendar.Occurrence{o}, o.From()).Multiplier
	most := 0.0
	for at := o.From(); !at.After(o.To()); at = at.Add(time.Second) {
		now := calendar.EffectAt([]calendar.Occurrence{o}, at).Multiplier
		if math.Abs(now-last) > 10.0/600+1e-9 {
			t.Fatalf("× %g becomes × %g within a second, at %s", last, now, at)
		}
		last, most = now, max(most, now)
	}
	if most != 11 || last != 1 {
		t.Errorf("the most is × %g and the last × %g, want 11 and 1", most, last)
	}
}

// Another one: a window across midnight drops to nothing at 00:00.
func TestAWindowAcrossMidnightHolds(t *testing.T) {
	for _, name := range zones() {
		e := recurring(t, "FREQ=DAILY", "2026-03-01T22:00", name)
		e.Window.End = wall(t, "2026-03-02T04:00")
		e.Impact.Multiplier = 3
		s, err := calendar.NewSchedule([]*calendar.Event{e})
		if err != nil {
			t.Fatal(err)
		}
		from := time.Date(2026, time.March, 3, 0, 0, 0, 0, time.UTC)
		l := s.Timeline(nil, from, from.AddDate(1, 0, 0))
		for at := from; at.Before(from.AddDate(1, 0, 0)); at = at.Add(10 * time.Minute) {
			hour := at.In(e.Window.Zone).Hour()
			want := 1.0
			if hour >= 22 || hour < 4 {
				want = 3
			}
			if got := calendar.EffectAt(l.Between(at, at.Add(1)), at).Multiplier; got != want {
				t.Fatalf("%s: × %g at %s, want × %g", name, got, at.In(e.Window.Zone), want)
			}
		}
	}
}

func anyOccurrence(t *rapid.T) calendar.Occurrence {
	o := acting(rapid.SampledFrom([]calendar.Overlap{calendar.Max, calendar.Add, calendar.Multiply}).Draw(t, "overlap"), anyImpact(t))
	o.Start = noon().Add(time.Duration(rapid.IntRange(-90, 60).Draw(t, "start")) * time.Minute)
	o.End = o.Start.Add(time.Duration(rapid.IntRange(1, 90).Draw(t, "length")) * time.Minute)
	o.Ramp = calendar.Ramp{
		Up:   time.Duration(rapid.IntRange(10, 60).Draw(t, "up")) * time.Minute,
		Down: time.Duration(rapid.IntRange(10, 60).Draw(t, "down")) * time.Minute,
	}
	return o
}

func anyImpact(t *rapid.T) calendar.Impact {
	switch rapid.IntRange(0, 4).Draw(t, "impact") {
	case 0:
		unit := rapid.SampledFrom([]calendar.Unit{calendar.Requests, calendar.Messages, calendar.Connections}).Draw(t, "unit")
		return calendar.Impact{Peak: calendar.Peak{Value: rapid.Float64Range(0.1, 1000).Draw(t, "peak"), Unit: unit}}
	case 1:
		return calendar.Impact{Floor: rapid.Int32Range(1, 1000).Draw(t, "floor")}
	case 2:
		return calendar.Impact{Multiplier: rapid.Float64Range(0.01, 1).Draw(t, "fewer")}
	default:
		return calendar.Impact{Multiplier: rapid.Float64Range(1, 4).Draw(t, "more")}
	}
}

func numbers(e calendar.Effect) []float64 {
	return []float64{e.Multiplier, e.Peaks.Requests, e.Peaks.Messages, e.Peaks.Connections, float64(e.Floor)}
}

func TestEffectsHaveNoOrderAndNoHoles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.Custom(anyOccurrence), 0, 5).Draw(t, "occurrences")
		at := noon().Add(time.Duration(rapid.IntRange(-150, 150).Draw(t, "at")) * time.Minute)
		effect := numbers(calendar.EffectAt(all, at))
		soon := numbers(calendar.EffectAt(all, at.Add(time.Millisecond)))
		random := rand.New(rand.NewPCG(1, rapid.Uint64().Draw(t, "seed")))
		random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		shuffled := numbers(calendar.EffectAt(all, at))
		for i, n := range effect {
			if math.IsNaN(n) || n < 0 || math.IsInf(n, 0) {
				t.Fatalf("number %d is %g", i, n)
			}
			if i < 4 && math.Abs(n-shuffled[i]) > 1e-9*(1+n) {
				t.Fatalf("number %d is %g, and %g in another order", i, n, shuffled[i])
			}
			if step := math.Abs(n - soon[i]); step > 0.02 && (i < 4 || step > 1) {
				t.Fatalf("number %d jumps from %g to %g within a millisecond", i, n, soon[i])
			}
		}
	})
}

func TestOneMoreEventTakesNothingAway(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.Custom(anyOccurrence), 0, 5).Draw(t, "occurrences")
		one := rapid.Custom(anyOccurrence).Filter(func(o calendar.Occurrence) bool {
			return o.Event.Impact.Multiplier == 0 || o.Event.Impact.Multiplier >= 1
		}).Draw(t, "one more")
		at := noon().Add(time.Duration(rapid.IntRange(-150, 150).Draw(t, "at")) * time.Minute)
		before, after := numbers(calendar.EffectAt(all, at)), numbers(calendar.EffectAt(append(all, one), at))
		for i := range before {
			if after[i] < before[i]-1e-9*before[i] {
				t.Fatalf("number %d falls from %g to %g by %+v", i, before[i], after[i], one.Event.Impact)
			}
		}
	})
}

func TestCorners(t *testing.T) {
	a, b := times(calendar.Max, 2), times(calendar.Max, 2)
	a.Ramp = calendar.Ramp{Up: time.Hour, Down: time.Minute}
	b.Start, b.End = a.Start, noon().Add(24*time.Hour)
	from, to := a.From(), noon().Add(24*time.Hour)
	want := []time.Time{a.Start, a.End, a.To()} // b's start is a's; from and to are no part
	got := calendar.Corners([]calendar.Occurrence{b, a}, from, to)
	if len(got) != len(want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	for i := range want {
		if !got[i].Equal(want[i]) {
			t.Errorf("corner %d is %s, want %s", i, got[i], want[i])
		}
	}
}

// Peaks and floors that are added rise like those that are not.
func TestHalfTheWayIsHalfOfIt(t *testing.T) {
	for _, overlap := range []calendar.Overlap{calendar.Max, calendar.Add, calendar.Multiply} {
		peak := acting(overlap, calendar.Impact{Peak: calendar.Peak{Value: 100, Unit: calendar.Messages}})
		floor := acting(overlap, calendar.Impact{Floor: 11})
		more := times(overlap, 5)
		all := []calendar.Occurrence{peak, floor, more}
		for i := range all {
			all[i].Ramp.Up = time.Hour
		}
		got := calendar.EffectAt(all, all[0].Start.Add(-30*time.Minute))
		if want := (calendar.Effect{Multiplier: 3, Peaks: calendar.Peaks{Messages: 50}, Floor: 6}); got != want {
			t.Errorf("%s: got %+v, want %+v", overlap, got, want)
		}
	}
}
