package replay

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/forecast"
	"github.com/headstart-scaler/headstart/pipeline"
	"github.com/headstart-scaler/headstart/signal"
)

// recorded plays Headstart and returns its steps.
func recorded(t *testing.T, p *Play, o HeadstartOptions) *Report {
	t.Helper()
	r, err := p.Run([]Contender{Headstart(o)}, func(string) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestHeadstartFollowsWhatItSees(t *testing.T) {
	values := slices.Repeat([]float64{10}, 40)
	for i := 20; i < 40; i++ {
		values[i] = 30
	}
	p := &Play{Scene: sceneOver(t, time.Minute, values...), Cluster: DefaultCluster(), Price: 100}
	s := recorded(t, p, HeadstartOptions{}).Runs[0].Steps
	if before, after := s[4*20].Desired, s[4*23].Desired; before < 10 || before > 16 || after < 30 {
		t.Errorf("asked for %d before the rise and %d after it", before, after)
	}
}

// What was announced is met before it can be seen, and a calendar that is wrong
// is believed all the same.
func TestHeadstartKnowsTheCalendar(t *testing.T) {
	p := &Play{Scene: withEvent(t, 90), Cluster: DefaultCluster(), Price: 100}
	known := recorded(t, p, HeadstartOptions{}).Runs[0].Steps
	blind := recorded(t, p, HeadstartOptions{Calendar: (calendar.Schedule{}).Timeline(nil, began, began.Add(24*time.Hour))}).Runs[0].Steps
	start := 4 * 90
	if known[start].Desired < 30 || blind[start].Desired >= 20 {
		t.Errorf("at the start of the event asked for %d, and without a calendar for %d; want 30 and about 10", known[start].Desired, blind[start].Desired)
	}
	// Asked for a node, a pod and two steps before, and as the minutes of a forecast fall.
	for early, want := range map[int]bool{4 * 8: false, 4 * 5: true} {
		if got := known[start-early].Desired; (got >= 30) != want {
			t.Errorf("asked for %d %s early", got, time.Duration(early)*Step)
		}
	}
}

// withEvent is two hours of 10 replicas, with an event of thrice as many.
func withEvent(t *testing.T, minute int) *Scene {
	t.Helper()
	values := slices.Repeat([]float64{10}, 120)
	for i := minute; i < len(values); i++ {
		values[i] = 30
	}
	at := calendar.WallOf(began.Add(time.Duration(minute) * time.Minute))
	schedule, err := calendar.NewSchedule([]*calendar.Event{{
		ID: "final", Title: "Final", Window: calendar.Window{Start: at, End: at.Add(20 * time.Minute), Zone: time.UTC},
		Impact: calendar.Impact{Multiplier: 3}, Confidence: 1, Status: calendar.Confirmed,
	}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewScene(&Trace{Start: began, Step: time.Minute, Values: values}, SceneOptions{Capacity: 1, LeadIn: -1, Schedule: schedule})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestHeadstartTakesNothingAwayInAGap(t *testing.T) {
	values := slices.Repeat([]float64{30}, 30)
	for range 30 {
		values = append(values, math.NaN())
	}
	values = append(values, 30)
	p := &Play{Scene: sceneOver(t, time.Minute, values...), Cluster: DefaultCluster(), Price: 100}
	steps := recorded(t, p, HeadstartOptions{}).Runs[0].Steps
	before := steps[4*30]
	for i, s := range steps[4*30 : 4*60] {
		if s.Desired < before.Desired {
			t.Fatalf("step %d of the gap: %d of %d", i, s.Desired, before.Desired)
		}
	}
}

// ramp foresees a straight rise.
type ramp struct{ perMinute float64 }

func (r ramp) Path(s *signal.Series, at time.Time, horizon time.Duration) forecast.Path {
	last, ok := s.Last()
	if !ok {
		return forecast.Path{}
	}
	var values []float64
	for d := time.Duration(0); d <= horizon; d += Step {
		v := last.Value + r.perMinute*d.Minutes()
		values = append(values, v, 1.5*v)
	}
	return forecast.NewPath(at, Step, []float64{0.5, 0.99}, values)
}

func TestHeadstartIsGivenAForecaster(t *testing.T) {
	p := &Play{Scene: sceneOver(t, time.Minute, slices.Repeat([]float64{20}, 30)...), Cluster: DefaultCluster(), Price: 99}
	policy := DefaultPolicy(p)
	policy.Nodes = decision.Nodes{}
	r := recorded(t, p, HeadstartOptions{Name: "ramp", Policy: &policy, Forecaster: func(*Play) pipeline.Forecaster { return ramp{2} }, History: time.Hour})
	run := r.Runs[0]
	// Within 90 s and a tick 20 rises to 23.5, and half as much again.
	if got := run.Steps[80].Desired; got != 36 || r.Rows[0].Autoscaler != "ramp" {
		t.Errorf("%s asked for %d", r.Rows[0].Autoscaler, got)
	}
	if got := fmt.Sprintf("%.2f %.2f", run.Middle[80], run.Upper[80]); got != "23.00 34.50" {
		t.Errorf("expected %s replicas", got)
	}
	// Half as much more than there is, and rising, is never exceeded.
	if f := r.Rows[0].Figures; *f.Coverage != 1 || *f.Quantile != 0.99 {
		t.Errorf("covered %g at quantile %g", *f.Coverage, *f.Quantile)
	}
	if !math.IsNaN(float64(run.Middle[3])) {
		t.Errorf("expected %g before anything was seen", run.Middle[3])
	}
}

// What jumps to thrice as much is not covered until it was seen and its path
// came to be: 30 s, and the lead that the path looks ahead.
func TestCoverage(t *testing.T) {
	values := slices.Repeat([]float64{20}, 100)
	for i := 50; i < 100; i++ {
		values[i] = 60
	}
	p := &Play{Scene: sceneOver(t, Step, values...), Cluster: DefaultCluster(), Price: 99}
	r := recorded(t, p, HeadstartOptions{Forecaster: func(*Play) pipeline.Forecaster { return ramp{} }})
	// From the third step on each speaks of one six later: 92, of which those of
	// steps 50 to 58 are short: at 54 the mean that is seen is 50, and 75 covers.
	f := r.Rows[0].Figures
	if got, want := *f.Coverage, 1-9./92; math.Abs(got-want) > 1e-9 {
		t.Errorf("covered %.4f of 92, %.1f", got, 92*(1-got))
	}
	if hpa := run(t, p, peer(HPA, 0.8)).Rows[0]; hpa.Coverage != nil || hpa.Quantile != nil {
		t.Error("an HPA expects something")
	}
}

func TestPlayablePolicy(t *testing.T) {
	p := decision.Policy{Name: "lobby", Mode: decision.Shadow, Signals: []decision.Signal{
		{Name: "lag", Kind: signal.Backlog}, {Name: "players", Kind: signal.Connections}, {Name: "requests", Kind: signal.Rate},
	}}
	played, left, err := PlayablePolicy(p)
	if err != nil || played.Mode != decision.Enforce || len(played.Signals) != 1 || played.Signals[0].Name != "players" || fmt.Sprint(left) != "[lag requests]" {
		t.Errorf("%+v without %v, %v", played, left, err)
	}
	p.Signals = p.Signals[:1]
	if _, _, err := PlayablePolicy(p); err == nil || !strings.Contains(err.Error(), "rate or connections") {
		t.Error(err)
	}
	play := &Play{Scene: sceneOver(t, time.Minute, 1, 1), Cluster: DefaultCluster()}
	if _, err := play.Run([]Contender{Headstart(HeadstartOptions{Policy: &p})}, nil); err == nil {
		t.Error("it was played")
	}
}

// What comes every few minutes is no reason to stop and start.
func TestHeadstartStaysForWhatComesEveryFewMinutes(t *testing.T) {
	for every := 2; every <= 4; every++ {
		values := make([]float64, 4*24*60)
		for i := range values {
			values[i] = 5
			if i%every == 0 {
				values[i] = 100
			}
		}
		p := &Play{Scene: sceneOver(t, time.Minute, values...), Cluster: DefaultCluster(), Price: 100}
		if missed := *recorded(t, p, HeadstartOptions{}).Rows[0].UnderProvisioned; missed > 0.005 {
			t.Errorf("of load that comes every %d minutes %.1f %% is missed", every, 100*missed)
		}
	}
}

// The same play has the same report, whatever runs beside, and the clairvoyant
// pays no more than Headstart.
func TestHeadstartIsTheSameAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPlay(t)
		p.Cluster.Min = max(1, p.Cluster.Min)
		together := run(t, p, Headstart(HeadstartOptions{}), peer(HPA, 0.7), Headstart(HeadstartOptions{}))
		alone := run(t, p, Headstart(HeadstartOptions{}))
		for _, row := range []Row{together.Rows[0], together.Rows[2]} {
			if row.Total != alone.Rows[0].Total || row.Jitter != alone.Rows[0].Jitter {
				t.Fatalf("paid %g, and alone %g", row.Total, alone.Rows[0].Total)
			}
		}
		if least := p.Least(); alone.Rows[0].Total < least-1e-6 {
			t.Fatalf("paid %g, less than the least, %g", alone.Rows[0].Total, least)
		}
	})
}

// BenchmarkMonth plays a month of minutes against all baselines.
func BenchmarkMonth(b *testing.B) {
	values := make([]float64, 30*24*60)
	for i := range values {
		values[i] = 2000 + 1400*math.Sin(float64(i)/229) + 300*math.Sin(float64(i*i%7001)/3)
	}
	s, err := NewScene(&Trace{Start: began, Step: time.Minute, Values: values}, SceneOptions{})
	if err != nil {
		b.Fatal(err)
	}
	p := &Play{Scene: s, Cluster: DefaultCluster(), Price: 100}
	all := []Contender{{Name: Clairvoyant, New: newKnowing(Clairvoyant)}, Headstart(HeadstartOptions{})}
	for _, name := range []string{HPA, HPAFast, HPACron, LastWeek} {
		all = append(all, peer(name, 0.8))
	}
	for b.Loop() {
		if _, err := p.Run(all, nil); err != nil {
			b.Fatal(err)
		}
	}
}
