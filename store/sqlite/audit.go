package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/headstart-scaler/headstart/store"
)

// Note writes to the audit log what others did.
func (s *Store) Note(ctx context.Context, e store.Entry, k store.Key) (store.Record, error) {
	if err := errors.Join(e.Validate(), k.Validate()); err != nil {
		return store.Record{}, err
	}
	return changed(ctx, s, store.OpNote, k, func(ctx context.Context, c change) (store.Record, error) { return c.record(ctx, e) })
}

// Records is the records after a sequence number, oldest first.
func (s *Store) Records(ctx context.Context, after int64, limit int) ([]store.Record, error) {
	return read(s, func(q querier) ([]store.Record, error) {
		list, err := all(ctx, q, scanRecord,
			"SELECT "+recordColumns+" FROM audit WHERE seq > ? ORDER BY seq LIMIT ?", after, store.Page(limit))
		return list, explain("read the audit log", err)
	})
}

// Head is the audit log's end.
func (s *Store) Head(ctx context.Context) (store.Checkpoint, error) {
	return read(s, func(q querier) (store.Checkpoint, error) {
		last, err := head(ctx, q)
		return last.Checkpoint(), err
	})
}

// record appends to the audit log.
func (c change) record(ctx context.Context, e store.Entry) (store.Record, error) {
	last, err := head(ctx, c)
	if err != nil {
		return store.Record{}, err
	}
	r := last.Checkpoint().Append(e, c.now)
	_, err = c.ExecContext(ctx, "INSERT INTO audit ("+recordColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		r.Seq, nanos(r.At), r.Actor, r.Verb, r.Object, blob(r.Before), blob(r.After), r.Reason, blob(r.Prev), r.Hash[:])
	return r, explain("write to the audit log", err)
}

const recordColumns = "seq, at, actor, verb, object, before, after, reason, prev, hash"

// head is the last record, the zero Record when there is none.
func head(ctx context.Context, q querier) (store.Record, error) {
	r, err := scanRecord(q.QueryRowContext(ctx, "SELECT "+recordColumns+" FROM audit ORDER BY seq DESC LIMIT 1"))
	if errors.Is(err, sql.ErrNoRows) {
		return store.Record{}, nil
	}
	return r, explain("read the audit log's head", err)
}

func scanRecord(row interface{ Scan(...any) error }) (store.Record, error) {
	var r store.Record
	var at int64
	var before, after, prev, hash []byte
	err := row.Scan(&r.Seq, &at, &r.Actor, &r.Verb, &r.Object, &before, &after, &r.Reason, &prev, &hash)
	if err != nil {
		return store.Record{}, err
	}
	r.At, r.Before, r.After, r.Prev, r.Hash = instant(at), digest(before), digest(after), digest(prev), digest(hash)
	return r, nil
}
