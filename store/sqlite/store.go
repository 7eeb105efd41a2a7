package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"github.com/headstart-scaler/headstart/store"
	"github.com/headstart-scaler/headstart/store/internal/bell"
)

// Store is an open file. It is safe for concurrent use.
type Store struct {
	path   string
	file   os.FileInfo // what was at path when it was opened
	beside []beside
	closed atomic.Bool
	now    func() time.Time
	writes *sql.DB // one connection: changes take turns
	reads  *sql.DB
	learns *sql.DB // one connection, whose writes are not brought to disk each
	bell   *bell.Bell
}

// Close waits for changes under way and ends the watches.
func (s *Store) Close() error {
	s.closed.Store(true)
	s.bell.Close()
	return explain("close "+s.path, errors.Join(s.reads.Close(), s.learns.Close(), s.writes.Close()))
}

// querier is what reads, in a transaction or outside.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// change is a transaction under way, and its time.
type change struct {
	*sql.Tx

	now time.Time
}

// changed makes a change as one transaction, or gives the answer that is kept
// for the key.
func changed[T any](ctx context.Context, s *Store, op store.Operation, k store.Key, do func(context.Context, change) (T, error)) (T, error) {
	var none T
	conn, err := s.writes.Conn(ctx)
	if err != nil {
		return none, explain(string(op), err)
	}
	defer conn.Close() //nolint:errcheck // gives it back
	// A change that has begun is not given up: between "not" and "done" there
	// would be "perhaps".
	ctx = context.WithoutCancel(ctx)
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return none, explain(string(op), err)
	}
	defer tx.Rollback() //nolint:errcheck // after the commit it has nothing to do
	// It may have waited for its turn: now nothing but the commit is left to
	// wait for, and an answer that is kept is given from the same file.
	if err := s.there(); err != nil {
		return none, fmt.Errorf("%s: %w", op, err)
	}
	c := change{tx, s.now()}
	var result T
	if replayed, err := c.replay(ctx, op, k, &result); replayed || err != nil {
		return result, err
	}
	if result, err = do(ctx, c); err != nil {
		return none, s.full(err)
	}
	if err := c.keep(ctx, op, k, result); err != nil {
		return none, s.full(err)
	}
	if err := s.commit(tx); err != nil {
		return none, fmt.Errorf("%s: %w", op, err)
	}
	s.bell.Ring()
	// What goes while the commit is brought to disk was there before it.
	if err := s.there(); err != nil {
		return none, fmt.Errorf("%s: %w: %s", op, store.ErrInDoubt, err.Error()) // no ErrGone: that changes nothing
	}
	return result, nil
}

// replay reads the answer that is kept for a key into result.
func (c change) replay(ctx context.Context, op store.Operation, k store.Key, result any) (bool, error) {
	if k.Value == "" {
		return false, nil
	}
	var a store.Answer
	var at int64
	var request, body []byte
	err := c.QueryRowContext(ctx, "SELECT operation, request, at, body FROM answers WHERE key = ?", k.Value).
		Scan(&a.Operation, &request, &at, &body)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, explain("read the answer kept for a key", err)
	}
	a.Request, a.At, a.Body = digest(request), instant(at), json.RawMessage(body)
	if a.Stale(c.now) {
		return false, nil
	}
	return true, a.Replay(op, k, result)
}

// keep stores the answer for a key, and forgets those that are old.
func (c change) keep(ctx context.Context, op store.Operation, k store.Key, result any) error {
	if k.Value == "" {
		return nil
	}
	a, err := store.NewAnswer(op, k, c.now, result)
	if err != nil {
		return err
	}
	if _, err := c.ExecContext(ctx, "DELETE FROM answers WHERE at < ?", c.now.Add(-store.KeyLife).UnixNano()); err != nil {
		return explain("forget answers kept for keys", err)
	}
	_, err = c.ExecContext(ctx, "INSERT OR REPLACE INTO answers (key, operation, request, at, body) VALUES (?, ?, ?, ?, ?)",
		k.Value, string(a.Operation), a.Request[:], nanos(a.At), string(a.Body))
	return explain("keep the answer for a key", err)
}

// Forms of values in columns.

func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func instant(nanos int64) time.Time {
	if nanos == 0 {
		return time.Time{}
	}
	return time.Unix(0, nanos).UTC()
}

func blob(d store.Digest) []byte {
	if d.IsZero() {
		return []byte{}
	}
	return d[:]
}

// digest reads what blob wrote. Of another length it is a digest that fits
// nothing, which is what a changed file must look like.
func digest(b []byte) (d store.Digest) {
	copy(d[:], b)
	return d
}

// all reads the rows of a query.
func all[T any](ctx context.Context, q querier, scan func(interface{ Scan(...any) error }) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	var list []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, rows.Err()
}
