package html

import (
	"math"
	"slices"
	"strings"
)

// column is what a line does in one column of pixels: where it enters and
// leaves, and how far it goes between. Not known in a gap.
type column struct {
	x, width               float64
	first, low, high, last float64
	known                  bool
}

// columns reduces steps to columns of pixels, or to one a step where there are
// fewer. The least and the most of each are kept.
func columns(from, to int, x scale, value func(step int) float64) []column {
	n := min(to-from, int(math.Ceil(math.Abs(x.high-x.low))))
	all := make([]column, 0, n)
	for k := range n {
		begin, end := from+k*(to-from)/n, from+(k+1)*(to-from)/n
		c := column{x: x.at(float64(begin)), width: x.at(float64(end)) - x.at(float64(begin))}
		for i := begin; i < end; i++ {
			c.take(value(i))
		}
		all = append(all, c)
	}
	return all
}

func (c *column) take(v float64) {
	if math.IsNaN(v) {
		return
	}
	if !c.known {
		c.first, c.low, c.high, c.known = v, v, v, true
	}
	c.low, c.high, c.last = min(c.low, v), max(c.high, v), v
}

// stroke draws steps as a line: up and down in each column, and along to the
// next.
func stroke(all []column, y scale) string {
	var b strings.Builder
	drawn, at := false, ""
	for _, c := range all {
		if !c.known {
			drawn = false
			continue
		}
		if !drawn {
			at = px(y.at(c.first))
			b.WriteString("M" + px(c.x) + " " + at)
			drawn = true
		}
		for _, v := range c.turns() {
			if next := px(y.at(v)); next != at {
				b.WriteString("V" + next)
				at = next
			}
		}
		b.WriteString("H" + px(c.x+c.width))
	}
	return b.String()
}

// turns are where a line goes within a column, the farther end last but one.
func (c column) turns() []float64 {
	if c.low == c.high {
		return []float64{c.low}
	}
	if math.Abs(c.first-c.low) < math.Abs(c.first-c.high) {
		return []float64{c.low, c.high, c.last}
	}
	return []float64{c.high, c.low, c.last}
}

// fill draws the area between two heights of each column.
func fill(all []column, y scale, lower, upper func(column) float64) string {
	var b strings.Builder
	for len(all) > 0 {
		n := 0
		for n < len(all) && all[n].known {
			n++
		}
		if n > 0 {
			area(&b, all[:n], y, lower, upper)
		}
		all = all[min(n+1, len(all)):]
	}
	return b.String()
}

// area goes along the upper heights of columns without a gap, and back along the
// lower ones.
func area(b *strings.Builder, run []column, y scale, lower, upper func(column) float64) {
	b.WriteString("M" + px(run[0].x) + " " + px(y.at(lower(run[0]))))
	at := ""
	for _, c := range run {
		if top := px(y.at(upper(c))); top != at {
			if at != "" {
				b.WriteString("H" + px(c.x))
			}
			b.WriteString("V" + top)
			at = top
		}
	}
	end := run[len(run)-1]
	b.WriteString("H" + px(end.x+end.width))
	at = ""
	for _, c := range slices.Backward(run) {
		if bottom := px(y.at(lower(c))); bottom != at {
			if at != "" {
				b.WriteString("H" + px(c.x+c.width))
			}
			b.WriteString("V" + bottom)
			at = bottom
		}
	}
	b.WriteString("Z")
}

func ground(column) float64  { return 0 }
func most(c column) float64  { return c.high }
func least(c column) float64 { return c.low }
