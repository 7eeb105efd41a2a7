package pipeline

import (
	"context"
	"time"

	"github.com/headstart-scaler/headstart/signal"
	"github.com/headstart-scaler/headstart/workload"
)

// Tick reads, decides and publishes once, for every trigger in use. It returns
// without a new snapshot when ctx ends first.
func (p *Pipeline) Tick(ctx context.Context) { p.tick(ctx, true) }

// tick is a full tick, or an early one that decides only for the triggers that
// have no decision yet and carries all others over.
func (p *Pipeline) tick(ctx context.Context, full bool) {
	s := p.produce(ctx, full)
	if s != nil && p.options.Published != nil {
		p.options.Published(s)
	}
}

func (p *Pipeline) produce(ctx context.Context, full bool) *Snapshot {
	p.mu.Lock()
	defer p.mu.Unlock()
	began := time.Now()
	agenda := p.agenda.Load()
	full = full || p.config.Load() != p.applied || agenda != p.followed
	p.followed = agenda
	due := p.gather(full)
	if !full && len(due) == 0 {
		return nil
	}
	p.sequence++
	p.read(ctx, full)
	if ctx.Err() != nil {
		return nil
	}
	at := p.now()
	p.settle(at, full)
	now := p.turn(at)
	p.partPast(now)
	p.askPasts(now)
	p.deliberate(now, due)
	for _, f := range p.feeds {
		f.forget()
	}
	entries := make([]*Entry, len(p.active))
	for i, t := range p.active {
		entries[i] = t.entry
	}
	s := NewSnapshot(at, p.sequence, p.applied.hash, p.health(time.Since(began)), entries)
	p.board.Publish(s)
	return s
}

// gather takes in a new configuration and the triggers that arrived, forgets
// the idle ones, and returns those to decide for.
func (p *Pipeline) gather(full bool) (due []*tracked) {
	arrived, gone := p.roster.changes()
	p.inherit(arrived)
	p.release(gone)
	p.active = append(p.active, arrived...)
	due = arrived
	config := p.config.Load()
	if config != p.applied {
		p.applied = config
		arrived = p.active
	}
	for _, t := range arrived {
		p.attach(t)
	}
	if full {
		p.forgetIdle()
		due = p.active
	}
	p.sweep()
	p.takeFills()
	return due
}

// inherit lets triggers that arrive go on from one of the same workload and
// policy: metadata that was edited makes another trigger, but no other load.
func (p *Pipeline) inherit(arrived []*tracked) {
	if len(arrived) == 0 {
		return
	}
	type kin struct {
		id     workload.ID
		policy string
	}
	known := make(map[kin]*tracked, len(p.active))
	for _, t := range p.active {
		if t.policy != nil {
			known[kin{t.trigger.Workload, t.trigger.Policy}] = t
		}
	}
	for _, t := range arrived {
		if before := known[kin{t.trigger.Workload, t.trigger.Policy}]; before != nil {
			t.inherited = &Saved{Trigger: before.trigger, Measured: measured(before.policy), State: before.state}
		}
	}
}

func (p *Pipeline) forgetIdle() {
	now := p.now()
	p.expireRestored(now)
	p.release(p.roster.idle(now.Add(-p.options.ForgetAfter)))
}

// release lets go of triggers that are no longer in use.
func (p *Pipeline) release(gone map[*tracked]bool) {
	if len(gone) == 0 {
		return
	}
	kept := p.active[:0]
	for _, t := range p.active {
		if gone[t] {
			detach(t.feeds)
		} else {
			kept = append(kept, t)
		}
	}
	clear(p.active[len(kept):])
	p.active = kept
}

// sweep drops feeds that nobody reads any more.
func (p *Pipeline) sweep() {
	dropped := false
	for key, f := range p.feeds {
		if f.users == 0 {
			delete(p.feeds, key)
			delete(p.filled, f)
			dropped = true
		}
	}
	if dropped {
		for _, r := range p.readers {
			r.leave()
		}
	}
}

// read asks the sources and waits for their answers, at most for the grace,
// and only for those that are not known to be slow.
func (p *Pipeline) read(ctx context.Context, full bool) {
	var awaited []*reader
	for _, r := range p.readers {
		r.collect(p) // what an earlier tick did not wait for
		if r.start(ctx, p, full) {
			awaited = append(awaited, r)
		}
	}
	grace := time.NewTimer(p.options.Grace)
	defer grace.Stop()
	p.await(ctx, awaited, grace.C)
	for _, r := range p.readers {
		r.collect(p)
	}
}

func (p *Pipeline) await(ctx context.Context, awaited []*reader, over <-chan time.Time) {
	for _, r := range awaited {
		select {
		case <-r.call.done:
		case <-over:
			return
		case <-ctx.Done():
			return
		}
	}
}

// settle gives every feed a reading: what was read at this tick or, in words,
// why there is none.
func (p *Pipeline) settle(at time.Time, full bool) {
	var known []string
	for _, r := range p.readers {
		if r.source != nil {
			known = append(known, r.name)
		}
	}
	for _, r := range p.readers {
		missing := r.missing(known, at)
		for _, f := range r.feeds {
			if f.read != p.sequence && (full || f.read == 0) {
				f.reading = missing
			}
		}
		if full {
			r.tally()
			p.journal.source(r, at)
		}
	}
}

// tally counts the readings of a tick that were not fine.
func (r *reader) tally() {
	for _, f := range r.feeds {
		if c := f.reading.Condition; c != signal.Fine {
			r.count(c)
		}
	}
}

func (p *Pipeline) health(took time.Duration) Health {
	h := Health{
		Ticks: p.sequence, Overruns: p.overruns, Took: took,
		TurnedAway: p.roster.turnedAway(),
		Sources:    make([]SourceHealth, len(p.readers)),
	}
	for i, r := range p.readers {
		h.Sources[i] = r.health()
	}
	return h
}
