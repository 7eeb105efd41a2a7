package kube

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/headstart-scaler/headstart/workload"
)

const (
	// namespacesEvery is how often the labels of a namespace are read. They are
	// not watched: that would take a right on all namespaces of the cluster,
	// and they hardly ever change.
	namespacesEvery = time.Minute
	// namespacesRound is the time between two looks, and namespacesAtOnce how
	// many are read in one: replica counts need the same client's requests more.
	namespacesRound  = 5 * time.Second
	namespacesAtOnce = 25
)

// readNamespaces reads the labels of namespaces until ctx ends.
func (c *Cluster) readNamespaces(ctx context.Context) {
	n := &namespaces{cluster: c, health: c.health("namespaces", "", "get"), asked: map[string]time.Time{}}
	tick := time.NewTicker(namespacesRound)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-c.wakeSpaces:
			if !gather(ctx, c.wakeSpaces) {
				return
			}
		}
		n.round(ctx, c.options.Now())
	}
}

// labelPrefix marks labels that are meant for Headstart: headstart/brand goes
// before brand.
const labelPrefix = "headstart/"

// Labels are those of a ScaledObject and of its namespace, by which the events
// of a schedule find it; the ScaledObject's go before its namespace's. They are
// not the caller's to change. Complete is false while more may yet be heard of:
// until the namespace has been read, and for a ScaledObject that has not been
// seen half a minute after the start.
func (c *Cluster) Labels(id workload.ID) (labels map[string]string, complete bool) {
	if o, seen := c.index.object(id); seen {
		return o.identity, o.complete
	}
	return nil, !c.awaits()
}

// merge lays labels over one another, and those with the prefix over their
// namesakes without it.
func merge(layers ...map[string]string) map[string]string {
	merged := map[string]string{}
	for _, layer := range layers {
		maps.Copy(merged, layer)
		for key, value := range layer {
			if name, ours := strings.CutPrefix(key, labelPrefix); ours {
				merged[name] = value
			}
		}
	}
	return merged
}

// namespaces reads the labels of namespaces that have ScaledObjects. One
// goroutine uses it.
type namespaces struct {
	cluster *Cluster
	health  *health
	asked   map[string]time.Time
}

// round reads some of those that are due, longest waiting first, until the API
// server does not answer.
func (n *namespaces) round(ctx context.Context, now time.Time) {
	wanted := n.cluster.index.namespaces()
	n.cluster.index.keepNamespaces(wanted)
	maps.DeleteFunc(n.asked, func(name string, _ time.Time) bool { return !wanted[name] })
	var due []string
	for name := range wanted {
		if now.Sub(n.asked[name]) >= namespacesEvery-time.Second {
			due = append(due, name)
		}
	}
	slices.SortFunc(due, func(a, b string) int { return cmp.Or(n.asked[a].Compare(n.asked[b]), cmp.Compare(a, b)) })
	for _, name := range due[:min(len(due), namespacesAtOnce)] {
		err := n.read(ctx, name)
		if ctx.Err() != nil {
			return
		}
		n.asked[name] = now
		if err == nil || apierrors.IsNotFound(err) {
			n.health.sync()
			continue
		}
		n.health.note(err)
		if classify(err) == away {
			return
		}
	}
}

func (n *namespaces) read(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(ctx, pollTimeout)
	defer cancel()
	namespace, err := n.cluster.clients.Kube.CoreV1().Namespaces().Get(ctx, name, metav1.GetOptions{})
	switch {
	case err == nil:
		n.cluster.index.setNamespace(name, namespace.Labels)
	case (apierrors.IsNotFound(err) || apierrors.IsForbidden(err)) && !n.cluster.index.hasNamespace(name):
		n.cluster.index.setNamespace(name, nil) // they cannot be had
	}
	return err
}
