package planner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/headstart-scaler/headstart/store"
)

// ErrNoStore means that there is nowhere to keep it: the configuration names
// no store.
var ErrNoStore = errors.New("this Headstart keeps no schedule: add spec.store to its Server document, such as store: {sqlite: {file: headstart.db}}")

// RemovesManyError refuses a change that removes much of the schedule, unless
// it is asked for.
type RemovesManyError struct{ Removed, Of int }

func (e RemovesManyError) Error() string {
	return fmt.Sprintf("%d of %d events would be removed: say that many may be removed (--remove-many), if that is meant", e.Removed, e.Of)
}

// nowhere is the store of a Headstart that has none.
type nowhere struct{}

func (nowhere) Current(context.Context) (store.Version, error) { return store.Version{}, nil }

func (nowhere) Document(context.Context, int64) ([]byte, error) { return nil, ErrNoStore }

func (nowhere) History(context.Context, int64, int) ([]store.Version, error) { return nil, nil }

func (nowhere) Apply(context.Context, store.Proposal) (store.Version, error) {
	return store.Version{}, ErrNoStore
}

func (nowhere) PutOverride(context.Context, store.Override, store.Key) (store.Override, error) {
	return store.Override{}, ErrNoStore
}

func (nowhere) ExpireOverride(context.Context, store.Expiry) (store.Override, error) {
	return store.Override{}, ErrNoStore
}

func (nowhere) ActiveOverrides(context.Context, time.Time) ([]store.Override, error) { return nil, nil }

func (nowhere) Overrides(context.Context, int64, int) ([]store.Override, error) { return nil, nil }

func (nowhere) Watch(context.Context) <-chan struct{} { return nil }
