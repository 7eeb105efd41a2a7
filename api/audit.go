package api

import (
	"bytes"
	"context"
	"strconv"
	"time"

	"github.com/headstart-scaler/headstart/planner"
	pb "github.com/headstart-scaler/headstart/proto/headstart/v1"
	"github.com/headstart-scaler/headstart/store"
)

// auditService shows who changed what.
type auditService struct {
	pb.UnimplementedAuditServiceServer

	log Audit
}

// ListRecords lists records of the audit log.
func (s *auditService) ListRecords(ctx context.Context, r *pb.ListRecordsRequest) (*pb.ListRecordsResponse, error) {
	size, err := pageSize(r.GetPageSize())
	if err != nil {
		return nil, err
	}
	if r.GetAfter() < 0 {
		return nil, invalid("after", strconv.Itoa(int(r.GetAfter())), "the number of a record, or 0 for the beginning")
	}
	if s.log == nil {
		return nil, asFault(planner.ErrNoStore)
	}
	records, err := s.log.Records(ctx, int64(r.GetAfter()), size)
	if err != nil {
		return nil, asFault(err)
	}
	answer := &pb.ListRecordsResponse{}
	for _, record := range records {
		line, err := record.AppendLine(nil)
		if err != nil {
			return nil, asFault(err)
		}
		answer.Lines = append(answer.Lines, string(bytes.TrimSuffix(line, []byte("\n"))))
	}
	if len(records) == size {
		answer.NextAfter = whole(records[size-1].Seq)
	}
	return answer, nil
}

// GetCheckpoint returns the log's head.
func (s *auditService) GetCheckpoint(ctx context.Context, _ *pb.GetCheckpointRequest) (*pb.Checkpoint, error) {
	if s.log == nil {
		return nil, asFault(planner.ErrNoStore)
	}
	head, err := s.log.Head(ctx)
	if err != nil {
		return nil, asFault(err)
	}
	m := &pb.Checkpoint{Seq: whole(head.Seq)}
	if head.Hash != (store.Digest{}) {
		m.Hash = head.Hash.String()
	}
	if !head.At.IsZero() {
		m.At = head.At.UTC().Format(time.RFC3339Nano)
	}
	return m, nil
}
