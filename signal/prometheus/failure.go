package prometheus

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"

	"github.com/headstart-scaler/headstart/signal"
)

// failure is a query without an answer to judge: a condition, and what a
// person should know.
type failure struct {
	condition signal.Condition
	reason    string
}

// explain tells what went wrong with one request. ctx is the caller's, timeout
// what the request was given inside it.
func (s *Source) explain(ctx context.Context, timeout time.Duration, err error) failure {
	var (
		status *statusError
		size   *sizeError
		format *formatError
		api    *v1.Error
	)
	switch {
	case errors.As(err, &status):
		return s.explainStatus(status)
	case errors.As(err, &size):
		return refused("%s answered with more than %d bytes: the query matches far too many series; wrap it in sum(…), or raise maxResponse", s.address, size.limit)
	case errors.As(err, &format):
		return refused("%s answered with something else than the API's JSON (%v), beginning %q: look whether the address points at the API and not at a login page or a proxy", s.address, format.err, format.body)
	case errors.As(err, &api):
		return s.explainAPI(api)
	case ctx.Err() != nil:
		return unreachable("no answer of %s before the time for this read was over", s.address)
	case errors.Is(err, context.DeadlineExceeded):
		return unreachable("no answer of %s within %s: look at its load, make the query cheaper with a recording rule, or raise the timeout", s.address, timeout)
	}
	return s.explainNetwork(err)
}

func refused(format string, args ...any) failure {
	return failure{signal.Refused, fmt.Sprintf(format, args...)}
}

func unreachable(format string, args ...any) failure {
	return failure{signal.Unreachable, fmt.Sprintf(format, args...)}
}

func (s *Source) explainStatus(e *statusError) failure {
	switch {
	case e.code == http.StatusUnauthorized:
		return refused("%s refused our credentials (401: %s): look at the bearer token, or user name and password, of this source", s.address, e.message)
	case e.code == http.StatusForbidden:
		return refused("%s says that our credentials do not allow this (403: %s): look at their rights and at the tenant header", s.address, e.message)
	case e.code == http.StatusNotFound:
		return refused("%s has no API there (404: %s): look at the path of the address; Mimir wants /prometheus, VictoriaMetrics' cluster /select/0/prometheus", s.address, e.message)
	case e.code/100 == 3:
		return refused("%s redirects to %q, which is not followed so that credentials stay where they belong: give the API's own address", s.address, cut(withoutQuery(e.location), 120))
	case e.code == http.StatusTooManyRequests:
		return refused("%s says that we ask too much (429: %s): lower the source's concurrency, or raise the tenant's limits there", s.address, e.message)
	case e.code == http.StatusBadRequest || e.code == http.StatusUnprocessableEntity:
		return refused("%s cannot answer it (%d): %s", s.address, e.code, e.message)
	case e.code == http.StatusBadGateway || e.code == http.StatusServiceUnavailable || e.code == http.StatusGatewayTimeout:
		return unreachable("%s is not able to answer now (%d: %s): look at its load, at the store behind it, and whether it is still starting", s.address, e.code, e.message)
	default:
		return refused("%s answered %d %s: %s; look at its log", s.address, e.code, http.StatusText(e.code), e.message)
	}
}

// explainAPI tells of an error inside an answer whose status was fine.
func (s *Source) explainAPI(e *v1.Error) failure {
	switch e.Type {
	case v1.ErrTimeout, v1.ErrCanceled:
		return unreachable("%s gave up on it (%s): look at its load, or make the query cheaper with a recording rule", s.address, cut(e.Msg, 300))
	default:
		return refused("%s answered with an error: %s", s.address, cut(e.Msg, 300))
	}
}

func (s *Source) explainNetwork(err error) failure {
	if request, ok := errors.AsType[*url.Error](err); ok {
		err = request.Err // without the URL, whose query may hold a key
	}
	var (
		certificate *tls.CertificateVerificationError
		alert       tls.AlertError
		name        *net.DNSError
		operation   *net.OpError
	)
	switch {
	case errors.As(err, &certificate):
		return unreachable("the certificate of %s is not to be trusted (%v): look at the CA file and the server name of this source", s.address, certificate.Err)
	case errors.As(err, &alert) || strings.Contains(err.Error(), "remote error: tls"):
		return unreachable("%s ended the TLS handshake (%v): look at the client certificate of this source", s.address, err)
	case errors.As(err, &name):
		return unreachable("the name in %s has no address (%v): look at the spelling, the namespace and the cluster's DNS", s.address, err)
	case errors.As(err, &operation) && operation.Op == "dial":
		return unreachable("no connection to %s (%v): look whether it runs, and at the port and network policies", s.address, err)
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return unreachable("%s broke off its answer (%v): look whether it restarts or runs out of memory", s.address, err)
	default:
		return unreachable("asking %s went wrong: %v", s.address, err)
	}
}

func withoutQuery(location string) string {
	head, _, _ := strings.Cut(location, "?")
	return head
}
