package sqlite

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// What kill -9 cannot show, because the system outlives it: that a change is
// on disk before it is acknowledged. The settings that make it so are held to
// on every connection.
func TestSettings(t *testing.T) {
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "x.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for pragma, want := range map[string]string{
		"journal_mode": "wal", "synchronous": "2", "fullfsync": "1", "foreign_keys": "1", "busy_timeout": "5000", "trusted_schema": "0",
	} {
		var writes, reads string
		if err := s.writes.QueryRow("PRAGMA " + pragma).Scan(&writes); err != nil || writes != want {
			t.Errorf("writes: %s is %q, %v, want %q", pragma, writes, err, want)
		}
		if err := s.reads.QueryRow("PRAGMA " + pragma).Scan(&reads); err != nil || reads != want {
			t.Errorf("reads: %s is %q, %v, want %q", pragma, reads, err, want)
		}
	}
	if _, err := s.reads.Exec("DELETE FROM answers"); err == nil {
		t.Error("what reads may write")
	}
}

// A connection is made to a file that is there: one that was removed is not made
// anew.
func TestAConnectionMakesNoFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	db := connect(path, time.Second, "_txlock=immediate")
	defer db.Close()
	if err := db.PingContext(t.Context()); err == nil {
		t.Error("it is connected to no file")
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("there is a file now (%v)", err)
	}
}
