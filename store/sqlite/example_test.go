package sqlite_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/headstart-scaler/headstart/store"
	"github.com/headstart-scaler/headstart/store/sqlite"
)

// A schedule is applied; the audit log says so, and a checkpoint of it is kept
// elsewhere.
func ExampleOpen() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder
	ctx := context.Background()
	clock := func() time.Time { return time.Date(2027, time.March, 4, 9, 0, 0, 0, time.UTC) }
	s, err := sqlite.Open(ctx, filepath.Join(dir, "headstart.db"), sqlite.Options{Now: clock})
	if err != nil {
		panic(err)
	}
	defer s.Close()
	current, err := s.Current(ctx)
	if err != nil {
		panic(err)
	}
	v, err := s.Apply(ctx, store.Proposal{
		Expected: current.Number, Document: []byte(`{"events":[]}`), Author: "mia", Reason: "spring", Origin: "spring.xlsx",
	})
	if err != nil {
		panic(err)
	}
	fmt.Println("version", v.Number, "at", v.At.Format(time.RFC3339))

	checkpoint, err := s.Head(ctx)
	if err != nil {
		panic(err)
	}
	log := store.AllRecords(0, func(after int64, limit int) ([]store.Record, error) { return s.Records(ctx, after, limit) })
	for r, err := range log {
		fmt.Println(r.Seq, r.Actor, r.Verb, r.Object, err)
	}
	fmt.Println("verified:", store.Verify(log, []store.Checkpoint{checkpoint}))
	// Output:
	// version 1 at 2027-03-04T09:00:00Z
	// 1 mia schedule.apply schedule/1 <nil>
	// verified: <nil>
}
