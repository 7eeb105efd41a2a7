package forecast

import (
	"math"
	"slices"
	"testing"
	"time"
)

// One look says what the path, the events and the habits say one by one.
func TestALookSaysWhatIsUsual(t *testing.T) {
	l := NewLearner(nil)
	cold := l.Look(eight, time.Minute)
	if cold.Path.Known() || !math.IsNaN(cold.Yesterday) || !math.IsNaN(cold.LastWeek) || cold.Events != nil {
		t.Errorf("of nothing: %+v", cold)
	}
	at := eight.Add(-8 * 24 * time.Hour)
	for ; !at.After(eight); at = at.Add(time.Minute) {
		value := 100.0
		switch ago := eight.Sub(at); {
		case ago > 7*24*time.Hour-time.Hour && ago < 7*24*time.Hour: // the hour that is to come, a week ago
			value = 300
		case ago > 23*time.Hour && ago < 24*time.Hour:
			value = 200
		}
		l.Observe(at, value)
	}
	e := l.Look(eight, 30*time.Minute)
	near(t, "yesterday", e.Yesterday, 195, 205)
	near(t, "last week", e.LastWeek, 290, 310)
	if p := l.Path(eight, 30*time.Minute); !slices.Equal(e.Path.values, p.values) || e.Uplift.Known() || e.Coverage != l.Coverage() {
		t.Errorf("%+v", e)
	}
	if now := l.Look(eight, 0); now.Yesterday > 180 {
		t.Errorf("%v was usual yesterday at the time it is", now.Yesterday)
	}
}
