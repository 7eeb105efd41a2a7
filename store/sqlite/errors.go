package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	driver "modernc.org/sqlite"
	code "modernc.org/sqlite/lib"

	"github.com/headstart-scaler/headstart/store"
)

// explain says what was attempted, and gives an error of SQLite the name
// callers branch on.
func explain(doing string, err error) error {
	if err == nil {
		return nil
	}
	if named := name(err); named != nil {
		return fmt.Errorf("%s: %w: %w", doing, named, err)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

func name(err error) error {
	var e *driver.Error
	if !errors.As(err, &e) {
		return nameOutside(err)
	}
	switch e.Code() {
	// The memory that processes share is a file, too: it finds no room.
	case code.SQLITE_IOERR_SHMSIZE, code.SQLITE_IOERR_SHMMAP:
		return store.ErrFull
	}
	switch e.Code() & 0xff {
	case code.SQLITE_FULL:
		return store.ErrFull
	case code.SQLITE_BUSY, code.SQLITE_LOCKED, code.SQLITE_PROTOCOL:
		return store.ErrUnavailable
	case code.SQLITE_READONLY:
		return store.ErrReadOnly
	case code.SQLITE_CORRUPT, code.SQLITE_NOTADB:
		return store.ErrCorrupt
	}
	return nil
}

// commit ends a transaction. An I/O error leaves open whether its end is on
// disk and will be found at the next start.
func commit(tx *sql.Tx) error {
	err := tx.Commit()
	if err == nil {
		return nil
	}
	if name(err) == nil && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("commit: %w: %w", store.ErrInDoubt, err)
	}
	return explain("commit", err)
}

// nameOutside names errors that are not SQLite's.
func nameOutside(err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return store.ErrFull
	case errors.Is(err, syscall.EROFS), errors.Is(err, fs.ErrPermission):
		return store.ErrReadOnly
	case errors.Is(err, sql.ErrConnDone), err.Error() == "sql: database is closed":
		return store.ErrClosed
	}
	return nil
}
