package scenario

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
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

// AgreesOn waits until Headstart's answer, the HPA's and the target's replicas
// are all that number.
func (w *Workload) AgreesOn(replicas int, within time.Duration) {
	w.s.t.Helper()
	rig.Eventually(w.s.t, within, func() error {
		e, err := w.s.Headstart.Decision(w.s.t.Context(), w.ID())
		if err != nil {
			return err
		}
		state := w.State()
		if e.Replicas != replicas || state.Desired != strconv.Itoa(replicas) || state.Asked != replicas {
			return fmt.Errorf("%s: Headstart answers %d, the HPA wants %s, asked for are %d; want %d of all", w.ID(), e.Replicas, state.Desired, state.Asked, replicas)
		}
		return nil
	})
}

// FollowedTheAnswer fails the test if spec.replicas became anything since the
// mark that Headstart did not answer just before.
func (w *Workload) FollowedTheAnswer(since time.Duration) {
	w.s.t.Helper()
	for _, c := range w.Changes(since) {
		if _, err := w.LedTo(c); err != nil {
			w.s.t.Error(err)
		}
	}
}

// LedTo returns the decision whose answer a change carried out.
func (w *Workload) LedTo(c Change) (rig.Explanation, error) {
	// From the answer to the change as watched: KEDA, the HPA and the API
	// server. A newer decision may have come meanwhile.
	var answers []int
	for _, before := range []time.Duration{0, 250 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second} {
		at := w.s.begin.Add(c.At - before)
		e, err := w.s.Headstart.Explain(w.ID(), "--at", at.Format(time.RFC3339Nano))
		if err != nil {
			return e, fmt.Errorf("find what led to %s of %s: %w", c, w.ID(), err)
		}
		if e.Replicas == c.To {
			return e, nil
		}
		answers = append(answers, e.Replicas)
	}
	return rig.Explanation{}, fmt.Errorf("%s went %s after %s, and Headstart answered %v just before", w.ID(), c, c.At.Round(time.Second), answers)
}

// Answers waits until Headstart answers as the check wants it, by its API and
// then by `headstart explain` too.
func (w *Workload) Answers(within time.Duration, check func(rig.Explanation) error) {
	w.s.t.Helper()
	rig.Eventually(w.s.t, within, func() error {
		e, err := w.s.Headstart.Decision(w.s.t.Context(), w.ID())
		if err = errors.Join(err, check(e)); err != nil {
			return err
		}
		e, err = w.s.Headstart.Explain(w.ID())
		return errors.Join(err, check(e))
	})
}
