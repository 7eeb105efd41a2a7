package html

import (
	"html"
	"math"
	"strconv"
	"strings"
)

// canvas is an SVG in the making, in the pixels of its own width.
type canvas struct {
	b             strings.Builder
	width, height float64
}

func newCanvas(width, height float64, class, label string) *canvas {
	c := &canvas{width: width, height: height}
	c.b.WriteString(`<svg class="` + class + `" viewBox="0 0 ` + px(width) + " " + px(height) + `" role="img" aria-label="` + html.EscapeString(label) + `">`)
	return c
}

func (c *canvas) String() string { return c.b.String() + "</svg>" }

// px is a coordinate to a tenth of a pixel.
func px(v float64) string {
	return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64)
}

func (c *canvas) path(class, d string) {
	if d != "" {
		c.b.WriteString(`<path class="` + class + `" d="` + d + `"/>`)
	}
}

func (c *canvas) line(class string, x1, y1, x2, y2 float64) {
	c.b.WriteString(`<path class="` + class + `" d="M` + px(x1) + " " + px(y1) + "L" + px(x2) + " " + px(y2) + `"/>`)
}

func (c *canvas) rect(class string, x, y, width, height float64) {
	c.b.WriteString(`<rect class="` + class + `" x="` + px(x) + `" y="` + px(y) + `" width="` + px(max(0, width)) + `" height="` + px(max(0, height)) + `"/>`)
}

// text writes at a point; anchor is start, middle or end.
func (c *canvas) text(class, anchor string, x, y float64, text string) {
	c.b.WriteString(`<text class="` + class + `" text-anchor="` + anchor + `" x="` + px(x) + `" y="` + px(y) + `">` + html.EscapeString(text) + `</text>`)
}

// begin and end put what is between them in a group that has a tooltip.
func (c *canvas) begin(tip string) {
	c.b.WriteString("<g><title>" + html.EscapeString(tip) + "</title>")
}
func (c *canvas) end() { c.b.WriteString("</g>") }

// scale maps numbers to pixels, in a line or by their logarithm.
type scale struct {
	from, to  float64
	low, high float64 // pixels
	log       bool
}

func (s scale) at(v float64) float64 {
	from, to := s.from, s.to
	if s.log {
		from, to, v = math.Log(from), math.Log(to), math.Log(v)
	}
	if to <= from {
		return s.low
	}
	return s.low + (v-from)/(to-from)*(s.high-s.low)
}

// ticks are round numbers of a scale, about so many.
func (s scale) ticks(about int) []float64 {
	if s.log {
		return s.powers(about)
	}
	step := roundUp((s.to - s.from) / float64(max(1, about)))
	if step <= 0 || math.IsInf(step, 0) {
		return nil
	}
	var all []float64
	for k := math.Ceil(s.from/step - 1e-9); k*step <= s.to+step*1e-9; k++ {
		all = append(all, k*step)
	}
	return all
}

// powers are those of ten, and 2 and 5 times them where there are few.
func (s scale) powers(about int) []float64 {
	var all []float64
	decades := math.Log10(s.to / s.from)
	factors := []float64{1, 2, 5}
	if decades*3 > float64(about) {
		factors = []float64{1}
	}
	for p := math.Floor(math.Log10(s.from)); p <= math.Ceil(math.Log10(s.to)); p++ {
		for _, f := range factors {
			if v := f * math.Pow(10, p); v >= s.from*0.999 && v <= s.to*1.001 {
				all = append(all, v)
			}
		}
	}
	return all
}

// roundUp is the next 1, 2 or 5 times a power of ten.
func roundUp(v float64) float64 {
	if v <= 0 {
		return 0
	}
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, f := range []float64{1, 2, 5} {
		if v <= f*power*(1+1e-9) {
			return f * power
		}
	}
	return 10 * power
}

// plain is a number as it is written at an axis.
func plain(v float64) string {
	if v == 0 {
		return "0" // and not −0
	}
	if math.Abs(v) < 1e-4 {
		return strconv.FormatFloat(v, 'g', 2, 64)
	}
	return strconv.FormatFloat(math.Round(v*1e6)/1e6, 'f', -1, 64)
}
