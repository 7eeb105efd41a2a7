package kafka

import (
	"context"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol/listoffsets"
)

// What ListOffsets takes for a timestamp to mean the log's two ends.
const (
	latest   = -1 // high watermark
	earliest = -2 // log start
)

// extent is where a partition's log starts and ends, or why that is unknown.
type extent struct {
	start, end int64
	fault      *fault
}

// ends reads the log's ends of partitions from their leaders. Where a leader
// moved or is out of reach the layout is read again, and partitions with
// another leader by then are asked for once more.
func (t *topology) ends(ctx context.Context, wanted map[partitionID]bool, names map[string]bool) map[partitionID]extent {
	extents := make(map[partitionID]extent, len(wanted))
	asked := t.assign(wanted, extents)
	again := t.endsOnce(ctx, asked, extents)
	for id := range wanted {
		if _, led := asked[id]; !led {
			again[id] = true
		}
	}
	if len(again) == 0 || ctx.Err() != nil {
		return extents
	}
	t.stale = true
	if f := t.know(ctx, names, t.whole); f != nil || t.stale {
		return extents
	}
	second := t.assign(again, extents)
	for id, address := range second {
		if before, ok := asked[id]; ok && before == address {
			delete(second, id)
		}
	}
	t.stale = len(t.endsOnce(ctx, second, extents)) > 0
	return extents
}

// assign finds each partition's leader. Those without one get a fault.
func (t *topology) assign(wanted map[partitionID]bool, extents map[partitionID]extent) map[partitionID]string {
	leaders := make(map[partitionID]string, len(wanted))
	for id := range wanted {
		node, listed := t.topics[id.topic].leaders[id.number]
		address, known := t.brokers[node]
		switch {
		case listed && known:
			leaders[id] = address
		case listed && node >= 0:
			extents[id] = extent{fault: unreachable(nil, "its leader, broker %d, is down", node)}
		default:
			extents[id] = extent{fault: unreachable(nil, "it has no leader now")}
		}
	}
	return leaders
}

// endsOnce asks every leader once and returns the partitions that may have
// another leader by now.
func (t *topology) endsOnce(ctx context.Context, leaders map[partitionID]string, extents map[partitionID]extent) map[partitionID]bool {
	work := map[string][]partitionID{}
	for id, address := range leaders {
		work[address] = append(work[address], id)
	}
	answers := map[string]map[partitionID]extent{}
	exchanges := map[string]func(*conn) error{}
	for address, ids := range work {
		answer := map[partitionID]extent{}
		answers[address] = answer
		exchanges[address] = func(c *conn) error { return listEnds(c, address, ids, answer) }
	}
	broken := t.each(ctx, exchanges)
	again := map[partitionID]bool{}
	for id, address := range leaders {
		x, ok := answers[address][id]
		switch {
		case broken[address] != nil:
			x = extent{fault: broken[address]}
			again[id] = true
		case !ok:
			x = extent{fault: unreachable(nil, "broker %s left it out of its answer", address)}
		default:
			if code, isCode := codeOf(x.fault); isCode && moved(code) {
				again[id] = true
			}
		}
		extents[id] = x
	}
	return again
}

// listEnds asks one leader for both ends of its partitions. The start is
// asked for first, so that it is never beyond the end.
func listEnds(c *conn, address string, ids []partitionID, into map[partitionID]extent) error {
	clear(into)
	for _, which := range []int64{earliest, latest} {
		answer, err := c.ask(listRequest(ids, which))
		if err != nil {
			return err
		}
		r, ok := answer.(*listoffsets.Response)
		if !ok {
			return errAnswer(answer)
		}
		for _, x := range r.Topics {
			for _, p := range x.Partitions {
				id := partitionID{x.Topic, p.Partition}
				into[id] = into[id].with(which, p, id.topic, address)
			}
		}
	}
	return nil
}

func (e extent) with(which int64, p listoffsets.ResponsePartition, topic, address string) extent {
	switch {
	case p.ErrorCode != 0:
		code := kafka.Error(p.ErrorCode)
		e.fault = topicFault(topic, address, code)
		if moved(code) {
			e.fault = unreachable(code, "broker %s does not lead it any more", address)
		}
	case which == earliest:
		e.start = p.Offset
	default:
		e.end = p.Offset
	}
	return e
}

func listRequest(ids []partitionID, which int64) *listoffsets.Request {
	topics := map[string][]listoffsets.RequestPartition{}
	for _, id := range ids {
		topics[id.topic] = append(topics[id.topic], listoffsets.RequestPartition{
			Partition: id.number, CurrentLeaderEpoch: -1, Timestamp: which,
		})
	}
	r := &listoffsets.Request{ReplicaID: -1}
	for name, partitions := range topics {
		r.Topics = append(r.Topics, listoffsets.RequestTopic{Topic: name, Partitions: partitions})
	}
	return r
}
