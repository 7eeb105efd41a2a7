package traffic

import (
	"context"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	// maxMembers bounds what one group costs: each member is a client with
	// connections and heartbeats of its own.
	maxMembers = 48
	// resizeBeat is how often the replicas that are ready are asked for.
	resizeBeat = 100 * time.Millisecond
)

// crew is a consumer group whose members follow the replicas that are ready.
type crew struct {
	broker       *Broker
	group, topic string
	perReplica   float64 // messages per second
	ready        func() int

	// settle is read-locked by a member while it commits, and locked by who
	// sets the commits of all.
	settle sync.RWMutex

	mu      sync.Mutex
	members []*member
	known   bool // partitions holds the broker's word on commits
	read    time.Time
	parts   []extent
}

// Consume lets a consumer group work off a topic from now on. It has as many
// members as replicas are ready, at most 48, checked ten times a second; each
// commits so many messages per second of the partitions it is assigned. ready
// is called from another goroutine and has to answer at once.
//
// Members join, heartbeat, get partitions and commit as any do, and leave when
// their replica is gone. They do not read the messages: what those say changes
// nothing.
func (b *Broker) Consume(group, topic string, perReplica float64, ready func() int) {
	b.t.Helper()
	b.topic(topic) // which has to be there
	if perReplica <= 0 {
		b.t.Fatalf("%s consumes %v messages per second and replica: a rate is above 0", group, perReplica)
	}
	if b.crew(group, topic) != nil {
		b.t.Fatalf("%s consumes %s already", group, topic)
	}
	c := &crew{broker: b, group: group, topic: topic, perReplica: perReplica, ready: ready}
	b.mu.Lock()
	b.crews = append(b.crews, c)
	b.mu.Unlock()
	b.running.Go(c.follow)
}

// crew is who consumes a topic for a group; nil when nobody does.
func (b *Broker) crew(group, topic string) *crew {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.crews {
		if c.group == group && c.topic == topic {
			return c
		}
	}
	return nil
}

// members are those of a group, of whatever topic.
func (b *Broker) members(group string) []*member {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []*member
	for _, c := range b.crews {
		if c.group == group {
			c.mu.Lock()
			all = append(all, c.members...)
			c.mu.Unlock()
		}
	}
	return all
}

// follow keeps as many members as replicas are ready until the test ends.
func (c *crew) follow() {
	ticker := time.NewTicker(resizeBeat)
	defer ticker.Stop()
	for {
		if err := c.resize(min(maxMembers, max(0, c.ready()))); err != nil {
			c.broker.t.Errorf("start a member of %s: %v", c.group, err)
			return
		}
		select {
		case <-c.broker.ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// resize starts or ends members until there are n. It does not wait for them
// to join or leave.
func (c *crew) resize(n int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.members) < n {
		m := &member{crew: c, own: map[int32]bool{}}
		client, err := m.join()
		if err != nil {
			return err
		}
		m.client = client
		ctx, leave := context.WithCancel(c.broker.ctx)
		m.leave = leave
		c.members = append(c.members, m)
		c.broker.running.Go(func() { m.work(ctx) })
	}
	for len(c.members) > n {
		last := len(c.members) - 1
		c.members[last].leave()
		c.members = c.members[:last]
	}
	return nil
}

// positions are the partitions as they are now. Members of one beat share an
// answer. Commits are read once and counted from then on, for they are this
// crew's alone.
func (c *crew) positions(ctx context.Context) ([]extent, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	switch {
	case !c.known:
		parts, err := c.broker.extents(ctx, c.group, c.topic)
		if err != nil {
			return nil, err
		}
		c.parts, c.known, c.read = parts, true, now
	case now.Sub(c.read) > workBeat/2:
		ends, err := listed(c.broker.admin.ListEndOffsets(ctx, c.topic))
		if err != nil {
			return nil, err
		}
		for p := range c.parts {
			c.parts[p].end = ends[p]
		}
		c.read = now
	}
	return append([]extent(nil), c.parts...), nil
}

// moved takes note of commits that the broker has.
func (c *crew) moved(commits map[int32]int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for p, offset := range commits {
		c.parts[p].commit = offset
	}
}

// forget makes the next member ask the broker for the commits.
func (c *crew) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known = false
}

// join starts a client that is a member of the group until it is closed.
func (m *member) join() (*kgo.Client, error) {
	client, err := kgo.NewClient(clientOptions(m.crew.broker.door,
		kgo.ConsumerGroup(m.crew.group), kgo.ConsumeTopics(m.crew.topic), kgo.DisableAutoCommit(),
		kgo.Balancers(kgo.CooperativeStickyBalancer()),
		kgo.HeartbeatInterval(500*time.Millisecond), kgo.SessionTimeout(10*time.Second),
		kgo.OnPartitionsAssigned(m.assigned), kgo.OnPartitionsRevoked(m.revoked), kgo.OnPartitionsLost(m.revoked),
		kgo.DisableClientMetrics(),
		kgo.WithContext(m.crew.broker.ctx), // a member in the middle of a join would not end before it
	)...)
	if err != nil {
		return nil, err
	}
	client.PauseFetchTopics(m.crew.topic)
	return client, nil
}
