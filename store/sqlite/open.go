package sqlite

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite" // the driver

	"github.com/headstart-scaler/headstart/store"
	"github.com/headstart-scaler/headstart/store/internal/bell"
)

// Options are how a file is opened. The zero Options are good.
type Options struct {
	Now  func() time.Time // the clock; time.Now by default
	Busy time.Duration    // how long a change waits for another process's; 5 s by default
}

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Busy <= 0 {
		o.Busy = 5 * time.Second
	}
	return o
}

// Open opens a file, and makes it when there is none. It reads all of it to
// see that it is whole. Close the store after use.
func Open(ctx context.Context, path string, o Options) (*Store, error) {
	s, err := open(ctx, path, o.withDefaults())
	if err != nil {
		return nil, fmt.Errorf("open %s: %w%s", path, err, repair(path, err))
	}
	return s, nil
}

// repair is what to do about a file that is not whole.
func repair(path string, err error) string {
	if !errors.Is(err, store.ErrCorrupt) {
		return ""
	}
	return fmt.Sprintf(": stop Headstart, keep a copy of %[1]s and of %[1]s-wal, and restore a backup in place of both; "+
		"without one, what can be read is saved by: sqlite3 %[1]s .recover | sqlite3 rescued.db", path)
}

func open(ctx context.Context, path string, o Options) (*Store, error) {
	if err := ensure(ctx, path, o); err != nil {
		return nil, err
	}
	s := &Store{path: path, now: o.Now, writes: connect(path, o.Busy, "_txlock=immediate"), reads: connect(path, o.Busy, "_pragma=query_only(1)")}
	s.learns = connect(path, o.Busy, "_txlock=immediate&_pragma=synchronous(normal)")
	s.bell = bell.New(s.look)
	s.writes.SetMaxOpenConns(1)
	s.learns.SetMaxOpenConns(1)
	s.reads.SetMaxOpenConns(5) // one of them watches
	if err := s.check(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	// Not before it was opened for writing, which makes it another file on a
	// file system of layers.
	var err error
	if s.file, err = os.Stat(path); err != nil {
		return nil, errors.Join(explain("see which file it is", err), s.Close())
	}
	if err := migrate(ctx, s.writes, schema()); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if s.beside, err = besides(path); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if err := s.checkHead(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// connect returns connections with the settings that make a change last.
func connect(path string, busy time.Duration, more string) *sql.DB {
	name := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}
	// rw: a file that was removed is not made anew.
	name.RawQuery = fmt.Sprintf("mode=rw&_pragma=busy_timeout(%d)&_pragma=journal_mode(wal)&_pragma=synchronous(full)&_pragma=fullfsync(1)"+
		"&_pragma=foreign_keys(1)&_pragma=trusted_schema(0)&_pragma=cell_size_check(1)&_pragma=journal_size_limit(%d)&%s",
		busy.Milliseconds(), 16<<20, more)
	db, err := sql.Open("sqlite", name.String())
	if err != nil { // the driver's name is wrong
		panic(err)
	}
	return db
}

// ensure sees that there is a file, and makes one only where there was none.
func ensure(ctx context.Context, path string, o Options) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if left, err := os.Stat(path + "-wal"); err == nil && left.Size() > 0 {
			return fmt.Errorf("%w: the file is gone, and its %s-wal is there", store.ErrCorrupt, filepath.Base(path))
		}
		return create(ctx, path, o)
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("it is no file (%s): name a file", info.Mode().Type())
	case info.Size() == 0: // SQLite would take it for new
		return fmt.Errorf("%w: the file is empty", store.ErrCorrupt)
	}
	return whole(path, info.Size())
}

// whole sees that the file ends where a page does: SQLite fills up what was
// cut off with zeros. While there is a WAL a torn page is no loss: the WAL has
// it.
func whole(path string, size int64) error {
	if wal, err := os.Stat(path + "-wal"); err == nil && wal.Size() > 0 {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read
	var header [18]byte
	if _, err := f.ReadAt(header[:], 0); err != nil {
		return fmt.Errorf("%w: the file ends within its header", store.ErrCorrupt)
	}
	page := int64(binary.BigEndian.Uint16(header[16:]))
	if page == 1 { // for 65536, which 16 bits do not hold
		page = 1 << 16
	}
	if page == 0 || size%page != 0 {
		return fmt.Errorf("%w: the file of %d bytes ends within a page of %d", store.ErrCorrupt, size, page)
	}
	return nil
}

// create makes a file elsewhere and puts it into place when it is complete, so
// that a file that is there is never half made. When two processes do it at
// once, one's is taken.
func create(ctx context.Context, path string, o Options) error {
	folder, err := os.MkdirTemp(filepath.Dir(path), ".headstart-new-") // 0700
	if err != nil {
		return explain("make the file", err)
	}
	defer os.RemoveAll(folder) //nolint:errcheck // what is left is an empty folder
	made := filepath.Join(folder, "db")
	if err := os.WriteFile(made, nil, 0o600); err != nil {
		return explain("make the file", err)
	}
	db := connect(made, o.Busy, "_txlock=immediate")
	db.SetMaxOpenConns(1)
	// Closing the last connection brings all into the file and removes the WAL.
	if err := errors.Join(migrate(ctx, db, schema()), db.Close()); err != nil {
		return fmt.Errorf("make the file: %w", err)
	}
	if err := os.Link(made, path); errors.Is(err, fs.ErrExist) {
		return nil // another process was faster
	} else if err != nil { // a file system without hard links
		if err := os.Rename(made, path); err != nil {
			return explain("put the new file into place", err)
		}
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder brings a folder's list of files to disk.
func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// check sees that the file is ours and whole.
func (s *Store) check(ctx context.Context) error {
	var id, tables int
	if err := s.reads.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id); err != nil {
		return explain("read the file's header", err)
	}
	if err := s.reads.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil {
		return explain("read the file's tables", err)
	}
	if id != applicationID {
		return fmt.Errorf("it is a database of another program (application id %#x, %d tables): name another file", id, tables)
	}
	var verdict string
	if err := s.reads.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&verdict); err != nil {
		return explain("check the file", err)
	}
	if verdict != "ok" {
		return fmt.Errorf("%w: %s", store.ErrCorrupt, verdict)
	}
	return nil
}

// checkHead sees that the audit log's last record is what was written. All of
// them are store.Verify's.
func (s *Store) checkHead(ctx context.Context) error {
	last, err := head(ctx, s.reads)
	if err == nil && last.Seq > 0 && !last.Intact() {
		return fmt.Errorf("%w: audit record %d, the last, is not what was written", store.ErrCorrupt, last.Seq)
	}
	return err
}

// Findings says who else may read the file.
func (s *Store) Findings() []store.Finding {
	info, err := os.Stat(s.path)
	if err != nil || info.Mode().Perm()&0o077 == 0 {
		return nil
	}
	return []store.Finding{{
		Code: "sqlite-file-mode",
		Text: fmt.Sprintf("%s has mode %04o: others than its owner may read or change schedules and the audit log; chmod 600 it", s.path, info.Mode().Perm()),
	}}
}
