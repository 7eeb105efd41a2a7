package redis

import (
	"context"
	"errors"

	"github.com/headstart-scaler/headstart/store"
)

// Note writes to the audit log what others did.
func (s *Store) Note(ctx context.Context, e store.Entry, k store.Key) (store.Record, error) {
	if err := errors.Join(e.Validate(), k.Validate()); err != nil {
		return store.Record{}, err
	}
	return changed(ctx, s, store.OpNote, k, func(_ context.Context, c *change) (store.Record, error) { return c.record(e), nil })
}

// Records is the records after a sequence number, oldest first.
func (s *Store) Records(ctx context.Context, after int64, limit int) ([]store.Record, error) {
	page, err := s.client.XRangeN(ctx, s.keys.audit(), entryID(max(after, 0)+1), "+", int64(store.Page(limit))).Result()
	if err != nil {
		return nil, explain("read the audit log", err)
	}
	var list []store.Record
	for _, m := range page {
		r, err := parseEntry(m)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, nil
}

// Head is the audit log's end.
func (s *Store) Head(ctx context.Context) (store.Checkpoint, error) {
	h, err := s.head(ctx)
	return h.Audit, err
}
