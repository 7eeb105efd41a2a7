// Package bell tells everybody who listens that something has changed, and not
// what: they read anew. It refuses to wait for a listener or to queue: however
// often it rings, who has not looked yet is told once.
package bell

import (
	"context"
	"sync"
)

// Bell has any number of listeners.
type Bell struct {
	look func(ctx context.Context)

	mu        sync.Mutex
	listeners map[chan struct{}]struct{}
	stop      context.CancelFunc // of look; nil before it began
	closed    bool
	looking   sync.WaitGroup
}

// New returns a bell. From the first listener on until the bell is closed,
// look runs: it watches for changes by others and rings.
func New(look func(ctx context.Context)) *Bell {
	return &Bell{look: look, listeners: make(map[chan struct{}]struct{})}
}

// Listen returns a channel that receives after the bell rang. It is closed
// when the context ends or the bell is closed.
func (b *Bell) Listen(ctx context.Context) <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	ring := make(chan struct{}, 1)
	if b.closed || ctx.Err() != nil {
		close(ring)
		return ring
	}
	b.listeners[ring] = struct{}{}
	context.AfterFunc(ctx, func() { b.remove(ring) })
	if b.stop == nil {
		// It goes on for others when this listener's context ends.
		looking, stop := context.WithCancel(context.WithoutCancel(ctx))
		b.stop = stop
		b.looking.Go(func() { b.look(looking) })
	}
	return ring
}

// Ring tells all listeners.
func (b *Bell) Ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for ring := range b.listeners {
		select {
		case ring <- struct{}{}:
		default: // told already, and has not looked yet
		}
	}
}

// Close ends all listening, and waits for look.
func (b *Bell) Close() {
	b.mu.Lock()
	b.closed = true
	for ring := range b.listeners {
		close(ring)
	}
	clear(b.listeners)
	if b.stop != nil {
		b.stop()
	}
	b.mu.Unlock()
	b.looking.Wait()
}

func (b *Bell) remove(ring chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, listens := b.listeners[ring]; listens {
		delete(b.listeners, ring)
		close(ring)
	}
}
