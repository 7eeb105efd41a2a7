package backtest

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func gapped(n int, step time.Duration, gap func(int) bool) Trace {
	return traceOf(n, step, func(i int) float64 {
		if gap(i) {
			return math.NaN()
		}
		return float64(i)
	})
}

// What test/challengers/protocol.py finds in the same traces: both sides must
// score the same origins.
func TestOriginsAreThoseOfTheChallengers(t *testing.T) {
	minutes := gapped(20000, time.Minute, func(i int) bool { return i%97 == 0 || 5000 <= i && i < 6500 })
	fives := gapped(3000, 5*time.Minute, func(i int) bool { return i%50 == 7 })
	for _, c := range []struct {
		trace Trace
		count int
		want  []int
		all   int
	}{
		{minutes, 12, []int{6666, 8457, 9140, 10929, 11612, 12296, 14087, 14770, 16559, 17242, 17926, 19717}, 12589},
		{fives, 7, []int{1000, 1461, 1635, 2094, 2271, 2444, 2905}, 1829},
	} {
		o := Standard()
		o.Count = c.count
		if got := o.origins(c.trace, o.leads(c.trace)); !slices.Equal(got, c.want) {
			t.Errorf("origins %v, the challengers' %v", got, c.want)
		}
		o.Count = len(c.trace.Values)
		if got := o.origins(c.trace, o.leads(c.trace)); len(got) != c.all {
			t.Errorf("%d origins can be scored, for the challengers %d", len(got), c.all)
		}
	}
}

func TestOriginsBeginAfterTheLeadIn(t *testing.T) {
	for _, c := range []struct {
		values, first int
	}{
		{21*1440 - 3, 7*1440 - 1}, // a third is less than seven days
		{21 * 1440, 7 * 1440},
		{30 * 1440, 7 * 1440},
		{300, 100},
	} {
		trace := gapped(c.values, time.Minute, func(int) bool { return false })
		got := Standard().origins(trace, Standard().leads(trace))
		if got[0] != c.first {
			t.Errorf("of %d values the first origin is %d, want %d", c.values, got[0], c.first)
		}
		if last := got[len(got)-1]; last+60 > c.values-1 || last+60 <= c.values-1-5 {
			t.Errorf("of %d values the last origin is %d", c.values, last)
		}
		if got[1]-got[0] != 5 {
			t.Errorf("origins are %d minutes apart", got[1]-got[0])
		}
	}
}

func TestOnlyAPartIsScored(t *testing.T) {
	trace := gapped(30*1440, time.Minute, func(int) bool { return false })
	slot := func(n int, more time.Duration) time.Time { return trace.at(n).Add(more) }
	for _, c := range []struct {
		name        string
		from, to    time.Time
		first, last int
	}{
		{"all", time.Time{}, time.Time{}, 10080, 30*1440 - 61},
		{"from a value on", slot(20000, 0), time.Time{}, 20000, 30*1440 - 61},
		{"from between two", slot(20000, time.Second), time.Time{}, 20001, 30*1440 - 61},
		{"from within the lead-in", slot(5, 0), time.Time{}, 10080, 30*1440 - 61},
		{"up to a value", time.Time{}, slot(20000, 0), 10080, 20000 - 61},
		{"up to between two", time.Time{}, slot(20000, 59*time.Second), 10080, 20000 - 61},
		{"up to beyond the end", time.Time{}, slot(99999, 0), 10080, 30*1440 - 61},
		{"between", slot(15000, 0), slot(15100, 0), 15000, 15039},
	} {
		o := Standard()
		o.Every, o.From, o.To = time.Minute, c.from, c.to
		got := o.origins(trace, o.leads(trace))
		if got[0] != c.first || got[len(got)-1] != c.last {
			t.Errorf("%s: origins %d to %d, want %d to %d", c.name, got[0], got[len(got)-1], c.first, c.last)
		}
	}
	o := Standard()
	o.From, o.To = slot(20000, 0), slot(20060, 0) // the hour ends with it, but its value does not
	if got := o.origins(trace, o.leads(trace)); len(got) != 0 {
		t.Errorf("scored at %v in a part that is too short", got)
	}
}

func TestHorizonsBelowTheStepAreLeftOut(t *testing.T) {
	for step, want := range map[time.Duration][]int{
		15 * time.Second: {4, 20, 60, 240},
		time.Minute:      {1, 5, 15, 60},
		2 * time.Minute:  {30}, // 5 and 15 minutes lie between two values
		5 * time.Minute:  {1, 3, 12},
		time.Hour:        {1},
	} {
		var got []int
		for _, l := range Standard().leads(Trace{Step: step}) {
			got = append(got, l.slots)
		}
		if !slices.Equal(got, want) {
			t.Errorf("step %s: leads of %v values, want %v", step, got, want)
		}
	}
}

func TestEveryOriginIsScoredWholeAndSpreadEvenly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		holes := rapid.SliceOfN(rapid.IntRange(0, 1999), 0, 60).Draw(t, "holes")
		trace := gapped(2000, 5*time.Minute, func(i int) bool { return slices.Contains(holes, i) })
		o := Standard()
		leads := o.leads(trace)
		all := o.origins(trace, leads)
		o.Count = rapid.IntRange(1, 100).Draw(t, "count")
		some := o.origins(trace, leads)
		for _, at := range some {
			if !trace.known(at-1) || !trace.known(at+1) || !trace.known(at+3) || !trace.known(at+12) {
				t.Fatalf("origin %d has nothing to score", at)
			}
		}
		if len(some) != min(o.Count, len(all)) {
			t.Fatalf("%d origins of %d, asked for %d", len(some), len(all), o.Count)
		}
		for i, at := range some {
			j, n, parts := slices.Index(all, at), len(all), len(some)
			if (j+1)*parts <= i*n || j*parts >= (i+1)*n {
				t.Fatalf("origin %d of %d is the %dth that can be scored of %d: not in its part", i, parts, j, n)
			}
		}
	})
}
