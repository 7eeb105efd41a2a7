package shape

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/headstart-scaler/headstart/config/internal/document"
)

// Duration is a length of time, written as 90s, 5m or 1h30m.
type Duration struct{ time.Duration }

// ParseText reads Go's notation, and refuses a number without a unit.
func (d *Duration) ParseText(text string) error {
	v, err := time.ParseDuration(text)
	if err == nil && v < 0 {
		return &document.ParseError{Message: fmt.Sprintf("found %q", text), Fix: "Write a duration that is not negative."}
	}
	if err == nil {
		d.Duration = v
		return nil
	}
	fix := "Write a duration such as 90s, 5m or 1h30m."
	if n, numErr := strconv.ParseFloat(text, 64); numErr == nil && n >= 0 && !math.IsInf(n, 0) {
		fix = fmt.Sprintf("Write %ss, %sm or %sh.", text, text, text)
	}
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, dayErr := strconv.Atoi(days); dayErr == nil && n > 0 && n < 10_000 {
			fix = fmt.Sprintf("Write %dh.", 24*n)
		}
	}
	return &document.ParseError{Message: fmt.Sprintf("found %.40q", text), Fix: fix}
}

// Tolerance is the HPA's deadband: auto, or a ratio.
type Tolerance struct {
	Auto  bool
	Ratio float64
}

// ParseText reads auto or a ratio from 0 to below 1.
func (t *Tolerance) ParseText(text string) error {
	if text == "auto" {
		*t = Tolerance{Auto: true}
		return nil
	}
	ratio, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(ratio) || ratio < 0 || ratio >= 1 {
		return &document.ParseError{Message: fmt.Sprintf("found %.40q", text), Fix: "Write auto, 0, or a ratio below 1 such as 0.1."}
	}
	*t = Tolerance{Ratio: ratio}
	return nil
}

// Words is a list of words, or one text with commas between them.
type Words []string

// DecodeNode reads either form.
func (w *Words) DecodeNode(n document.Node) {
	if n.IsList() {
		var list []string
		n.Decode(&list)
		*w = list
		return
	}
	text, ok := n.Text()
	if !ok {
		n.Refuse("found "+n.Quoted(), "Write a list, or one text with commas between the items.")
		return
	}
	for item := range strings.SplitSeq(text, ",") {
		*w = append(*w, strings.TrimSpace(item))
	}
}

// Capacity is what one replica carries: a number, or a mapping that lets it
// be learned.
type Capacity struct {
	LearnedCapacity
}

// DecodeNode reads either form.
func (c *Capacity) DecodeNode(n document.Node) {
	if n.IsMapping() {
		n.Decode(&c.LearnedCapacity)
		return
	}
	x, ok := n.Number()
	if ok && x <= 0 {
		n.Refuse("found "+n.Quoted(), "Write a number above 0: what one replica carries.")
	}
	c.LearnedCapacity = LearnedCapacity{Initial: x}
}
