package bell_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/headstart-scaler/headstart/store/internal/bell"
)

// wait is a look that ends with its context.
func wait(ctx context.Context) { <-ctx.Done() }

func rang(ring <-chan struct{}) bool {
	select {
	case _, open := <-ring:
		return open
	default:
		return false
	}
}

func TestEveryListenerIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := bell.New(wait)
		defer b.Close()
		b.Ring() // nobody listens
		one, other := b.Listen(t.Context()), b.Listen(t.Context())
		if rang(one) {
			t.Error("told of what was before")
		}
		b.Ring()
		b.Ring()
		for name, ring := range map[string]<-chan struct{}{"one": one, "other": other} {
			if !rang(ring) || rang(ring) {
				t.Errorf("%s was not told exactly once", name)
			}
		}
		b.Ring()
		if !rang(one) {
			t.Error("not told again")
		}
	})
}

func TestListeningEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		looks := 0
		b := bell.New(func(ctx context.Context) {
			looks++
			<-ctx.Done()
			looks--
		})
		first, cancel := context.WithCancel(t.Context())
		mine, other := b.Listen(first), b.Listen(t.Context())
		synctest.Wait()
		if looks != 1 {
			t.Errorf("%d look, want one for all", looks)
		}
		cancel()
		synctest.Wait()
		if _, open := <-mine; open {
			t.Error("goes on after its context")
		}
		b.Ring()
		if !rang(other) || looks != 1 {
			t.Errorf("the other one is not told, or nobody looks any more (%d)", looks)
		}
		b.Close()
		b.Close()
		if _, open := <-other; open || looks != 0 {
			t.Errorf("goes on after Close, %d look", looks)
		}
		if _, open := <-b.Listen(t.Context()); open {
			t.Error("begins after Close")
		}
		b.Ring()
	})
}
