package planner_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/planner"
	"github.com/headstart-scaler/headstart/store"
)

// A version that the change was not made on is a conflict, be it later.
func TestAnExpectedVersionThatWasNotReadIsAConflict(t *testing.T) {
	kept := open(t)
	p := plan(t, planner.Options{Store: &overtaken{Store: kept}})
	imported(t, p, upload(two))
	q := plan(t, planner.Options{Store: kept})
	o := &overtaken{Store: kept, then: func() {
		if _, err := q.Import(t.Context(), upload(header+"late,Added meanwhile,promo,2026-11-25T10:00,2026-11-25T11:00,UTC,,,40,replicas,1,confirmed,mkt,\n")); err != nil {
			t.Error(err)
		}
	}}
	p = plan(t, planner.Options{Store: o})
	two := int64(2)
	u := upload(header + "mine,Mine,promo,2026-11-26T10:00,2026-11-26T11:00,UTC,,,40,replicas,1,confirmed,mkt,\n")
	u.Expected = &two
	_, err := p.Import(t.Context(), u)
	_, s, _ := q.Schedule(t.Context(), 0)
	if _, there := s.Event("late"); !there {
		t.Errorf("the event of version 2 was lost without a conflict (%v)", err)
	}
}

type overtaken struct {
	planner.Store
	then func()
}

func (o *overtaken) Current(ctx context.Context) (store.Version, error) {
	v, err := o.Store.Current(ctx)
	if then := o.then; then != nil {
		o.then = nil
		then()
	}
	return v, err
}

// A dry run says what the real run would say of a stale version.
func TestADryRunHeedsTheExpectedVersion(t *testing.T) {
	p := plan(t, planner.Options{})
	imported(t, p, upload(two))
	zero := int64(0)
	u := upload(strings.Replace(two, "20:00", "21:00", 1))
	u.Expected, u.DryRun = &zero, true
	if _, err := p.Import(t.Context(), u); err == nil {
		t.Error("a dry run against version 0 of a schedule at version 1 says nothing")
	}
}

func TestADryRunOfARollbackHeedsTheExpectedVersion(t *testing.T) {
	p := plan(t, planner.Options{})
	imported(t, p, upload(two))
	imported(t, p, upload(strings.Replace(two, "20:00", "21:00", 1)))
	one := int64(1)
	if _, err := p.Rollback(t.Context(), planner.Rollback{To: 1, Expected: &one, DryRun: true}); !errors.Is(err, store.ErrConflict) {
		t.Errorf("a dry run against version 1 of a schedule at version 2 says %v", err)
	}
}

// swapped can become another store at any moment.
type swapped struct {
	planner.Store
	empty atomic.Bool
}

func (s *swapped) Current(ctx context.Context) (store.Version, error) {
	if s.empty.Load() {
		return store.Version{}, nil
	}
	return s.Store.Current(ctx)
}

func (s *swapped) ActiveOverrides(ctx context.Context, at time.Time) ([]store.Override, error) {
	if s.empty.Load() {
		return nil, nil
	}
	return s.Store.ActiveOverrides(ctx, at)
}

// A server that restarted without its data has no schedule, and says so without
// an error.
func TestAStoreThatLostItsDataTakesNothingAway(t *testing.T) {
	s := &swapped{Store: open(t)}
	p, f := run(t, planner.Options{Store: s})
	imported(t, p, upload(two))
	f.eventually(t, "both events", func(p planner.Plan) bool { return p.Version == "1" && len(starts(p)) > 0 })
	had, _ := f.last()
	s.empty.Store(true)
	p.Pin(planner.Pinned{Name: "again"}) // any look
	f.eventually(t, "the loss told", func(planner.Plan) bool { return strings.Contains(p.Status().Error, "version 1 was in force") })
	if last, _ := f.last(); len(starts(last)) < len(starts(had)) {
		t.Errorf("the plan had %q and has %q", starts(had), starts(last))
	}
}

type corrupt struct {
	planner.Store
	is atomic.Bool
}

func (c *corrupt) Document(ctx context.Context, n int64) ([]byte, error) {
	if c.is.Load() {
		return []byte("{"), nil
	}
	return c.Store.Document(ctx, n)
}

// A schedule that cannot be read leaves on-call their overrides.
func TestAnUnreadableScheduleLeavesOverrides(t *testing.T) {
	c := &corrupt{Store: open(t)}
	q := plan(t, planner.Options{Store: c})
	imported(t, q, upload(two))
	c.is.Store(true)
	p, f := run(t, planner.Options{Store: c})
	if _, err := p.Create(t.Context(), store.Override{Workload: "shop/api", Kind: store.Floor, Replicas: 50, End: now.Add(time.Hour), Author: "ana", Reason: "night"}, 0, ""); err != nil {
		t.Fatal(err)
	}
	f.eventually(t, "the floor that was acknowledged", func(p planner.Plan) bool { return len(p.Overrides) == 1 })
	if p.Status().Error == "" {
		t.Error("nobody is told that the schedule cannot be read")
	}
}

// An override for later begins although the store is away by then.
func TestAnOverrideForLaterBeginsWithoutTheStore(t *testing.T) {
	kept := open(t)
	var down atomic.Bool
	var clock atomic.Int64
	clock.Store(now.Unix())
	var f follower
	p := planner.New(planner.Options{Store: failing{kept, down.Load}, Follow: f.follow, Now: func() time.Time { return time.Unix(clock.Load(), 0) }}, planner.Pinned{Name: "a"})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); p.Run(ctx) }()
	defer func() { cancel(); <-done }()
	f.eventually(t, "a plan", func(planner.Plan) bool { return true })
	if _, err := p.Create(t.Context(), store.Override{Workload: "shop/api", Kind: store.Floor, Replicas: 50, Start: now.Add(time.Hour), End: now.Add(2 * time.Hour), Author: "ana", Reason: "show"}, 0, ""); err != nil {
		t.Fatal(err)
	}
	f.eventually(t, "the floor for later", func(p planner.Plan) bool { return len(p.Overrides) == 1 })
	down.Store(true)
	clock.Store(now.Add(61 * time.Minute).Unix())
	p.Pin(planner.Pinned{Name: "b"})
	f.eventually(t, "the outage", func(planner.Plan) bool { return p.Status().Error != "" })
	if last, _ := f.last(); len(last.Overrides) != 1 {
		t.Errorf("the floor for 13:00 is not planned at 13:01 while the store is away")
	}
}

// A clock that was two days ahead and is put right leaves today's events.
func TestAClockThatWasAheadIsPutRight(t *testing.T) {
	kept := open(t)
	q := plan(t, planner.Options{Store: kept})
	imported(t, q, upload(two))
	var clock atomic.Int64
	clock.Store(now.Add(48 * time.Hour).Unix())
	var f follower
	p := planner.New(planner.Options{Store: kept, Follow: f.follow, Now: func() time.Time { return time.Unix(clock.Load(), 0) }}, planner.Pinned{Name: "a"})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); p.Run(ctx) }()
	defer func() { cancel(); <-done }()
	f.eventually(t, "a plan", func(planner.Plan) bool { return true })
	clock.Store(now.Unix())
	p.Pin(planner.Pinned{Name: "a"}) // any look: nothing else has changed
	f.eventually(t, "events of the coming day", func(p planner.Plan) bool {
		return len(p.Timeline.Between(now, now.Add(24*time.Hour))) > 0
	})
}

// Nine of nine events are many.
func TestAllOfASmallScheduleIsMuchOfIt(t *testing.T) {
	p := plan(t, planner.Options{})
	var text strings.Builder
	text.WriteString(header)
	for i := range 9 {
		fmt.Fprintf(&text, "o%d,Other %d,promo,2026-11-25T1%d:00,2026-11-25T1%d:30,UTC,,,40,replicas,1,confirmed,mkt,\n", i, i, i, i)
	}
	imported(t, p, upload(text.String()))
	u := upload(header + "x,X,promo,2026-12-25T10:00,2026-12-25T11:00,UTC,,,40,replicas,1,confirmed,mkt,\n")
	u.Replace = &planner.Range{From: now, To: now.Add(48 * time.Hour)}
	_, err := p.Import(t.Context(), u)
	if !errors.As(err, new(planner.RemovesManyError)) {
		t.Errorf("removes 9 of 9 events unasked: %v", err)
	}
}
