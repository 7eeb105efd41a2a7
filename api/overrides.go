package api

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	pb "github.com/headstart-scaler/headstart/proto/headstart/v1"
	"github.com/headstart-scaler/headstart/store"
	"github.com/headstart-scaler/headstart/workload"
)

// overrideService keeps what people order for workloads.
type overrideService struct {
	pb.UnimplementedOverrideServiceServer

	orders  Orders
	options Options
	gate    gate
}

// CreateOverride orders something for a workload, for a while.
func (s *overrideService) CreateOverride(ctx context.Context, r *pb.CreateOverrideRequest) (*pb.Override, error) {
	if err := s.gate.admit(ctx); err != nil {
		return nil, err
	}
	c, err := conditionsFrom(ctx, nil, r.GetIdempotencyKey())
	if err == nil {
		err = c.unversioned()
	}
	if err != nil {
		return nil, err
	}
	o, lasts, err := s.orderedBy(r)
	if err != nil {
		return nil, err
	}
	made, err := s.orders.Create(ctx, o, lasts, c.key)
	if err != nil {
		return nil, asFault(err)
	}
	m := s.message(made)
	m.Notes = slices.Concat(s.notes(made), s.beside(ctx, made))
	return m, nil
}

// orderedBy is the override that a request asks for, without its end, and how
// long it is to hold. One that begins now has no start. What is missing is named
// with all else that is wrong with it.
func (s *overrideService) orderedBy(r *pb.CreateOverrideRequest) (o store.Override, lasts time.Duration, err error) {
	by, nobody := personOf(r.GetAuthor(), r.GetReason(), "", ofBody)
	o = store.Override{
		Workload: r.GetWorkload(), Kind: store.Kind(r.GetKind()), Replicas: int(r.GetReplicas()), Author: by.Author, Reason: by.Reason,
	}
	var noStart error
	if r.GetStart() != nil {
		o.Start, noStart = instant("start", r.GetStart())
	}
	lasts, endless := lasting(r.GetDuration())
	if err = gathered(nobody, noStart, endless); err != nil {
		whole := o
		whole.Start = s.options.Now()
		whole.End = whole.Start.Add(time.Hour)
		return o, 0, gathered(nobody, noStart, endless, whole.Validate())
	}
	return o, lasts, nil
}

// lasting is how long an override holds.
func lasting(length *durationpb.Duration) (time.Duration, error) {
	if length == nil || length.CheckValid() != nil || length.AsDuration() <= 0 || length.AsDuration() > store.LongestOverride {
		return 0, invalid("duration", found(length.GetSeconds()), "how long it holds, such as 5400s, at most 366 days: what holds longer belongs into the policy")
	}
	return length.AsDuration(), nil
}

func found(seconds int64) string {
	if seconds == 0 {
		return ""
	}
	return strconv.FormatInt(seconds, 10) + "s"
}

// ListOverrides lists overrides, the newest first.
func (s *overrideService) ListOverrides(ctx context.Context, r *pb.ListOverridesRequest) (*pb.ListOverridesResponse, error) {
	size, err := pageSize(r.GetPageSize())
	if err != nil {
		return nil, err
	}
	before, err := numberToken(r.GetPageToken(), "overrides")
	if err != nil {
		return nil, err
	}
	if r.GetWorkload() != "" {
		if _, err := workload.ParseID(r.GetWorkload()); err != nil {
			return nil, invalid("workload", r.GetWorkload(), "NAMESPACE/NAME of a ScaledObject")
		}
	}
	wanted := func(o store.Override) bool {
		return (r.GetWorkload() == "" || o.Workload == r.GetWorkload()) && (before == 0 || o.ID < before)
	}
	read := s.every
	if r.GetActive() {
		read = s.active
	}
	found, err := read(ctx, before, size+1, wanted)
	if err != nil {
		return nil, asFault(err)
	}
	page, more := trimmed(found, size)
	answer := &pb.ListOverridesResponse{}
	for _, o := range page {
		answer.Overrides = append(answer.Overrides, s.message(o))
	}
	if more {
		answer.NextPageToken = token("overrides", strconv.FormatInt(page[size-1].ID, 10))
	}
	return answer, nil
}

// active are those that hold now, which are few.
func (s *overrideService) active(ctx context.Context, _ int64, most int, wanted func(store.Override) bool) ([]store.Override, error) {
	all, err := s.orders.Active(ctx)
	if err != nil {
		return nil, fmt.Errorf("list overrides: %w", err)
	}
	found := slices.DeleteFunc(slices.Clone(all), func(o store.Override) bool { return !wanted(o) })
	slices.Reverse(found)
	return found[:min(len(found), most)], nil
}

// every are all there were, read in pages until enough are found.
func (s *overrideService) every(ctx context.Context, before int64, most int, wanted func(store.Override) bool) ([]store.Override, error) {
	var found []store.Override
	for len(found) < most {
		page, err := s.orders.Overrides(ctx, before, store.MaxPage)
		if err != nil {
			return nil, fmt.Errorf("list overrides: %w", err)
		}
		if len(page) == 0 {
			break
		}
		for _, o := range page {
			if wanted(o) {
				found = append(found, o)
			}
		}
		if before = page[len(page)-1].ID; before <= 1 {
			break
		}
	}
	return found[:min(len(found), most)], nil
}

// ExpireOverride ends an override now.
func (s *overrideService) ExpireOverride(ctx context.Context, r *pb.ExpireOverrideRequest) (*pb.Override, error) {
	if err := s.gate.admit(ctx); err != nil {
		return nil, err
	}
	c, err := conditionsFrom(ctx, nil, r.GetIdempotencyKey())
	if err == nil {
		err = c.unversioned()
	}
	if err != nil {
		return nil, err
	}
	by, err := personOf(r.GetAuthor(), r.GetReason(), c.key, ofBody)
	if err != nil {
		return nil, err
	}
	ended, err := s.orders.Expire(ctx, int64(r.GetId()), by)
	if errors.Is(err, store.ErrNotFound) {
		f := notFound(sentence(err), "See which there are: headstart override list --all, or GET /api/v1/overrides.")
		f.cause = err
		return nil, f
	}
	if err != nil {
		return nil, asFault(err)
	}
	return s.message(ended), nil
}

func (s *overrideService) message(o store.Override) *pb.Override {
	return &pb.Override{
		Id: whole(o.ID), Workload: o.Workload, Kind: string(o.Kind), Replicas: whole(o.Replicas), Start: stamp(o.Start), End: stamp(o.End),
		Author: o.Author, Reason: o.Reason, ExpiredAt: stamp(o.ExpiredAt), ExpiredBy: o.ExpiredBy, ExpireReason: o.ExpireReason,
		Active: o.ActiveAt(s.options.Now()),
	}
}
