package rig

import (
	"testing"
	"time"
)

// Eventually polls until check returns nil, and fails the test with its last
// error when that takes longer than limit.
func Eventually(t testing.TB, limit time.Duration, check func() error) {
	t.Helper()
	deadline := time.Now().Add(limit)
	for {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %v", limit, err)
		}
		pause(t)
	}
}

// Always polls for the whole duration, and fails the test at the first error.
func Always(t testing.TB, duration time.Duration, check func() error) {
	t.Helper()
	for deadline := time.Now().Add(duration); time.Now().Before(deadline); pause(t) {
		if err := check(); err != nil {
			t.Fatalf("%s before %s were over: %v", time.Until(deadline).Round(time.Millisecond), duration, err)
		}
	}
}

// pause is the time between two polls.
func pause(t testing.TB) {
	t.Helper()
	select {
	case <-time.After(100 * time.Millisecond):
	case <-t.Context().Done():
		t.Fatal("the test is over")
	}
}
