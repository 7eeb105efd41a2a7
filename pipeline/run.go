package pipeline

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// earlyPause is the least time between two early ticks: triggers that arrive
// together, as they do when KEDA starts, are decided together.
const earlyPause = 250 * time.Millisecond

// Run ticks until ctx ends, at once first, and then waits for what it started,
// no longer than SourceTimeout or keepLastFor. Where there is a Memory, the first
// tick waits for the states that decisions go on from, no longer than Grace. It
// returns nil.
func (p *Pipeline) Run(ctx context.Context) error {
	var group sync.WaitGroup
	p.fills.run(ctx, &group)
	if p.options.Memory != nil {
		p.startKeeping(ctx, &group)
	}
	defer p.finish(ctx, &group)
	due := p.now()
	var early time.Time // when the last early tick began
	for {
		p.tick(ctx, true)
		due = p.next(due)
		for {
			atDue, ok := p.rest(ctx, due, early)
			if !ok {
				return nil
			}
			if atDue {
				break
			}
			early = p.now()
			p.tick(ctx, false)
		}
	}
}

// next is the first due time after now. Those that passed while the tick ran
// are overruns: they are counted and left out.
func (p *Pipeline) next(due time.Time) time.Time {
	now, missed := p.now(), 0
	first := due.Add(p.interval())
	next := first
	for ; !next.After(now); next = next.Add(p.interval()) {
		missed++
	}
	if missed == 0 {
		return next
	}
	p.journal.overrun(now, now.Sub(first), missed)
	p.mu.Lock()
	p.overruns += uint64(missed)
	p.mu.Unlock()
	return next
}

// interval is the tick give or take the jitter.
func (p *Pipeline) interval() time.Duration {
	share := p.options.Jitter * (2*rand.Float64() - 1) //nolint:gosec // Spreads load; nothing secret depends on it.
	return time.Duration(float64(p.options.Tick) * (1 + share))
}

// rest waits until due, or until a new trigger may have its early tick. It
// reports false when ctx ended.
func (p *Pipeline) rest(ctx context.Context, due, early time.Time) (atDue, ok bool) {
	timer := time.NewTimer(due.Sub(p.now()))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false, false
	case <-timer.C:
		return true, true
	case <-p.early:
	}
	pause := early.Add(earlyPause).Sub(p.now())
	if pause <= 0 {
		return false, true
	}
	wait := time.NewTimer(pause)
	defer wait.Stop()
	select {
	case <-ctx.Done():
		return false, false
	case <-timer.C:
		return true, true
	case <-wait.C:
		return false, true
	}
}

// finish writes what was learned, and waits for calls and fills, which know that
// ctx ended; a source that does not heed it within SourceTimeout is left behind.
func (p *Pipeline) finish(ctx context.Context, group *sync.WaitGroup) {
	longest := p.options.SourceTimeout
	if p.options.Memory != nil {
		group.Go(func() { p.keepLast(ctx) })
		longest = max(longest, keepLastFor)
	}
	done := make(chan struct{})
	go func() {
		group.Wait()
		p.calls.Wait()
		close(done)
	}()
	patience := time.NewTimer(longest)
	defer patience.Stop()
	select {
	case <-done:
	case <-patience.C:
	}
}
