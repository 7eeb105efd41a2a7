package scaler

import (
	"fmt"
	"time"
	"unicode/utf8"

	pb "github.com/kedacore/keda/v2/pkg/scalers/externalscaler"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/headstart-scaler/headstart/pipeline"
	"github.com/headstart-scaler/headstart/workload"
)

// maxFault bounds an error's text in bytes. It travels in an HTTP/2 trailer
// and ends in KEDA's log once per poll; what it quotes may be far longer.
const maxFault = 1024

func parseTrigger(ref *pb.ScaledObjectRef) (workload.Trigger, error) {
	id := workload.ID{Namespace: ref.GetNamespace(), Name: ref.GetName()}
	if !workload.IsDNSLabel(id.Namespace) || !workload.IsDNSSubdomain(id.Name) {
		return workload.Trigger{}, fault(codes.InvalidArgument,
			"scaledObjectRef: no ScaledObject can have namespace %.64q and name %.64q: send those of the ScaledObject", id.Namespace, id.Name)
	}
	t, err := workload.ParseTrigger(id, ref.GetScalerMetadata())
	if err != nil {
		return workload.Trigger{}, fault(codes.InvalidArgument, "%s: %s", id, err)
	}
	return t, nil
}

// check says from the configuration alone whether a trigger can be decided.
func (s *Service) check(t workload.Trigger) error {
	if err := s.plan.Check(t); err != nil {
		code := codes.NotFound
		if bare := (workload.Trigger{Workload: t.Workload, Policy: t.Policy}); bare != t && s.plan.Check(bare) == nil {
			code = codes.InvalidArgument // the policy exists, the overrides do not fit it
		}
		return fault(code, "%s", err)
	}
	return nil
}

// meet lets a valid trigger be decided from the next tick on, if there is room.
// Where there is none, the call that asks for a decision says so.
func (s *Service) meet(t workload.Trigger) { _ = s.plan.Seen(t) }

// decided returns the decision to answer a trigger from.
func (s *Service) decided(t workload.Trigger) (*pipeline.Entry, error) {
	snapshot := s.plan.Snapshot()
	entry := find(snapshot, t)
	if entry == nil {
		if err := s.check(t); err != nil {
			return nil, err
		}
	}
	if err := s.plan.Seen(t); err != nil && entry == nil {
		return nil, fault(codes.ResourceExhausted, "%s", err)
	}
	return entry, s.usable(t, snapshot, entry)
}

// usable is nil when the entry can be told to KEDA. Whatever heals by itself
// is Unavailable; what a person has to repair is not.
func (s *Service) usable(t workload.Trigger, snapshot *pipeline.Snapshot, entry *pipeline.Entry) error {
	if reason, found := s.objection(t.Workload); found {
		return fault(codes.FailedPrecondition, "%s: %s", t.Workload, reason)
	}
	if snapshot != nil {
		if age := s.now().Sub(snapshot.At); age > s.terms.MaxAge {
			return fault(codes.Unavailable,
				"%s: the last decision is %s old and none older than %s is answered: ticks have stopped or overrun; see this replica's log and its tick metrics",
				t.Workload, age.Round(time.Second), s.terms.MaxAge)
		}
	}
	switch {
	case entry == nil:
		return fault(codes.Unavailable, "%s: no decision yet: the first decision is due within %s of the first request", t, s.terms.FirstDecision)
	case entry.Outcome.Refusal != "":
		return fault(codes.Unavailable, "%s: %s", t, entry.Outcome.Refusal)
	case entry.Outcome.Replicas < 0:
		return fault(codes.Internal, "%s: decision %s asks for %d replicas, which is a fault in Headstart", t, entry.DecisionID, entry.Outcome.Replicas)
	}
	return nil
}

func (s *Service) objection(id workload.ID) (string, bool) {
	if s.objections == nil {
		return "", false
	}
	return s.objections.Objection(id)
}

func find(snapshot *pipeline.Snapshot, t workload.Trigger) *pipeline.Entry {
	if snapshot == nil {
		return nil
	}
	entry, found := snapshot.Find(t)
	if !found {
		return nil
	}
	return entry
}

// fault is an error for KEDA's log, at most maxFault bytes of whole runes.
func fault(code codes.Code, format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	if len(text) > maxFault {
		end := maxFault - len("…")
		for !utf8.RuneStart(text[end]) {
			end--
		}
		text = text[:end] + "…"
	}
	return status.Error(code, text)
}
