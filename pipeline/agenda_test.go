package pipeline

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/forecast"
	"github.com/headstart-scaler/headstart/workload"
)

// promo is an event of ten minutes that begins so long after now, for a brand.
func promo(t *testing.T, now time.Time, after, lasts time.Duration, brand string) *calendar.Timeline {
	t.Helper()
	begin := calendar.WallOf(now.UTC().Add(after))
	e := &calendar.Event{
		ID: "promo", Title: "Promo", Window: calendar.Window{Start: begin, End: begin.Add(lasts), Zone: time.UTC},
		Impact: calendar.Impact{Multiplier: 3}, Confidence: 1, Status: calendar.Confirmed,
	}
	if brand != "" {
		e.Scope.Brands = []string{brand}
	}
	s, err := calendar.NewSchedule([]*calendar.Event{e})
	if err != nil {
		t.Fatal(err)
	}
	return s.Timeline(nil, now.Add(-time.Hour), now.Add(24*time.Hour))
}

func TestAnEventMovesReplicasBeforeItStarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := trigger("shop", "api")
		p := New(Options{Jitter: -1, Sources: map[string]Source{"metrics": newMetrics(map[string]float64{"rate": 100})}},
			NewPolicies("h", []decision.Policy{ratePolicy("api", "metrics", "rate")}, []workload.Trigger{x}))
		p.Follow(&Agenda{Timeline: promo(t, time.Now(), 10*time.Minute, 10*time.Minute, "")})
		stop := start(t, p)
		defer stop()
		replicas := func(after time.Duration) decision.Replicas {
			time.Sleep(after)
			synctest.Wait()
			return find(t, p, x).Replicas
		}
		if n := replicas(10*time.Minute - 101*time.Second); n != 10 {
			t.Errorf("%d replicas 101 s before the start, want 10: the lead is 90 s and a tick 5 s", n)
		}
		if n := replicas(11 * time.Second); n != 30 {
			t.Errorf("%d replicas 90 s before the start, want 30", n)
		}
		out := find(t, p, x)
		if len(out.Events) != 1 || out.Events[0].Event.ID != "promo" {
			t.Errorf("the outcome names the events %v, want promo", out.Events)
		}
		if n := replicas(90*time.Second + 10*time.Minute + 65*time.Second); n != 10 {
			t.Errorf("%d replicas after the end and the stabilisation of a minute, want 10", n)
		}
	})
}

func TestAnEventFindsWorkloadsByTheirLabels(t *testing.T) {
	labels := map[string]map[string]string{
		"by-object": {"brand": "acme"}, "another": {"brand": "zeta"}, "object-goes-first": {"brand": "zeta"},
	}
	acme := ratePolicy("acme", "metrics", "rate")
	acme.Labels = map[string]string{"brand": "acme"}
	synctest.Test(t, func(t *testing.T) {
		bound := []workload.Trigger{
			trigger("by-policy", "acme"), trigger("by-object", "api"), trigger("another", "api"),
			trigger("nobody", "api"), trigger("object-goes-first", "acme"),
		}
		p := New(Options{
			Jitter: -1, Sources: map[string]Source{"metrics": newMetrics(map[string]float64{"rate": 100})},
			Labels: func(id workload.ID) (map[string]string, bool) { return labels[id.Name], true },
		}, NewPolicies("h", []decision.Policy{acme, ratePolicy("api", "metrics", "rate")}, bound))
		p.Follow(&Agenda{Timeline: promo(t, time.Now(), time.Minute, 10*time.Minute, "Acme")})
		stop := start(t, p)
		defer stop()
		time.Sleep(20 * time.Second)
		synctest.Wait()
		for _, x := range bound {
			want := decision.Replicas(10)
			if x.Workload.Name == "by-policy" || x.Workload.Name == "by-object" {
				want = 30
			}
			if n := find(t, p, x).Replicas; n != want {
				t.Errorf("%s has %d replicas, want %d", x.Workload.Name, n, want)
			}
		}
	})
}

// What an event brings is the schedule's to foresee: its jump teaches the
// forecast nothing. However long it lasted, replicas go down after it and stay.
func TestTheJumpOfAnEventIsKeptFromTheForecast(t *testing.T) {
	for _, lasts := range []time.Duration{66 * time.Second, 2 * time.Minute, 10 * time.Minute, time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			x := trigger("shop", "api")
			source := newMetrics(map[string]float64{"rate": 95})
			p := New(Options{Jitter: -1, Forecaster: forecast.Hold{}, Sources: map[string]Source{"metrics": source}},
				NewPolicies("h", []decision.Policy{ratePolicy("api", "metrics", "rate")}, []workload.Trigger{x}))
			p.Follow(&Agenda{Timeline: promo(t, time.Now(), 20*time.Minute, lasts, "")})
			stop := start(t, p)
			defer stop()
			time.Sleep(20 * time.Minute)
			source.set("rate", 285)
			time.Sleep(lasts)
			source.set("rate", 95)
			before := decision.Replicas(30)
			for after := time.Duration(0); after < 40*time.Minute; after += 5 * time.Second {
				synctest.Wait()
				most := before
				if after >= 70*time.Second { // the stabilisation
					most = 10
				}
				if before = find(t, p, x).Replicas; before > most || before < 10 {
					t.Fatalf("after an event of %s and %s: %d replicas, want 10 to %d: %s", lasts, after, before, most, find(t, p, x).Steps[0].Why)
				}
				time.Sleep(5 * time.Second)
			}
		})
	}
}

// An override counts at once, for its workload alone, and ends by itself.
func TestAnOverrideCountsAtOnceAndEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, other := trigger("shop", "api"), trigger("other", "api")
		p := New(Options{Jitter: -1, Sources: map[string]Source{"metrics": newMetrics(map[string]float64{"rate": 100})}},
			NewPolicies("h", []decision.Policy{ratePolicy("api", "metrics", "rate")}, []workload.Trigger{x, other}))
		stop := start(t, p)
		defer stop()
		time.Sleep(11 * time.Second) // between two ticks
		p.Follow(&Agenda{Overrides: map[workload.ID][]decision.Override{x.Workload: {{
			ID: "o1", Kind: decision.Floor, Replicas: 25, Until: time.Now().Add(time.Minute), Author: "ana", Reason: "test",
		}}}})
		time.Sleep(time.Millisecond)
		synctest.Wait()
		if n := find(t, p, x).Replicas; n != 25 {
			t.Errorf("%d replicas at once, want 25", n)
		}
		if n := find(t, p, other).Replicas; n != 10 {
			t.Errorf("%d replicas of another workload, want 10", n)
		}
		time.Sleep(59 * time.Second)
		synctest.Wait()
		if n := find(t, p, x).Replicas; n != 25 {
			t.Errorf("%d replicas before its end, want 25", n)
		}
		time.Sleep(2*time.Minute + 6*time.Second)
		synctest.Wait()
		if n := find(t, p, x).Replicas; n != 10 {
			t.Errorf("%d replicas after its end and the stabilisation of a minute, want 10", n)
		}
	})
}
