package api_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/headstart-scaler/headstart/api"
	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/pipeline"
	"github.com/headstart-scaler/headstart/planner"
	"github.com/headstart-scaler/headstart/store/sqlite"
	"github.com/headstart-scaler/headstart/workload"
)

var update = flag.Bool("update", false, "write the goldens anew")

func TestMain(m *testing.M) {
	flag.Parse()
	goleak.VerifyTestMain(m)
}

// noon is what every clock of a world shows.
var noon = time.Date(2026, time.November, 24, 12, 0, 0, 0, time.UTC)

// world is an API over a real port, in front of a real planner and a real store
// unless a test puts something else there.
type world struct {
	options api.Options
	store   *sqlite.Store
	planner *planner.Planner
	logs    bytes.Buffer
	now     atomic.Pointer[time.Time]
	address string
	client  *http.Client
	grpc    *grpc.ClientConn
}

// newWorld starts one. Change may exchange what the API is made of.
func newWorld(t *testing.T, change ...func(*world)) *world {
	t.Helper()
	w := &world{}
	w.set(noon)
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "headstart.db"), sqlite.Options{Now: w.clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	w.store = s
	w.planner = planner.New(planner.Options{Store: s, Now: w.clock}, planner.Pinned{Classes: calendar.Classes{"tournament": {Ramp: calendar.Ramp{Up: time.Hour}}}})
	snapshot := pipeline.NewSnapshot(noon, 1, "9f2c41d0", pipeline.Health{}, nil)
	w.options = api.Options{
		Planner: w.planner, Audit: s, Snapshot: func() *pipeline.Snapshot { return snapshot }, Ledger: ledger{},
		Log: slog.New(slog.NewTextHandler(&w.logs, nil)), Now: w.clock,
	}
	for _, c := range change {
		c(w)
	}
	w.serve(t)
	return w
}

func (w *world) clock() time.Time  { return *w.now.Load() }
func (w *world) set(now time.Time) { w.now.Store(&now) }

// serve answers both protocols on one port, as package web does.
func (w *world) serve(t *testing.T) {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w.address = listener.Addr().String()
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	server := &http.Server{Handler: api.New(w.options), Protocols: protocols, ReadHeaderTimeout: time.Second}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(listener)
	}()
	w.client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 50}}
	w.grpc, err = grpc.NewClient(w.address, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithDefaultCallOptions(grpc.MaxCallSendMsgSize(64<<20)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = w.grpc.Close()
		w.client.CloseIdleConnections()
		_ = server.Close()
		<-served
	})
}

// response is an answer with its body read.
type response struct {
	*http.Response

	body []byte
}

// do asks; headers alternate name and value.
func (w *world) do(t *testing.T, method, path, body string, headers ...string) response {
	t.Helper()
	return w.stream(t, method, path, strings.NewReader(body), headers...)
}

func (w *world) stream(t *testing.T, method, path string, body io.Reader, headers ...string) response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "http://"+w.address+path, body)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		}
		r.Header.Add(headers[i], headers[i+1])
	}
	got, err := w.client.Do(r)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer got.Body.Close()
	read, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return response{got, read}
}

// want fails unless the answer has a status, and returns its JSON.
func (r response) want(t *testing.T, status int) object {
	t.Helper()
	if r.StatusCode != status {
		t.Fatalf("%s %s: %s, want %d:\n%s", r.Request.Method, r.Request.URL, r.Status, status, r.body)
	}
	o := object{}
	if err := json.Unmarshal(r.body, &o); err != nil {
		t.Fatalf("%s %s: %v:\n%s", r.Request.Method, r.Request.URL, err, r.body)
	}
	return o
}

// object is JSON.
type object map[string]any

// at follows members; "" is the object itself.
func (o object) at(path string) any {
	var v any = map[string]any(o)
	for name := range strings.SplitSeq(path, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[name]
	}
	return v
}

func (o object) list(path string) []any {
	l, _ := o.at(path).([]any)
	return l
}

// ids are the ids of the objects in a list.
func (o object) ids(path, name string) []string {
	var ids []string
	for _, v := range o.list(path) {
		m, _ := v.(map[string]any)
		id, _ := m[name].(string)
		ids = append(ids, id)
	}
	return ids
}

// ledger knows nothing.
type ledger struct{}

func (ledger) Explain(id workload.ID, _ string, _ time.Time) ([]*pipeline.Entry, error) {
	return nil, unknownWorkloadError(id.String())
}

type unknownWorkloadError string

func (u unknownWorkloadError) Error() string { return "workload " + string(u) + " is not in use" }

func entry(namespace, name, policy string, o decision.Outcome) *pipeline.Entry {
	o.Policy, o.At = policy, noon
	return &pipeline.Entry{
		Trigger:    workload.Trigger{Workload: workload.ID{Namespace: namespace, Name: name}, Policy: policy},
		DecisionID: "d-" + name, Outcome: o,
	}
}

func published(entries ...*pipeline.Entry) func(*world) {
	s := pipeline.NewSnapshot(noon, 1, "9f2c41d0", pipeline.Health{}, entries)
	return func(w *world) { w.options.Snapshot = func() *pipeline.Snapshot { return s } }
}

// sheet is a schedule with an event of each id, on following evenings.
func sheet(ids ...string) string {
	var b strings.Builder
	b.WriteString("id,title,class,start,end,timezone,expected_peak,unit\n")
	for i, id := range ids {
		day := noon.AddDate(0, 0, i).Format(time.DateOnly)
		b.WriteString(id + ",Cup " + id + ",tournament," + day + " 20:00," + day + " 23:00,Europe/Malta,3,x\n")
	}
	return b.String()
}

const (
	imports = "/api/v1/schedule/imports"
	merge   = imports + "?mode=merge&author=mia&filename=cup.csv"
)

// given applies a schedule, as version 1.
func (w *world) given(t *testing.T, ids ...string) {
	t.Helper()
	w.do(t, "POST", merge, sheet(ids...)).want(t, http.StatusOK)
}
