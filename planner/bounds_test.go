package planner_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/planner"
	"github.com/headstart-scaler/headstart/store"
	"github.com/headstart-scaler/headstart/workload"
)

// Ten events and more than a fifth, or three and more than half.
func TestWhatCountsAsMuchOfASchedule(t *testing.T) {
	for _, c := range []struct {
		of, removed int
		asks        bool
	}{
		{50, 10, false},
		{49, 10, true},
		{44, 9, false},
		{6, 3, false},
		{5, 3, true},
		{3, 2, false},
	} {
		p := plan(t, planner.Options{})
		text := header
		first := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
		for i := range c.of {
			day := first.AddDate(0, 0, i).Format(time.DateOnly)
			text += fmt.Sprintf("e%d,Event,promo,%[2]sT10:00,%[2]sT11:00,UTC,,,2,x,1,confirmed,,\n", i, day)
		}
		imported(t, p, upload(text))
		u := upload(header + "e0,Event,promo,2026-12-01T10:00,2026-12-01T11:00,UTC,,,2,x,1,confirmed,,\n")
		u.Replace = &planner.Range{From: first, To: first.AddDate(0, 0, c.removed+1)}
		im, err := p.Import(t.Context(), u)
		if asks := errors.As(err, new(planner.RemovesManyError)); asks != c.asks || !asks && err != nil || len(im.Diff.Removed) != c.removed {
			t.Errorf("%d of %d: %d removed, refused %t (%v), want %t", c.removed, c.of, len(im.Diff.Removed), asks, err, c.asks)
		}
	}
}

// A line says what an event did to the replicas and what it will do.
func TestADiffComparesReplicasWithTheEventAsItWas(t *testing.T) {
	var workloads []planner.Workload
	for i := range 25 {
		workloads = append(workloads, planner.Workload{ID: workload.ID{Namespace: "shop", Name: fmt.Sprintf("w%02d", i)}, Reactive: 10})
	}
	p := plan(t, planner.Options{Workloads: func() []planner.Workload { return workloads }})
	const sale = header + "s,Sale,promo,2026-11-25T10:00,2026-11-25T11:00,UTC,,,2,x,1,confirmed,,\n"
	line := func(l planner.Line) string {
		if len(l.Replicas) != 20 {
			t.Errorf("%d workloads are named, want the first 20", len(l.Replicas))
		}
		return fmt.Sprint(l.Replicas[0])
	}
	if got := line(imported(t, p, upload(sale)).Diff.Added[0]); got != "{shop/w00 10 20 0}" {
		t.Errorf("added: %s", got)
	}
	if got := line(imported(t, p, upload(strings.Replace(sale, ",2,x", ",3,x", 1))).Diff.Changed[0]); got != "{shop/w00 20 30 0}" {
		t.Errorf("changed: %s", got)
	}
	if got := line(imported(t, p, upload(strings.Replace(sale, "confirmed", "cancelled", 1))).Diff.Removed[0]); got != "{shop/w00 30 10 0}" {
		t.Errorf("removed: %s", got)
	}
}

// A workload's second override is handed on, and then no plan that is the same.
func TestAPlanFollowsEveryOverride(t *testing.T) {
	p, f := run(t, planner.Options{})
	id := workload.ID{Namespace: "shop", Name: "api"}
	for n := range 3 {
		if _, err := p.Create(t.Context(), store.Override{
			Workload: id.String(), Kind: store.Floor, Replicas: 5, Start: now, End: now.Add(time.Hour), Author: "ana", Reason: "test",
		}, 0, ""); err != nil {
			t.Fatal(err)
		}
		f.eventually(t, "another override", func(p planner.Plan) bool { return len(p.Overrides[id]) == n+1 })
	}
	time.Sleep(50 * time.Millisecond)
	_, before := f.last()
	p.Pin(p.Pinned())
	time.Sleep(50 * time.Millisecond)
	if _, after := f.last(); after != before {
		t.Errorf("%d plans, want %d", after, before)
	}
}
