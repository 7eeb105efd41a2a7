package redis

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/headstart-scaler/headstart/store"
)

// change is a change that is worked out from a head and not made yet.
type change struct {
	head head // the one it leads to
	was  string
	now  time.Time
	made store.Record

	keys  []string // of the writes, one each
	steps []any    // the writes: type of the key, command, how many arguments, arguments
}

// record appends to the audit log. Every change does it once.
func (c *change) record(e store.Entry) store.Record {
	c.made = c.head.Audit.Append(e, c.now)
	c.head.Audit = c.made.Checkpoint()
	return c.made
}

// write adds a write to a key of a type.
func (c *change) write(kind, key, command string, args ...any) {
	c.keys = append(c.keys, key)
	c.steps = append(append(c.steps, kind, command, len(args)), args...)
}

// changed makes a change, or gives the answer that is kept for the key. It is
// worked out again as often as others come between.
func changed[T any](ctx context.Context, s *Store, op store.Operation, k store.Key, do func(context.Context, *change) (T, error)) (T, error) {
	var none T
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return none, ctx.Err()
	}
	for tries := 0; ; tries++ {
		var result T
		c, replayed, err := s.begin(ctx, op, k, &result)
		if replayed || err != nil {
			return result, err
		}
		if result, err = do(ctx, c); err != nil {
			return none, err
		}
		if err := s.keep(c, op, k, result); err != nil {
			return none, err
		}
		made, err := s.make(ctx, c)
		if err != nil {
			return none, fmt.Errorf("%s: %w", op, err)
		}
		if made {
			s.bell.Ring()
			return result, nil
		}
		if err := pause(ctx, tries); err != nil {
			return none, fmt.Errorf("%s: others change the store all the time: %w", op, err)
		}
	}
}

// pause waits for a time that grows and is never the same for two.
func pause(ctx context.Context, tries int) error {
	most := time.Millisecond << min(tries, 6)
	select {
	case <-time.After(time.Duration(rand.Int64N(int64(most)))): //nolint:gosec // chance, not a secret
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// begin reads what a change follows from, or reads the answer that is kept for
// a key into result.
func (s *Store) begin(ctx context.Context, op store.Operation, k store.Key, result any) (c *change, replayed bool, err error) {
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	read, err := s.client.MGet(ctx, s.keys.head(), s.keys.answer(k)).Result()
	if err != nil {
		return nil, false, explain("read the head", err)
	}
	text, _ := read[0].(string)
	h, err := parseHead(text)
	if err != nil {
		return nil, false, err
	}
	c = &change{head: h, was: text, now: s.now()}
	kept, found := read[1].(string)
	if !found || k.Value == "" {
		return c, false, nil
	}
	var a store.Answer
	if err := json.Unmarshal([]byte(kept), &a); err != nil {
		return nil, false, fmt.Errorf("read the answer kept for key %q: %w: %w", k.Value, store.ErrCorrupt, err)
	}
	if a.Stale(c.now) {
		return c, false, nil
	}
	if err := a.Replay(op, k, result); err != nil {
		return nil, true, err
	}
	return nil, true, s.fence(ctx)
}

// keep adds the answer for a key to the change. The server's clock removes it,
// some time after ours no longer reads it.
func (s *Store) keep(c *change, op store.Operation, k store.Key, result any) error {
	if k.Value == "" {
		return nil
	}
	a, err := store.NewAnswer(op, k, c.now, result)
	if err != nil {
		return err
	}
	text, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("keep the answer for a key: %w", err)
	}
	c.write("string", s.keys.answer(k), "SET", text, "PX", (store.KeyLife + time.Hour).Milliseconds())
	return nil
}
