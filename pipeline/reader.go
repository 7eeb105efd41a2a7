package pipeline

import (
	"context"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"time"

	"github.com/headstart-scaler/headstart/signal"
)

// reader asks one source: one call at a time, and none while one is late. The
// tick owns it.
type reader struct {
	name    string
	source  Source        // nil when no source of that name runs
	timeout time.Duration // of one call

	feeds  []*feed // asked at every tick
	unread []*feed // of these, those that joined since the last tick
	// queries are parallel to feeds; nil when feeds changed. A call that
	// still runs keeps its own.
	queries []signal.Query

	call *call // running, or finished and not collected
	// slow says that the last call outlived the grace: ticks start the next
	// one without waiting for it, and use its answer a tick later.
	slow  bool
	first time.Time // start of the first call
	heard time.Time // last time the source said anything, errors included
	down  bool      // as logged last

	took     time.Duration
	answered time.Time // last time a reading was fine
	errors   map[signal.Condition]uint64
}

// call is one call of Source.Read.
type call struct {
	feeds   []*feed
	queries []signal.Query
	began   time.Time
	done    chan struct{}

	// Set before done is closed.
	readings []signal.Reading
	took     time.Duration
	fault    string // what it panicked with, and where
}

func (c *call) run(ctx context.Context, source Source, timeout time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	began := time.Now()
	defer close(c.done)
	defer cancel()
	defer func() {
		c.took = time.Since(began)
		if r := recover(); r != nil {
			c.fault = fmt.Sprintf("%v\n%s", r, debug.Stack())
		}
	}()
	c.readings = source.Read(ctx, c.queries)
}

// join adds a feed to those asked.
func (r *reader) join(f *feed) {
	r.feeds, r.unread, r.queries = append(r.feeds, f), append(r.unread, f), nil
}

// leave takes out the feeds nobody reads any more.
func (r *reader) leave() {
	unused := func(f *feed) bool { return f.users == 0 }
	if !slices.ContainsFunc(r.feeds, unused) {
		return
	}
	// A running call holds the old slice.
	r.feeds = slices.DeleteFunc(slices.Clone(r.feeds), unused)
	r.unread = slices.DeleteFunc(slices.Clone(r.unread), unused)
	r.queries = nil
}

// start begins a call: for every feed, or only for those not yet read. It
// reports whether the tick should wait for it.
func (r *reader) start(ctx context.Context, p *Pipeline, full bool) (wait bool) {
	if r.source == nil || r.call != nil || (!full && r.slow) {
		return false
	}
	feeds, queries := r.feeds, r.queries
	switch {
	case !full:
		feeds, queries = r.unread, queriesOf(r.unread)
	case queries == nil:
		r.queries = queriesOf(feeds)
		queries = r.queries
	}
	if len(feeds) == 0 {
		return false
	}
	// Full slices: a feed that joins later must not grow what the call holds.
	c := &call{feeds: slices.Clip(feeds), queries: queries, began: p.now(), done: make(chan struct{})}
	if r.first.IsZero() {
		r.first = c.began
	}
	r.call = c
	r.unread = nil
	p.calls.Go(func() { c.run(ctx, r.source, r.timeout) })
	return !r.slow
}

func queriesOf(feeds []*feed) []signal.Query {
	out := make([]signal.Query, len(feeds))
	for i, f := range feeds {
		out[i] = f.key.query
	}
	return out
}

// collect takes in the answer of the call, if that has finished.
func (r *reader) collect(p *Pipeline) {
	if r.call == nil {
		return
	}
	select {
	case <-r.call.done:
	default:
		r.slow = true
		return
	}
	c := r.call
	r.call, r.took, r.slow = nil, c.took, c.took > p.options.Grace
	now, fresh := p.now(), p.freshFor(r)
	if c.fault != "" {
		p.journal.panicked(r.name, c.fault)
	}
	for i, f := range c.feeds {
		f.take(r.answer(c, i, now, fresh), p.sequence)
		if f.reading.OK() {
			r.answered = now
		}
		if c.fault == "" && f.reading.Condition != signal.Unreachable {
			r.heard = now
		}
	}
}

// answer is what a call says of its i-th query.
func (r *reader) answer(c *call, i int, now time.Time, fresh time.Duration) signal.Reading {
	switch {
	case c.fault != "":
		return signal.Bad(now, signal.Refused, "source %s failed with a fault in Headstart (a panic; see its log)", r.name)
	case len(c.readings) != len(c.feeds):
		return signal.Bad(now, signal.Invalid, "source %s gave %d answers to %d queries, which is a fault in Headstart",
			r.name, len(c.readings), len(c.feeds))
	}
	reading := sound(c.readings[i], r.name, now)
	if late := now.Sub(c.began) > fresh; late && reading.OK() && now.Sub(reading.At) > fresh {
		return signal.Bad(now, signal.Stale, "source %s took %s to answer, and its value is %s old",
			r.name, c.took.Round(time.Millisecond), now.Sub(reading.At).Round(time.Second))
	}
	return reading
}

// missing is the reading of a feed the source has not answered for.
func (r *reader) missing(known []string, now time.Time) signal.Reading {
	if r.source == nil {
		return signal.Bad(now, signal.Refused, "there is no source %s: the configuration has %s", r.name, listed(known))
	}
	switch {
	case !r.heard.IsZero():
		return signal.Bad(now, signal.Unreachable, "source %s has not answered since %s", r.name, r.heard.UTC().Format(time.RFC3339))
	case !r.first.IsZero():
		return signal.Bad(now, signal.Unreachable, "source %s has not answered since it was first asked at %s", r.name, r.first.UTC().Format(time.RFC3339))
	default:
		return signal.Bad(now, signal.Pending, "source %s is asked at the next tick", r.name)
	}
}

func (r *reader) count(c signal.Condition) {
	if r.errors == nil {
		r.errors = make(map[signal.Condition]uint64)
	}
	r.errors[c]++
}

func (r *reader) health() SourceHealth {
	silent, reason := r.silent()
	return SourceHealth{
		Silent: silent, Reason: reason,
		Name: r.name, Queries: len(r.feeds), Took: r.took, Late: r.call != nil,
		Answered: r.answered, Errors: maps.Clone(r.errors),
	}
}
