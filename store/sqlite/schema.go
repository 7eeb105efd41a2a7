package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/headstart-scaler/headstart/store"
)

// applicationID is in the header of our files: "Hstt".
const applicationID = 0x48737474

// schema is how a file comes from one version to the next: step i takes it
// from user_version i to i+1. Steps are only ever added.
//
// Instants are nanoseconds since 1970 in UTC, 0 for none. Digests are 32
// bytes, or empty for none. The triggers do not keep an attacker out, who can
// drop them; they keep a mistake out.
func schema() []string { return []string{schedules, memories} }

const schedules = `
		CREATE TABLE documents (
			hash BLOB PRIMARY KEY CHECK (length(hash) = 32),
			packed BLOB NOT NULL -- zstd
		) STRICT;
		CREATE TABLE versions (
			number INTEGER PRIMARY KEY CHECK (number > 0),
			at INTEGER NOT NULL,
			author TEXT NOT NULL,
			reason TEXT NOT NULL,
			origin TEXT NOT NULL,
			file_sha256 BLOB NOT NULL,
			hash BLOB NOT NULL REFERENCES documents (hash),
			events INTEGER NOT NULL,
			rolled_back_to INTEGER NOT NULL
		) STRICT;
		CREATE TABLE overrides (
			id INTEGER PRIMARY KEY CHECK (id > 0),
			workload TEXT NOT NULL,
			kind TEXT NOT NULL,
			replicas INTEGER NOT NULL,
			start_at INTEGER NOT NULL,
			end_at INTEGER NOT NULL,
			author TEXT NOT NULL,
			reason TEXT NOT NULL,
			expired_at INTEGER NOT NULL DEFAULT 0,
			expired_by TEXT NOT NULL DEFAULT '',
			expire_reason TEXT NOT NULL DEFAULT ''
		) STRICT;
		CREATE INDEX overrides_by_end ON overrides (end_at);
		CREATE TABLE audit (
			seq INTEGER PRIMARY KEY CHECK (seq > 0),
			at INTEGER NOT NULL,
			actor TEXT NOT NULL,
			verb TEXT NOT NULL,
			object TEXT NOT NULL,
			before BLOB NOT NULL,
			after BLOB NOT NULL,
			reason TEXT NOT NULL,
			prev BLOB NOT NULL,
			hash BLOB NOT NULL CHECK (length(hash) = 32)
		) STRICT;
		CREATE TABLE answers (
			key TEXT PRIMARY KEY,
			operation TEXT NOT NULL,
			request BLOB NOT NULL,
			at INTEGER NOT NULL,
			body TEXT NOT NULL
		) STRICT, WITHOUT ROWID;
		CREATE INDEX answers_by_time ON answers (at);
		CREATE TRIGGER audit_stays BEFORE UPDATE ON audit
			BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;
		CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit
			BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;
		CREATE TRIGGER versions_stay BEFORE UPDATE ON versions
			BEGIN SELECT raise(ABORT, 'a version is never changed'); END;
		CREATE TRIGGER versions_are_kept BEFORE DELETE ON versions
			BEGIN SELECT raise(ABORT, 'a version is never removed'); END;
	`

const memories = `
		CREATE TABLE memories (
			id INTEGER PRIMARY KEY, -- so that the index by key holds no content
			key TEXT NOT NULL UNIQUE,
			at INTEGER NOT NULL,
			packed BLOB NOT NULL -- zstd
		) STRICT;
		CREATE INDEX memories_by_time ON memories (at);
	`

// migrate brings a file to the newest version, each step in a transaction of
// its own: a file is at one version or the next, never between.
func migrate(ctx context.Context, db *sql.DB, steps []string) error {
	for {
		done, err := migrateOnce(ctx, db, steps)
		if done || err != nil {
			return err
		}
	}
}

func migrateOnce(ctx context.Context, db *sql.DB, steps []string) (done bool, err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return false, explain("begin to migrate", err)
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it has nothing to do
	var version int
	if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return false, explain("read the file's version", err)
	}
	switch {
	case version > len(steps):
		return false, fmt.Errorf("%w: the file has version %d, this program knows %d: use the newer program, or the backup made before it ran",
			store.ErrNewer, version, len(steps))
	case version == len(steps):
		return true, nil
	}
	if _, err := tx.ExecContext(ctx, steps[version]); err != nil {
		return false, explain(fmt.Sprintf("migrate to version %d", version+1), err)
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d; PRAGMA application_id = %d", version+1, applicationID)); err != nil {
		return false, explain("write the file's version", err)
	}
	return false, explain("migrate", tx.Commit())
}
