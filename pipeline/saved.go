package pipeline

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/workload"
)

// Saved is what has to outlive the process for one trigger. Its JSON form can
// be stored and given to Restore.
type Saved struct {
	Trigger workload.Trigger `json:"trigger"`
	// Measured says of each signal, by name, what its memory is of.
	Measured map[string]string `json:"measured"`
	State    decision.State    `json:"state"`
}

// State exports the state of every trigger in use, in no order, and what was
// restored and not claimed yet.
func (p *Pipeline) State() []Saved {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := make([]Saved, 0, len(p.active)+len(p.restored))
	for _, t := range p.active {
		if t.policy != nil {
			out = append(out, Saved{Trigger: t.trigger, Measured: measured(t.policy), State: t.state})
		}
	}
	for _, s := range p.restored {
		out = append(out, s)
	}
	return out
}

// Restore gives triggers the state they once had, as they come into use. It
// has no effect on those already decided for. States nobody claims within
// ForgetAfter are dropped.
func (p *Pipeline) Restore(states []Saved) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.restored = make(map[workload.Trigger]Saved, len(states))
	for _, s := range states {
		p.restored[s.Trigger] = s
	}
	for _, t := range p.active {
		if t.policy != nil {
			delete(p.restored, t.trigger)
		}
	}
	p.restoredAt = p.now()
}

func (p *Pipeline) expireRestored(now time.Time) {
	if len(p.restored) > 0 && now.Sub(p.restoredAt) > p.options.ForgetAfter {
		p.restored = nil
	}
}

const (
	// savedVersion is raised whenever a state of before would be misread.
	savedVersion = 1
	// stateShards is over how many keys the states are spread: few enough to be
	// asked for at once, and enough that each is small. Which trigger there will be
	// is not known at a start.
	stateShards = 256
)

// savedShard is the states of some triggers, as they are kept.
type savedShard struct {
	Version int               `json:"version"`
	States  []json.RawMessage `json:"states"` // of Saved
}

func shardOf(t uint64) uint64 { return t % stateShards }

func shardKey(shard uint64) string { return fmt.Sprintf("decisions %d", shard) }

// keepStates writes the states of the triggers in shards from..to-1.
func (p *Pipeline) keepStates(ctx context.Context, from, to uint64) error {
	at, shards := p.statesIn(from, to)
	var learned []Learned
	for shard, states := range shards {
		s := savedShard{Version: savedVersion}
		for _, x := range states {
			if x.policy != nil {
				x.Measured = measured(x.policy)
			}
			text, err := json.Marshal(x.Saved)
			if err != nil {
				p.journal.unkept(at, fmt.Errorf("write the state of %s: %w", x.Trigger, err))
				continue
			}
			s.States = append(s.States, text)
		}
		text, err := json.Marshal(s)
		if err != nil { // of texts
			return err
		}
		learned = append(learned, Learned{Key: shardKey(shard), At: at, Content: text})
	}
	return p.remember(ctx, learned)
}

// stated is a state and what it is measured by, which takes long to say.
type stated struct {
	Saved

	policy *decision.Policy
}

// statesIn are the states of the triggers in shards from..to-1; none before those
// that were kept have been read, in whose place they would be written.
func (p *Pipeline) statesIn(from, to uint64) (at time.Time, shards map[uint64][]stated) {
	p.mu.Lock()
	defer p.mu.Unlock()
	shards = make(map[uint64][]stated)
	if !p.recalled || from == to {
		return at, nil
	}
	add := func(hash uint64, s stated) {
		if shard := shardOf(hash); shard >= from && shard < to {
			shards[shard] = append(shards[shard], s)
		}
	}
	for _, t := range p.active {
		if t.policy != nil {
			add(t.hash, stated{Saved{Trigger: t.trigger, State: t.state}, t.policy})
		}
	}
	for _, s := range p.restored {
		add(hashTrigger(s.Trigger), stated{Saved: s})
	}
	return p.now(), shards
}

func (p *Pipeline) statesRecalled() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.recalled
}

// recallStates reads the states that were kept, for triggers that are not decided
// for yet.
func (p *Pipeline) recallStates(ctx context.Context) {
	keys := make([]string, stateShards)
	for i := range keys {
		keys[i] = shardKey(uint64(i))
	}
	limited, cancel := context.WithTimeout(ctx, keepTimeout)
	defer cancel()
	kept, err := recalled(limited, p.options.Memory, keys...)
	if ctx.Err() != nil {
		return
	}
	now := p.now()
	if err != nil {
		p.journal.unrecalled(now, err)
		return
	}
	var states []Saved
	for _, l := range kept {
		states = append(states, p.statesOf(l, now)...)
	}
	p.Restore(states)
	p.mu.Lock()
	p.recalled = true
	p.mu.Unlock()
}

// statesOf reads a shard as it was kept. What cannot be read is left out.
func (p *Pipeline) statesOf(l Learned, now time.Time) (states []Saved) {
	var s savedShard
	if err := json.Unmarshal(l.Content, &s); err != nil || s.Version != savedVersion {
		p.journal.unsound(now, l.Key, cmp.Or(err, fmt.Errorf("its version is %d, and %d is read", s.Version, savedVersion)))
		return nil
	}
	for _, text := range s.States {
		var x Saved
		if err := json.Unmarshal(text, &x); err != nil {
			p.journal.unsound(now, l.Key, err)
			continue
		}
		// What was asked for long ago says nothing of what runs now; what was learned
		// of capacities does.
		if age := now.Sub(x.State.At); age > p.options.ForgetAfter || age < -time.Minute {
			x.State = decision.State{Signals: x.State.Signals}
		}
		// Nobody looked meanwhile, and it may have been saved a minute before: what runs
		// is held as at a first start.
		x.State.Met = false
		states = append(states, x)
	}
	return states
}
