package api_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/headstart-scaler/headstart/planner"
	pb "github.com/headstart-scaler/headstart/proto/headstart/v1"
)

// endless is a body of any length, and counts what was read of it.
type endless struct{ left, sent int64 }

func (e *endless) Read(b []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n := min(int64(len(b)), e.left)
	for i := range b[:n] {
		b[i] = 'x'
	}
	e.left -= n
	atomic.AddInt64(&e.sent, n)
	return int(n), nil
}

const twoGigabytes = 2 << 30

// A file of 2 GB is refused as soon as it is known to be too large, and never
// held.
func TestAHugeUploadIsRefusedEarly(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		name   string
		media  string
		length int64 // -1: it does not say
		most   int64 // of the body that may be sent before the answer
	}{
		{"says its length", "text/csv", twoGigabytes, 8 << 20},
		{"does not say its length", "text/csv", -1, 48 << 20},
		{"a form that says its length", "multipart/form-data; boundary=x", twoGigabytes, 8 << 20},
	} {
		t.Run(c.name, func(t *testing.T) {
			body := &endless{left: twoGigabytes}
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			status, text := w.upload(t, body, c.length, c.media)
			runtime.ReadMemStats(&after)
			if status != http.StatusRequestEntityTooLarge || !strings.Contains(string(text), "32 MiB") {
				t.Errorf("got %d %s", status, text)
			}
			if sent := atomic.LoadInt64(&body.sent); sent > c.most {
				t.Errorf("%d MiB were taken, want at most %d", sent>>20, c.most>>20)
			}
			if grown := int64(after.TotalAlloc - before.TotalAlloc); grown > 6*32<<20 {
				t.Errorf("%d MiB were allocated", grown>>20)
			}
		})
	}
}

// upload sends a body that says a length, or none.
func (w *world) upload(t *testing.T, body io.Reader, length int64, media string) (status int, text []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+w.address+merge, io.NopCloser(body))
	if err != nil {
		t.Fatal(err)
	}
	r.ContentLength = length
	r.Header.Set("Content-Type", media)
	got, err := w.client.Do(r)
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	defer got.Body.Close()
	if text, err = io.ReadAll(got.Body); err != nil {
		t.Fatal(err)
	}
	return got.StatusCode, text
}

// A form without a length is cut as its file is.
func TestAHugeFormIsRefused(t *testing.T) {
	w := newWorld(t)
	head := "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n"
	body := &endless{left: twoGigabytes}
	got := w.stream(t, "POST", merge, io.MultiReader(strings.NewReader(head), body), "Content-Type", "multipart/form-data; boundary=x")
	if got.StatusCode != http.StatusRequestEntityTooLarge || atomic.LoadInt64(&body.sent) > 48<<20 {
		t.Errorf("%s after %d MiB: %s", got.Status, body.sent>>20, got.body)
	}
}

// A request in JSON is never long.
func TestALongRequestIsRefused(t *testing.T) {
	w := newWorld(t)
	got := w.do(t, "POST", "/api/v1/overrides", `{"reason":"`+strings.Repeat("x", 1<<20)+`"}`)
	if o := got.want(t, http.StatusRequestEntityTooLarge); !strings.Contains(fmt.Sprint(o.at("detail")), "1024 KiB") {
		t.Errorf("got %v", o)
	}
}

// A file of the most there may be is read, and one byte more is not.
func TestAFileAtTheLimitIsRead(t *testing.T) {
	w := newWorld(t)
	file := `{"events":[{"id":"a","title":"Cup","start":"2026-12-01T20:00","end":"2026-12-01T23:00","timezone":"UTC"}]}`
	file += strings.Repeat(" ", 32<<20-len(file))
	dry := imports + "?mode=merge&dry_run=true"
	if o := w.do(t, "POST", dry, file).want(t, http.StatusOK); len(o.list("events")) != 1 {
		t.Errorf("got %v", o)
	}
	w.do(t, "POST", dry, file+" ").want(t, http.StatusRequestEntityTooLarge)

	over := func(file string) error {
		_, err := pb.NewScheduleServiceClient(w.grpc).ImportSchedule(t.Context(), &pb.ImportScheduleRequest{File: []byte(file), Mode: "merge", DryRun: true})
		return err
	}
	if err := over(file); err != nil {
		t.Errorf("over gRPC: %v", err)
	}
	if err := over(file + " "); status.Code(err) != codes.ResourceExhausted {
		t.Errorf("one byte more over gRPC: %v", err)
	}
}

// An upload that ends early is not taken for a shorter file.
func TestAnUploadThatIsCutIsRefused(t *testing.T) {
	w := newWorld(t)
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", w.address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	file := sheet("a", "b")
	_, err = fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s", merge, len(file), file[:len(file)/2])
	if half, ok := c.(interface{ CloseWrite() error }); err == nil && ok {
		err = half.CloseWrite()
	}
	if err != nil {
		t.Fatal(err)
	}
	text, _ := io.ReadAll(c)
	if !strings.Contains(string(text), "400 Bad Request") || !strings.Contains(string(text), "ended early") {
		t.Errorf("got %s", text)
	}
	if v := w.do(t, "GET", "/api/v1/schedule", "").want(t, http.StatusOK); v.at("version.number") != 0.0 {
		t.Errorf("half a file was applied: %v", v)
	}
}

// slow reads files until it is told, and counts how many it does at once.
type slow struct {
	failing

	now, most atomic.Int32
	release   chan struct{}
}

func (s *slow) Import(context.Context, planner.Upload) (planner.Import, error) {
	n := s.now.Add(1)
	defer s.now.Add(-1)
	for most := s.most.Load(); n > most && !s.most.CompareAndSwap(most, n); most = s.most.Load() {
	}
	<-s.release
	return planner.Import{}, nil
}

// Many files at once wait for each other: memory is bounded. Who gives up does
// not keep a place.
func TestFilesWaitForEachOther(t *testing.T) {
	s := &slow{failing: failing{errors.New("unused")}, release: make(chan struct{})}
	w := newWorld(t, func(w *world) { w.options.Planner = s })
	done := make(chan int, 10)
	for range 10 {
		go func() { done <- w.do(t, "POST", merge, sheet("a")).StatusCode }()
	}
	for s.now.Load() < 1 {
		runtime.Gosched()
	}
	impatient, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := pb.NewScheduleServiceClient(w.grpc).ImportSchedule(impatient, &pb.ImportScheduleRequest{File: []byte("x"), Mode: "merge", Author: "mia"})
	if status.Code(err) != codes.DeadlineExceeded {
		t.Errorf("got %v", err)
	}
	close(s.release)
	for range 10 {
		if got := <-done; got != http.StatusOK {
			t.Errorf("got %d", got)
		}
	}
	if most := s.most.Load(); most != 1 {
		t.Errorf("%d files were read at once, want 1", most)
	}
}
