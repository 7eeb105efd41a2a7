package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"

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
	return changed(ctx, s, store.OpApply, p.Key, func(ctx context.Context, c change) (store.Version, error) {
		current, err := current(ctx, c)
		if err != nil {
			return store.Version{}, err
		}
		v, entry, err := draft.On(current, c.now)
		if err != nil {
			return store.Version{}, err
		}
		if err := c.checkRollback(ctx, draft); err != nil {
			return store.Version{}, err
		}
		if err := c.insertVersion(ctx, v, packed); err != nil {
			return store.Version{}, err
		}
		_, err = c.record(ctx, entry)
		return v, err
	})
}

func (c change) checkRollback(ctx context.Context, d store.Draft) error {
	if d.RolledBackTo == 0 {
		return nil
	}
	old, err := version(ctx, c, d.RolledBackTo)
	if err != nil {
		return err
	}
	return d.CheckRollback(old)
}

func (c change) insertVersion(ctx context.Context, v store.Version, packed []byte) error {
	if _, err := c.ExecContext(ctx, "INSERT OR IGNORE INTO documents (hash, packed) VALUES (?, ?)", v.Hash[:], packed); err != nil {
		return explain("write the document", err)
	}
	_, err := c.ExecContext(ctx, "INSERT INTO versions ("+versionColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
		v.Number, nanos(v.At), v.Author, v.Reason, v.Origin, blob(v.FileSHA256), v.Hash[:], v.Events, v.RolledBackTo)
	return explain("write the version", err)
}

// Current is the current version, the zero Version when there is none yet.
func (s *Store) Current(ctx context.Context) (store.Version, error) {
	return read(s, func(q querier) (store.Version, error) { return current(ctx, q) })
}

// Document is the document of a version.
func (s *Store) Document(ctx context.Context, number int64) ([]byte, error) {
	if err := s.there(); err != nil {
		return nil, err
	}
	var hash, packed []byte
	err := s.reads.QueryRowContext(ctx, "SELECT hash, packed FROM versions JOIN documents USING (hash) WHERE number = ?", number).Scan(&hash, &packed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("version %d: %w", number, store.ErrNotFound)
	}
	if err != nil {
		return nil, explain(fmt.Sprintf("read the document of version %d", number), err)
	}
	document, err := pack.Unpack(packed, digest(hash))
	if err != nil {
		return nil, fmt.Errorf("read version %d from %s: %w%s", number, s.path, err, repair(s.path, err))
	}
	return document, nil
}

// History is the versions before one, newest first; before 0 it begins with
// the current one.
func (s *Store) History(ctx context.Context, before int64, limit int) ([]store.Version, error) {
	if before <= 0 {
		before = math.MaxInt64
	}
	return read(s, func(q querier) ([]store.Version, error) {
		list, err := all(ctx, q, scanVersion,
			"SELECT "+versionColumns+" FROM versions WHERE number < ? ORDER BY number DESC LIMIT ?", before, store.Page(limit))
		return list, explain("read the schedule's history", err)
	})
}

const versionColumns = "number, at, author, reason, origin, file_sha256, hash, events, rolled_back_to"

func current(ctx context.Context, q querier) (store.Version, error) {
	v, err := scanVersion(q.QueryRowContext(ctx, "SELECT "+versionColumns+" FROM versions ORDER BY number DESC LIMIT 1"))
	if errors.Is(err, sql.ErrNoRows) {
		return store.Version{}, nil
	}
	return v, explain("read the current version", err)
}

func version(ctx context.Context, q querier, number int64) (store.Version, error) {
	v, err := scanVersion(q.QueryRowContext(ctx, "SELECT "+versionColumns+" FROM versions WHERE number = ?", number))
	if errors.Is(err, sql.ErrNoRows) {
		return store.Version{}, fmt.Errorf("version %d: %w", number, store.ErrNotFound)
	}
	return v, explain(fmt.Sprintf("read version %d", number), err)
}

func scanVersion(row interface{ Scan(...any) error }) (store.Version, error) {
	var v store.Version
	var at int64
	var file, hash []byte
	err := row.Scan(&v.Number, &at, &v.Author, &v.Reason, &v.Origin, &file, &hash, &v.Events, &v.RolledBackTo)
	if err != nil {
		return store.Version{}, err
	}
	v.At, v.FileSHA256, v.Hash = instant(at), digest(file), digest(hash)
	return v, nil
}
