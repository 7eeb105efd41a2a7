package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/headstart-scaler/headstart/store"
	"github.com/headstart-scaler/headstart/store/sqlite"
	"github.com/headstart-scaler/headstart/store/storetest"
)

// filled makes a file with versions, overrides and notes, and closes it.
func filled(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "headstart.db")
	clock := storetest.NewClock()
	s := open(t, path, sqlite.Options{Now: clock.Now})
	for i := range int64(20) {
		if _, err := s.Apply(t.Context(), storetest.Proposal(i, strings.Repeat(fmt.Sprint("event ", i), 1000))); err != nil {
			t.Fatal(err)
		}
		if _, err := s.PutOverride(t.Context(), storetest.Override(clock.Now()), store.Key{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAFileIsItsOwnersAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "headstart.db")
	s := open(t, path, sqlite.Options{})
	if _, err := s.Apply(t.Context(), storetest.Proposal(0, "one")); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
		if info, err := e.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v", e.Name(), info.Mode(), err)
		}
	}
	if want := []string{"headstart.db", "headstart.db-shm", "headstart.db-wal"}; !slices.Equal(names, want) {
		t.Errorf("files %v, want %v", names, want)
	}
	if f := s.Findings(); len(f) != 0 {
		t.Errorf("findings %v", f)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if f := s.Findings(); len(f) != 1 || f[0].Code != "sqlite-file-mode" {
		t.Errorf("findings %v", f)
	}
}

// What was spoilt is said, with the file and the repair, and the file stays as
// it is.
func TestASpoiltFileIsNeverReplaced(t *testing.T) {
	for name, spoil := range map[string]func(data []byte) []byte{
		"emptied":               func([]byte) []byte { return nil },
		"cut in its middle":     func(d []byte) []byte { return d[:len(d)/2] },
		"cut within a page":     func(d []byte) []byte { return d[:len(d)-100] },
		"header overwritten":    func(d []byte) []byte { copy(d, "not a database"); return d },
		"first page zeroed":     func(d []byte) []byte { clear(d[16:4096]); return d },
		"a page zeroed":         func(d []byte) []byte { clear(d[4096*3 : 4096*4]); return d },
		"half of it noise":      func(d []byte) []byte { fill(d[len(d)/2:]); return d },
		"another's text, short": func([]byte) []byte { return []byte("hello") },
	} {
		t.Run(name, func(t *testing.T) {
			path := filled(t)
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			data = spoil(data)
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err = sqlite.Open(t.Context(), path, sqlite.Options{})
			if !errors.Is(err, store.ErrCorrupt) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), ".recover") {
				t.Errorf("got %v, want ErrCorrupt with the file and its repair", err)
			}
			if after, err := os.ReadFile(path); err != nil || string(after) != string(data) {
				t.Errorf("the file was changed: %d bytes, were %d, %v", len(after), len(data), err)
			}
		})
	}
}

func fill(d []byte) {
	for i := range d {
		d[i] = byte(i*7 + 13)
	}
}

// What the file's structure does not show, its content does: a document whose
// bytes changed, and a last record that was rewritten.
func TestSpoiltContentIsNoticed(t *testing.T) {
	path := filled(t)
	execute(t, path, "UPDATE documents SET packed = (SELECT packed FROM documents ORDER BY hash LIMIT 1)")
	s := open(t, path, sqlite.Options{})
	wrong := 0
	for i := range int64(20) {
		if _, err := s.Document(t.Context(), i+1); errors.Is(err, store.ErrCorrupt) && strings.Contains(err.Error(), path) {
			wrong++
		}
	}
	if wrong != 19 {
		t.Errorf("%d documents are noticed to be another one, want 19", wrong)
	}
	for _, forbidden := range []string{"UPDATE audit SET actor = 'x'", "DELETE FROM audit", "UPDATE versions SET author = 'x'", "DELETE FROM versions"} {
		db := raw(t, path)
		if _, err := db.Exec(forbidden); err == nil {
			t.Errorf("%s: done", forbidden)
		}
	}
	execute(t, path, "DROP TRIGGER audit_stays; UPDATE audit SET actor = 'nobody' WHERE seq = 40")
	if _, err := sqlite.Open(t.Context(), path, sqlite.Options{}); !errors.Is(err, store.ErrCorrupt) || !strings.Contains(err.Error(), "record 40") {
		t.Errorf("got %v, want record 40 named", err)
	}
}

func raw(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func execute(t *testing.T, path, statement string) {
	t.Helper()
	if _, err := raw(t, path).Exec(statement); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsNotOursIsLeftAlone(t *testing.T) {
	for _, c := range []struct {
		name string
		make func(t *testing.T, path string)
		want error
		says string
	}{
		{"a folder", func(t *testing.T, path string) { mkdir(t, path) }, nil, "it is no file"},
		{"no folder", func(*testing.T, string) {}, os.ErrNotExist, ""},
		{"another program's", func(t *testing.T, path string) { execute(t, path, "CREATE TABLE songs (title)") }, nil, "another program"},
		{"of a newer program", func(t *testing.T, path string) {
			must(t, os.Rename(filled(t), path))
			execute(t, path, "PRAGMA user_version = 99")
		}, store.ErrNewer, "version 99"},
		{"only the WAL is left", func(t *testing.T, path string) { must(t, os.WriteFile(path+"-wal", []byte("x"), 0o600)) }, store.ErrCorrupt, "-wal is there"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.db")
			if c.name == "no folder" {
				path = filepath.Join(t.TempDir(), "none", "x.db")
			}
			c.make(t, path)
			s, err := sqlite.Open(t.Context(), path, sqlite.Options{})
			if err == nil {
				s.Close()
				t.Fatal("it was opened")
			}
			if c.want != nil && !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), path) {
				t.Errorf("got %v, want %v with %q and the path", err, c.want, c.says)
			}
		})
	}
}

func mkdir(t *testing.T, path string) {
	t.Helper()
	must(t, os.Mkdir(path, 0o700))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Many processes that find no file make one, and all use that.
func TestManyMakeOneFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "headstart.db")
	var all sync.WaitGroup
	var won, lost sync.Map
	for i := range 8 {
		all.Go(func() {
			s, err := sqlite.Open(context.Background(), path, sqlite.Options{})
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			if _, err := s.Apply(context.Background(), storetest.Proposal(0, fmt.Sprint(i))); err == nil {
				won.Store(i, true)
			} else if errors.Is(err, store.ErrConflict) {
				lost.Store(i, true)
			} else {
				t.Error(err)
			}
		})
	}
	all.Wait()
	count := func(m *sync.Map) (n int) { m.Range(func(any, any) bool { n++; return true }); return n }
	if count(&won) != 1 || count(&lost) != 7 {
		t.Errorf("%d won and %d lost", count(&won), count(&lost))
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".headstart-new-*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}
