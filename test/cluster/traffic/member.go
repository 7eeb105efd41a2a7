package traffic

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	// workBeat is the time between two commits of a member.
	workBeat = 200 * time.Millisecond
	// leaveWithin is how long a member may take to say that it leaves. One
	// that cannot is missed when its session times out, as a killed pod is.
	leaveWithin = 5 * time.Second
)

// member is one replica's consumer.
type member struct {
	crew   *crew
	client *kgo.Client
	leave  context.CancelFunc

	mu   sync.Mutex // held while it commits: who gets its partitions waits for that
	own  map[int32]bool
	owed float64 // messages it had the time to get through
	at   time.Time
}

func (m *member) assigned(_ context.Context, _ *kgo.Client, parts map[string][]int32) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range parts[m.crew.topic] {
		m.own[p] = true
	}
}

func (m *member) revoked(_ context.Context, _ *kgo.Client, parts map[string][]int32) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range parts[m.crew.topic] {
		delete(m.own, p)
	}
}

// work commits beat by beat until ctx ends, and then leaves the group; at the
// end of the test without saying so.
func (m *member) work(ctx context.Context) {
	ticker := time.NewTicker(workBeat)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			leaving, cancel := context.WithTimeout(m.crew.broker.ctx, leaveWithin)
			_ = m.client.LeaveGroupContext(leaving) //nolint:contextcheck // ctx is over; for an error see leaveWithin
			cancel()
			m.client.Close()
			return
		case <-ticker.C:
		}
		if open, _ := m.crew.broker.door.state(); open {
			m.step(ctx)
		} else {
			m.at = time.Now() // time that passes so is not worked
		}
	}
}

// step commits what the time since the last one was enough for. Messages that
// cannot be committed now, as in a rebalance, are tried again at the next.
func (m *member) step(ctx context.Context) {
	c := m.crew
	c.settle.RLock()
	defer c.settle.RUnlock()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.accrue(time.Now())
	if len(m.own) == 0 {
		m.owed = 0
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	parts, err := c.positions(ctx)
	if err != nil {
		return // the broker went down, or the replica is gone
	}
	commits, taken, short := m.take(parts)
	if taken > 0 {
		request := commitRequest(c.group, c.topic, commits)
		request.MemberID, request.Generation = m.client.GroupMetadata()
		err := commit(ctx, m.client, request)
		if refused, ok := errors.AsType[*kerr.Error](err); ok && refused != nil {
			return
		}
		if err != nil {
			c.forget() // it may have been made all the same
			return
		}
		c.moved(commits)
		m.owed -= float64(taken)
	}
	if short {
		m.owed = min(m.owed, 1) // idle time is not saved up
	}
}

// accrue counts what the time since the last step is enough for. A member does
// not catch up on more than two seconds, about a rebalance.
func (m *member) accrue(now time.Time) {
	if !m.at.IsZero() {
		m.owed = min(m.owed+m.crew.perReplica*now.Sub(m.at).Seconds(), 2*m.crew.perReplica+1)
	}
	m.at = now
}

// take chooses what to commit: evenly over its partitions with messages that
// wait. It runs short where fewer wait than it had time for.
func (m *member) take(parts []extent) (commits map[int32]int64, taken int64, short bool) {
	commits = map[int32]int64{}
	due := int64(m.owed)
	waiting := make([]int32, 0, len(m.own))
	for p := range m.own {
		if int(p) < len(parts) && parts[p].end > parts[p].commit {
			waiting = append(waiting, p)
		}
	}
	for taken < due && len(waiting) > 0 {
		each := max(1, (due-taken)/int64(len(waiting)))
		left := waiting[:0]
		for _, p := range waiting {
			n := min(each, parts[p].end-parts[p].commit, due-taken)
			if n == 0 {
				continue // what was due is taken
			}
			taken += n
			parts[p].commit += n
			commits[p] = parts[p].commit
			if parts[p].end > parts[p].commit {
				left = append(left, p)
			}
		}
		waiting = left
	}
	return commits, taken, taken < due
}
