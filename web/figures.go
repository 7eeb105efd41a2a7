package web

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/headstart-scaler/headstart/decision"
)

// number writes a value with the digits that count, thousands apart.
func number(x float64) string {
	switch abs := math.Abs(x); {
	case abs >= 1e15 || math.IsNaN(x):
		return strconv.FormatFloat(x, 'g', 4, 64)
	case abs >= 1000 || x == math.Trunc(x):
		return thousands(strconv.FormatFloat(x, 'f', 0, 64))
	case abs >= 1:
		return strings.TrimRight(strings.TrimRight(strconv.FormatFloat(x, 'f', 2, 64), "0"), ".")
	default:
		return strconv.FormatFloat(x, 'g', 3, 64)
	}
}

// thousands puts a thin space between groups of three digits, which neither
// side of the decimal comma divide reads as a decimal mark.
func thousands(digits string) string {
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "−", digits[1:]
	}
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteRune('\u202f')
		}
		b.WriteRune(d)
	}
	return sign + b.String()
}

// span writes a duration as a person would: 240 ms, 3.2 s, 5m30s, 2h5m.
func span(d time.Duration) string {
	switch {
	case d < 0:
		return "0 s"
	case d < time.Millisecond && d > 0:
		return "under 1 ms"
	case d < time.Second:
		return strconv.FormatInt(d.Milliseconds(), 10) + " ms"
	case d < 10*time.Second:
		return strings.TrimSuffix(strconv.FormatFloat(d.Seconds(), 'f', 1, 64), ".0") + " s"
	case d < time.Minute:
		return strconv.FormatFloat(d.Seconds(), 'f', 0, 64) + " s"
	case d < time.Hour:
		return decision.Span(d.Round(time.Second))
	default:
		return decision.Span(d.Round(time.Minute))
	}
}
