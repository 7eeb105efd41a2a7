package html

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/replay"
)

// overview is the scored part as a whole.
func (s subject) overview() figure {
	scene := s.report.Play.Scene
	t := timeline{play: s.report.Play, run: s.run, from: scene.Scored, to: len(scene.Demand)}
	t.label = fmt.Sprintf("Demand and ready replicas of %s from %s to %s UTC, nodes below. The table has the same by day.", s.row.Autoscaler, day(t.at(t.from)), day(t.at(t.to)))
	return figure{
		ID: "all", Title: "All that is scored",
		Caption: fmt.Sprintf("Demand and what was ready for it, from %s to %s UTC. Each column of pixels shows its highest and lowest value, so that no peak is lost.", day(t.at(t.from)), day(t.at(t.to))),
		Drawing: drawing(t.both()), Table: s.byDay(),
	}
}

func day(at time.Time) string { return at.UTC().Format("2 January 2006 15:04") }

// byDay sums the scored part up by day, or by week where there are many.
func (s subject) byDay() grid {
	scene := s.report.Play.Scene
	length, name := inSteps(24*time.Hour), "day"
	if len(scene.Demand)-scene.Scored > 62*length {
		length, name = 7*length, "week from"
	}
	g := grid{Heads: []string{name, "highest demand", "replica-hours demanded", "without a replica", "node-hours", "events"}}
	for from := scene.Scored; from < len(scene.Demand); from += length {
		to := min(from+length, len(scene.Demand))
		missed, demand := missedIn(scene, s.run, from, to)
		nodes, events := 0.0, 0
		for i := from; i < to; i++ {
			if !math.IsNaN(scene.Demand[i]) {
				nodes += float64(s.run.Steps[i].Nodes) * replay.Step.Hours()
			}
		}
		for _, e := range scene.Events {
			if !e.Start.Before(scene.At(from)) && e.Start.Before(scene.At(to)) {
				events++
			}
		}
		g.Rows = append(g.Rows, []string{
			scene.At(from).UTC().Format("Mon 2 Jan 15:04"), fmt.Sprintf("%.1f", highest(scene, from, to)), fmt.Sprintf("%.1f", demand),
			part(missed, demand), fmt.Sprintf("%.1f", nodes), fmt.Sprint(events),
		})
	}
	return g
}

// part is a share in percent, and the hours.
func part(missed, demand float64) string {
	if demand <= 0 {
		return "–"
	}
	if missed == 0 {
		return "none"
	}
	return fmt.Sprintf("%.3g %% (%.2g h)", 100*missed/demand, missed)
}

func (s subject) frontier() figure {
	f := newFrontier(s.report)
	g := grid{Heads: []string{"autoscaler", "without a replica", "node-hours over the oracle's"}}
	points := f.all()
	slices.SortStableFunc(points, func(a, b point) int { return cmp.Compare(a.missed, b.missed) })
	for _, p := range points {
		g.Rows = append(g.Rows, []string{p.name, fmt.Sprintf("%.3g %%", p.missed), fmt.Sprintf("%.2f", p.cost)})
	}
	caption := "What each misses, on a logarithmic axis, against what it costs: lower and more to the left is better."
	if len(f.curves) > 0 {
		caption += " A curve is a peer over its tuning range, a point 10 % of target apart."
	}
	return figure{ID: "frontier", Title: "Missed work against cost", Caption: caption, Drawing: drawing(f.both()), Table: g}
}

// shortfalls draws the worst times in which replicas were too few, and says how
// many more there are.
func (s subject) shortfalls() (all []figure, more string) {
	found := shortfalls(s.report.Play, s.run)
	scene := s.report.Play.Scene
	for i, e := range found {
		from, to := e.drawn(scene)
		at := scene.At(e.from).UTC()
		caption := fmt.Sprintf("%s replica-hours found no replica from %s to %s UTC; demand went up to %.1f replicas.", small(e.missed), at.Format("2 Jan 15:04"), scene.At(e.to).UTC().Format("15:04"), e.peak)
		if s.beside != nil {
			theirs, _ := missedIn(scene, s.beside, e.from, e.to)
			caption += fmt.Sprintf(" %s missed %s in the same time.", title(label(s.besideRow())), small(theirs))
		}
		all = append(all, s.detail(fmt.Sprintf("short-%d", i+1), at.Format("Mon 2 Jan, 15:04"), caption, from, to))
	}
	if len(found) == 0 {
		return nil, "Replicas were never too few."
	}
	return all, ""
}

func small(v float64) string { return fmt.Sprintf("%.3g", v) }

// detail draws a part of the play.
func (s subject) detail(id, title, caption string, from, to int) figure {
	t := timeline{play: s.report.Play, run: s.run, beside: s.beside, from: from, to: to}
	t.label = title + " UTC: " + caption
	return figure{ID: id, Title: title, Caption: caption, Drawing: drawing(t.both()), Table: s.moments(from, to)}
}

// moments are about a dozen equal parts of a detail, each with its extremes.
func (s subject) moments(from, to int) grid {
	const parts = 12
	scene := s.report.Play.Scene
	g := grid{Heads: []string{"from", "highest demand", "fewest ready", "most asked for", "most nodes", "without a replica"}}
	for k := range parts {
		begin, end := from+k*(to-from)/parts, from+(k+1)*(to-from)/parts
		if begin >= end {
			continue
		}
		ready, asked, nodes := int32(math.MaxInt32), int32(0), int32(0)
		for _, m := range s.run.Steps[begin:end] {
			ready, asked, nodes = min(ready, m.Ready), max(asked, m.Desired), max(nodes, m.Nodes)
		}
		missed, demand := missedIn(scene, s.run, begin, end)
		g.Rows = append(g.Rows, []string{
			scene.At(begin).UTC().Format("15:04:05"), fmt.Sprintf("%.1f", highest(scene, begin, end)),
			fmt.Sprint(ready), fmt.Sprint(asked), fmt.Sprint(nodes), part(missed, demand),
		})
	}
	return g
}

// visit is an event, or several that begin together.
type visit struct {
	episode
	title  string
	others int
}

// together is how far apart events begin that are drawn as one.
const together = 30 * time.Minute

// visits are the events that were scored, in the order in which they begin.
func (s subject) visits() (all []visit) {
	scene := s.report.Play.Scene
	for _, e := range slices.SortedStableFunc(slices.Values(scene.Events), func(a, b calendar.Occurrence) int { return a.Start.Compare(b.Start) }) {
		from, to := inSteps(e.Start.Sub(scene.Start)), inSteps(e.End.Sub(scene.Start))
		if to <= scene.Scored || from >= len(scene.Demand) {
			continue
		}
		from, to = max(0, from), min(max(to, from+1), len(scene.Demand))
		if n := len(all); n > 0 && from-all[n-1].from < inSteps(together) {
			all[n-1].to = max(all[n-1].to, to)
			all[n-1].others++
			continue
		}
		all = append(all, visit{episode: episode{from: from, to: to}, title: cmp.Or(strings.TrimSpace(e.Event.Title), "Event")})
	}
	for i := range all {
		v := &all[i]
		v.missed, _ = missedIn(scene, s.run, v.from, v.to)
		v.peak = highest(scene, v.from, v.to)
		if v.others == 1 {
			v.title += " and another"
		} else if v.others > 1 {
			v.title += fmt.Sprintf(" and %d others", v.others)
		}
	}
	return all
}

// events draws those that were scored: all, or those that missed most and then
// those with the highest demand.
func (s subject) events() (all []figure, more string) {
	visits := s.visits()
	if n := len(visits); n > mostEvents {
		slices.SortStableFunc(visits, func(a, b visit) int {
			return cmp.Or(cmp.Compare(b.missed, a.missed), cmp.Compare(b.peak, a.peak))
		})
		visits = visits[:mostEvents]
		slices.SortStableFunc(visits, func(a, b visit) int { return cmp.Compare(a.from, b.from) })
		more = fmt.Sprintf("%d of %d times at which events begin: those that missed most, and then those with the highest demand.", mostEvents, n)
	}
	for i, v := range visits {
		from, to := v.drawn(s.report.Play.Scene)
		all = append(all, s.detail(fmt.Sprintf("event-%d", i+1), v.title, s.met(v), from, to))
	}
	return all, more
}

// met says how an event was met.
func (s subject) met(v visit) string {
	scene := s.report.Play.Scene
	_, demand := missedIn(scene, s.run, v.from, v.to)
	text := fmt.Sprintf("From %s to %s UTC; demand up to %.1f replicas; without a replica: %s %s",
		scene.At(v.from).UTC().Format("Mon 2 Jan 15:04"), scene.At(v.to).UTC().Format("15:04"), v.peak, s.row.Autoscaler, part(v.missed, demand))
	if s.beside != nil {
		theirs, _ := missedIn(scene, s.beside, v.from, v.to)
		text += fmt.Sprintf(", %s %s", label(s.besideRow()), part(theirs, demand))
	}
	return text + "."
}
