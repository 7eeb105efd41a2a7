package replay

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// scripted asks for what it was given.
type scripted []Wish

func (s scripted) Ask(at Sight) Wish { return s[at.Step] }

func script(wishes []Wish) Contender {
	return Contender{Name: "scripted", New: func(*Play) (Autoscaler, error) { return scripted(wishes), nil }}
}

func drawPlay(t *rapid.T) *Play {
	values := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) float64 {
		if rapid.IntRange(0, 9).Draw(t, "gap") == 0 {
			return math.NaN()
		}
		return rapid.Float64Range(0, 30).Draw(t, "demand")
	}), 4, 120).Draw(t, "values")
	values[0] = 1
	s, err := NewScene(&Trace{Start: began, Step: Step, Values: values}, SceneOptions{
		Capacity: 1, LeadIn: time.Duration(rapid.IntRange(0, 10).Draw(t, "lead-in"))*Step - 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	return &Play{Scene: s, Cluster: drawCluster(t), Price: rapid.Float64Range(0, 200).Draw(t, "price")}
}

func run(tb rapid.TB, p *Play, contenders ...Contender) *Report {
	tb.Helper()
	r, err := p.Run(contenders, nil)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

func TestOracleNeverMisses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPlay(t)
		if r := run(t, p); r.Oracle.MissedHours > 1e-8 {
			t.Fatalf("it missed %g hours", r.Oracle.MissedHours)
		}
	})
}

// No autoscaler of any kind pays less than slices whose nodes go at once, and
// the clairvoyant as it is played pays no more than the sum of its slices.
func TestNobodyPaysLessThanTheLeast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPlay(t)
		wishes := make([]Wish, len(p.Scene.Demand))
		drawn := drawWishes(t, p.Cluster)
		for i := range wishes {
			wishes[i] = drawn[i%len(drawn)]
		}
		r := run(t, p, script(wishes), Contender{Name: Clairvoyant, New: newKnowing(Clairvoyant)}, peer(HPA, 0.8), peer(HPAFast, 0.9))
		least := p.Least()
		for _, row := range r.Rows {
			if row.Total < least-1e-6 {
				t.Fatalf("%s pays %g, less than the least, %g", row.Autoscaler, row.Total, least)
			}
		}
		if planned := newIntervals(p, steps(p.Cluster.Linger)).total(); r.Rows[1].Total > planned+1e-6 {
			t.Fatalf("the clairvoyant pays %g, and planned %g", r.Rows[1].Total, planned)
		}
	})
}

// In a cluster where each node goes when it was not needed for the linger
// itself, the plan is exact: no choice of when it is on costs less.
func TestPlanOfASliceIsTheBest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 10).Draw(t, "steps")
		demand := rapid.SliceOfN(rapid.Float64Range(0, 2), n, n).Draw(t, "demand")
		demand[0] = 1
		c := Cluster{
			PodLead: time.Duration(rapid.IntRange(0, 2).Draw(t, "pod")) * Step, NodeLead: time.Duration(rapid.IntRange(0, 2).Draw(t, "node")) * Step,
			Linger: time.Duration(rapid.IntRange(0, 4).Draw(t, "linger")) * Step, PodsPerNode: 2, Max: 2,
		}
		p := &Play{Scene: sceneOver(t, Step, demand...), Cluster: c, Price: rapid.Float64Range(0, 20).Draw(t, "price")}
		best := math.Inf(1)
		for on := range 1 << n {
			best = min(best, p.paid(on))
		}
		if got := newIntervals(p, steps(c.Linger)).total(); math.Abs(got-best) > 1e-9 {
			t.Fatalf("planned %g, the best of all is %g", got, best)
		}
	})
}

// paid is what one node costs that is on at the steps whose bits are set.
func (p *Play) paid(on int) float64 {
	lead, linger := steps(p.Cluster.PodLead)+steps(p.Cluster.NodeLead), steps(p.Cluster.Linger)
	total, since, last := 0.0, -1, -1
	for i, d := range p.Scene.Demand {
		is := on>>i&1 == 1
		if is {
			last = i
			if since < 0 {
				since = i
			}
		}
		there := last >= 0 && i-last <= linger
		if !there {
			since = -1
		}
		if there {
			total += float64(p.Cluster.PodsPerNode) * Step.Hours()
		}
		if !there || i-since < lead || !is {
			total += p.Price * d * Step.Hours()
		}
	}
	return total
}

func TestClairvoyantPaysNoMoreThanPeers(t *testing.T) {
	values := make([]float64, 2*24*60)
	for i := range values {
		values[i] = 20 + 18*math.Sin(float64(i)/229) + 9*math.Sin(float64(i*i)/5003)
		if i%311 < 12 {
			values[i] += 45
		}
	}
	s, err := NewScene(&Trace{Start: began, Step: time.Minute, Values: values}, SceneOptions{Capacity: 1})
	if err != nil {
		t.Fatal(err)
	}
	all := []Contender{{Name: Clairvoyant, New: newKnowing(Clairvoyant)}}
	for _, name := range []string{HPA, HPAFast, HPACron, LastWeek} {
		all = append(all, Tuned(name)...)
	}
	for _, price := range []float64{0, 20, 100, 500, 1e6} {
		r := run(t, &Play{Scene: s, Cluster: DefaultCluster(), Price: price}, all...)
		for _, row := range r.Rows[1:] {
			if row.Total < r.Rows[0].Total {
				t.Errorf("price %g: %s pays %g, the clairvoyant %g", price, row.Autoscaler, row.Total, r.Rows[0].Total)
			}
		}
	}
}
