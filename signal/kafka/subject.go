package kafka

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/headstart-scaler/headstart/signal"
)

// subject is one query with what is kept of it between reads.
type subject struct {
	query   signal.ConsumerGroup
	named   []string
	pattern *regexp.Regexp // nil without one
	limit   signal.PartitionSet
	tracker *signal.BacklogTracker

	// topics the query stood for at the last read.
	topics []string
	asked  time.Time

	// Of the read that is under way. The partitions are those of the layout
	// when the topics were resolved, whatever is learned of it later.
	partitions []partitionID
	fetch      *fetch
	fault      *fault
}

// newSubject returns what a query asks for, or why it cannot be asked.
func newSubject(q signal.ConsumerGroup) (*subject, error) {
	if q.Group == "" {
		return nil, fmt.Errorf("the query names no consumer group: set consumerGroup")
	}
	s := &subject{query: q, tracker: signal.NewBacklogTracker(q)}
	if q.Topics != "" {
		s.named = strings.Split(q.Topics, ",")
	}
	if q.Pattern != "" {
		p, err := regexp.Compile(`\A(?:` + q.Pattern + `)\z`)
		if err != nil {
			return nil, fmt.Errorf("consumer group %s: topic pattern: %w", q.Group, err)
		}
		s.pattern = p
	}
	limit, err := signal.ParsePartitions(q.Partitions)
	if err != nil {
		return nil, fmt.Errorf("consumer group %s: %w", q.Group, err)
	}
	s.limit = limit
	return s, nil
}

// open reports whether the query is for whatever the group committed to.
func (s *subject) open() bool { return len(s.named) == 0 && s.pattern == nil }

// resolve finds the topics the query stands for in the layout, those of an
// open query aside. A topic that cannot be read is the whole query's fault:
// without it the backlog would be understated.
func (s *subject) resolve(t *topology) {
	s.match(t)
	s.enumerate(t)
}

func (s *subject) match(t *topology) {
	before := s.topics
	s.topics = slices.Clone(s.named)
	for _, name := range s.named {
		if x := t.topics[name]; x.code != 0 {
			s.fault = topicFault(name, x.from, x.code)
			return
		}
	}
	if s.pattern == nil {
		return
	}
	for name, x := range t.topics {
		if !s.pattern.MatchString(name) || slices.Contains(s.named, name) {
			continue
		}
		switch {
		case x.code == 0:
			s.topics = append(s.topics, name)
		case gone(x):
		case slices.Contains(before, name):
			s.fault, s.topics = topicFault(name, x.from, x.code), before
			return
		}
	}
	slices.Sort(s.topics)
}

// discover takes the topics an open query's group has committed to, as far as
// they still exist.
func (s *subject) discover(t *topology) {
	var topics []string
	for _, name := range s.committedTopics() {
		x := t.topics[name]
		switch {
		case x.code == 0:
			topics = append(topics, name)
		case gone(x):
		default:
			s.fault = topicFault(name, x.from, x.code)
			return
		}
	}
	s.topics = topics
	s.enumerate(t)
}

func (s *subject) committedTopics() []string {
	seen := map[string]bool{}
	if s.fetch == nil {
		return nil
	}
	for id, offset := range s.fetch.committed {
		if offset >= 0 {
			seen[id.topic] = true
		}
	}
	for id := range s.fetch.faults {
		seen[id.topic] = true
	}
	names := make([]string, 0, len(seen))
	for name := range seen {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// enumerate lists the partitions the query stands for.
func (s *subject) enumerate(t *topology) {
	s.partitions = s.partitions[:0]
	for _, name := range s.topics {
		for _, number := range slices.Sorted(maps.Keys(t.topics[name].leaders)) {
			if s.limit.Has(number) {
				s.partitions = append(s.partitions, partitionID{name, number})
			}
		}
	}
}

// want returns the fetch of the query's group for its topics.
func (s *subject) want() *fetch {
	f := &fetch{group: s.query.Group}
	if s.open() {
		return f
	}
	f.topics = map[string][]int32{}
	for _, id := range s.partitions {
		f.topics[id.topic] = append(f.topics[id.topic], id.number)
	}
	return f
}

// reading puts together what was read of the query.
func (s *subject) reading(at time.Time, t *topology, extents map[partitionID]extent, members int) signal.Reading {
	if f := s.wrong(t); f != nil {
		return signal.Bad(at, f.condition, "%s", f.reason)
	}
	if len(s.topics) == 0 {
		return signal.Bad(at, signal.Empty, "%s: %s", s.query, s.emptiness())
	}
	o, refusal := s.collect(t, extents)
	if refusal != nil {
		return signal.Bad(at, refusal.condition, "%s: %s", s.query, refusal.reason)
	}
	o.At, o.Members = at, members
	return s.tracker.Observe(o)
}

// wrong returns what keeps the whole query from being answered.
func (s *subject) wrong(t *topology) *fault {
	if s.fault != nil {
		return s.fault
	}
	for _, name := range s.named {
		if x := t.topics[name]; gone(x) {
			return topicFault(name, x.from, x.code) // deleted since the topics were resolved
		}
	}
	if s.fetch != nil {
		return s.fetch.fault
	}
	return nil
}

// collect joins the answers by partition. A refused partition refuses the
// query, because only a person can end that.
func (s *subject) collect(t *topology, extents map[partitionID]extent) (o signal.GroupOffsets, refusal *fault) {
	for _, id := range s.partitions {
		if gone(t.topics[id.topic]) {
			continue // deleted since the topics were resolved
		}
		read, f := s.offsets(id, extents)
		switch {
		case f == nil:
			o.Partitions = append(o.Partitions, read)
		case f.mendable():
			return o, f
		default:
			o.Unread = append(o.Unread, signal.UnreadPartition{Topic: id.topic, Partition: id.number, Why: f.reason})
		}
	}
	slices.SortFunc(o.Unread, func(a, b signal.UnreadPartition) int {
		return cmp.Or(strings.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
	})
	return o, nil
}

// offsets joins what leader and coordinator said of a partition. One the
// coordinator did not mention has no commit.
func (s *subject) offsets(id partitionID, extents map[partitionID]extent) (signal.PartitionOffsets, *fault) {
	x, ok := extents[id]
	if !ok {
		x.fault = unreachable(nil, "its leader was not asked")
	}
	o := signal.PartitionOffsets{Topic: id.topic, Partition: id.number, Start: x.start, End: x.end, Committed: -1}
	if x.fault != nil {
		return o, x.fault
	}
	if f := s.fetch.faults[id]; f != nil {
		return o, f
	}
	if offset, ok := s.fetch.committed[id]; ok {
		o.Committed = offset
	}
	return o, nil
}

func (s *subject) emptiness() string {
	if s.pattern != nil {
		return "no topic we may see matches the pattern: mend it, or grant DESCRIBE on the topics"
	}
	return "it has committed no offset on any topic we may see: check the group's name, or name its topics"
}
