package redis

import (
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/headstart-scaler/headstart/store"
)

//go:embed change.lua
var script string

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
		if !s.mayPass(err) || pause(ctx, tries+4) != nil {
			return false, s.refused(err, doubt)
		}
	}
}

// mayPass reports whether the same command may succeed in a while.
func (s *Store) mayPass(err error) bool {
	named := name(err)
	return errors.Is(named, store.ErrUnavailable) || s.failsOver && errors.Is(named, store.ErrReadOnly)
}

// refused names the error a change ends with.
func (s *Store) refused(err error, doubt bool) error {
	switch {
	case doubt:
		return fmt.Errorf("write: %w: %w", store.ErrInDoubt, err)
	case s.mayPass(err) && errors.Is(name(err), store.ErrReadOnly):
		return fmt.Errorf("write: %w: a new primary is being found: %w", store.ErrUnavailable, err)
	}
	return explain("write", err)
}

// run runs the script, and waits for replicas on the same connection.
func (s *Store) run(ctx context.Context, names []string, args []any) (bool, error) {
	if s.replicas == 0 {
		return s.client.Eval(ctx, script, names, args...).Bool()
	}
	var eval *redis.Cmd
	wait, err := s.andWait(ctx, func(p redis.Pipeliner) { eval = p.Eval(ctx, script, names, args...) })
	if eval == nil || eval.Err() != nil {
		return false, err
	}
	made, err := eval.Bool()
	if !made || err != nil {
		return false, err
	}
	return true, s.enough(wait)
}

// fence waits until replicas have all that was written before: an answer that
// is given again is as sure as the first one must be.
func (s *Store) fence(ctx context.Context) error {
	if s.replicas == 0 {
		return nil
	}
	var set *redis.StatusCmd
	wait, err := s.andWait(ctx, func(p redis.Pipeliner) { set = p.Set(ctx, s.keys.fence(), "", time.Minute) })
	if set == nil || set.Err() != nil {
		return explain("wait for replicas", err)
	}
	return s.enough(wait)
}

// andWait writes, and waits until as many replicas as wanted have it. Both go
// through one connection: WAIT speaks of what its own connection wrote. The
// error is the first of the two.
func (s *Store) andWait(ctx context.Context, write func(redis.Pipeliner)) (wait *redis.Cmd, err error) {
	node, err := s.node(ctx)
	if err != nil {
		return nil, err
	}
	_, err = node.Pipelined(ctx, func(p redis.Pipeliner) error {
		write(p)
		wait = p.Do(ctx, "WAIT", s.replicas, s.replicaTime.Milliseconds())
		return nil
	})
	return wait, err
}

// enough is an error unless enough replicas have what was written.
func (s *Store) enough(wait *redis.Cmd) error {
	have, err := wait.Int()
	if err != nil {
		return fmt.Errorf("%w: it is not known whether replicas have it: %w", store.ErrInDoubt, err)
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
