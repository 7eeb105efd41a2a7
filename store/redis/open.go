package redis

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/headstart-scaler/headstart/store"
	"github.com/headstart-scaler/headstart/store/internal/bell"
)

// Options are where the server is and what it must promise.
type Options struct {
	// Connection is where to find it: one address; several, of a Cluster; or
	// those of Sentinels, with MasterName. TLS, users and timeouts are in it.
	Connection redis.UniversalOptions
	// Prefix begins all keys, so that several Headstarts can share a server;
	// "headstart" by default. A user of its own needs these rights, in a
	// Cluster +cluster too:
	//
	//	~{headstart}* &{headstart}* -@all +@read +@write +@scripting +@pubsub
	//	+@connection +@transaction +wait +info +config|get
	Prefix string
	// Replicas is how many replicas must have a change before it is
	// acknowledged: 0 waits for none.
	Replicas int
	// Patience is how long a change is tried when connections fail, and how
	// long replicas may take; 10 s by default.
	Patience time.Duration
	Now      func() time.Time // the clock; time.Now by default
}

func (o Options) withDefaults() Options {
	if o.Prefix == "" {
		o.Prefix = "headstart"
	}
	if o.Patience <= 0 {
		o.Patience = 10 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	c := &o.Connection
	// Replicas may be behind.
	c.ReadOnly, c.RouteByLatency, c.RouteRandomly = false, false, false
	c.DisableIdentity = true
	if c.MaintNotificationsConfig == nil { // a service's own extension
		c.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	}
	// Documents have megabytes: go-redis' 3 s are too short on a slow line.
	if c.ReadTimeout == 0 {
		c.ReadTimeout = 10 * time.Second
	}
	if c.WriteTimeout == 0 {
		c.WriteTimeout = 10 * time.Second
	}
	return o
}

// Store is a connection to a server. It is safe for concurrent use.
type Store struct {
	client   redis.UniversalClient
	keys     keys
	now      func() time.Time
	replicas int
	patience time.Duration

	replicaTime time.Duration // for replicas to have a change

	failsOver bool // behind Sentinels or in a Cluster, another server may become the primary

	findings []store.Finding
	turn     chan struct{} // changes of this process take turns: those of others are enough to collide with
	bell     *bell.Bell
	close    func() error
}

// Open connects to a server and sees that what it holds fits together. Close
// the store after use.
func Open(ctx context.Context, o Options) (*Store, error) {
	if strings.ContainsAny(o.Prefix, "{}*?[]\\ \n") {
		return nil, fmt.Errorf("open Redis: prefix %q: leave out braces, spaces and the letters of patterns", o.Prefix)
	}
	if o.Replicas < 0 {
		return nil, fmt.Errorf("open Redis: %d replicas: want 0 or more", o.Replicas)
	}
	o = o.withDefaults()
	client := redis.NewUniversalClient(&o.Connection)
	s := &Store{
		client: client, keys: keys{o.Prefix}, now: o.Now, replicas: o.Replicas, patience: o.Patience,
		replicaTime: min(o.Patience, o.Connection.ReadTimeout) / 2,
		turn:        make(chan struct{}, 1), close: sync.OnceValue(client.Close),
	}
	_, cluster := client.(*redis.ClusterClient)
	s.failsOver = cluster || o.Connection.MasterName != ""
	s.bell = bell.New(s.look)
	if err := s.check(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open Redis at %s: %w", strings.Join(o.Connection.Addrs, ", "), err), s.close())
	}
	findings, err := s.inspect(ctx)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open Redis at %s: %w", strings.Join(o.Connection.Addrs, ", "), err), s.close())
	}
	s.findings = findings
	return s, nil
}

// Close ends the watches and the connections.
func (s *Store) Close() error {
	s.bell.Close()
	return s.close()
}

// Findings says how an acknowledged change can be lost with the settings the
// server had when the store was opened.
func (s *Store) Findings() []store.Finding { return s.findings }

// check sees that the head and the audit log are from the same moment. They
// are not after a key was evicted or removed, or when backups were mixed.
func (s *Store) check(ctx context.Context) error {
	if _, err := s.head(ctx); err != nil { // says what is forbidden better than a transaction does
		return err
	}
	var head *redis.StringCmd
	var last *redis.XMessageSliceCmd
	_, err := s.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		head, last = p.Get(ctx, s.keys.head()), p.XRevRangeN(ctx, s.keys.audit(), "+", "-", 1)
		return nil
	})
	if err != nil && !isNil(err) {
		return explain("read the head", err)
	}
	now, err := parseHead(head.Val())
	if err != nil {
		return err
	}
	end := store.Record{}
	if len(last.Val()) > 0 {
		if end, err = parseEntry(last.Val()[0]); err != nil {
			return err
		}
	}
	switch {
	case end.Checkpoint() != now.Audit:
		return fmt.Errorf("%w: the head says that the audit log ends with record %d, and it ends with record %d, "+
			"or with another one of that number: was a key removed or evicted, or an old backup restored?", store.ErrCorrupt, now.Audit.Seq, end.Seq)
	case end.Seq > 0 && !end.Intact():
		return fmt.Errorf("%w: audit record %d, the last, is not what was written", store.ErrCorrupt, end.Seq)
	}
	return nil
}
