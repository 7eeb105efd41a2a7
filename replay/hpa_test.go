package replay

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/headstart-scaler/headstart/calendar"
)

// asked is what a peer asks for as it sees values, a step each.
func asked(t *testing.T, c Contender, cluster Cluster, values ...float64) []int {
	t.Helper()
	scaler, err := c.New(&Play{Scene: sceneOver(t, Step, values...), Cluster: cluster})
	if err != nil {
		t.Fatal(err)
	}
	now, all := 0, []int(nil)
	for i, v := range values {
		w := scaler.Ask(Sight{Step: i, Value: v, Fresh: true, Asked: now})
		now = w.Replicas
		all = append(all, now)
	}
	return all
}

func TestHPA(t *testing.T) {
	cluster := DefaultCluster()
	for _, c := range []struct {
		name   string
		of     Contender
		values []float64
		want   []int
	}{
		{"its target leaves room", peer(HPA, 0.8), []float64{1.6, 3.2}, []int{2, 4}},
		{"it doubles, or adds to four, a step", peer(HPA, 1), []float64{50, 50, 50, 50, 50}, []int{4, 8, 16, 32, 50}},
		{"the fast one does not wait", peer(HPAFast, 1), []float64{50}, []int{50}},
		{"within a tenth nothing moves", peer(HPA, 1), []float64{4, 8, 10, 10.9, 10.99, 11.1}, []int{4, 8, 10, 10, 10, 12}},
		{"the fast one has no tolerance", peer(HPAFast, 1), []float64{10, 10.1}, []int{10, 11}},
		{"never below the least", peer(HPA, 1), []float64{0, 0}, []int{2, 2}},
		{"nor above the most", peer(HPAFast, 1), []float64{5000}, []int{1000}},
	} {
		if got := asked(t, c.of, cluster, c.values...); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	cluster.Min = 0
	if got := asked(t, peer(HPA, 1), cluster, 0); got[0] != 1 {
		t.Errorf("the HPA went to %d", got[0])
	}
}

// What is taken away is so after 300 s: at the twentieth step from the last that
// wanted more.
func TestHPATakesAwayLate(t *testing.T) {
	values := slices.Repeat([]float64{5}, 30)
	values[0] = 20
	got := asked(t, peer(HPAFast, 1), DefaultCluster(), values...)
	if got[19] != 20 || got[20] != 5 {
		t.Errorf("%v", got)
	}
}

func TestParseContender(t *testing.T) {
	for text, utilisation := range map[string]float64{"hpa": 0.8, "hpa@70%": 0.7, "hpa+cron@62.5%": 0.625, "last-week@100%": 1, "oracle": 0, "clairvoyant": 0} {
		c, err := ParseContender(text)
		if err != nil || c.Name != text || math.Abs(c.Utilisation-utilisation) > 1e-12 {
			t.Errorf("%s: %+v, %v", text, c, err)
		}
	}
	for text, want := range map[string]string{
		"vpa": "known are hpa, hpa-fast", "hpa@70": "hpa@70%", "hpa@0%": "from 1% to 100%", "hpa@101%": "from 1%", "hpa@NaN%": "from 1%", "oracle@70%": "knows the future",
	} {
		if _, err := ParseContender(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	var names []string
	for _, c := range Tuned(HPA) {
		names = append(names, c.Name)
	}
	if got := strings.Join(names, " "); got != "hpa@50% hpa@60% hpa@70% hpa@80% hpa@90%" {
		t.Error(got)
	}
}

// The level of a cron trigger holds from 10 minutes before an event to 30 after
// its end, and follows the same hour of the days before.
func TestAnnouncedLevels(t *testing.T) {
	const day = 24 * 60
	values := make([]float64, 8*day)
	for i := range values {
		values[i] = 10
		if i%day >= 600 && i%day < 660 {
			values[i] = 30
		}
	}
	s := sceneOver(t, time.Minute, values...)
	at := 7*day + 630
	s.Events = []calendar.Occurrence{eventAt(at, at+10), eventAt(at+300, at+310)}
	peak := eventAt(100, 110)
	peak.Event.Impact = calendar.Impact{Peak: calendar.Peak{Value: 70, Unit: calendar.Requests}}
	floor := eventAt(200, 210)
	floor.Event.Impact = calendar.Impact{Floor: 12}
	s.Events = append(s.Events, peak, floor)
	got := s.announcedLevels()
	for _, c := range []struct {
		minute int
		want   float64
	}{
		{at - 11, 0},
		{at - 10, 60},
		{at, 60},
		{at + 39, 60},
		{at + 40, 0},
		{at + 300, 20},
		{89, 0},
		{90, 70},
		{139, 70},
		{140, 0},
		{200, 12},
	} {
		if got[4*c.minute] != c.want {
			t.Errorf("minute %d: %g, want %g", c.minute, got[4*c.minute], c.want)
		}
	}
}

func TestLastWeekLevels(t *testing.T) {
	week := 7 * 24 * 60
	values := make([]float64, week+200)
	for i := range values {
		values[i] = 5
	}
	values[100] = 50
	values[101] = math.NaN()
	s := sceneOver(t, time.Minute, values...)
	got := s.lastWeekLevels()
	// The peak lasts from step 400 to 403, and 30 minutes are 120 steps.
	for step, want := range map[int]float64{400: 0, 4*week + 279: 5, 4*week + 280: 50, 4*week + 403: 50, 4*week + 404: 5} {
		if got[step] != want {
			t.Errorf("step %d: %g, want %g", step, got[step], want)
		}
	}
}

// The bag that moves along holds what a look at the days before finds.
func TestSameHourIsLookedUp(t *testing.T) {
	const day = 24 * 60 * 4
	demand := make([]float64, 3*day)
	for i := range demand {
		demand[i] = float64(i * 7919 % 1009)
		if i%97 == 0 {
			demand[i] = math.NaN()
		}
	}
	usual := newSameHour(demand)
	for _, i := range []int{0, 100, day - 1, day, day + 1, day + 4, day + 90, day + 500, 2 * day, 2*day + 239, 2*day + 480, 3*day - 1} {
		found := lookedUp(demand, i, day)
		got, ok := usual.at(i)
		if ok != (len(found) > 0) || ok && got != found[int(0.95*float64(len(found)-1))] {
			t.Errorf("step %d: %g, %t of %d", i, got, ok, len(found))
		}
	}
}

func lookedUp(demand []float64, i, day int) (found []float64) {
	for d := 1; d <= 7; d++ {
		for k := max(0, i-d*day-120); k < i-d*day+120; k++ {
			if !math.IsNaN(demand[k]) {
				found = append(found, demand[k])
			}
		}
	}
	slices.Sort(found)
	return found
}

func TestRanksAreSorted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		known := rapid.SliceOfN(rapid.Float64Range(0, 10), 1, 30).Draw(t, "known")
		r := newRanks(append([]float64{math.NaN()}, known...))
		var in []float64
		for range rapid.IntRange(0, 40).Draw(t, "moves") {
			if len(in) > 0 && rapid.Bool().Draw(t, "out") {
				k := rapid.IntRange(0, len(in)-1).Draw(t, "which")
				r.add(in[k], -1)
				in = slices.Delete(in, k, k+1)
			} else {
				v := rapid.SampledFrom(known).Draw(t, "value")
				r.add(v, 1)
				in = append(in, v)
			}
			r.add(math.NaN(), 1)
		}
		q := rapid.Float64Range(0, 1).Draw(t, "quantile")
		got, ok := r.percentile(q)
		if ok != (len(in) > 0) {
			t.Fatalf("ok %t of %v", ok, in)
		}
		slices.Sort(in)
		if ok && got != in[int(q*float64(len(in)-1))] {
			t.Fatalf("%g of %v: %g", q, in, got)
		}
	})
}

func TestWindowsAreTheLargest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.IntRange(0, 9), 1, 60).Draw(t, "values")
		length := rapid.IntRange(1, 10).Draw(t, "length")
		w := newWindow(length)
		for i, v := range values {
			if got, want := w.add(i, v), slices.Max(values[max(0, i-length+1):i+1]); got != want {
				t.Fatalf("at %d of %v: %d, want %d", i, values, got, want)
			}
		}
	})
}

func ExamplePlay_Run() {
	trace, err := ReadTrace(strings.NewReader("timestamp,value\n1795377600,500\n1795377660,500\n1795377720,900\n1795377780,900\n"), TraceOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	scene, err := NewScene(trace, SceneOptions{Capacity: 100, LeadIn: -1})
	if err != nil {
		fmt.Println(err)
		return
	}
	hpa, err := ParseContender("hpa@70%")
	if err != nil {
		fmt.Println(err)
		return
	}
	play := &Play{Scene: scene, Cluster: Cluster{PodsPerNode: 8, Min: 2, Max: 100}, Price: 100}
	report, err := play.Run([]Contender{hpa}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s misses %.1f %% of demand\n", report.Rows[0].Autoscaler, 100**report.Rows[0].UnderProvisioned)
	// Output: hpa@70% misses 8.9 % of demand
}
