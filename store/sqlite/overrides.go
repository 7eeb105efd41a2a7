package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/headstart-scaler/headstart/store"
)

// PutOverride creates an override and gives it its number.
func (s *Store) PutOverride(ctx context.Context, o store.Override, k store.Key) (store.Override, error) {
	if err := errors.Join(o.Validate(), k.Validate()); err != nil {
		return store.Override{}, err
	}
	return changed(ctx, s, store.OpOverride, k, func(ctx context.Context, c change) (store.Override, error) {
		var last int64
		if err := c.QueryRowContext(ctx, "SELECT coalesce(max(id), 0) FROM overrides").Scan(&last); err != nil {
			return store.Override{}, explain("number the override", err)
		}
		o, entry, err := o.Created(last+1, c.now)
		if err != nil {
			return store.Override{}, err
		}
		_, err = c.ExecContext(ctx, "INSERT INTO overrides ("+overrideColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			o.ID, o.Workload, string(o.Kind), o.Replicas, nanos(o.Start), nanos(o.End), o.Author, o.Reason,
			nanos(o.ExpiredAt), o.ExpiredBy, o.ExpireReason)
		if err != nil {
			return store.Override{}, explain("write the override", err)
		}
		_, err = c.record(ctx, entry)
		return o, err
	})
}

// ExpireOverride ends an override now.
func (s *Store) ExpireOverride(ctx context.Context, x store.Expiry) (store.Override, error) {
	if err := x.Validate(); err != nil {
		return store.Override{}, err
	}
	return changed(ctx, s, store.OpExpire, x.Key, func(ctx context.Context, c change) (store.Override, error) {
		o, err := scanOverride(c.QueryRowContext(ctx, "SELECT "+overrideColumns+" FROM overrides WHERE id = ?", x.ID))
		if errors.Is(err, sql.ErrNoRows) {
			return store.Override{}, fmt.Errorf("override %d: %w", x.ID, store.ErrNotFound)
		}
		if err != nil {
			return store.Override{}, explain("read the override", err)
		}
		o, entry, err := x.Of(o, c.now)
		if err != nil {
			return store.Override{}, err
		}
		_, err = c.ExecContext(ctx, "UPDATE overrides SET expired_at = ?, expired_by = ?, expire_reason = ? WHERE id = ?",
			nanos(o.ExpiredAt), o.ExpiredBy, o.ExpireReason, o.ID)
		if err != nil {
			return store.Override{}, explain("write the override", err)
		}
		_, err = c.record(ctx, entry)
		return o, err
	})
}

// ActiveOverrides is the overrides that hold at an instant, by id.
func (s *Store) ActiveOverrides(ctx context.Context, at time.Time) ([]store.Override, error) {
	return read(s, func(q querier) ([]store.Override, error) {
		list, err := all(ctx, q, scanOverride,
			"SELECT "+overrideColumns+" FROM overrides WHERE end_at > ?1 AND start_at <= ?1 AND (expired_at = 0 OR expired_at > ?1) ORDER BY id", nanos(at))
		return list, explain("read the active overrides", err)
	})
}

// Overrides is the overrides before one, newest first; before 0 it begins with
// the newest.
func (s *Store) Overrides(ctx context.Context, before int64, limit int) ([]store.Override, error) {
	if before <= 0 {
		before = math.MaxInt64
	}
	return read(s, func(q querier) ([]store.Override, error) {
		list, err := all(ctx, q, scanOverride,
			"SELECT "+overrideColumns+" FROM overrides WHERE id < ? ORDER BY id DESC LIMIT ?", before, store.Page(limit))
		return list, explain("read the overrides", err)
	})
}

const overrideColumns = "id, workload, kind, replicas, start_at, end_at, author, reason, expired_at, expired_by, expire_reason"

func scanOverride(row interface{ Scan(...any) error }) (store.Override, error) {
	var o store.Override
	var start, end, expired int64
	err := row.Scan(&o.ID, &o.Workload, &o.Kind, &o.Replicas, &start, &end, &o.Author, &o.Reason, &expired, &o.ExpiredBy, &o.ExpireReason)
	if err != nil {
		return store.Override{}, err
	}
	o.Start, o.End, o.ExpiredAt = instant(start), instant(end), instant(expired)
	return o, nil
}
