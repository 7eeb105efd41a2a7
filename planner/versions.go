package planner

import (
	"context"
	"fmt"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/calendar/intake"
	"github.com/headstart-scaler/headstart/store"
)

// cached is a version that was read: all of the current one is needed whenever
// something changed, and again for each upload.
type cached struct {
	version  store.Version
	schedule calendar.Schedule
}

// Schedule returns a version of the uploaded schedule, the current one for 0:
// the zero Version and no events where there is none yet.
func (p *Planner) Schedule(ctx context.Context, number int64) (store.Version, calendar.Schedule, error) {
	if number == 0 {
		return p.current(ctx)
	}
	v, err := p.version(ctx, number)
	if err != nil {
		return store.Version{}, calendar.Schedule{}, err
	}
	s, err := p.read(ctx, v)
	return v, s, err
}

func (p *Planner) current(ctx context.Context) (store.Version, calendar.Schedule, error) {
	v, err := p.sound(ctx)
	if err != nil || v.Number == 0 {
		return store.Version{}, calendar.Schedule{}, err
	}
	s, err := p.read(ctx, v)
	return v, s, err
}

// version finds a version by its number.
func (p *Planner) version(ctx context.Context, number int64) (store.Version, error) {
	if number < 0 {
		return store.Version{}, fmt.Errorf("version %d of the schedule: %w", number, store.ErrNotFound)
	}
	found, err := p.store.History(ctx, number+1, 1)
	if err != nil {
		return store.Version{}, err
	}
	if len(found) == 0 || found[0].Number != number {
		return store.Version{}, fmt.Errorf("version %d of the schedule: %w", number, store.ErrNotFound)
	}
	return found[0], nil
}

// read returns the schedule of a version, which may be one that was read before.
func (p *Planner) read(ctx context.Context, v store.Version) (calendar.Schedule, error) {
	if s, known := p.known(v); known {
		return s, nil
	}
	select {
	case p.reading <- struct{}{}:
	case <-ctx.Done():
		return calendar.Schedule{}, ctx.Err()
	}
	defer func() { <-p.reading }()
	if s, known := p.known(v); known {
		return s, nil
	}
	document, err := p.store.Document(ctx, v.Number)
	if err != nil {
		return calendar.Schedule{}, err
	}
	s, err := intake.DecodeJSON(document)
	if err != nil {
		return calendar.Schedule{}, fmt.Errorf("version %d of the schedule: %w: %w", v.Number, store.ErrCorrupt, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if v.Number >= p.cached.version.Number {
		p.cached = cached{v, s}
	} else {
		p.old = cached{v, s}
	}
	return s, nil
}

func (p *Planner) known(v store.Version) (calendar.Schedule, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range []cached{p.cached, p.old} {
		if c.version.Number != 0 && c.version.Hash == v.Hash {
			return c.schedule, true
		}
	}
	return calendar.Schedule{}, false
}

// History returns versions with smaller numbers than before (all for 0), the
// newest first.
func (p *Planner) History(ctx context.Context, before int64, limit int) ([]store.Version, error) {
	return p.store.History(ctx, before, limit)
}

// Rollback is somebody's wish to have an earlier version again.
type Rollback struct {
	To         int64
	Expected   *int64
	DryRun     bool
	RemoveMany bool
	By         Person
}

// RolledBack is what became of a Rollback.
type RolledBack struct {
	// Base is the version the earlier one was compared with.
	Base store.Version
	// Diff is what the earlier one changes there.
	Diff Diff
	// Applied is the version it became; its number is 0 where nothing was applied.
	Applied store.Version
}

// Rollback makes the events of an earlier version those of a new one, and says
// what that changes.
func (p *Planner) Rollback(ctx context.Context, r Rollback) (RolledBack, error) {
	base, before, err := p.current(ctx)
	back := RolledBack{Base: base}
	if err != nil {
		return back, err
	}
	old, after, err := p.Schedule(ctx, r.To)
	switch {
	case err != nil:
		return back, err
	case r.To == 0:
		return back, fmt.Errorf("version 0 of the schedule: %w", store.ErrNotFound)
	}
	back.Diff = p.diff(before, after)
	if r.DryRun {
		return back, based(r.Expected, base)
	}
	document, err := p.store.Document(ctx, r.To)
	if err != nil {
		return back, err
	}
	proposal := r.proposal(base, old, document)
	if r.By.Key != "" {
		if known, err := p.answered(ctx, proposal); err != nil || known.Number != 0 {
			if back.Applied = known; err == nil {
				back.Base, back.Diff, err = p.change(ctx, known.Number)
			}
			return back, err
		}
	}
	if err := based(r.Expected, base); err != nil {
		return back, err
	}
	if err := removesMany(back.Diff, before, r.RemoveMany); err != nil {
		return back, err
	}
	if back.Applied, err = p.store.Apply(ctx, proposal); err == nil {
		p.look()
	}
	return back, err
}

func (r Rollback) proposal(base, old store.Version, document []byte) store.Proposal {
	return store.Proposal{
		Expected: expected(r.Expected, base), Document: document, Events: old.Events, RolledBackTo: r.To,
		Author: r.By.Author, Reason: r.By.Reason, Origin: old.Origin, FileSHA256: old.FileSHA256,
		Key: r.By.key("rollback", fmt.Sprintf("%d on %s", r.To, named(r.Expected))),
	}
}

// named is the version that somebody said the change is based on.
func named(version *int64) string {
	if version == nil {
		return "none"
	}
	return fmt.Sprint(*version)
}

func expected(said *int64, base store.Version) int64 {
	if said != nil {
		return *said
	}
	return base.Number
}

// key makes a request safe to repeat, where its person gave a key: request is
// all that it says.
func (b Person) key(operation, request string) store.Key {
	if b.Key == "" {
		return store.Key{}
	}
	return store.Key{Value: b.Key, Request: store.Sum(fmt.Appendf(nil, "%s %q %q %s", operation, b.Author, b.Reason, request))}
}
