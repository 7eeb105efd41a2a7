package main

import (
	"encoding/json"
	"math"
	"slices"
	"testing"
)

func near(t *testing.T, what string, got figure, want float64) {
	t.Helper()
	if math.Abs(float64(got)-want) > 1e-9 {
		t.Errorf("%s is %.6f, not %.6f", what, float64(got), want)
	}
}

func played(trace string, events int, c cell, headstart figure, peers ...figure) *game {
	g := &game{Trace: trace, Events: events, cell: c, Headstart: fare{Regret: headstart}, Clairvoyant: fare{Regret: 0.01}}
	for i, r := range peers {
		g.Peers = append(g.Peers, setting{[]string{"x", "y", "z"}[i], fare{Regret: r}})
	}
	return g
}

// byHand is two traces in two cells. x is best for each trace in none but one
// game, and y best over both traces of the first cell: √(0.4·0.4) = 0.4 against
// √(0.1·3.6) = 0.6 and √(1·1) = 1. In the second z is: √(0.5·2) = 1 against √(2·2)
// = 2 and √(4·1) = 2.
func byHand() *findings {
	first, second := cell{20, leads{30, 120}}, cell{100, leads{30, 120}}
	return judge([]*game{
		played("a", 1, first, 0.05, 0.1, 0.4, 1),
		played("a", 1, second, 0.25, 2, 4, 0.5),
		played("b", 0, first, 0.8, 3.6, 0.4, 1),
		played("b", 0, second, 1, 2, 1, 2),
	})
}

func TestGamesAreHeldToTheBestPeers(t *testing.T) {
	f := byHand()
	for i, want := range []struct {
		tuned, single string
		ratio         float64
		above         bool
	}{{"x", "y", 0.5, false}, {"z", "z", 0.5, false}, {"y", "y", 2, true}, {"y", "z", 1, false}} {
		j := f.Games[i]
		if j.Tuned.Name != want.tuned || j.Single.Name != want.single || j.above() != want.above {
			t.Errorf("game %d: tuned %s, single %s, above %t", i, j.Tuned.Name, j.Single.Name, j.above())
		}
		near(t, "ratio", j.Ratio, want.ratio)
	}
}

func TestMeansOverTraces(t *testing.T) {
	f := byHand()
	c := f.Cells[0]
	near(t, "Headstart's", c.Headstart, 0.2)                    // √(0.05·0.8)
	near(t, "the single setting's", c.Single, 0.4)              // above
	near(t, "the tuned ones'", c.Tuned, 0.2)                    // √(0.1·0.4)
	near(t, "over the single", c.OverSingle, 0.5)               // 0.2/0.4
	near(t, "over the tuned", c.OverTuned, 1)                   // √(0.5·2)
	near(t, "over the tuned with a calendar", *c.OverTold, 0.5) // trace a's alone
	c = f.Cells[1]
	near(t, "over the single", c.OverSingle, 0.5)         // √(0.25·1)/1
	near(t, "over the tuned", c.OverTuned, math.Sqrt(.5)) // √(0.5·1)
}

func TestMeansOverCells(t *testing.T) {
	f := byHand()
	a, b := f.Traces[0], f.Traces[1]
	near(t, "a's ratio", a.Ratio, 0.5)          // √(0.5·0.5)
	near(t, "b's ratio", b.Ratio, math.Sqrt(2)) // √(2·1)
	if len(a.Above) != 0 || !slices.Equal(b.Above, []string{"20 at 30/120 s (2.000)"}) {
		t.Errorf("above: %q and %q", a.Above, b.Above)
	}
}

func TestGoalsOnBothSides(t *testing.T) {
	goals := byHand().Goals
	for i, want := range []struct {
		measured float64
		of       int
		reached  bool
		named    []string
	}{
		{1, 2, false, []string{"b (1.414)"}},
		{1, 4, false, []string{"b 20 at 30/120 s (2.000)"}},
		{0.5, 0, true, nil}, // √(0.5·0.5): just reached
		{0, 2, true, nil},
		{math.Sqrt(math.Sqrt(.5)), 0, false, nil}, // √(1·√0.5) = 0.84 > 0.75
		{1, 2, false, []string{"20 at 30/120 s (1.000)"}},
		{0.5, 0, true, nil},
		{0, 2, true, nil},
		{0, 1, true, nil}, // b has no calendar
	} {
		g := goals[i]
		near(t, g.What, g.Measured, want.measured)
		if g.Of != want.of || g.Reached != want.reached || !slices.Equal(g.Named, want.named) {
			t.Errorf("%s: of %d, reached %t, %q", g.What, g.Of, g.Reached, g.Named)
		}
	}
	if len(goals) != 9 {
		t.Errorf("there are %d goals", len(goals))
	}
}

func TestWithoutACalendarNothingIsSaidOfThem(t *testing.T) {
	f := judge([]*game{played("b", 0, cell{20, leads{30, 120}}, 1, 1)})
	if len(f.Goals) != 6 || f.Cells[0].OverTold != nil {
		t.Errorf("%d goals, %v over the tuned with a calendar", len(f.Goals), f.Cells[0].OverTold)
	}
}

// Below a tenth of a percent two regrets are alike, and one that is negative has
// no geometric mean.
func TestSmallRegretsCountAlike(t *testing.T) {
	near(t, "ratio of less than counts", over(-0.2, 0.0009), 1)
	near(t, "ratio of just as much", over(0.001, 0.0005), 1)
	near(t, "ratio of twice as much", over(0.002, 0.0005), 2)
	near(t, "mean", mean([]figure{-1, 0.1}), 0.01) // √(0.001·0.1)
}

func TestFiguresAreToldAsTheyMean(t *testing.T) {
	for f, want := range map[figure]string{
		0: "0.00", 0.0004: "0.00", 0.0006: "0.001", 0.099: "0.099", 0.1: "0.10", -0.033: "-0.033", 9.99: "9.99", 9.996: "10.0", 17.25: "17.2",
	} {
		if got := f.String(); got != want {
			t.Errorf("%g is %s, not %s", float64(f), got, want)
		}
	}
	for f, want := range map[figure]string{
		0: "0 %", 0.0000041: "0 %", 0.0000061: "0.001 %", 0.000449: "0.045 %", 0.00912: "0.91 %", 0.0717: "7.2 %", 0.1: "10 %", 0.372: "37 %",
	} {
		if got := f.percent(); got != want {
			t.Errorf("%g is %s, not %s", float64(f), got, want)
		}
	}
	if data, err := json.Marshal(figure(0.123456)); err != nil || string(data) != "0.1235" {
		t.Errorf("%s, %v", data, err)
	}
	if _, err := json.Marshal(figure(math.NaN())); err == nil {
		t.Error("NaN is a figure")
	}
}
