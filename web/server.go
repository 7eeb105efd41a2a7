package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/headstart-scaler/headstart/pipeline"
	"github.com/headstart-scaler/headstart/workload"
)

// Bounds on what a client may take. Answers are made in memory at once, so
// that slow work never holds a connection.
const (
	headerTimeout = 5 * time.Second
	readTimeout   = 10 * time.Second
	writeTimeout  = 30 * time.Second // a scrape of ten thousand workloads over a slow link
	idleTimeout   = 2 * time.Minute
	headerBytes   = 32 << 10
	drainTimeout  = 4500 * time.Millisecond // the process has to be gone within 5 s
)

// Ledger remembers decisions.
type Ledger interface {
	// Explain returns the decisions for a workload in force at an instant, one
	// per trigger, of any policy when policy is empty and the latest when at
	// is zero. Its error tells a reader what is known instead.
	Explain(id workload.ID, policy string, at time.Time) ([]*pipeline.Entry, error)
}

// Options are what a Server shows. All are required but Metrics and API.
type Options struct {
	// Snapshot returns the latest snapshot, or nil before the first.
	Snapshot      func() *pipeline.Snapshot
	Configuration func() Configuration
	Ledger        Ledger
	// Metrics answers GET /metrics; nil means there is no such address.
	Metrics http.Handler
	// API answers for the schedule, overrides, decisions and the audit log, as
	// JSON and as gRPC; nil means that there are none.
	API http.Handler
	// Version is shown at the foot of pages.
	Version string
	// MaxAge is the age beyond which a snapshot is no longer told to KEDA.
	MaxAge time.Duration
	Log    *slog.Logger
	Now    func() time.Time
}

// Server answers HTTP requests. It is safe for concurrent use.
type Server struct {
	options Options
	shelf   shelf
	pages   *pages
	handler http.Handler
}

// New returns a server of what the options show. It serves nothing yet.
func New(o Options) *Server {
	s := &Server{options: o, pages: newPages()}
	s.handler = s.guarded(s.routes())
	return s
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.options.API != nil && isGRPC(r) {
		s.options.API.ServeHTTP(w, r) // its answers are streams, and no page's
		return
	}
	s.handler.ServeHTTP(w, r)
}

func isGRPC(r *http.Request) bool {
	return r.ProtoMajor == 2 && strings.HasPrefix(r.Header.Get("Content-Type"), "application/grpc")
}

// protocols are HTTP/1 and, for gRPC, HTTP/2 without TLS.
func protocols() *http.Protocols {
	p := new(http.Protocols)
	p.SetHTTP1(true)
	p.SetUnencryptedHTTP2(true)
	return p
}

// Serve accepts connections from the listener, which it closes, until ctx
// ends. Then requests that are running are finished, within five seconds. It
// returns nil unless the listener fails.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	server := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout,
		WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: headerBytes, Protocols: protocols(),
		ErrorLog: slog.NewLogLogger(s.options.Log.Handler(), slog.LevelDebug),
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served:
		return fmt.Errorf("serve HTTP on %s: %w", listener.Addr(), err)
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	if err := server.Shutdown(drain); err != nil {
		s.options.Log.Warn("HTTP requests were still running at the end of the shutdown and are cut", slog.Duration("waited", drainTimeout))
		_ = server.Close() // only closes connections; the listener is closed already
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve HTTP on %s: %w", listener.Addr(), err)
	}
	return nil
}
