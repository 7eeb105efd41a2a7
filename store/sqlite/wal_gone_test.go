package sqlite_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/store"
	"github.com/headstart-scaler/headstart/store/sqlite"
	"github.com/headstart-scaler/headstart/store/storetest"
)

// What is written to a WAL that was removed is lost when the process is killed,
// and two processes whose shared memory is not the same write over one another:
// nothing is acknowledged then, and what the error says to do loses nothing.
func TestWhatIsBesideTheFileAndGoneIsNoticed(t *testing.T) {
	for name, c := range map[string]struct {
		end     string
		instead func(t *testing.T, path string)
	}{
		"a WAL removed":            {"-wal", func(*testing.T, string) {}},
		"a WAL replaced":           {"-wal", func(t *testing.T, path string) { must(t, os.WriteFile(path, nil, 0o600)) }},
		"a WAL with its own text":  {"-wal", copied},
		"the shared memory":        {"-shm", func(*testing.T, string) {}},
		"the shared memory, other": {"-shm", copied},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "headstart.db")
			s, err := sqlite.Open(t.Context(), path, sqlite.Options{})
			must(t, err)
			first := storetest.Proposal(0, "one")
			first.Key = store.Key{Value: "k", Request: store.Sum([]byte("k"))}
			if _, err := s.Apply(t.Context(), first); err != nil {
				t.Fatal(err)
			}
			says := path + c.end + " was removed or replaced while Headstart ran: put it back; or"
			must(t, os.Rename(path+c.end, path+c.end+".away"))
			c.instead(t, path+c.end)
			refusesAll(t, s, says)
			must(t, os.Rename(path+c.end+".away", path+c.end))
			goesOn(t, s)

			must(t, os.Remove(path+c.end))
			refusesAll(t, s, says)
			must(t, s.Close())
			again := open(t, path, sqlite.Options{})
			if v, err := again.Current(t.Context()); err != nil || v.Number != 2 {
				t.Errorf("a restart finds version %d, want 2: %v", v.Number, err)
			}
			storetest.VerifyAll(t, again)
		})
	}
}

// A change during which a file goes may be lost or not: it is in doubt, and not
// undone.
func TestAChangeDuringWhichAFileGoesIsInDoubt(t *testing.T) {
	for _, end := range []string{"", "-wal", "-shm"} {
		path := filepath.Join(t.TempDir(), "headstart.db")
		during := func() {}
		s := open(t, path, sqlite.Options{Now: func() time.Time { during(); return time.Now() }})
		during = func() { must(t, os.Rename(path+end, path+".away")) }
		_, err := s.Apply(t.Context(), storetest.Proposal(0, "one"))
		if !errors.Is(err, store.ErrInDoubt) || errors.Is(err, store.ErrGone) || !strings.Contains(err.Error(), path+end+" was removed") {
			t.Errorf("%s went during a change: %v, want ErrInDoubt with the file", path+end, err)
		}
		must(t, os.Rename(path+".away", path+end))
		if v, err := s.Current(t.Context()); err != nil || v.Number != 1 {
			t.Errorf("version %d when %s is back, want 1: %v", v.Number, path+end, err)
		}
	}
}

// What other programs do to an open file, SQLite and not they, leaves the WAL.
func TestAWALThatIsCutIsTheSame(t *testing.T) {
	path := filepath.Join(t.TempDir(), "headstart.db")
	s := open(t, path, sqlite.Options{})
	for i, statement := range []string{"PRAGMA wal_checkpoint(TRUNCATE)", "PRAGMA wal_checkpoint(RESTART)", "VACUUM", "SELECT count(*) FROM versions"} {
		if _, err := s.Apply(t.Context(), storetest.Proposal(int64(i), statement)); err != nil {
			t.Fatalf("before %s: %v", statement, err)
		}
		other := raw(t, path)
		_, err := other.Exec(statement)
		must(t, err)
		must(t, other.Close())
	}
	if v, err := s.Current(t.Context()); err != nil || v.Number != 4 {
		t.Errorf("version %d, want 4: %v", v.Number, err)
	}
}
