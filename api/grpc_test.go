package api_test

import (
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/pipeline"
	pb "github.com/headstart-scaler/headstart/proto/headstart/v1"
	"github.com/headstart-scaler/headstart/workload"
)

// Both protocols are one API on one port.
func TestGRPCAndHTTPSayTheSame(t *testing.T) {
	w := newWorld(t)
	schedules := pb.NewScheduleServiceClient(w.grpc)
	expected := int32(0)
	imported, err := schedules.ImportSchedule(t.Context(), &pb.ImportScheduleRequest{
		File: []byte(sheet("a", "b")), Filename: "cup.csv", Mode: "merge", Author: "mia", ExpectedVersion: &expected, IdempotencyKey: "k",
	})
	if err != nil || !imported.GetApplied() || imported.GetVersion().GetNumber() != 1 || len(imported.GetEvents()) != 2 || len(imported.GetDiff().GetAdded()) != 2 {
		t.Fatalf("got %v, %v", imported, err)
	}
	if e := imported.GetEvents()[0]; !said3(e) {
		t.Errorf("the impact is %v", e)
	}
	if o := w.do(t, "GET", "/api/v1/schedule", "").want(t, http.StatusOK); o.at("version.hash") != imported.GetVersion().GetHash() {
		t.Errorf("HTTP says %v, gRPC %v", o, imported.GetVersion())
	}
	if _, err := schedules.ImportSchedule(t.Context(), &pb.ImportScheduleRequest{File: []byte(sheet("c")), Mode: "merge", Author: "mia", ExpectedVersion: &expected}); status.Code(err) != codes.Aborted {
		t.Errorf("a stale version: %v", err)
	}
	blocked, err := schedules.ImportSchedule(t.Context(), &pb.ImportScheduleRequest{File: []byte("title,start\n"), Mode: "merge", Author: "mia"})
	if err != nil || blocked.GetApplied() || len(blocked.GetErrors()) == 0 {
		t.Errorf("a file with errors: %v, %v", blocked, err)
	}
	file, err := schedules.ExportSchedule(t.Context(), &pb.ExportScheduleRequest{Format: "json"})
	if err != nil || file.GetName() != "schedule-1.json" || !strings.Contains(string(file.GetContent()), `"Cup a"`) {
		t.Errorf("got %v, %v", file, err)
	}
}

// said3 reports whether an event's impact is that of sheet, and no other one.
func said3(e *pb.Event) bool {
	return e.Multiplier != nil && e.GetMultiplier() == 3 && e.ExpectedPeak == nil && e.Floor == nil
}

func TestOrdersOverGRPC(t *testing.T) {
	w := newWorld(t)
	orders := pb.NewOverrideServiceClient(w.grpc)
	made, err := orders.CreateOverride(t.Context(), &pb.CreateOverrideRequest{
		Workload: "demo/a", Kind: "ceiling", Start: timestamppb.New(noon.Add(time.Hour)), Duration: durationpb.New(time.Hour), Author: "mia", Reason: "final",
	})
	if err != nil || made.GetActive() || !made.GetEnd().AsTime().Equal(noon.Add(2*time.Hour)) {
		t.Errorf("got %v, %v", made, err)
	}
	for _, bad := range []*timestamppb.Timestamp{{Seconds: 1 << 60}, {Seconds: -1 << 60}, {Nanos: -1}} {
		_, err := orders.CreateOverride(t.Context(), &pb.CreateOverrideRequest{Workload: "demo/a", Kind: "floor", Replicas: 1, Start: bad, Duration: durationpb.New(time.Hour), Author: "m", Reason: "r"})
		if status.Code(err) != codes.InvalidArgument {
			t.Errorf("start %v: %v", bad, err)
		}
	}
	for _, bad := range []*durationpb.Duration{nil, {Seconds: -5}, {Seconds: 1 << 40}, {Seconds: 367 * 86400}, {Seconds: 1, Nanos: -1}} {
		_, err := orders.CreateOverride(t.Context(), &pb.CreateOverrideRequest{Workload: "demo/a", Kind: "floor", Replicas: 1, Duration: bad, Author: "m", Reason: "r"})
		if status.Code(err) != codes.InvalidArgument {
			t.Errorf("duration %v: %v", bad, err)
		}
	}
}

// Every rule of http.yaml is served.
func TestEveryRuleIsServed(t *testing.T) {
	w := newWorld(t)
	rules, err := os.ReadFile("../proto/headstart/v1/http.yaml")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^\s+(get|post): (\S+)$`).FindAllStringSubmatch(string(rules), -1)
	if len(found) != 16 {
		t.Fatalf("%d rules", len(found))
	}
	for _, rule := range found {
		path := regexp.MustCompile(`\{[a-z]+\}`).ReplaceAllString(rule[2], "1")
		r := w.do(t, strings.ToUpper(rule[1]), path, "{}")
		if strings.Contains(string(r.body), "problem:no-page") || r.StatusCode == http.StatusMethodNotAllowed || r.StatusCode >= 500 {
			t.Errorf("%s %s: %s %s", rule[1], path, r.Status, r.body)
		}
		if r := w.do(t, "PATCH", path, ""); r.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("PATCH %s: %s", path, r.Status)
		}
	}
}

func TestHEADAndHeaders(t *testing.T) {
	w := newWorld(t)
	w.given(t, "a")
	for _, path := range []string{"/api/v1/schedule", "/api/v1/schedule/events", "/api/v1/schedule/export"} {
		r := w.do(t, "HEAD", path, "")
		if r.StatusCode != http.StatusOK || len(r.body) != 0 {
			t.Errorf("HEAD %s: %s with %d bytes", path, r.Status, len(r.body))
		}
		if r.Header.Get("X-Content-Type-Options") != "nosniff" || r.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", path, r.Header)
		}
	}
	// What a header of the gateway's own could smuggle in.
	r := w.do(t, "POST", "/api/v1/schedule", "", "X-HTTP-Method-Override", "GET", "Content-Type", "application/x-www-form-urlencoded")
	if r.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("a method that a header says: %s", r.Status)
	}
}

// said is a ledger with entries.
type said []*pipeline.Entry

func (s said) Explain(workload.ID, string, time.Time) ([]*pipeline.Entry, error) { return s, nil }

func TestDecisionsTellWarmNodesWhereNodesAreKnown(t *testing.T) {
	w := newWorld(t, published(
		entry("demo", "known", "api", decision.Outcome{Replicas: 3, NodesKnown: true}), entry("demo", "not", "api", decision.Outcome{Replicas: 3}),
	))
	for name, want := range map[string]any{"known": 0.0, "not": nil} {
		if o := w.do(t, "GET", "/api/v1/decisions/demo/"+name, "").want(t, http.StatusOK); o.at("warm") != want {
			t.Errorf("%s: warm is %v, want %v", name, o.at("warm"), want)
		}
	}
}

func TestDecisionsTellTheirSteps(t *testing.T) {
	outcome := decision.Outcome{
		Mode: decision.Enforce, Replicas: 42, Plan: 42, Reactive: 33, Winner: "requests", Active: true, Warm: 6, NodesKnown: true,
		Steps: []decision.Step{{Name: "rate:requests", Before: 0, After: 42, Why: "5040/s at 120/s a replica → 42"}},
	}
	past := entry("demo", "lobby", "api", decision.Outcome{Mode: decision.Shadow, Refusal: "nothing measured"})
	w := newWorld(t, published(
		entry("demo", "lobby", "api", outcome), entry("demo", "twice", "a", outcome), entry("demo", "twice", "b", outcome),
	), func(w *world) { w.options.Ledger = said{past} })
	o := w.do(t, "GET", "/api/v1/decisions/demo/lobby", "").want(t, http.StatusOK)
	for member, want := range map[string]any{
		"workload": "demo/lobby", "replicas": 42.0, "plan": 42.0, "reactive": 33.0, "warm": 6.0, "active": true, "stale": false, "policy": "api", "mode": "enforce",
		"winner": "requests", "decision_id": "d-lobby", "config_hash": "9f2c41d0", "at": "2026-11-24T12:00:00Z",
	} {
		if o.at(member) != want {
			t.Errorf("%s is %v, want %v", member, o.at(member), want)
		}
	}
	step, _ := o.list("steps")[0].(map[string]any)
	if step["name"] != "rate:requests" || step["before"] != 0.0 || step["after"] != 42.0 || !strings.Contains(fmt.Sprint(o.at("text")), "42") {
		t.Errorf("got %v", o)
	}
	earlier := w.do(t, "GET", "/api/v1/decisions/demo/lobby?at=2026-11-24T11:00:00Z", "").want(t, http.StatusOK)
	if earlier.at("refusal") != "nothing measured" || earlier.at("replicas") != nil || earlier.at("config_hash") != "" {
		t.Errorf("an hour ago: %v", earlier)
	}
	several := w.do(t, "GET", "/api/v1/decisions/demo/twice", "").want(t, http.StatusMultipleChoices)
	for _, c := range several.list("choices") {
		m, _ := c.(map[string]any)
		href, _ := m["href"].(string)
		if o := w.do(t, "GET", href, "").want(t, http.StatusOK); o.at("policy") != m["policy"] {
			t.Errorf("%s leads to %v", href, o)
		}
	}
	if n := len(several.list("choices")); n != 2 {
		t.Errorf("%d choices: %v", n, several)
	}
	w.do(t, "GET", "/api/v1/decisions/demo/twice?policy=a&overrides=max%3D3", "").want(t, http.StatusNotFound)

	none := newWorld(t, func(w *world) { w.options.Snapshot = func() *pipeline.Snapshot { return nil } })
	for _, path := range []string{"/api/v1/decisions", "/api/v1/decisions/demo/lobby"} {
		if r := none.do(t, "GET", path, ""); r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Retry-After") == "" {
			t.Errorf("%s before the first tick: %s", path, r.Status)
		}
	}
}

func TestAnOverrideTellsWhatItWillNotDo(t *testing.T) {
	w := newWorld(t, published(entry("demo", "a", "quiet", decision.Outcome{Mode: decision.Shadow}), entry("demo", "b", "loud", decision.Outcome{Mode: decision.Enforce})))
	for name, want := range map[string]string{"demo/a": "in shadow", "demo/b": "", "demo/c": "has not asked"} {
		o := w.do(t, "POST", "/api/v1/overrides", strings.Replace(order, "demo/a", name, 1)).want(t, http.StatusOK)
		notes := o.list("notes")
		if (want == "") != (len(notes) == 0) || want != "" && !strings.Contains(fmt.Sprint(notes), want) {
			t.Errorf("%s: %v, want %q", name, notes, want)
		}
		if o.at("active") != true || o.at("start") != "2026-11-24T12:00:00Z" || o.at("end") != "2026-11-24T13:00:00Z" {
			t.Errorf("%s: %v", name, o)
		}
	}
}
