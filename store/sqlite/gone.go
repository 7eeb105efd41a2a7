package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"github.com/headstart-scaler/headstart/store"
)

// there returns an error unless the files that were opened are still at their
// paths: SQLite goes on with those that were removed, and what it writes there
// is lost when they are closed. They are not opened for it: closing the first
// again would drop the locks that SQLite holds on it.
func (s *Store) there() error {
	info, err := os.Stat(s.path)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return fmt.Errorf("%[1]w: %[2]s was removed while Headstart ran: put it back; or stop Headstart, move %[2]s-wal away, restore a backup, and start it again",
			store.ErrGone, s.path)
	case err != nil:
		return explain("see whether the file is there", err)
	case !os.SameFile(s.file, info):
		// The WAL is that of the file that was opened: it would spoil this one.
		return fmt.Errorf("%[1]w: %[2]s is another file than the one Headstart opened: put that one back; or stop Headstart, move %[2]s-wal away, and start it again to go on with this one",
			store.ErrGone, s.path)
	}
	for _, b := range s.beside {
		err := b.there(s.path)
		if err != nil && s.closed.Load() { // closing removes them
			return store.ErrClosed
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// beside is one of the files that SQLite has beside the first while that is
// open: the WAL, which holds the latest changes, and the memory by which
// processes share it. SQLite makes them when a file is opened for the first
// time and removes them when it is closed for the last; in between it only cuts
// the WAL, and a Store never closes the connection that it writes by.
type beside struct {
	path string
	info os.FileInfo
}

// besides are those of an open file.
func besides(path string) ([]beside, error) {
	var all []beside
	for _, end := range []string{"-wal", "-shm"} {
		info, err := os.Stat(path + end)
		if err != nil {
			return nil, explain("see which file it is", err)
		}
		all = append(all, beside{path + end, info})
	}
	return all, nil
}

// there returns an error unless it is still at its path. Closing the last
// connection brings what the WAL has into the first file, even from a WAL that
// was removed: a restart loses nothing, unless the process is killed.
func (b beside) there(first string) error {
	info, err := os.Stat(b.path)
	switch {
	case err == nil && os.SameFile(b.info, info):
		return nil
	case err == nil, errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: %s was removed or replaced while Headstart ran: put it back; or end what else has %s open, stop Headstart without killing it, and start it again: as it stops it brings what it has into that file",
			store.ErrGone, b.path, first)
	default:
		return explain("see whether the file is there", err)
	}
}

// read asks the file, as long as it is there. Otherwise a new connection could
// ask another one.
func read[T any](s *Store, ask func(q querier) (T, error)) (T, error) {
	if err := s.there(); err != nil {
		var none T
		return none, err
	}
	return ask(s.reads)
}
