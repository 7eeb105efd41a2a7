package main

import (
	"bytes"
	"context"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/decision"
)

// screen is what a running command wrote so far.
type screen struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// until polls the screen for a match and returns its groups.
func (s *screen) until(t *testing.T, wait time.Duration, pattern string) []string {
	t.Helper()
	re := regexp.MustCompile(pattern)
	for deadline := time.Now().Add(wait); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if m := re.FindStringSubmatch(s.String()); m != nil {
			return m
		}
	}
	t.Fatalf("no %q within %s; the screen shows\n%s", pattern, wait, s)
	return nil
}

// The demo as a newcomer runs it: replicas move, and explain answers beside it.
func TestDemoMovesReplicas(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var out, errs screen
	ended := make(chan int, 1)
	go func() {
		ended <- Main(ctx, []string{"demo", "--grpc-listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0"}, &out, &errs)
	}()
	address := out.until(t, 30*time.Second, `pages (http://127\.0\.0\.1:\d+)`)[1]
	asked := out.until(t, time.Minute, `demo/deposits .*?\s(\d\d) asked`)[1]
	if n, err := strconv.Atoi(asked); err != nil || n < 10 {
		t.Errorf("the surge asked for %q replicas", asked)
	}

	var answer, problem screen
	if code := Main(ctx, []string{"explain", "demo/deposits", "--server", address, "-o", "json"}, &answer, &problem); code != 0 {
		t.Fatalf("explain exits with %d: %s", code, problem.String())
	}
	var e decision.Explanation
	if err := json.Unmarshal([]byte(answer.String()), &e); err != nil {
		t.Fatal(err)
	}
	if e.Workload != "demo/deposits" || e.Policy != "deposits" || len(e.Steps) == 0 || e.Replicas == nil || e.Steps[len(e.Steps)-1].After != *e.Replicas {
		t.Errorf("explain answers %+v", e)
	}
	var text screen
	if code := Main(ctx, []string{"explain", "demo/lobby-api", "--server", address}, &text, &problem); code != 0 || !strings.Contains(text.String(), "rate:requests") {
		t.Errorf("explain exits with %d and says\n%s%s", code, text.String(), problem.String())
	}

	cancel()
	select {
	case code := <-ended:
		if code != 0 {
			t.Errorf("the demo exits with %d: %s", code, errs.String())
		}
	case <-time.After(10 * time.Second):
		t.Error("the demo still runs 10 s after its end was asked for")
	}
	if errs.String() != "" {
		t.Errorf("on standard error: %s", errs.String())
	}
}
