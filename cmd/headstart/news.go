package main

import (
	"context"
	"time"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/pipeline"
	"github.com/headstart-scaler/headstart/workload"
	"github.com/headstart-scaler/headstart/workload/kube"
)

// refindEvery is how often the cluster's triggers are named to the pipeline
// again, which forgets those nobody asks for.
const refindEvery = 5 * time.Minute

// news carries snapshots to Kubernetes Events without a tick waiting for it:
// it looks at the latest when it has time.
type news struct {
	cluster   *kube.Cluster
	announcer *kube.Announcer
	latest    chan *pipeline.Snapshot
	refind    time.Duration // every so often
}

func newNews(c *kube.Cluster, known workload.Policies) *news {
	return &news{cluster: c, announcer: kube.NewAnnouncer(c, known), latest: make(chan *pipeline.Snapshot, 1), refind: refindEvery}
}

// take hands over a snapshot; one that nobody looked at yet is dropped.
func (n *news) take(s *pipeline.Snapshot) {
	select {
	case <-n.latest:
	default:
	}
	select {
	case n.latest <- s:
	default:
	}
}

// run announces until ctx ends.
func (n *news) run(ctx context.Context, found func(workload.Trigger)) {
	refind := time.NewTicker(n.refind)
	defer refind.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case s := <-n.latest:
			n.announcer.Tick(s.At, func(yield func(workload.Trigger, decision.Outcome) bool) {
				s.All(func(e *pipeline.Entry) bool { return yield(e.Trigger, e.Outcome) })
			})
		case <-refind.C:
			n.cluster.Triggers(func(t workload.Trigger) bool {
				found(t)
				return true
			})
		}
	}
}
