package sqlite_test

import (
	"context"
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

// asked is all that a store is asked, each once.
func asked(ctx context.Context, s *sqlite.Store) map[string]error {
	all := map[string]error{}
	note := func(name string) func(any, error) { return func(_ any, err error) { all[name] = err } }
	now := time.Now()
	key := store.Key{Value: "k", Request: store.Sum([]byte("k"))}
	repeated := storetest.Proposal(0, "one")
	repeated.Key = key
	note("a repeated change")(s.Apply(ctx, repeated))
	note("a schedule")(s.Apply(ctx, storetest.Proposal(1, "two")))
	note("an override")(s.PutOverride(ctx, storetest.Override(now), store.Key{}))
	note("the end of an override")(s.ExpireOverride(ctx, store.Expiry{ID: 1, By: "ana"}))
	note("a note")(s.Note(ctx, store.Entry{Actor: "ana", Verb: "look", Object: "x"}, store.Key{}))
	note("the current version")(s.Current(ctx))
	note("a document")(s.Document(ctx, 1))
	note("the history")(s.History(ctx, 0, 10))
	note("active overrides")(s.ActiveOverrides(ctx, now))
	note("overrides")(s.Overrides(ctx, 0, 10))
	note("records")(s.Records(ctx, 0, 10))
	note("the head")(s.Head(ctx))
	return all
}

// A file that is no longer where it was opened takes no change that a restart
// would lose; when it is back, nothing has happened to it.
func TestAFileThatIsGoneIsNoticed(t *testing.T) {
	for name, c := range map[string]struct {
		instead func(t *testing.T, path string)
		says    string
	}{
		"removed":                    {func(*testing.T, string) {}, "was removed while Headstart ran: put it back; or stop Headstart"},
		"replaced by a backup":       {func(t *testing.T, path string) { must(t, os.Rename(filled(t), path)) }, "is another file than the one Headstart opened: put that one back; or stop Headstart"},
		"replaced by an empty file":  {func(t *testing.T, path string) { must(t, os.WriteFile(path, nil, 0o600)) }, "is another file"},
		"replaced with its own text": {copied, "is another file"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "headstart.db")
			s := open(t, path, sqlite.Options{})
			first := storetest.Proposal(0, "one")
			first.Key = store.Key{Value: "k", Request: store.Sum([]byte("k"))}
			if _, err := s.Apply(t.Context(), first); err != nil {
				t.Fatal(err)
			}
			must(t, os.Rename(path, path+".away"))
			c.instead(t, path)
			before := bytesOf(t, path)
			refusesAll(t, s, path+" "+c.says)
			if after := bytesOf(t, path); after != before {
				t.Errorf("what stands in its place was changed: %d bytes, were %d", len(after), len(before))
			}
			must(t, os.Rename(path+".away", path))
			goesOn(t, s)
		})
	}
}

func refusesAll(t *testing.T, s *sqlite.Store, says string) {
	t.Helper()
	for what, err := range asked(t.Context(), s) {
		if !errors.Is(err, store.ErrGone) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want ErrGone with the file and what to do", what, err)
		}
	}
}

// goesOn makes a second version, and nothing before that was made.
func goesOn(t *testing.T, s *sqlite.Store) {
	t.Helper()
	if v, err := s.Apply(t.Context(), storetest.Proposal(1, "three")); err != nil || v.Number != 2 {
		t.Errorf("version %d when it is back, want 2: %v", v.Number, err)
	}
	if records, err := s.Records(t.Context(), 0, 10); err != nil || len(records) != 2 {
		t.Errorf("%d records when it is back, want those of 2 versions: %v", len(records), err)
	}
}

// copied puts a copy of the file that was moved away in its place.
func copied(t *testing.T, path string) {
	t.Helper()
	must(t, os.WriteFile(path, []byte(bytesOf(t, path+".away")), 0o600))
}

// bytesOf is what a file has, "none" where there is none.
func bytesOf(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return "none"
	}
	must(t, err)
	return string(data)
}

// Whoever watches is told when the file goes, and when it is back.
func TestAWatchTellsThatTheFileIsGone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "headstart.db")
	s := open(t, path, sqlite.Options{})
	news := s.Watch(t.Context())
	quiet := func() {
		for {
			select {
			case <-news:
			case <-time.After(time.Second):
				return
			}
		}
	}
	for _, move := range [][2]string{{path, path + ".away"}, {path + ".away", path}} {
		quiet()
		must(t, os.Rename(move[0], move[1]))
		select {
		case <-news:
		case <-time.After(10 * time.Second):
			t.Errorf("nothing is told of %s moved to %s", move[0], move[1])
		}
	}
}

// What the error says to do with a file in place of the first does it: the WAL
// that is left belongs to the first one.
func TestAfterARestartTheFileThatIsThereCounts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "headstart.db")
	s, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	must(t, err)
	for i := range int64(3) {
		if _, err := s.Apply(t.Context(), storetest.Proposal(i, "lost")); err != nil {
			t.Error(err)
		}
	}
	must(t, os.Rename(filled(t), path))
	must(t, s.Close())
	must(t, os.Rename(path+"-wal", path+"-wal.away"))
	again := open(t, path, sqlite.Options{})
	if v, err := again.Current(t.Context()); err != nil || v.Number != 20 {
		t.Errorf("version %d, want the 20 of the file that is there: %v", v.Number, err)
	}
}
