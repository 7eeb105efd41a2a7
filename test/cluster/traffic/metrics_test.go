package traffic_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/test/cluster/traffic"
)

const rate = `sum(rate(http_requests_total{app="lobby-api"}[1m]))`

// answer is the API's, as far as one series without labels needs it.
type answer struct {
	Status, Error string
	Data          struct {
		ResultType string
		Result     []struct {
			Metric map[string]string
			Value  [2]any
			Values [][2]any
		}
	}
}

// post asks as API clients do, by a form.
func post(m *traffic.Metrics, path string, form url.Values) (int, answer, error) {
	var a answer
	response, err := http.PostForm(m.URL()+path, form)
	if err != nil {
		return 0, a, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, a, err
	}
	return response.StatusCode, a, json.Unmarshal(body, &a)
}

// now is the answer to an instant query; "" when it is empty.
func now(t *testing.T, m *traffic.Metrics, query string) string {
	t.Helper()
	status, a, err := post(m, "/api/v1/query", url.Values{"query": {query}})
	if err != nil || status != http.StatusOK || a.Status != "success" || a.Data.ResultType != "vector" {
		t.Fatalf("query %s: %d %+v %v", query, status, a, err)
	}
	if len(a.Data.Result) == 0 {
		return ""
	}
	return fmt.Sprint(a.Data.Result[0].Value[1])
}

func TestAQueryIsAnsweredWithWhatWasSetForExactlyIt(t *testing.T) {
	m := traffic.StartMetrics(t)
	if got := now(t, m, rate); got != "" {
		t.Errorf("a query that was never set is answered %q, want nothing", got)
	}
	m.Set(rate, 1250.5)
	if got := now(t, m, rate); got != "1250.5" {
		t.Errorf("answer %q, want 1250.5", got)
	}
	if got := now(t, m, rate+" "); got != "" {
		t.Errorf("another text is answered %q, want nothing", got)
	}
	if v, ok := m.Value(rate); v != 1250.5 || !ok {
		t.Errorf("Value is %v, %v", v, ok)
	}
	m.Drop(rate)
	if got := now(t, m, rate); got != "" {
		t.Errorf("a dropped query is answered %q, want nothing", got)
	}
	if _, ok := m.Value(rate); ok {
		t.Error("a dropped query has a Value")
	}
}

// moments are around one change: it was made between them.
type moments struct{ before, after time.Time }

// changes makes four changes, at least 30 ms apart.
func changes(m *traffic.Metrics) []moments {
	var all []moments
	for _, change := range []func(){
		func() { m.Set(rate, 10) }, func() { m.Set(rate, 20) }, func() { m.Drop(rate) }, func() { m.Set(rate, 30) },
	} {
		before := time.Now().Truncate(time.Millisecond)
		change()
		all = append(all, moments{before, time.Now()})
		<-time.After(30 * time.Millisecond)
	}
	return all
}

func TestARangeQueryTellsWhatWasTrueAtEachInstant(t *testing.T) {
	m := traffic.StartMetrics(t)
	begin := time.Now()
	made := changes(m)
	end := time.Now()
	// From before the first Set, in steps far below what separates two changes.
	status, a, err := post(m, "/api/v1/query_range", url.Values{
		"query": {rate}, "start": {seconds(begin.Add(-time.Second))}, "end": {seconds(end)}, "step": {"0.001"},
	})
	if err != nil || status != http.StatusOK || a.Data.ResultType != "matrix" || len(a.Data.Result) != 1 {
		t.Fatalf("range query: %d %+v %v", status, a, err)
	}
	seen := map[string]int{}
	for _, p := range a.Data.Result[0].Values {
		second, isNumber := p[0].(float64)
		value, isText := p[1].(string)
		if !isNumber || !isText {
			t.Fatalf("a point is %v, want a number and a text", p)
		}
		at := time.UnixMilli(int64(second*1000 + 0.5))
		seen[value]++
		if earliest, latest := valuesAt(at, made); value != earliest && value != latest {
			t.Errorf("%s after the first Set: %q, want %q or %q", at.Sub(made[0].after), value, earliest, latest)
		}
	}
	for _, value := range []string{"10", "20", "30"} {
		if seen[value] < 25 {
			t.Errorf("%d points of %s in 30 ms, want about 30", seen[value], value)
		}
	}
	if len(seen) != 3 {
		t.Errorf("values %v, want three", seen)
	}
}

// valuesAt are the values an instant may have had: they differ while a change
// was being made.
func valuesAt(at time.Time, made []moments) (before, after string) {
	for i, v := range []string{"10", "20", "", "30"} {
		if !at.Before(made[i].before) {
			after = v
		}
		if at.After(made[i].after) {
			before = v
		}
	}
	return before, after
}

func seconds(at time.Time) string {
	return strconv.FormatFloat(float64(at.UnixMilli())/1000, 'f', -1, 64)
}

func TestAnInstantQueryCanAskForThePast(t *testing.T) {
	m := traffic.StartMetrics(t)
	made := changes(m)
	for i, want := range []string{"10", "20", "", "30"} {
		_, a, err := post(m, "/api/v1/query", url.Values{"query": {rate}, "time": {made[i].after.UTC().Format(time.RFC3339Nano)}})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if len(a.Data.Result) == 1 {
			got = fmt.Sprint(a.Data.Result[0].Value[1])
		}
		if got != want {
			t.Errorf("after change %d: %q, want %q", i, got, want)
		}
	}
}

func TestARangeThatNobodyCanAnswerIsRefused(t *testing.T) {
	m := traffic.StartMetrics(t)
	for _, c := range []struct{ start, end, step, want string }{
		{"1000", "2000", "", "step:"},
		{"1000", "2000", "0", "step:"},
		{"1000", "999", "1", "end:"},
		{"yesterday", "2000", "1", "start:"},
		{"0", "11000", "1", "step:"}, // 11 001 points
		{"0", "10999", "1", ""},
		{"0", "60", "15s", ""},
	} {
		status, a, err := post(m, "/api/v1/query_range", url.Values{"query": {rate}, "start": {c.start}, "end": {c.end}, "step": {c.step}})
		if err != nil {
			t.Fatal(err)
		}
		if c.want == "" && status != http.StatusOK {
			t.Errorf("%+v: %d %s", c, status, a.Error)
		}
		if c.want != "" && (status != http.StatusBadRequest || len(a.Error) < 5 || a.Error[:len(c.want)] != c.want) {
			t.Errorf("%+v: %d %q", c, status, a.Error)
		}
	}
}

func TestMetricsThatAreDownRefuseConnections(t *testing.T) {
	m := traffic.StartMetrics(t)
	m.Set(rate, 1)
	before := m.URL()
	if now(t, m, rate) != "1" { // and a connection is kept alive
		t.Fatal("no answer before")
	}
	for range 3 {
		m.Down()
		m.Down() // twice is once
		begin := time.Now()
		if _, _, err := post(m, "/api/v1/query", url.Values{"query": {rate}}); err == nil {
			t.Error("the connection of before still answers")
		}
		_, _, err := post(m, "/api/v1/query", url.Values{"query": {rate}})
		if !errors.Is(err, syscall.ECONNREFUSED) || time.Since(begin) > time.Second {
			t.Errorf("while down: %v after %s, want connection refused at once", err, time.Since(begin))
		}
		m.Up()
		m.Up()
		if m.URL() != before || now(t, m, rate) != "1" {
			t.Errorf("after Up: address %s, value %q; want %s and 1", m.URL(), now(t, m, rate), before)
		}
	}
}

// Who is down for minutes comes back on the same port, whatever connects and
// listens meanwhile.
func TestAPortIsNobodyElsesWhileDown(t *testing.T) {
	m, other := traffic.StartMetrics(t), traffic.StartMetrics(t)
	m.Down()
	host := func(m *traffic.Metrics) string { return strings.TrimPrefix(m.URL(), "http://") }
	own, err := net.ResolveTCPAddr("tcp", host(m))
	if err != nil {
		t.Fatal(err)
	}
	from := net.Dialer{LocalAddr: own}
	if conn, err := from.DialContext(t.Context(), "tcp", host(other)); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("an outgoing connection from its port: %v, %v; want address in use", conn, err)
	}
	m.Up()
	m.Set(rate, 2)
	if now(t, m, rate) != "2" {
		t.Error("no answer after Up")
	}
}

func TestMetricsAreSafeForConcurrentUse(t *testing.T) {
	m := traffic.StartMetrics(t)
	m.Set(rate, 0)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for i := range 100 {
				m.Set(rate, float64(i))
				m.Value(rate)
			}
		})
		all.Go(func() {
			for range 25 {
				ask(t, m)
			}
		})
	}
	all.Wait()
}

// ask asks for a second's past and for now.
func ask(t *testing.T, m *traffic.Metrics) {
	t.Helper()
	end := time.Now()
	span := url.Values{"query": {rate}, "start": {seconds(end.Add(-time.Second))}, "end": {seconds(end)}, "step": {"0.01"}}
	if status, _, err := post(m, "/api/v1/query_range", span); err != nil || status != http.StatusOK {
		t.Errorf("range query: %d, %v", status, err)
	}
	if _, a, err := post(m, "/api/v1/query", url.Values{"query": {rate}}); err != nil || len(a.Data.Result) != 1 {
		t.Errorf("query: %+v, %v", a, err)
	}
}
