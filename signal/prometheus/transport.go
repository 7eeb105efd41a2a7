package prometheus

import (
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// dialTimeout bounds connecting and the TLS handshake, each.
const dialTimeout = 5 * time.Second

// transport adds headers and credentials to requests. Before each it looks
// whether a file of the wallet changed, which costs one stat a file.
type transport struct {
	headers http.Header
	host    string // sent instead of the address' when not empty
	perHost int
	logger  *slog.Logger

	mu       sync.Mutex
	wallet   *wallet
	pending  bool // a file changed and is not in use yet
	identity identity
	failure  string // the last failed reload, so that it is logged once
}

// identity is what the wallet's files last added up to.
type identity struct {
	authorization string
	connections   *http.Transport
}

func newTransport(c Config) (*transport, error) {
	t := &transport{
		headers: http.Header{},
		perHost: c.Concurrency,
		logger:  c.Logger,
		wallet:  newWallet(c.Auth, c.TLS),
	}
	for name, value := range c.Headers {
		if strings.EqualFold(name, "Host") {
			t.host = value
			continue
		}
		t.headers.Set(name, value)
	}
	if c.Tenant.Value != "" {
		t.headers.Set(c.Tenant.Header, c.Tenant.Value)
	}
	if _, err := t.wallet.refresh(); err != nil {
		return nil, fmt.Errorf("credentials: %w", err)
	}
	identity, err := t.identify()
	if err != nil {
		return nil, fmt.Errorf("credentials: %w", err)
	}
	t.identity = identity
	return t, nil
}

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	now := t.current()
	signed := req.Clone(req.Context())
	maps.Copy(signed.Header, t.headers)
	if t.host != "" {
		signed.Host = t.host
	}
	if now.authorization != "" {
		signed.Header.Set("Authorization", now.authorization)
	}
	return now.connections.RoundTrip(signed) //nolint:wrapcheck // a RoundTripper passes errors on
}

// current is the identity by the files as they are now, or the last good one
// while they do not fit together, as between the writing of a certificate and
// of its key.
func (t *transport) current() identity {
	t.mu.Lock()
	defer t.mu.Unlock()
	changed, err := t.wallet.refresh()
	t.pending = t.pending || changed
	if err == nil && t.pending {
		var next identity
		if next, err = t.identify(); err == nil {
			// Requests under way keep their connections.
			t.identity.connections.CloseIdleConnections()
			t.identity, t.pending = next, false
			t.logger.Info("prometheus credentials reloaded")
		}
	}
	t.report(err)
	return t.identity
}

func (t *transport) report(err error) {
	if err == nil {
		t.failure = ""
		return
	}
	if err.Error() != t.failure {
		t.failure = err.Error()
		t.logger.Warn("prometheus credentials cannot be reloaded, the last ones stay in use", "error", err)
	}
}

func (t *transport) identify() (identity, error) {
	authorization, err := t.wallet.authorization()
	if err != nil {
		return identity{}, err
	}
	config, err := t.wallet.tlsConfig()
	if err != nil {
		return identity{}, err
	}
	return identity{
		authorization: authorization,
		connections: &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			DialContext:            (&net.Dialer{Timeout: dialTimeout, KeepAlive: 15 * time.Second}).DialContext,
			TLSClientConfig:        config,
			TLSHandshakeTimeout:    dialTimeout,
			ForceAttemptHTTP2:      true,
			MaxIdleConns:           t.perHost,
			MaxIdleConnsPerHost:    t.perHost,
			IdleConnTimeout:        90 * time.Second,
			MaxResponseHeaderBytes: 64 << 10,
		},
	}, nil
}

func (t *transport) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.identity.connections.CloseIdleConnections()
}
