package redis

import (
	"context"
	"time"
)

// lookEvery is how often a change is looked for that was not heard of: a
// message that is published while a connection is away is lost.
const lookEvery = 500 * time.Millisecond

// Watch returns a channel that receives soon after anything changed: at once
// when the server's message arrives, within a second when it does not. It is
// closed when the context ends or the store is closed.
func (s *Store) Watch(ctx context.Context) <-chan struct{} { return s.bell.Listen(ctx) }

func (s *Store) look(ctx context.Context) {
	messages := s.client.Subscribe(ctx, s.keys.changed())
	defer messages.Close() //nolint:errcheck // it only listens
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	last := "not looked at yet" // a change before the first look is told, too
	for {
		text, err := s.client.Get(ctx, s.keys.head()).Result()
		if ctx.Err() != nil {
			return
		}
		if err != nil && !isNil(err) {
			text = "not known" // it may have changed
		}
		if text != last {
			s.bell.Ring()
		}
		last = text
		select {
		case <-ctx.Done():
			return
		case <-messages.Channel():
		case <-tick.C:
		}
	}
}
