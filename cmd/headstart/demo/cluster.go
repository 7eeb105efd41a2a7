package demo

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"sync"
	"time"

	pb "github.com/kedacore/keda/v2/pkg/scalers/externalscaler"
	"google.golang.org/grpc"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/workload"
)

const (
	podLead   = 12 * time.Second // from asking for a pod until it is Ready
	syncEvery = 3 * time.Second  // Kubernetes asks every 15 s; a demo is watched
)

// cluster stands in for Kubernetes and KEDA: it asks for each workload's
// metric as KEDA's client does, applies the HPA's arithmetic, and gives new
// pods their time to become Ready.
type cluster struct {
	log *slog.Logger

	mu      sync.Mutex
	targets map[workload.ID]*target
}

// target is a Deployment with one of our triggers.
type target struct {
	ref      *pb.ScaledObjectRef
	min, max int32
	ready    int32
	starting []time.Time // when each starting pod becomes Ready
}

func (t *target) current() int32 { return t.ready + int32(len(t.starting)) }

func newCluster(log *slog.Logger) *cluster {
	return &cluster{log: log, targets: map[workload.ID]*target{}}
}

// add deploys a workload with a ScaledObject that points at the policy of the
// same name.
func (c *cluster) add(id workload.ID, lo, hi int32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.targets[id] = &target{
		ref: &pb.ScaledObjectRef{
			Namespace: id.Namespace, Name: id.Name,
			ScalerMetadata: map[string]string{"scalerAddress": "headstart.demo:9090", "policy": id.Name},
		},
		min: lo, max: hi, ready: lo,
	}
}

// Scale is what the cluster says of a workload.
func (c *cluster) Scale(id workload.ID) decision.Scale {
	c.mu.Lock()
	defer c.mu.Unlock()
	t, ok := c.targets[id]
	if !ok {
		return decision.Scale{}
	}
	return decision.Scale{
		Known: true, Current: decision.Replicas(t.current()), Ready: decision.Replicas(t.ready),
		Min: decision.Replicas(t.min), Max: decision.Replicas(t.max), Revision: "1",
	}
}

// ready is how many pods of a workload serve.
func (c *cluster) ready(id workload.ID) int { return int(c.Scale(id).Ready) }

// run starts pods and asks the scaler until ctx ends.
func (c *cluster) run(ctx context.Context, conn *grpc.ClientConn, resized func(id workload.ID, ready int)) {
	client := pb.NewExternalScalerClient(conn)
	pods, hpa := time.NewTicker(time.Second), time.NewTicker(syncEvery)
	defer pods.Stop()
	defer hpa.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-pods.C:
			c.startPods(now, resized)
		case <-hpa.C:
			c.sync(ctx, client, resized)
		}
	}
}

func (c *cluster) startPods(now time.Time, resized func(workload.ID, int)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, t := range c.targets {
		for len(t.starting) > 0 && !now.Before(t.starting[0]) {
			t.starting = t.starting[1:]
			t.ready++
		}
		resized(id, int(t.ready))
	}
}

func (c *cluster) sync(ctx context.Context, client pb.ExternalScalerClient, resized func(workload.ID, int)) {
	c.mu.Lock()
	targets := maps.Clone(c.targets)
	c.mu.Unlock()
	for id, t := range targets {
		desired, err := ask(ctx, client, t.ref)
		if err != nil {
			c.log.Debug("the HPA holds", "workload", id.String(), "error", err)
			continue
		}
		c.mu.Lock()
		t.scale(min(max(desired, t.min), t.max), time.Now())
		resized(id, int(t.ready))
		c.mu.Unlock()
	}
}

// scale asks for pods, or takes away the newest.
func (t *target) scale(desired int32, now time.Time) {
	for t.current() < desired {
		t.starting = append(t.starting, now.Add(podLead))
	}
	for t.current() > desired {
		if n := len(t.starting); n > 0 {
			t.starting = t.starting[:n-1]
		} else {
			t.ready--
		}
	}
}

// ask makes the calls of KEDA's client and returns what an HPA with tolerance
// 0 computes from them: ceil(value ÷ target).
func ask(ctx context.Context, client pb.ExternalScalerClient, ref *pb.ScaledObjectRef) (int32, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	spec, err := client.GetMetricSpec(ctx, ref)
	if err != nil {
		return 0, fmt.Errorf("get the metric spec of %s: %w", ref.GetName(), err)
	}
	if len(spec.GetMetricSpecs()) != 1 {
		return 0, fmt.Errorf("metric spec of %s has %d entries, want 1", ref.GetName(), len(spec.GetMetricSpecs()))
	}
	metric := spec.GetMetricSpecs()[0]
	answer, err := client.GetMetrics(ctx, &pb.GetMetricsRequest{ScaledObjectRef: ref, MetricName: metric.GetMetricName()})
	if err != nil {
		return 0, fmt.Errorf("get the metric of %s: %w", ref.GetName(), err)
	}
	if len(answer.GetMetricValues()) != 1 {
		return 0, fmt.Errorf("metric of %s has %d values, want 1", ref.GetName(), len(answer.GetMetricValues()))
	}
	return int32(math.Ceil(answer.GetMetricValues()[0].GetMetricValueFloat() / metric.GetTargetSizeFloat())), nil
}
