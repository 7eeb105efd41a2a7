package planner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/store"
)

const (
	// planAhead is how far a plan's timeline reaches, and planBehind how far
	// back: as far as models learn from the past, and a day, so that they know what
	// took place then. It is made anew when less than planLeft of it is left: a
	// process whose store is away for a day still has a plan.
	planAhead  = 26 * time.Hour
	planBehind = 29 * 24 * time.Hour
	planLeft   = 25 * time.Hour
	// planShown is how far back occurrences are counted for people.
	planShown = time.Hour
)

// Run hands out plans until ctx ends: at once, and whenever something changed
// or time has gone on.
func (p *Planner) Run(ctx context.Context) {
	news := p.store.Watch(ctx)
	tick := time.NewTicker(refreshEvery)
	defer tick.Stop()
	r := runner{Planner: p}
	for {
		r.refresh(ctx)
		select {
		case <-ctx.Done():
			return
		case _, open := <-news:
			if !open {
				news = nil
			}
		case <-p.wake:
		case <-tick.C:
		}
	}
}

// runner remembers what it handed out last. One goroutine uses it.
type runner struct {
	*Planner
	plan    Plan
	handed  bool
	read    bool   // the store has answered once
	pinned  Pinned // the part of plan.Timeline
	events  int    // that count in it
	soon    int    // occurrences, less those of the past
	version store.Version
	upload  calendar.Schedule
	orders  []store.Override // that hold, or will within the plan
	newest  int64            // override that was seen
}

// refresh makes a plan of what is known now, and hands it on where it is
// another one. What the store does not say stays as it was.
func (r *runner) refresh(ctx context.Context) {
	now := r.now()
	next := Plan{Timeline: r.plan.Timeline}
	err := r.take(ctx, now)
	if ctx.Err() != nil {
		return
	}
	next.Overrides = orders(r.orders, now)
	pinned := r.Pinned()
	next.Version = fmt.Sprintf("%d", r.version.Number)
	stale := r.plan.Timeline == nil || r.plan.Version != next.Version || !r.pinned.is(pinned)
	if !stale {
		from, to := r.plan.Timeline.Window()
		stale = to.Sub(now) < planLeft || now.Before(from)
	}
	if stale {
		in := inForce(r.upload, pinned)
		next.Timeline = in.Timeline(pinned.Classes, now.Add(-planBehind), now.Add(planAhead))
		r.pinned, r.events = pinned, in.Len()
		r.soon = len(next.Timeline.Between(now.Add(-planShown), now.Add(planAhead)))
	}
	next.Unknown = r.unknown(pinned)
	r.report(err, next)
	if r.handed && !stale && next.Unknown == r.plan.Unknown && same(r.plan.Overrides, next.Overrides) {
		return
	}
	r.plan, r.handed = next, true
	if r.options.Follow != nil {
		r.options.Follow(next)
	}
}

// unknown says why there may be more than the plan has.
func (r *runner) unknown(pinned Pinned) string {
	switch {
	case !r.read:
		return "the schedule and the overrides have not been read since start"
	case pinned.Never:
		return "a file of the schedule could not be read since start"
	default:
		return ""
	}
}

// take reads what the store has. Schedule and overrides are read apart: an order
// counts although the schedule cannot be read.
func (r *runner) take(ctx context.Context, now time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, refreshEvery)
	defer cancel()
	version, err := r.sound(ctx)
	if err != nil {
		return fmt.Errorf("read the schedule: %w", err) // what it says of overrides is as little to be believed
	}
	unread := r.takeSchedule(ctx, version)
	unheard := r.takeOverrides(ctx, now)
	r.read = r.read || unread == nil && unheard == nil
	return errors.Join(unread, unheard)
}

func (r *runner) takeSchedule(ctx context.Context, version store.Version) error {
	upload := calendar.Schedule{}
	if version.Number != 0 {
		var err error
		if upload, err = r.Planner.read(ctx, version); err != nil {
			return fmt.Errorf("read the schedule: %w", err)
		}
	}
	if version.Number != r.version.Number {
		r.log.Info("schedule in force", "version", version.Number, "events", version.Events, "author", version.Author, "origin", version.Origin)
	}
	r.version, r.upload = version, upload
	return nil
}

// takeOverrides reads those that hold, and the newest, among which those are
// that were given for later.
func (r *runner) takeOverrides(ctx context.Context, now time.Time) error {
	active, err := r.store.ActiveOverrides(ctx, now)
	if err != nil {
		return fmt.Errorf("read the overrides: %w", err)
	}
	newest, err := r.store.Overrides(ctx, 0, laterLooked)
	if err != nil {
		return fmt.Errorf("read the overrides: %w", err)
	}
	if len(newest) > 0 {
		r.newest = max(r.newest, newest[0].ID)
	}
	for _, o := range newest {
		if o.Start.After(now) && o.Over().After(o.Start) && o.Start.Before(now.Add(planAhead)) {
			active = append(active, o)
		}
	}
	slices.SortFunc(active, func(a, b store.Override) int { return cmp.Compare(a.ID, b.ID) })
	r.orders = active
	return nil
}

// laterLooked is among how many of the newest overrides those for later are
// looked for.
const laterLooked = 200

// report says how things are, and logs a store that falls silent, has lost what
// it had, or answers again.
func (r *runner) report(err error, plan Plan) {
	before := r.Status()
	s := Status{Version: r.version, Events: r.events, Occurrences: r.soon, newest: r.newest}
	for _, list := range plan.Overrides {
		s.Overrides += len(list)
	}
	if err != nil {
		s.Error, s.Since, s.lost = err.Error(), r.now(), errors.Is(err, store.ErrCorrupt)
		if before.Error != "" {
			s.Since = before.Since
		}
	}
	switch {
	case s.lost && !before.lost:
		r.log.Error("the store is not as it was: the plan stays as it was, and changes are refused", "error", err)
	case err != nil && before.Error == "":
		r.log.Error("the store does not answer: the plan stays as it was", "error", err)
	case err == nil && before.Error != "":
		r.log.Info("the store answers again", "after", r.now().Sub(before.Since).Round(time.Second).String())
	}
	r.status.Store(&s)
}

// is reports whether the configuration's part is the same.
func (n Pinned) is(o Pinned) bool { return n.Name == o.Name }

// InForce returns the events that count, uploaded ones and those of files, and
// the classes by which they do.
func (p *Planner) InForce(ctx context.Context) (calendar.Schedule, calendar.Classes, error) {
	_, upload, err := p.current(ctx)
	pinned := p.Pinned()
	return inForce(upload, pinned), pinned.Classes, err
}

// inForce lays the events of files over those that were uploaded.
func inForce(upload calendar.Schedule, pinned Pinned) calendar.Schedule {
	return upload.Overlaid(pinned.Events)
}
