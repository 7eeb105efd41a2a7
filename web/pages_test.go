package web

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/pipeline"
)

func TestWorkloadPageAnswersWhy(t *testing.T) {
	w := newWorld(entry("demo", "lobby-api", "lobby", lobby()))
	r := w.get(t, "/workloads/demo/lobby-api")
	if r.Code != http.StatusOK || r.Header().Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatalf("got %d %s", r.Code, r.Header().Get("Content-Type"))
	}
	golden(t, "workload.html", r.Body.Bytes())
}

func TestIndexShowsEveryState(t *testing.T) {
	w := newWorld(
		entry("demo", "lobby-api", "lobby", lobby()), entry("brand-one", "gateway", "websocket", refused()),
		entry("brand-one", "withdrawals", "money", staleLag()), entry("brand-one", "mail", "mail", decision.Outcome{Mode: decision.Shadow}),
	)
	golden(t, "index.html", w.get(t, "/").Body.Bytes())
}

// The permanent link of a page leads to the same decision when there are newer
// ones.
func TestPermanentLink(t *testing.T) {
	then := lobby()
	then.At = noon.Add(-time.Hour).Add(123456789)
	w := newWorld(entry("demo", "lobby-api", "lobby", then))
	page := w.get(t, "/workloads/demo/lobby-api").Body.String()
	link := regexp.MustCompile(`href="([^"]+)">permanent link`).FindStringSubmatch(page)
	if link == nil {
		t.Fatalf("no permanent link: %s", page)
	}
	w.past, w.refusal = []*pipeline.Entry{entry("demo", "lobby-api", "lobby", then)}, nil
	w.publish(entry("demo", "lobby-api", "lobby", staleLag()))
	later := w.get(t, strings.ReplaceAll(link[1], "&amp;", "&")).Body.String()
	if !w.asked.at.Equal(then.At) || w.asked.policy != "lobby" {
		t.Errorf("link %s asked the ledger for %+v, want %s of lobby", link[1], w.asked, then.At)
	}
	if !strings.Contains(later, "As decided at") || !strings.Contains(later, "Why 42?") {
		t.Errorf("not the decision of then: %s", later)
	}
}

func TestOnlyTheIndexRefreshes(t *testing.T) {
	w := newWorld(entry("demo", "a", "p", lobby()), entry("other", "b", "p", lobby()))
	const refresh = `http-equiv="refresh"`
	for _, c := range []struct {
		target string
		want   string // part of the refresh's address; empty for none
	}{
		{"/", `content="5; url=/"`},
		{"/?namespace=demo", `content="5; url=/?namespace=demo"`},
		{"/?refresh=off", ""},
		{"/?namespace=demo&refresh=off", ""},
		{"/workloads/demo/a", ""},
		{"/nowhere", ""},
	} {
		body := w.get(t, c.target, "Accept", "text/html").Body.String()
		if got := strings.Contains(body, refresh); got != (c.want != "") || !strings.Contains(body, c.want) {
			t.Errorf("%s: refresh %v, want %q in %s", c.target, got, c.want, body)
		}
	}
}

func TestBannersSayWhatIsWrongWithHeadstart(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*world)
		want   string // empty for no banner
	}{
		{"nothing", func(*world) {}, ""},
		{"as old as may be", func(w *world) { w.now = noon.Add(30 * time.Second) }, ""},
		{"older", func(w *world) { w.now = noon.Add(31 * time.Second) }, "Ticks have stopped: the last decision is 31 s old"},
		{"refused reload", func(w *world) { w.configuration.Error = "lobby.yaml:3: <b>" }, "lobby.yaml:3: &lt;b&gt;"},
		{"kill switch", func(w *world) { w.configuration.ReactiveOnly = true }, "The kill switch is thrown: every workload gets what it needs now"},
		{"restart needed", func(w *world) { w.configuration.NeedsRestart = []string{"spec.tick", "spec.sources"} }, "wait for a restart: spec.tick, spec.sources."},
		{"no configuration", func(w *world) { w.configuration = Configuration{} }, "No valid configuration yet."},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(entry("demo", "a", "p", lobby()))
			c.change(w)
			for _, path := range []string{"/", "/workloads/demo/a"} {
				body := w.get(t, path).Body.String()
				if shown := strings.Contains(body, `class="banner"`); shown != (c.want != "") || !strings.Contains(body, c.want) {
					t.Errorf("%s: banner %v, want %q in %s", path, shown, c.want, body)
				}
			}
		})
	}
}

func TestMissingIsNeverShownAsZero(t *testing.T) {
	w := newWorld(entry("demo", "g", "p", refused()))
	for _, path := range []string{"/", "/workloads/demo/g"} {
		body := w.get(t, path).Body.String()
		if regexp.MustCompile(`>0<|\b0 replicas`).MatchString(body) {
			t.Errorf("%s shows a zero that nobody measured: %s", path, body)
		}
	}
}

// Whatever stands in names and reasons, a page holds no script, no style
// attribute and no address but ours: the content security policy would block
// them, and a page that needs what is blocked is broken.
func TestPagesKeepToTheirPolicy(t *testing.T) {
	forbidden := regexp.MustCompile(`(?i)<script|\sstyle=|\son[a-z]+=|javascript:|(src|href|url)="?https?:`)
	rapid.Check(t, func(rt *rapid.T) {
		hostile := rapid.SampledFrom([]string{
			`<script>alert(1)</script>`, `" onload="x`, `' style='x`, `</td></tr></table><img src=http://x/>`, `javascript:alert(1)`, "{{.}}", "\x00\xff",
		})
		o := lobby()
		o.Winner = hostile.Draw(rt, "winner")
		o.Steps = []decision.Step{{Name: "s", After: 1, Why: hostile.Draw(rt, "why")}}
		o.Inputs[0].Signal = hostile.Draw(rt, "signal")
		e := entry("demo", "a", "p", o)
		e.Trigger.ConsumerGroup = hostile.Draw(rt, "group")
		w := newWorld(e)
		w.configuration.Error = hostile.Draw(rt, "error")
		for _, path := range []string{"/", "/workloads/demo/a", "/nowhere<script>"} {
			body := w.get(t, strings.ReplaceAll(path, "<", "%3C"), "Accept", "text/html").Body.String()
			// In text and in quoted values angle brackets and quotes are
			// escaped, so whatever still matches is markup.
			for _, tag := range regexp.MustCompile(`<[^>]*>`).FindAllString(body, -1) {
				if found := forbidden.FindString(tag); found != "" {
					rt.Fatalf("%s holds %q in %s", path, found, tag)
				}
			}
		}
	})
}

func TestAssetsAreKeptForGood(t *testing.T) {
	w := newWorld()
	page := w.get(t, "/").Body.String()
	found := regexp.MustCompile(`"(/assets/[^"]+)"`).FindAllStringSubmatch(page, -1)
	if len(found) < 2 {
		t.Fatalf("style and icon are not referenced: %s", page)
	}
	for _, address := range found {
		r := w.get(t, address[1])
		if r.Code != http.StatusOK || !strings.Contains(r.Header().Get("Cache-Control"), "immutable") || r.Body.Len() == 0 {
			t.Errorf("%s: got %d, %q, %d bytes", address[1], r.Code, r.Header().Get("Cache-Control"), r.Body.Len())
		}
	}
	if r := w.get(t, "/assets/style.css"); r.Code != http.StatusNotFound {
		t.Errorf("an address without the hash: got %d", r.Code)
	}
}

func TestIndexPages(t *testing.T) {
	var entries []*pipeline.Entry
	for i := range rowsPerPage + 1 {
		entries = append(entries, entry("demo", fmt.Sprintf("w-%03d", i), "p", lobby()))
	}
	w := newWorld(entries...)
	first := w.get(t, "/").Body.String()
	next := regexp.MustCompile(`href="([^"]+)">Next page`).FindStringSubmatch(first)
	if next == nil || strings.Contains(first, "w-200") {
		t.Fatalf("the first page has no next, or more than %d rows", rowsPerPage)
	}
	second := w.get(t, next[1]).Body.String()
	if !strings.Contains(second, "w-200") || strings.Contains(second, "w-199") || strings.Contains(second, "Next page") || !strings.Contains(second, "First page") {
		t.Errorf("second page: %s", second)
	}
}

func TestFigures(t *testing.T) {
	for _, c := range []struct {
		x    float64
		want string
	}{
		{0, "0"},
		{0.31, "0.31"},
		{0.00012345, "0.000123"},
		{1.5, "1.5"},
		{12.345, "12.35"},
		{999.994, "999.99"},
		{1000, "1\u202f000"},
		{4211.4, "4\u202f211"},
		{-1234567, "−1\u202f234\u202f567"},
		{1e15, "1e+15"},
	} {
		if got := number(c.x); got != c.want {
			t.Errorf("number(%v): got %q, want %q", c.x, got, c.want)
		}
	}
	for _, c := range []struct {
		d    time.Duration
		want string
	}{
		{-time.Second, "0 s"},
		{0, "0 ms"},
		{time.Microsecond, "under 1 ms"},
		{999 * time.Millisecond, "999 ms"},
		{time.Second, "1 s"},
		{3200 * time.Millisecond, "3.2 s"},
		{59 * time.Second, "59 s"},
		{60 * time.Second, "1m"},
		{330 * time.Second, "5m30s"},
		{2*time.Hour + 5*time.Minute, "2h5m"},
		{time.Hour, "1h"},
	} {
		if got := span(c.d); got != c.want {
			t.Errorf("span(%v): got %q, want %q", c.d, got, c.want)
		}
	}
}

// The ledger's words reach a reader of the page, too.
func TestPageOfAnUnknownWorkload(t *testing.T) {
	w := newWorld(entry("demo", "deposits", "p", lobby()))
	w.refusal = errors.New(`workload "demo/deposit" is not in use: did you mean demo/deposits?`)
	r := w.get(t, "/workloads/demo/deposit")
	if r.Code != http.StatusNotFound || !strings.Contains(r.Body.String(), "did you mean demo/deposits?") {
		t.Errorf("got %d %s", r.Code, r.Body)
	}
}

func TestWarmNodesOfAWorkload(t *testing.T) {
	for want, out := range map[string]decision.Outcome{
		"":                                    {Replicas: 3, Active: true},
		"none beside those the replicas take": {Replicas: 3, NodesKnown: true, Active: true},
		"room for 1 more replica":             {Replicas: 3, Warm: 1, NodesKnown: true, Active: true},
		"room for 2 more replicas":            {Replicas: 3, Warm: 2, NodesKnown: true, Active: true},
	} {
		body := newWorld(entry("demo", "a", "p", out)).get(t, "/workloads/demo/a").Body.String()
		if told := strings.Contains(body, "<dt>Warm nodes</dt><dd>"+want+"</dd>"); told != (want != "") || !strings.Contains(body, "Without forecast") {
			t.Errorf("want %q in\n%s", want, body)
		}
	}
}
