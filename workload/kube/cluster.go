package kube

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/workload"
)

// Cluster is what is known of a Kubernetes cluster. One that is off knows
// nothing, and all its methods may be called all the same.
type Cluster struct {
	clients Clients
	options Options
	why     string
	index   *index
	events  *recorder

	// begun is when Run began, in Unix nanoseconds; 0 before.
	begun atomic.Int64

	// wake asks for a poll before its time.
	wake chan struct{}
	// wakeSpaces asks for a look at namespaces before its time.
	wakeSpaces chan struct{}

	// starting guards start, which runs feeds while Run runs, and targets,
	// the kinds already fed.
	starting sync.Mutex
	start    func(func(namespace string) *feed)
	targets  map[schema.GroupKind]bool

	recording sync.Mutex
	healths   []*health
}

// awaitFor is how long after its start a Cluster is expected to tell what it
// has not told yet.
const awaitFor = 30 * time.Second

// New returns a Cluster seen through the clients; without any it is off. Why
// is what Status says about that.
func New(clients Clients, o Options, why string) *Cluster {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if len(o.Namespaces) == 0 {
		o.Namespaces = []string{""} // the API's word for all of them
	}
	c := &Cluster{
		clients: clients, options: o, why: why, index: newIndex(),
		wake: make(chan struct{}, 1), wakeSpaces: make(chan struct{}, 1), targets: map[schema.GroupKind]bool{},
	}
	c.events = &recorder{index: c.index}
	return c
}

// Reachable reports whether there is a cluster to ask, not whether it answers.
func (c *Cluster) Reachable() bool { return c.clients.Dynamic != nil && c.clients.Kube != nil }

// Run watches until ctx ends, and returns when everything it started has
// ended. It is called once.
func (c *Cluster) Run(ctx context.Context) {
	if !c.Reachable() {
		<-ctx.Done()
		return
	}
	c.begun.Store(c.options.Now().UnixNano())
	var running sync.WaitGroup
	defer running.Wait()
	c.starting.Lock()
	c.start = func(make func(string) *feed) {
		for _, namespace := range c.options.Namespaces {
			f := make(namespace)
			running.Go(func() { f.run(ctx) })
		}
	}
	c.starting.Unlock()
	stopEvents := c.events.open(ctx, c.clients.Kube.CoreV1(), c.health("events", "", "create, patch"))
	defer stopEvents()
	c.start(c.scaledObjectFeed)
	c.start(c.hpaFeed)
	running.Go(func() { c.readNamespaces(ctx) })
	c.poll(ctx)
}

// wake leaves a token where somebody waits for one, unless there is one.
func wake(sleeper chan<- struct{}) {
	select {
	case sleeper <- struct{}{}:
	default:
	}
}

// startTargets watches a kind of scale target from its first use on, so that
// nobody has to grant what nobody needs; kinds without a watch are polled soon.
func (c *Cluster) startTargets(kind schema.GroupKind) {
	if !watchedKind(kind) {
		wake(c.wake)
		return
	}
	c.starting.Lock()
	defer c.starting.Unlock()
	if c.targets[kind] || c.start == nil {
		return
	}
	c.targets[kind] = true
	switch kind {
	case deployment:
		c.start(c.deploymentFeed)
	case statefulSet:
		c.start(c.statefulSetFeed)
	default:
	}
}

// health makes the record of how a resource fares.
func (c *Cluster) health(name, namespace, verbs string) *health {
	h := &health{name: name, namespace: namespace, verbs: verbs, log: c.options.Logger, now: c.options.Now}
	c.recording.Lock()
	defer c.recording.Unlock()
	c.healths = append(c.healths, h)
	return h
}

// expire withdraws trust from feeds that have been failing for long.
func (c *Cluster) expire() {
	c.recording.Lock()
	defer c.recording.Unlock()
	for _, h := range c.healths {
		h.expire()
	}
}

// ours reports whether KEDA reaches us under the address.
func (c *Cluster) ours(address string) bool {
	return len(c.options.Addresses) == 0 || slices.Contains(c.options.Addresses, address)
}

// Scale returns what is known of a workload's replicas, at once and without
// allocating. Known is false until the target has been seen, when it is
// missing, and when the API server has not answered for five minutes; the
// bounds then are still those last seen. Until Run has been running for half a
// minute, what is not Known is Awaited. Tolerance is -1 where the ScaledObject
// sets none or is not known.
func (c *Cluster) Scale(id workload.ID) decision.Scale {
	s := c.index.scale(id)
	s.Awaited = !s.Known && c.awaits()
	return s
}

// awaits reports whether what has not been seen may still be told: where there
// is a cluster, until Run has been running for half a minute.
func (c *Cluster) awaits() bool {
	if !c.Reachable() {
		return false
	}
	begun := c.begun.Load()
	return begun == 0 || c.options.Now().UnixNano()-begun < int64(awaitFor)
}

// Objection says why the workload's ScaledObject, or the HPA that KEDA made of
// it, would misread any answer, and false when neither would.
func (c *Cluster) Objection(id workload.ID) (string, bool) {
	objection := c.index.objection(id)
	return objection, objection != ""
}

// Triggers calls yield for each trigger of ours, in no order, until it returns
// false.
func (c *Cluster) Triggers(yield func(workload.Trigger) bool) {
	for _, t := range c.index.triggers() {
		if !yield(t) {
			return
		}
	}
}

// Status is how the Cluster fares.
type Status struct {
	// Reachable is false when there is none to ask; Why says which one there
	// is, or why there is none.
	Reachable bool
	Why       string
	// Workloads is the number of ScaledObjects that concern us.
	Workloads int
	Feeds     []FeedStatus // by resource and namespace
}

// Status returns how the Cluster fares now.
func (c *Cluster) Status() Status {
	s := Status{Reachable: c.Reachable(), Why: c.why, Workloads: c.index.len()}
	c.recording.Lock()
	defer c.recording.Unlock()
	for _, h := range c.healths {
		s.Feeds = append(s.Feeds, h.status())
	}
	slices.SortFunc(s.Feeds, func(a, b FeedStatus) int {
		if by := strings.Compare(a.Resource, b.Resource); by != 0 {
			return by
		}
		return strings.Compare(a.Namespace, b.Namespace)
	})
	return s
}
