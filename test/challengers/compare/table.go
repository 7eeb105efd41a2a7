package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// table is rows in Markdown, whose columns are aligned; the first row is the
// head.
func table(rows [][]string) string {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell), 3)
		}
	}
	var b strings.Builder
	for n, row := range rows {
		for i, cell := range row {
			padding := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i == 0 {
				b.WriteString("| " + cell + padding)
			} else {
				b.WriteString(" | " + padding + cell)
			}
		}
		b.WriteString(" |\n")
		if n == 0 {
			b.WriteString(rule(widths))
		}
	}
	return b.String()
}

// rule is the line below the head: the first column is flush left, others are
// flush right.
func rule(widths []int) string {
	var b strings.Builder
	for i, width := range widths {
		b.WriteString("|" + strings.Repeat("-", width+1))
		if i == 0 {
			b.WriteString("-")
		} else {
			b.WriteString(":")
		}
	}
	return b.String() + "|\n"
}

// geometric is the geometric mean, NaN of none.
func geometric(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += math.Log(v)
	}
	return math.Exp(sum / float64(len(values)))
}

func number(v float64) string {
	switch {
	case math.IsNaN(v):
		return "–"
	case math.IsInf(v, 0):
		return "∞"
	}
	return fmt.Sprintf("%.3f", v)
}

// duration is the median of some seconds.
func duration(seconds []float64) string {
	if len(seconds) == 0 || slices.Max(seconds) == 0 {
		return "–"
	}
	slices.Sort(seconds)
	d := time.Duration(seconds[len(seconds)/2] * float64(time.Second))
	switch {
	case d >= time.Second:
		return d.Round(10 * time.Millisecond).String()
	case d >= time.Millisecond:
		return d.Round(100 * time.Microsecond).String()
	case d >= time.Microsecond:
		return d.Round(100 * time.Nanosecond).String()
	}
	return d.String()
}
