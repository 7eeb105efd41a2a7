package decision_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	. "github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/forecast"
	"github.com/headstart-scaler/headstart/signal"
)

// lift is an event of a class that came, from 100.
func lift(factor float64) forecast.Lift {
	return forecast.Lift{Start: start, Announced: 3, Before: 100, Most: 100 * factor, Came: true}
}

func gap() forecast.Lift {
	return forecast.Lift{Start: start, Announced: 3, Before: 100, Most: 104}
}

func TestWhatIsKnownOfAnEventIsSaid(t *testing.T) {
	five := []forecast.Lift{lift(1.61), lift(1.8), lift(2.1), lift(1.72), lift(1.8)}
	plan := Seen{Learned: true, Middle: 1.92, AtMost: 2.31, Certainty: 0.95}
	for want, s := range map[string]Seen{
		"announced ×3, not seen yet; planned with the announced ×3":                                                                    {},
		"announced ×3, not seen yet; planned with ×1.9, at most ×2.3 with 95 % certainty":                                              plan,
		"announced ×3, the last 5 were ×1.8 (×1.6 to ×2.1); planned with ×1.9, at most ×2.3 with 95 % certainty":                       {Calibration: forecast.Calibration{Past: five}, Learned: true, Middle: 1.92, AtMost: 2.31, Certainty: 0.95},
		"announced ×3, the last one was ×24; planned with the announced ×3":                                                            {Calibration: forecast.Calibration{Past: []forecast.Lift{lift(24.4)}}},
		"announced ×3, the last 2 were ×2, 1 of 2 did not come; planned with the announced ×3":                                         {Calibration: forecast.Calibration{Past: []forecast.Lift{lift(2), gap()}}},
		"announced ×3, the last one did not come; planned with the announced ×3":                                                       {Calibration: forecast.Calibration{Past: []forecast.Lift{gap()}}},
		"announced ×3, none of the last 3 came; planned with the announced ×3":                                                         {Calibration: forecast.Calibration{Past: []forecast.Lift{gap(), gap(), gap()}}},
		"announced ×3, the last one was up to 240/s from none; planned with the announced ×3":                                          {Calibration: forecast.Calibration{Past: []forecast.Lift{{Most: 240, Came: true}}}},
		"announced ×3, the last 5 were ×1.8 (×1.6 to ×2.1); it has come, ×1.6 so far":                                                  {Calibration: forecast.Calibration{Past: five, Began: true, Came: true, SoFar: 1.6}, Learned: true},
		"announced ×3, the last 5 were ×1.8 (×1.6 to ×2.1); it has not come, and is awaited no more":                                   {Calibration: forecast.Calibration{Past: five, Began: true, SoFar: 1.02}, Learned: true},
		"announced ×3, the last 5 were ×1.8 (×1.6 to ×2.1); it has not shown yet; planned with ×1.9, at most ×2.3 with 95 % certainty": {Calibration: forecast.Calibration{Past: five, Began: true, SoFar: 1.02}, Learned: true, Middle: 1.92, AtMost: 2.31, Certainty: 0.95},
	} {
		s.Announced, s.Kind = 3, signal.Rate
		if got := s.Text(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	unnumbered := plan
	if got, want := unnumbered.Text(), "not seen yet; planned with ×1.9, at most ×2.3 with 95 % certainty"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// wise has seen five cups that were announced with ×3 and came to about ×1.8.
func wise(t *testing.T) (l *forecast.Learner, sixth calendar.Occurrence) {
	t.Helper()
	l = forecast.NewLearner(nil)
	noise := rand.New(rand.NewPCG(1, 2))
	final := theFinal(time.Minute, calendar.Impact{Multiplier: 3})
	for at := start.Add(-7 * 24 * time.Hour); !at.After(start); at = at.Add(time.Minute) {
		var near []calendar.Occurrence
		level := 1000 * (1 + 0.01*noise.NormFloat64())
		for back := range 6 {
			e := final
			e.Start, e.End = e.Start.AddDate(0, 0, -back), e.End.AddDate(0, 0, -back)
			if at.Before(e.End) && at.After(e.Start.Add(-forecast.Heed)) {
				near = append(near, e)
			}
			if since := at.Add(-forecast.Delay).Sub(e.Start); since >= 0 && since < time.Hour {
				level *= 1.8
			}
		}
		l.Expect(near)
		l.Observe(at, level)
	}
	return l, final
}

// The whole way, from a learner that saw five events to what a person reads of the
// sixth.
func TestTheSixthOfFiveOverestimatedEvents(t *testing.T) {
	l, sixth := wise(t)
	look := l.Look(start, 4*time.Minute)
	in := Input{At: start, Tick: tick, Events: []calendar.Occurrence{sixth}, Signals: []Observation{
		{
			Reading: signal.Good(start, 1000), Path: look.Path, Uplift: look.Uplift, Learned: true,
			Past: look.Events, Coverage: look.Coverage,
		},
		{Reading: signal.Good(start, 0.1)},
	}}
	_, out := scheduled().Decide(State{}, in)
	if len(out.Seen) != 1 || out.Seen[0].Signal != "requests" || len(out.Seen[0].Past) != 5 {
		t.Fatalf("%+v", out.Seen)
	}
	s := &out.Seen[0]
	if !(s.Middle > 1.5 && s.Middle <= s.AtMost && s.AtMost < 2.5) || s.Certainty != 0.9 {
		t.Errorf("planned with %v, and %v at most with %v", s.Middle, s.AtMost, s.Certainty)
	}
	// What is said is what is asked for: the step of the rate says how much.
	most := look.Uplift.Max(0.9, start, start.Add(4*time.Minute))
	if r := most / 1000 / s.AtMost; r < 0.85 || r > 1.05 {
		t.Errorf("the path says ×%v, and the text ×%v", most/1000, s.AtMost)
	}

	// Nothing is said where nobody foresees, nor of what is no demand.
	in.Signals[0].Learned, in.Signals[0].Past = false, nil
	if _, out := scheduled().Decide(State{}, in); len(out.Seen) != 0 || len(out.Events) != 1 {
		t.Errorf("without a learner %+v", out.Seen)
	}
	in.Signals[0].Learned, in.Signals[0].Past = true, look.Events
	in.Events = []calendar.Occurrence{theFinal(time.Minute, calendar.Impact{Floor: 3})}
	if _, out := scheduled().Decide(State{}, in); len(out.Seen) != 0 || len(out.Events) != 1 {
		t.Errorf("of a floor %+v", out.Seen)
	}
	checkTold(t, &out)
}

// checkTold holds what is said to a person, and to a program, to the outcome.
func checkTold(t *testing.T, out *Outcome) {
	t.Helper()
	s := &out.Seen[0]
	e := out.Explain("lobby")
	const line = "    requests: announced ×3, the last 5 were ×1.8; planned with ×1."
	if !strings.Contains(e.Text(), line) {
		t.Errorf("%s\nwant a line %q", e.Text(), line)
	}
	account := e.Events[0].Accounts[0]
	if account.Announced != 3 || account.Mean < 1.75 || account.Mean > 1.85 || account.Planned != s.Middle || len(account.Past) != 5 || !account.Past[0].Came {
		t.Errorf("%+v", account)
	}
	if got := e.Signals[0].Coverage; len(got) != 8 || got[0].AheadSeconds != 300 || got[0].Quantile != 0.5 || got[0].Share <= 0.2 {
		t.Errorf("coverage %+v", got)
	}
	told, err := json.Marshal(e)
	for _, want := range []string{`"accounts":[{"signal":"requests","text":"announced ×3`, `"came":true`, `"coverage":[{"ahead_seconds":300,"quantile":0.5,"share":`} {
		if err != nil || !strings.Contains(string(told), want) {
			t.Errorf("no %s in %s, %v", want, told, err)
		}
	}
}

func TestAStepSaysWhatIsUsual(t *testing.T) {
	nan := math.NaN()
	rising := forecast.NewPath(start, time.Minute, []float64{0.5, 0.9}, []float64{1000, 1050, 1200, 1300, 1500, 1600})
	const habit = "1300/s within pod lead 1m30s (at 20:02Z it was "
	for name, c := range map[string]struct {
		path                forecast.Path
		yesterday, lastWeek float64
		want                string
	}{
		"both":                 {rising, 1480, 1520, habit + "1480/s yesterday, 1520/s a week ago); at"},
		"yesterday alone":      {rising, 1480, nan, habit + "1480/s yesterday); at"},
		"last week alone":      {rising, nan, 1520, habit + "1520/s a week ago); at"},
		"it was as now":        {rising, 1050, 1090, "1300/s within pod lead 1m30s; at"},
		"nothing is known":     {rising, nan, nan, "1300/s within pod lead 1m30s; at"},
		"nothing more is seen": {flat(1100), 1480, 1520, "1100/s within pod lead 1m30s; at"},
	} {
		in := Input{At: start, Tick: tick, Signals: []Observation{
			{Reading: signal.Good(start, 1000), Path: c.path, Yesterday: c.yesterday, LastWeek: c.lastWeek}, {Reading: signal.Good(start, 0.1)},
		}}
		_, out := lobby().Decide(State{}, in)
		if !strings.Contains(out.Steps[0].Why, c.want) {
			t.Errorf("%s: %q\nwant %q", name, out.Steps[0].Why, c.want)
		}
	}
}
