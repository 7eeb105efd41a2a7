package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/config"
	"github.com/headstart-scaler/headstart/store"
	"github.com/headstart-scaler/headstart/store/sqlite"
)

// A Redis that is away when Headstart starts keeps nobody from being answered,
// takes nothing away, and is said everywhere.
func TestServeStartsWithoutItsStore(t *testing.T) {
	s := startServe(t, "  sources:\n", "  store: {redis: {addresses: [\"127.0.0.1:1\"], timeout: 200ms}}\n  sources:\n")
	if n := s.replicas(); n != 20 {
		t.Fatalf("%v replicas for 1000/s at 50/s each, want 20", n)
	}
	s.until("/metrics", "headstart_store_up 0")
	s.log.until(t, 10*time.Second, "the store does not answer: going on without")
	// What was asked for is not taken away before the schedule has been read.
	s.answer(`{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[NOW,"300"]}]}}`)
	s.until("/api/v1/workloads/shop/lobby/decision", "have not been read since start: scale-in is refused")
	if n := s.replicas(); n != 20 {
		t.Errorf("%v replicas while nobody knows what is planned, want the 20 that were asked for", n)
	}
	response, err := http.Post(s.address+"/api/v1/overrides", "application/json",
		strings.NewReader(`{"workload":"shop/lobby","kind":"floor","replicas":30,"duration":"60s","author":"ana","reason":"test"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("an override is answered with %s, want 503", response.Status)
	}
}

const planCSV = "id,title,class,start,end,timezone,expected_peak,unit\nfinal,Final,t,2126-12-01 20:00,2126-12-01 21:00,UTC,3,x\n"

// A slip in a schedule's file keeps nobody from being answered, takes nothing
// away, and stops no reload of policies nor the kill switch.
func TestABrokenScheduleFileStopsNothingElse(t *testing.T) {
	broken := strings.Replace(planCSV, "21:00", "19:00", 1)
	good := "id,title,start,end,timezone,multiplier,tier\ncup,Cup,2126-12-02 20:00,2126-12-02 21:00,UTC,2,gold\n"
	s := newServed(t)
	s.write("plan.csv", broken)
	s.write("good.csv", good)
	s.run("  sources:\n", "  schedule: {files: [{path: plan.csv}, {path: good.csv}]}\n  sources:\n")
	if n := s.replicas(); n != 20 {
		t.Fatalf("%v replicas for 1000/s at 50/s each, want 20", n)
	}
	s.until("/metrics", "headstart_schedule_files_successful 0")
	s.log.until(t, 10*time.Second, "plan.csv: Row 2, column end: expected an end that is after the start")
	s.log.until(t, 10*time.Second, "good.csv.*tier.*write tier=gold in the column workloads")
	s.until("/metrics", "headstart_schedule_events 1") // of the other file
	s.until("/", "Files of the schedule are not valid")
	s.until("/api/v1/config", "plan.csv: Row 2, column end")
	var listed, problem bytes.Buffer
	code := Main(t.Context(), []string{"schedule", "list", "--server", s.address}, &listed, &problem)
	if code != 0 || !strings.Contains(listed.String(), "note: Files of the schedule are not valid") {
		t.Errorf("the list does not say that it may not be all: %d %s%s", code, &listed, &problem)
	}
	s.answer(`{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[NOW,"300"]}]}}`)
	s.until("/api/v1/workloads/shop/lobby/decision", "a file of the schedule could not be read since start: scale-in is refused")

	s.write("plan.csv", planCSV)
	s.until("/metrics", "headstart_schedule_events 2")
	s.until("/metrics", "headstart_schedule_files_successful 1")
	s.until("/api/v1/config", `"troubles": []`)
	s.write("plan.csv", broken)
	s.until("/metrics", "headstart_schedule_files_successful 0")
	s.until("/metrics", "headstart_schedule_events 2") // of the last good file
	s.write("good.csv", good+"tie,Tie,2126-12-03 20:00,2126-12-03 21:00,UTC,2,gold\n")
	s.until("/metrics", "headstart_schedule_events 3") // and of the new good one
	s.write("server.yaml", strings.Replace(s.server, "  tick: 1s\n", "  tick: 1s\n  reactiveOnly: true\n", 1))
	s.until("/metrics", "headstart_reactive_only 1")
	s.write("policies/lobby.yaml", strings.Replace(lobbyYAML, "capacity: 50", "capacity: 10", 1))
	s.until("/api/v1/workloads/shop/lobby/decision", "at 10/s each")
}

func TestAStoreThatComesLateIsUsed(t *testing.T) {
	var there bool
	path := filepath.Join(t.TempDir(), "headstart.db")
	open := func(ctx context.Context) (keeper, error) {
		if !there {
			return nil, fmt.Errorf("connect: %w", store.ErrUnavailable)
		}
		return sqlite.Open(ctx, path, sqlite.Options{})
	}
	l := newLateStore(open, errors.New("connection refused"), slog.New(slog.DiscardHandler))
	news := l.Watch(t.Context())
	if _, err := l.Current(t.Context()); !errors.Is(err, store.ErrUnavailable) || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("before it is there: %v", err)
	}
	if l.try(t.Context()) {
		t.Fatal("it is there too early")
	}
	there = true
	if !l.try(t.Context()) {
		t.Fatal("it is there, and not used")
	}
	select {
	case <-news:
	case <-time.After(5 * time.Second):
		t.Error("nobody is told that it is there")
	}
	if _, err := l.Apply(t.Context(), store.Proposal{Document: []byte("{}"), Author: "ana"}); err != nil {
		t.Error(err)
	}
	select {
	case <-news:
	case <-time.After(5 * time.Second):
		t.Error("a change is not told of")
	}
	if v, err := l.Current(t.Context()); err != nil || v.Number != 1 {
		t.Errorf("version %d: %v", v.Number, err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

// What a restart has to mend is refused at the start.
func TestAStoreThatIsMisconfiguredIsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]config.Store{
		"a variable that is not": {Redis: config.Redis{Addresses: []string{"127.0.0.1:1"}, Login: config.Login{Password: config.Credential{Env: "HEADSTART_TEST_NOT_SET"}}}},
		"authorities not there":  {Redis: config.Redis{Addresses: []string{"127.0.0.1:1"}, TLS: config.TLS{Enabled: true, CAFile: file}}},
	} {
		k, err := openStore(t.Context(), c, slog.New(slog.DiscardHandler))
		if err == nil {
			t.Errorf("%s is accepted", name)
			_ = k.Close()
		}
	}
	// A folder may be mounted late, a password may have been rotated.
	k, err := openStore(t.Context(), config.Store{SQLiteFile: filepath.Join(file, "headstart.db")}, slog.New(slog.DiscardHandler))
	if _, late := k.(*lateStore); err != nil || !late {
		t.Errorf("a folder that is not there is %v, %v, want a store that may come late", k, err)
	}
	if k, err := openStore(t.Context(), config.Store{}, slog.New(slog.DiscardHandler)); k != nil || err != nil {
		t.Errorf("no store is %v, %v", k, err)
	}
}
