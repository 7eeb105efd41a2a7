package planner_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/calendar/intake"
	"github.com/headstart-scaler/headstart/planner"
	"github.com/headstart-scaler/headstart/store"
	"github.com/headstart-scaler/headstart/store/sqlite"
	"github.com/headstart-scaler/headstart/workload"
)

// follower is whoever plans are handed to.
type follower struct {
	mu    sync.Mutex
	plans []planner.Plan
}

func (f *follower) follow(p planner.Plan) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.plans = append(f.plans, p)
}

// last is the plan handed on last, and how many there were.
func (f *follower) last() (planner.Plan, int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.plans) == 0 {
		return planner.Plan{}, 0
	}
	return f.plans[len(f.plans)-1], len(f.plans)
}

// eventually waits for a plan to be so.
func (f *follower) eventually(t *testing.T, what string, so func(planner.Plan) bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if p, n := f.last(); n > 0 && so(p) {
			return
		}
		if time.Now().After(deadline) {
			p, n := f.last()
			t.Fatalf("never: %s; the last of %d plans is %+v", what, n, p)
		}
	}
}

func run(t *testing.T, o planner.Options) (*planner.Planner, *follower) {
	t.Helper()
	var f follower
	o.Follow = f.follow
	p := plan(t, o)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	f.eventually(t, "a first plan", func(planner.Plan) bool { return true })
	return p, &f
}

func starts(p planner.Plan) (ids []string) {
	from, to := p.Timeline.Window()
	for _, o := range p.Timeline.Between(from, to) {
		ids = append(ids, o.Event.ID)
	}
	return ids
}

func TestAPlanFollowsUploadsAndOverrides(t *testing.T) {
	p, f := run(t, planner.Options{})
	imported(t, p, upload(two))
	f.eventually(t, "both events", func(p planner.Plan) bool { return slices.Equal(starts(p), []string{"flash"}) || len(starts(p)) == 2 })
	o, err := p.Create(t.Context(), store.Override{
		Workload: "shop/api", Kind: store.Floor, Replicas: 5, End: now.Add(time.Hour), Author: "ana", Reason: "test",
	}, 0, "")
	if err != nil {
		t.Fatal(err)
	}
	id := workload.ID{Namespace: "shop", Name: "api"}
	f.eventually(t, "the override", func(p planner.Plan) bool {
		list := p.Overrides[id]
		return len(list) == 1 && list[0].ID == "1" && list[0].Replicas == 5 && list[0].Author == "ana" && list[0].Until.Equal(now.Add(time.Hour))
	})
	if _, err := p.Expire(t.Context(), o.ID, planner.Person{Author: "ana", Reason: "over"}); err != nil {
		t.Fatal(err)
	}
	f.eventually(t, "no override", func(p planner.Plan) bool { return len(p.Overrides) == 0 })
	if s := p.Status(); s.Version.Number != 1 || s.Events != 2 || s.Overrides != 0 || s.Error != "" {
		t.Errorf("status %+v", s)
	}
}

func TestAPlanThatIsTheSameIsNotHandedOn(t *testing.T) {
	p, f := run(t, planner.Options{})
	imported(t, p, upload(two))
	f.eventually(t, "the events", func(p planner.Plan) bool { return p.Version == "1" })
	_, before := f.last()
	p.Pin(p.Pinned())
	time.Sleep(50 * time.Millisecond)
	if _, after := f.last(); after != before {
		t.Errorf("%d plans, want %d", after, before)
	}
}

// An event of a file goes before an uploaded one.
func TestEventsOfFilesAreLaidOverUploads(t *testing.T) {
	p, f := run(t, planner.Options{})
	imported(t, p, upload(two))
	read := intake.Read([]byte(header+"flash,From Git,promo,2026-11-25T05:00,2026-11-25T06:00,UTC,,,9,replicas,1,confirmed,,\n"), intake.Options{Now: now})
	events, err := calendar.NewSchedule(read.Events)
	if err != nil {
		t.Fatal(err)
	}
	p.Pin(planner.Pinned{Name: "2", Events: events, Files: map[string]string{"flash": "schedule/flash.csv"}})
	f.eventually(t, "the file's event", func(p planner.Plan) bool {
		from, to := p.Timeline.Window()
		for _, o := range p.Timeline.Between(from, to) {
			if o.Event.ID == "flash" {
				return o.Event.Title == "From Git"
			}
		}
		return false
	})
	im := imported(t, p, upload(two))
	if n := len(im.Read.Warnings); n == 0 || im.Read.Warnings[n-1].Code != intake.Pinned {
		t.Errorf("an upload of the id of a file is warned of by %v", im.Read.Warnings)
	}
}

// Until a store has answered once, nobody knows what is planned.
func TestAPlanSaysThatItIsNotKnownYet(t *testing.T) {
	var down atomic.Bool
	down.Store(true)
	kept := open(t)
	p, f := run(t, planner.Options{Store: failing{kept, down.Load}})
	if plan, _ := f.last(); plan.Unknown == "" || plan.Timeline == nil {
		t.Errorf("the plan without a store is %+v, want it to say that it is not known", plan)
	}
	down.Store(false)
	p.Pin(planner.Pinned{Name: "again"})
	f.eventually(t, "a plan that is known", func(plan planner.Plan) bool { return plan.Unknown == "" })
	down.Store(true)
	p.Pin(planner.Pinned{Name: "third"})
	f.eventually(t, "the outage", func(planner.Plan) bool { return p.Status().Error != "" })
	if plan, _ := f.last(); plan.Unknown != "" {
		t.Errorf("a plan that was read is not known: %s", plan.Unknown)
	}
}

// A file that is removed under a running Headstart is noticed within a second,
// said, and takes nothing away; when it is back, all is well.
func TestAStoreWhoseFileIsRemovedIsNoticed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "headstart.db")
	kept, err := sqlite.Open(t.Context(), path, sqlite.Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = kept.Close() })
	p, f := run(t, planner.Options{Store: kept})
	imported(t, p, upload(two))
	f.eventually(t, "the events", func(p planner.Plan) bool { return p.Version == "1" })
	for _, c := range []struct{ from, to, says string }{{path, path + ".away", "was removed while Headstart ran"}, {path + ".away", path, ""}} {
		if err := os.Rename(c.from, c.to); err != nil {
			t.Fatal(err)
		}
		f.eventually(t, "that the store says "+c.says, func(planner.Plan) bool {
			said := p.Status().Error
			return strings.Contains(said, c.says) && (said == "") == (c.says == "")
		})
		if plan, _ := f.last(); plan.Version != "1" || len(starts(plan)) == 0 {
			t.Errorf("the plan is %+v, want it as it was", plan)
		}
	}
}

// What a store says no more stays in force.
func TestAStoreThatIsAwayTakesNothingAway(t *testing.T) {
	var down atomic.Bool
	p, f := run(t, planner.Options{Store: failing{open(t), down.Load}})
	imported(t, p, upload(two))
	f.eventually(t, "the events", func(p planner.Plan) bool { return p.Version == "1" })
	down.Store(true)
	p.Pin(planner.Pinned{Name: "other"})
	f.eventually(t, "a plan of the other classes", func(planner.Plan) bool { return p.Status().Error != "" })
	plan, _ := f.last()
	if len(starts(plan)) == 0 {
		t.Error("the events are gone with the store")
	}
	down.Store(false)
	p.Pin(planner.Pinned{Name: "third"})
	f.eventually(t, "the store's return", func(planner.Plan) bool { return p.Status().Error == "" })
}
