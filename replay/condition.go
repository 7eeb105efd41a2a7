package replay

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Condition is what a figure is not to be, such as under_provisioned > 0.1%.
type Condition struct {
	figure string
	above  bool // fails above the bound, or else below
	equal  bool // and at it
	bound  float64
	text   string
}

// ParseCondition reads a figure's name, one of > >= < <=, and a bound: a number
// in the figure's own unit, or in one that is written: % of a share, h and min.
func ParseCondition(text string) (Condition, error) {
	at := strings.IndexAny(text, "<>")
	if at < 0 {
		return Condition{}, fmt.Errorf("condition %.80q compares nothing: write it as under_provisioned > 0.1%%", text)
	}
	c := Condition{figure: strings.TrimSpace(text[:at]), above: text[at] == '>', text: strings.Join(strings.Fields(text), " ")}
	rest, equal := strings.CutPrefix(text[at+1:], "=")
	c.equal = equal
	var names []string
	for _, f := range new(Figures).All() {
		names = append(names, f.Name)
		if f.Name == c.figure {
			bound, err := boundOf(strings.TrimSpace(rest), f.Unit)
			if err != nil {
				return Condition{}, fmt.Errorf("condition %.80q: %w", text, err)
			}
			c.bound = bound
			return c, nil
		}
	}
	return Condition{}, fmt.Errorf("condition %.80q: there is no figure %q: known are %s", text, c.figure, strings.Join(names, ", "))
}

// boundOf reads a number and its unit.
func boundOf(text string, unit Unit) (float64, error) {
	number := strings.TrimSpace(strings.TrimRight(text, "%abcdefghijklmnopqrstuvwxyz /"))
	v, err := strconv.ParseFloat(number, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, fmt.Errorf("%.40q is no number with a unit, such as 0.1%%", text)
	}
	written := strings.TrimSpace(strings.TrimPrefix(text, number))
	factor, known := map[Unit]map[string]float64{
		Share:    {"": 1, "%": 0.01},
		Percent:  {"": 1, "%": 1},
		Hours:    {"": 1, "h": 1, "min": 1. / 60},
		Minutes:  {"": 1, "min": 1, "m": 1, "s": 1. / 60, "h": 60},
		PerHour:  {"": 1, "/h": 1},
		Ratio:    {"": 1, "%": 0.01},
		NodeCost: {"": 1},
	}[unit][written]
	if !known {
		return 0, fmt.Errorf("%q is no unit of what is measured as %s", written, unit)
	}
	return v * factor, nil
}

// Met reports whether figures are what the condition wants none to be, and says
// so with the numbers. A figure that means nothing here is an error.
func (c Condition) Met(f Figures) (met bool, text string, err error) {
	for _, figure := range f.All() {
		if figure.Name != c.figure {
			continue
		}
		if !figure.Known {
			return false, "", fmt.Errorf("condition %s cannot be judged: %w", c.text, errUnknown(figure.Name))
		}
		v := figure.Value
		met = c.above && v > c.bound || !c.above && v < c.bound || c.equal && v == c.bound
		if met {
			by := figure
			by.Value = math.Abs(v - c.bound)
			text = fmt.Sprintf("%s is %s, by %s beyond %s", c.figure, figure, by, c.text)
		}
		return met, text, nil
	}
	return false, "", errors.New("the zero Condition compares nothing")
}

func errUnknown(figure string) error {
	if figure == "under_provisioned" || figure == "regret" || strings.HasSuffix(figure, "ratio") {
		return errors.New("nothing was demanded in the part of the trace that is scored")
	}
	if strings.HasPrefix(figure, "forecast") {
		return errors.New("nothing was expected of the part of the trace that is scored")
	}
	return errors.New("no event takes place in the part of the trace that is scored: --calendar has none there")
}
