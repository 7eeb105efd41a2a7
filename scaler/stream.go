package scaler

import (
	"context"
	"math/rand/v2"
	"time"

	pb "github.com/kedacore/keda/v2/pkg/scalers/externalscaler"
	"google.golang.org/grpc"
	"google.golang.org/grpc/status"

	"github.com/headstart-scaler/headstart/pipeline"
	"github.com/headstart-scaler/headstart/workload"
)

// firstSnapshotPoll is how often a stream looks for the first snapshot: there
// is none before it that could say it has been superseded. Ten thousand
// streams that look this often take a few percent of a core, until the first
// tick.
const firstSnapshotPoll = 50 * time.Millisecond

// StreamIsActive sends the workload's state once it is known and then each
// change to active. A change to inactive is not sent, as KEDA ignores it; and
// active is not repeated, as every message postpones the scaling to zero.
// While the decision is one that IsActive would refuse, nothing is sent.
func (s *Service) StreamIsActive(ref *pb.ScaledObjectRef, stream grpc.ServerStreamingServer[pb.IsActiveResponse]) error {
	t, err := parseTrigger(ref)
	if err != nil {
		return err
	}
	known, active := false, false
	return s.follow(stream.Context(), t, func(snapshot *pipeline.Snapshot) error {
		entry := find(snapshot, t)
		if usable := s.usable(t, snapshot, entry) == nil; !usable {
			return nil
		}
		tell := !known || entry.Outcome.Active && !active
		known, active = true, entry.Outcome.Active
		if !tell {
			return nil
		}
		return stream.Send(&pb.IsActiveResponse{Result: active})
	})
}

// StreamMetricSpec sends what GetMetricSpec answers, at once. Both depend on
// nothing but the policy's name, so no reload of the configuration changes
// them; one that takes the policy away ends the stream with the error that
// GetMetricSpec then gives.
func (s *Service) StreamMetricSpec(ref *pb.ScaledObjectRef, stream grpc.ServerStreamingServer[pb.GetMetricSpecResponse]) error {
	spec, err := s.GetMetricSpec(stream.Context(), ref)
	if err != nil {
		return err
	}
	if err := stream.Send(spec); err != nil {
		return err
	}
	t, err := parseTrigger(ref)
	if err != nil {
		return err
	}
	return s.follow(stream.Context(), t, func(*pipeline.Snapshot) error { return nil })
}

// follow calls visit with the latest snapshot and each one published after,
// as long as the configuration knows the trigger's policy. It returns nil when
// the stream has reached its age.
func (s *Service) follow(ctx context.Context, t workload.Trigger, visit func(*pipeline.Snapshot) error) error {
	aged, stop := s.aged()
	defer stop()
	for {
		if err := s.check(t); err != nil {
			return err
		}
		s.meet(t)
		next, err := s.visitLatest(visit)
		if err != nil {
			return err
		}
		select {
		case <-next:
		case <-aged:
			return nil
		case <-ctx.Done():
			return status.FromContextError(ctx.Err()).Err()
		}
	}
}

// visitLatest returns what to wait for before the next visit.
func (s *Service) visitLatest(visit func(*pipeline.Snapshot) error) (next <-chan struct{}, err error) {
	snapshot := s.plan.Snapshot()
	if snapshot == nil {
		soon := make(chan struct{})
		time.AfterFunc(firstSnapshotPoll, func() { close(soon) })
		return soon, nil
	}
	return snapshot.Superseded(), visit(snapshot)
}

// aged fires when a stream that begins now should end. Streams that began
// together, as they do after a restart, end apart.
func (s *Service) aged() (fires <-chan time.Time, stop func() bool) {
	if s.terms.StreamAge <= 0 {
		return nil, func() bool { return true }
	}
	age := time.Duration(float64(s.terms.StreamAge) * (0.9 + 0.2*rand.Float64())) //nolint:gosec // Spreads load; nothing secret depends on it.
	timer := time.NewTimer(age)
	return timer.C, timer.Stop
}
