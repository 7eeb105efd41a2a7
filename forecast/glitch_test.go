package forecast

import (
	"testing"
	"time"
)

// One absurd value, such as of a counter that wrapped, is followed while it lasts,
// and does not make all that is usual too small to be told from zero for weeks.
func TestLearnerForgivesAnAbsurdValue(t *testing.T) {
	for _, absurd := range []float64{1e8, 1.8446744073709552e19, 1e300} {
		l := NewLearner(nil)
		at := time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
		for i := range 10 * minutesOfDay {
			value := 100 + float64(i%7)
			if i == 8*minutesOfDay {
				value = absurd
			}
			l.Observe(at, value)
			at = at.Add(time.Minute)
		}
		p := l.Path(at, 5*time.Minute)
		if middle, high := p.Max(0.5, at, at.Add(5*time.Minute)), p.Max(0.99, at, at.Add(5*time.Minute)); middle > 120 || high > 200 {
			t.Errorf("two days after one value of %g among some of 100, %g are expected and %g not exceeded", absurd, middle, high)
		}
	}
}
