package prometheus

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"

	"github.com/headstart-scaler/headstart/signal"
)

// Source answers expressions from one server. It is safe for concurrent use.
type Source struct {
	config    Config
	address   string // as people may see it
	transport *transport
	api       v1.API
	// first is where the next batch starts: at what the last one had no time
	// for, so that slow queries do not starve the same others at every tick.
	first atomic.Int64
}

// New returns a source for a server. It reads the files named, but does not
// connect. Close it when done.
func New(c Config) (*Source, error) {
	c.complete()
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("prometheus source: %w", err)
	}
	t, err := newTransport(c)
	if err != nil {
		return nil, fmt.Errorf("prometheus source: %w", err)
	}
	s, err := newSource(c, t)
	if err != nil {
		return nil, fmt.Errorf("prometheus source: %w", err)
	}
	s.transport = t
	return s, nil
}

func newSource(c Config, rt http.RoundTripper) (*Source, error) {
	bounded, err := newClient(c, rt)
	if err != nil {
		return nil, err
	}
	return &Source{config: c, address: shown(c.Address), api: v1.NewAPI(bounded)}, nil
}

// shown is an address without its query, which may hold a key.
func shown(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "the server"
	}
	return u.Scheme + "://" + u.Host + u.Path
}

// Close gives up idle connections. Calls under way end with their contexts.
func (s *Source) Close() {
	if s.transport != nil {
		s.transport.close()
	}
}

// Read answers each query in the order given, with bounded concurrency, and
// returns when all are answered or ctx ends. What was not answered by then is
// Unreachable.
func (s *Source) Read(ctx context.Context, queries []signal.Query) []signal.Reading {
	n := len(queries)
	readings := make([]signal.Reading, n)
	if n == 0 {
		return readings
	}
	first := int(s.first.Load() % int64(n))
	var next, asked atomic.Int64
	var workers sync.WaitGroup
	for range min(s.config.Concurrency, n) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				at := (first + i) % n
				if ctx.Err() != nil {
					readings[at] = s.unasked(queries[at])
					continue
				}
				asked.Add(1)
				readings[at] = s.read(ctx, queries[at])
			}
		})
	}
	workers.Wait()
	s.first.Store(int64(first) + asked.Load())
	return readings
}

func (s *Source) read(ctx context.Context, q signal.Query) signal.Reading {
	e, ok := q.(signal.Expression)
	if !ok {
		return signal.Bad(s.config.Now(), signal.Invalid,
			"%s cannot be asked of a Prometheus source: give a PromQL expression, or name a Kafka source", q)
	}
	within, cancel := context.WithTimeout(ctx, s.config.Timeout)
	defer cancel()
	// No time is sent: the server's own clock decides, and its answer shows
	// when it was evaluated.
	value, warnings, infos, err := s.api.Query(within, e.PromQL, time.Time{})
	s.note(ctx, e, warnings, infos)
	if err != nil {
		f := s.explain(ctx, s.config.Timeout, err)
		return signal.Bad(s.config.Now(), f.condition, "query %s: %s", quoted(e), f.reason)
	}
	return judge(e, value, s.config.Now(), s.config.StaleAfter)
}

func (s *Source) unasked(q signal.Query) signal.Reading {
	return signal.Bad(s.config.Now(), signal.Unreachable,
		"query %s was not asked: the time for this read was used up by slower answers of %s; look there, or raise the source's concurrency",
		quoted(q), s.address)
}

func (s *Source) note(ctx context.Context, q signal.Query, warnings v1.Warnings, infos v1.Infos) {
	if len(warnings) > 0 || len(infos) > 0 {
		s.config.Logger.DebugContext(ctx, "prometheus answered with remarks",
			"query", q.String(), "warnings", []string(warnings), "infos", []string(infos))
	}
}

// quoted is a query as a reason shows it, cut where nobody reads on.
func quoted(q signal.Query) string {
	return "\"" + cut(q.String(), 200) + "\""
}

// cut shortens a text to about n bytes, at a rune's boundary.
func cut(s string, n int) string {
	for i := range s {
		if i >= n {
			return s[:i] + "…"
		}
	}
	return s
}
