package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/headstart-scaler/headstart/store"
)

// lateStore stands in for a store that does not answer when Headstart starts.
// KEDA's questions matter more than the schedule: everything else goes on, and
// nothing is taken away meanwhile.
type lateStore struct {
	open func(ctx context.Context) (keeper, error)
	log  *slog.Logger

	mu     sync.Mutex
	opened keeper // nil until it answers
	why    error
	there  chan struct{} // closed then
}

// patient reports whether an error of opening a store may go away by itself, or
// by a repair that must not wait for a restart: whatever the configuration alone
// cannot settle. A file of a newer Headstart is none of those.
func patient(err error) bool { return !errors.Is(err, store.ErrNewer) }

func newLateStore(open func(context.Context) (keeper, error), why error, log *slog.Logger) *lateStore {
	log.Error("the store does not answer: going on without, trying again; replicas are not scaled in until the schedule has been read", "error", why)
	return &lateStore{open: open, why: why, log: log, there: make(chan struct{})}
}

const (
	lateRetry = 5 * time.Second
	lateLimit = 30 * time.Second // of one try
)

// run tries until the store is open or ctx ends.
func (l *lateStore) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(lateRetry):
		}
		if l.try(ctx) {
			return
		}
	}
}

func (l *lateStore) try(ctx context.Context) (opened bool) {
	limited, cancel := context.WithTimeout(ctx, lateLimit)
	defer cancel()
	k, err := l.open(limited)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.why = err
		return false
	}
	l.opened = k
	close(l.there)
	l.log.Info("the store is open")
	return true
}

// get returns the store, or why there is none yet.
func (l *lateStore) get() (keeper, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.opened == nil {
		return nil, fmt.Errorf("%w: %w", store.ErrUnavailable, l.why)
	}
	return l.opened, nil
}

// late asks a store that may not be there yet.
func late[T any](l *lateStore, ask func(keeper) (T, error)) (T, error) {
	k, err := l.get()
	if err != nil {
		var none T
		return none, err
	}
	return ask(k)
}

func (l *lateStore) Current(ctx context.Context) (store.Version, error) {
	return late(l, func(k keeper) (store.Version, error) { return k.Current(ctx) })
}

func (l *lateStore) Document(ctx context.Context, number int64) ([]byte, error) {
	return late(l, func(k keeper) ([]byte, error) { return k.Document(ctx, number) })
}

func (l *lateStore) History(ctx context.Context, before int64, limit int) ([]store.Version, error) {
	return late(l, func(k keeper) ([]store.Version, error) { return k.History(ctx, before, limit) })
}

func (l *lateStore) Apply(ctx context.Context, p store.Proposal) (store.Version, error) {
	return late(l, func(k keeper) (store.Version, error) { return k.Apply(ctx, p) })
}

func (l *lateStore) PutOverride(ctx context.Context, o store.Override, key store.Key) (store.Override, error) {
	return late(l, func(k keeper) (store.Override, error) { return k.PutOverride(ctx, o, key) })
}

func (l *lateStore) ExpireOverride(ctx context.Context, x store.Expiry) (store.Override, error) {
	return late(l, func(k keeper) (store.Override, error) { return k.ExpireOverride(ctx, x) })
}

func (l *lateStore) ActiveOverrides(ctx context.Context, at time.Time) ([]store.Override, error) {
	return late(l, func(k keeper) ([]store.Override, error) { return k.ActiveOverrides(ctx, at) })
}

func (l *lateStore) Overrides(ctx context.Context, before int64, limit int) ([]store.Override, error) {
	return late(l, func(k keeper) ([]store.Override, error) { return k.Overrides(ctx, before, limit) })
}

func (l *lateStore) Records(ctx context.Context, after int64, limit int) ([]store.Record, error) {
	return late(l, func(k keeper) ([]store.Record, error) { return k.Records(ctx, after, limit) })
}

func (l *lateStore) Head(ctx context.Context) (store.Checkpoint, error) {
	return late(l, func(k keeper) (store.Checkpoint, error) { return k.Head(ctx) })
}

func (l *lateStore) Remember(ctx context.Context, list []store.Memory) error {
	_, err := late(l, func(k keeper) (struct{}, error) { return struct{}{}, k.Remember(ctx, list) })
	return err
}

func (l *lateStore) Recall(ctx context.Context, keys []string) ([]store.Memory, error) {
	return late(l, func(k keeper) ([]store.Memory, error) { return k.Recall(ctx, keys) })
}

// Watch tells that the store is there, and then what the store tells.
func (l *lateStore) Watch(ctx context.Context) <-chan struct{} {
	news := make(chan struct{}, 1)
	go func() {
		defer close(news)
		select {
		case <-ctx.Done():
			return
		case <-l.there:
		}
		k, err := l.get()
		if err != nil {
			return // it is there
		}
		news <- struct{}{}
		for range k.Watch(ctx) {
			select {
			case news <- struct{}{}:
			default:
			}
		}
	}()
	return news
}

// Close closes the store, if it ever opened.
func (l *lateStore) Close() error {
	if k, err := l.get(); err == nil {
		return k.Close()
	}
	return nil
}
