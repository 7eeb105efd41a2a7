package replay

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
)

// atOnce is a cluster in which nothing takes time.
func atOnce() Cluster { return Cluster{PodsPerNode: 8, Max: 100} }

func TestFigures(t *testing.T) {
	// Four scored steps: exactly enough, two too few, one too many, nothing needed;
	// a gap between, which counts nothing.
	s := sceneOver(t, Step, 4, 4, math.NaN(), 2, 0)
	p := &Play{Scene: s, Cluster: atOnce(), Price: 10}
	r := run(t, p, script([]Wish{{Replicas: 4}, {Replicas: 2}, {Replicas: 50}, {Replicas: 3, Warm: 8}, {Replicas: 3}}))
	f, hour := r.Rows[0].Figures, Step.Hours()
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"under-provisioned", *f.UnderProvisioned, 2. / 10},
		{"accuracy U", f.AccuracyU, 100 * (2. / 4) / 4},
		{"accuracy O", f.AccuracyO, 100 * (1. / 2) / 4},
		{"time below", f.TimeshareU, 1. / 4},
		{"time above", f.TimeshareO, 2. / 4},
		{"demand", f.DemandHours, 10 * hour},
		{"missed", f.MissedHours, 2 * hour},
		{"replicas", f.ReplicaHours, 12 * hour},
		{"replicas unused", f.ReplicaHoursUnused, 4 * hour},
		{"nodes", f.NodeHours, (1 + 1 + 2 + 1) * hour},
		{"warm nodes unused", f.WarmNodeHoursUnused, 1 * hour},
		{"total", f.Total, (8*5 + 10*2) * hour},
		// Asked for 4, 2, 3, 3, needed 4, 4, 2, 0: as many changes.
		{"jitter", f.Jitter, 0},
		{"scored", f.ScoredHours, 4 * hour},
		{"oracle's nodes", r.Oracle.NodeHours, 3 * hour},
		{"cost ratio", *f.NodeRatio, 5. / 3},
		{"regret", *f.Regret, 60./24 - 1},
		{"oracle's regret", *r.Oracle.Regret, 0},
	} {
		if math.Abs(c.got-c.want) > 1e-9 {
			t.Errorf("%s: %g, want %g", c.name, c.got, c.want)
		}
	}
	if f.PeakUnderProvisioned != nil || f.MinutesLate != nil {
		t.Error("peaks without an event")
	}
}

// eventAt is an event from one minute of a scene to another.
func eventAt(from, to int) calendar.Occurrence {
	return calendar.Occurrence{
		Event: &calendar.Event{ID: fmt.Sprint(from), Impact: calendar.Impact{Multiplier: 2}},
		Start: began.Add(time.Duration(from) * time.Minute), End: began.Add(time.Duration(to) * time.Minute),
	}
}

func TestPeaks(t *testing.T) {
	values := make([]float64, 120)
	for i := range values {
		values[i] = 1
		if i >= 60 && i < 90 {
			values[i] = 3 // an event at minute 60 that ends at 80, and goes on
		}
	}
	s := sceneOver(t, time.Minute, values...)
	s.Events = []calendar.Occurrence{eventAt(10, 20), eventAt(60, 80)}
	p := &Play{Scene: s, Cluster: atOnce()}
	wishes := make([]Wish, len(s.Demand))
	for i := range wishes {
		wishes[i] = Wish{Replicas: 1}
		if i >= 4*70 {
			wishes[i] = Wish{Replicas: 3} // ten minutes late
		}
	}
	f := run(t, p, script(wishes)).Rows[0].Figures
	// Of the 30 minutes around the second start 15 + 15 × 3 replica-minutes, and
	// of those around the first 25.
	if got, want := *f.PeakUnderProvisioned, 20./(25+60); math.Abs(got-want) > 1e-9 {
		t.Errorf("around starts %g, want %g", got, want)
	}
	if *f.MinutesLate != 5 || *f.MinutesLateWorst != 10 {
		t.Errorf("late by %g minutes, at worst %g; want 5 and 10", *f.MinutesLate, *f.MinutesLateWorst)
	}
}

func TestManyAtOnceAreEachAlone(t *testing.T) {
	values := make([]float64, 600)
	for i := range values {
		values[i] = 20 + 10*math.Sin(float64(i)/20)
	}
	p := &Play{Scene: sceneOver(t, time.Minute, values...), Cluster: DefaultCluster(), Price: 100}
	p.Cluster.Spread = Spread{Pod: 0.3, Node: 0.3, Seed: 1}
	var all []Contender
	for _, name := range []string{HPA, HPAFast, HPACron, LastWeek} {
		all = append(all, Tuned(name)...)
	}
	together := run(t, p, all...)
	for i, c := range all {
		alone := run(t, p, c).Rows[0]
		if got, want := fmt.Sprintf("%+v", flat(together.Rows[i])), fmt.Sprintf("%+v", flat(alone)); got != want {
			t.Errorf("%s:\n%s\nalone:\n%s", c.Name, got, want)
		}
	}
}

// flat is a row whose pointers are followed.
func flat(r Row) []any {
	return []any{r.Autoscaler, *r.UnderProvisioned, r.AccuracyU, r.AccuracyO, r.Jitter, r.NodeHours, r.ReplicaHours, r.Total, *r.Regret}
}

func TestRecording(t *testing.T) {
	s := sceneOver(t, Step, 4, math.NaN(), 9.5)
	p := &Play{Scene: s, Cluster: atOnce()}
	wishes := script([]Wish{{Replicas: 4}, {Replicas: 2, Warm: 9}, {Replicas: 9}})
	r, err := p.Run([]Contender{wishes, peer(HPA, 0.8)}, func(name string) bool { return name == wishes.Name })
	if err != nil {
		t.Fatal(err)
	}
	want := []Moment{{4, 4, 0, 1}, {2, 2, 9, 2}, {9, 9, 0, 2}}
	if len(r.Runs) != 1 || fmt.Sprint(r.Runs[0].Steps) != fmt.Sprint(want) {
		t.Errorf("%+v, want %v of one", r.Runs, want)
	}
	var b strings.Builder
	if err := r.WriteSteps(&b); err != nil {
		t.Fatal(err)
	}
	const text = `at,autoscaler,demand,desired,ready,warm,nodes
2026-11-22T20:00:00Z,scripted,4,4,4,0,1
2026-11-22T20:00:15Z,scripted,,2,2,9,2
2026-11-22T20:00:30Z,scripted,9.5,9,9,0,2
`
	if b.String() != text {
		t.Errorf("%s\nwant\n%s", b.String(), text)
	}
}
