package main

import (
	"fmt"
	"slices"
)

// The design's figures: over the peers that are tuned for each trace in
// hindsight, over the single setting that is best for all, and over the tuned
// where a calendar was known.
const (
	mostOverSingle   = 0.5
	mostOverTuned    = 0.75
	mostOverTold     = 0.5
	neverAboveTuned  = 1
	nothingIsAllowed = 0
)

// findings are all games, and what they come to.
type findings struct {
	Made   making        `json:"made"`
	Goals  []goal        `json:"goals"`
	Cells  []cellFinding `json:"cells"`
	Traces []traceResult `json:"traces"`
	Games  []*judged     `json:"games"`
}

// judged is a game beside the peers that count.
type judged struct {
	game
	Tuned  setting `json:"tuned"`  // best for this trace in hindsight
	Single setting `json:"single"` // best over all traces in this cell
	Ratio  figure  `json:"over_tuned"`
}

func (j *judged) above() bool { return exceeds(j.Ratio, neverAboveTuned) }

// cellFinding is a price at leads, over all traces: geometric means of regrets,
// and of their ratios.
type cellFinding struct {
	cell
	Headstart   figure  `json:"headstart"`
	Clairvoyant figure  `json:"clairvoyant"`
	SingleName  string  `json:"single_name"`
	Single      figure  `json:"single"`
	Tuned       figure  `json:"tuned"`
	OverSingle  figure  `json:"over_single"`
	OverTuned   figure  `json:"over_tuned"`
	OverTold    *figure `json:"over_tuned_with_calendar"` // nil where no trace has one
}

// traceResult is a trace over all cells.
type traceResult struct {
	Trace     string   `json:"trace"`
	Events    int      `json:"events"`
	Headstart figure   `json:"headstart"`
	Tuned     figure   `json:"tuned"`
	Ratio     figure   `json:"over_tuned"`
	Above     []string `json:"cells_above"`
}

// goal is a figure of the design, and whether it is reached.
type goal struct {
	What     string   `json:"what"`
	Most     figure   `json:"most"`
	Measured figure   `json:"measured"`
	Of       int      `json:"of,omitempty"` // that it counts among; 0 is no count
	Reached  bool     `json:"reached"`
	Named    []string `json:"named"` // those that keep it from being so
}

// judge draws conclusions; games are of each trace in each cell.
func judge(games []*game) *findings {
	all := &findings{}
	byCell := map[cell][]*judged{}
	byTrace := map[string][]*judged{}
	for _, g := range games {
		j := &judged{game: *g, Tuned: best(g.Peers)}
		j.Ratio = over(j.Headstart.Regret, j.Tuned.Regret)
		all.Games = append(all.Games, j)
		byCell[g.cell], byTrace[g.Trace] = append(byCell[g.cell], j), append(byTrace[g.Trace], j)
	}
	for _, j := range all.Games {
		if first := byCell[j.cell][0]; first == j {
			all.Cells = append(all.Cells, overTraces(byCell[j.cell]))
		}
		if first := byTrace[j.Trace][0]; first == j {
			all.Traces = append(all.Traces, overCells(byTrace[j.Trace]))
		}
	}
	all.Goals = all.goals()
	return all
}

// best is the setting with the least regret, the first of several.
func best(settings []setting) setting {
	return slices.MinFunc(settings, func(a, b setting) int {
		switch {
		case a.Regret < b.Regret:
			return -1
		case a.Regret > b.Regret:
			return 1
		}
		return 0
	})
}

// overTraces sums up a cell, and finds the setting that is best over its traces.
func overTraces(cell []*judged) cellFinding {
	single, least := 0, figure(0)
	for i := range cell[0].Peers {
		if m := meanOf(cell, func(j *judged) figure { return j.Peers[i].Regret }); i == 0 || m < least {
			single, least = i, m
		}
	}
	for _, j := range cell {
		j.Single = j.Peers[single]
	}
	f := cellFinding{
		cell: cell[0].cell, SingleName: cell[0].Single.Name, Single: least,
		Headstart:   meanOf(cell, func(j *judged) figure { return j.Headstart.Regret }),
		Clairvoyant: meanOf(cell, func(j *judged) figure { return j.Clairvoyant.Regret }),
		Tuned:       meanOf(cell, func(j *judged) figure { return j.Tuned.Regret }),
	}
	f.OverSingle, f.OverTuned = f.Headstart/f.Single, f.Headstart/f.Tuned
	told := slices.DeleteFunc(slices.Clone(cell), func(j *judged) bool { return j.Events == 0 })
	if len(told) > 0 {
		f.OverTold = new(meanOf(told, func(j *judged) figure { return j.Ratio }))
	}
	return f
}

func meanOf(games []*judged, regret func(*judged) figure) figure {
	all := make([]figure, len(games))
	for i, j := range games {
		all[i] = regret(j)
	}
	return mean(all)
}

func overCells(games []*judged) traceResult {
	r := traceResult{
		Trace: games[0].Trace, Events: games[0].Events, Above: []string{},
		Headstart: meanOf(games, func(j *judged) figure { return j.Headstart.Regret }),
		Tuned:     meanOf(games, func(j *judged) figure { return j.Tuned.Regret }),
	}
	r.Ratio = r.Headstart / r.Tuned
	for _, j := range games {
		if j.above() {
			r.Above = append(r.Above, fmt.Sprintf("%g at %s (%.3f)", j.Price, j.leads, float64(j.Ratio)))
		}
	}
	return r
}

func (f *findings) goals() []goal {
	goals := []goal{
		f.tracesOver("(a) traces above the peer tuned for each cell in hindsight", neverAboveTuned, false),
		f.gamesAbove("(a) the same of each trace, price and leads"),
	}
	goals = append(goals, f.cellsOver("(b) over the best single peer setting", mostOverSingle, func(c cellFinding) *figure { return &c.OverSingle })...)
	goals = append(goals, f.cellsOver("(b) over the hindsight-tuned peers", mostOverTuned, func(c cellFinding) *figure { return &c.OverTuned })...)
	if slices.ContainsFunc(f.Traces, func(t traceResult) bool { return t.Events > 0 }) {
		goals = append(goals, f.cellsOver("(c) over the hindsight-tuned peers where a calendar is known", mostOverTold, func(c cellFinding) *figure { return c.OverTold })...)
		goals = append(goals, f.tracesOver("(c) traces with a calendar above half of the hindsight-tuned", mostOverTold, true))
	}
	return goals
}

// tracesOver counts traces that are so much over the hindsight-tuned peers, on
// average over cells.
func (f *findings) tracesOver(what string, most figure, told bool) goal {
	g := goal{What: what, Most: nothingIsAllowed, Named: []string{}}
	for _, t := range f.Traces {
		if told && t.Events == 0 {
			continue
		}
		g.Of++
		if exceeds(t.Ratio, most) {
			g.Named = append(g.Named, fmt.Sprintf("%s (%.3f)", t.Trace, float64(t.Ratio)))
		}
	}
	return counting(g)
}

func (f *findings) gamesAbove(what string) goal {
	g := goal{What: what, Most: nothingIsAllowed, Of: len(f.Games), Named: []string{}}
	for _, t := range f.Traces {
		for _, c := range t.Above {
			g.Named = append(g.Named, t.Trace+" "+c)
		}
	}
	return counting(g)
}

func counting(g goal) goal {
	g.Measured = figure(len(g.Named))
	g.Reached = g.Measured <= g.Most
	return g
}

// cellsOver is the geometric mean over cells, and how many of them are above
// what is allowed by themselves.
func (f *findings) cellsOver(what string, most figure, of func(cellFinding) *figure) []goal {
	var ratios []figure
	each := goal{What: what + ": prices and leads by themselves", Most: nothingIsAllowed, Of: len(f.Cells), Named: []string{}}
	for _, c := range f.Cells {
		ratios = append(ratios, *of(c))
		if exceeds(*of(c), most) {
			each.Named = append(each.Named, fmt.Sprintf("%g at %s (%.3f)", c.Price, c.leads, float64(*of(c))))
		}
	}
	whole := goal{What: what + ": geometric mean", Most: most, Measured: mean(ratios), Named: []string{}}
	whole.Reached = !exceeds(whole.Measured, most)
	return []goal{whole, counting(each)}
}
