package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/store"
	"github.com/headstart-scaler/headstart/store/storetest"
)

// Each file in testdata was written by a program that knew no newer version, by
//
//	HEADSTART_WRITE_TESTDATA=1 go test -run TestOldFiles ./store/sqlite
//
// when its version was the newest. Opened by this program it says the same, and
// more can be added.
func TestOldFiles(t *testing.T) {
	if os.Getenv("HEADSTART_WRITE_TESTDATA") != "" {
		writeOldFile(t)
	}
	for version := 1; version <= len(schema()); version++ {
		name := filepath.Join("testdata", "v"+string(rune('0'+version))+".db")
		data, err := os.ReadFile(name)
		if err != nil {
			t.Errorf("version %d has no file to upgrade: %v", version, err)
			continue
		}
		path := filepath.Join(t.TempDir(), "old.db")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		checkOldFile(t, path, version)
	}
}

func writeOldFile(t *testing.T) {
	t.Helper()
	clock := storetest.NewClock()
	s, err := Open(t.Context(), fmt.Sprintf("testdata/v%d.db", len(schema())), Options{Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	p := storetest.Proposal(0, "one")
	p.Key = storetest.Key("k", "one")
	if _, err := s.Apply(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	if _, err := s.PutOverride(t.Context(), storetest.Override(clock.Now()), store.Key{}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.ExpireOverride(t.Context(), store.Expiry{ID: 1, By: "lea", Reason: "it rained"}); err != nil {
		t.Fatal(err)
	}
	if err := s.Remember(t.Context(), []store.Memory{oldMemory(clock.Now())}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func oldMemory(at time.Time) store.Memory { return storetest.Memory("old", at, []byte("learned")) }

// sinceMemories is the first version that has them.
const sinceMemories = 2

func checkOldFile(t *testing.T, path string, version int) {
	t.Helper()
	s, err := Open(t.Context(), path, Options{Now: storetest.NewClock().Now})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	storetest.VerifyAll(t, s)
	head, err := s.Head(t.Context())
	if err != nil || head.Seq != 3 || head.Hash.String() != oldHead {
		t.Errorf("head %+v, %v", head, err)
	}
	p := storetest.Proposal(0, "one")
	p.Key = storetest.Key("k", "one")
	v, err := s.Apply(t.Context(), p) // its answer was kept
	if err != nil || v.Number != 1 || v.Author != "mia@example.com" {
		t.Errorf("version %+v, %v", v, err)
	}
	if o, err := s.Overrides(t.Context(), 0, 0); err != nil || len(o) != 1 || o[0].ExpireReason != "it rained" {
		t.Errorf("overrides %+v, %v", o, err)
	}
	if _, err := s.Apply(t.Context(), storetest.Proposal(1, "two")); err != nil {
		t.Error(err)
	}
	checkOldMemory(t, s, version)
	storetest.VerifyAll(t, s)
}

func checkOldMemory(t *testing.T, s *Store, version int) {
	t.Helper()
	at := storetest.NewClock().Now()
	old, err := s.Recall(t.Context(), []string{"old"})
	if want := version >= sinceMemories; err != nil || (len(old) == 1) != want || want && !reflect.DeepEqual(old[0], oldMemory(at)) {
		t.Errorf("version %d remembers %v, %v", version, old, err)
	}
	more := storetest.Memory("more", at, []byte("x"))
	if err := s.Remember(t.Context(), []store.Memory{more}); err != nil {
		t.Error(err)
	}
	if got, err := s.Recall(t.Context(), []string{"more"}); err != nil || len(got) != 1 {
		t.Errorf("version %d recalls %v, %v", version, got, err)
	}
}

// oldHead is the hash of the last record in all of testdata.
const oldHead = "b7c1d381d727250d3319e3830dbbb210d8c076d22b9cec2c02a68772b001bd24"

func version1(t *testing.T) (string, *sql.DB) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	db := connect(path, time.Second, "_txlock=immediate")
	t.Cleanup(func() { db.Close() })
	if err := migrate(t.Context(), db, schema()[:1]); err != nil {
		t.Fatal(err)
	}
	return path, db
}

func fileVersion(t *testing.T, db *sql.DB) (version int) {
	t.Helper()
	if err := db.QueryRow("PRAGMA user_version").Scan(&version); err != nil {
		t.Fatal(err)
	}
	return version
}

// A step that fails in its middle leaves the version before it, whole.
func TestAStepIsTakenWholeOrNotAtAll(t *testing.T) {
	path, db := version1(t)
	good, bad := "CREATE TABLE more (x) STRICT", "CREATE TABLE half (x); INSERT INTO nowhere VALUES (1)"
	steps := append(schema()[:1:1], strings.Replace(good, "(x)", "(x TEXT)", 1), bad)
	if err := migrate(t.Context(), db, steps); err == nil {
		t.Fatal("the bad step was taken")
	}
	if v := fileVersion(t, db); v != 2 {
		t.Errorf("version %d, want 2", v)
	}
	var tables int
	if err := db.QueryRow("SELECT count(*) FROM sqlite_schema WHERE name IN ('more', 'half')").Scan(&tables); err != nil || tables != 1 {
		t.Errorf("%d tables, %v, want the one of step 2", tables, err)
	}
	if err := migrate(t.Context(), db, steps[:1]); err == nil || !strings.Contains(err.Error(), "version 2, this program knows 1") {
		t.Errorf("a newer file: %v", err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

// Two processes that are updated at once take each step once.
func TestStepsAreTakenOnce(t *testing.T) {
	path, _ := version1(t)
	steps := schema()[:1:1]
	for range 20 {
		steps = append(steps, "CREATE TABLE IF NOT EXISTS counted (x INTEGER) STRICT; INSERT INTO counted VALUES (1)")
	}
	var all sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		all.Go(func() {
			db := connect(path, 5*time.Second, "_txlock=immediate")
			defer db.Close()
			errs[i] = migrate(context.Background(), db, steps)
		})
	}
	all.Wait()
	if i := slices.IndexFunc(errs, func(err error) bool { return err != nil }); i >= 0 {
		t.Error(errs[i])
	}
	db := connect(path, time.Second, "")
	defer db.Close()
	var taken int
	if err := db.QueryRow("SELECT count(*) FROM counted").Scan(&taken); err != nil || taken != 20 {
		t.Errorf("%d steps taken, %v, want 20", taken, err)
	}
}
