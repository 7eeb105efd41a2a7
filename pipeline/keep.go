package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"
)

// What is lost when the process is killed is what was learned since it was written
// last.
const (
	keepModelsEvery = 10 * time.Minute
	keepStatesEvery = time.Minute
	keepBatch       = 64 // models of one write: a few megabytes
	keepTimeout     = 10 * time.Second
	// keepLastFor is how long the end of the process waits to write everything:
	// SIGTERM leaves five seconds for all there is to do.
	keepLastFor = 2 * time.Second
)

// startKeeping writes what is learned until ctx ends, beginning when what was kept
// of decisions was read. It returns when it was, or after the grace.
func (p *Pipeline) startKeeping(ctx context.Context, group *sync.WaitGroup) {
	read := make(chan struct{})
	group.Go(func() {
		p.recallStates(ctx)
		close(read)
		p.keep(ctx)
	})
	grace := time.NewTimer(p.options.Grace)
	defer grace.Stop()
	select {
	case <-read:
	case <-grace.C:
	case <-ctx.Done():
	}
}

// keep writes a part of all there is at each step, as long as a tick is, so that
// each model is written once in keepModelsEvery and each state once in
// keepStatesEvery. It does so between ticks.
func (p *Pipeline) keep(ctx context.Context) {
	step := time.NewTicker(p.options.Tick)
	defer step.Stop()
	for n := uint64(0); ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-step.C:
		}
		if !p.statesRecalled() && n%p.steps(recallPause) == 0 {
			p.recallStates(ctx)
		}
		if err := p.keepStep(ctx, n); err != nil && ctx.Err() == nil {
			p.journal.unkept(p.now(), err)
		}
	}
}

// keepStep writes the n-th part.
func (p *Pipeline) keepStep(ctx context.Context, n uint64) error {
	steps := p.steps(keepStatesEvery)
	i := n % steps
	if err := p.keepStates(ctx, i*stateShards/steps, (i+1)*stateShards/steps); err != nil {
		return err
	}
	steps = p.steps(keepModelsEvery)
	return p.keepModels(ctx, p.learners(func(f *feed) bool { return f.slot%steps == n%steps }))
}

// steps is how many there are in some time.
func (p *Pipeline) steps(in time.Duration) uint64 { return uint64(max(1, in/p.options.Tick)) }

// keepLast writes all that was learned since it was written: states first, then
// the models that were written longest ago. To be called when no tick runs any
// more.
func (p *Pipeline) keepLast(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepLastFor)
	defer cancel()
	err := p.keepStates(ctx, 0, stateShards)
	if err == nil {
		err = p.keepModels(ctx, p.learners(func(*feed) bool { return true }))
	}
	if err != nil {
		p.journal.unkept(p.now(), err)
	}
}

// learners are the feeds whose models are to be kept, of those that are due, the
// one that was written longest ago first.
func (p *Pipeline) learners(due func(*feed) bool) (out []*feed) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range p.feeds {
		if f.settled && due(f) && p.options.keeps(f) {
			out = append(out, f)
		}
	}
	slices.SortFunc(out, func(a, b *feed) int { return cmp.Or(a.kept.Compare(b.kept), cmp.Compare(a.slot, b.slot)) })
	return out
}

// keepModels writes models that have learned something since they were written.
func (p *Pipeline) keepModels(ctx context.Context, feeds []*feed) error {
	for batch := range slices.Chunk(feeds, keepBatch) {
		of, learned := p.written(batch)
		if err := p.remember(ctx, learned); err != nil {
			return err
		}
		p.mu.Lock()
		for i, f := range of {
			f.kept = learned[i].At
		}
		p.mu.Unlock()
	}
	return nil
}

// written is what the models of feeds have learned, and whose it is. No tick runs
// meanwhile: a batch takes a millisecond or two.
func (p *Pipeline) written(feeds []*feed) (of []*feed, learned []Learned) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range feeds {
		last, any := f.series.Last()
		if !any || !last.At.After(f.kept) {
			continue
		}
		content, err := f.marshal()
		if err != nil || len(content) == 0 {
			p.journal.unkept(p.now(), err)
			continue
		}
		of, learned = append(of, f), append(learned, Learned{Key: f.memory, At: last.At, Content: content})
	}
	return of, learned
}

func (f *feed) marshal() (content []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("write what was learned of %s: panic: %v\n%s", f.key.query, r, debug.Stack())
		}
	}()
	m, lasts := f.model.(durable)
	if !lasts {
		return nil, fmt.Errorf("write what was learned of %s: %T cannot be written", f.key.query, f.model)
	}
	return m.MarshalBinary()
}

// remember is Remember, whose fault is an error.
func (p *Pipeline) remember(ctx context.Context, learned []Learned) (err error) {
	if len(learned) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, keepTimeout)
	defer cancel()
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	return p.options.Memory.Remember(ctx, learned)
}
