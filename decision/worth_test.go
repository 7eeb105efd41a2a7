package decision_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/headstart-scaler/headstart/calendar"
	. "github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/forecast"
	"github.com/headstart-scaler/headstart/signal"
)

// rooms is a lobby on nodes of 8 replicas of 50/s, 400/s a node, whose missed
// work costs 4 times a replica: a node is asked for where it is expected to
// carry more than ¾ of 400/s, and kept where it is more than ⅛.
func rooms(fill bool) Policy {
	p := lobby()
	p.Quantile, p.MissPrice = 0.8, 4
	p.Nodes = Nodes{Replicas: 8, Lead: 4 * time.Minute, Fill: fill}
	return p
}

// expecting decides once, with n replicas running, 100/s measured, which 2 of
// them carry, and a path.
func expecting(t testing.TB, p Policy, n Replicas, path forecast.Path, changes ...func(*Input)) Outcome {
	t.Helper()
	in := Input{
		At: start, Tick: tick, Scale: running(n),
		Signals: []Observation{{Reading: signal.Good(start, 100), Path: path}, {Reading: signal.Good(start, 0.1)}},
	}
	for _, change := range changes {
		if change != nil {
			change(&in)
		}
	}
	_, out := p.Decide(State{}, in)
	checkWaterfall(t, out)
	return out
}

func wantRoom(t *testing.T, out Outcome, replicas, warm Replicas) {
	t.Helper()
	if out.Replicas != replicas || out.Warm != warm || out.Refusal != "" {
		t.Errorf("%d replicas and %d warm, want %d and %d\n%s", out.Replicas, out.Warm, replicas, warm, explain(out))
	}
}

// Each is looked at with its nodes filled and held warm.
func TestNodesThatAreWorthTheirPrice(t *testing.T) {
	for name, c := range map[string]struct {
		running  Replicas
		expected float64
		room     Replicas
	}{
		"nothing expected":                     {0, 0, 0},
		"not asked for at three times":         {0, 300, 0},
		"asked for above":                      {0, 300.1, 8},
		"the second not asked for":             {0, 700, 8},
		"the second asked for above":           {0, 700.1, 16},
		"many at once":                         {0, 40*400 - 99, 8 * 40},
		"the first is not kept at half":        {8, 50, 0},
		"the first is kept above":              {8, 50.1, 8},
		"the second is another than the first": {8, 700, 8},
		"one replica on it makes it kept":      {9, 450.1, 16},
		"the second is not kept at half":       {9, 450, 8},
		"the third is asked for":               {16, 1100, 16},
		"the third is asked for above":         {16, 1100.1, 24},
	} {
		t.Run(name, func(t *testing.T) {
			for _, fill := range []bool{true, false} {
				p := rooms(fill)
				p.Max = 1000
				out := expecting(t, p, c.running, flat(c.expected))
				if fill {
					wantRoom(t, out, max(c.room, 2), 0)
					continue
				}
				pods := max(2, Replicas(c.expected/50+0.999))
				wantRoom(t, out, pods, max(0, c.room-pods))
			}
		})
	}
}

// The instant that pays is looked for until a pod on a new node would be Ready:
// lead of the HPA, the node and the pod, and a tick.
func TestNodesAreAskedForAheadByTheirLead(t *testing.T) {
	p := rooms(true)
	p.Actuation.Sync = 15 * time.Second
	lead := 15*time.Second + 4*time.Minute + 90*time.Second + tick
	for peak, want := range map[time.Duration]Replicas{lead: 8, lead + time.Second: 2} {
		values := make([]float64, 2*(int(lead/time.Second)+10))
		values[2*int(peak/time.Second)], values[2*int(peak/time.Second)+1] = 400, 400
		out := expecting(t, p, 2, forecast.NewPath(start, time.Second, []float64{0.5, 0.99}, values))
		wantRoom(t, out, want, 0)
	}
}

func TestNodesThatAreNotPriced(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Policy)
		in     func(*Input)
		path   forecast.Path
		want   Replicas
	}{
		"priced":                     {nil, nil, flat(1110), 24},
		"no path":                    {nil, nil, forecast.Path{}, 2},
		"no nodes":                   {func(p *Policy) { p.Nodes = Nodes{} }, nil, flat(1110), 23},
		"no price":                   {func(p *Policy) { p.MissPrice = 0 }, nil, flat(1110), 23},
		"a price below the multiple": {func(p *Policy) { p.MissPrice = 3 }, nil, flat(800), 16}, // where all of it is used
		"a price just above it":      {func(p *Policy) { p.MissPrice = 3.01 }, nil, flat(800), 16},
		"the forecast ignored":       {nil, func(in *Input) { in.Overrides = []Override{order(IgnoreForecast, 0)} }, flat(1110), 2},
		"the kill switch":            {nil, func(in *Input) { in.ReactiveOnly = true }, flat(1110), 2},
	} {
		t.Run(name, func(t *testing.T) {
			wantRoom(t, expecting(t, changed(rooms(true), c.change), 2, c.path, c.in), c.want, 0)
			held, warm := expecting(t, changed(rooms(false), c.change), 2, c.path, c.in), Replicas(0)
			if name == "priced" {
				warm = 1
			}
			if held.Warm != warm {
				t.Errorf("%d warm, want %d\n%s", held.Warm, warm, explain(held))
			}
		})
	}
}

// changed is a policy after a change, which may be none.
func changed(p Policy, change func(*Policy)) Policy {
	if change != nil {
		change(&p)
	}
	return p
}

// order is an override in force at start.
func order(kind OverrideKind, n Replicas) Override {
	return Override{ID: "7", Kind: kind, Replicas: n, From: start, Until: start.Add(time.Hour), Author: "ana@acme.example", Reason: "because"}
}

// What is only advised or recorded warms no node.
func TestWarmInEachMode(t *testing.T) {
	for mode, want := range map[Mode]struct{ replicas, warm, plan Replicas }{
		Enforce: {23, 1, 23},
		Advise:  {2, 0, 23},
		Shadow:  {2, 0, 23},
	} {
		p := rooms(false)
		p.Mode = mode
		out := expecting(t, p, 2, flat(1110))
		wantRoom(t, out, want.replicas, want.warm)
		if says := map[Mode]string{Enforce: "→ room for 24 is kept warm", Shadow: "→ room for 24 would be kept warm"}[mode]; says != "" {
			wantStep(t, out, "rate:requests", says)
		}
		if out.Plan != want.plan {
			t.Errorf("%s: plan %d, want %d", mode, out.Plan, want.plan)
		}
	}
}

func TestRoomAndTheCeiling(t *testing.T) {
	for name, c := range map[string]struct {
		change                 func(*Policy)
		in                     func(*Input)
		filled, replicas, warm Replicas
		why                    string
	}{
		"a multiple of the node":   {func(p *Policy) { p.Max = 24 }, nil, 24, 24, 0, "at a miss price of 4 it pays to have more than the limit allows, 3 nodes of 8, not enough for what is expected → 24"},
		"one below":                {func(p *Policy) { p.Max = 23 }, nil, 23, 23, 0, "more than the limit allows, 3 nodes of 8, not enough"},
		"one above":                {func(p *Policy) { p.Max = 25 }, nil, 25, 25, 0, "it pays to have 4 nodes of 8, not enough for what is expected → 32"},
		"below a node":             {func(p *Policy) { p.Max = 3 }, nil, 3, 3, 0, "more than the limit allows, 1 node of 8, not enough"},
		"within it":                {func(p *Policy) { p.Max = 40 }, nil, 32, 31, 1, "it pays to have 4 nodes of 8, enough with 99 % certainty → 32"},
		"an override of none":      {func(p *Policy) { p.Min = 0 }, func(in *Input) { in.Overrides = []Override{order(Ceiling, 0)} }, 0, 0, 0, ""},
		"an override's ceiling":    {nil, func(in *Input) { in.Overrides = []Override{order(Ceiling, 10)} }, 10, 10, 0, "2 nodes of 8"},
		"an override's floor":      {nil, func(in *Input) { in.Overrides = []Override{order(Floor, 31)} }, 32, 31, 1, "it pays to have 4 nodes of 8, enough with 99 % certainty → 32"},
		"a fixed number":           {nil, func(in *Input) { in.Overrides = []Override{order(Fixed, 17)} }, 17, 17, 0, "3 nodes of 8"},
		"the ScaledObject's limit": {nil, func(in *Input) { in.Scale.Max = 20 }, 20, 20, 0, "3 nodes of 8"},
		"a budget":                 {func(p *Policy) { p.ConnectionBudget = ConnectionBudget{Total: 210, PerReplica: 10} }, nil, 21, 21, 0, "3 nodes of 8"},
	} {
		t.Run(name, func(t *testing.T) {
			out := expecting(t, changed(rooms(true), c.change), 2, flat(1501), c.in)
			wantRoom(t, out, c.filled, 0)
			wantStep(t, out, "rate:requests", c.why)
			wantRoom(t, expecting(t, changed(rooms(false), c.change), 2, flat(1501), c.in), c.replicas, c.warm)
		})
	}
}

// What is not above its activation has no node of its own, whatever a node would
// cost.
func TestDormantDemandHasNoNode(t *testing.T) {
	for _, c := range []struct {
		min      Replicas
		measured float64
		expected float64
		want     Replicas
	}{
		{0, 100, 100, 0},
		{0, 100, 100.1, 8},
		{0, 100.1, 0, 3}, // measured above it, and nothing expected for a node
		{0, 100.1, 100, 8},
		{1, 100, 100, 8},
		{0, 0, 0, 0},
	} {
		p := rooms(true)
		p.Min, p.Signals[0].Activation = c.min, 100
		out := expecting(t, p, 8, flat(c.expected), func(in *Input) { in.Signals[0].Reading.Value = c.measured })
		wantRoom(t, out, c.want, 0)
		if out.Active != (c.want > 0) {
			t.Errorf("%+v: active %v", c, out.Active)
		}
	}
}

// A node that is held warm has no replica yet, and is kept like one that has.
func TestWarmNodesAreKept(t *testing.T) {
	p := rooms(false)
	p.PodLead, p.Nodes.Lead = 0, time.Minute // so that pods see nothing of it
	r := newRun(t, p)
	ahead := func(v float64) forecast.Path { // now nothing, v in half a minute
		return forecast.NewPath(r.at.Add(tick), 30*time.Second, []float64{0.5, 0.99}, []float64{0, 0, v, v})
	}
	for i, c := range []struct {
		expected float64
		warm     Replicas
	}{{700, 6}, {700.1, 14}, {450.1, 14}, {450, 6}, {450.1, 6}, {50.1, 6}, {50, 0}, {50.1, 6}} {
		in := Input{At: r.at.Add(tick), Tick: tick, Scale: running(2)}
		in.Signals = []Observation{{Reading: signal.Good(in.At, 100), Path: ahead(c.expected)}, {Reading: signal.Good(in.At, 0.1)}}
		r.at = in.At
		if out := r.input(in); out.Replicas != 2 || out.Warm != c.warm {
			t.Errorf("%d: expecting %v, %d replicas and %d warm, want 2 and %d\n%s", i, c.expected, out.Replicas, out.Warm, c.warm, explain(out))
		}
	}
	// A tick without an answer forgets nothing.
	in := Input{At: r.at.Add(tick), Tick: tick, Signals: make([]Observation, 2)}
	in.Signals[0].Reading = signal.Bad(in.At, signal.Empty, "nothing")
	r.policy.Signals[0].React = signal.Reactions{signal.Empty: signal.Fail}
	if out := r.input(in); out.Refusal == "" || r.state.Warm != 6 {
		t.Errorf("refusal %q, %d warm are remembered", out.Refusal, r.state.Warm)
	}
}

// Nodes are asked for an event as events of its class went, and named after it.
func TestNodesForAnEventThatIsAwaited(t *testing.T) {
	final := calendar.Occurrence{
		Event: &calendar.Event{ID: "final", Title: "Final", Impact: calendar.Impact{Multiplier: 3}, Status: calendar.Confirmed},
		Start: start.Add(4 * time.Minute), End: start.Add(time.Hour),
	}
	for name, c := range map[string]struct {
		path, uplift float64
		ignored      OverrideKind
		want         Replicas
		why          string
	}{
		"it brings more":       {100, 1110, "", 24, "with 80 % certainty at most 1110/s within 5m35s, the time to a replica on a new node, with event “Final” (final, ×3 Nov 22 20:04Z to Nov 22 21:00Z), as events of its class went; at a miss price of 4 it pays to have 3 nodes of 8, enough with 99 % certainty → 24"},
		"not all of it pays":   {100, 1050, "", 16, "it pays to have 2 nodes of 8, not enough for what is expected → 16"},
		"it brings no more":    {1110, 700, "", 24, "with 80 % certainty at most 1110/s within 5m35s, the time to a replica on a new node; at a miss price of 4 it pays"},
		"the schedule ignored": {100, 1110, IgnoreSchedule, 8, "at most 100/s within"},
		"the forecast ignored": {100, 1110, IgnoreForecast, 6, "300/s at 20:04:00Z by event"},
	} {
		t.Run(name, func(t *testing.T) {
			out := expecting(t, rooms(true), 2, flat(c.path), func(in *Input) {
				in.Events, in.Signals[0].Uplift, in.Signals[0].Learned = []calendar.Occurrence{final}, flat(c.uplift), true
				if c.ignored != "" {
					in.Overrides = []Override{order(c.ignored, 0)}
				}
			})
			wantRoom(t, out, c.want, 0)
			wantStep(t, out, "rate:requests", c.why)
		})
	}
}

func TestTextOfRoom(t *testing.T) {
	spread := func(low, high float64) forecast.Path {
		return forecast.NewPath(start, time.Minute, []float64{0.5, 0.99}, []float64{low, high})
	}
	for name, c := range map[string]struct {
		fill    bool
		path    forecast.Path
		ceiling Replicas
		want    string
	}{
		"filled":             {true, spread(300, 500), 100, "100/s now; at 50/s each, 2 → 2; with 80 % certainty at most 422.4/s within 5m35s, the time to a replica on a new node; at a miss price of 4 it pays to have 1 node of 8, enough with 74.5 % certainty → 8, as many as they hold"},
		"held warm":          {false, spread(300, 301), 100, "100/s now, and with 80 % certainty at most 300.6/s within pod lead 1m30s; at 50/s each, 6.01 → 7; with 80 % certainty at most 300.6/s within 5m35s, the time to a replica on a new node; at a miss price of 4 it pays to have 1 node of 8, enough with 99 % certainty → room for 8 is kept warm"},
		"none":               {true, spread(0, 10), 100, "100/s now; at 50/s each, 2 → 2"},
		"nothing is allowed": {true, spread(300, 500), 0, "100/s now; at 50/s each, 2 → 2"},
	} {
		out := expecting(t, rooms(c.fill), 2, c.path, func(in *Input) { in.Overrides = []Override{order(Ceiling, c.ceiling)} })
		if s, _ := stepOf(out, "rate:requests"); s.Why != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, s.Why, c.want)
		}
	}
}

// anyPath is one whose quantiles rise as they like.
func anyPath(t *rapid.T, name string) (quantiles, values []float64) {
	quantiles = []float64{0.5, 0.8, 0.9, 0.95, 0.99, 0.999}
	for range rapid.IntRange(1, 4).Draw(t, name+" rows") {
		row := make([]float64, len(quantiles))
		for j := range row {
			row[j] = rapid.Float64Range(0, 8000).Draw(t, name)
		}
		slices.Sort(row)
		values = append(values, row...)
	}
	return quantiles, values
}

func anyRooms(t *rapid.T) Policy {
	p := rooms(rapid.Bool().Draw(t, "fill"))
	p.Min = Replicas(rapid.IntRange(0, 5).Draw(t, "min"))
	p.Max = p.Min + Replicas(rapid.IntRange(1, 300).Draw(t, "span"))
	p.Nodes.Replicas = Replicas(rapid.IntRange(1, 40).Draw(t, "a node"))
	p.Signals[0].Activation = rapid.SampledFrom([]float64{0, 100, 500}).Draw(t, "activation")
	p.Mode = rapid.SampledFrom([]Mode{Enforce, Enforce, Advise, Shadow}).Draw(t, "mode")
	return priced(p, rapid.Float64Range(0.1, 1000).Draw(t, "price"))
}

func priced(p Policy, price float64) Policy {
	p.MissPrice, p.Quantile = price, price/(price+1)
	return p
}

// room is for how many replicas there is to be room in all.
func roomOf(out Outcome) Replicas { return out.Replicas + out.Warm }

func TestAnyRoom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyRooms(t)
		quantiles, values := anyPath(t, "path")
		runs := Replicas(rapid.IntRange(0, 300).Draw(t, "running"))
		value := rapid.Float64Range(0, 5000).Draw(t, "value")
		ceiling := p.Max
		at := func(p Policy, values []float64) Outcome {
			in := Input{
				At: start, Tick: tick, Scale: running(runs),
				Signals: []Observation{
					{Reading: signal.Good(start, value), Path: forecast.NewPath(start, time.Minute, quantiles, values)},
					{Reading: signal.Good(start, 0.1)},
				},
			}
			_, out := p.Decide(State{}, in)
			checkWaterfallRapid(t, out)
			if out.Replicas < p.Min || roomOf(out) > ceiling || out.Warm < 0 {
				t.Fatalf("%d replicas and %d warm outside [%d, %d]: %+v", out.Replicas, out.Warm, p.Min, ceiling, out.Steps)
			}
			if (p.Nodes.Fill || p.Mode != Enforce) && out.Warm != 0 {
				t.Fatalf("fill %v, %s: %d warm", p.Nodes.Fill, p.Mode, out.Warm)
			}
			return out
		}
		base := at(p, values)
		if dearer := at(priced(p, p.MissPrice*rapid.Float64Range(1, 20).Draw(t, "dearer")), values); roomOf(dearer) < roomOf(base) {
			t.Fatalf("room for %d, and at a higher price for %d:\n%+v\n%+v", roomOf(base), roomOf(dearer), base.Steps, dearer.Steps)
		}
		more, by, times := slices.Clone(values), rapid.Float64Range(0, 500).Draw(t, "by"), rapid.Float64Range(1, 4).Draw(t, "times")
		for i := range more {
			more[i] = more[i]*times + by
		}
		if higher := at(p, more); roomOf(higher) < roomOf(base) {
			t.Fatalf("room for %d, and of a higher path for %d:\n%+v\n%+v", roomOf(base), roomOf(higher), base.Steps, higher.Steps)
		}
	})
}

// The search for the last node that pays finds what looking at each one finds.
func TestNodesAreThoseOfALookAtEach(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyRooms(t)
		p.Mode, p.Min, p.Nodes.Fill = Enforce, 1, true
		quantiles, values := anyPath(t, "path")
		path := forecast.NewPath(start, time.Minute, quantiles, values)
		runs := Replicas(rapid.IntRange(0, 300).Draw(t, "running"))
		_, out := p.Decide(State{}, Input{
			At: start, Tick: tick, Scale: running(runs),
			Signals: []Observation{{Reading: signal.Good(start, 10), Path: path}, {Reading: signal.Good(start, 0.1)}},
		})
		size, nodes := float64(p.Nodes.Replicas)*50, Replicas(0)
		for ; nodes*p.Nodes.Replicas < p.Max; nodes++ {
			multiple, low := 3.0, float64(nodes)*size
			if nodes*p.Nodes.Replicas < runs {
				multiple = 0.5
			}
			if p.MissPrice*path.Use(low, low+size, start, start.Add(p.EventLead(tick))) <= multiple*size {
				break
			}
		}
		if want := min(max(nodes*p.Nodes.Replicas, 1), p.Max); out.Replicas != want {
			t.Fatalf("%d replicas, want %d: %+v", out.Replicas, want, out.Steps)
		}
	})
}

// Nodes of a size and a limit beyond all sense neither overflow nor take long.
func TestRoomBeyondAllSense(t *testing.T) {
	const most = Replicas(1<<31 - 1)
	for _, each := range []Replicas{1, 1000, most - 1, most} {
		for _, fill := range []bool{true, false} {
			t.Run(fmt.Sprint(each, fill), func(t *testing.T) {
				p := rooms(fill)
				p.Max, p.Nodes.Replicas, p.Signals[0].Capacity.PerReplica = most, each, 1e-6
				wantRoom(t, expecting(t, p, 2, flat(1e9)), most, 0)
			})
		}
	}
}
