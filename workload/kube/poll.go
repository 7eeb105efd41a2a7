package kube

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/headstart-scaler/headstart/decision"
)

// How targets without a watch are polled. 15 s is the HPA's own period; what a
// round does not reach within it, the next one starts with.
const (
	pollEvery   = 15 * time.Second
	pollAtOnce  = 4
	pollTimeout = 5 * time.Second
	// ScaledObjects that are new come in bursts, whole lists at the start.
	pollGather = 200 * time.Millisecond
)

// poll reads the scale of targets without a watch, and withdraws trust from
// what has not been heard of for long, until ctx ends.
func (c *Cluster) poll(ctx context.Context) {
	p := &poller{cluster: c, resources: map[schema.GroupVersionResource]*health{}, polls: map[target]polled{}}
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			c.expire()
			p.round(ctx, c.options.Now())
		case <-c.wake:
			if !gather(ctx, c.wake) {
				return
			}
			p.round(ctx, c.options.Now())
		}
	}
}

// gather waits for what comes in the same burst, and forgets that more did. It
// reports false when ctx ended.
func gather(ctx context.Context, sleeper <-chan struct{}) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(pollGather):
	}
	select {
	case <-sleeper:
	default:
	}
	return true
}

// poller remembers what was polled when. One goroutine uses it.
type poller struct {
	cluster   *Cluster
	resources map[schema.GroupVersionResource]*health
	polls     map[target]polled
}

// polled is when a target was last asked, and when it last answered.
type polled struct {
	resource     schema.GroupVersionResource
	asked, heard time.Time
}

// recent reports whether an instant is less than a round ago. The slack keeps a
// ticker's jitter from skipping a round.
func recent(at, now time.Time) bool { return now.Sub(at) <= pollEvery-time.Second }

// answer is how one request ended.
type answer struct {
	target   target
	resource schema.GroupVersionResource
	scale    replicas
	err      error
}

// round polls what is due, longest waiting first.
func (p *poller) round(ctx context.Context, now time.Time) {
	wanted := p.cluster.index.polled()
	p.cluster.index.keepPolled(wanted)
	var due []target
	for t := range wanted {
		if !recent(p.polls[t].asked, now) {
			due = append(due, t)
		}
	}
	slices.SortFunc(due, func(a, b target) int { return p.polls[a].asked.Compare(p.polls[b].asked) })
	kept := make(map[target]polled, len(wanted))
	for t := range wanted {
		kept[t] = p.polls[t]
	}
	p.polls = kept
	answers := p.ask(ctx, due, wanted)
	if ctx.Err() != nil {
		return
	}
	p.take(answers, now)
}

// ask reads the scale of each target, a few at once, for as long as a round
// may last.
func (p *poller) ask(ctx context.Context, due []target, resources map[target]schema.GroupVersionResource) []answer {
	ctx, cancel := context.WithTimeout(ctx, pollEvery)
	defer cancel()
	var mu sync.Mutex
	var answers []answer
	var workers sync.WaitGroup
	queue := make(chan target)
	for range min(pollAtOnce, len(due)) {
		workers.Go(func() {
			for t := range queue {
				scale, err := p.cluster.readScale(ctx, resources[t], t)
				mu.Lock()
				answers = append(answers, answer{t, resources[t], scale, err})
				mu.Unlock()
			}
		})
	}
	for _, t := range due {
		if ctx.Err() != nil {
			break
		}
		queue <- t
	}
	close(queue)
	workers.Wait()
	return answers
}

// take puts the answers into the index. A resource fails when none of its
// targets has answered for a round, whoever was asked now: one target's trouble
// is no reason to distrust the others.
func (p *poller) take(answers []answer, now time.Time) {
	failed := map[*health]error{}
	for _, a := range answers {
		h := p.resource(a.resource)
		last := p.polls[a.target]
		last.resource, last.asked = a.resource, now
		switch {
		case a.err == nil:
			last.heard = now
			h.sync()
			a.scale.source = h
			p.cluster.index.setTarget(a.target, a.scale)
		case apierrors.IsNotFound(a.err):
			p.cluster.index.dropTarget(a.target)
		default:
			failed[h] = a.err
			if now.Sub(last.heard) >= trustFor {
				p.cluster.index.dropTarget(a.target)
			}
		}
		p.polls[a.target] = last
	}
	for _, last := range p.polls {
		if recent(last.heard, now) {
			delete(failed, p.resource(last.resource))
		}
	}
	for h, err := range failed {
		h.note(err)
	}
}

// resource returns the health of a resource's scale, made at its first use.
func (p *poller) resource(r schema.GroupVersionResource) *health {
	h, ok := p.resources[r]
	if !ok {
		h = p.cluster.health(r.Resource+"/scale."+r.Group, "", "get")
		p.resources[r] = h
	}
	return h
}

// readScale asks for status.replicas of any kind that has a scale subresource.
func (c *Cluster) readScale(ctx context.Context, r schema.GroupVersionResource, t target) (replicas, error) {
	ctx, cancel := context.WithTimeout(ctx, pollTimeout)
	defer cancel()
	scale, err := c.clients.Dynamic.Resource(r).Namespace(t.namespace).Get(ctx, t.name, metav1.GetOptions{}, "scale")
	if err != nil {
		return replicas{}, fmt.Errorf("read the scale of %s %s/%s: %w", t.kind, t.namespace, t.name, err)
	}
	n, found, err := unstructured.NestedInt64(scale.Object, "status", "replicas")
	if err != nil || !found || n < 0 {
		return replicas{}, fmt.Errorf("read the scale of %s %s/%s: status.replicas is not a number of replicas", t.kind, t.namespace, t.name)
	}
	// It is absent where it is zero.
	asked, _, err := unstructured.NestedInt64(scale.Object, "spec", "replicas")
	if err != nil || asked < 0 {
		return replicas{}, fmt.Errorf("read the scale of %s %s/%s: spec.replicas is not a number of replicas", t.kind, t.namespace, t.name)
	}
	return replicas{current: decision.Replicas(n), asked: decision.Replicas(asked)}, nil
}
