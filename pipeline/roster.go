package pipeline

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/workload"
)

// roster holds the triggers in use: those the configuration binds and those
// KEDA asked for lately. It is safe for concurrent use.
type roster struct {
	mu       sync.RWMutex
	tracked  map[workload.Trigger]*tracked
	newest   uint64 // serial of the last that joined
	crowds   crowds
	arrivals []*tracked // joined since the tick last took them
	evicted  []*tracked // made way since then
	rejected uint64     // turned away because there was no room
}

// tracked is a trigger in use. But for asked, ledger and the roster's part, it
// is the tick's.
type tracked struct {
	trigger workload.Trigger
	hash    uint64
	serial  uint64
	asked   atomic.Int64 // Unix nanoseconds of the last time KEDA asked

	// The roster's: whether the configuration binds it, and what else speaks
	// for it.
	bound    bool
	standing standing

	policy *decision.Policy // nil when it cannot be decided, for the reason in broken
	broken string
	feeds  []*feed // parallel to the policy's signals
	state  decision.State
	// inherited is what a trigger of the same workload and policy knew when
	// this one arrived.
	inherited *Saved
	entry     *Entry // of the last tick that decided it
	ledger    ledger
}

func newRoster(limit int) *roster {
	return &roster{crowds: newCrowds(limit), tracked: make(map[workload.Trigger]*tracked)}
}

// touch notes that a trigger was asked for. It reports false when the roster
// does not know it. It does not allocate.
func (r *roster) touch(t workload.Trigger, at time.Time) bool {
	r.mu.RLock()
	known := r.tracked[t]
	r.mu.RUnlock()
	if known == nil {
		return false
	}
	known.asked.Store(at.UnixNano())
	return true
}

// join adds a trigger that KEDA asked for or the cluster has, provided it is
// still valid. The error says that there is no room.
func (r *roster) join(t workload.Trigger, at time.Time, s standing, valid func() bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if known := r.tracked[t]; known != nil {
		known.asked.Store(at.UnixNano())
		return nil
	}
	if !valid() {
		return nil // a reload took its policy away meanwhile
	}
	if err := r.admit(t, s, at); err != nil {
		r.rejected++
		return err
	}
	r.add(t, s).asked.Store(at.UnixNano())
	return nil
}

// bind makes exactly these triggers the bound ones.
func (r *roster) bind(bindings []workload.Trigger) {
	for _, known := range r.tracked {
		r.crowds.leave(known)
		known.bound = false
		r.crowds.enter(known)
	}
	for _, t := range bindings {
		known := r.tracked[t]
		if known == nil {
			known = r.add(t, claimed)
		}
		r.crowds.leave(known)
		known.bound = true
	}
}

func (r *roster) add(t workload.Trigger, s standing) *tracked {
	r.newest++
	known := &tracked{trigger: t, hash: hashTrigger(t), serial: r.newest, standing: s}
	r.tracked[t] = known
	r.crowds.enter(known)
	r.arrivals = append(r.arrivals, known)
	return known
}

// changes returns those who joined since it was last called, and those who
// made way.
func (r *roster) changes() (arrived []*tracked, gone map[*tracked]bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	gone = setOf(r.evicted)
	arrived = slices.DeleteFunc(r.arrivals, func(t *tracked) bool { return gone[t] })
	r.arrivals, r.evicted = nil, nil
	return arrived, gone
}

func setOf(list []*tracked) map[*tracked]bool {
	if len(list) == 0 {
		return nil
	}
	set := make(map[*tracked]bool, len(list))
	for _, t := range list {
		set[t] = true
	}
	return set
}

// asked returns the triggers KEDA asked for since oldest, and the serial of
// the newest trigger there is.
func (r *roster) asked(oldest time.Time) (out []workload.Trigger, newest uint64) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for t, known := range r.tracked {
		if known.asked.Load() >= oldest.UnixNano() {
			out = append(out, t)
		}
	}
	return out, r.newest
}

// idle returns those neither bound nor asked for since oldest, and forgets
// them.
func (r *roster) idle(oldest time.Time) map[*tracked]bool {
	var out map[*tracked]bool
	r.mu.Lock()
	defer r.mu.Unlock()
	for t, known := range r.tracked {
		if known.bound || known.asked.Load() >= oldest.UnixNano() {
			continue
		}
		if out == nil {
			out = make(map[*tracked]bool)
		}
		out[known] = true
		delete(r.tracked, t)
		r.crowds.leave(known)
	}
	return out
}

// of returns the triggers of a workload, by any policy when policy is empty.
func (r *roster) of(id workload.ID, policy string) []*tracked {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var out []*tracked
	for t, known := range r.tracked {
		if t.Workload == id && (policy == "" || t.Policy == policy) {
			out = append(out, known)
		}
	}
	return out
}

func (r *roster) turnedAway() uint64 {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.rejected
}
