package api_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/planner"
	"github.com/headstart-scaler/headstart/store"
	"github.com/headstart-scaler/headstart/store/sqlite"
)

func TestAChangeMaySayWhatItIsBasedOn(t *testing.T) {
	w := newWorld(t)
	w.do(t, "POST", merge, sheet("a"), "If-Match", `"0"`).want(t, http.StatusOK)
	w.do(t, "POST", merge, sheet("a", "b"), "If-Match", `"1"`).want(t, http.StatusOK)
	for _, c := range []struct{ path, body string }{
		{merge, sheet("c")},
		{merge + "&dry_run=true", sheet("c")},
		{"/api/v1/schedule/rollback", `{"version":1,"author":"mia"}`},
		{"/api/v1/schedule/rollback", `{"version":1,"dry_run":true}`},
	} {
		stale := w.do(t, "POST", c.path, c.body, "If-Match", `"1"`)
		o := stale.want(t, http.StatusPreconditionFailed)
		if o.at("current_version") != 2.0 || stale.Header.Get("ETag") != `"2"` || o.at("type") != "urn:headstart:problem:conflict" {
			t.Errorf("%s: %s", c.path, stale.body)
		}
	}
	body := w.do(t, "POST", "/api/v1/schedule/rollback", `{"version":1,"author":"mia","expected_version":1}`).want(t, http.StatusPreconditionFailed)
	if body.at("current_version") != 2.0 {
		t.Errorf("got %v", body)
	}
	for _, match := range []string{"*", `W/"2"`, "2", `"2`, `""`, `"02"`, `"+2"`, `"-1"`, `"1", "2"`, `"99999999999999999999"`, "W/*"} {
		o := w.do(t, "POST", merge, sheet("c"), "If-Match", match).want(t, http.StatusBadRequest)
		if !strings.Contains(fmt.Sprint(o.at("repair")), "ETag") {
			t.Errorf("If-Match: %s: %v", match, o)
		}
		if any := strings.Contains(fmt.Sprint(o.at("detail")), "whatever is current"); any != (match == "*") {
			t.Errorf("If-Match: %s: %v", match, o)
		}
	}
	w.do(t, "POST", merge, sheet("c"), "If-Match", `"2"`, "If-Match", `"2"`).want(t, http.StatusBadRequest)
	w.do(t, "POST", "/api/v1/schedule/rollback", `{"version":1,"author":"mia","expected_version":2}`, "If-Match", `"1"`).want(t, http.StatusBadRequest)
	w.do(t, "POST", "/api/v1/overrides", `{"workload":"a/b","kind":"floor","replicas":2,"duration":"60s","author":"m","reason":"r"}`, "If-Match", `"2"`).want(t, http.StatusBadRequest)
	if v := w.do(t, "GET", "/api/v1/schedule", "").want(t, http.StatusOK); v.at("version.number") != 2.0 {
		t.Errorf("something that was refused changed the schedule: %v", v)
	}
}

func TestAKeyMakesARequestSafeToRepeat(t *testing.T) {
	w := newWorld(t)
	w.given(t, "a")
	const override = `{"workload":"demo/a","kind":"floor","replicas":3,"duration":"3600s","author":"mia","reason":"final"}`
	for _, c := range []struct{ name, path, body, otherPath, otherBody, same string }{
		{"import", merge, sheet("a", "b"), merge, sheet("a", "c"), "version.number"},
		{"import, other words", merge, sheet("a", "b", "c"), merge + "&reason=other", sheet("a", "b", "c"), "version.number"},
		{"rollback", "/api/v1/schedule/rollback", `{"version":1,"author":"mia","reason":"r","expected_version":3}`, "/api/v1/schedule/rollback", `{"version":2,"author":"mia","reason":"r","expected_version":3}`, "version.number"},
		{"override", "/api/v1/overrides", override, "/api/v1/overrides", strings.Replace(override, "3600s", "7200s", 1), "id"},
		{"expiry", "/api/v1/overrides/1/expire", `{"author":"mia"}`, "/api/v1/overrides/1/expire", `{"author":"ben"}`, "expired_at"},
	} {
		t.Run(c.name, func(t *testing.T) {
			key := "key of " + c.name
			first := w.do(t, "POST", c.path, c.body, "Idempotency-Key", key).want(t, http.StatusOK)
			w.set(w.clock().Add(time.Minute))
			again := w.do(t, "POST", c.path, c.body, "Idempotency-Key", `"`+key+`"`).want(t, http.StatusOK)
			if first.at(c.same) == nil || first.at(c.same) != again.at(c.same) {
				t.Errorf("%s was %v and is %v", c.same, first.at(c.same), again.at(c.same))
			}
			other := w.do(t, "POST", c.otherPath, c.otherBody, "Idempotency-Key", key).want(t, http.StatusUnprocessableEntity)
			if other.at("type") != "urn:headstart:problem:key-reused" {
				t.Errorf("another request: %v", other)
			}
		})
	}
	records := w.do(t, "GET", "/api/v1/audit/records", "").want(t, http.StatusOK)
	if n := len(records.list("lines")); n != 6 {
		t.Errorf("%d changes were made, want 6: each once", n)
	}
}

func TestAKeyMayStandInTheRequestToo(t *testing.T) {
	w := newWorld(t)
	body := `{"workload":"demo/a","kind":"floor","replicas":3,"duration":"3600s","author":"mia","reason":"final","idempotency_key":"k"}`
	first := w.do(t, "POST", "/api/v1/overrides", body).want(t, http.StatusOK)
	again := w.do(t, "POST", "/api/v1/overrides", body, "Idempotency-Key", "k").want(t, http.StatusOK)
	if first.at("id") != again.at("id") {
		t.Errorf("made twice: %v, %v", first.at("id"), again.at("id"))
	}
	w.do(t, "POST", "/api/v1/overrides", body, "Idempotency-Key", "j").want(t, http.StatusBadRequest)
	w.do(t, "POST", "/api/v1/overrides", body, "Idempotency-Key", "").want(t, http.StatusBadRequest)
	w.do(t, "POST", "/api/v1/overrides", body, "Idempotency-Key", "k", "Idempotency-Key", "k").want(t, http.StatusBadRequest)
	w.do(t, "POST", "/api/v1/overrides", strings.Replace(body, `,"idempotency_key":"k"`, "", 1), "Idempotency-Key", strings.Repeat("k", 256)).want(t, http.StatusUnprocessableEntity)
}

// Of many who change the same version, one does.
func TestOneOfManyWinsAVersion(t *testing.T) {
	w := newWorld(t)
	w.given(t, "a")
	for version := 1; version <= 3; version++ {
		var wait sync.WaitGroup
		statuses := make([]int, 20)
		for i := range statuses {
			wait.Go(func() {
				statuses[i] = w.do(t, "POST", merge, sheet(fmt.Sprintf("v%d-%d", version, i)), "If-Match", fmt.Sprintf("%q", fmt.Sprint(version))).StatusCode
			})
		}
		wait.Wait()
		won := 0
		for _, s := range statuses {
			switch s {
			case http.StatusOK:
				won++
			case http.StatusPreconditionFailed:
			default:
				t.Errorf("version %d: somebody got %d", version, s)
			}
		}
		if won != 1 {
			t.Errorf("version %d: %d won: %v", version, won, statuses)
		}
	}
	if v := w.do(t, "GET", "/api/v1/schedule", "").want(t, http.StatusOK); v.at("version.number") != 4.0 || v.at("version.events") != 4.0 {
		t.Errorf("got %v", v)
	}
}

// Who names no version is not told of a race: the change is made on whichever
// version there is.
func TestAChangeThatNamesNoVersionIsMadeOnAny(t *testing.T) {
	w := newWorld(t)
	var wait sync.WaitGroup
	for i := range 4 {
		wait.Go(func() {
			if r := w.do(t, "POST", merge, sheet(fmt.Sprint("e", i))); r.StatusCode != http.StatusOK {
				t.Errorf("%s: %s", r.Status, r.body)
			}
		})
	}
	wait.Wait()
	if v := w.do(t, "GET", "/api/v1/schedule", "").want(t, http.StatusOK); v.at("version.number") != 4.0 || v.at("version.events") != 4.0 {
		t.Errorf("got %v", v)
	}
}

// full is a store whose disk has no room for another version.
type full struct{ *sqlite.Store }

func (full) Apply(context.Context, store.Proposal) (store.Version, error) {
	return store.Version{}, fmt.Errorf("apply: %w", store.ErrFull)
}

// With a disk that is full nothing is half applied, and what was there is still
// read.
func TestAFullDiskChangesNothing(t *testing.T) {
	w := newWorld(t)
	w.given(t, "a", "b")
	stuck := newWorld(t, func(x *world) {
		x.options.Audit = w.store
		x.options.Planner = planner.New(planner.Options{Store: full{w.store}, Now: w.clock}, planner.Pinned{})
	})
	for path, body := range map[string]string{merge: sheet("c"), "/api/v1/schedule/rollback": `{"version":1,"author":"mia"}`} {
		if o := stuck.do(t, "POST", path, body, "Idempotency-Key", path).want(t, http.StatusInsufficientStorage); o.at("type") != "urn:headstart:problem:store-full" {
			t.Errorf("%s: %v", path, o)
		}
	}
	o := stuck.do(t, "GET", "/api/v1/schedule/events", "").want(t, http.StatusOK)
	if o.at("version") != 1.0 || len(o.list("events")) != 2 || len(stuck.records(t, 10)) != 1 {
		t.Errorf("got %v", o)
	}
	// With room again, the same request is done: a refusal left no trace.
	if o := w.do(t, "POST", merge, sheet("c"), "Idempotency-Key", merge).want(t, http.StatusOK); o.at("version.number") != 2.0 {
		t.Errorf("got %v", o)
	}
}

// overtaken is a planner whose change somebody else is quicker than, some
// times.
type overtaken struct {
	failing

	times, asked int
}

func (o *overtaken) Import(context.Context, planner.Upload) (planner.Import, error) {
	if o.asked++; o.asked <= o.times {
		return planner.Import{}, &store.ConflictError{Expected: 1, Current: store.Version{Number: 2}}
	}
	return planner.Import{Applied: store.Version{Number: 3}}, nil
}

func TestAChangeIsMadeAgainWhereAnotherReplicaWasQuicker(t *testing.T) {
	for _, c := range []struct {
		name    string
		times   int
		headers []string
		status  int
		asked   int
	}{
		{"three times", 3, nil, http.StatusOK, 4},
		{"always", 100, nil, http.StatusConflict, 4},
		{"a version is named", 1, []string{"If-Match", `"1"`}, http.StatusPreconditionFailed, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := &overtaken{times: c.times}
			w := newWorld(t, func(w *world) { w.options.Planner = o })
			w.do(t, "POST", merge, sheet("a"), c.headers...).want(t, c.status)
			if o.asked != c.asked {
				t.Errorf("tried %d times, want %d", o.asked, c.asked)
			}
		})
	}
}
