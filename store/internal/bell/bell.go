// Package bell tells everybody who listens that something has changed, and not
// what: they read anew. It refuses to wait for a listener or to queue: however
// often it rings, who has not looked yet is told once.
package bell

import (
	"context"
	"sync"
)

// Bell has any number of listeners. The zero Bell is ready.
type Bell struct {
	mu        sync.Mutex
	listeners map[chan struct{}]struct{}
	closed    bool
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
	if b.listeners == nil {
		b.listeners = make(map[chan struct{}]struct{})
	}
	b.listeners[ring] = struct{}{}
	context.AfterFunc(ctx, func() { b.remove(ring) })
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

// Close ends all listening.
func (b *Bell) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	for ring := range b.listeners {
		close(ring)
	}
	clear(b.listeners)
}

func (b *Bell) remove(ring chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, listens := b.listeners[ring]; listens {
		delete(b.listeners, ring)
		close(ring)
	}
}
