package sqlite

import (
	"bytes"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/store"
	"github.com/headstart-scaler/headstart/store/storetest"
)

func made(t *testing.T, o Options) *Store {
	t.Helper()
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "headstart.db"), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// What people change waits for the disk; what machines learn does not.
func TestOnlyWhatPeopleChangeIsBroughtToDiskAtOnce(t *testing.T) {
	s := made(t, Options{})
	var changes, learned int
	if err := s.writes.QueryRow("PRAGMA synchronous").Scan(&changes); err != nil {
		t.Fatal(err)
	}
	if err := s.learns.QueryRow("PRAGMA synchronous").Scan(&learned); err != nil {
		t.Fatal(err)
	}
	if changes != 2 || learned != 1 { // FULL, NORMAL
		t.Errorf("synchronous is %d for changes and %d for what is learned, want 2 and 1", changes, learned)
	}
}

// What is damaged is said, and hides nothing else.
func TestDamagedMemories(t *testing.T) {
	s := made(t, Options{})
	content := bytes.Repeat([]byte("learned "), 100)
	now := time.Now().UTC()
	var list []store.Memory
	for _, key := range []string{"a", "b", "c", "d"} {
		list = append(list, storetest.Memory(key, now, content))
	}
	if err := s.Remember(t.Context(), list); err != nil {
		t.Fatal(err)
	}
	for key, packed := range map[string][]byte{"b": []byte("no zstd"), "c": {}, "d": make([]byte, 8)} {
		if _, err := s.learns.Exec("UPDATE memories SET packed = ? WHERE key = ?", packed, key); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Recall(t.Context(), []string{"d", "c", "b", "a"})
	if !errors.Is(err, store.ErrCorrupt) || len(got) != 1 || got[0].Key != "a" || !bytes.Equal(got[0].Content, content) {
		t.Errorf("got %d memories and %v, want a and ErrCorrupt", len(got), err)
	}
}

// What is forgotten leaves the file, and its room is used again.
func TestForgottenMemoriesLeaveTheFile(t *testing.T) {
	clock := storetest.NewClock()
	s := made(t, Options{Now: clock.Now})
	for range 3 {
		if err := s.Remember(t.Context(), []store.Memory{storetest.Memory(clock.Now().String(), clock.Now(), []byte("x"))}); err != nil {
			t.Fatal(err)
		}
		clock.Move(store.MemoryLife - time.Hour)
	}
	var n int
	if err := s.reads.QueryRow("SELECT count(*) FROM memories").Scan(&n); err != nil || n != 2 {
		t.Errorf("%d memories, %v, want the last two", n, err)
	}
}

// Another process holds the file: what was learned is not written now, and the
// next time it is.
func TestMemoriesWaitTheirTime(t *testing.T) {
	s := made(t, Options{Busy: 50 * time.Millisecond})
	tx, err := s.writes.Begin()
	if err != nil {
		t.Fatal(err)
	}
	list := []store.Memory{storetest.Memory("a", time.Now(), []byte("x"))}
	if err := s.Remember(t.Context(), list); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := s.Remember(t.Context(), list); err != nil {
		t.Error(err)
	}
}
