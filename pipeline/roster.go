package pipeline

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/workload"
)

// roster holds the triggers in use: those the configuration binds and those
// KEDA asked for lately. It is safe for concurrent use.
type roster struct {
	limit int // beyond which only bound triggers join

	mu       sync.RWMutex
	tracked  map[workload.Trigger]*tracked
	newest   uint64     // serial of the last that joined
	arrivals []*tracked // joined since the tick last took them
	rejected uint64     // turned away because the roster was full
}

// tracked is a trigger in use. But for asked and ledger, it is the tick's.
type tracked struct {
	trigger workload.Trigger
	hash    uint64
	serial  uint64
	bound   bool
	asked   atomic.Int64 // Unix nanoseconds of the last time KEDA asked

	policy *decision.Policy // nil when it cannot be decided, for the reason in broken
	broken string
	feeds  []*feed // parallel to the policy's signals
	state  decision.State
	entry  *Entry // of the last tick that decided it
	ledger ledger
}

func newRoster(limit int) *roster {
	return &roster{limit: limit, tracked: make(map[workload.Trigger]*tracked)}
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

// join adds a trigger KEDA asked for, provided that still holds. It reports
// false when the roster is full.
func (r *roster) join(t workload.Trigger, at time.Time, valid func() bool) (joined bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if known := r.tracked[t]; known != nil {
		known.asked.Store(at.UnixNano())
		return true
	}
	if !valid() {
		return true // a reload took its policy away meanwhile
	}
	if len(r.tracked) >= r.limit {
		r.rejected++
		return false
	}
	r.add(t).asked.Store(at.UnixNano())
	return true
}

// bind makes exactly these triggers the bound ones.
func (r *roster) bind(bindings []workload.Trigger) {
	for _, known := range r.tracked {
		known.bound = false
	}
	for _, t := range bindings {
		known := r.tracked[t]
		if known == nil {
			known = r.add(t)
		}
		known.bound = true
	}
}

func (r *roster) add(t workload.Trigger) *tracked {
	r.newest++
	known := &tracked{trigger: t, hash: hashTrigger(t), serial: r.newest}
	r.tracked[t] = known
	r.arrivals = append(r.arrivals, known)
	return known
}

// arrived returns those who joined since it was last called.
func (r *roster) arrived() []*tracked {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := r.arrivals
	r.arrivals = nil
	return out
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
