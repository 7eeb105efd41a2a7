package decision

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"time"
)

// sentence is a text in the making, which takes no room of its own while it
// grows inside what it was begun with.
type sentence []byte

func (s sentence) words(all ...string) sentence {
	for _, w := range all {
		s = append(s, w...)
	}
	return s
}

func (s sentence) count(n Replicas) sentence { return strconv.AppendInt(s, int64(n), 10) }

// num writes a number as a person would: whole from 1000 on, three digits that
// count below.
func (s sentence) num(x float64) sentence {
	const exact = 1 << 53 // up to here every whole number is a float64
	abs := math.Abs(x)
	switch {
	case (abs >= 1000 || x == math.Trunc(x)) && abs <= exact:
		return strconv.AppendInt(s, int64(math.Round(x)), 10)
	case abs >= 1000:
		return strconv.AppendFloat(s, x, 'f', 0, 64)
	case abs >= 100:
		return bytes.TrimRight(bytes.TrimRight(strconv.AppendFloat(s, x, 'f', 1, 64), "0"), ".")
	case abs >= 1:
		return bytes.TrimRight(bytes.TrimRight(strconv.AppendFloat(s, x, 'f', 2, 64), "0"), ".")
	default:
		return strconv.AppendFloat(s, x, 'g', 3, 64)
	}
}

func num(x float64) string { return string(sentence(nil).num(x)) }

func trimZeros(s string) string { return strings.TrimRight(strings.TrimRight(s, "0"), ".") }

func count(n Replicas) string { return strconv.Itoa(int(n)) }

// Span writes a duration, to the second, without zero parts: 90s as 1m30s, 5m0s as 5m.
func Span(d time.Duration) string {
	if d >= time.Second {
		d = d.Round(time.Second)
	} else {
		d = d.Round(time.Millisecond)
	}
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// clock writes an instant's time of day in UTC.
func clock(t time.Time) string { return t.UTC().Format("15:04:05Z") }

// day writes an instant with its date, where it may lie beyond midnight.
func day(t time.Time) string { return t.UTC().Format("Jan 2 15:04Z") }

// percent writes 0.995 as 99.5 %.
func percent(share float64) string {
	return trimZeros(strconv.FormatFloat(share*100, 'f', 1, 64)) + " %"
}

func plural(n Replicas, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return count(n) + " " + many
}

// ceil rounds a need up, forgiving what floating point adds to a whole number.
func ceil(x float64) Replicas {
	const forgiven = 1e-9
	switch up := math.Ceil(x - forgiven*math.Max(1, math.Abs(x))); {
	case math.IsNaN(up) || up <= 0:
		return 0
	case up >= math.MaxInt32:
		return math.MaxInt32
	default:
		return Replicas(up)
	}
}
