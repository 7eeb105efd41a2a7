package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
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

// commit ends a transaction. Where a write failed for want of room, the page
// that ends the transaction is not whole in the WAL, and without it the others
// count for nothing. Any other I/O error leaves open whether its end is on disk
// and will be found at the next start.
func (s *Store) commit(tx *sql.Tx) error {
	err := s.full(tx.Commit())
	switch {
	case err == nil:
		return nil
	case errors.Is(err, store.ErrFull):
		return fmt.Errorf("commit: %w", err)
	case name(err) == nil && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("commit: %w: %w", store.ErrInDoubt, err)
	default:
		return explain("commit", err)
	}
}

// full gives the error of a write the name ErrFull where there is no room.
// SQLite says so only of a full disk. Of a quota that is used up, and of a file
// that may not grow, it says what it says of a broken disk, and keeps the
// cause to itself: we write as far out in a file of our own, and see.
func (s *Store) full(err error) error {
	e, ok := errors.AsType[*driver.Error](err)
	if !ok || e.Code() != code.SQLITE_IOERR_WRITE {
		return err
	}
	// Its name, and not that of our own file.
	if cause, ok := errors.AsType[syscall.Errno](tryWrite(s.path + "-wal")); ok && errors.Is(nameOutside(cause), store.ErrFull) {
		return fmt.Errorf("%w: %w: %w", store.ErrFull, cause, err)
	}
	return err
}

// tryWrite writes a page in a new file, at the place where another one ends.
func tryWrite(like string) (err error) {
	info, err := os.Stat(like)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(like), ".headstart-try-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	_, err = f.WriteAt(make([]byte, 4096), info.Size())
	return err
}

// nameOutside names errors that are not SQLite's.
func nameOutside(err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EFBIG):
		return store.ErrFull
	case errors.Is(err, syscall.EROFS), errors.Is(err, fs.ErrPermission):
		return store.ErrReadOnly
	case errors.Is(err, sql.ErrConnDone), err.Error() == "sql: database is closed":
		return store.ErrClosed
	}
	return nil
}
