package html

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/headstart-scaler/headstart/replay"
)

// point is an autoscaler between what it misses and what it costs.
type point struct {
	name         string
	missed, cost float64 // percent; node-hours over the oracle's
}

// curve is a peer over its tuning range.
type curve struct {
	name   string
	class  string
	points []point
}

// frontier is what can be had: who misses how much at which cost.
type frontier struct {
	curves []curve
	points []point // Headstart, and the clairvoyant
}

func newFrontier(r *replay.Report) frontier {
	var f frontier
	for _, row := range r.Rows {
		if row.UnderProvisioned == nil || row.NodeRatio == nil {
			continue
		}
		p := point{row.Autoscaler, 100 * *row.UnderProvisioned, *row.NodeRatio}
		peer, _, tuned := strings.Cut(row.Autoscaler, "@")
		switch {
		case tuned:
			f.tuned(peer, p)
		case row.Autoscaler == replay.Oracle || row.Utilisation > 0:
			// The one misses nothing, the others are on their curves.
		default:
			f.points = append(f.points, p)
		}
	}
	for i := range f.curves {
		slices.SortFunc(f.curves[i].points, func(a, b point) int { return strings.Compare(a.name, b.name) })
	}
	return f
}

func (f *frontier) tuned(peer string, p point) {
	i := slices.IndexFunc(f.curves, func(c curve) bool { return c.name == peer })
	if i < 0 {
		i = len(f.curves)
		f.curves = append(f.curves, curve{name: peer, class: fmt.Sprintf("peer%d", i%4+1)})
	}
	f.curves[i].points = append(f.curves[i].points, p)
}

// all are the points of curves and others.
func (f frontier) all() []point {
	all := slices.Clone(f.points)
	for _, c := range f.curves {
		all = append(all, c.points...)
	}
	return all
}

// zone is the least and the most of what is missed, above 0, and of cost. A
// point that misses nothing is drawn below the least.
func (f frontier) zone() (missed, cost scale, nothing bool) {
	missed, cost = scale{from: math.Inf(1), log: true}, scale{from: math.Inf(1)}
	for _, p := range f.all() {
		if p.missed > 0 {
			missed.from, missed.to = min(missed.from, p.missed), max(missed.to, p.missed)
		}
		nothing = nothing || p.missed <= 0
		cost.from, cost.to = min(cost.from, p.cost), max(cost.to, p.cost)
	}
	if math.IsInf(missed.from, 1) {
		missed.from, missed.to = 0.01, 1
	}
	missed.from, missed.to = missed.from/1.6, missed.to*1.6
	if missed.to/missed.from < 10 {
		missed.from, missed.to = missed.from/2, missed.to*2
	}
	room := max(0.05, (cost.to-cost.from)*0.06)
	cost.from, cost.to = cost.from-room, cost.to+room
	return missed, cost, nothing
}

func (f frontier) both() string {
	return f.svg(940, 330, "wide") + f.svg(360, 300, "narrow")
}

func (f frontier) svg(width, height float64, class string) string {
	label := "Demand that found no replica, on a logarithmic axis, against node-hours over the oracle's: curves are peers over their tuning range, the diamond is Headstart; lower and more to the left is better."
	c := newCanvas(width, height, "chart "+class, label)
	y, x, nothing := f.zone()
	x.low, x.high = 56, width-14
	y.low, y.high = height-46, 20
	none := y.low
	if nothing {
		y.low -= 26
		c.text("number", "end", x.low-6, none+4, "none")
		c.line("grid", x.low, none, x.high, none)
	}
	for _, v := range y.ticks(5) {
		c.line("grid", x.low, y.at(v), x.high, y.at(v))
		c.text("number", "end", x.low-6, y.at(v)+4, plain(v)+" %")
	}
	for _, v := range x.ticks(int(width / 90)) {
		c.line("tick", x.at(v), none, x.at(v), none+4)
		c.text("number", "middle", x.at(v), none+18, plain(math.Round(v*100)/100)+" ×")
	}
	c.text("unit", "end", x.high, height-8, "node-hours over the oracle's → dearer")
	c.text("unit", "start", 2, 10, "missed")
	place := func(p point) (float64, float64) {
		if p.missed <= 0 {
			return x.at(p.cost), none
		}
		return x.at(p.cost), y.at(p.missed)
	}
	for _, k := range f.curves {
		k.draw(c, place)
	}
	nameCurves(c, f.curves, x.high, place)
	for _, p := range f.points {
		px, py := place(p)
		mark(c, p, px, py, x.high)
	}
	return c.String()
}

// draw joins the points of a curve and names its ends.
func (k curve) draw(c *canvas, place func(point) (x, y float64)) {
	var d strings.Builder
	for i, p := range k.points {
		x, y := place(p)
		d.WriteString([]string{"L", "M"}[map[bool]int{true: 1}[i == 0]] + px(x) + " " + px(y))
	}
	c.path("curve "+k.class, d.String())
	for _, p := range k.points {
		x, y := place(p)
		c.begin(fmt.Sprintf("%s: misses %.3g %% at %.2f × the oracle's node-hours", p.name, p.missed, p.cost))
		switch k.class {
		case "peer1":
			c.path("dot "+k.class, circle(x, y, 3.6))
		case "peer2":
			c.rect("dot "+k.class, x-3.2, y-3.2, 6.4, 6.4)
		case "peer3":
			c.path("dot "+k.class, fmt.Sprintf("M%s %sl4.2 7.4h-8.4Z", px(x), px(y-4.6)))
		default:
			c.path("dot "+k.class, fmt.Sprintf("M%s %sl4.2 -7.4h-8.4Z", px(x), px(y+4.6)))
		}
		c.end()
	}
}

// nameCurves writes the name of each curve at its cheapest point, apart from the
// others, and before the point where there is no room up to the right edge.
func nameCurves(c *canvas, curves []curve, right float64, place func(point) (x, y float64)) {
	const letter = 7.0
	type at struct{ x, y float64 }
	var taken []at
	for _, k := range curves {
		x, y := place(slices.MinFunc(k.points, func(a, b point) int { return cmp.Compare(a.cost, b.cost) }))
		anchor := "start"
		if x+8+letter*float64(len(k.name)) > right {
			anchor, x = "end", x-16
		}
		x, y = x+8, y-5
		step := -4.0
		if y < 40 { // there is no room for several above it
			y, step = y+22, 4
		}
		for slices.ContainsFunc(taken, func(o at) bool { return math.Abs(o.y-y) < 13 && math.Abs(o.x-x) < 60 }) {
			y += step
		}
		taken = append(taken, at{x, y})
		c.text(k.class, anchor, x, y, k.name)
	}
}

func circle(x, y, r float64) string {
	return fmt.Sprintf("M%s %sa%g %g 0 1 0 %g 0a%g %g 0 1 0 %g 0Z", px(x-r), px(y), r, r, 2*r, r, r, -2*r)
}

// mark draws a point that is no peer's, and its name.
func mark(c *canvas, p point, x, y, right float64) {
	class, size := "known", 5.0
	if p.name != replay.Clairvoyant {
		class, size = "ours", 8
	}
	c.begin(fmt.Sprintf("%s: misses %.3g %% at %.2f × the oracle's node-hours", p.name, p.missed, p.cost))
	c.path(class, fmt.Sprintf("M%s %sl%g %gl%g %gl%g %gZ", px(x), px(y-size), size, size, -size, size, -size, -size))
	c.end()
	switch {
	case class == "known":
		c.text(class+"-name", "start", max(2, x-size), y+size+12, p.name)
	case x > right-80:
		c.text(class+"-name", "end", x-size-4, y+4, p.name)
	default:
		c.text(class+"-name", "start", x+size+4, y+4, p.name)
	}
}
