package forecast

import (
	"math"
	"math/rand/v2"
	"testing"
)

// balanced is one that learned from a walk and from what was expected of it:
// where it goes, by how much, and how far off that is.
func balanced(scale, known, noise float64) *balance {
	random := rand.New(rand.NewPCG(1, 2))
	b := &balance{}
	last := 3.0
	for range 20_000 {
		step := random.NormFloat64()
		y := last + scale*step
		b.learn(last+scale*(known*step+noise*random.NormFloat64()), last, y, 1)
		last = 3 + 0.9*(y-3)
	}
	return b
}

func TestBalanceLeavesARegressionThatTellsTheTruth(t *testing.T) {
	if still := balanced(0.1, 1, 0.2).weigh(0, 1); still > 0.1 {
		t.Errorf("the last value counts %.2f beside one that tells nearly all", still)
	}
}

func TestBalanceHoldsWhatARegressionOnlyBlurs(t *testing.T) {
	if still := balanced(0.1, 0, 2).weigh(0, 1); still < 0.8 {
		t.Errorf("the last value counts %.2f beside one that tells nothing", still)
	}
}

func TestBalanceStaysWithinBounds(t *testing.T) {
	var b balance
	for _, v := range [...]float64{0, 1e-300, 700, mostLog, 0, 1e-160, 5} {
		for _, w := range [...]float64{0, 1, 3, mostLog} {
			b.learn(v, w, w/2, 1)
			if !(b.still >= 0 && b.still <= 1) || math.IsNaN(b.above) || math.IsNaN(b.slopes) || math.IsInf(b.slopes, 0) {
				t.Fatalf("after %g, %g it is %+v", v, w, b)
			}
		}
	}
}

// A week counts half, however it is counted.
func TestBalanceIsTheSameAfterItIsCountedDown(t *testing.T) {
	a := balanced(0.1, 0.5, 0.5)
	counted := *a
	b := &counted
	b.scale(0.25)
	a.learn(3.2, 3, 3.1, 8)
	b.learn(3.2, 3, 3.1, 2)
	if math.Abs(a.still-b.still) > 1e-12 {
		t.Errorf("it is %v, and %v when counted down", a.still, b.still)
	}
}

// Where both are as good, it drifts toward what the regression expects.
func TestBalanceGoesBackWhereNeitherIsBetter(t *testing.T) {
	mean := 0.0
	const times = 50
	for seed := range uint64(times) {
		noise := rand.New(rand.NewPCG(seed, 9))
		b := &balance{still: 0.5}
		for range 5000 {
			b.learn(2.9, 3.1, 3+noise.NormFloat64(), 1)
		}
		mean += b.still / times
	}
	if mean > 0.6 {
		t.Errorf("a half became %.2f on average", mean)
	}
}

// Slopes are counted in the unit of values.
func TestBalanceKnowsInAnotherUnitWhatItKnew(t *testing.T) {
	b := &balance{still: 0.4, slopes: 90}
	b.shift(3)
	if math.Abs(b.slopes-10) > 1e-9 || b.still != 0.4 {
		t.Errorf("in a unit three times as large it is %+v", *b)
	}
}

// Habits are told only after a day of them.
func TestBalanceWaitsForADay(t *testing.T) {
	l := NewLearner(nil)
	noise := rand.New(rand.NewPCG(3, 4))
	at, level := eight, 100.0
	for i := range dense - 60 {
		if i%50 == 0 {
			level = 100 * math.Exp(2*noise.Float64())
		}
		l.Observe(at, level)
		at = at.Add(every)
	}
	for i, b := range l.balances {
		if b != (balance{}) {
			t.Errorf("%d minutes ahead something was weighed in the first day: %+v", aheads[i], b)
		}
	}
}
