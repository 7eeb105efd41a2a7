package pipeline

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/signal"
	"github.com/headstart-scaler/headstart/workload"
)

// Snapshot is what one tick decided for every trigger. It is immutable; all
// answers to KEDA are read from one.
type Snapshot struct {
	// At is the instant the tick decided for; Sequence counts ticks.
	At       time.Time
	Sequence uint64
	// ConfigHash names the configuration that was in force.
	ConfigHash string
	Health     Health

	entries    map[workload.Trigger]*Entry
	superseded chan struct{}
}

// Entry is one trigger's part of a snapshot.
type Entry struct {
	Trigger workload.Trigger
	// DecisionID names this decision in logs and answers.
	DecisionID string
	Outcome    decision.Outcome
}

// Health is how ticks and sources fare; counts are since start.
type Health struct {
	Ticks, Overruns uint64
	// Took is how long the tick that made this snapshot ran.
	Took time.Duration
	// TurnedAway counts requests for triggers beyond the most there may be.
	TurnedAway uint64
	Sources    []SourceHealth // in order of their names
}

// SourceHealth is how one source fares.
type SourceHealth struct {
	Name string
	// Queries asked of it in a tick, equal ones merged.
	Queries int
	// Took is how long its last finished read ran; Late says that one is
	// running that the tick no longer waits for.
	Took time.Duration
	Late bool
	// Silent says that it answers no query, and Reason why, for a person.
	Silent bool
	Reason string
	// Answered is the last tick at which any of its readings was fine.
	Answered time.Time
	// Errors counts readings that were not fine, by condition.
	Errors map[signal.Condition]uint64
}

// NewSnapshot returns a snapshot of the entries. It panics when two entries
// have the same trigger.
func NewSnapshot(at time.Time, sequence uint64, configHash string, health Health, entries []*Entry) *Snapshot {
	s := &Snapshot{
		At: at, Sequence: sequence, ConfigHash: configHash, Health: health,
		entries:    make(map[workload.Trigger]*Entry, len(entries)),
		superseded: make(chan struct{}),
	}
	for _, e := range entries {
		if _, twice := s.entries[e.Trigger]; twice {
			panic(fmt.Sprintf("pipeline: two entries for %s in a snapshot", e.Trigger))
		}
		s.entries[e.Trigger] = e
	}
	return s
}

// Find returns the entry of a trigger. It does not allocate.
func (s *Snapshot) Find(t workload.Trigger) (*Entry, bool) {
	e, ok := s.entries[t]
	return e, ok
}

// Len is the number of entries.
func (s *Snapshot) Len() int { return len(s.entries) }

// All calls yield for every entry, in no order, until it returns false.
func (s *Snapshot) All(yield func(*Entry) bool) {
	for _, e := range s.entries {
		if !yield(e) {
			return
		}
	}
}

// Superseded is closed when a newer snapshot has been published.
func (s *Snapshot) Superseded() <-chan struct{} { return s.superseded }

// Board shows the latest snapshot to any number of readers. The zero Board is
// empty. One goroutine publishes.
type Board struct {
	latest atomic.Pointer[Snapshot]
}

// Latest returns the newest snapshot, or nil before the first.
func (b *Board) Latest() *Snapshot { return b.latest.Load() }

// Publish makes s the newest snapshot and wakes those who waited for it.
func (b *Board) Publish(s *Snapshot) {
	if before := b.latest.Swap(s); before != nil {
		close(before.superseded)
	}
}
