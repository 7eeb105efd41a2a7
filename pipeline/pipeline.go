package pipeline

import (
	"log/slog"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/signal"
	"github.com/headstart-scaler/headstart/workload"
)

// Options are what a Pipeline is made of. Zero fields take the default named.
type Options struct {
	// Tick is the time between two decisions: 5 s.
	Tick time.Duration
	// Jitter is the largest share of Tick by which an interval differs from
	// it, so that replicas do not ask backends in step: 0.1. Negative means
	// none.
	Jitter float64
	// SourceTimeout is the deadline of one call of a source: 2 s.
	// SourceTimeouts are those of sources that have another, by name.
	SourceTimeout  time.Duration
	SourceTimeouts map[string]time.Duration
	// Grace is how long a tick waits for sources: 1 s. One that takes longer
	// is not waited for again until a call of it took less.
	Grace time.Duration
	// History is how much of a signal is kept to forecast from: 30 min.
	History time.Duration
	// ForgetAfter is when a trigger that is neither bound nor asked for is
	// forgotten: 30 min.
	ForgetAfter time.Duration
	// MaxTriggers bounds the triggers KEDA may ask for, beside those that the
	// configuration binds and the cluster has: 20 000.
	MaxTriggers int

	// Sources by the names policies use.
	Sources map[string]Source
	// Forecaster looks ahead; without one every path is unknown.
	Forecaster Forecaster
	// Model makes one that has learned nothing yet, for a feed whose past is to
	// tell what is expected of it. Where its path is not Known, and without any,
	// the Forecaster's is taken.
	Model func() Model
	// Past is how much of a source's own past models learn from at start: 28 days.
	Past time.Duration
	// Memory keeps what models and decisions learned; without one a start learns
	// anew.
	Memory Memory
	// Observer knows the cluster; without one nothing is known of it.
	Observer Observer
	// ScaledObject says whether the cluster has one of that name; not sure
	// means that no cluster tells. Nil means never sure.
	ScaledObject func(workload.ID) (exists, sure bool)
	// Labels are those of a workload's ScaledObject and namespace, by which the
	// schedule's events find it; not complete means that there may be more than
	// those. Nil means that only its policy has some.
	Labels func(workload.ID) (labels map[string]string, complete bool)
	// Published is called after each tick with what it decided. It has to
	// return soon: the next tick waits for it.
	Published func(*Snapshot)
	// Logger gets transitions: replicas that changed, signals that went
	// stale, sources that fell silent, ticks that overran. Nil means none.
	Logger *slog.Logger
	// Now is the clock: time.Now. Timers follow the real one all the same.
	Now func() time.Time
}

func (o Options) withDefaults() Options {
	def := func(d *time.Duration, value time.Duration) {
		if *d <= 0 {
			*d = value
		}
	}
	def(&o.Tick, 5*time.Second)
	def(&o.SourceTimeout, 2*time.Second)
	def(&o.Grace, time.Second)
	def(&o.History, 30*time.Minute)
	def(&o.Past, 28*24*time.Hour)
	def(&o.ForgetAfter, 30*time.Minute)
	switch {
	case o.Jitter == 0:
		o.Jitter = 0.1
	case o.Jitter < 0:
		o.Jitter = 0
	}
	o.Jitter = min(o.Jitter, 0.9)
	if o.MaxTriggers <= 0 {
		o.MaxTriggers = 20_000
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Pipeline decides, tick after tick, for the triggers in use. Its methods are
// safe for concurrent use.
type Pipeline struct {
	options Options
	now     func() time.Time
	board   Board
	roster  *roster
	config  atomic.Pointer[Policies]
	agenda  atomic.Pointer[Agenda]
	early   chan struct{} // holds a token while a trigger waits for its first decision
	calls   sync.WaitGroup
	journal *journal
	decide  func(decision.Policy, decision.State, decision.Input) (decision.State, decision.Outcome)

	// What follows is the running tick's.
	mu         sync.Mutex
	applied    *Policies // what active was resolved with
	followed   *Agenda   // of the last tick
	active     []*tracked
	feeds      map[feedKey]*feed
	readers    []*reader // in order of their names
	fills      *fills
	past       *pastTurn      // while pasts are wanted
	filled     map[*feed]bool // with a past in which no events were looked for yet
	restored   map[workload.Trigger]Saved
	restoredAt time.Time
	recalled   bool // the states that were kept: others may be written in their place
	sequence   uint64
	overruns   uint64
}

// New returns a pipeline that decides by the policies. Nothing runs until Run
// or Tick is called.
func New(options Options, policies *Policies) *Pipeline {
	o := options.withDefaults()
	p := &Pipeline{
		options: o, now: o.Now,
		roster:  newRoster(o.MaxTriggers),
		early:   make(chan struct{}, 1),
		journal: newJournal(o.Logger),
		decide:  decision.Policy.Decide,
		feeds:   make(map[feedKey]*feed),
		filled:  make(map[*feed]bool),
	}
	p.fills = newFills(o, p.journal)
	for name, source := range o.Sources {
		p.readers = append(p.readers, &reader{name: name, source: source, timeout: o.timeoutOf(name)})
	}
	slices.SortFunc(p.readers, byName)
	p.config.Store(policies)
	p.roster.bind(policies.bindings)
	return p
}

// Snapshot returns the latest snapshot, or nil before the first tick.
func (p *Pipeline) Snapshot() *Snapshot { return p.board.Latest() }

// Policies returns the policies in force.
func (p *Pipeline) Policies() *Policies { return p.config.Load() }

// Check says from the configuration alone whether a trigger can be decided.
// Its error names what is wrong and the repair. It does not allocate for a
// valid trigger it has met.
func (p *Pipeline) Check(t workload.Trigger) error {
	_, err := p.config.Load().resolve(t)
	return err
}

// timeoutOf is the deadline of one call of a source.
func (o Options) timeoutOf(source string) time.Duration {
	if own := o.SourceTimeouts[source]; own > 0 {
		return own
	}
	return o.SourceTimeout
}

// freshFor is how old a value of a source may be that arrives late.
func (p *Pipeline) freshFor(r *reader) time.Duration { return 2*p.options.Tick + r.timeout }

// seriesLength is how many samples make up the history.
func (p *Pipeline) seriesLength() int {
	return max(2, int(math.Ceil(float64(p.options.History)/float64(p.options.Tick))))
}

func byName(a, b *reader) int {
	if a.name < b.name {
		return -1
	}
	return 1
}

// source returns the reader of a source, and makes one for a name that no
// source has, so that its absence is told like any other trouble.
func (p *Pipeline) source(name string) *reader {
	for _, r := range p.readers {
		if r.name == name {
			return r
		}
	}
	r := &reader{name: name}
	p.readers = append(p.readers, r)
	slices.SortFunc(p.readers, byName)
	return r
}

// feed returns the feed a signal reads, and makes it when it is the first.
func (p *Pipeline) feed(s *decision.Signal) *feed {
	key := feedKey{s.Source, s.Query}
	f := p.feeds[key]
	if f == nil {
		f = &feed{key: key, reading: signal.Bad(p.now(), signal.Pending, "not read yet")}
		p.feeds[key] = f
		p.source(s.Source).join(f)
	}
	f.users++
	if f.series == nil && p.options.Forecaster != nil && forecastable(s) {
		f.series = signal.NewSeries(p.seriesLength())
		if p.options.Model != nil {
			f.model, f.memory = p.options.Model(), memoryKey(key)
			f.slot = hash(f.memory)
		}
		p.fills.want(f, p.now())
	}
	return f
}
