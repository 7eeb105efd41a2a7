package planner

import (
	"context"
	"fmt"

	"github.com/headstart-scaler/headstart/store"
)

// sound returns the current version, and an error where the store has lost what
// it had when it was last looked at, such as a Redis that came back empty.
// Nothing may be changed then: what is in force would not become it.
func (p *Planner) sound(ctx context.Context) (store.Version, error) {
	seen := p.Status() // before the store is asked: it only grows
	v, err := p.store.Current(ctx)
	if err != nil {
		return store.Version{}, err
	}
	if err := seen.follows(v); err != nil {
		return store.Version{}, err
	}
	if seen.newest == 0 {
		return v, nil
	}
	newest, err := p.store.Overrides(ctx, 0, 1)
	switch {
	case err != nil:
		return store.Version{}, err
	case len(newest) == 0 || newest[0].ID < seen.newest:
		return store.Version{}, fmt.Errorf("%w: override %d, which was read, is not there any more: %s", store.ErrCorrupt, seen.newest, wayOut)
	default:
		return v, nil
	}
}

// follows refuses a version that cannot come after the one in force: versions
// only grow.
func (s Status) follows(v store.Version) error {
	switch {
	case v.Number < s.Version.Number:
		return fmt.Errorf("%w: it has version %d, and version %d was in force: %s", store.ErrCorrupt, v.Number, s.Version.Number, wayOut)
	case v.Number == s.Version.Number && v.Hash != s.Version.Hash:
		return fmt.Errorf("%w: its version %d is not the one that was in force: %s", store.ErrCorrupt, v.Number, wayOut)
	default:
		return nil
	}
}

// wayOut is what to do with a store that has lost what it had.
const wayOut = "restore it from a backup, or restart Headstart to go on with what it has"
