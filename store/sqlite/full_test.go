package sqlite

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/headstart-scaler/headstart/store"
	"github.com/headstart-scaler/headstart/store/storetest"
)

func noise(seed byte, size int) []byte {
	b := make([]byte, size)
	rand.NewChaCha8([32]byte{seed}).Read(b) //nolint:errcheck // never fails
	return b
}

// A file that may not grow: the change is refused as a whole, what is there
// can be read, and when there is room again, it is made.
func TestFullFile(t *testing.T) {
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "x.db"), Options{Now: storetest.NewClock().Now})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.writes.Exec("PRAGMA max_page_count = 60"); err != nil {
		t.Fatal(err)
	}
	tryFull(t, s, 50_000, func() {
		if _, err := s.writes.Exec("PRAGMA max_page_count = 1000000"); err != nil {
			t.Fatal(err)
		}
	})
}

// A disk that is full: a file system of 2 MB in memory.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=2m,mode=0700"); err != nil {
		t.Skipf("SKIPPED: A SMALL FILE SYSTEM NEEDS ROOT AND THE RIGHT TO MOUNT: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "x.db")
	s, err := Open(t.Context(), path, Options{Now: storetest.NewClock().Now})
	if err != nil {
		t.Fatal(err)
	}
	tryFull(t, s, 100_000, func() {
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
	})
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if s, err = Open(t.Context(), path, Options{}); err != nil {
		t.Fatal(err)
	}
	storetest.VerifyAll(t, s)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	// No room for a new file at all: none is left behind.
	for name, size := 0, 1<<20; size > 0; name++ {
		if os.WriteFile(filepath.Join(dir, fmt.Sprint(name)), make([]byte, size), 0o600) != nil {
			size /= 2
		}
	}
	if _, err := Open(t.Context(), filepath.Join(dir, "y.db"), Options{}); !errors.Is(err, store.ErrFull) {
		t.Errorf("a new file on a full disk: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "y.db")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("half a file is left: %v", err)
	}
}

// A file that the process may not make larger, as by ulimit -f: what is written
// at the end of a change meets the limit, and what a large one writes before.
func TestFileThatMayNotGrow(t *testing.T) {
	for _, size := range []int{50_000, 6_000_000} {
		path := filepath.Join(t.TempDir(), "x.db")
		s, err := Open(t.Context(), path, Options{Now: storetest.NewClock().Now})
		if err != nil {
			t.Fatal(err)
		}
		lift := limitFiles(t, uint64(size)*5/2)
		tryFull(t, s, size, func() {
			lift()
			sameAfterAKill(t, s)
		})
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".headstart-*")); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	}
}

// sameAfterAKill opens a copy of a store's files, as a process finds them that
// starts after this one was killed.
func sameAfterAKill(t *testing.T, s *Store) {
	t.Helper()
	copied := filepath.Join(t.TempDir(), "x.db")
	for _, end := range []string{"", "-wal"} {
		text, err := os.ReadFile(s.path + end)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(copied+end, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	again, err := Open(t.Context(), copied, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	before, err := s.Current(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if after, err := again.Current(t.Context()); err != nil || after != before {
		t.Errorf("after a kill version %d is current, was %d: %v", after.Number, before.Number, err)
	}
}

// limitFiles bounds how large this process may make a file, until it is lifted.
func limitFiles(t *testing.T, size uint64) (lift func()) {
	t.Helper()
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	lift = func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(lift)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: size, Max: before.Max}); err != nil {
		t.Fatal(err)
	}
	return lift
}

// What the operating system says of room is that there is none.
func TestNoRoomByWhateverNameIsFull(t *testing.T) {
	for _, cause := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG} {
		if err := explain("write", &os.PathError{Op: "write", Path: "x", Err: cause}); !errors.Is(err, store.ErrFull) {
			t.Errorf("%v, want ErrFull", err)
		}
	}
	if err := explain("write", syscall.EIO); errors.Is(err, store.ErrFull) {
		t.Errorf("a broken disk is full: %v", err)
	}
}

// onlyFull reports whether an error says that there is no room, and leaves no
// doubt that nothing was changed.
func onlyFull(err error) bool {
	return errors.Is(err, store.ErrFull) && !errors.Is(err, store.ErrInDoubt)
}

// tryFull applies documents of a size until there is no room, and then makes
// room.
func tryFull(t *testing.T, s *Store, size int, makeRoom func()) {
	t.Helper()
	ctx := t.Context()
	last := int64(0)
	var err error
	for ; last < 100 && err == nil; last++ {
		_, err = s.Apply(ctx, store.Proposal{Expected: last, Document: noise(byte(last), size), Author: "ci"})
	}
	last--
	if !onlyFull(err) || last < 1 {
		t.Fatalf("after version %d: %v, want ErrFull", last, err)
	}
	for range 3 {
		if _, err := s.Apply(ctx, store.Proposal{Expected: last, Document: noise(byte(last), size), Author: "ci"}); !onlyFull(err) {
			t.Errorf("again: %v", err)
		}
	}
	current, err := s.Current(ctx)
	if err != nil || current.Number != last {
		t.Errorf("current is %d, %v, want %d", current.Number, err, last)
	}
	if head, err := s.Head(ctx); err != nil || head.Seq != last {
		t.Errorf("the audit log ends with %d, %v, want %d", head.Seq, err, last)
	}
	if d, err := s.Document(ctx, last); err != nil || !bytes.Equal(d, noise(byte(last-1), size)) {
		t.Errorf("document %d is another one, %v", last, err)
	}
	storetest.VerifyAll(t, s)
	makeRoom()
	if v, err := s.Apply(ctx, store.Proposal{Expected: last, Document: noise(byte(last), size), Author: "ci"}); err != nil || v.Number != last+1 {
		t.Errorf("with room again: %+v, %v", v, err)
	}
	storetest.VerifyAll(t, s)
}
