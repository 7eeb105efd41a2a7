package html

import (
	"fmt"
	"math"
	"time"

	"github.com/headstart-scaler/headstart/replay"
)

// timeline is a part of a play as it is drawn.
type timeline struct {
	play     *replay.Play
	run      *replay.Run
	beside   *replay.Run // another autoscaler's, or nil
	from, to int         // steps
	label    string
}

// The panels of a timeline, in pixels.
const (
	marginLeft   = 44.0
	marginRight  = 10.0
	marginTop    = 24.0
	nodesHeight  = 62.0
	betweenPanel = 24.0
	axisHeight   = 22.0
)

// both draws it wide and for a phone: the page shows one of them.
func (t timeline) both() string {
	return t.svg(940, 230, "wide") + t.svg(360, 180, "narrow")
}

func (t timeline) svg(width, height float64, class string) string {
	total := marginTop + height + betweenPanel + nodesHeight + axisHeight
	c := newCanvas(width, total, "chart "+class, t.label)
	x := scale{from: float64(t.from), to: float64(t.to), low: marginLeft, high: width - marginRight}
	y := scale{from: 0, to: t.top(), low: marginTop + height, high: marginTop}
	nodes := scale{from: 0, to: t.topNodes(), low: marginTop + height + betweenPanel + nodesHeight, high: marginTop + height + betweenPanel}
	t.shade(c, x, y.high, nodes.low)
	axis(c, y, marginLeft, width-marginRight, 4)
	axis(c, nodes, marginLeft, width-marginRight, 2)
	c.text("unit", "start", 2, 11, "replicas")
	c.text("unit", "start", 2, nodes.high-8, "nodes")
	t.draw(c, x, y)
	t.drawNodes(c, x, nodes)
	for _, k := range clockTicks(t.at(t.from), t.at(t.to), int(width/80)) {
		at := x.at(float64(t.from) + float64(k.at.Sub(t.at(t.from)))/float64(replay.Step))
		c.line("tick", at, nodes.low, at, nodes.low+4)
		name := "number"
		if k.day {
			name = "number day"
		}
		c.text(name, "middle", min(max(at, 18), width-18), nodes.low+17, k.text)
	}
	return c.String()
}

func (t timeline) at(step int) time.Time { return t.play.Scene.At(step) }

// axis draws the lines of a scale and their numbers.
func axis(c *canvas, s scale, left, right float64, about int) {
	for _, v := range s.ticks(about) {
		c.line("grid", left, s.at(v), right, s.at(v))
		c.text("number", "end", left-6, s.at(v)+4, plain(v))
	}
}

// top is the most that the upper panel shows: of a forecast, only so much that
// it does not hide the rest.
func (t timeline) top() float64 {
	highest := 1.0
	for i := t.from; i < t.to; i++ {
		highest = max(highest, float64(t.run.Steps[i].Ready))
		if d := t.play.Scene.Demand[i]; d > highest {
			highest = d
		}
	}
	return highest * 1.08
}

func (t timeline) topNodes() float64 {
	highest := 1
	for i := t.from; i < t.to; i++ {
		highest = max(highest, int(t.run.Steps[i].Nodes))
	}
	return float64(highest) * 1.1
}

// shade marks the time in which events take place, and where each starts.
func (t timeline) shade(c *canvas, x scale, top, bottom float64) {
	shaded := math.Inf(-1)
	for _, e := range t.play.Scene.Events {
		from, to := t.steps(e.Start), t.steps(e.End)
		if to <= float64(t.from) || from >= float64(t.to) {
			continue
		}
		left, right := x.at(max(from, float64(t.from))), x.at(min(to, float64(t.to)))
		c.begin(fmt.Sprintf("%s, %s to %s UTC", e.Event.Title, e.Start.UTC().Format("2 Jan 15:04"), e.End.UTC().Format("15:04")))
		// What another event shades already is not shaded twice.
		if begin := max(left, shaded); right > begin {
			c.rect("event", begin, top, max(1, right-begin), bottom-top)
			shaded = right
		}
		if from >= float64(t.from) {
			c.line("begins", left, top, left, bottom)
		}
		c.end()
	}
}

// steps is an instant as a number of steps.
func (t timeline) steps(at time.Time) float64 {
	return float64(at.Sub(t.play.Scene.Start)) / float64(replay.Step)
}

func (t timeline) draw(c *canvas, x, y scale) {
	demand := columns(t.from, t.to, x, func(i int) float64 { return t.play.Scene.Demand[i] })
	if t.run.Upper != nil {
		lower := columns(t.from, t.to, x, func(i int) float64 { return float64(t.run.Middle[i]) })
		upper := columns(t.from, t.to, x, func(i int) float64 { return min(float64(t.run.Upper[i]), y.to) })
		for i := range upper {
			upper[i].low, upper[i].known = lower[i].low, upper[i].known && lower[i].known && lower[i].low <= y.to
		}
		c.path("band", fill(upper, y, least, most))
	}
	c.path("demand", fill(demand, y, ground, most))
	c.path("demand-line", stroke(demand, y))
	if t.beside != nil {
		c.path("beside", stroke(columns(t.from, t.to, x, func(i int) float64 { return min(float64(t.beside.Steps[i].Ready), y.to) }), y))
	}
	if t.close(x) {
		c.path("desired", stroke(columns(t.from, t.to, x, func(i int) float64 { return min(float64(t.run.Steps[i].Desired), y.to) }), y))
	}
	ready := "ready"
	if !t.close(x) {
		ready += " fine"
	}
	c.path(ready, stroke(columns(t.from, t.to, x, func(i int) float64 { return float64(t.run.Steps[i].Ready) }), y))
	c.path("short", fill(t.shortfalls(x), y, least, most))
}

// close reports whether a step is wide enough to tell what was asked for from
// what was ready.
func (t timeline) close(x scale) bool { return float64(t.to-t.from) < 4*(x.high-x.low) }

// shortfalls are columns from what was ready to what was demanded, at the worst
// step of each.
func (t timeline) shortfalls(x scale) []column {
	worst := columns(t.from, t.to, x, func(i int) float64 {
		if short := t.play.Scene.Demand[i] - float64(t.run.Steps[i].Ready); short > 0 {
			return float64(i)
		}
		return math.NaN()
	})
	for k := range worst {
		c := &worst[k]
		if !c.known {
			continue
		}
		most := 0.0
		for i := int(c.low); i <= int(c.high); i++ {
			d, ready := t.play.Scene.Demand[i], float64(t.run.Steps[i].Ready)
			if d-ready > most {
				most, c.first, c.last = d-ready, ready, d
			}
		}
		c.low, c.high = c.first, c.last
		// What is too thin to be seen is seen all the same.
		c.width = max(c.width, 1.2)
	}
	return worst
}

// drawNodes draws nodes, and how many of them replicas fill.
func (t timeline) drawNodes(c *canvas, x, y scale) {
	per := t.play.Cluster.PodsPerNode
	c.path("warm", fill(columns(t.from, t.to, x, func(i int) float64 { return float64(t.run.Steps[i].Nodes) }), y, ground, most))
	c.path("filled", fill(columns(t.from, t.to, x, func(i int) float64 {
		return float64((int(t.run.Steps[i].Desired) + per - 1) / per)
	}), y, ground, most))
}
