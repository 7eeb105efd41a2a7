package sqlite_test

import (
	"bytes"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/store"
	"github.com/headstart-scaler/headstart/store/sqlite"
	"github.com/headstart-scaler/headstart/store/storetest"
)

// While another process writes, reads go on, and a change waits its time and
// is then refused.
func TestAnotherProcessWrites(t *testing.T) {
	path := filepath.Join(t.TempDir(), "headstart.db")
	s := open(t, path, sqlite.Options{Busy: 50 * time.Millisecond})
	conn, err := raw(t, path).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Current(t.Context()); err != nil {
		t.Errorf("read: %v", err)
	}
	if _, err := s.Apply(t.Context(), storetest.Proposal(0, "one")); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
	if _, err := conn.ExecContext(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Apply(t.Context(), storetest.Proposal(0, "one")); err != nil {
		t.Error(err)
	}
}

// Three processes write to one file at once, each what follows from what it
// read: no change is lost, and the chain has no fork.
func TestProcessesTakeTurns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "headstart.db")
	s := open(t, path, sqlite.Options{})
	writers := []*writer{startWriter(t, path, 1), startWriter(t, path, 2)}
	own := int64(0)
	for _, w := range writers {
		<-w.first
	}
	for ; own < 50; own++ {
		if _, err := s.Note(t.Context(), store.Entry{Actor: "a", Verb: "b", Object: "c"}, store.Key{}); err != nil {
			t.Error(err)
		}
	}
	acknowledged := own
	for _, w := range writers {
		acknowledged += int64(bytes.Count(w.kill(t), []byte("\n")))
	}
	if head, err := s.Head(t.Context()); err != nil || head.Seq < acknowledged || head.Seq > acknowledged+2 {
		t.Errorf("%d records, %d acknowledged, %v", head.Seq, acknowledged, err)
	}
	storetest.VerifyAll(t, s)
	storetest.VerifyAll(t, open(t, path, sqlite.Options{}))
}
