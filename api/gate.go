package api

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
)

// gate lets changes in: from whoever shows the token, or without one from this
// machine alone.
type gate struct {
	token func() (string, error)
}

// caller is what is known of who sent a request.
type caller struct {
	address       string // of the connection's other end, never what a header says
	authorization []string
	// host is the one a browser believes to speak with; "" over gRPC.
	host string
	// forwarded says that somebody else sent it on.
	forwarded bool
}

// callerKey is under which a request over HTTP has its caller.
type callerKey struct{}

func callerOf(r *http.Request) caller {
	return caller{
		address: r.RemoteAddr, authorization: r.Header.Values("Authorization"), host: r.Host,
		forwarded: proxied(r.Header.Values),
	}
}

// proxied reports whether a request has a header that proxies add.
func proxied(values func(name string) []string) bool {
	return slices.ContainsFunc([]string{"Forwarded", "X-Forwarded-For", "X-Real-Ip"}, func(name string) bool { return len(values(name)) > 0 })
}

// callerFrom is the caller of a request over HTTP or gRPC.
func callerFrom(ctx context.Context) caller {
	if c, ok := ctx.Value(callerKey{}).(caller); ok {
		return c
	}
	var c caller
	if p, ok := peer.FromContext(ctx); ok && p.Addr != nil {
		c.address = p.Addr.String()
	}
	if md, ok := metadata.FromIncomingContext(ctx); ok {
		c.authorization = md.Get("authorization")
		c.forwarded = proxied(md.Get)
	}
	return c
}

// admit returns a fault unless the caller may change something.
func (g gate) admit(ctx context.Context) error {
	c := callerFrom(ctx)
	if g.token == nil {
		return c.local()
	}
	token, err := g.token()
	if err != nil || token == "" {
		f := answerKind{"no-token", "Token unreadable", http.StatusServiceUnavailable, codes.Unavailable}.
			fault("The token that changes have to show cannot be read here.", "Put one into the file that http.tokenFile names.")
		f.cause, f.after = err, soon
		return f
	}
	return c.shows(token)
}

func (c caller) shows(token string) error {
	unauthorized := answerKind{"unauthorized", "Not authorized", http.StatusUnauthorized, codes.Unauthenticated}
	const repair = "Send Authorization: Bearer with the token of http.tokenFile; headstart takes it by --token-file."
	if len(c.authorization) != 1 {
		return unauthorized.fault("A change needs one Authorization.", repair)
	}
	scheme, shown, _ := strings.Cut(c.authorization[0], " ")
	// Of equal length, so that the time tells nothing of the token's.
	a, b := sha256.Sum256([]byte(strings.TrimSpace(shown))), sha256.Sum256([]byte(token))
	if subtle.ConstantTimeCompare(a[:], b[:]) != 1 || !strings.EqualFold(scheme, "Bearer") {
		return unauthorized.fault("The Authorization is not the one that changes need.", repair)
	}
	return nil
}

// local returns a fault unless the caller is on this machine and speaks for
// itself: no proxy that sends others' requests on, and no page whose name was
// turned to this machine's address.
func (c caller) local() error {
	forbidden := answerKind{"forbidden", "Not allowed", http.StatusForbidden, codes.PermissionDenied}
	const repair = "Configure http.tokenFile and send its token, or ask from the machine itself, as by kubectl port-forward."
	switch {
	case !loopback(c.address):
		return forbidden.fault("Without a token, changes are taken from this machine alone.", repair)
	case c.forwarded:
		return forbidden.fault("Without a token, changes are taken from this machine alone, and a proxy sent this one on.", repair)
	case c.host != "" && !localName(c.host):
		return forbidden.fault("Without a token, changes are taken under a name of this machine alone, such as localhost.", repair)
	}
	return nil
}

func loopback(address string) bool {
	a, err := netip.ParseAddrPort(address)
	return err == nil && a.Addr().Unmap().IsLoopback()
}

func localName(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback()
}
