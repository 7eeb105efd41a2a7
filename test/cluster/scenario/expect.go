package scenario

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/headstart-scaler/headstart/test/rig"
)

// Mark is an instant of a scenario that later expectations count from.
func (s *Scenario) Mark() time.Duration { return s.elapsed() }

// Reaches waits until the target has the replicas asked for, and returns how
// long that took.
func (w *Workload) Reaches(replicas int, within time.Duration) time.Duration {
	w.s.t.Helper()
	return w.until(within, func(s State) error {
		if s.Asked != replicas {
			return fmt.Errorf("%s has %d replicas, want %d", w.ID(), s.Asked, replicas)
		}
		return nil
	})
}

// IsReady waits until that many pods are Ready and no others are asked for.
func (w *Workload) IsReady(replicas int, within time.Duration) time.Duration {
	w.s.t.Helper()
	return w.until(within, func(s State) error {
		if s.Ready != replicas || s.Asked != replicas {
			return fmt.Errorf("%s has %d of %d replicas Ready, want %d", w.ID(), s.Ready, s.Asked, replicas)
		}
		return nil
	})
}

func (w *Workload) until(within time.Duration, check func(State) error) time.Duration {
	w.s.t.Helper()
	begin := time.Now()
	rig.Eventually(w.s.t, within, func() error {
		w.mu.Lock()
		state, seen := w.state, w.seen
		w.mu.Unlock()
		if !seen {
			return fmt.Errorf("%s has not been seen yet", w.ID())
		}
		return check(state)
	})
	return time.Since(begin)
}

// Went fails the test unless spec.replicas changed exactly so since the mark.
func (w *Workload) Went(since time.Duration, steps ...string) {
	w.s.t.Helper()
	var got []string
	for _, c := range w.Changes(since) {
		got = append(got, c.String())
	}
	if !slices.Equal(got, steps) {
		w.s.t.Errorf("%s went %q, want %q", w.ID(), got, steps)
	}
}

// NeverFell fails the test if spec.replicas went down since the mark.
func (w *Workload) NeverFell(since time.Duration) {
	w.s.t.Helper()
	for _, c := range w.Changes(since) {
		if c.To < c.From {
			w.s.t.Errorf("%s went %s after %s", w.ID(), c, c.At.Round(time.Second))
		}
	}
}

// Keeps watches for a while that spec.replicas stays what it is.
func (w *Workload) Keeps(replicas int, while time.Duration) {
	w.s.t.Helper()
	rig.Always(w.s.t, while, func() error {
		if got := w.State().Asked; got != replicas {
			return fmt.Errorf("%s has %d replicas, want %d all the time", w.ID(), got, replicas)
		}
		return nil
	})
}

// Answers waits until Headstart answers as the check wants it.
func (w *Workload) Answers(within time.Duration, check func(rig.Explanation) error) {
	w.s.t.Helper()
	rig.Eventually(w.s.t, within, func() error {
		e, err := w.s.Headstart.Explain(w.ID())
		return errors.Join(err, check(e))
	})
}
