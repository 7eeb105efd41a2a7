package workload

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// number reads a count of replicas or seconds into dst, reports whether it
// was there, and leaves dst alone where it was not.
func (f fields) number(name string, dst *int32) bool {
	v := f.of[name]
	if v == nil {
		return false
	}
	n, ok := whole(v)
	if !ok || n < 0 || n > math.MaxInt32 {
		f.malformed(f.at(name), "a whole number from 0 to 2147483647, without quotes", v)
		return false
	}
	*dst = int32(n)
	return true
}

func (f fields) seconds(name string, dst *time.Duration) {
	var n int32
	if f.number(name, &n) {
		*dst = time.Duration(n) * time.Second
	}
}

// quantity reads a Kubernetes quantity that is a ratio: a number, or a text
// such as "0.05" or "50m".
func (f fields) quantity(name string, dst *float64) {
	v := f.of[name]
	if v == nil {
		return
	}
	var x float64
	ok := true
	switch v := v.(type) {
	case string:
		x, ok = parseQuantity(v)
	case float64:
		x = v
	default:
		var n int64
		n, ok = whole(v)
		x = float64(n)
	}
	if !ok || math.IsNaN(x) || math.IsInf(x, 0) || x < 0 {
		f.malformed(f.at(name), `a quantity of 0 or more, such as "0" or "0.05"`, v)
		return
	}
	*dst = x
}

// parseQuantity reads the quantities a ratio is written with: decimal, with an
// exponent, or with a suffix below one.
func parseQuantity(s string) (float64, bool) {
	scale := 1.0
	for suffix, by := range map[string]float64{"m": 1e-3, "u": 1e-6, "n": 1e-9} {
		if rest, ok := strings.CutSuffix(s, suffix); ok {
			s, scale = rest, by
			break
		}
	}
	if strings.Trim(s, "+-.0123456789eE") != "" { // ParseFloat also takes "0x1p2", "inf" and "1_0"
		return 0, false
	}
	x, err := strconv.ParseFloat(s, 64)
	return x * scale, err == nil
}

// whole reads the integers that YAML and JSON decoders make.
func whole(v any) (int64, bool) {
	switch v := v.(type) {
	case int:
		return int64(v), true
	case int32:
		return int64(v), true
	case int64:
		return v, true
	case uint64:
		return int64(v), v <= math.MaxInt64
	case float64:
		// Beyond 2^53 a float no longer holds every integer.
		if v != math.Trunc(v) || math.Abs(v) > 1<<53 {
			return 0, false
		}
		return int64(v), true
	default:
		return 0, false
	}
}

// describe names a malformed value without repeating much of it.
func describe(v any) string {
	switch v := v.(type) {
	case nil:
		return "nothing"
	case string:
		return "the text " + quote(v)
	case bool:
		return "the boolean " + strconv.FormatBool(v)
	case map[string]any:
		return "a mapping"
	case []any:
		return "a list"
	case float64:
		return "the number " + strconv.FormatFloat(v, 'g', -1, 64)
	default:
		if n, ok := whole(v); ok {
			return "the number " + strconv.FormatInt(n, 10)
		}
		return "another type"
	}
}
