package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestEveryAnswerIsGuarded(t *testing.T) {
	w := newWorld()
	w.metrics = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "up 1\n") })
	for _, target := range []string{"/", "/healthz", "/metrics", "/api/v1/config", "/nowhere"} {
		h := w.get(t, target).Header()
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
			"X-Content-Type-Options":  "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-store",
		} {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q", target, name, h.Get(name))
			}
		}
	}
}

func TestMethods(t *testing.T) {
	w := newWorld(entry("demo", "a", "p", lobby()))
	for _, c := range []struct {
		method, target string
		want           int
	}{
		{http.MethodGet, "/", 200},
		{http.MethodHead, "/", 200},
		{http.MethodHead, "/api/v1/workloads", 200},
		{http.MethodPost, "/", 405},
		{http.MethodDelete, "/api/v1/workloads", 405},
		{http.MethodOptions, "/healthz", 405},
		{http.MethodPut, "/workloads/demo/a", 405},
		{http.MethodPost, "/nowhere", 404},
		{http.MethodGet, "/metrics", 404}, // none was given
	} {
		r := w.ask(t, c.method, c.target)
		if r.Code != c.want {
			t.Errorf("%s %s: got %d, want %d", c.method, c.target, r.Code, c.want)
		}
		if allow := r.Header().Get("Allow"); (allow != "") != (c.want == 405) {
			t.Errorf("%s %s: Allow is %q", c.method, c.target, allow)
		}
	}
}

// The API has every method of its own addresses, and gRPC whatever the address.
func TestTheAPIIsServedBesideThePages(t *testing.T) {
	w := newWorld(entry("demo", "a", "p", lobby()))
	w.api = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, flushes := w.(http.Flusher)
		_, _ = fmt.Fprintf(w, "%s %s %s flushes=%t", r.Proto, r.Method, r.URL.Path, flushes)
	})
	address, stop := w.serve(t)
	defer func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	}()
	only2 := new(http.Protocols)
	only2.SetUnencryptedHTTP2(true)
	over2 := &http.Client{Transport: &http.Transport{Protocols: only2}}
	defer over2.CloseIdleConnections()
	for _, c := range []struct {
		client       *http.Client
		method, path string
		content      string
		want         string
	}{
		{http.DefaultClient, "POST", "/api/v1/schedule/imports", "text/csv", "HTTP/1.1 POST /api/v1/schedule/imports"},
		{http.DefaultClient, "GET", "/api/v1/schedule", "", "HTTP/1.1 GET /api/v1/schedule"},
		{http.DefaultClient, "DELETE", "/api/v1/overrides/1", "", "HTTP/1.1 DELETE"},
		{over2, "POST", "/headstart.v1.ScheduleService/GetSchedule", "application/grpc", "HTTP/2.0 POST /headstart.v1.ScheduleService/GetSchedule flushes=true"},
		{over2, "POST", "/headstart.v1.ScheduleService/GetSchedule", "", `"title": "Nothing here"`},
		{http.DefaultClient, "POST", "/headstart.v1.ScheduleService/GetSchedule", "application/grpc", `"title": "Nothing here"`},
		{over2, "GET", "/api/v1/workloads", "", `"workload": "demo/a"`},
	} {
		r, err := http.NewRequestWithContext(t.Context(), c.method, "http://"+address+c.path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", c.content)
		response, err := c.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err != nil || !strings.Contains(string(body), c.want) {
			t.Errorf("%s %s: %s (%v), want %q", c.method, c.path, body, err, c.want)
		}
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestProblemsComeInTheReadersForm(t *testing.T) {
	for accept, want := range map[string]string{
		"": mediaProblem, "*/*": mediaProblem, "application/json": mediaProblem,
		"text/html,application/xhtml+xml,*/*;q=0.8": "text/html; charset=utf-8",
	} {
		if got := newWorld().get(t, "/nowhere", "Accept", accept).Header().Get("Content-Type"); got != want {
			t.Errorf("Accept %q: got %s, want %s", accept, got, want)
		}
	}
}

func TestPreferred(t *testing.T) {
	for _, c := range []struct{ accept, want string }{
		{"", mediaJSON},
		{"*/*", mediaJSON},
		{"text/plain", mediaText},
		{"text/*", mediaText},
		{"TEXT/PLAIN", mediaText},
		{"application/json, text/plain", mediaJSON},
		{"application/json;q=0.5, text/plain;q=0.6", mediaText},
		{"text/plain;q=0.5, */*;q=0.6", mediaJSON},
		{"*/*;q=0.9, text/plain", mediaText},
		{"application/json;q=0, */*", mediaText},
		{"text/plain;q=0", mediaJSON},
		{"text/plain;q=x", mediaJSON},
		{"image/png", mediaJSON},
		{";;;", mediaJSON},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept", c.accept)
		if got := preferred(r, mediaJSON, mediaText); got != c.want {
			t.Errorf("%q: got %s, want %s", c.accept, got, c.want)
		}
	}
}

func TestPanicBecomesAProblem(t *testing.T) {
	w := newWorld()
	w.metrics = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("secret of the inside") })
	r := w.get(t, "/metrics")
	wantProblem(t, r, http.StatusInternalServerError, "internal")
	if strings.Contains(r.Body.String(), "secret") {
		t.Errorf("the panic's text leaves the process: %s", r.Body)
	}
}

func TestPanicInHalfAnAnswerCutsIt(t *testing.T) {
	w := newWorld()
	w.metrics = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "half")
		panic("then nothing")
	})
	defer func() {
		if err, ok := recover().(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
			t.Errorf("got %v, want the connection cut", err)
		}
	}()
	w.get(t, "/metrics")
}

// serve runs the world's server on loopback until the returned stop is called,
// which gives what Serve returned.
func (w *world) serve(t *testing.T) (address string, stop func() error) {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- w.server().Serve(ctx, listener) }()
	return listener.Addr().String(), sync.OnceValue(func() error {
		cancel()
		return <-served
	})
}

func TestShutdownFinishesWhatRuns(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	w := newWorld()
	w.metrics = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(entered)
		<-release
		_, _ = io.WriteString(w, "whole")
	})
	address, stop := w.serve(t)
	type result struct {
		body string
		err  error
	}
	answered := make(chan result, 1)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	go func() {
		r, err := client.Get("http://" + address + "/metrics")
		if err != nil {
			answered <- result{err: err}
			return
		}
		defer r.Body.Close()
		body, err := io.ReadAll(r.Body)
		answered <- result{string(body), err}
	}()
	<-entered
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	// The listener is closed before running requests are waited for.
	for {
		c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
		if err != nil {
			break
		}
		c.Close()
	}
	close(release)
	if got := <-answered; got.err != nil || got.body != "whole" {
		t.Errorf("the running request got %+v", got)
	}
	if err := <-stopped; err != nil {
		t.Errorf("Serve returned %v", err)
	}
}

func TestServeTellsOfABrokenListener(t *testing.T) {
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	if err := newWorld().server().Serve(t.Context(), listener); err == nil {
		t.Error("no error from a closed listener")
	}
}

func TestLimitsOfAConnection(t *testing.T) {
	address, stop := newWorld().serve(t)
	defer func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	}()
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	// The server may cut the connection before all of it is written.
	_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\nX-Long: "+strings.Repeat("x", headerBytes+8<<10)+"\r\n\r\n")
	answer := make([]byte, 12)
	if _, err := io.ReadFull(c, answer); err != nil {
		t.Fatal(err)
	}
	if string(answer) != "HTTP/1.1 431" {
		t.Errorf("got %q for headers beyond the limit", answer)
	}
}
