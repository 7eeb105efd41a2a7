package api

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/pipeline"
	pb "github.com/headstart-scaler/headstart/proto/headstart/v1"
	"github.com/headstart-scaler/headstart/workload"
)

// skew is how far a caller's clock may run ahead of ours.
const skew = time.Minute

// decisionService says how many replicas workloads get, and why.
type decisionService struct {
	pb.UnimplementedDecisionServiceServer

	options Options
}

func (s *decisionService) snapshot() (*pipeline.Snapshot, error) {
	snapshot := s.options.Snapshot()
	if snapshot == nil {
		f := answerKind{"no-snapshot", "Nothing decided yet", http.StatusServiceUnavailable, codes.Unavailable}.
			fault("This replica has not finished its first tick.", "Ask again in a few seconds; if it lasts, see /readyz and this replica's log.")
		f.after = soon
		return nil, f
	}
	return snapshot, nil
}

// ListDecisions lists the latest decision on every trigger, by workload.
func (s *decisionService) ListDecisions(_ context.Context, r *pb.ListDecisionsRequest) (*pb.ListDecisionsResponse, error) {
	size, err := pageSize(r.GetPageSize())
	if err != nil {
		return nil, err
	}
	after, err := parseToken(r.GetPageToken(), "decisions", 4)
	if err != nil {
		return nil, err
	}
	snapshot, err := s.snapshot()
	if err != nil {
		return nil, err
	}
	var entries []*pipeline.Entry
	snapshot.All(func(e *pipeline.Entry) bool {
		if after == nil || slices.Compare(position(e), after) > 0 {
			entries = append(entries, e)
		}
		return true
	})
	slices.SortFunc(entries, byTrigger)
	page, more := trimmed(entries, size)
	answer := &pb.ListDecisionsResponse{}
	for _, e := range page {
		answer.Decisions = append(answer.Decisions, decisionMessage(e, snapshot.ConfigHash))
	}
	if more {
		answer.NextPageToken = token("decisions", position(page[size-1])...)
	}
	return answer, nil
}

// position tells any two entries of a snapshot apart, and orders them.
func position(e *pipeline.Entry) []string {
	t := e.Trigger
	return []string{t.Workload.Namespace, t.Workload.Name, t.Policy, overridesKey(t.Overrides)}
}

func byTrigger(a, b *pipeline.Entry) int {
	x, y := &a.Trigger, &b.Trigger
	return cmp.Or(
		strings.Compare(x.Workload.Namespace, y.Workload.Namespace), strings.Compare(x.Workload.Name, y.Workload.Name),
		strings.Compare(x.Policy, y.Policy), strings.Compare(overridesKey(x.Overrides), overridesKey(y.Overrides)),
	)
}

func overridesKey(o workload.Overrides) string {
	if o == (workload.Overrides{}) {
		return ""
	}
	return o.String()
}

// GetDecision explains the decision in force at an instant.
func (s *decisionService) GetDecision(_ context.Context, r *pb.GetDecisionRequest) (*pb.Decision, error) {
	id := workload.ID{Namespace: r.GetNamespace(), Name: r.GetName()}
	if !workload.IsDNSLabel(id.Namespace) || !workload.IsDNSSubdomain(id.Name) {
		return nil, badRequest(fmt.Sprintf("No ScaledObject can have namespace %.64q and name %.64q.", id.Namespace, id.Name),
			"Write the namespace and the name of the ScaledObject, which need not be those of its Deployment.")
	}
	var at time.Time
	if r.GetAt() != nil {
		var err error
		if at, err = instant("at", r.GetAt()); err != nil {
			return nil, err
		}
		if now := s.options.Now(); at.After(now.Add(skew)) {
			return nil, invalid("at", at.Format(time.RFC3339), "an instant up to now, "+now.UTC().Format(time.RFC3339))
		}
	}
	snapshot, err := s.snapshot()
	if err != nil {
		return nil, err
	}
	entries, err := s.find(snapshot, id, r.GetPolicy(), at)
	if err != nil {
		return nil, err
	}
	entries = narrow(entries, r.GetPolicy(), r.GetOverrides())
	switch len(entries) {
	case 0:
		return nil, noDecision(fmt.Sprintf("%s: no trigger has the overrides %.200q.", id, r.GetOverrides()), "Leave overrides out to see which there are.")
	case 1:
		hash := ""
		if e, found := snapshot.Find(entries[0].Trigger); found && e == entries[0] {
			hash = snapshot.ConfigHash
		}
		return decisionMessage(entries[0], hash), nil
	default:
		return nil, several(entries)
	}
}

func noDecision(detail, repair string) *fault {
	return answerKind{"no-decision", "No such decision", http.StatusNotFound, codes.NotFound}.fault(detail, repair)
}

// find returns the decisions on a workload at an instant, the latest at none.
func (s *decisionService) find(snapshot *pipeline.Snapshot, id workload.ID, policy string, at time.Time) ([]*pipeline.Entry, error) {
	var entries []*pipeline.Entry
	if at.IsZero() || !at.Before(snapshot.At) {
		snapshot.All(func(e *pipeline.Entry) bool {
			if e.Trigger.Workload == id && (policy == "" || e.Trigger.Policy == policy) {
				entries = append(entries, e)
			}
			return true
		})
		slices.SortFunc(entries, byTrigger)
	}
	if len(entries) > 0 {
		return entries, nil
	}
	entries, err := s.options.Ledger.Explain(id, policy, at)
	if err != nil {
		return nil, noDecision(sentence(err), "The workloads that are decided for are listed at /api/v1/decisions; KEDA has to have asked for a workload, by its ScaledObject's name.")
	}
	return entries, nil
}

// narrow keeps the decisions of a trigger's overrides. A policy without a word
// about overrides means the trigger that has none, where there is one.
func narrow(entries []*pipeline.Entry, policy, overrides string) []*pipeline.Entry {
	var kept []*pipeline.Entry
	for _, e := range entries {
		if overridesKey(e.Trigger.Overrides) == overrides {
			kept = append(kept, e)
		}
	}
	if overrides != "" || policy != "" && len(kept) == 1 {
		return kept
	}
	return entries
}

// several says which decisions a request could have meant.
func several(entries []*pipeline.Entry) *fault {
	id := entries[0].Trigger.Workload
	f := answerKind{"several-decisions", "Several decisions", http.StatusMultipleChoices, codes.FailedPrecondition}.fault(
		fmt.Sprintf("%s has %d triggers that point at Headstart, each decided apart; KEDA's HPA takes the largest.", id, len(entries)),
		"Name one with policy, and with overrides where one policy is used twice.")
	for _, e := range entries {
		c := choice{Policy: e.Trigger.Policy, Overrides: overridesKey(e.Trigger.Overrides)}
		query := url.Values{"policy": {c.Policy}}
		if c.Overrides != "" {
			query.Set("overrides", c.Overrides)
		}
		c.Href = "/api/v1/decisions/" + id.String() + "?" + query.Encode()
		f.Choices = append(f.Choices, c)
	}
	return f
}

func decisionMessage(e *pipeline.Entry, configHash string) *pb.Decision {
	told := e.Outcome.Explain(e.Trigger.Workload.String())
	told.DecisionID, told.ConfigHash = e.DecisionID, configHash
	m := &pb.Decision{
		Workload: told.Workload, At: stamp(told.At), Replicas: replicas(told.Replicas), Active: told.Active, Policy: told.Policy,
		Stale: told.Stale, Mode: string(told.Mode), Winner: told.Winner, Plan: replicas(told.Plan), Reactive: replicas(told.Reactive), Warm: replicas(told.Warm),
		Refusal: told.Refusal, DecisionId: told.DecisionID, ConfigHash: told.ConfigHash, Text: told.Text(),
	}
	for _, step := range told.Steps {
		m.Steps = append(m.Steps, &pb.Step{Name: step.Name, Before: whole(step.Before), After: whole(step.After), Why: step.Why})
	}
	for _, event := range told.Events {
		for i := range event.Accounts {
			m.Accounts = append(m.Accounts, accountMessage(&event, &event.Accounts[i]))
		}
	}
	for _, s := range told.Signals {
		for _, c := range s.Coverage {
			m.Coverage = append(m.Coverage, &pb.Coverage{Signal: s.Name, AheadSeconds: c.AheadSeconds, Quantile: c.Quantile, Share: c.Share})
		}
	}
	return m
}

func accountMessage(event *decision.Planned, a *decision.Account) *pb.EventAccount {
	m := &pb.EventAccount{
		EventId: event.ID, Start: stamp(event.Start), Signal: a.Signal, Text: a.Text, Announced: a.Announced, Mean: a.Mean, Missing: whole(a.Missing),
		Planned: a.Planned, AtMost: a.AtMost, Certainty: a.Certainty, SoFar: a.SoFar,
	}
	for _, p := range a.Past {
		m.Past = append(m.Past, &pb.PastEvent{
			Start: stamp(p.Start), Announced: p.Announced, Came: p.Came, Factor: p.Factor, Before: p.Before, Most: p.Most, PeakSeconds: p.PeakSeconds,
		})
	}
	return m
}

func replicas(n *decision.Replicas) *int32 {
	if n == nil {
		return nil
	}
	return new(whole(*n))
}
