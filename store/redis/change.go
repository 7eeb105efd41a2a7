package redis

import (
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/headstart-scaler/headstart/store"
)

//go:embed change.lua
var script string

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
	case <-time.After(time.Duration(mathrand.Int64N(int64(most)))): //nolint:gosec // chance, not a secret
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

// make makes a change, unless another one was made since it was worked out.
//
// A change whose acknowledgement is lost is sent again as it was: the script
// makes it once, and knows by its nonce that it did. It is not given up when
// the caller loses patience, because then it would be in doubt.
func (s *Store) make(ctx context.Context, c *change) (bool, error) {
	next, err := json.Marshal(c.head)
	if err != nil {
		return false, fmt.Errorf("write the head: %w", err)
	}
	record, err := json.Marshal(c.made)
	if err != nil {
		return false, fmt.Errorf("write the audit record: %w", err)
	}
	names := append([]string{s.keys.head(), s.keys.audit()}, c.keys...)
	args := append([]any{c.was, next, entryID(c.made.Seq), record, rand.Text(), s.keys.changed()}, c.steps...)

	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.patience)
	defer cancel()
	doubt := false
	for tries := 0; ; tries++ {
		made, err := s.run(ctx, names, args)
		if err == nil || errors.Is(err, store.ErrInDoubt) {
			return made, err
		}
		doubt = doubt || !answered(err) && !unsent(err)
		if s.mayPass(err) && pause(ctx, tries+4) == nil {
			continue
		}
		if doubt {
			return false, fmt.Errorf("write: %w: %w", store.ErrInDoubt, err)
		}
		return false, explain("write", err)
	}
}

// mayPass reports whether the same command may succeed in a while.
func (s *Store) mayPass(err error) bool {
	named := name(err)
	return errors.Is(named, store.ErrUnavailable) || s.failsOver && errors.Is(named, store.ErrReadOnly)
}

// run runs the script, and waits for replicas on the same connection.
func (s *Store) run(ctx context.Context, names []string, args []any) (bool, error) {
	if s.replicas == 0 {
		return s.client.Eval(ctx, script, names, args...).Bool()
	}
	var made *redis.Cmd
	err := s.replicated(ctx, func(p redis.Pipeliner) { made = p.Eval(ctx, script, names, args...) })
	if err != nil {
		return false, err
	}
	return made.Bool()
}

// fence waits until replicas have all that was written before: an answer that
// is given again is as sure as the first one must be.
func (s *Store) fence(ctx context.Context) error {
	if s.replicas == 0 {
		return nil
	}
	err := s.replicated(ctx, func(p redis.Pipeliner) { p.Set(ctx, s.keys.fence(), "", time.Minute) })
	if err != nil && !errors.Is(err, store.ErrInDoubt) {
		return explain("wait for replicas", err)
	}
	return err
}

// replicated writes, and waits until as many replicas as wanted have it. Both
// go through one connection: WAIT speaks of what its own connection wrote.
func (s *Store) replicated(ctx context.Context, write func(redis.Pipeliner)) error {
	node, err := s.node(ctx)
	if err != nil {
		return err
	}
	var wait *redis.Cmd
	if _, err = node.Pipelined(ctx, func(p redis.Pipeliner) error {
		write(p)
		wait = p.Do(ctx, "WAIT", s.replicas, (s.patience / 2).Milliseconds())
		return nil
	}); err != nil {
		return err
	}
	have, err := wait.Int()
	if err != nil {
		return err
	}
	if have < s.replicas {
		return fmt.Errorf("%w: the primary has it, and %d of the %d replicas that must: repeat it when they are back",
			store.ErrInDoubt, have, s.replicas)
	}
	return nil
}

// node is the server that our keys are on.
func (s *Store) node(ctx context.Context) (redis.Cmdable, error) {
	cluster, is := s.client.(*redis.ClusterClient)
	if !is {
		return s.client, nil
	}
	cluster.ReloadState(ctx) // it does so in the background, and not too often
	return cluster.MasterForKey(ctx, s.keys.head())
}
