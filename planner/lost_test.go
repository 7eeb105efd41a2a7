package planner_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/planner"
	"github.com/headstart-scaler/headstart/store"
)

// away answers nothing, then with another store's data, as a server does that
// was killed and came back without its own.
type away struct {
	planner.Store
	mu      sync.Mutex
	instead planner.Store // nil while it does not answer
	gone    bool
}

var errAway = errors.New("connection refused")

func (a *away) set(gone bool, instead planner.Store) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.gone, a.instead = gone, instead
}

func (a *away) now() (planner.Store, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case !a.gone:
		return a.Store, nil
	case a.instead == nil:
		return nil, errAway
	default:
		return a.instead, nil
	}
}

func (a *away) Current(ctx context.Context) (store.Version, error) {
	s, err := a.now()
	if err != nil {
		return store.Version{}, err
	}
	return s.Current(ctx)
}

func (a *away) Overrides(ctx context.Context, before int64, limit int) ([]store.Override, error) {
	s, err := a.now()
	if err != nil {
		return nil, err
	}
	return s.Overrides(ctx, before, limit)
}

func (a *away) ActiveOverrides(ctx context.Context, at time.Time) ([]store.Override, error) {
	s, err := a.now()
	if err != nil {
		return nil, err
	}
	return s.ActiveOverrides(ctx, at)
}

func (a *away) PutOverride(ctx context.Context, o store.Override, k store.Key) (store.Override, error) {
	s, err := a.now()
	if err != nil {
		return store.Override{}, err
	}
	return s.PutOverride(ctx, o, k)
}

func (a *away) ExpireOverride(ctx context.Context, x store.Expiry) (store.Override, error) {
	s, err := a.now()
	if err != nil {
		return store.Override{}, err
	}
	return s.ExpireOverride(ctx, x)
}

func (a *away) Apply(ctx context.Context, x store.Proposal) (store.Version, error) {
	s, err := a.now()
	if err != nil {
		return store.Version{}, err
	}
	return s.Apply(ctx, x)
}

// lines is a log that can be read while it is written.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

var held = store.Override{Workload: "shop/api", Kind: store.Floor, Replicas: 33, Author: "ana", Reason: "test"}

// A store that comes back without what it had takes no change, be it the
// schedule that is gone or overrides alone, and the log says why.
func TestAStoreThatCameBackEmptyTakesNoChange(t *testing.T) {
	for name, before := range map[string]func(*testing.T, *planner.Planner){
		"a schedule": func(t *testing.T, p *planner.Planner) { imported(t, p, upload(two)) },
		"an override": func(t *testing.T, p *planner.Planner) {
			if _, err := p.Create(t.Context(), held, time.Hour, ""); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			var log lines
			s := &away{Store: open(t)}
			p, f := run(t, planner.Options{Store: s, Logger: slog.New(slog.NewTextHandler(&log, nil))})
			before(t, p)
			f.eventually(t, "what was ordered", func(plan planner.Plan) bool { return plan.Version == "1" || len(plan.Overrides) == 1 })
			had, _ := f.last()
			s.set(true, nil)
			looks(t, p, "connection refused")
			s.set(true, open(t))
			looks(t, p, "restart Headstart to go on with what it has")

			refused(t, p)
			if now, _ := f.last(); now.Version != had.Version || len(now.Overrides) != len(had.Overrides) {
				t.Errorf("in force is version %s with overrides of %d workloads, was %s with %d", now.Version, len(now.Overrides), had.Version, len(had.Overrides))
			}
			if said := log.String(); strings.Count(said, "changes are refused") != 1 {
				t.Errorf("the log does not say once that changes are refused: %s", said)
			}
			s.set(false, nil)
			looks(t, p, "")
			if _, err := p.Create(t.Context(), held, time.Hour, ""); err != nil {
				t.Errorf("when it is back: %v", err)
			}
		})
	}
}

// looks waits for the planner's look at the store to find an error, or none.
func looks(t *testing.T, p *planner.Planner, what string) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		found := p.Status().Error
		if strings.Contains(found, what) && (what != "" || found == "") {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the status is %q, want %q", found, what)
		}
		p.Pin(p.Pinned()) // any look
	}
}

// refused asks for all that people may change, each once.
func refused(t *testing.T, p *planner.Planner) {
	t.Helper()
	all := map[string]error{}
	_, all["an override"] = p.Create(t.Context(), held, time.Hour, "")
	_, all["the end of an override"] = p.Expire(t.Context(), 1, planner.Person{Author: "ana", Reason: "over"})
	_, all["an import"] = p.Import(t.Context(), upload(two))
	_, all["a rollback"] = p.Rollback(t.Context(), planner.Rollback{To: 1, By: planner.Person{Author: "ana"}})
	for what, err := range all {
		if !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("%s: %v, want what is wrong with the store", what, err)
		}
	}
}
