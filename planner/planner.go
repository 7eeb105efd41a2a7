package planner

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/store"
)

// Versions are the states the schedule had.
type Versions interface {
	Current(ctx context.Context) (store.Version, error)
	Document(ctx context.Context, number int64) ([]byte, error)
	History(ctx context.Context, before int64, limit int) ([]store.Version, error)
}

// Changes are what people do.
type Changes interface {
	Apply(ctx context.Context, p store.Proposal) (store.Version, error)
	PutOverride(ctx context.Context, o store.Override, k store.Key) (store.Override, error)
	ExpireOverride(ctx context.Context, x store.Expiry) (store.Override, error)
}

// Orders are the overrides there are, and the news of anything that changed.
type Orders interface {
	ActiveOverrides(ctx context.Context, at time.Time) ([]store.Override, error)
	Overrides(ctx context.Context, before int64, limit int) ([]store.Override, error)
	Watch(ctx context.Context) <-chan struct{}
}

// Store keeps schedules and overrides.
type Store interface {
	Versions
	Changes
	Orders
}

// Options are what a Planner is made of.
type Options struct {
	// Store keeps what is uploaded; nil refuses all of it.
	Store Store
	// Workloads are those that decisions are made for, to say what a schedule
	// would do to them; nil knows none.
	Workloads func() []Workload
	// Follow is given the plan whenever it is another one. It has to return
	// soon.
	Follow func(Plan)
	// Logger gets what changed, and a store that does not answer; nil means none.
	Logger *slog.Logger
	// Now is the clock: time.Now.
	Now func() time.Time
}

// Planner keeps the schedule and the overrides. Its methods are safe for
// concurrent use.
type Planner struct {
	options Options
	store   Store
	now     func() time.Time
	log     *slog.Logger
	wake    chan struct{} // holds a token while there is something to look at

	mu     sync.Mutex // guards what follows
	pinned Pinned
	cached cached // the current version
	old    cached // another one, read last
	// reading is held while a document is read: one at a time is enough memory.
	reading chan struct{}

	status atomic.Pointer[Status]
}

// Pinned is what the configuration says of events: their classes, and those
// that are kept in files.
type Pinned struct {
	// Name tells one from another: the hash of the configuration.
	Name    string
	Classes calendar.Classes
	Events  calendar.Schedule
	// Files names the file of each event of Events, by its ID.
	Files map[string]string
	// Trouble says why files could not be read, whose events are those of the last
	// time they could; empty where all were. Never says that of one there is no
	// such time, so that nobody knows what it has.
	Trouble string
	Never   bool
}

// Status is how the planner fares.
type Status struct {
	// Version of the uploaded schedule that is in force, and when it was applied.
	Version store.Version
	// Events in force, uploaded and pinned; Occurrences of them from an hour before
	// the plan was made until it ends; Overrides that are in force.
	Events, Occurrences, Overrides int
	// Error says why the store could not be read, since Since; empty where it
	// was.
	Error string
	Since time.Time

	newest int64 // override that was read
	lost   bool  // the store is not what it was
}

// New returns a planner with the configuration's part. Nothing is handed to
// Follow before Run.
func New(o Options, pinned Pinned) *Planner {
	p := &Planner{options: o, store: o.Store, now: o.Now, log: o.Logger, wake: make(chan struct{}, 1), reading: make(chan struct{}, 1), pinned: pinned}
	if p.now == nil {
		p.now = time.Now
	}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	if p.options.Workloads == nil {
		p.options.Workloads = func() []Workload { return nil }
	}
	if p.store == nil {
		p.store = nowhere{}
	}
	p.status.Store(&Status{})
	return p
}

// Status is how things were when they were last looked at.
func (p *Planner) Status() Status { return *p.status.Load() }

// Pin puts another configuration's part in force.
func (p *Planner) Pin(pinned Pinned) {
	p.mu.Lock()
	p.pinned = pinned
	p.mu.Unlock()
	p.look()
}

// Pinned is the configuration's part that is in force.
func (p *Planner) Pinned() Pinned {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.pinned
}

// look makes Run look for what changed.
func (p *Planner) look() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}
