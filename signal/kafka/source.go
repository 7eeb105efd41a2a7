package kafka

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/headstart-scaler/headstart/signal"
)

// forgetAfter is how long a query that is no longer asked is remembered. It
// spans a reload of the configuration that takes a policy out and in again.
const forgetAfter = 10 * time.Minute

// Source answers ConsumerGroup queries from one Kafka cluster. Make one with
// New. It keeps at most one connection per broker.
type Source struct {
	conf Config
	sent atomic.Uint64

	gate   sync.Mutex // guards what Close needs while a read is under way
	closed bool
	cancel context.CancelFunc

	reading  sync.Mutex // held for a whole Read
	topology *topology
	subjects map[signal.ConsumerGroup]*subject
	members  membership
}

// New returns a source for a cluster. It does not connect yet. The error
// names what is wrong with the configuration and how to mend it.
func New(conf Config) (*Source, error) {
	if err := conf.check(); err != nil {
		return nil, err
	}
	if conf.Timeout == 0 {
		conf.Timeout = DefaultTimeout
	}
	if conf.Logger == nil {
		conf.Logger = slog.New(slog.DiscardHandler)
	}
	if conf.SASL != nil && conf.SASL.Mechanism == Plain && conf.TLS == nil {
		conf.Logger.Warn("kafka passwords cross the network in clear text: SASL PLAIN without TLS", "brokers", conf.Brokers)
	}
	s := &Source{conf: conf, subjects: map[signal.ConsumerGroup]*subject{}}
	s.topology = newTopology(&s.conf, &s.sent)
	return s, nil
}

// Close ends a read that is under way and closes all connections. Reads after
// it answer Unreachable.
func (s *Source) Close() error {
	s.gate.Lock()
	s.closed = true
	if s.cancel != nil {
		s.cancel()
	}
	s.gate.Unlock()

	s.reading.Lock()
	defer s.reading.Unlock()
	s.topology.close()
	return nil
}

// enter leaves the way to end a read for Close, or reports that it came first.
func (s *Source) enter(cancel context.CancelFunc) bool {
	s.gate.Lock()
	defer s.gate.Unlock()
	s.cancel = cancel
	return !s.closed
}

// Requests is the number of requests sent to brokers since the start,
// connecting included.
func (s *Source) Requests() uint64 { return s.sent.Load() }

// Read answers each query, in order, until ctx ends. Queries other than
// ConsumerGroup are refused.
func (s *Source) Read(ctx context.Context, queries []signal.Query) []signal.Reading {
	s.reading.Lock()
	defer s.reading.Unlock()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	readings := make([]signal.Reading, len(queries))
	if !s.enter(cancel) {
		for i, q := range queries {
			readings[i] = signal.Bad(s.conf.Now(), signal.Unreachable, "%s: the Kafka source is closed", q)
		}
		return readings
	}
	places := s.accept(queries, readings)
	if len(places) == 0 {
		return readings
	}
	asked := make([]*subject, 0, len(places))
	for x := range places {
		asked = append(asked, x)
	}
	answers := s.read(ctx, asked)
	for x, at := range places {
		for _, i := range at {
			readings[i] = answers[x]
		}
	}
	s.forget()
	return readings
}

// accept finds or makes the subject of each query and returns where its
// answer goes. Queries that cannot be asked get their reading at once.
func (s *Source) accept(queries []signal.Query, readings []signal.Reading) map[*subject][]int {
	now := s.conf.Now()
	places := make(map[*subject][]int, len(queries))
	for i, q := range queries {
		x, err := s.subject(q)
		if err != nil {
			readings[i] = signal.Bad(now, signal.Refused, "%v", err)
			continue
		}
		x.asked, x.fault, x.fetch, x.partitions = now, nil, nil, x.partitions[:0]
		places[x] = append(places[x], i)
	}
	return places
}

func (s *Source) subject(q signal.Query) (*subject, error) {
	g, ok := q.(signal.ConsumerGroup)
	if !ok {
		return nil, fmt.Errorf("a Kafka source reads consumer groups only, not %q: choose another source for this signal", q)
	}
	if x, ok := s.subjects[g]; ok {
		return x, nil
	}
	x, err := newSubject(g)
	if err != nil {
		return nil, err
	}
	s.subjects[g] = x
	return x, nil
}

// read is one round over the cluster. Commits are read before the ends of the
// logs, so that a commit made meanwhile does not look like one beyond the end.
func (s *Source) read(ctx context.Context, asked []*subject) map[*subject]signal.Reading {
	t := s.topology
	names, whole := interests(asked)
	if f := t.know(ctx, names, whole); f != nil {
		return s.allBad(asked, f)
	}
	for _, x := range asked {
		if !x.open() {
			x.resolve(t)
		}
	}
	groups := s.readCommits(ctx, asked)
	s.discover(ctx, asked, names, whole)

	at := s.conf.Now()
	wanted := map[partitionID]bool{}
	for _, x := range asked {
		if x.fault == nil {
			for _, id := range x.partitions {
				wanted[id] = true
			}
		}
	}
	extents := t.ends(ctx, wanted, names)
	s.members.refresh(ctx, t, groups)
	t.retire()

	answers := make(map[*subject]signal.Reading, len(asked))
	for _, x := range asked {
		answers[x] = x.reading(at, t, extents, s.members.of(x.query.Group))
	}
	return answers
}

// interests are the topics to know of, and whether to know of all.
func interests(asked []*subject) (names map[string]bool, whole bool) {
	names = map[string]bool{}
	for _, x := range asked {
		for _, name := range x.named {
			names[name] = true
		}
		for _, name := range x.topics {
			names[name] = true
		}
		whole = whole || x.pattern != nil
	}
	return names, whole
}

// readCommits fetches the commits of all groups and returns their names.
func (s *Source) readCommits(ctx context.Context, asked []*subject) []string {
	var fetches []*fetch
	for _, x := range asked {
		if x.fault != nil || !x.open() && len(x.topics) == 0 {
			continue
		}
		x.fetch = x.want()
		fetches = append(fetches, x.fetch)
	}
	fetches = share(asked, fetches)
	s.topology.commits(ctx, fetches)
	return groupsOf(fetches)
}

// share merges the fetches of queries that name topics of the same group.
func share(asked []*subject, fetches []*fetch) []*fetch {
	first := map[string]*fetch{}
	kept := fetches[:0]
	for _, f := range fetches {
		if f.topics == nil {
			kept = append(kept, f)
			continue
		}
		one, ok := first[f.group]
		if !ok {
			first[f.group] = f
			kept = append(kept, f)
			continue
		}
		one.include(f)
	}
	for _, x := range asked {
		if x.fetch != nil && x.fetch.topics != nil {
			x.fetch = first[x.query.Group]
		}
	}
	return kept
}

// discover finds the topics of open queries, reading the layout of those not
// known yet.
func (s *Source) discover(ctx context.Context, asked []*subject, names map[string]bool, whole bool) {
	var open []*subject
	for _, x := range asked {
		if !x.open() || x.fetch == nil || x.fetch.fault != nil {
			continue
		}
		open = append(open, x)
		for _, name := range x.committedTopics() {
			names[name] = true
		}
	}
	if len(open) == 0 {
		return
	}
	f := s.topology.know(ctx, names, whole)
	for _, x := range open {
		if f != nil {
			x.fault = f
			continue
		}
		x.discover(s.topology)
	}
}

func (s *Source) allBad(asked []*subject, f *fault) map[*subject]signal.Reading {
	now := s.conf.Now()
	answers := make(map[*subject]signal.Reading, len(asked))
	for _, x := range asked {
		answers[x] = signal.Bad(now, f.condition, "%s: %s", x.query, f.reason)
	}
	return answers
}

func (s *Source) forget() {
	now := s.conf.Now()
	for q, x := range s.subjects {
		if now.Sub(x.asked) > forgetAfter {
			delete(s.subjects, q)
		}
	}
}
