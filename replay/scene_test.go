package replay

import (
	"fmt"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var began = time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)

// sceneOver makes a scene of a trace in which all is scored.
func sceneOver(tb rapid.TB, step time.Duration, values ...float64) *Scene {
	tb.Helper()
	s, err := NewScene(&Trace{Start: began, Step: step, Values: values}, SceneOptions{Capacity: 1, LeadIn: -1})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func TestDemandIsHeldOverItsStep(t *testing.T) {
	gap := math.NaN()
	for _, c := range []struct {
		step   time.Duration
		values []float64
		want   []float64
	}{
		{time.Minute, []float64{1, 2}, []float64{1, 1, 1, 1, 2, 2, 2, 2}},
		{time.Minute, []float64{1, gap}, []float64{1, 1, 1, 1, gap, gap, gap, gap}},
		{15 * time.Second, []float64{1, 2}, []float64{1, 2}},
		{5 * time.Second, []float64{1, 2, 3, 9, gap, gap}, []float64{2, 9}},
		{10 * time.Second, []float64{3, 6, 9}, []float64{4, 8}},
		{20 * time.Second, []float64{3, 6, 9}, []float64{3, 5, 7, 9}},
	} {
		if got := sceneOver(t, c.step, c.values...).Demand; fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%v every %s: %v, want %v", c.values, c.step, got, c.want)
		}
	}
}

// What is seen at t is the mean of [t − 75 s, t − 15 s].
func TestSeenLagsBehind(t *testing.T) {
	gap := math.NaN()
	s := sceneOver(t, 15*time.Second, 1, 2, 3, 4, 5, 6, gap, gap, gap, gap, gap, 7)
	want := []float64{0, 0, 1, 1.5, 2, 2.5, 3.5, 4.5, 5, 5.5, 6, 6}
	if fmt.Sprint(s.Seen) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", s.Seen, want)
	}
	for i, fresh := range map[int]bool{1: false, 2: true, 10: true, 11: false} {
		if s.Fresh[i] != fresh {
			t.Errorf("step %d: fresh %t", i, s.Fresh[i])
		}
	}
}

func TestLeadIn(t *testing.T) {
	const day = 24 * time.Hour
	for _, c := range []struct{ given, span, want time.Duration }{
		{0, 30 * day, 7 * day},
		{0, 21 * day, 7 * day},
		{0, 6 * day, 2 * day},
		{day, 30 * day, day},
		{20 * day, 30 * day, 10 * day},
		{-1, 30 * day, 0},
	} {
		if got := leadIn(c.given, c.span); got != c.want {
			t.Errorf("%s of %s: %s, want %s", c.given, c.span, got, c.want)
		}
	}
}

func TestNoSceneWithoutCapacity(t *testing.T) {
	trace := &Trace{Start: began, Step: time.Minute, Values: []float64{1, 2}}
	for _, capacity := range []float64{-1, math.NaN(), math.Inf(1)} {
		if _, err := NewScene(trace, SceneOptions{Capacity: capacity}); err == nil {
			t.Errorf("%g was taken", capacity)
		}
	}
	if s, err := NewScene(trace, SceneOptions{}); err != nil || s.Capacity != 0.05 {
		t.Errorf("found %v, %v", s, err)
	}
}
