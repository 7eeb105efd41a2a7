package api_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/store"
	"github.com/headstart-scaler/headstart/workload"
)

// pages reads a list page by page, and fails where a page is not full that is
// not the last.
func (w *world) pages(t *testing.T, path, list string, size int) []object {
	t.Helper()
	var all []object
	next := ""
	for n := 0; ; n++ {
		separator := "?"
		if strings.Contains(path, "?") {
			separator = "&"
		}
		o := w.do(t, "GET", fmt.Sprintf("%s%spage_size=%d&page_token=%s", path, separator, size, url.QueryEscape(next)), "").want(t, http.StatusOK)
		page := o.list(list)
		for _, v := range page {
			m, _ := v.(map[string]any)
			all = append(all, m)
		}
		next, _ = o.at("next_page_token").(string)
		if next == "" {
			return all
		}
		if len(page) != size || n > 1000 {
			t.Fatalf("%s: page %d has %d of %d: %v", path, n, len(page), size, o)
		}
	}
}

func named(all []object, member string) []string {
	var names []string
	for _, o := range all {
		names = append(names, fmt.Sprint(o.at(member)))
	}
	return names
}

func TestListsAreReadPageByPage(t *testing.T) {
	w := newWorld(t, published(
		entry("demo", "lobby", "a", decision.Outcome{Mode: decision.Enforce}), entry("demo", "deposits", "a", decision.Outcome{Mode: decision.Enforce}),
		entry("demo", "deposits", "b", decision.Outcome{Mode: decision.Enforce}), entry("arena", "chat", "a", decision.Outcome{Mode: decision.Enforce}),
	))
	var ids []string
	for i := range 11 {
		ids = append(ids, fmt.Sprintf("e%02d", i))
		w.given(t, ids...)
	}
	for i := range 7 {
		on := []string{"demo/a", "demo/b"}[i%2]
		w.do(t, "POST", "/api/v1/overrides", strings.Replace(order, "demo/a", on, 1)).want(t, http.StatusOK)
	}
	w.do(t, "POST", "/api/v1/overrides/5/expire", `{"author":"mia"}`).want(t, http.StatusOK)
	for size := 1; size <= 12; size++ {
		for _, c := range []struct{ path, list, member, want string }{
			{"/api/v1/schedule/events", "events", "id", strings.Join(ids, " ")},
			{"/api/v1/schedule/events?version=3", "events", "id", "e00 e01 e02"},
			{"/api/v1/schedule/versions", "versions", "number", "11 10 9 8 7 6 5 4 3 2 1"},
			{"/api/v1/overrides", "overrides", "id", "7 6 5 4 3 2 1"},
			{"/api/v1/overrides?active=true", "overrides", "id", "7 6 4 3 2 1"},
			{"/api/v1/overrides?workload=demo/a", "overrides", "id", "7 5 3 1"},
			{"/api/v1/overrides?workload=demo/a&active=true", "overrides", "id", "7 3 1"},
			{"/api/v1/schedule/occurrences?from=2026-11-24T00:00:00Z&to=2027-01-01T00:00:00Z", "occurrences", "event_id", strings.Join(ids, " ")},
			{"/api/v1/schedule/occurrences?to=2026-11-26T18:00:00Z", "occurrences", "event_id", "e00 e01"},
			{"/api/v1/schedule/occurrences?to=2026-11-26T18:00:01Z", "occurrences", "event_id", "e00 e01 e02"},
			{"/api/v1/decisions", "decisions", "workload", "arena/chat demo/deposits demo/deposits demo/lobby"},
		} {
			if got := strings.Join(named(w.pages(t, c.path, c.list, size), c.member), " "); got != c.want {
				t.Errorf("%s in pages of %d: %s, want %s", c.path, size, got, c.want)
			}
		}
		if lines := w.records(t, size); len(lines) != 19 {
			t.Errorf("%d records in pages of %d, want 19", len(lines), size)
		}
	}
}

// records reads the audit log in pages.
func (w *world) records(t *testing.T, size int) (lines []any) {
	t.Helper()
	for after := "0"; ; {
		o := w.do(t, "GET", fmt.Sprintf("/api/v1/audit/records?after=%s&page_size=%d", after, size), "").want(t, http.StatusOK)
		lines = append(lines, o.list("lines")...)
		if after = fmt.Sprint(o.at("next_after")); after == "0" {
			return lines
		}
	}
}

// The records and the checkpoint are what store.Verify takes.
func TestTheAuditLogVerifies(t *testing.T) {
	w := newWorld(t)
	if o := w.do(t, "GET", "/api/v1/audit/checkpoint", "").want(t, http.StatusOK); o.at("seq") != 0.0 || o.at("hash") != "" {
		t.Errorf("an empty log: %v", o)
	}
	w.given(t, "a")
	w.given(t, "b")
	head := w.do(t, "GET", "/api/v1/audit/checkpoint", "").want(t, http.StatusOK)
	var records []store.Record
	for _, line := range w.do(t, "GET", "/api/v1/audit/records", "").want(t, http.StatusOK).list("lines") {
		r, err := store.ParseRecord([]byte(fmt.Sprint(line)))
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, r)
	}
	if len(records) != 2 {
		t.Fatalf("%d records", len(records))
	}
	last := records[1].Checkpoint()
	if head.at("seq") != float64(last.Seq) || head.at("hash") != last.Hash.String() || head.at("at") != last.At.Format(time.RFC3339Nano) {
		t.Errorf("head %v, last record %v", head, last)
	}
	if err := store.Verify(func(yield func(store.Record, error) bool) { _ = yield(records[0], nil) && yield(records[1], nil) }, []store.Checkpoint{last}); err != nil {
		t.Error(err)
	}
}

// Pages of events are of one version, also when another one comes in between.
func TestAPageTokenStaysWithItsVersion(t *testing.T) {
	w := newWorld(t)
	w.given(t, "a", "c", "e")
	first := w.do(t, "GET", "/api/v1/schedule/events?page_size=1", "").want(t, http.StatusOK)
	w.given(t, "b", "d")
	token := "&page_token=" + fmt.Sprint(first.at("next_page_token"))
	second := w.do(t, "GET", "/api/v1/schedule/events?page_size=5"+token, "").want(t, http.StatusOK)
	if !slices.Equal(second.ids("events", "id"), []string{"c", "e"}) || second.at("version") != 1.0 {
		t.Errorf("got %v", second)
	}
	w.do(t, "GET", "/api/v1/schedule/events?version=2"+token, "").want(t, http.StatusBadRequest)
	w.do(t, "GET", "/api/v1/schedule/versions?page_size=1"+token, "").want(t, http.StatusBadRequest)
	w.do(t, "GET", "/api/v1/schedule/occurrences?page_size=1"+token, "").want(t, http.StatusBadRequest)
}

// The span of occurrences is that of the first page, also where it began now.
func TestAPageTokenStaysWithItsSpan(t *testing.T) {
	w := newWorld(t)
	hourly := "id,title,start,end,timezone,recurrence,floor\nh,Hourly,2026-11-01 00:00,2026-11-01 00:30,UTC,FREQ=HOURLY,3\n"
	w.do(t, "POST", merge, hourly).want(t, http.StatusOK)
	first := w.do(t, "GET", "/api/v1/schedule/occurrences?page_size=10", "").want(t, http.StatusOK)
	w.set(noon.Add(3 * time.Hour))
	rest := w.do(t, "GET", "/api/v1/schedule/occurrences?page_token="+fmt.Sprint(first.at("next_page_token")), "").want(t, http.StatusOK)
	starts := append(first.ids("occurrences", "start"), rest.ids("occurrences", "start")...)
	if len(starts) != 24 || starts[0] != "2026-11-24T12:00:00Z" || starts[23] != "2026-11-25T11:00:00Z" {
		t.Errorf("%d: %v", len(starts), starts)
	}
	for i := 1; i < len(starts); i++ {
		if starts[i] <= starts[i-1] {
			t.Errorf("%s after %s", starts[i], starts[i-1])
		}
	}
	// 400 days of them, over stretches of all lengths: each once.
	seen := map[string]bool{}
	all := w.pages(t, "/api/v1/schedule/occurrences?from=2026-12-01T00:15:00Z&to=2028-01-05T00:15:00Z", "occurrences", 1000)
	for _, o := range all {
		seen[fmt.Sprint(o.at("start"))] = true
	}
	if len(all) != 400*24+1 || len(seen) != len(all) {
		t.Errorf("%d occurrences, %d of them different, want %d", len(all), len(seen), 400*24+1)
	}
}

func TestAnOccurrenceTellsBothClocks(t *testing.T) {
	w := newWorld(t, func(w *world) {
		w.options.Files = func() map[string]string { return map[string]string{"cup": "events/cup.yaml"} }
		w.options.Labels = func(id workload.ID) map[string]string { return map[string]string{calendar.LabelBrand: id.Name} }
	})
	file := "id,title,class,start,end,timezone,expected_peak,unit,brand,owner\n" +
		"cup,Cup,tournament,2026-12-05 23:00,2026-12-06 02:00,America/New_York,12000,requests/s,one,ana\n" +
		"sale,Sale,promo,2026-12-06 03:00,2026-12-06 05:00,UTC,40,replicas,two,ben\n"
	w.do(t, "POST", merge, file).want(t, http.StatusOK)
	path := "/api/v1/schedule/occurrences?from=2026-12-05T00:00:00Z&to=2026-12-08T00:00:00Z"
	o := object(w.pages(t, path, "occurrences", 10)[1])
	for member, want := range map[string]string{
		"event_id": "cup", "start": "2026-12-06T04:00:00Z", "end": "2026-12-06T07:00:00Z", "local_start": "2026-12-05T23:00", "local_end": "2026-12-06T02:00",
		"weekday": "Saturday", "timezone": "America/New_York", "counts_from": "2026-12-06T03:00:00Z", "counts_to": "2026-12-06T07:00:00Z",
		"impact": "12000 requests/s", "status": "confirmed", "owner": "ana", "file": "events/cup.yaml",
	} {
		if o.at(member) != want {
			t.Errorf("%s is %v, want %s", member, o.at(member), want)
		}
	}
	for name, want := range map[string]string{"demo/one": "cup", "demo/two": "sale", "demo/three": ""} {
		if got := strings.Join(named(w.pages(t, path+"&workload="+name, "occurrences", 1), "event_id"), " "); got != want {
			t.Errorf("of %s: %q, want %q", name, got, want)
		}
	}
}

// many is a planner with more overrides than one read of the store returns.
type many struct{ failing }

func (many) Overrides(_ context.Context, before int64, limit int) ([]store.Override, error) {
	if before == 0 {
		before = 2501
	}
	var page []store.Override
	for id := before - 1; id > 0 && len(page) < store.Page(limit); id-- {
		page = append(page, store.Override{ID: id, Workload: fmt.Sprintf("demo/w%d", id%500)})
	}
	return page, nil
}

func TestOverridesOfAWorkloadAreFoundAmongMany(t *testing.T) {
	w := newWorld(t, func(w *world) { w.options.Planner = many{} })
	for size := 1; size <= 6; size++ {
		if got := strings.Join(named(w.pages(t, "/api/v1/overrides?workload=demo/w7", "overrides", size), "id"), " "); got != "2007 1507 1007 507 7" {
			t.Errorf("in pages of %d: %s", size, got)
		}
	}
}

func TestAnEventTellsItsImpact(t *testing.T) {
	w := newWorld(t)
	file := "id,title,start,end,timezone,expected_peak,unit,ramp_up,recurrence,except\n" +
		"a,A,2026-12-01 20:00,2026-12-01 23:00,UTC,3,x,30m,FREQ=DAILY,2026-12-03 20:00\n" +
		"b,B,2026-12-01 20:00,2026-12-01 23:00,UTC,12000,requests/s,,,\n" +
		"c,C,2026-12-01 20:00,2026-12-01 23:00,UTC,40,replicas,,,\n"
	w.do(t, "POST", merge, file).want(t, http.StatusOK)
	events := w.pages(t, "/api/v1/schedule/events", "events", 10)
	for i, want := range []map[string]any{
		{"multiplier": 3.0, "expected_peak": nil, "floor": nil, "unit": "", "ramp_up": "1800s", "ramp_down": nil, "recurrence": "FREQ=DAILY"},
		{"multiplier": nil, "expected_peak": 12000.0, "floor": nil, "unit": "requests/s", "ramp_up": nil, "recurrence": ""},
		{"multiplier": nil, "expected_peak": nil, "floor": 40.0, "unit": ""},
	} {
		for member, value := range want {
			if got := events[i].at(member); got != value {
				t.Errorf("%s of %v is %v, want %v", member, events[i].at("id"), got, value)
			}
		}
	}
	if except := events[0].list("except"); len(except) != 1 || except[0] != "2026-12-03T20:00" {
		t.Errorf("except %v", except)
	}
}
