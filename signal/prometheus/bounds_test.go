package prometheus

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/signal"
)

// numbered are n queries named q0, q1, ….
func numbered(n int) []signal.Query {
	queries := make([]signal.Query, n)
	for i := range queries {
		queries[i] = signal.Expression{PromQL: fmt.Sprintf("q%d", i)}
	}
	return queries
}

func TestReadKeepsOrderWithinItsConcurrency(t *testing.T) {
	var mu sync.Mutex
	var running, most int
	gate := make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		running++
		most = max(most, running)
		if running == 3 {
			select {
			case <-gate:
			default:
				close(gate)
			}
		}
		mu.Unlock()
		<-gate
		respond(http.StatusOK, sample(strings.TrimPrefix(r.FormValue("query"), "q"), 0))(w, r)
		mu.Lock()
		running--
		mu.Unlock()
	}, func(c *Config) { c.Concurrency = 3 })
	for range 2 {
		for i, got := range s.Read(t.Context(), numbered(40)) {
			if !got.OK() || got.Value != float64(i) {
				t.Fatalf("query %d read %+v", i, got)
			}
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if most != 3 {
		t.Fatalf("%d queries ran at once, want 3", most)
	}
}

func TestReadIsNotSpoiledByOneQuery(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.FormValue("query") {
		case "q1":
			<-r.Context().Done()
		case "q2":
			panic(http.ErrAbortHandler)
		case "q3":
			respond(http.StatusInternalServerError, "")(w, r)
		default:
			respond(http.StatusOK, sample("1", 0))(w, r)
		}
	}, func(c *Config) { c.Timeout = time.Second })
	got := s.Read(t.Context(), numbered(6))
	for i, want := range []signal.Condition{signal.Fine, signal.Unreachable, signal.Unreachable, signal.Refused, signal.Fine, signal.Fine} {
		if got[i].Condition != want {
			t.Errorf("query %d read %+v, want %s", i, got[i], want)
		}
	}
	if want := "within 1s"; !strings.Contains(got[1].Reason, want) {
		t.Errorf("reason %q does not say %q", got[1].Reason, want)
	}
	if want := "broke off"; !strings.Contains(got[2].Reason, want) {
		t.Errorf("reason %q does not say %q", got[2].Reason, want)
	}
}

// A server that hangs costs the time the caller gave, and the next read begins
// with what this one did not come to.
func TestReadEndsWithItsContext(t *testing.T) {
	var mu sync.Mutex
	hang := true
	var asked []string
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked = append(asked, r.FormValue("query"))
		hanging, both := hang, len(asked) == 2
		mu.Unlock()
		if hanging {
			if both {
				cancel()
			}
			<-r.Context().Done()
			return
		}
		respond(http.StatusOK, sample("1", 0))(w, r)
	}, func(c *Config) { c.Concurrency, c.Timeout = 2, time.Hour })
	for i, got := range s.Read(ctx, numbered(5)) {
		if got.Condition != signal.Unreachable || got.Reason == "" {
			t.Fatalf("query %d read %+v", i, got)
		}
		if unasked := strings.Contains(got.Reason, "was not asked"); unasked != (i >= 2) {
			t.Errorf("query %d: %s", i, got.Reason)
		}
	}
	mu.Lock()
	hang, asked = false, nil
	mu.Unlock()
	s.config.Concurrency = 1
	s.Read(t.Context(), numbered(5))
	mu.Lock()
	defer mu.Unlock()
	if got := strings.Join(asked, " "); got != "q2 q3 q4 q0 q1" {
		t.Fatalf("the next read asked %s", got)
	}
}

// A server that accepts and never speaks, in its header or in its body.
func TestReadLeavesASilentServer(t *testing.T) {
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	for _, scheme := range []string{"http", "https"} {
		s := connect(t, Config{Address: scheme + "://" + listener.Addr().String()}, nil)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		if got := one(ctx, s); got.Condition != signal.Unreachable || !strings.Contains(got.Reason, "before the time for this read was over") {
			t.Errorf("%s read %+v", scheme, got)
		}
		cancel()
	}
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm() // a server sees the client leave once the body is read
		_, _ = w.Write([]byte(`{"status":`))
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}, func(c *Config) { c.Timeout = 50 * time.Millisecond })
	if got := one(t.Context(), s); got.Condition != signal.Unreachable {
		t.Errorf("half an answer read as %+v", got)
	}
}

func TestReadNamesWhatIsNotThere(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	got := one(t.Context(), connect(t, Config{Address: server.URL}, nil))
	if got.Condition != signal.Unreachable || !strings.Contains(got.Reason, "no connection to "+server.URL) || !strings.Contains(got.Reason, "refused") {
		t.Fatalf("read %+v", got)
	}
}

// endless writes series until the reader has had enough.
func endless(w http.ResponseWriter, write func(string) error) {
	w.Header().Set("Content-Type", "application/json")
	if write(`{"status":"success","data":{"resultType":"vector","result":[`) != nil {
		return
	}
	series := strings.Repeat(`{"metric":{"pod":"a"},"value":[1795377600,"1"]},`, 200)
	for range 1 << 20 { // 10 GB
		if write(series) != nil {
			return
		}
	}
}

func TestReadBoundsTheAnswer(t *testing.T) {
	handlers := map[string]http.HandlerFunc{
		"plain": func(w http.ResponseWriter, _ *http.Request) {
			endless(w, func(s string) error { _, err := w.Write([]byte(s)); return err })
		},
		"compressed": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			endless(w, func(s string) error { _, err := z.Write([]byte(s)); return err })
		},
	}
	for name, handler := range handlers {
		t.Run(name, func(t *testing.T) {
			s := serve(t, handler, func(c *Config) { c.MaxResponse = 1 << 20 })
			got := one(t.Context(), s)
			if got.Condition != signal.Refused || !strings.Contains(got.Reason, "more than 1048576 bytes") {
				t.Fatalf("read %+v", got)
			}
		})
	}
	exact := sample("1", 0)
	for limit, want := range map[int64]signal.Condition{
		int64(len(exact)): signal.Fine, int64(len(exact)) - 1: signal.Refused,
	} {
		s := serve(t, respond(http.StatusOK, exact), func(c *Config) { c.MaxResponse = limit })
		if got := one(t.Context(), s); got.Condition != want {
			t.Errorf("%d bytes under a limit of %d read %+v", len(exact), limit, got)
		}
	}
}

type fake func(*http.Request) (*http.Response, error)

func (f fake) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestReadHidesTheQueryOfTheAddress(t *testing.T) {
	c := Config{Address: "http://prometheus.example/?key=hidden", Now: func() time.Time { return now }}
	c.complete()
	s, err := newSource(c, fake(func(*http.Request) (*http.Response, error) { return nil, errors.New("wire cut") }))
	if err != nil {
		t.Fatal(err)
	}
	got := one(t.Context(), s)
	if got.Condition != signal.Unreachable || !strings.Contains(got.Reason, "wire cut") || strings.Contains(got.Reason, "hidden") {
		t.Fatalf("read %+v", got)
	}
}
