package harness

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
)

// Proxy stands before a Prometheus and answers for it while a fault is set:
// what the real server cannot be brought to say at will.
type Proxy struct {
	URL string

	fault atomic.Pointer[http.HandlerFunc]
}

// StartProxy starts a proxy that passes everything on.
func StartProxy(t testing.TB, upstream string) *Proxy {
	t.Helper()
	target, err := url.Parse(upstream)
	if err != nil {
		t.Fatalf("parse the proxy's upstream: %v", err)
	}
	forward := httputil.NewSingleHostReverseProxy(target)
	forward.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }
	p := &Proxy{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if fault := p.fault.Load(); fault != nil && strings.HasPrefix(r.URL.Path, "/api/v1/query") {
			(*fault)(w, r)
			return
		}
		forward.ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		server.CloseClientConnections() // a hanging query holds its connection
		server.Close()
	})
	p.URL = server.URL
	return p
}

// Break answers every query with the fault until Mend.
func (p *Proxy) Break(fault http.HandlerFunc) { p.fault.Store(&fault) }

// Mend passes queries on again.
func (p *Proxy) Mend() { p.fault.Store(nil) }

// ServerError is a Prometheus that fails.
func ServerError(w http.ResponseWriter, _ *http.Request) {
	http.Error(w, `{"status":"error","errorType":"internal","error":"injected"}`, http.StatusInternalServerError)
}

// Garbage is something else than a Prometheus at the address.
func Garbage(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html")
	_, _ = w.Write([]byte("<html>sign in first</html>")) // the client notices a broken answer
}

// Hang is a Prometheus that takes a query and never answers.
func Hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
