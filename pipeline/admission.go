package pipeline

import (
	"fmt"
	"time"

	"github.com/headstart-scaler/headstart/workload"
)

// Whoever reaches the gRPC port may name any number of workloads. Those the
// configuration binds or the cluster shows are always taken in; the others
// have the room below.
const (
	// strangersMost is the room for triggers of ScaledObjects that the
	// cluster does not have. A new one is asked for a moment before the
	// cluster tells of it.
	strangersMost = 1000
	// shareOfRoom is the part of a room that one namespace may take, as a
	// divisor.
	shareOfRoom = 2
	// unaskedFor is how long KEDA may not have asked for a trigger before it
	// makes way in a room that is full. KEDA asks every half minute or more
	// often, unless pollingInterval says otherwise.
	unaskedFor = 2 * time.Minute
)

// standing says what the cluster has to say of a trigger.
type standing uint8

const (
	// vouched is found in the cluster.
	vouched standing = iota
	// claimed is asked for, and no cluster says that it cannot be.
	claimed
	// stranger is asked for, and the cluster has no such ScaledObject.
	stranger
)

// crowded reports whether nobody vouches for a trigger in use.
func (t *tracked) crowded() bool { return !t.bound && t.standing != vouched }

// crowd is a number of triggers that share a room: those of a standing, in one
// namespace or, where that is empty, in all.
type crowd struct {
	standing  standing
	namespace string
}

// crowds counts who is in which room, and remembers until when nobody makes way
// in a full one.
type crowds struct {
	limit int // of those claimed
	count map[crowd]int
	stuck map[crowd]time.Time
}

func newCrowds(limit int) crowds {
	return crowds{limit: limit, count: make(map[crowd]int), stuck: make(map[crowd]time.Time)}
}

func (c crowds) room(s standing) int {
	if s == stranger {
		return min(c.limit, strangersMost)
	}
	return c.limit
}

// enter and leave keep the count.
func (c crowds) enter(t *tracked) { c.add(t, 1) }
func (c crowds) leave(t *tracked) { c.add(t, -1) }

func (c crowds) add(t *tracked, n int) {
	if !t.crowded() {
		return
	}
	for _, of := range []crowd{{t.standing, ""}, {t.standing, t.trigger.Workload.Namespace}} {
		if c.count[of] += n; c.count[of] == 0 {
			delete(c.count, of)
			delete(c.stuck, of)
		}
	}
}

// admit makes sure that there is room for one more. Its error says why there
// is none and what to do.
func (r *roster) admit(t workload.Trigger, s standing, at time.Time) error {
	if s == vouched {
		return nil
	}
	room := r.crowds.room(s)
	share := max(1, room/shareOfRoom)
	of := fmt.Sprintf("that neither the configuration binds nor the cluster shows, and %s is one", t)
	if s == stranger {
		of = fmt.Sprintf("of ScaledObjects that the cluster does not have, and %s is one", t)
	}
	const repair = "bind it by workloads in its policy, or find out who asks for so many"
	switch {
	case !r.vacant(crowd{s, ""}, room, at):
		return fmt.Errorf("turned away: %d triggers are in use %s: %s", room, of, repair)
	case !r.vacant(crowd{s, t.Workload.Namespace}, share, at):
		return fmt.Errorf("turned away: namespace %s has %d triggers in use %s: %s", t.Workload.Namespace, share, of, repair)
	}
	return nil
}

// vacant reports whether one more may join a crowd. From one that is full
// those make way that KEDA has not asked for lately.
func (r *roster) vacant(c crowd, most int, at time.Time) bool {
	if r.crowds.count[c] < most {
		return true
	}
	if at.Before(r.crowds.stuck[c]) {
		return false
	}
	oldest := at
	for _, known := range r.tracked {
		if !known.crowded() || known.standing != c.standing || (c.namespace != "" && known.trigger.Workload.Namespace != c.namespace) {
			continue
		}
		asked := time.Unix(0, known.asked.Load())
		if at.Sub(asked) >= unaskedFor {
			r.evict(known)
		} else if asked.Before(oldest) {
			oldest = asked
		}
	}
	if r.crowds.count[c] < most {
		return true
	}
	r.crowds.stuck[c] = oldest.Add(unaskedFor)
	return false
}

// evict takes a trigger out of use; the next tick lets go of it.
func (r *roster) evict(t *tracked) {
	delete(r.tracked, t.trigger)
	r.crowds.leave(t)
	r.evicted = append(r.evicted, t)
}

// vouch makes a trigger one that the cluster shows, and reports false when the
// roster does not know it.
func (r *roster) vouch(t workload.Trigger, at time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	known := r.tracked[t]
	if known == nil {
		return false
	}
	r.promote(known)
	known.asked.Store(at.UnixNano())
	return true
}

func (r *roster) promote(t *tracked) {
	r.crowds.leave(t)
	t.standing = vouched
}

// Found notes that the cluster has a trigger, as Seen does that KEDA asked for
// it. It is always taken in.
func (p *Pipeline) Found(t workload.Trigger) {
	now := p.now()
	if p.roster.vouch(t, now) {
		return
	}
	// A vouched trigger is never turned away.
	_ = p.join(t, now, vouched)
}

// Seen notes that KEDA asked for a trigger. One not in use yet is decided
// within a quarter of a second; an invalid one is ignored, as Check says why.
// The error says that too many are in use that nobody vouches for. It never
// blocks, and does not allocate for a trigger in use.
func (p *Pipeline) Seen(t workload.Trigger) error {
	now := p.now()
	if p.roster.touch(t, now) {
		return nil
	}
	return p.join(t, now, p.standing(t.Workload))
}

func (p *Pipeline) standing(id workload.ID) standing {
	if p.options.ScaledObject == nil {
		return claimed
	}
	if exists, sure := p.options.ScaledObject(id); sure && !exists {
		return stranger
	}
	return claimed
}

func (p *Pipeline) join(t workload.Trigger, now time.Time, s standing) error {
	config := p.config.Load()
	if _, err := config.resolve(t); err != nil {
		return nil //nolint:nilerr // Check tells it, from the configuration alone.
	}
	if err := p.roster.join(t, now, s, func() bool { return p.config.Load() == config }); err != nil {
		p.journal.full(now, err)
		return err
	}
	p.wake()
	return nil
}
