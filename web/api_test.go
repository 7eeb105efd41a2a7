package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/headstart-scaler/headstart/pipeline"
	"github.com/headstart-scaler/headstart/workload"
)

func decode[T any](t *testing.T, r *httptest.ResponseRecorder) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(r.Body.Bytes(), &v); err != nil {
		t.Fatalf("decode %q: %v", r.Body, err)
	}
	return v
}

// wantProblem checks status, type and that a person is told what to do.
func wantProblem(t *testing.T, r *httptest.ResponseRecorder, status int, kind string) problem {
	t.Helper()
	p := decode[problem](t, r)
	if r.Code != status || p.Status != status || r.Header().Get("Content-Type") != mediaProblem {
		t.Errorf("got %d, status %d, %s; want %d, %s", r.Code, p.Status, r.Header().Get("Content-Type"), status, mediaProblem)
	}
	if p.Type != "urn:headstart:problem:"+kind {
		t.Errorf("got type %s, want %s", p.Type, kind)
	}
	if p.Title == "" || p.Detail == "" || p.Repair == "" {
		t.Errorf("a problem without title, detail or repair: %+v", p)
	}
	return p
}

func TestProbes(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*world)
		path   string
		code   int
		want   string
	}{
		{"alive before anything", func(w *world) { w.snapshot.Store(nil); w.configuration = Configuration{} }, "/healthz", 200, "ok\n"},
		{"ready", func(*world) {}, "/readyz", 200, "ready\n"},
		{
			"ready with every source silent", func(w *world) {
				s := w.snapshot.Load()
				s.Health.Sources = []pipeline.SourceHealth{{Name: "kafka", Queries: 1}}
			}, "/readyz", 200, "ready\n",
		},
		{
			"ready on the last good configuration", func(w *world) { w.configuration.Error = "server.yaml:1: broken" },
			"/readyz", 200, "ready\n",
		},
		{
			"no snapshot", func(w *world) { w.snapshot.Store(nil) }, "/readyz", 503,
			"not ready\n- no snapshot: the first tick has not finished\n",
		},
		{
			"nothing", func(w *world) {
				w.snapshot.Store(nil)
				w.configuration = Configuration{Error: "server.yaml:1: broken\n> x\n"}
			},
			"/readyz", 503, "not ready\n- no valid configuration: server.yaml:1: broken\n  > x\n- no snapshot: the first tick has not finished\n",
		},
		{"no configuration", func(w *world) { w.configuration = Configuration{} }, "/readyz", 503, "not ready\n- no valid configuration: none has been read yet\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			c.change(w)
			r := w.get(t, c.path)
			if r.Code != c.code || r.Body.String() != c.want {
				t.Errorf("got %d %q, want %d %q", r.Code, r.Body, c.code, c.want)
			}
		})
	}
}

func TestDecisionIsTheExplanation(t *testing.T) {
	w := newWorld(entry("demo", "lobby-api", "lobby", lobby()), entry("demo", "other", "other", staleLag()))
	r := w.get(t, "/api/v1/workloads/demo/lobby-api/decision")
	if r.Code != http.StatusOK || r.Header().Get("Content-Type") != "application/json" {
		t.Errorf("got %d %s", r.Code, r.Header().Get("Content-Type"))
	}
	golden(t, "decision.json", r.Body.Bytes())

	text := w.get(t, "/api/v1/workloads/demo/lobby-api/decision", "Accept", "text/plain")
	explanation := lobby().Explain("demo/lobby-api")
	explanation.At, explanation.Policy, explanation.DecisionID, explanation.ConfigHash = noon, "lobby", "d-lobby-api", "9f2c41d0"
	if got, want := text.Body.String(), explanation.Text(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if vary := text.Header().Get("Vary"); vary != "Accept" {
		t.Errorf("Vary %q: a cache would mix up text and JSON", vary)
	}
}

func TestDecisionAtAnInstant(t *testing.T) {
	id := workload.ID{Namespace: "demo", Name: "lobby-api"}
	then := noon.Add(-10 * time.Minute)
	for _, c := range []struct {
		name, at string
		ledger   bool // whether the ledger is asked, at then
		want     string
	}{
		{"none", "", false, "d-lobby-api"},
		{"empty", "?at=", false, "d-lobby-api"},
		{"in UTC", "?at=2026-11-22T11:50:00Z", true, "d-past"},
		{"with an offset", "?at=2026-11-22T13:50:00%2B02:00", true, "d-past"},
		{"with an offset not escaped", "?at=2026-11-22T13:50:00+02:00", true, "d-past"},
		{"west of Greenwich", "?at=2026-11-22T06:50:00-05:00", true, "d-past"},
		{"the tick itself", "?at=2026-11-22T12:00:00Z", false, "d-lobby-api"},
		{"after the tick", "?at=2026-11-22T12:00:01Z", false, "d-lobby-api"},
		{"a clock that runs ahead", "?at=2026-11-22T12:01:02Z", false, "d-lobby-api"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(entry("demo", "lobby-api", "lobby", lobby()))
			past := entry("demo", "past", "lobby", staleLag())
			w.past, w.refusal = []*pipeline.Entry{past}, nil
			got := decode[struct {
				ID   string `json:"decision_id"`
				Hash string `json:"config_hash"`
			}](t, w.get(t, "/api/v1/workloads/demo/lobby-api/decision"+c.at))
			if got.ID != c.want {
				t.Errorf("got decision %s, want %s", got.ID, c.want)
			}
			want := asked{}
			if c.ledger {
				want = asked{id: id, at: then}
			}
			if w.asked != want {
				t.Errorf("asked the ledger for %+v, want %+v", w.asked, want)
			}
			if known := got.Hash != ""; known == c.ledger {
				t.Errorf("config_hash %q: that of the snapshot belongs to its own decisions only", got.Hash)
			}
		})
	}
}

func TestDecisionRefusesWhatItCannotAnswer(t *testing.T) {
	const path = "/api/v1/workloads/demo/lobby-api/decision"
	for _, c := range []struct {
		name, target string
		status       int
		kind, says   string
	}{
		{"unknown workload", "/api/v1/workloads/x/y/decision", 404, "no-decision", "did you mean demo/deposits?"},
		{"unknown policy", path + "?policy=nope", 404, "no-decision", "not in use"},
		{"unknown overrides", path + "?overrides=topic%3Dx", 404, "no-decision", `"topic=x"`},
		{"not an instant", path + "?at=yesterday", 400, "bad-request", "2026-11-22T20:00:05Z"},
		{"an instant without a zone", path + "?at=2026-11-22T11:50:00", 400, "bad-request", "with a zone"},
		{"the future", path + "?at=2026-11-22T12:01:03Z", 400, "bad-request", "lies ahead"},
		{"misspelt parameter", path + "?polcy=lobby", 400, "bad-request", "Did you mean policy?"},
		{"unknown parameter", path + "?verbose=1", 400, "bad-request", "policy, at, overrides"},
		{"twice", path + "?policy=a&policy=b", 400, "bad-request", "2 times"},
		{"bad escape", path + "?policy=%zz", 400, "bad-request", "Escape"},
		{"no such namespace can be", "/api/v1/workloads/De_mo/x/decision", 400, "bad-request", "De_mo"},
		{"no such name can be", "/api/v1/workloads/demo/%2e%2e%2f/decision", 400, "bad-request", "ScaledObject"},
		{"parameter where none is", "/api/v1/config?x=1", 400, "bad-request", "takes no parameters"},
		{"unknown address", "/api/v2/workloads", 404, "no-page", "/api/v1/workloads"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newWorld(entry("demo", "lobby-api", "lobby", lobby())).get(t, c.target)
			wantProblem(t, r, c.status, c.kind)
			if text := r.Body.String(); !strings.Contains(strings.ReplaceAll(text, `\"`, `"`), c.says) {
				t.Errorf("does not say %q: %s", c.says, text)
			}
		})
	}
}

func TestBeforeTheFirstTick(t *testing.T) {
	w := newWorld()
	w.snapshot.Store(nil)
	for _, path := range []string{"/api/v1/workloads", "/api/v1/workloads/demo/x/decision"} {
		r := w.get(t, path)
		wantProblem(t, r, http.StatusServiceUnavailable, "no-snapshot")
		if r.Header().Get("Retry-After") == "" {
			t.Errorf("%s: no Retry-After", path)
		}
	}
}

// A ScaledObject may have several triggers, even of one policy: each answer
// listed leads to exactly one decision.
func TestSeveralDecisionsAreListed(t *testing.T) {
	day, night, eu := entry("demo", "d", "day", lobby()), entry("demo", "d", "night", staleLag()), entry("demo", "d", "day", refused())
	eu.Trigger.Topic = "deposits.eu"
	day.DecisionID, night.DecisionID, eu.DecisionID = "day", "night", "eu"
	w := newWorld(day, night, eu)
	p := wantProblem(t, w.get(t, "/api/v1/workloads/demo/d/decision"), http.StatusMultipleChoices, "several-decisions")
	if len(p.Choices) != 3 {
		t.Fatalf("got %d choices, want 3: %+v", len(p.Choices), p.Choices)
	}
	for _, c := range p.Choices {
		t.Run(c.Policy+c.Overrides, func(t *testing.T) {
			want := c.Policy
			if c.Overrides != "" {
				want = "eu"
			}
			if got := decode[map[string]any](t, w.get(t, c.Href))["decision_id"]; got != want {
				t.Errorf("%s leads to %v, want %s", c.Href, got, want)
			}
		})
	}
}

// What is refused has no number, in the list and in the explanation alike.
func TestRefusedReplicasAreNull(t *testing.T) {
	w := newWorld(entry("demo", "a", "p", refused()))
	for _, path := range []string{"/api/v1/workloads", "/api/v1/workloads/demo/a/decision"} {
		if body := w.get(t, path).Body.String(); !strings.Contains(body, `"replicas": null`) || strings.Contains(body, `"replicas": 0`) {
			t.Errorf("%s: %s", path, body)
		}
	}
}

func TestConfiguration(t *testing.T) {
	w := newWorld()
	golden(t, "config.json", w.get(t, "/api/v1/config").Body.Bytes())
	w.configuration.Error = "policies/lobby.yaml:3:1: unknown field"
	got := decode[configuration](t, w.get(t, "/api/v1/config"))
	if got.LastReload.Successful || got.LastReload.Error == "" || got.Hash != "9f2c41d0" {
		t.Errorf("a refused reload: got %+v", got)
	}
	w.configuration.NeedsRestart, w.configuration.ReactiveOnly = []string{"spec.tick"}, true
	got = decode[configuration](t, w.get(t, "/api/v1/config"))
	if !slices.Equal(got.NeedsRestart, []string{"spec.tick"}) || !got.ReactiveOnly {
		t.Errorf("a changed tick under the kill switch: got %+v", got)
	}
}

func TestListIsCompleteAndOrdered(t *testing.T) {
	w := newWorld(
		entry("demo", "lobby-api", "lobby", lobby()), entry("brand-one", "gateway", "websocket", refused()),
		entry("brand-one", "a", "lag", staleLag()),
	)
	golden(t, "workloads.json", w.get(t, "/api/v1/workloads").Body.Bytes())

	only := decode[workloadList](t, w.get(t, "/api/v1/workloads?namespace=demo"))
	if len(only.Workloads) != 1 || only.Workloads[0].Workload != "demo/lobby-api" {
		t.Errorf("namespace=demo gave %+v", only.Workloads)
	}
	none := w.get(t, "/api/v1/workloads?namespace=nobody")
	if !strings.Contains(none.Body.String(), `"workloads": []`) {
		t.Errorf("an empty list is not null: %s", none.Body)
	}
	for _, bad := range []string{"limit=0", "limit=1001", "limit=x", "namespace=A_b", "page_token=!", "page_token=eA"} {
		wantProblem(t, w.get(t, "/api/v1/workloads?"+bad), http.StatusBadRequest, "bad-request")
	}
}

// walk follows next_page_token through the list, and calls between after each
// page. It returns the triggers met, in order.
func (w *world) walk(t *testing.T, namespace string, limit int, between func()) (met []string) {
	t.Helper()
	const pagesAtMost = 100
	token := ""
	for range pagesAtMost {
		list := decode[workloadList](t, w.get(t, fmt.Sprintf("/api/v1/workloads?namespace=%s&limit=%d&page_token=%s", namespace, limit, token)))
		if len(list.Workloads) > limit {
			t.Fatalf("%d workloads on a page of %d", len(list.Workloads), limit)
		}
		for _, item := range list.Workloads {
			met = append(met, item.Workload+" (policy "+item.Policy+")")
		}
		if token = list.NextPageToken; token == "" {
			return met
		}
		between()
	}
	t.Fatal("pages do not end")
	return nil
}

// drawEntries returns what is there at first, and what stays.
func drawEntries(rt *rapid.T) (before, after []*pipeline.Entry) {
	for _, n := range rapid.SliceOfNDistinct(rapid.IntRange(0, 99), 0, 30, rapid.ID[int]).Draw(rt, "entries") {
		e := entry(fmt.Sprintf("ns-%d", n%3), fmt.Sprintf("w-%d", n/10), fmt.Sprintf("p-%d", n%10), staleLag())
		before = append(before, e)
		if rapid.Bool().Draw(rt, "stays") {
			after = append(after, e)
		}
	}
	return before, after
}

// Following next_page_token meets every entry once, in order, whatever the
// page size and though entries come and go between pages.
func TestPagesMeetEveryEntryOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		before, after := drawEntries(rt)
		namespace := rapid.SampledFrom([]string{"", "ns-1"}).Draw(rt, "namespace")
		w := newWorld(before...)
		met := w.walk(t, namespace, rapid.IntRange(1, 7).Draw(rt, "limit"), func() { w.publish(after...) })
		if !slices.IsSorted(met) || len(slices.Compact(slices.Clone(met))) != len(met) {
			rt.Fatalf("out of order or twice: %q", met)
		}
		for _, e := range after {
			inside := namespace == "" || e.Trigger.Workload.Namespace == namespace
			if inside != slices.Contains(met, e.Trigger.String()) {
				rt.Fatalf("%s was there all the time; on a page: %v, wanted: %v", e.Trigger, !inside, inside)
			}
		}
	})
}

func FuzzPageToken(f *testing.F) {
	f.Add(position{"demo", "lobby", "p", "topic=x"}.token())
	f.Add("!")
	f.Fuzz(func(t *testing.T, token string) {
		p, err := parseToken(token)
		if err != nil {
			return
		}
		if again, err := parseToken(p.token()); err != nil || again != p {
			t.Errorf("%q became %+v, then %+v, %v", token, p, again, err)
		}
	})
}
