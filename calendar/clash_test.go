package calendar_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
)

// taking is an occurrence on 2026-11-24, from hour to hour in UTC.
func taking(id string, from, to int, multiplier float64, scope calendar.Scope) calendar.Occurrence {
	day := time.Date(2026, time.November, 24, 0, 0, 0, 0, time.UTC)
	return calendar.Occurrence{
		Event: &calendar.Event{ID: id, Scope: scope, Impact: calendar.Impact{Multiplier: multiplier}},
		Class: calendar.Class{Overlap: calendar.Max},
		Start: day.Add(time.Duration(from) * time.Hour), End: day.Add(time.Duration(to) * time.Hour),
		Ramp: calendar.Ramp{Up: time.Hour, Down: time.Hour},
	}
}

func TestClashesSayWhatEachRuleWouldGive(t *testing.T) {
	a, b := taking("a", 10, 14, 3, calendar.Scope{}), taking("b", 12, 13, 2, calendar.Scope{Brands: []string{"x"}})
	b.Class.Overlap = calendar.Add
	clashes, more := calendar.Clashes([]calendar.Occurrence{b, a}, 10)
	if len(clashes) != 1 || more {
		t.Fatalf("got %v, more %t, want one clash", clashes, more)
	}
	c := clashes[0]
	if c.First.Event.ID != "a" || c.Second.Event.ID != "b" || c.Times != 1 {
		t.Errorf("got %s and %s, %d times, want a and b once", c.First.Name(), c.Second.Name(), c.Times)
	}
	if from, to := c.Between(); !from.Equal(b.Start) || !to.Equal(b.End) {
		t.Errorf("both take place %s to %s, want all of b", from, to)
	}
	for rule, is := range map[string][2]float64{
		"max": {c.Max.Multiplier, 3}, "add": {c.Add.Multiplier, 4}, "multiply": {c.Multiply.Multiplier, 6},
		"as classes say": {c.Effect.Multiplier, 4},
	} {
		if is[0] != is[1] {
			t.Errorf("%s gives × %g, want × %g", rule, is[0], is[1])
		}
	}
}

func TestClashesAreOfWindowsThatOverlap(t *testing.T) {
	for _, c := range []struct {
		name     string
		from, to int
		want     int
	}{
		{"ends as the other starts", 8, 10, 0},
		{"an hour into the other", 8, 11, 1},
		{"inside", 11, 12, 1},
		{"the same", 10, 14, 1},
		{"around", 9, 15, 1},
		{"starts in the last hour", 13, 15, 1},
		{"starts as the other ends", 14, 16, 0},
	} {
		got, _ := calendar.Clashes([]calendar.Occurrence{
			taking("a", 10, 14, 2, calendar.Scope{}), taking("b", c.from, c.to, 2, calendar.Scope{}),
		}, 10)
		if len(got) != c.want {
			t.Errorf("%s: %d clashes, want %d", c.name, len(got), c.want)
			continue
		}
		for _, clash := range got {
			from, to := clash.Between()
			if from.Hour() != max(c.from, 10) || to.Hour() != min(c.to, 14) {
				t.Errorf("%s: both from %s to %s", c.name, from, to)
			}
		}
	}
}

func TestClashesOfAPairAreOneAndCounted(t *testing.T) {
	a, b := taking("a", 10, 12, 2, calendar.Scope{}), taking("b", 11, 13, 2, calendar.Scope{})
	var all []calendar.Occurrence
	for week := range 5 {
		for _, o := range []calendar.Occurrence{a, b} {
			o.Start, o.End = o.Start.AddDate(0, 0, 7*week), o.End.AddDate(0, 0, 7*week)
			all = append(all, o)
		}
	}
	again := a // an event that overlaps itself is no clash
	again.Start = again.Start.Add(time.Minute)
	again.End = a.Start.Add(30 * time.Minute)
	clashes, _ := calendar.Clashes(append(all, again), 10)
	if len(clashes) != 1 || clashes[0].Times != 5 || !clashes[0].First.Start.Equal(a.Start) {
		t.Errorf("got %+v, want a and b five times, the first on the 24th", clashes)
	}
}

func TestScopesMeet(t *testing.T) {
	brands := func(names ...string) calendar.Scope { return calendar.Scope{Brands: names} }
	labels := func(text string) calendar.Scope {
		s, err := calendar.ParseSelector(text)
		if err != nil {
			t.Fatal(err)
		}
		return calendar.Scope{Workloads: s}
	}
	for _, c := range []struct {
		name string
		a, b calendar.Scope
		want bool
	}{
		{"both concern all", calendar.Scope{}, calendar.Scope{}, true},
		{"one concerns all", calendar.Scope{}, brands("x"), true},
		{"the same brand, written in other ways", brands("Lucky Star"), brands("lucky-star"), true},
		{"one brand in common", brands("x", "y"), brands("y", "z"), true},
		{"no brand in common", brands("x", "y"), brands("z"), false},
		{"all brands, written out", brands("all"), brands("z"), true},
		{"a brand and a market", brands("x"), calendar.Scope{Markets: []string{"NO"}}, true},
		{"other markets", calendar.Scope{Markets: []string{"SE"}}, calendar.Scope{Markets: []string{"NO"}}, false},
		{"other regions", calendar.Scope{Regions: []string{"eu"}}, calendar.Scope{Regions: []string{"us"}}, false},
		{
			"the same brand in other markets",
			calendar.Scope{Brands: []string{"x"}, Markets: []string{"SE"}},
			calendar.Scope{Brands: []string{"x"}, Markets: []string{"NO"}},
			false,
		},
		{"one value in common", labels("tier=gold|silver"), labels("tier=silver|bronze"), true},
		{"other values", labels("tier=gold"), labels("tier=silver"), false},
		{"other labels", labels("tier=gold"), labels("team=payments"), true},
		{"a brand and another brand's label", brands("x"), labels("brand=y"), false},
	} {
		if c.a.Meets(c.b) != c.want || c.b.Meets(c.a) != c.want {
			t.Errorf("%s: meets is %t and %t, want %t", c.name, c.a.Meets(c.b), c.b.Meets(c.a), c.want)
		}
	}
}

// meeting counts pairs the slow way: each with each.
func meeting(all []calendar.Occurrence) int {
	n := 0
	for i, a := range all {
		for _, b := range all[:i] {
			if a.Start.Before(b.End) && b.Start.Before(a.End) && a.Event.Scope.Meets(b.Event.Scope) {
				n++
			}
		}
	}
	return n
}

func TestClashesEqualThoseOfAllPairs(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		var all []calendar.Occurrence
		for i := range random.IntN(12) {
			from := random.IntN(20)
			scope := calendar.Scope{Brands: [][]string{nil, {"x"}, {"y"}, {"x", "y"}}[random.IntN(4)], Markets: [][]string{nil, {"NO"}, {"SE"}}[random.IntN(3)]}
			all = append(all, taking(fmt.Sprint(i), from, from+1+random.IntN(4), 2, scope))
		}
		if got, more := calendar.Clashes(all, 1000); len(got) != meeting(all) || more {
			t.Fatalf("%d clashes, more %t, want %d of %v", len(got), more, meeting(all), all)
		}
	}
}

func TestClashesAreBounded(t *testing.T) {
	var all []calendar.Occurrence
	for i := range 400 {
		all = append(all, taking(fmt.Sprintf("%03d", i), 10, 14, 2, calendar.Scope{}))
	}
	if got, more := calendar.Clashes(all, 79_800); len(got) != 79_800 || more {
		t.Errorf("%d clashes, more %t, want all 400 × 399 / 2", len(got), more)
	}
	if got, more := calendar.Clashes(all, 79_799); len(got) != 79_799 || !more {
		t.Errorf("%d clashes, more %t, want 79 799 and more", len(got), more)
	}
	if got, more := calendar.Clashes(all, 0); len(got) != 0 || !more {
		t.Errorf("%d clashes, more %t, want none and more", len(got), more)
	}
	// As many again and again, all at once: no time for 2·10⁸ pairs.
	for i := range 20_000 {
		all = append(all, taking(fmt.Sprintf("more-%05d", i), 10, 14, 2, calendar.Scope{}))
	}
	if got, more := calendar.Clashes(all, 100); len(got) != 100 || !more {
		t.Errorf("%d clashes, more %t, want 100 and more", len(got), more)
	}
}

// 100 000 events over three years, of 100 brands, an hour or a weekend long.
func BenchmarkClashes(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	all := make([]calendar.Occurrence, 100_000)
	for i := range all {
		from := random.IntN(3 * 8760)
		length := 1
		if i%10 == 0 {
			length = 48
		}
		all[i] = taking(fmt.Sprint(i), from, from+length, 2, calendar.Scope{Brands: []string{fmt.Sprint(random.IntN(100))}})
	}
	for b.Loop() {
		calendar.Clashes(all, 1000)
	}
}
