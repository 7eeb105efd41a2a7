package intake

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// mark is what a file writes before the decimals.
type mark byte

const (
	markUnknown  mark = 0
	decimalPoint mark = '.'
	decimalComma mark = ','
)

// errAmbiguous is that of 12.000, which is twelve or twelve thousand.
var errAmbiguous = errors.New("it may have decimals or thousands")

// errNumber is that of what is no number.
var errNumber = errors.New("it is no number")

// marks learns from the numbers of one file what their decimals stand behind.
type marks struct {
	point, comma bool
}

// see learns from one number.
func (m *marks) see(c cell) {
	if c.kind != asText {
		return
	}
	digits, _ := digitsOf(c.text)
	if _, err := plainDigits(digits, markUnknown); err != nil {
		return
	}
	own := evidence(digits)
	m.point = m.point || own == decimalPoint
	m.comma = m.comma || own == decimalComma
}

// settled is what all numbers agree on.
func (m marks) settled() mark {
	switch {
	case m.point && !m.comma:
		return decimalPoint
	case m.comma && !m.point:
		return decimalComma
	default:
		return markUnknown
	}
}

// evidence is the mark that digits can only have; markUnknown where they have
// none, or may be read in two ways.
func evidence(digits string) mark {
	points, commas := strings.Count(digits, "."), strings.Count(digits, ",")
	last := strings.LastIndexAny(digits, ".,")
	switch {
	case points > 1 && commas <= 1:
		return decimalComma
	case commas > 1 && points <= 1:
		return decimalPoint
	case last < 0 || ambiguous(digits, last):
		return markUnknown
	default:
		return mark(digits[last])
	}
}

// ambiguous reports whether what stands at last, alone in its kind, may be
// before decimals or before thousands: 12.000, but neither 0.125 nor 1.5.
func ambiguous(digits string, last int) bool {
	single := strings.Count(digits, ".")+strings.Count(digits, ",") == 1
	return single && len(digits)-last-1 == 3 && last >= 1 && last <= 3 && digits[0] != '0'
}

// digitsOf splits a text into the digits it begins with, marks and all, without
// the blanks and apostrophes that group thousands, and the rest. Groups that are
// not of three digits are no number: there are no digits then.
func digitsOf(text string) (digits, rest string) {
	end := strings.IndexFunc(text, func(r rune) bool { return !isNumeral(r) && !groups(r) })
	if end < 0 {
		end = len(text)
	}
	digits = strings.TrimRightFunc(text[:end], groups)
	rest = strings.TrimSpace(text[len(digits):])
	if digits == "" || !isDigit(digits[0]) {
		return "", text
	}
	whole, _, _ := strings.Cut(digits, ".")
	whole, _, _ = strings.Cut(whole, ",")
	for i, group := range strings.FieldsFunc(whole, groups) {
		if len(group) > 3 && len(group) < len(whole) || i > 0 && len(group) != 3 {
			return "", text
		}
	}
	if strings.IndexFunc(digits[len(whole):], groups) >= 0 {
		return "", text
	}
	return strings.Map(func(r rune) rune {
		if groups(r) {
			return -1
		}
		return r
	}, digits), rest
}

// isNumeral reports whether a number may hold a character between its blanks.
func isNumeral(r rune) bool { return r >= '0' && r <= '9' || r == '.' || r == ',' }

// groups reports whether a character groups thousands and nothing else.
func groups(r rune) bool { return r == '\'' || r == '’' || unicode.IsSpace(r) }

// parseNumber reads a number as people write it, such as 12 000, 1.5M, 12k, and
// returns what stands after it.
func parseNumber(c cell, decimals mark) (value float64, rest string, err error) {
	if c.kind == asNumber || c.kind == asDateTime {
		v, ok := parseDigits(c.text)
		if !ok {
			return 0, "", errNumber
		}
		return v, "", nil
	}
	digits, rest := digitsOf(c.text)
	power, after, powered := exponent(rest)
	if last := strings.LastIndexAny(digits, ".,"); powered && decimals == markUnknown && last >= 0 {
		decimals = mark(digits[last]) // nobody writes thousands before a power
	}
	plain, err := plainDigits(digits, decimals)
	if err != nil {
		return 0, rest, err
	}
	v, ok := parseDigits(plain + power)
	if !ok {
		return 0, rest, errNumber
	}
	if powered {
		return v, after, nil
	}
	factor, rest := scale(rest)
	return v * factor, rest, nil
}

// exponent splits the E+04 off a rest that spreadsheets write after the digits
// of a long number, 1.2E+04.
func exponent(rest string) (power, after string, ok bool) {
	if rest == "" || rest[0] != 'e' && rest[0] != 'E' {
		return "", rest, false
	}
	end := 1
	if end < len(rest) && (rest[end] == '+' || rest[end] == '-') {
		end++
	}
	first := end
	for end < len(rest) && isDigit(rest[end]) {
		end++
	}
	if end == first || end < len(rest) && isNumeral(rune(rest[end])) {
		return "", rest, false
	}
	return rest[:end], strings.TrimSpace(rest[end:]), true
}

// plainDigits writes digits with a point before the decimals and nothing
// between thousands.
func plainDigits(digits string, decimals mark) (string, error) {
	points, commas := strings.Count(digits, "."), strings.Count(digits, ",")
	last := strings.LastIndexAny(digits, ".,")
	if last < 0 {
		return digits, nil
	}
	own := evidence(digits)
	if own == markUnknown {
		own = decimals
	}
	switch {
	case points > 1 && commas > 1 || own == markUnknown && points+commas > 1:
		return "", errNumber
	case own == markUnknown:
		return "", errAmbiguous
	}
	thousands := "."
	if own == decimalPoint {
		thousands = ","
	}
	whole, fraction, _ := strings.Cut(digits, string(rune(own)))
	groups := strings.Split(whole, thousands)
	for i, g := range groups {
		if i > 0 && len(g) != 3 || i == 0 && len(groups) > 1 && (len(g) == 0 || len(g) > 3) {
			return "", errNumber
		}
	}
	if strings.ContainsAny(fraction, ".,") {
		return "", errNumber
	}
	return strings.Join(groups, "") + "." + fraction, nil
}

// scale reads k, M and their words at the beginning of a rest.
func scale(rest string) (float64, string) {
	word, after, _ := strings.Cut(rest, " ")
	switch strings.ToLower(strings.TrimSuffix(word, ".")) {
	case "k", "tsd", "thousand", "tausend", "mille", "mil", "mila":
		return 1e3, after
	case "m", "mio", "mln", "million", "millions", "millionen", "millones", "milioni", "milhões":
		return 1e6, after
	default:
		return 1, rest
	}
}

// parseDigits reads digits with a point, without signs and words.
func parseDigits(text string) (float64, bool) {
	if text == "" || !isDigit(text[0]) && text[0] != '.' && text[0] != '-' {
		return 0, false
	}
	v, err := strconv.ParseFloat(text, 64)
	return v, err == nil && !math.IsNaN(v) && !math.IsInf(v, 0)
}

// parseDuration reads 30m, 1h30m, 90 min, 2 hours, 0:30, and the fraction of a
// day that a workbook has for it.
func parseDuration(c cell, decimals mark) (time.Duration, bool) {
	if c.kind == asNumber || c.kind == asDateTime {
		days, ok := parseDigits(c.text)
		return time.Duration(math.Round(days*24*60*60)) * time.Second, ok && days >= 0 && days < 8
	}
	if d, err := time.ParseDuration(strings.ReplaceAll(c.text, " ", "")); err == nil {
		return d, true
	}
	if d, ok := parseClock(c.text); ok {
		return d, true
	}
	v, unit, err := parseNumber(c, decimals)
	if err != nil || v > 1e6 {
		return 0, false
	}
	switch strings.ToLower(strings.TrimSuffix(unit, ".")) {
	case "min", "mins", "minute", "minutes", "minuten", "minuti", "minutos", "mn", "'":
		return time.Duration(v * float64(time.Minute)), true
	case "hour", "hours", "hr", "hrs", "std", "stunde", "stunden", "heure", "heures", "hora", "horas", "ora", "ore":
		return time.Duration(v * float64(time.Hour)), true
	case "s", "sec", "secs", "second", "seconds", "sekunden":
		return time.Duration(v * float64(time.Second)), true
	case "d", "day", "days", "tag", "tage":
		return time.Duration(v * 24 * float64(time.Hour)), true
	default:
		return 0, false
	}
}
