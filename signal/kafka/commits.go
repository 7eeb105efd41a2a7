package kafka

import (
	"context"
	"slices"
	"sync"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kmsg"
)

const (
	// batchedFetch is the OffsetFetch version that takes many groups (KIP-709,
	// Kafka 3.0).
	batchedFetch = 8
	// oldestFetch is the one that can ask for all topics of a group and has an
	// error of its own (Kafka 0.10.2).
	oldestFetch = 2
)

// partitionID names a partition across topics.
type partitionID struct {
	topic  string
	number int32
}

// fetch is one group's commits: what is asked for, and what came back.
type fetch struct {
	group string
	// topics to ask for, with their partitions; nil for all with a commit.
	topics map[string][]int32

	committed map[partitionID]int64
	faults    map[partitionID]*fault
	fault     *fault // of the whole group
}

// include adds what another fetch of the same group asks for.
func (f *fetch) include(other *fetch) {
	for name, partitions := range other.topics {
		for _, number := range partitions {
			if !slices.Contains(f.topics[name], number) {
				f.topics[name] = append(f.topics[name], number)
			}
		}
	}
}

// each runs one exchange per broker, all at the same time, and returns when
// all have ended.
func (t *topology) each(ctx context.Context, work map[string]func(*conn) error) map[string]*fault {
	var (
		all    sync.WaitGroup
		guard  sync.Mutex
		faults = map[string]*fault{}
	)
	for address, exchange := range work {
		l := t.link(address)
		all.Go(func() {
			if f := l.do(ctx, exchange); f != nil {
				guard.Lock()
				faults[l.address] = f
				guard.Unlock()
			}
		})
	}
	all.Wait()
	return faults
}

// commits answers the fetches: at their coordinators and, for those whose
// coordinator moved or is out of reach, once more at the new one.
func (t *topology) commits(ctx context.Context, fetches []*fetch) {
	again := t.commitsOnce(ctx, fetches, nil)
	if len(again) == 0 || ctx.Err() != nil {
		return
	}
	tried := map[string]string{}
	var retry []*fetch
	for f, sameMayDo := range again {
		if !sameMayDo {
			tried[f.group] = t.coordinators[f.group]
		}
		retry = append(retry, f)
	}
	for _, f := range retry {
		t.forsake(f.group)
	}
	t.commitsOnce(ctx, retry, tried)
}

// commitsOnce makes one attempt and returns the fetches worth another; true
// where even the same broker may answer by now. A group whose coordinator is
// still the one tried is left with its fault.
func (t *topology) commitsOnce(ctx context.Context, fetches []*fetch, tried map[string]string) map[*fetch]bool {
	lost := t.coordinate(ctx, groupsOf(fetches))
	work := map[string][]*fetch{}
	for _, f := range fetches {
		address, ok := t.coordinators[f.group]
		switch {
		case !ok && lost[f.group] != nil:
			f.fault = lost[f.group]
		case !ok:
			f.fault = unreachable(nil, "consumer group %s: its coordinator is not known", f.group)
		case tried[f.group] != address:
			work[address] = append(work[address], f)
		}
	}
	exchanges := map[string]func(*conn) error{}
	for address, fs := range work {
		exchanges[address] = func(c *conn) error { return fetchCommits(c, address, fs) }
	}
	broken := t.each(ctx, exchanges)
	again := map[*fetch]bool{}
	for address, fs := range work {
		for _, f := range fs {
			if b := broken[address]; b != nil {
				f.fault = unreachable(b, "coordinator of consumer group %s: %s", f.group, b.reason)
				f.fault.condition = b.condition
				again[f] = false
				continue
			}
			if f.displaced() {
				again[f] = true
			}
		}
	}
	return again
}

// displaced reports whether the broker asked is not the group's coordinator.
func (f *fetch) displaced() bool {
	code, ok := codeOf(f.fault)
	return ok && moved(code)
}

func groupsOf(fetches []*fetch) []string {
	var groups []string
	seen := map[string]bool{}
	for _, f := range fetches {
		if !seen[f.group] {
			seen[f.group] = true
			groups = append(groups, f.group)
		}
	}
	return groups
}

// fetchCommits asks one coordinator for the commits of its groups.
func fetchCommits(c *conn, address string, fetches []*fetch) error {
	v, ok := c.best(int16(kmsg.OffsetFetch), oldestFetch, batchedFetch)
	if !ok {
		return unsupported("OffsetFetch")
	}
	batches := [][]*fetch{}
	if v == batchedFetch {
		batches = distinct(fetches)
	} else {
		for _, f := range fetches {
			batches = append(batches, []*fetch{f})
		}
	}
	requests := make([]kmsg.Request, len(batches))
	for i, batch := range batches {
		requests[i] = fetchRequest(batch, v)
	}
	answers, err := c.askEach(requests)
	if err != nil {
		return err
	}
	for i, answer := range answers {
		r, ok := answer.(*kmsg.OffsetFetchResponse)
		if !ok {
			return errAnswer(answer)
		}
		takeCommits(r, address, batches[i])
	}
	return nil
}

// distinct deals fetches into batches in which no group occurs twice, because
// an answer is told by its group alone.
func distinct(fetches []*fetch) [][]*fetch {
	var batches [][]*fetch
	times := map[string]int{}
	for _, f := range fetches {
		n := times[f.group]
		times[f.group]++
		if n == len(batches) {
			batches = append(batches, nil)
		}
		batches[n] = append(batches[n], f)
	}
	return batches
}

func fetchRequest(batch []*fetch, version int16) kmsg.Request {
	r := kmsg.NewPtrOffsetFetchRequest()
	r.SetVersion(version)
	if version < batchedFetch {
		r.Group = batch[0].group
		for name, partitions := range batch[0].topics {
			x := kmsg.NewOffsetFetchRequestTopic()
			x.Topic, x.Partitions = name, partitions
			r.Topics = append(r.Topics, x)
		}
		return r
	}
	for _, f := range batch {
		g := kmsg.NewOffsetFetchRequestGroup()
		g.Group = f.group
		for name, partitions := range f.topics {
			x := kmsg.NewOffsetFetchRequestGroupTopic()
			x.Topic, x.Partitions = name, partitions
			g.Topics = append(g.Topics, x)
		}
		r.Groups = append(r.Groups, g)
	}
	return r
}

func takeCommits(r *kmsg.OffsetFetchResponse, address string, batch []*fetch) {
	if r.GetVersion() < batchedFetch {
		f := batch[0]
		f.begin(kafka.Error(r.ErrorCode), address)
		for _, x := range r.Topics {
			for _, p := range x.Partitions {
				f.take(partitionID{x.Topic, p.Partition}, p.Offset, kafka.Error(p.ErrorCode), address)
			}
		}
		return
	}
	byGroup := map[string]*fetch{}
	for _, f := range batch {
		f.fault = unreachable(nil, "consumer group %s: coordinator %s left it out of its answer", f.group, address)
		byGroup[f.group] = f
	}
	for _, g := range r.Groups {
		f, ok := byGroup[g.Group]
		if !ok {
			continue
		}
		f.begin(kafka.Error(g.ErrorCode), address)
		for _, x := range g.Topics {
			for _, p := range x.Partitions {
				f.take(partitionID{x.Topic, p.Partition}, p.Offset, kafka.Error(p.ErrorCode), address)
			}
		}
	}
}

// begin takes the group's own error. A group that does not exist is one that
// never committed: brokers differ in whether they call that an error.
func (f *fetch) begin(code kafka.Error, address string) {
	f.committed, f.faults, f.fault = map[partitionID]int64{}, map[partitionID]*fault{}, nil
	if code != 0 && code != kafka.GroupIdNotFound {
		f.fault = groupFault(f.group, address, code)
	}
}

// take keeps one partition's commit. Brokers before 2.x tell an error of the
// group on each of its partitions.
func (f *fetch) take(id partitionID, offset int64, code kafka.Error, address string) {
	switch code {
	case 0:
		f.committed[id] = offset
	case kafka.GroupAuthorizationFailed, kafka.GroupLoadInProgress, kafka.NotCoordinatorForGroup,
		kafka.GroupCoordinatorNotAvailable, kafka.InvalidGroupId:
		f.fault = groupFault(f.group, address, code)
	case kafka.UnknownTopicOrPartition:
		f.faults[id] = unreachable(code, "coordinator %s does not know topic %s yet", address, id.topic)
	default:
		f.faults[id] = topicFault(id.topic, address, code)
	}
}
