package kafka

import (
	"context"
	"net"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol/metadata"
)

// layoutFor is how long the cluster's layout and coordinators are taken as
// known.
const layoutFor = 30 * time.Second

// topology is what is known of the cluster: its brokers, who leads which
// partition, who coordinates which group.
type topology struct {
	conf  *Config
	links map[string]*link // by address
	sent  *atomic.Uint64

	brokers map[int32]string // address by node id
	topics  map[string]topic
	whole   bool // topics holds every topic we may see
	at      time.Time
	stale   bool

	coordinators map[string]string // address by group
}

// topic is the cluster's word on one topic.
type topic struct {
	code    kafka.Error // 0 when it is there
	leaders map[int32]int32
	from    string // broker that said so
}

func newTopology(conf *Config, sent *atomic.Uint64) *topology {
	return &topology{
		conf: conf, sent: sent,
		links:        map[string]*link{},
		brokers:      map[int32]string{},
		topics:       map[string]topic{},
		coordinators: map[string]string{},
	}
}

func (t *topology) link(address string) *link {
	l, ok := t.links[address]
	if !ok {
		l = &link{address: address, conf: t.conf, log: t.conf.Logger, sent: t.sent}
		t.links[address] = l
	}
	return l
}

func (t *topology) close() {
	for _, l := range t.links {
		l.close()
	}
}

// candidates are the brokers to ask what any can answer: those with a
// connection first, then the other known ones, then those to start from.
func (t *topology) candidates() []string {
	var open, other []string
	for address, l := range t.links {
		if l.conn != nil {
			open = append(open, address)
		}
	}
	for _, address := range t.brokers {
		other = append(other, address)
	}
	slices.Sort(open)
	slices.Sort(other)
	var all []string
	for _, address := range slices.Concat(open, other, t.conf.Brokers) {
		if !slices.Contains(all, address) {
			all = append(all, address)
		}
	}
	return all
}

// any runs an exchange with the first broker that answers. Its fault is the
// first refusal, because that one can be mended, or the last broker's.
func (t *topology) any(ctx context.Context, exchange func(address string, c *conn) error) *fault {
	var worst *fault
	for _, address := range t.candidates() {
		f := t.link(address).do(ctx, func(c *conn) error { return exchange(address, c) })
		if f == nil {
			return nil
		}
		if worst == nil || !worst.mendable() {
			worst = f
		}
		if ctx.Err() != nil {
			break
		}
	}
	return worst
}

// know makes the layout cover the named topics, and all others too when whole
// is set. What was known before stays when the cluster cannot be asked; the
// fault matters when nothing was.
func (t *topology) know(ctx context.Context, names map[string]bool, whole bool) *fault {
	fresh := !t.stale && !t.at.IsZero() && t.conf.Now().Sub(t.at) < layoutFor
	if fresh && (!whole || t.whole) && t.covers(names) {
		return nil
	}
	f := t.read(ctx, names, whole)
	if f != nil && !t.at.IsZero() && t.covers(names) && (!whole || t.whole) {
		return nil
	}
	return f
}

func (t *topology) covers(names map[string]bool) bool {
	for name := range names {
		if _, ok := t.topics[name]; !ok {
			return false
		}
	}
	return true
}

// read asks for the layout. A listing of all topics leaves out those we are
// not authorised for, so the named ones missing there are asked for by name,
// which yields a reason.
func (t *topology) read(ctx context.Context, names map[string]bool, whole bool) *fault {
	topics := map[string]topic{}
	f := t.any(ctx, func(address string, c *conn) error {
		clear(topics)
		if whole {
			if err := t.list(c, address, nil, topics); err != nil {
				return err
			}
		}
		missing := []string{}
		for name := range names {
			if _, ok := topics[name]; !ok {
				missing = append(missing, name)
			}
		}
		if whole && len(missing) == 0 {
			return nil
		}
		slices.Sort(missing)
		return t.list(c, address, missing, topics)
	})
	if f != nil {
		return f
	}
	t.topics, t.whole = topics, whole
	t.at, t.stale = t.conf.Now(), false
	return nil
}

// list reads brokers and topics; nil names mean every topic.
func (t *topology) list(c *conn, address string, names []string, topics map[string]topic) error {
	answer, err := c.ask(&metadata.Request{TopicNames: names})
	if err != nil {
		return err
	}
	layout, ok := answer.(*metadata.Response)
	if !ok {
		return errAnswer(answer)
	}
	clear(t.brokers)
	for _, b := range layout.Brokers {
		t.brokers[b.NodeID] = net.JoinHostPort(b.Host, strconv.Itoa(int(b.Port)))
	}
	for _, x := range layout.Topics {
		leaders := make(map[int32]int32, len(x.Partitions))
		for _, p := range x.Partitions {
			leaders[p.PartitionIndex] = p.LeaderID
		}
		topics[x.Name] = topic{code: kafka.Error(x.ErrorCode), leaders: leaders, from: address}
	}
	return nil
}

// retire closes connections to brokers that are no longer part of the cluster
// nor named in the configuration.
func (t *topology) retire() {
	if len(t.brokers) == 0 {
		return
	}
	keep := map[string]bool{}
	for _, address := range t.conf.Brokers {
		keep[address] = true
	}
	for _, address := range t.brokers {
		keep[address] = true
	}
	for _, address := range t.coordinators {
		keep[address] = true
	}
	for address, l := range t.links {
		if !keep[address] {
			l.close()
			delete(t.links, address)
		}
	}
}
