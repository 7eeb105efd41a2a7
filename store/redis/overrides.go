package redis

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/headstart-scaler/headstart/store"
)

// PutOverride creates an override and gives it its number.
func (s *Store) PutOverride(ctx context.Context, o store.Override, k store.Key) (store.Override, error) {
	if err := errors.Join(o.Validate(), k.Validate()); err != nil {
		return store.Override{}, err
	}
	return changed(ctx, s, store.OpOverride, k, func(_ context.Context, c *change) (store.Override, error) {
		c.head.Overrides++
		o, entry, err := o.Created(c.head.Overrides, c.now)
		if err != nil {
			return store.Override{}, err
		}
		c.record(entry)
		return o, s.writeOverride(c, o)
	})
}

// ExpireOverride ends an override now.
func (s *Store) ExpireOverride(ctx context.Context, x store.Expiry) (store.Override, error) {
	if err := x.Validate(); err != nil {
		return store.Override{}, err
	}
	return changed(ctx, s, store.OpExpire, x.Key, func(ctx context.Context, c *change) (store.Override, error) {
		found, err := listed[store.Override](ctx, s, s.keys.overrides(), []string{strconv.FormatInt(x.ID, 10)})
		if err != nil {
			return store.Override{}, err
		}
		if len(found) == 0 {
			return store.Override{}, fmt.Errorf("override %d: %w", x.ID, store.ErrNotFound)
		}
		o, entry, err := x.Of(found[0], c.now)
		if err != nil {
			return store.Override{}, err
		}
		c.record(entry)
		return o, s.writeOverride(c, o)
	})
}

func (s *Store) writeOverride(c *change, o store.Override) error {
	text, err := json.Marshal(o)
	if err != nil {
		return fmt.Errorf("write override %d: %w", o.ID, err)
	}
	c.write("hash", s.keys.overrides(), "HSET", o.ID, text)
	// A score is a float: whole seconds are exact in it. The second after is
	// too late at most, never too early.
	c.write("zset", s.keys.ends(), "ZADD", o.Over().Add(time.Second-1).Unix(), o.ID)
	return nil
}

// ActiveOverrides is the overrides that hold at an instant, by id.
func (s *Store) ActiveOverrides(ctx context.Context, at time.Time) ([]store.Override, error) {
	ids, err := s.client.ZRangeByScore(ctx, s.keys.ends(), &redis.ZRangeBy{Min: fmt.Sprintf("(%d", at.Unix()), Max: "+inf"}).Result()
	if err != nil {
		return nil, explain("read the overrides that are not over", err)
	}
	var active []store.Override
	for page := range slices.Chunk(ids, store.MaxPage) {
		list, err := listed[store.Override](ctx, s, s.keys.overrides(), page)
		if err != nil {
			return nil, err
		}
		for _, o := range list {
			if o.ActiveAt(at) {
				active = append(active, o)
			}
		}
	}
	slices.SortFunc(active, func(a, b store.Override) int { return int(a.ID - b.ID) })
	return active, nil
}

// Overrides is the overrides before one, newest first; before 0 it begins with
// the newest.
func (s *Store) Overrides(ctx context.Context, before int64, limit int) ([]store.Override, error) {
	h, err := s.head(ctx)
	if err != nil {
		return nil, err
	}
	return listed[store.Override](ctx, s, s.keys.overrides(), numbers(h.Overrides, before, limit))
}
