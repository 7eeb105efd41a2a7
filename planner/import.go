package planner

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/calendar/intake"
	"github.com/headstart-scaler/headstart/store"
)

// Upload is a file with events that somebody wants to be in the schedule.
type Upload struct {
	Name string
	Data []byte
	// Zone of times that name none, DateOrder and Columns are what the uploader
	// said of the file: see intake.Options.
	Zone      *time.Location
	DateOrder intake.DateOrder
	Columns   map[string]string
	// Replace removes all other events that take place within the range alone.
	// Nil merges: events of the file are added, or go in the place of those with
	// their ids.
	Replace *Range
	// Expected is the version the change is based on (0 where there is none
	// yet); nil is whichever is current when the file is read.
	Expected *int64
	// DryRun shows what would change, and changes nothing.
	DryRun bool
	// RemoveMany allows a change that removes much of the schedule.
	RemoveMany bool
	By         Person
}

// Range is from one instant until another, which is not part of it.
type Range struct{ From, To time.Time }

// Person is who asks for something, and why.
type Person struct {
	Author, Reason string
	// Key makes it safe to ask twice; empty is none.
	Key string
}

// Import is what became of an Upload.
type Import struct {
	// Read is what the file holds, and what is wrong with it. Errors block it.
	Read intake.Result
	// Base is the version the file was compared with.
	Base store.Version
	// Diff is what the file changes there.
	Diff Diff
	// Applied is the version it became; its number is 0 where nothing was
	// applied: the file has errors, changes nothing, or it was a dry run.
	Applied store.Version
}

// Diff is what a change does to a schedule, in the order of events' ids.
type Diff struct {
	Added, Changed, Removed []Line
}

// Len is the number of events that change.
func (d Diff) Len() int { return len(d.Added) + len(d.Changed) + len(d.Removed) }

// Line is what becomes of one event.
type Line struct {
	// Before is nil where it is added, After where it is removed.
	Before, After *calendar.Event
	// Fields that change, by the template's columns; "impact" and "recurrence" are
	// all that say how much, and when again.
	Fields []string
	// Next are the first occurrences from now on, of After, or of Before where
	// it is removed.
	Next []calendar.Occurrence
	// Replicas are the workloads whose plan it changes, at the first of Next.
	Replicas []Replicas
}

// Replicas is what a change does to the plan of a workload when an event
// begins, with all else that takes place then, by what the workload needs now.
type Replicas struct {
	Workload      string // NAMESPACE/NAME
	Before, After int
	// Wanted is what After would be without a maximum; 0 where it is no more.
	Wanted int
}

// Import reads a file, says what is wrong with it and what it changes, and
// applies it unless it must not. An error means that nothing was applied; what
// is wrong with the file itself is no error, but in Import.Read.
func (p *Planner) Import(ctx context.Context, u Upload) (Import, error) {
	im, pinned := Import{Read: p.Read(u)}, p.Pinned()
	base, before, err := p.current(ctx)
	im.Base = base
	if err != nil || !im.Read.OK() {
		return im, err
	}
	im.Read.Warnings = append(im.Read.Warnings, pinned.shadows(im.Read)...)
	im.Read.Warnings = append(im.Read.Warnings, p.strangers(im.Read, pinned.Classes)...)
	im.Read.Warnings = append(im.Read.Warnings, cancelsNothing(im.Read, before)...)
	if !u.DryRun && u.By.Key != "" {
		known, err := p.answered(ctx, u.proposal(base, calendar.Schedule{}))
		if err != nil || known.Number != 0 {
			im.Applied = known
			return p.asItWas(ctx, im, err)
		}
	}
	if err := based(u.Expected, base); err != nil {
		return im, err
	}
	after, err := u.on(before, im.Read.Events)
	if err != nil {
		return im, err
	}
	im.Diff = p.diff(before, after)
	im.Read.Warnings = append(im.Read.Warnings, im.Diff.beyond()...)
	if u.DryRun || im.Diff.Len() == 0 {
		return im, nil
	}
	if err := removesMany(im.Diff, before, u.RemoveMany); err != nil {
		return im, err
	}
	im.Applied, err = p.store.Apply(ctx, u.proposal(base, after))
	if err == nil {
		p.look()
	}
	return im, err
}

// Read says what a file holds and what is wrong with it, by the classes that are
// described.
func (p *Planner) Read(u Upload) intake.Result {
	return intake.Read(u.Data, intake.Options{
		Zone: u.Zone, DateOrder: u.DateOrder, Columns: u.Columns, Classes: p.Pinned().Classes, Now: p.now(),
	})
}

// answered returns the version that a request became when it was made before
// with the same key; the zero Version where it was not.
func (p *Planner) answered(ctx context.Context, asked store.Proposal) (store.Version, error) {
	asked.Expected = math.MaxInt64 // which no version is: only a known key is answered
	v, err := p.store.Apply(ctx, asked)
	if errors.Is(err, store.ErrConflict) {
		return store.Version{}, nil
	}
	return v, err
}

// based refuses a change that is based on another version than the one read: it
// would be compared with the wrong one.
func based(said *int64, base store.Version) error {
	if said == nil || *said == base.Number {
		return nil
	}
	return &store.ConflictError{Expected: *said, Current: base}
}

// asItWas is the answer to a request that is repeated: what it changed then.
func (p *Planner) asItWas(ctx context.Context, im Import, err error) (Import, error) {
	if err != nil {
		return im, err
	}
	im.Base, im.Diff, err = p.change(ctx, im.Applied.Number)
	return im, err
}

// change is what a version changed, and the version before it.
func (p *Planner) change(ctx context.Context, number int64) (base store.Version, d Diff, err error) {
	var before calendar.Schedule
	if number > 1 {
		if base, before, err = p.Schedule(ctx, number-1); err != nil {
			return base, d, err
		}
	}
	_, after, err := p.Schedule(ctx, number)
	if err != nil {
		return base, d, err
	}
	return base, p.diff(before, after), nil
}

// on is what an upload makes of a schedule.
func (u Upload) on(before calendar.Schedule, events []*calendar.Event) (calendar.Schedule, error) {
	if u.Replace == nil {
		return before.Merge(events)
	}
	if !u.Replace.From.Before(u.Replace.To) {
		return calendar.Schedule{}, fmt.Errorf("replace a range: %w", store.FieldError{
			Field: "replace", Found: u.Replace.From.Format(time.RFC3339) + ".." + u.Replace.To.Format(time.RFC3339), Fix: "a range that ends after it begins",
		})
	}
	return before.Replace(events, u.Replace.From, u.Replace.To)
}

func (u Upload) proposal(base store.Version, after calendar.Schedule) store.Proposal {
	file := store.Sum(u.Data)
	return store.Proposal{
		Expected: expected(u.Expected, base), Document: intake.EncodeJSON(after), Events: after.Len(),
		Author: u.By.Author, Reason: u.By.Reason, Origin: u.Name, FileSHA256: file,
		Key: u.By.key("import", fmt.Sprintf("%s %q %v %s %v %v %s", file, u.Name, u.Zone, u.DateOrder, u.Columns, u.Replace, named(u.Expected))),
	}
}

// Much of a schedule is at least fewRemoved events and more than one in
// shareRemoved, or several and more than half.
const (
	fewRemoved   = 10
	shareRemoved = 5
	severalGone  = 3
)

// removesMany refuses a change that removes much of a schedule, unless it is
// allowed.
func removesMany(d Diff, before calendar.Schedule, allowed bool) error {
	removed := len(d.Removed)
	much := removed >= fewRemoved && removed*shareRemoved > before.Len()
	most := removed >= severalGone && removed*2 > before.Len()
	if allowed || !much && !most {
		return nil
	}
	return RemovesManyError{Removed: removed, Of: before.Len()}
}
