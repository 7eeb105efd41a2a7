// Package storetest is the contract of a store: what package store promises,
// tried on an adapter. Each adapter's tests run it against the real thing.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/store"
)

// Store is all that an adapter does.
type Store interface {
	schedules
	running
	lasting
}

type running interface {
	overrides
	memories
}

type memories interface {
	Remember(ctx context.Context, list []store.Memory) error
	Recall(ctx context.Context, keys []string) ([]store.Memory, error)
}

type schedules interface {
	proposals
	versions
}

type overrides interface {
	decisions
	lists
}

type lasting interface {
	audit
	watch
	Close() error
}

type proposals interface {
	Apply(ctx context.Context, p store.Proposal) (store.Version, error)
}

type versions interface {
	Current(ctx context.Context) (store.Version, error)
	Document(ctx context.Context, number int64) ([]byte, error)
	History(ctx context.Context, before int64, limit int) ([]store.Version, error)
}

type decisions interface {
	PutOverride(ctx context.Context, o store.Override, k store.Key) (store.Override, error)
	ExpireOverride(ctx context.Context, x store.Expiry) (store.Override, error)
}

type lists interface {
	ActiveOverrides(ctx context.Context, at time.Time) ([]store.Override, error)
	Overrides(ctx context.Context, before int64, limit int) ([]store.Override, error)
}

type audit interface {
	Note(ctx context.Context, e store.Entry, k store.Key) (store.Record, error)
	Records(ctx context.Context, after int64, limit int) ([]store.Record, error)
	Head(ctx context.Context) (store.Checkpoint, error)
}

type watch interface {
	Watch(ctx context.Context) <-chan struct{}
	Findings() []store.Finding
}

// Place is where a store keeps what it keeps. Each call opens the same place
// anew, as another process would, and closes it when the test ends.
type Place func(t *testing.T, now func() time.Time) Store

// Run tries a store. Each call of place gives a new, empty one.
func Run(t *testing.T, place func(t *testing.T) Place) {
	for _, c := range []struct {
		name string
		try  func(*testing.T, Place)
	}{
		{"empty", tryEmpty},
		{"apply", tryApply},
		{"conflict", tryConflict},
		{"one of many wins", tryManyApply},
		{"rollback", tryRollback},
		{"invalid proposals", tryInvalidProposals},
		{"keys", tryKeys},
		{"key of another request", tryKeyReused},
		{"key of a refused request", tryKeyOfRefused},
		{"key used at once by many", tryKeyByMany},
		{"keys are kept for a day", tryKeyLife},
		{"overrides", tryOverrides},
		{"overrides at an instant", tryActive},
		{"overrides that are refused", tryOverrideRefused},
		{"expiry by many", tryExpireByMany},
		{"audit", tryAudit},
		{"audit by many", tryAuditByMany},
		{"paging", tryPaging},
		{"more than a page", tryMoreThanAPage},
		{"watch", tryWatch},
		{"watch ends", tryWatchEnds},
		{"memories", tryMemories},
		{"memories are forgotten", tryForgetting},
		{"memories that are refused", tryMemoriesRefused},
		{"memories are nobody's", tryMemoriesUntold},
		{"memories by many", tryMemoriesByMany},
		{"clock", tryClock},
		{"every letter", tryUnicode},
		{"large documents", tryLarge},
		{"cancelled", tryCancelled},
		{"closed", tryClosed},
	} {
		t.Run(c.name, func(t *testing.T) { c.try(t, place(t)) })
	}
}

// Clock is a clock that a test sets.
type Clock struct {
	mu sync.Mutex
	at time.Time
}

// NewClock begins on a day in 2027, at a nanosecond that a float would lose.
func NewClock() *Clock {
	return &Clock{at: time.Date(2027, time.March, 4, 5, 6, 7, 123456789, time.UTC)}
}

// Now is the time that was set.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// Move moves the clock, and returns its time.
func (c *Clock) Move(by time.Duration) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(by)
	return c.at
}

// Proposal is a valid proposal, based on a version.
func Proposal(expected int64, document string) store.Proposal {
	return store.Proposal{
		Expected: expected, Document: []byte(document), Events: len(document),
		Author: "mia@example.com", Reason: "spring", Origin: "spring.xlsx", FileSHA256: store.Sum([]byte("file of " + document)),
	}
}

// Override is a valid override of an hour.
func Override(start time.Time) store.Override {
	return store.Override{
		Workload: "demo/deposits", Kind: store.Floor, Replicas: 12,
		Start: start, End: start.Add(time.Hour), Author: "oncall", Reason: "a derby nobody told us of",
	}
}

// Key is a key for a request.
func Key(value, request string) store.Key {
	return store.Key{Value: value, Request: store.Sum([]byte(request))}
}

// VerifyAll fails unless the whole audit log verifies, against its head, too,
// and what it says of versions and overrides is what they are.
func VerifyAll(t *testing.T, s Store) {
	t.Helper()
	ctx := t.Context()
	head := must(s.Head(ctx))(t)
	read := store.AllRecords(0, func(after int64, limit int) ([]store.Record, error) { return s.Records(ctx, after, limit) })
	if err := store.Verify(read, []store.Checkpoint{head}); err != nil {
		t.Error(err)
	}
	said := make(map[string]store.Digest) // by object, the last
	for r, err := range read {
		if err != nil {
			t.Fatal(err)
		}
		if r.Before != said[r.Object] && strings.HasPrefix(r.Object, "override/") {
			t.Errorf("record %d: before is %s, want what the last one about %s said", r.Seq, r.Before, r.Object)
		}
		said[r.Object] = r.After
	}
	for v := range Versions(t, s) {
		if got := said[fmt.Sprintf("schedule/%d", v.Number)]; got != v.Digest() {
			t.Errorf("version %d is not what the audit log says", v.Number)
		}
	}
	for o := range Overrides(t, s) {
		if got := said[fmt.Sprintf("override/%d %s", o.ID, o.Workload)]; got != o.Digest() {
			t.Errorf("override %d is not what the audit log says", o.ID)
		}
	}
}

// Versions yields all versions, newest first.
func Versions(t *testing.T, s Store) func(func(store.Version) bool) {
	return pages(t, func(before int64) ([]store.Version, error) { return s.History(t.Context(), before, 0) },
		func(v store.Version) int64 { return v.Number })
}

// Overrides yields all overrides, newest first.
func Overrides(t *testing.T, s Store) func(func(store.Override) bool) {
	return pages(t, func(before int64) ([]store.Override, error) { return s.Overrides(t.Context(), before, 0) },
		func(o store.Override) int64 { return o.ID })
}

func pages[T any](t *testing.T, read func(int64) ([]T, error), number func(T) int64) func(func(T) bool) {
	return func(yield func(T) bool) {
		for before := int64(0); before != 1; {
			page := must(read(before))(t)
			for _, one := range page {
				if before = number(one); !yield(one) {
					return
				}
			}
			if len(page) == 0 {
				return
			}
		}
	}
}

// must is the value of a call that must succeed.
func must[T any](value T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func wantErr(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("got error %v, want %v", err, want)
	}
}

func wantEqual[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}

// unchanged fails when a change left a trace: a version, an override or a
// record.
func unchanged(t *testing.T, s Store) func() {
	t.Helper()
	look := func() (store.Checkpoint, []store.Version, []store.Override) {
		return must(s.Head(t.Context()))(t), slices.Collect(Versions(t, s)), slices.Collect(Overrides(t, s))
	}
	head, versions, list := look()
	return func() {
		t.Helper()
		headNow, versionsNow, listNow := look()
		wantEqual(t, "head", headNow, head)
		wantEqual(t, "versions", versionsNow, versions)
		wantEqual(t, "overrides", listNow, list)
	}
}
