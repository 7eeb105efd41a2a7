package sqlite

import (
	"context"
	"database/sql"
	"time"
)

// lookEvery is how often a change by another process is looked for.
const lookEvery = 250 * time.Millisecond

// Watch returns a channel that receives soon after anything changed: at once
// when this store changed it, within half a second when another process did.
// It is closed when the context ends or the store is closed.
func (s *Store) Watch(ctx context.Context) <-chan struct{} { return s.bell.Listen(ctx) }

// look rings when the file changed, and when it went or came back.
func (s *Store) look(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	var seen dataVersion
	defer seen.close()
	gone := false
	for {
		if missing := s.there() != nil; missing != gone {
			gone = missing
			s.bell.Ring()
		}
		if !gone && s.changed(ctx, &seen) {
			s.bell.Ring()
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// changed reports whether the file did. What cannot be asked now may have:
// whoever reads will see.
func (s *Store) changed(ctx context.Context, seen *dataVersion) bool {
	changed, err := seen.changed(ctx, s.reads)
	return changed || err != nil && ctx.Err() == nil
}

// dataVersion is a connection that never changes anything, and what it saw
// last. SQLite's data_version is another one on it after any other connection,
// of this process or another, has changed the file; where that was somebody, the
// audit log has grown.
type dataVersion struct {
	conn *sql.Conn
	last int64
	head int64 // the newest record
}

func (d *dataVersion) changed(ctx context.Context, db *sql.DB) (bool, error) {
	first := d.conn == nil
	if first {
		conn, err := db.Conn(ctx)
		if err != nil {
			return false, err
		}
		d.conn = conn
	}
	var now int64
	if err := d.conn.QueryRowContext(ctx, "PRAGMA data_version").Scan(&now); err != nil {
		d.close()
		return false, err
	}
	if !first && now == d.last {
		return false, nil
	}
	var head int64
	if err := d.conn.QueryRowContext(ctx, "SELECT coalesce(max(seq), 0) FROM audit").Scan(&head); err != nil {
		d.close()
		return false, err
	}
	changed := first || head != d.head // a change before the first look is told, too
	d.last, d.head = now, head
	return changed, nil
}

func (d *dataVersion) close() {
	if d.conn != nil {
		d.conn.Close() //nolint:errcheck // gives it back
		d.conn = nil
	}
}
