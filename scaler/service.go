package scaler

import (
	"context"
	"time"

	pb "github.com/kedacore/keda/v2/pkg/scalers/externalscaler"
	"google.golang.org/grpc/codes"

	"github.com/headstart-scaler/headstart/pipeline"
	"github.com/headstart-scaler/headstart/workload"
)

// Plan is what is decided, and for whom.
type Plan interface {
	// Snapshot returns the latest snapshot, or nil before the first tick.
	Snapshot() *pipeline.Snapshot
	// Check says from the configuration alone whether the trigger can be
	// decided: its error names the unknown policy and what was meant.
	Check(t workload.Trigger) error
	// Seen notes that KEDA asked for the trigger, so that the next tick
	// decides it. Its error says why that will not be: too many are in use.
	// It never blocks.
	Seen(t workload.Trigger) error
}

// Objections knows of ScaledObjects that would turn our answer into another
// number, such as one with metricType Value: KEDA does not send us that field.
type Objections interface {
	// Objection returns what is wrong with the workload's ScaledObject and
	// how to repair it, and false when nothing is.
	Objection(id workload.ID) (reason string, found bool)
}

// Terms are what a Service promises about time.
type Terms struct {
	// FirstDecision is how soon after its first request a trigger is decided;
	// it is only told, not enforced.
	FirstDecision time.Duration
	// MaxAge is the age beyond which a snapshot is an error.
	MaxAge time.Duration
	// StreamAge is how long a push stream lasts before it ends cleanly, give
	// or take a tenth; zero means until shutdown. KEDA opens a new stream two
	// seconds after a clean end, on a connection of its choice: without that,
	// a connection that Limits.ConnectionAge has retired would stay for the
	// streams it carries, and no stream would ever reach a new replica.
	StreamAge time.Duration
}

// Service answers KEDA's five calls. It is safe for concurrent use.
type Service struct {
	pb.UnimplementedExternalScalerServer

	plan       Plan
	objections Objections
	terms      Terms
	now        func() time.Time
}

// NewService returns a Service that reads from plan. Objections may be nil
// where no cluster is watched.
func NewService(plan Plan, objections Objections, terms Terms, now func() time.Time) *Service {
	return &Service{plan: plan, objections: objections, terms: terms, now: now}
}

// GetMetricSpec names the metric of a trigger and its target, which is 1
// always: the metric is the number of replicas itself.
func (s *Service) GetMetricSpec(_ context.Context, ref *pb.ScaledObjectRef) (*pb.GetMetricSpecResponse, error) {
	t, err := parseTrigger(ref)
	if err != nil {
		return nil, err
	}
	if err := s.check(t); err != nil {
		return nil, err
	}
	s.meet(t)
	return newSpec(workload.MetricName(t.Policy)), nil
}

// GetMetrics returns the replicas to ask for, as the one value of the metric
// that GetMetricSpec names.
func (s *Service) GetMetrics(_ context.Context, request *pb.GetMetricsRequest) (*pb.GetMetricsResponse, error) {
	t, err := parseTrigger(request.GetScaledObjectRef())
	if err != nil {
		return nil, err
	}
	entry, err := s.decided(t)
	if err != nil {
		return nil, err
	}
	name := workload.MetricName(t.Policy)
	if asked := request.GetMetricName(); asked != name {
		return nil, fault(codes.InvalidArgument,
			"%s: metric %q does not exist: the metric of policy %s is %s, as GetMetricSpec says", t.Workload, asked, t.Policy, name)
	}
	return newMetrics(name, int64(entry.Outcome.Replicas)), nil
}

// IsActive reports whether the workload has to have replicas at all.
func (s *Service) IsActive(_ context.Context, ref *pb.ScaledObjectRef) (*pb.IsActiveResponse, error) {
	t, err := parseTrigger(ref)
	if err != nil {
		return nil, err
	}
	entry, err := s.decided(t)
	if err != nil {
		return nil, err
	}
	return &pb.IsActiveResponse{Result: entry.Outcome.Active}, nil
}
