package pipeline

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/headstart-scaler/headstart/signal"
)

// Filling a series from its source's own past.
const (
	fillWorkers  = 2 // calls of one source at a time
	fillAttempts = 5
	fillTimeout  = 30 * time.Second
	fillPause    = 5 * time.Second // after a failed attempt, doubled each time
	pastStep     = time.Minute     // of what models learn from
)

// fills fetches the past of new feeds in the background and hands it to the
// tick that comes next.
type fills struct {
	options Options
	journal *journal
	queues  map[string]*fillQueue // by source; only those that know the past

	mu   sync.Mutex
	done []filled
}

// fillQueue is what is wanted of one source.
type fillQueue struct {
	name   string
	source Historian
	mu     sync.Mutex
	wanted []fill
	wake   chan struct{} // holds a token while something is wanted
}

type fill struct {
	feed    *feed
	query   signal.Query
	attempt int
}

type filled struct {
	feed    *feed
	history []signal.Sample
	model   Model // that has learned from the past; nil where there is none
}

func newFills(o Options, j *journal) *fills {
	f := &fills{options: o, journal: j, queues: make(map[string]*fillQueue)}
	for name, source := range o.Sources {
		if historian, ok := source.(Historian); ok {
			f.queues[name] = &fillQueue{name: name, source: historian, wake: make(chan struct{}, fillWorkers)}
		}
	}
	return f
}

// want asks for a feed's past, where its source knows one of it: that of a
// consumer group's arrivals is nowhere.
func (f *fills) want(feed *feed) {
	q := f.queues[feed.key.source]
	if _, expression := feed.key.query.(signal.Expression); q == nil || !expression {
		return
	}
	q.push(fill{feed: feed, query: feed.key.query})
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

// attempt fetches one feed's past. After a failure it pauses, so that a source
// in trouble is not pressed, and puts the feed at the queue's end.
func (f *fills) attempt(ctx context.Context, q *fillQueue, x fill) {
	done, err := f.fetch(ctx, q, x)
	if ctx.Err() != nil {
		return
	}
	if err == nil {
		f.mu.Lock()
		f.done = append(f.done, done)
		f.mu.Unlock()
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

// fetch reads a feed's past: the last of it in steps of a tick, and, where models
// learn, as much as they are to learn from in steps of a minute. What they learn
// is learned here, where no tick waits for it.
func (f *fills) fetch(ctx context.Context, q *fillQueue, x fill) (done filled, err error) {
	ctx, cancel := context.WithTimeout(ctx, fillTimeout)
	defer cancel()
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	to := f.options.Now()
	done = filled{feed: x.feed}
	done.history, err = q.source.History(ctx, x.query, to.Add(-f.options.History), to, f.options.Tick)
	if err != nil || f.options.Model == nil {
		return done, err
	}
	past, err := q.source.History(ctx, x.query, to.Add(-f.options.Past), to.Add(-pastStep), pastStep)
	if err != nil {
		return done, err
	}
	done.model = f.options.Model()
	for _, s := range past {
		done.model.Observe(s.At, s.Value)
	}
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

// takeFills puts fetched pasts before what the feeds measured themselves.
func (p *Pipeline) takeFills() {
	for _, x := range p.fills.take() {
		x.feed.series.Fill(x.history)
		if x.model != nil {
			x.feed.relearn(x.model)
		}
		p.filled[x.feed] = true
	}
}
