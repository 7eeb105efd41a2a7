package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"google.golang.org/grpc/codes"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/calendar/intake"
	"github.com/headstart-scaler/headstart/planner"
	pb "github.com/headstart-scaler/headstart/proto/headstart/v1"
	"github.com/headstart-scaler/headstart/store"
)

// scheduleService keeps what will happen.
type scheduleService struct {
	pb.UnimplementedScheduleServiceServer

	planner Planner
	options Options
	gate    gate
	desks   chan struct{} // a place for each file that is read
	readers readingRoom
}

// readingRoom bounds what reading may cost at once: whole schedules are decoded
// and written for it, and everybody may read.
type readingRoom struct {
	desks, queue chan struct{}
}

func newReadingRoom() readingRoom {
	return readingRoom{desks: make(chan struct{}, readsAtOnce), queue: make(chan struct{}, readsWaiting)}
}

// seat waits for a place to read at, and returns how to leave it. Where too many
// wait already, it is a fault.
func (r readingRoom) seat(ctx context.Context) (leave func(), err error) {
	select {
	case r.queue <- struct{}{}:
	default:
		f := answerKind{"busy", "Busy", http.StatusServiceUnavailable, codes.ResourceExhausted}.
			fault("Too many requests read whole schedules at the moment.", "Ask again in some seconds.")
		f.after = soon
		return nil, f
	}
	select {
	case r.desks <- struct{}{}:
		return func() { <-r.desks; <-r.queue }, nil
	case <-ctx.Done():
		<-r.queue
		return nil, asFault(ctx.Err())
	}
}

// seat waits for a place to read a file at, and returns how to leave it.
func (s *scheduleService) seat(ctx context.Context) (leave func(), err error) {
	select {
	case s.desks <- struct{}{}:
		return func() { <-s.desks }, nil
	case <-ctx.Done():
		return nil, asFault(ctx.Err())
	}
}

// ImportSchedule reads a file and applies it.
func (s *scheduleService) ImportSchedule(ctx context.Context, r *pb.ImportScheduleRequest) (*pb.ImportScheduleResponse, error) {
	if err := s.gate.admit(ctx); err != nil {
		return nil, err
	}
	upload, err := uploadOf(ctx, r)
	if err != nil {
		return nil, err
	}
	leave, err := s.seat(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	var imported planner.Import
	err = whicheverIsCurrent(upload.Expected, func() (err error) {
		imported, err = s.planner.Import(ctx, upload)
		return err
	})
	if err != nil {
		return nil, conflicted(err, conditions{expected: upload.Expected})
	}
	m := importMessage(imported, r)
	if d := m.GetDiff(); d != nil {
		known := s.options.pastsOf(nil)
		known.doubts(d.GetAdded(), imported.Diff.Added)
		known.doubts(d.GetChanged(), imported.Diff.Changed)
	}
	return m, nil
}

// whicheverIsCurrent makes a change that names no version once more where
// somebody else was quicker.
func whicheverIsCurrent(expected *int64, change func() error) error {
	err := change()
	for again := 0; again < 3 && expected == nil && errors.Is(err, store.ErrConflict); again++ {
		err = change()
	}
	return err
}

// CorrectSchedule gives a table back with what is to be repaired.
func (s *scheduleService) CorrectSchedule(ctx context.Context, r *pb.CorrectScheduleRequest) (*pb.File, error) {
	if err := s.gate.admit(ctx); err != nil {
		return nil, err
	}
	if err := checkFile(r.GetFile()); err != nil {
		return nil, err
	}
	zone, err := zoneOf(r.GetTimezone())
	if err != nil {
		return nil, err
	}
	order, err := orderOf(r.GetDateOrder())
	if err != nil {
		return nil, err
	}
	leave, err := s.seat(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	read := s.planner.Read(planner.Upload{
		Name: r.GetFilename(), Data: r.GetFile(), Zone: zone, DateOrder: order, Columns: r.GetColumns(),
	})
	content, err := intake.Corrected(r.GetFile(), read)
	if err != nil {
		f := badRequest(sentence(err), "Correct the file in the program that made it.")
		f.cause = err
		return nil, f
	}
	return &pb.File{Name: correctedName(r.GetFilename(), read.Format), ContentType: mediaOf(read.Format), Content: content}, nil
}

// GetSchedule names the version in force.
func (s *scheduleService) GetSchedule(ctx context.Context, _ *pb.GetScheduleRequest) (*pb.Schedule, error) {
	version, _, err := s.planner.Schedule(ctx, 0)
	if err != nil {
		return nil, asFault(err)
	}
	inForce, _, err := s.planner.InForce(ctx)
	if err != nil {
		return nil, asFault(err)
	}
	return &pb.Schedule{Version: versionMessage(version), EventsInForce: whole(inForce.Len())}, nil
}

// ListEvents lists the events of a version. A page token names the version, so
// that all pages are of one.
func (s *scheduleService) ListEvents(ctx context.Context, r *pb.ListEventsRequest) (*pb.ListEventsResponse, error) {
	size, err := pageSize(r.GetPageSize())
	if err != nil {
		return nil, err
	}
	number, after := int64(r.GetVersion()), ""
	parts, err := parseToken(r.GetPageToken(), "events", 2)
	if err != nil {
		return nil, err
	}
	if parts != nil {
		if number, err = strconv.ParseInt(parts[0], 10, 64); err != nil || r.GetVersion() != 0 && number != int64(r.GetVersion()) {
			return nil, damaged()
		}
		after = parts[1]
	}
	leave, err := s.readers.seat(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	version, schedule, err := s.planner.Schedule(ctx, number)
	if err != nil {
		return nil, asFault(err)
	}
	answer := &pb.ListEventsResponse{Version: whole(version.Number), Events: []*pb.Event{}}
	for e := range schedule.All() {
		if e.ID <= after {
			continue
		}
		if len(answer.Events) == size {
			answer.NextPageToken = token("events", strconv.FormatInt(version.Number, 10), after)
			break
		}
		answer.Events, after = append(answer.Events, eventMessage(e)), e.ID
	}
	return answer, nil
}

// ExportSchedule returns a version as a file.
func (s *scheduleService) ExportSchedule(ctx context.Context, r *pb.ExportScheduleRequest) (*pb.File, error) {
	format, err := formatOf(r.GetFormat(), intake.CSV, intake.XLSX, intake.ICS, intake.JSON)
	if err != nil {
		return nil, err
	}
	leave, err := s.readers.seat(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	version, schedule, err := s.planner.Schedule(ctx, int64(r.GetVersion()))
	if err != nil {
		return nil, asFault(err)
	}
	content, err := s.written(format, schedule)
	if err != nil {
		return nil, asFault(err)
	}
	return &pb.File{Name: fmt.Sprintf("schedule-%d.%s", version.Number, format), ContentType: mediaOf(format), Content: content}, nil
}

func (s *scheduleService) written(format intake.Format, schedule calendar.Schedule) ([]byte, error) {
	switch format {
	case intake.XLSX:
		return intake.WriteXLSX(schedule)
	case intake.ICS:
		return intake.WriteICS(schedule, s.options.Now()), nil
	case intake.JSON:
		return intake.EncodeJSON(schedule), nil
	default:
		return intake.WriteCSV(schedule), nil
	}
}

// GetTemplate returns an empty schedule to fill in.
func (s *scheduleService) GetTemplate(_ context.Context, r *pb.GetTemplateRequest) (*pb.File, error) {
	format, err := formatOf(r.GetFormat(), intake.CSV, intake.XLSX)
	if err != nil {
		return nil, err
	}
	content := intake.TemplateCSV()
	if format == intake.XLSX {
		if content, err = intake.TemplateXLSX(); err != nil {
			return nil, asFault(err)
		}
	}
	return &pb.File{Name: "schedule-template." + string(format), ContentType: mediaOf(format), Content: content}, nil
}

// ListVersions lists the versions there were.
func (s *scheduleService) ListVersions(ctx context.Context, r *pb.ListVersionsRequest) (*pb.ListVersionsResponse, error) {
	size, err := pageSize(r.GetPageSize())
	if err != nil {
		return nil, err
	}
	before, err := numberToken(r.GetPageToken(), "versions")
	if err != nil {
		return nil, err
	}
	found, err := s.planner.History(ctx, before, size)
	if err != nil {
		return nil, asFault(err)
	}
	answer := &pb.ListVersionsResponse{}
	for _, v := range found {
		answer.Versions = append(answer.Versions, versionMessage(v))
	}
	// Versions are numbered without a gap.
	if len(found) > 0 && found[len(found)-1].Number > 1 {
		answer.NextPageToken = token("versions", strconv.FormatInt(found[len(found)-1].Number, 10))
	}
	return answer, nil
}

// RollbackSchedule makes an earlier version the newest one again.
func (s *scheduleService) RollbackSchedule(ctx context.Context, r *pb.RollbackScheduleRequest) (*pb.RollbackScheduleResponse, error) {
	if err := s.gate.admit(ctx); err != nil {
		return nil, err
	}
	c, err := conditionsFrom(ctx, r.ExpectedVersion, r.GetIdempotencyKey())
	if err != nil {
		return nil, err
	}
	var noVersion error
	if r.GetVersion() < 1 {
		noVersion = invalid("version", strconv.Itoa(int(r.GetVersion())), "the number of the version to go back to")
	}
	by, nobody := personOf(r.GetAuthor(), r.GetReason(), c.key, ofBody)
	if r.GetDryRun() {
		nobody = nil
	}
	if err := gathered(noVersion, nobody); err != nil {
		return nil, err
	}
	leave, err := s.seat(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	var back planner.RolledBack
	err = whicheverIsCurrent(c.expected, func() (err error) {
		back, err = s.planner.Rollback(ctx, planner.Rollback{
			To: int64(r.GetVersion()), Expected: c.expected, DryRun: r.GetDryRun(), RemoveMany: r.GetRemoveMany(), By: by,
		})
		return err
	})
	if err != nil {
		return nil, conflicted(err, c)
	}
	answer := &pb.RollbackScheduleResponse{BaseVersion: whole(back.Base.Number), Counts: countsMessage(back.Diff)}
	if !r.GetOmitDiff() {
		answer.Diff = diffMessage(back.Diff)
	}
	if back.Applied.Number != 0 {
		answer.Version = versionMessage(back.Applied)
	}
	return answer, nil
}
