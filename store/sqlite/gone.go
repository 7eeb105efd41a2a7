package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"github.com/headstart-scaler/headstart/store"
)

// there returns an error unless the file that was opened is still at its path:
// SQLite goes on with one that was removed, and what it writes there is lost
// when it is closed. The file is not opened for it: closing it again would drop
// the locks that SQLite holds on it.
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
	default:
		return nil
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
