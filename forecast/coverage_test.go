package forecast

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
)

// still is half a per cent of noise around 100.
func still(n int) []float64 {
	noise := rand.New(rand.NewPCG(6, 6))
	return steady(n, func(int) float64 { return 100 * math.Exp(0.005*noise.NormFloat64()) })
}

// What a learner says of its own quantiles is what is counted beside it, of every
// minute.
func TestCoverageIsWhatIsCounted(t *testing.T) {
	for name, values := range map[string][]float64{"wandering": wandering(fourWeeks), "flat": flat(fourWeeks), "still": still(fourWeeks)} {
		t.Run(name, func(t *testing.T) {
			counted := coverage(values, []int{5, 11})
			l := NewLearner(nil)
			for i, v := range values {
				l.Observe(eight.Add(time.Duration(i)*time.Minute), v)
			}
			n := 0
			for c := range l.Coverage().All {
				n++
				by := counted[int(c.Ahead/time.Minute)]
				want := by.most[slices.Index(quantiles[:], c.Quantile)] / by.looked
				// A share of a thousand, half of them of the last week.
				if off := 3 * math.Sqrt(c.Quantile*(1-c.Quantile)/600); math.Abs(c.Share-want) > off {
					t.Errorf("%v of all are said to be under quantile %v %s ahead, and %v were", c.Share, c.Quantile, c.Ahead, want)
				}
			}
			if n != len(coveredAheads)*len(coveredQuantiles) {
				t.Errorf("%d of them", n)
			}
		})
	}
}

// A series whose noise doubles overnight is not covered as promised, and it is said
// so.
func TestCoverageTellsWhereQuantilesDoNotHold(t *testing.T) {
	noise := rand.New(rand.NewPCG(5, 5))
	l := NewLearner(nil)
	worst := 1.0
	for i := range 8 * day {
		by := 0.02
		if i > 6*day { // days of surprise
			by = 0.02 * math.Pow(1.004, float64(i-6*day)/4)
		}
		l.Observe(eight.Add(time.Duration(i)*time.Minute), 100*math.Exp(by*noise.NormFloat64()))
		for c := range l.Coverage().All {
			if i > 6*day && c.Quantile == 0.99 {
				worst = min(worst, c.Share)
			}
		}
	}
	if worst > 0.985 {
		t.Errorf("0.99 was said to hold in %.3f at the least, of a series that grew wilder all the time", worst)
	}
}

func TestCoverageIsOfEnough(t *testing.T) {
	l := NewLearner(nil)
	count := func() (n int) {
		for range l.Coverage().All {
			n++
		}
		return n
	}
	first := 0
	for i, v := range flat(day) {
		l.Observe(eight.Add(time.Duration(i)*time.Minute), v)
		if count() > 0 && first == 0 {
			first = i
		}
	}
	near(t, "minutes until something is said", float64(first), 9*60, 10*60)
	for range l.Coverage().All { // ends when told to
		break
	}
	l = taught(steady(day, func(int) float64 { return 100 }))
	for c := range l.Coverage().All {
		if c.Share != 1 {
			t.Errorf("%v of what never changed was under quantile %v of it", c.Share, c.Quantile)
		}
	}
}

// Nothing is said of minutes in which events bring what the series itself does not.
func TestCoverageIsOfTheSeriesItself(t *testing.T) {
	s := newStage(100)
	s.until(s.at.Add(24 * time.Hour))
	before := s.learner.Coverage()
	s.rises = func(time.Duration) float64 { return 3 }
	e := calendar.Occurrence{Event: &calendar.Event{ID: "e", Class: "cup", Impact: calendar.Impact{Multiplier: 3}}, Start: s.at, End: s.at.Add(5 * time.Hour)}
	s.events = append(s.events, e)
	s.until(e.End.Add(-time.Minute))
	if after := s.learner.Coverage(); after != before {
		t.Errorf("%v, and before the event %v", after, before)
	}
	s.until(e.End.Add(time.Hour))
	if s.learner.Coverage() == before {
		t.Error("nothing is counted once it is over")
	}
}

func TestCoverageIsKept(t *testing.T) {
	l := taught(wandering(2 * day))
	restarted := NewLearner(nil)
	if err := restarted.UnmarshalBinary(stateOf(t, l)); err != nil {
		t.Fatal(err)
	}
	if restarted.Coverage() != l.Coverage() || restarted.bets != l.bets || l.Coverage() == (Coverage{}) {
		t.Errorf("%v after a restart, %v without", restarted.Coverage(), l.Coverage())
	}
}
