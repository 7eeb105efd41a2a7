package pipeline

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/signal"
)

// Filling a series, and what is learned of it, from what was kept and from its
// source's own past.
const (
	fillWorkers  = 2 // calls of one source at a time
	fillAttempts = 5
	fillTimeout  = 30 * time.Second
	fillPause    = 5 * time.Second // after a failed attempt, doubled each time
	pastStep     = time.Minute     // of what models learn from

	recallTimeout = 2 * time.Second
	recallPause   = 30 * time.Second // until a memory that failed is asked again
)

// fills fetches the past of new feeds in the background and hands it to the
// tick that comes next.
type fills struct {
	options Options
	journal *journal
	queues  map[string]*fillQueue // by source; only those that have anything to fetch
	silent  atomic.Int64          // until when the memory is not asked, in Unix nanoseconds

	wanted []*fill // the tick's: what is not in a queue yet

	mu     sync.Mutex
	done   []filled
	parked []*fill // that have to wait for the memory
}

// fillQueue is what is wanted of one source.
type fillQueue struct {
	name   string
	source Historian // nil where it knows no past, and only the memory may
	mu     sync.Mutex
	wanted []fill
	wake   chan struct{} // holds a token while something is wanted
}

type fill struct {
	feed    *feed
	query   signal.Query
	since   time.Time             // when it was wanted first
	due     time.Time             // when it may be asked for
	events  []calendar.Occurrence // that concern the feed, in its past too
	attempt int                   // failed ones of the source
	// settled says that the memory was asked, or has nothing to say; learned is
	// what it keeps, nil where that is nothing of use.
	settled bool
	learned *Learned
	// handed says that a tick was given what was kept, fetched that it was given what
	// the source has.
	handed, fetched bool
}

type filled struct {
	feed    *feed
	history []signal.Sample
	model   Model // that has learned from the past; nil where there is none
	events  []calendar.Occurrence
	settled bool
}

func newFills(o Options, j *journal) *fills {
	f := &fills{options: o, journal: j, queues: make(map[string]*fillQueue)}
	for name, source := range o.Sources {
		historian, _ := source.(Historian)
		if historian != nil || o.Memory != nil {
			f.queues[name] = &fillQueue{name: name, source: historian, wake: make(chan struct{}, fillWorkers)}
		}
	}
	return f
}

// want asks for a feed's past, where its source knows one of it, or what was
// learned of it was kept.
func (f *fills) want(feed *feed, at time.Time) {
	q := f.queues[feed.key.source]
	if q == nil {
		return
	}
	x := &fill{feed: feed, query: feed.key.query, since: at, settled: !f.options.keeps(feed)}
	if !x.settled || q.historian(x) {
		f.wanted = append(f.wanted, x)
	}
}

// historian reports whether the source knows the past of a query: that of a
// consumer group's arrivals is nowhere.
func (q *fillQueue) historian(x *fill) bool {
	_, expression := x.query.(signal.Expression)
	return expression && q.source != nil
}

// room is how many fills each queue has room for.
func (f *fills) room() map[*fillQueue]int {
	room := make(map[*fillQueue]int, len(f.queues))
	for _, q := range f.queues {
		q.mu.Lock()
		room[q] = askedAtOnce - len(q.wanted)
		q.mu.Unlock()
	}
	return room
}

func (q *fillQueue) push(x fill) {
	q.mu.Lock()
	q.wanted = append(q.wanted, x)
	q.mu.Unlock()
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

func (q *fillQueue) pop() (x fill, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.wanted) == 0 {
		q.wanted = nil
		return fill{}, false
	}
	x, q.wanted = q.wanted[0], q.wanted[1:]
	return x, true
}

// run fetches until ctx ends.
func (f *fills) run(ctx context.Context, group *sync.WaitGroup) {
	for _, q := range f.queues {
		for range fillWorkers {
			group.Go(func() { f.work(ctx, q) })
		}
	}
}

func (f *fills) work(ctx context.Context, q *fillQueue) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-q.wake:
		}
		for x, ok := q.pop(); ok && ctx.Err() == nil; x, ok = q.pop() {
			f.attempt(ctx, q, x)
		}
	}
}

// attempt fetches one feed's past. After a failure of the source it pauses, so
// that one in trouble is not pressed, and puts the feed at the queue's end. One
// whose memory does not answer is fetched without, and parked until it does.
func (f *fills) attempt(ctx context.Context, q *fillQueue, x fill) {
	f.recall(ctx, &x)
	done, err := f.fetch(ctx, q, &x)
	if ctx.Err() != nil {
		return
	}
	if err == nil || x.settled && !x.handed {
		// Of a source that fails, what was kept is better than nothing.
		f.hand(done)
		x.handed, x.fetched = x.settled, x.fetched || err == nil
	}
	if !x.settled {
		f.park(x)
		return
	}
	if err == nil {
		return
	}
	x.attempt++
	f.journal.unfilled(f.options.Now(), q.name, x, err)
	if x.attempt >= fillAttempts {
		return
	}
	pause := time.NewTimer(fillPause << (x.attempt - 1))
	defer pause.Stop()
	select {
	case <-ctx.Done():
	case <-pause.C:
		q.push(x)
	}
}

func (f *fills) hand(done filled) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.done = append(f.done, done)
}

func (f *fills) park(x fill) {
	x.due = f.options.Now().Add(recallPause)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.parked = append(f.parked, &x)
}

// unpark wants again what was parked. The tick calls it.
func (f *fills) unpark() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.wanted = append(f.wanted, f.parked...)
	f.parked = nil
}

// recall asks the memory what was learned of a feed. While it does not answer one
// it is not asked for others.
func (f *fills) recall(ctx context.Context, x *fill) {
	now := f.options.Now()
	if x.settled || now.UnixNano() < f.silent.Load() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, recallTimeout)
	defer cancel()
	kept, err := recalled(ctx, f.options.Memory, x.feed.memory)
	if err != nil {
		f.silent.Store(now.Add(recallPause).UnixNano())
		f.journal.unrecalled(now, err)
		return
	}
	x.settled = true
	for i := range kept {
		if _, err := f.revive(kept[i], now); err != nil {
			f.journal.unsound(now, x.query.String(), err)
			continue
		}
		x.learned = &kept[i]
	}
}

// recalled is Recall, whose fault is an error.
func recalled(ctx context.Context, m Memory, keys ...string) (kept []Learned, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	return m.Recall(ctx, keys)
}

// revive is revived, whose fault is an error: bytes may be anything.
func (f *fills) revive(l Learned, now time.Time) (m Model, err error) {
	defer func() {
		if r := recover(); r != nil {
			m, err = nil, fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	return f.options.revived(l, now)
}

// fetch reads a feed's past: the last of it in steps of a tick, and, where models
// learn, as much as they are to learn from in steps of a minute, or what came after
// what was kept. What they learn is learned here, where no tick waits for it. With
// an error comes what was kept.
func (f *fills) fetch(ctx context.Context, q *fillQueue, x *fill) (done filled, err error) {
	ctx, cancel := context.WithTimeout(ctx, fillTimeout)
	defer cancel()
	settled := filled{feed: x.feed, events: x.events, settled: x.settled}
	defer func() {
		if r := recover(); r != nil {
			done, err = settled, fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	to := f.options.Now()
	done = settled
	from := to.Add(-f.options.Past)
	if x.learned != nil {
		if done.model, err = f.revive(*x.learned, to); err == nil {
			from = x.learned.At
		}
	}
	if !q.historian(x) || x.fetched && done.model == nil {
		return done, nil
	}
	history, err := q.source.History(ctx, x.query, to.Add(-f.options.History), to, f.options.Tick)
	if err != nil || f.options.Model == nil {
		done.history = history
		return done, err
	}
	var past []signal.Sample
	if last := to.Add(-pastStep); from.Before(last) {
		if past, err = q.source.History(ctx, x.query, from, last, pastStep); err != nil {
			return done, err
		}
	}
	done.history = history
	if done.model == nil {
		done.model = f.options.Model()
	}
	teach(done.model, past, x.events)
	return done, nil
}

// take returns what has been fetched since it was last called.
func (f *fills) take() []filled {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := f.done
	f.done = nil
	return out
}
