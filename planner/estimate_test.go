package planner_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/planner"
	"github.com/headstart-scaler/headstart/workload"
)

// one plans for a workload of 4 replicas, 50 requests/s each, of 2 to 60.
func one(t *testing.T, pinned planner.Pinned) *planner.Planner {
	t.Helper()
	p := plan(t, planner.Options{Workloads: func() []planner.Workload {
		return []planner.Workload{{
			ID: workload.ID{Namespace: "shop", Name: "api"}, Labels: map[string]string{"brand": "acme"},
			Reactive: 4, Min: 2, Max: 60, Capacity: calendar.Peaks{Requests: 50}, PeakShare: 1,
		}}
	}})
	pinned.Name = "files"
	p.Pin(pinned)
	return p
}

func event(text string) string { return header + text + "\n" }

// What a line says of replicas is what takes place then, not what its event
// would do alone.
func TestReplicasAreThoseOfAllThatTakesPlace(t *testing.T) {
	p := one(t, planner.Pinned{})
	imported(t, p, upload(event("big,Big,x,2026-11-25T10:00,2026-11-25T14:00,UTC,,,2000,requests/s,1,confirmed,,")))
	for row, want := range map[string]string{
		"in,In it,x,2026-11-25T11:00,2026-11-25T12:00,UTC,,,500,requests/s,1,confirmed,,":         "[]",
		"more,More,x,2026-11-25T11:00,2026-11-25T12:00,UTC,,,2500,requests/s,1,confirmed,,":       "[{shop/api 40 50 0}]",
		"alone,Alone,x,2026-11-26T11:00,2026-11-26T12:00,UTC,,,500,requests/s,1,confirmed,,":      "[{shop/api 4 10 0}]",
		"other,Other,x,2026-11-25T11:00,2026-11-25T12:00,UTC,zeta,,2500,requests/s,1,confirmed,,": "[]",
	} {
		u := upload(event(row))
		u.DryRun = true
		if got := fmt.Sprint(imported(t, p, u).Diff.Added[0].Replicas); got != want {
			t.Errorf("%.5s: %s, want %s", row, got, want)
		}
	}
}

// An event of a file goes before the uploaded one, which then changes nothing.
func TestReplicasOfAnEventThatAFileGoesBefore(t *testing.T) {
	const row = "g,G,x,2026-11-25T11:00,2026-11-25T12:00,UTC,,,600,requests/s,1,confirmed,,"
	pinned, err := calendar.NewSchedule(imported(t, one(t, planner.Pinned{}), upload(event(row))).Read.Events)
	if err != nil {
		t.Fatal(err)
	}
	p := one(t, planner.Pinned{Events: pinned, Files: map[string]string{"g": "git.csv"}})
	im := imported(t, p, upload(event(strings.Replace(row, "600", "900", 1))))
	if got := im.Diff.Added[0].Replicas; len(got) > 0 {
		t.Errorf("it changes %v, and the file's event counts", got)
	}
}

// What marketing has to hear of: demand that is not met, a unit nobody scales
// by, a cancellation that hits nothing.
func TestEventsThatWillNotDoWhatTheySayAreWarnedOf(t *testing.T) {
	p := one(t, planner.Pinned{})
	imported(t, p, upload(event("final-2026,Final,x,2026-11-27T10:00,2026-11-27T14:00,UTC,,,2000,requests/s,1,confirmed,,")))
	im := imported(t, p, upload(header+
		"huge,Huge,x,2026-11-25T10:00,2026-11-25T14:00,UTC,,,90000,requests/s,1,confirmed,,\n"+
		"sockets,Sockets,x,2026-11-26T10:00,2026-11-26T14:00,UTC,,,900,connections,1,confirmed,,\n"+
		"final-2062,Final,x,2026-11-27T10:00,2026-11-27T14:00,UTC,,,2000,requests/s,1,cancelled,,\n"))
	said := fmt.Sprint(im.Read.Warnings)
	for _, want := range []string{
		"at most 60 replicas, the maximum of shop/api, which needs 1800 for what takes place then, found huge.",
		"Row 3, column unit: expected a unit that a workload it concerns is scaled by, found sockets. No workload it concerns is scaled by connections",
		"Row 4, column id: expected the id of an event of the schedule, found final-2062. Nothing is removed: did you mean final-2026?",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("the warnings do not say %q: %s", want, said)
		}
	}
	if line := im.Diff.Added[0]; fmt.Sprint(line.Replicas) != "[{shop/api 4 60 1800}]" {
		t.Errorf("%s changes %v", line.After.ID, line.Replicas)
	}
}
