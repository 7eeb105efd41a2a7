package kafka

import (
	"context"
	"maps"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// newestDescribe is the DescribeGroups version used: from 6 on, a group
// that does not exist is an error and no longer a dead one.
const newestDescribe = 5

// membersFor is how long member counts are taken as known. They are asked for
// nearly as often as offsets: a backlog is planned for those who consume now,
// and the number changes with each scaling.
const membersFor = 4 * time.Second

// membership counts the live consumers of groups.
type membership struct {
	counts map[string]int // -1 when it cannot be told
	at     time.Time
}

// of returns a group's members, -1 when unknown.
func (m *membership) of(group string) int {
	if n, ok := m.counts[group]; ok {
		return n
	}
	return -1
}

// refresh counts the members of groups when the counts are old or lack one.
func (m *membership) refresh(ctx context.Context, t *topology, groups []string) {
	if !m.due(t.conf.Now(), groups) {
		return
	}
	type share struct {
		groups []string
		counts map[string]int
	}
	shares := map[string]share{}
	exchanges := map[string]func(*conn) error{}
	for address, gs := range t.byCoordinator(groups) {
		s := share{gs, map[string]int{}}
		shares[address] = s
		exchanges[address] = func(c *conn) error { return countMembers(c, s.groups, s.counts) }
	}
	broken := t.each(ctx, exchanges)
	m.at = t.conf.Now()
	m.counts = make(map[string]int, len(groups))
	for _, g := range groups {
		m.counts[g] = -1
	}
	for address, s := range shares {
		if broken[address] != nil {
			continue
		}
		maps.Copy(m.counts, s.counts)
	}
}

func (m *membership) due(now time.Time, groups []string) bool {
	if m.at.IsZero() || now.Sub(m.at) >= membersFor {
		return true
	}
	for _, g := range groups {
		if _, ok := m.counts[g]; !ok {
			return true
		}
	}
	return false
}

// countMembers asks a coordinator for its groups' members. A group of the
// consumer protocol (KIP-848) is dead to DescribeGroups and is asked for again
// in its own terms.
func countMembers(c *conn, groups []string, counts map[string]int) error {
	clear(counts)
	v, ok := c.best(int16(kmsg.DescribeGroups), 0, newestDescribe)
	if !ok {
		return unsupported("DescribeGroups")
	}
	request := kmsg.NewPtrDescribeGroupsRequest()
	request.Groups = groups
	request.SetVersion(v)
	answer, err := c.askOne(request)
	if err != nil {
		return err
	}
	described, ok := answer.(*kmsg.DescribeGroupsResponse)
	if !ok {
		return errAnswer(answer)
	}
	var dead []string
	for _, g := range described.Groups {
		switch {
		case kafka.Error(g.ErrorCode) == kafka.GroupIdNotFound, g.ErrorCode == 0 && g.State == "Dead":
			dead = append(dead, g.Group)
		case g.ErrorCode == 0:
			counts[g.Group] = len(g.Members)
		}
	}
	return countConsumers(c, dead, counts)
}

// countConsumers counts members of groups of the consumer protocol. A group
// neither protocol knows has none; neither has one at a broker that does not
// know the protocol.
func countConsumers(c *conn, groups []string, counts map[string]int) error {
	if len(groups) == 0 {
		return nil
	}
	v, ok := c.best(int16(kmsg.ConsumerGroupDescribe), 0, 1)
	if !ok {
		for _, g := range groups {
			counts[g] = 0
		}
		return nil
	}
	request := kmsg.NewPtrConsumerGroupDescribeRequest()
	request.Groups = groups
	request.SetVersion(v)
	answer, err := c.askOne(request)
	if err != nil {
		return err
	}
	described, ok := answer.(*kmsg.ConsumerGroupDescribeResponse)
	if !ok {
		return errAnswer(answer)
	}
	for _, g := range described.Groups {
		switch {
		case g.ErrorCode == 0:
			counts[g.Group] = len(g.Members)
		case kafka.Error(g.ErrorCode) == kafka.GroupIdNotFound:
			counts[g.Group] = 0
		}
	}
	return nil
}
