package api_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/calendar/intake"
	"github.com/headstart-scaler/headstart/pipeline"
	"github.com/headstart-scaler/headstart/planner"
	pb "github.com/headstart-scaler/headstart/proto/headstart/v1"
	"github.com/headstart-scaler/headstart/store"
)

// failing is a planner and a log that answer everything with an error.
type failing struct{ err error }

func (f failing) Schedule(context.Context, int64) (store.Version, calendar.Schedule, error) {
	return store.Version{}, calendar.Schedule{}, f.err
}
func (f failing) History(context.Context, int64, int) ([]store.Version, error) { return nil, f.err }
func (f failing) InForce(context.Context) (calendar.Schedule, calendar.Classes, error) {
	return calendar.Schedule{}, nil, f.err
}

// Read takes no store.
func (failing) Read(u planner.Upload) intake.Result {
	return planner.New(planner.Options{}, planner.Pinned{}).Read(u)
}

func (f failing) Import(context.Context, planner.Upload) (planner.Import, error) {
	return planner.Import{}, f.err
}

func (f failing) Rollback(context.Context, planner.Rollback) (planner.RolledBack, error) {
	return planner.RolledBack{}, f.err
}
func (f failing) Active(context.Context) ([]store.Override, error) { return nil, f.err }
func (f failing) Overrides(context.Context, int64, int) ([]store.Override, error) {
	return nil, f.err
}

func (f failing) Create(context.Context, store.Override, time.Duration, string) (store.Override, error) {
	return store.Override{}, f.err
}

func (f failing) Expire(context.Context, int64, planner.Person) (store.Override, error) {
	return store.Override{}, f.err
}
func (f failing) Records(context.Context, int64, int) ([]store.Record, error) { return nil, f.err }
func (f failing) Head(context.Context) (store.Checkpoint, error)              { return store.Checkpoint{}, f.err }

func fails(err error) func(*world) {
	return func(w *world) { w.options.Planner, w.options.Audit = failing{err}, failing{err} }
}

// faults are all that can go wrong behind the API.
func faults() []struct {
	name   string
	err    error
	status int
	code   codes.Code
	retry  bool
} {
	conflict := &store.ConflictError{Expected: 6, Current: store.Version{Number: 7, Author: "ben"}}
	wrapped := func(err error) error { return fmt.Errorf("apply a schedule: /var/lib/headstart.db: %w", err) }
	return []struct {
		name   string
		err    error
		status int
		code   codes.Code
		retry  bool
	}{
		{"conflict", wrapped(conflict), 409, codes.Aborted, false},
		{"key-reused", wrapped(store.ErrKeyReused), 422, codes.AlreadyExists, false},
		{"not-found", fmt.Errorf("version 9 of the schedule: %w", store.ErrNotFound), 404, codes.NotFound, false},
		{"ended", fmt.Errorf("expire override 3: %w", store.ErrEnded), 409, codes.FailedPrecondition, false},
		{"invalid", fmt.Errorf("create an override: %w", errors.Join(store.FieldError{Field: "kind", Found: "flor", Fix: "floor"}, store.FieldError{Field: "reason", Fix: "say it"})), 422, codes.InvalidArgument, false},
		{"removes-many", wrapped(planner.RemovesManyError{Removed: 40, Of: 50}), 409, codes.FailedPrecondition, false},
		{"no-store", wrapped(planner.ErrNoStore), 501, codes.Unimplemented, false},
		{"store-full", wrapped(store.ErrFull), 507, codes.ResourceExhausted, false},
		{"store-read-only", wrapped(store.ErrReadOnly), 503, codes.FailedPrecondition, false},
		{"store-gone", wrapped(store.ErrGone), 503, codes.FailedPrecondition, false},
		{"store-unavailable", wrapped(store.ErrUnavailable), 503, codes.Unavailable, true},
		{"store-closed", wrapped(store.ErrClosed), 503, codes.Unavailable, true},
		{"in-doubt", wrapped(store.ErrInDoubt), 503, codes.Unknown, true},
		{"store-corrupt", wrapped(store.ErrCorrupt), 500, codes.DataLoss, false},
		{"store-newer", wrapped(store.ErrNewer), 500, codes.DataLoss, false},
		{"gave-up", wrapped(context.DeadlineExceeded), 503, codes.DeadlineExceeded, true},
		{"internal", errors.New("/var/lib/headstart.db: something nobody thought of"), 500, codes.Internal, false},
	}
}

func TestEveryFaultIsAProblem(t *testing.T) {
	for _, f := range faults() {
		t.Run(f.name, func(t *testing.T) {
			w := newWorld(t, fails(f.err))
			r := w.do(t, "POST", merge, sheet("a"))
			if r.StatusCode != f.status || r.Header.Get("Content-Type") != "application/problem+json" || (r.Header.Get("Retry-After") != "") != f.retry {
				t.Errorf("got %s %v", r.Status, r.Header)
			}
			golden(t, f.name, string(r.body))
			if strings.Contains(string(r.body), "/var/lib") {
				t.Errorf("the answer tells what is the log's to tell: %s", r.body)
			}
			logged := f.status >= 500 && f.status != 501
			if got := strings.Contains(w.logs.String(), "could not be answered"); got != logged {
				t.Errorf("logged: %t, want %t: %s", got, logged, w.logs.String())
			}
			w.answersLikewise(t, f.status)
			_, err := pb.NewScheduleServiceClient(w.grpc).ImportSchedule(t.Context(), &pb.ImportScheduleRequest{File: []byte("x"), Mode: "merge", Author: "mia"})
			checkStatus(t, err, f.code, f.retry)
		})
	}
}

// answersLikewise fails unless all other requests are answered with the status
// too.
func (w *world) answersLikewise(t *testing.T, status int) {
	t.Helper()
	for _, c := range []struct{ method, path, body string }{
		{"POST", "/api/v1/schedule/rollback", `{"version":1,"author":"mia"}`},
		{"POST", "/api/v1/overrides", order},
		{"POST", "/api/v1/overrides/1/expire", `{"author":"mia"}`},
		{"GET", "/api/v1/schedule", ""},
		{"GET", "/api/v1/schedule/events", ""},
		{"GET", "/api/v1/schedule/occurrences", ""},
		{"GET", "/api/v1/schedule/versions", ""},
		{"GET", "/api/v1/schedule/export", ""},
		{"GET", "/api/v1/overrides", ""},
		{"GET", "/api/v1/overrides?active=true", ""},
		{"GET", "/api/v1/audit/records", ""},
		{"GET", "/api/v1/audit/checkpoint", ""},
	} {
		if o := w.do(t, c.method, c.path, c.body).want(t, status); o.at("type") == nil || o.at("repair") == "" {
			t.Errorf("%s %s: %v", c.method, c.path, o)
		}
	}
}

// checkStatus holds an error to its code, and to the details that a program
// reads.
func checkStatus(t *testing.T, err error, code codes.Code, retry bool) {
	t.Helper()
	s := status.Convert(err)
	if s.Code() != code {
		t.Errorf("gRPC: %v, want %s", err, code)
	}
	var info *errdetails.ErrorInfo
	retried, violations := false, 0
	for _, d := range s.Details() {
		switch d := d.(type) {
		case *errdetails.ErrorInfo:
			info = d
		case *errdetails.RetryInfo:
			retried = d.GetRetryDelay().AsDuration() > 0
		case *errdetails.BadRequest:
			violations = len(d.GetFieldViolations())
		}
	}
	if info == nil || info.GetDomain() != "headstart" || info.GetReason() == "" || info.GetMetadata()["repair"] == "" || retried != retry {
		t.Errorf("gRPC: details %v", s.Details())
	}
	if (code == codes.InvalidArgument) != (violations == 2) {
		t.Errorf("gRPC: %d violations in %v", violations, s.Details())
	}
	if code == codes.Aborted && info.GetMetadata()["current_version"] != "7" {
		t.Errorf("gRPC: no version in %v", info)
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", "problems", name+".json")
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", file, got, want)
	}
}

// What is wrong with a request itself, each with its golden.
func TestEveryMisunderstandingIsAProblem(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct{ name, method, path, body string }{
		{"no-mode", "POST", imports + "?author=mia", "x"},
		{"no-author", "POST", imports + "?mode=merge", sheet("a")},
		{"nothing-said", "POST", imports, sheet("a")},
		{"nothing-ordered", "POST", "/api/v1/overrides", `{}`},
		{"nothing-taken-back", "POST", "/api/v1/schedule/rollback", `{}`},
		{"no-instant", "GET", "/api/v1/schedule/occurrences?from=tomorrow&to=2026-11-25T00:00:00+01:00&page_size=all", ""},
		{"no-truth", "GET", "/api/v1/overrides?active=maybe", ""},
		{"no-instant-of-json", "POST", "/api/v1/overrides", `{"start":"tomorrow"}`},
		{"no-duration-of-json", "POST", "/api/v1/overrides", `{"duration":"1h"}`},
		{"no-method-of-override", "DELETE", "/api/v1/overrides/1", ""},
		{"wrong-method-of-two", "PUT", "/api/v1/overrides", ""},
		{"no-file", "POST", merge, ""},
		{"no-range", "POST", imports + "?mode=replace&author=mia", "x"},
		{"range-reversed", "POST", imports + "?mode=replace&author=mia&replace_from=2026-11-02T00:00:00Z&replace_to=2026-11-01T00:00:00Z", "x"},
		{"range-of-a-merge", "POST", merge + "&replace_from=2026-11-02T00:00:00Z", "x"},
		{"range-no-instant", "POST", imports + "?mode=replace&author=mia&replace_from=monday", "x"},
		{"no-zone", "POST", merge + "&timezone=Malta", "x"},
		{"local-zone", "POST", merge + "&timezone=Local", "x"},
		{"no-order", "POST", merge + "&date_order=ydm", "x"},
		{"no-flag", "POST", merge + "&dry_run=maybe", "x"},
		{"misspelt", "POST", merge + "&dryrun=true", "x"},
		{"unknown-parameter", "GET", "/api/v1/schedule?verbose=1", ""},
		{"misspelt-parameter", "GET", "/api/v1/schedule/events?page_sise=1", ""},
		{"twice", "GET", "/api/v1/schedule/events?page_size=1&page_size=2", ""},
		{"not-escaped", "GET", "/api/v1/schedule/events?page_size=%zz", ""},
		{"parameter-of-a-post", "POST", "/api/v1/overrides?workload=a/b", order},
		{"page-size", "GET", "/api/v1/schedule/events?page_size=1001", ""},
		{"page-size-words", "GET", "/api/v1/schedule/events?page_size=all", ""},
		{"page-token", "GET", "/api/v1/schedule/events?page_token=abc", ""},
		{"not-json", "POST", "/api/v1/overrides", "{"},
		{"unknown-field", "POST", "/api/v1/overrides", `{"worklaod":"a/b"}`},
		{"no-duration", "POST", "/api/v1/overrides", `{"workload":"a/b","kind":"floor","replicas":1,"author":"m","reason":"r"}`},
		{"many-fields", "POST", "/api/v1/overrides", `{"workload":"a","kind":"flor","replicas":1,"duration":"60s","author":"m"}`},
		{"no-such-override", "POST", "/api/v1/overrides/7/expire", `{"author":"m"}`},
		{"no-such-version", "POST", "/api/v1/schedule/rollback", `{"version":7,"author":"m"}`},
		{"version-0", "POST", "/api/v1/schedule/rollback", `{"author":"m"}`},
		{"no-such-page", "GET", "/api/v1/schedule/event", ""},
		{"wrong-method", "DELETE", "/api/v1/schedule", ""},
		{"wrong-method-post", "PUT", imports, ""},
		{"span", "GET", "/api/v1/schedule/occurrences?from=2026-01-01T00:00:00Z&to=2028-01-01T00:00:00Z", ""},
		{"no-workload", "GET", "/api/v1/schedule/occurrences?workload=deposits", ""},
		{"no-decision", "GET", "/api/v1/decisions/demo/deposits", ""},
		{"ahead", "GET", "/api/v1/decisions/demo/deposits?at=2026-11-25T00:00:00Z", ""},
		{"no-name", "GET", "/api/v1/decisions/Demo/deposits", ""},
		{"after", "GET", "/api/v1/audit/records?after=-1", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := w.do(t, c.method, c.path, c.body)
			o := r.want(t, r.StatusCode)
			if r.StatusCode < 400 || r.StatusCode >= 500 || r.Header.Get("Content-Type") != "application/problem+json" || o.at("repair") == "" || o.at("status") != float64(r.StatusCode) {
				t.Errorf("got %s %v %s", r.Status, r.Header, r.body)
			}
			if (r.StatusCode == http.StatusMethodNotAllowed) != (r.Header.Get("Allow") != "") {
				t.Errorf("%s with Allow %q", r.Status, r.Header.Get("Allow"))
			}
			golden(t, "request-"+c.name, string(r.body))
		})
	}
	if v := w.do(t, "GET", "/api/v1/audit/records", "").want(t, http.StatusOK); len(v.list("lines")) != 0 {
		t.Errorf("something was changed: %v", v)
	}
}

func TestAPanicEndsOneRequest(t *testing.T) {
	w := newWorld(t, func(w *world) { w.options.Snapshot = func() *pipeline.Snapshot { panic("boom") } })
	_, err := pb.NewDecisionServiceClient(w.grpc).ListDecisions(t.Context(), &pb.ListDecisionsRequest{})
	if status.Code(err) != codes.Internal || strings.Contains(err.Error(), "boom") {
		t.Errorf("got %v", err)
	}
	if _, err := pb.NewScheduleServiceClient(w.grpc).GetSchedule(t.Context(), &pb.GetScheduleRequest{}); err != nil {
		t.Errorf("the next request: %v", err)
	}
	if !strings.Contains(w.logs.String(), "boom") {
		t.Errorf("the log does not tell of it: %s", w.logs.String())
	}
}

// A mass removal is refused with its counts, and done when it is asked for.
func TestManyEventsAreRemovedWhenAskedFor(t *testing.T) {
	w := newWorld(t)
	var ids []string
	for i := range 30 {
		ids = append(ids, fmt.Sprintf("e%02d", i))
	}
	w.given(t, ids...)
	path := imports + "?mode=replace&author=mia&replace_from=2026-11-01T00:00:00Z&replace_to=2027-03-01T00:00:00Z"
	o := w.do(t, "POST", path, sheet("new")).want(t, http.StatusConflict)
	if o.at("type") != "urn:headstart:problem:removes-many" || o.at("removed") != 30.0 || o.at("of") != 30.0 {
		t.Errorf("got %v", o)
	}
	if o := w.do(t, "POST", path+"&dry_run=true", sheet("new")).want(t, http.StatusOK); len(o.list("diff.removed")) != 30 {
		t.Errorf("dry run: %v", o)
	}
	if o := w.do(t, "POST", path+"&remove_many=true", sheet("new")).want(t, http.StatusOK); o.at("version.events") != 1.0 {
		t.Errorf("got %v", o)
	}
	w.set(noon.Add(time.Minute))
	o = w.do(t, "POST", "/api/v1/schedule/rollback", `{"version":1,"author":"mia"}`).want(t, http.StatusOK)
	if len(o.list("diff.added")) != 30 {
		t.Errorf("rollback: %v", o)
	}
}
