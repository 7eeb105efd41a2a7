package main

import (
	"fmt"
	"strings"
)

// markdown is all there is to tell.
func (f *findings) markdown() string {
	parts := []string{
		f.verdicts(),
		"Regret over all traces (geometric means), by price and leads of pods and nodes:\n\n" + f.cellTable(),
		"By trace, over all prices and leads (geometric means):\n\n" + f.traceTable(),
		"Everything. Nodes are node-hours over the oracle's; bold is above the hindsight-tuned peer:\n\n" + f.gameTable(),
	}
	if wrong := f.wrongTable(); wrong != "" {
		parts = append(parts, fmt.Sprintf("Wrong calendars, at %s:\n\n", wrongCell())+wrong)
	}
	return strings.Join(parts, "\n")
}

// verdicts are what was played where, and the design's figures beside it.
func (f *findings) verdicts() string {
	rows := [][]string{{"figure of the design", "at most", "measured", "reached", "not so"}}
	for _, g := range f.Goals {
		measured := fmt.Sprintf("%.3f", float64(g.Measured))
		most := fmt.Sprintf("%g", float64(g.Most))
		if g.Of > 0 {
			measured = fmt.Sprintf("%.0f of %d", float64(g.Measured), g.Of)
		}
		named := "–"
		if len(g.Named) > 0 {
			named = strings.Join(g.Named, ", ")
		}
		if strings.HasPrefix(g.What, "(a) the same") && len(g.Named) > 0 {
			named = "listed by trace below"
		}
		rows = append(rows, []string{g.What, most, measured, map[bool]string{true: "yes", false: "**no**"}[g.Reached], named})
	}
	return f.Made.sentence() + "\n\n" + table(rows)
}

func (f *findings) cellTable() string {
	rows := [][]string{{"price", "leads", "Headstart", "best single setting", "ratio", "hindsight-tuned", "ratio", "ratio with calendar", "clairvoyant"}}
	for _, c := range f.Cells {
		told := "–"
		if c.OverTold != nil {
			told = above(*c.OverTold, mostOverTold)
		}
		rows = append(rows, []string{
			fmt.Sprintf("%g", c.Price), c.leads.String(), c.Headstart.String(),
			fmt.Sprintf("%s %s", c.Single, c.SingleName), above(c.OverSingle, mostOverSingle),
			c.Tuned.String(), above(c.OverTuned, mostOverTuned), told, c.Clairvoyant.String(),
		})
	}
	return table(rows)
}

func (f *findings) traceTable() string {
	rows := [][]string{{"trace", "events", "Headstart", "hindsight-tuned", "ratio", "above it"}}
	for _, t := range f.Traces {
		cells := "–"
		if len(t.Above) > 0 {
			cells = strings.Join(t.Above, ", ")
		}
		rows = append(rows, []string{t.Trace, fmt.Sprint(t.Events), t.Headstart.String(), t.Tuned.String(), above(t.Ratio, neverAboveTuned), cells})
	}
	return table(rows)
}

func (f *findings) gameTable() string {
	rows := [][]string{{"trace", "price", "leads", "missed", "nodes", "regret", "best in hindsight", "ratio", "best single setting", "clairvoyant"}}
	for _, j := range f.Games {
		rows = append(rows, []string{
			j.Trace, fmt.Sprintf("%g", j.Price), j.leads.String(),
			j.Headstart.Missed.percent(), fmt.Sprintf("%.2f", float64(j.Headstart.Nodes)), j.Headstart.Regret.String(),
			fmt.Sprintf("%s %s", j.Tuned.Regret, j.Tuned.Name), above(j.Ratio, neverAboveTuned),
			fmt.Sprintf("%s %s", j.Single.Regret, j.Single.Name), j.Clairvoyant.Regret.String(),
		})
	}
	return table(rows)
}

// wrongTable is empty where no calendar was played that is wrong.
func (f *findings) wrongTable() string {
	rows := [][]string{{"trace", "calendar", "missed", "nodes", "regret", "over the right one's", "over the hindsight-tuned peer's"}}
	for _, j := range f.Games {
		if len(j.Wrong) == 0 {
			continue
		}
		right := setting{fmt.Sprintf("right (%d events)", j.Events), j.Headstart}
		for _, w := range append([]setting{right}, j.Wrong...) {
			rows = append(rows, []string{
				j.Trace, w.Name, w.Missed.percent(), fmt.Sprintf("%.2f", float64(w.Nodes)), w.Regret.String(),
				fmt.Sprintf("%.2f", float64(over(w.Regret, right.Regret))), above(over(w.Regret, j.Tuned.Regret), neverAboveTuned),
			})
		}
	}
	if len(rows) == 1 {
		return ""
	}
	return table(rows)
}

// above is a ratio, in bold where it is more than it may be.
func above(ratio, most figure) string {
	text := fmt.Sprintf("%.2f", float64(ratio))
	if exceeds(ratio, most) {
		return "**" + text + "**"
	}
	return text
}

// table is rows in Markdown; the first is the head.
func table(rows [][]string) string {
	var b strings.Builder
	for n, row := range rows {
		b.WriteString("| " + strings.Join(row, " | ") + " |\n")
		if n == 0 {
			b.WriteString("|" + strings.Repeat("---|", len(row)) + "\n")
		}
	}
	return b.String()
}
