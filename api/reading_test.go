package api

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	pb "github.com/headstart-scaler/headstart/proto/headstart/v1"
)

// Reading costs memory and everybody may read: few at once, some waiting, and
// the others are told to come again.
func TestAReadingRoomIsBounded(t *testing.T) {
	room := newReadingRoom()
	leave, err := room.seat(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	waiting := make(chan error, readsWaiting)
	for range readsWaiting - 1 {
		go func() {
			leave, err := room.seat(t.Context())
			if err == nil {
				leave()
			}
			waiting <- err
		}()
	}
	for deadline := time.Now().Add(5 * time.Second); len(room.queue) < readsWaiting; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d wait, want %d", len(room.queue), readsWaiting)
		}
	}
	_, err = room.seat(t.Context())
	if f, ok := errors.AsType[*fault](err); !ok || f.Status != http.StatusServiceUnavailable || f.after == 0 {
		t.Errorf("one too many is answered with %v, want 503 and when to come again", err)
	}
	leave()
	for range readsWaiting - 1 {
		if err := <-waiting; err != nil {
			t.Error(err)
		}
	}
}

// Who gives up gives the place back.
func TestAReadingRoomIsLeft(t *testing.T) {
	room := newReadingRoom()
	ctx, cancel := context.WithCancel(t.Context())
	held, err := room.seat(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := room.seat(ctx); err == nil {
		t.Error("a place was given to somebody who had gone")
	}
	held()
	if n := len(room.queue) + len(room.desks); n != 0 {
		t.Errorf("%d places are still held", n)
	}
}

// What cannot be answered is said at once, without a place to read at.
func TestNoPlaceIsTakenForWhatCannotBeAnswered(t *testing.T) {
	nobody, everybody := make(chan struct{}), make(chan struct{}) // a wait that never ends, and a room that is full
	s := &scheduleService{options: Options{Now: time.Now}, desks: nobody, readers: readingRoom{desks: nobody, queue: everybody}}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	ctx = context.WithValue(ctx, callerKey{}, caller{address: "127.0.0.1:4711", host: "localhost"})
	for name, ask := range map[string]func() error{
		"events": func() error {
			_, err := s.ListEvents(ctx, &pb.ListEventsRequest{PageSize: -1})
			return err
		},
		"a page of events": func() error {
			_, err := s.ListEvents(ctx, &pb.ListEventsRequest{PageToken: "torn"})
			return err
		},
		"occurrences": func() error {
			_, err := s.ListOccurrences(ctx, &pb.ListOccurrencesRequest{Workload: "a.b/x"})
			return err
		},
		"an export": func() error {
			_, err := s.ExportSchedule(ctx, &pb.ExportScheduleRequest{Format: "pdf"})
			return err
		},
		"a rollback": func() error {
			_, err := s.RollbackSchedule(ctx, &pb.RollbackScheduleRequest{Version: 1})
			return err
		},
	} {
		if f, ok := errors.AsType[*fault](ask()); !ok || f.code != codes.InvalidArgument {
			t.Errorf("%s: %v, want what is wrong with the request", name, f)
		}
	}
}
