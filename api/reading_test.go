package api

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"
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
