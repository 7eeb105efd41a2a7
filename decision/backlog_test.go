package decision_test

import (
	"testing"
	"time"

	. "github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/signal"
)

// simulate plays a consumer group against a policy: replicas join a pod lead
// after they were asked for, every change of members stops all of them for
// the rebalance. It returns how long it took until the backlog was gone.
func simulate(t *testing.T, p Policy, backlog, arrival float64, members Replicas) (drained time.Duration, most Replicas) {
	t.Helper()
	r := newRun(t, p)
	sig := p.Signals[0]
	current, pause := members, time.Duration(0)
	type ask struct {
		at time.Time
		n  Replicas
	}
	var asks []ask
	for elapsed := time.Duration(0); elapsed < time.Hour; elapsed += tick {
		g := signal.GroupBacklog{
			Messages: int64(backlog), Arrival: arrival, Rated: true,
			Partitions: 1000, PartitionsWithLag: 1000, Members: int(members),
		}
		scale := Scale{Known: true, Current: current, Ready: members}
		out := r.decide(scale, group(g))
		if out.Replicas > current {
			current = out.Replicas
			asks = append(asks, ask{r.at, current})
		}
		most = max(most, current)
		for len(asks) > 0 && r.at.Sub(asks[0].at) >= p.PodLead {
			members, pause = asks[0].n, sig.Drain.Rebalance
			asks = asks[1:]
		}
		working := tick
		if pause > 0 {
			working, pause = max(0, tick-pause), max(0, pause-tick)
		}
		backlog = max(0, backlog+arrival*tick.Seconds()-float64(members)*sig.Capacity.PerReplica*working.Seconds())
		if backlog <= 2*tick.Seconds()*max(arrival, sig.Capacity.PerReplica) {
			return elapsed, most
		}
	}
	return time.Hour, most
}

// The deadline is a promise: on a simulated group it is kept, and not by
// asking for far more than the smallest number that keeps it.
func TestBacklogIsDrainedByItsDeadline(t *testing.T) {
	for _, c := range []struct {
		backlog, arrival float64
		members          Replicas
	}{
		{50000, 0, 0},
		{50000, 0, 3},
		{50000, 40, 3},
		{50000, 1000, 40},
		{500000, 200, 10},
		{20000, 0, 10},
		{3000, 24, 1},
	} {
		p := deposits()
		drained, most := simulate(t, p, c.backlog, c.arrival, c.members)
		d := p.Signals[0].Drain
		if drained > d.Deadline+2*tick {
			t.Errorf("%v: drained after %s, deadline %s", c, drained, d.Deadline)
		}
		// What would have done, asked for at once by one who knew: work over
		// the time left after lead and rebalance.
		useful := (d.Deadline - p.PodLead - d.Rebalance).Seconds()
		work := c.backlog + c.arrival*d.Deadline.Seconds() - float64(c.members)*25*p.PodLead.Seconds()
		if fair := max(float64(c.members), work/25/useful); float64(most) > 1.15*fair+2 {
			t.Errorf("%v: asked for %d where %.1f would have done", c, most, fair)
		}
	}
}

func TestPartitionCap(t *testing.T) {
	g := signal.GroupBacklog{Messages: 1_000_000, Partitions: 12, PartitionsWithLag: 5, Members: 2, Rated: true}
	for _, c := range []struct {
		name string
		cap  PartitionCap
		even bool
		want Replicas
		why  string
	}{
		{"idle consumers are useless", CapAll, false, 12, "capped at 12: 12 partitions"},
		{"only those with lag count", CapWithLag, false, 5, "5 of 12 partitions with messages waiting"},
		{"then evenly: 6 divides 12", CapWithLag, true, 6, "rounded up to 6"},
		{"idle consumers wanted", CapNone, false, 210, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := deposits()
			p.Signals[0].Drain.Cap, p.Signals[0].Drain.Even = c.cap, c.even
			out := newRun(t, p).decide(running(2), group(g))
			wantReplicas(t, out, c.want)
			wantStep(t, out, "backlog:lag", c.why)
		})
	}
}

func TestCapWithLagNeverStarvesTheInflow(t *testing.T) {
	p := deposits()
	p.Signals[0].Drain.Cap = CapWithLag
	g := signal.GroupBacklog{Partitions: 12, Arrival: 100, Rated: true, Members: 4}
	wantReplicas(t, newRun(t, p).decide(running(4), group(g)), 4)
}

func TestReplicasOnTheirWayAreNotAskedForAgain(t *testing.T) {
	p := deposits()
	r := newRun(t, p)
	g := signal.GroupBacklog{Messages: 50000, Partitions: 100, PartitionsWithLag: 100, Members: 3, Rated: true}
	first := r.decide(Scale{Known: true, Current: 3, Ready: 3}, group(g)).Replicas
	for range 10 {
		g.Messages -= 3 * 25 * 5
		out := r.decide(Scale{Known: true, Current: first, Ready: 3}, group(g))
		if out.Replicas > first {
			t.Fatalf("asked for %d, then %d while those were starting\n%s", first, out.Replicas, explain(out))
		}
	}
}

func TestBacklogNotesReachTheReader(t *testing.T) {
	g := signal.GroupBacklog{Messages: 10, Partitions: 3, Members: 1, Notes: []string{"topic deposits was recreated"}}
	out := newRun(t, deposits()).decide(running(1), group(g))
	wantStep(t, out, "backlog:lag", "note: topic deposits was recreated")
}

// A burst in the middle of an older backlog gets the whole deadline: it is not
// treated as if it had waited all along.
func TestBurstGetsItsOwnDeadline(t *testing.T) {
	g := signal.GroupBacklog{Messages: 9000, Partitions: 1000, PartitionsWithLag: 1000, Members: 10, Rated: true}
	fresh := g
	fresh.Messages = 100_000
	want := newRun(t, deposits()).decide(running(10), group(fresh)).Replicas

	r := newRun(t, deposits())
	r.decide(running(10), group(g))
	r.at = r.at.Add(4 * time.Minute)
	g.Messages = 8000
	r.decide(running(10), group(g))
	wantReplicas(t, r.decide(running(10), group(fresh)), want)
}

// Replicas asked for a moment ago consume nothing yet: what waits for them
// counts, and less of it once they had their time to start.
func TestStartingReplicasConsumeNothingYet(t *testing.T) {
	g := signal.GroupBacklog{Messages: 70_000, Partitions: 1000, PartitionsWithLag: 1000, Members: 3, Rated: true}
	starting := Scale{Known: true, Current: 10, Ready: 3}
	r := newRun(t, deposits())
	r.decide(Scale{Known: true, Current: 3, Ready: 3}, group(g))
	soon := *r
	now := soon.decide(starting, group(g)).Replicas
	r.at = r.at.Add(85 * time.Second)
	g.Messages++ // a new height, so that both count from now
	later := r.decide(starting, group(g)).Replicas
	if now <= later {
		t.Errorf("asked for %d while 7 are starting for 90 s, %d when they are about to join", now, later)
	}
}
