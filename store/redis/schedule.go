package redis

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/headstart-scaler/headstart/store"
	"github.com/headstart-scaler/headstart/store/internal/pack"
)

// Apply makes a proposal the current version.
func (s *Store) Apply(ctx context.Context, p store.Proposal) (store.Version, error) {
	draft, err := p.Draft()
	if err != nil {
		return store.Version{}, err
	}
	packed, err := pack.Pack(p.Document)
	if err != nil {
		return store.Version{}, err
	}
	return changed(ctx, s, store.OpApply, p.Key, func(ctx context.Context, c *change) (store.Version, error) {
		v, entry, err := draft.On(c.head.Current, c.now)
		if err != nil {
			return store.Version{}, err
		}
		if err := s.checkRollback(ctx, draft); err != nil {
			return store.Version{}, err
		}
		text, err := json.Marshal(v)
		if err != nil {
			return store.Version{}, fmt.Errorf("write version %d: %w", v.Number, err)
		}
		c.record(entry)
		c.head.Current = v
		c.write("string", s.keys.document(v.Hash), "SET", packed)
		c.write("hash", s.keys.versions(), "HSET", v.Number, text)
		return v, nil
	})
}

func (s *Store) checkRollback(ctx context.Context, d store.Draft) error {
	if d.RolledBackTo == 0 {
		return nil
	}
	old, err := s.version(ctx, d.RolledBackTo)
	if err != nil {
		return err
	}
	return d.CheckRollback(old)
}

// Current is the current version, the zero Version when there is none yet.
func (s *Store) Current(ctx context.Context) (store.Version, error) {
	h, err := s.head(ctx)
	return h.Current, err
}

func (s *Store) head(ctx context.Context) (head, error) {
	text, err := s.client.Get(ctx, s.keys.head()).Result()
	if err != nil && !isNil(err) {
		return head{}, explain("read the head", err)
	}
	return parseHead(text)
}

func (s *Store) version(ctx context.Context, number int64) (store.Version, error) {
	list, err := listed[store.Version](ctx, s, s.keys.versions(), []string{strconv.FormatInt(number, 10)})
	if err != nil {
		return store.Version{}, err
	}
	if len(list) == 0 {
		return store.Version{}, fmt.Errorf("version %d: %w", number, store.ErrNotFound)
	}
	return list[0], nil
}

// Document is the document of a version.
func (s *Store) Document(ctx context.Context, number int64) ([]byte, error) {
	v, err := s.version(ctx, number)
	if err != nil {
		return nil, err
	}
	packed, err := s.client.Get(ctx, s.keys.document(v.Hash)).Bytes()
	if isNil(err) {
		return nil, fmt.Errorf("version %d: %w: its document is gone: was the key evicted?", number, store.ErrCorrupt)
	}
	if err != nil {
		return nil, explain(fmt.Sprintf("read the document of version %d", number), err)
	}
	document, err := pack.Unpack(packed, v.Hash)
	if err != nil {
		return nil, fmt.Errorf("read version %d: %w", number, err)
	}
	return document, nil
}

// History is the versions before one, newest first; before 0 it begins with
// the current one.
func (s *Store) History(ctx context.Context, before int64, limit int) ([]store.Version, error) {
	h, err := s.head(ctx)
	if err != nil {
		return nil, err
	}
	return listed[store.Version](ctx, s, s.keys.versions(), numbers(h.Current.Number, before, limit))
}

// numbers is the page of numbers below before, from the last one down.
func numbers(last, before int64, limit int) []string {
	if before > 0 && before <= last {
		last = before - 1
	}
	var page []string
	for n := last; n >= 1 && len(page) < store.Page(limit); n-- {
		page = append(page, strconv.FormatInt(n, 10))
	}
	return page
}

// listed reads fields of a hash, each JSON. Fields that are not there are left
// out.
func listed[T any](ctx context.Context, s *Store, key string, fields []string) ([]T, error) {
	if len(fields) == 0 {
		return nil, nil
	}
	values, err := s.client.HMGet(ctx, key, fields...).Result()
	if err != nil {
		return nil, explain("read "+key, err)
	}
	var list []T
	for i, value := range values {
		text, found := value.(string)
		if !found {
			continue
		}
		var one T
		if err := json.Unmarshal([]byte(text), &one); err != nil {
			return nil, fmt.Errorf("read %s of %s: %w: %w", fields[i], key, store.ErrCorrupt, err)
		}
		list = append(list, one)
	}
	return list, nil
}
