package sqlite

import (
	"context"
	"fmt"
	"strings"

	"github.com/headstart-scaler/headstart/store"
	"github.com/headstart-scaler/headstart/store/internal/pack"
)

// Remember writes what machines learned in place of what they knew, as one
// transaction.
func (s *Store) Remember(ctx context.Context, list []store.Memory) error {
	if err := store.CheckMemories(list); err != nil || len(list) == 0 {
		return err
	}
	packed, err := pack.Memories(list) // before the file is taken
	if err != nil {
		return err
	}
	tx, err := s.learns.BeginTx(ctx, nil)
	if err != nil {
		return explain("remember", err)
	}
	defer tx.Rollback() //nolint:errcheck // after the commit it has nothing to do
	if err := s.there(); err != nil {
		return fmt.Errorf("remember: %w", err)
	}
	write, err := tx.PrepareContext(ctx, "INSERT INTO memories (key, at, packed) VALUES (?, ?, ?) "+
		"ON CONFLICT (key) DO UPDATE SET at = excluded.at, packed = excluded.packed")
	if err != nil {
		return explain("remember", err)
	}
	defer write.Close() //nolint:errcheck // the transaction ends it
	for i, m := range list {
		if _, err := write.ExecContext(ctx, m.Key, nanos(m.At), packed[i]); err != nil {
			return explain("remember", s.full(err))
		}
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM memories WHERE at <= ?", nanos(s.now().Add(-store.MemoryLife))); err != nil {
		return explain("forget what was not renewed", s.full(err))
	}
	return explain("remember", s.full(tx.Commit()))
}

// Recall is what was remembered of keys, in their order, without those that
// nothing is known of.
func (s *Store) Recall(ctx context.Context, keys []string) ([]store.Memory, error) {
	if err := store.CheckRecall(keys); err != nil || len(keys) == 0 {
		return nil, err
	}
	asked := make([]any, len(keys))
	for i, key := range keys {
		asked[i] = key
	}
	rows, err := read(s, func(q querier) ([]store.Memory, error) {
		return all(ctx, q, scanMemory, "SELECT key, at, packed FROM memories WHERE key IN (?"+strings.Repeat(", ?", len(keys)-1)+")", asked...)
	})
	if err != nil {
		return nil, explain("recall", err)
	}
	return pack.Recalled(keys, rows, s.now())
}

func scanMemory(row interface{ Scan(...any) error }) (m store.Memory, err error) {
	var at int64
	err = row.Scan(&m.Key, &at, &m.Content)
	m.At = instant(at)
	return m, err
}
