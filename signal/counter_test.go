package signal

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestCounterTellsTheRate(t *testing.T) {
	var c Counter
	cases := []struct {
		what   string
		second float64
		count  float64
		rate   float64
		ok     bool
	}{
		{"the first count", 0, 100, 0, false},
		{"ten in two seconds", 2, 110, 5, true},
		{"nothing new", 3, 110, 0, true},
		{"the same instant", 3, 120, 0, false},
		{"an older instant", 1, 130, 0, false},
		{"after what was ignored", 4, 111, 1, true},
		{"not a number", 5, math.NaN(), 0, false},
		{"infinite", 5, math.Inf(1), 0, false},
		{"after what was not finite", 6, 113, 1, true},
		{"a reset", 7, 50, 0, false},
		{"after the reset", 7.5, 51, 2, true},
		{"a reset to nothing", 8, 0, 0, false},
		{"from nothing", 10, 1, 0.5, true},
		{"after a long gap", 1010, 1001, 1, true},
	}
	for _, x := range cases {
		rate, ok := c.Observe(noon.Add(time.Duration(x.second*float64(time.Second))), x.count)
		if rate != x.rate || ok != x.ok {
			t.Errorf("%s: %v, %t, want %v, %t", x.what, rate, ok, x.rate, x.ok)
		}
	}
}

// However a growing count is read, and whenever it is reset, rates times their
// intervals add up to what was counted between readings that allow one, and
// none is negative.
func TestCounterAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var c Counter
		count, told, want := 0.0, 0.0, 0.0
		when := noon
		c.Observe(when, count)
		for range rapid.IntRange(1, 30).Draw(t, "readings") {
			seconds := rapid.IntRange(1, 60).Draw(t, "seconds")
			when = when.Add(time.Duration(seconds) * time.Second)
			next := count + float64(rapid.IntRange(0, 1000).Draw(t, "more"))
			if count > 0 && rapid.IntRange(0, 9).Draw(t, "reset") == 0 {
				next = float64(rapid.IntRange(0, int(count)-1).Draw(t, "restart"))
			}
			rate, ok := c.Observe(when, next)
			if ok != (next >= count) || rate < 0 {
				t.Fatalf("from %v to %v: rate %v, %t", count, next, rate, ok)
			}
			want += max(0, next-count)
			told += rate * float64(seconds)
			count = next
		}
		if math.Abs(told-want) > 1e-6*(1+want) {
			t.Fatalf("rates add up to %v, counted were %v", told, want)
		}
	})
}
