package api_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"

	"github.com/headstart-scaler/headstart/api"
	pb "github.com/headstart-scaler/headstart/proto/headstart/v1"
)

const order = `{"workload":"demo/a","kind":"floor","replicas":3,"duration":"3600s","author":"mia","reason":"final"}`

// changes are all requests that change something, each in a form that works or
// fails after the gate alone.
func changes() map[string]string {
	return map[string]string{
		merge:                        sheet("a"),
		imports + "/corrected":       sheet("a"),
		"/api/v1/schedule/rollback":  `{"version":1,"author":"mia"}`,
		"/api/v1/overrides":          order,
		"/api/v1/overrides/1/expire": `{"author":"mia"}`,
	}
}

func TestWhoMayChange(t *testing.T) {
	token := func() (string, error) { return "s3cret", nil }
	broken := func() (string, error) { return "", errors.New("open /etc/token: no such file") }
	empty := func() (string, error) { return "", nil }
	for _, c := range []struct {
		name    string
		token   func() (string, error)
		remote  string
		headers map[string]string
		want    int // 0: let in
	}{
		{"here", nil, "127.0.0.1:4711", nil, 0},
		{"here, IPv6", nil, "[::1]:4711", nil, 0},
		{"here, IPv4 in IPv6", nil, "[::ffff:127.0.0.1]:4711", nil, 0},
		{"here, by name", nil, "127.0.0.1:4711", map[string]string{"Host": "localhost:8080"}, 0},
		{"elsewhere", nil, "10.0.0.7:4711", nil, 403},
		{"elsewhere, says it is here", nil, "10.0.0.7:4711", map[string]string{"X-Forwarded-For": "127.0.0.1"}, 403},
		{"elsewhere, with a token nobody configured", nil, "10.0.0.7:4711", map[string]string{"Authorization": "Bearer s3cret"}, 403},
		{"through a proxy here", nil, "127.0.0.1:4711", map[string]string{"X-Forwarded-For": "203.0.113.9"}, 403},
		{"through another proxy here", nil, "127.0.0.1:4711", map[string]string{"Forwarded": "for=203.0.113.9"}, 403},
		{"through a third proxy here", nil, "127.0.0.1:4711", map[string]string{"X-Real-Ip": "203.0.113.9"}, 403},
		{"a name turned to here", nil, "127.0.0.1:4711", map[string]string{"Host": "evil.example"}, 403},
		{"a page of another site", nil, "127.0.0.1:4711", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		{"a page of another origin", nil, "127.0.0.1:4711", map[string]string{"Origin": "https://evil.example"}, 403},
		{"no address", nil, "", nil, 403},
		{"a socket", nil, "@", nil, 403},
		{"token", token, "10.0.0.7:4711", map[string]string{"Authorization": "Bearer s3cret"}, 0},
		{"token, small letters", token, "10.0.0.7:4711", map[string]string{"Authorization": "bearer s3cret"}, 0},
		{"token through a proxy", token, "127.0.0.1:4711", map[string]string{"Authorization": "Bearer s3cret", "X-Forwarded-For": "203.0.113.9"}, 0},
		{"no token, though here", token, "127.0.0.1:4711", nil, 401},
		{"another token", token, "10.0.0.7:4711", map[string]string{"Authorization": "Bearer s3cre"}, 401},
		{"longer token", token, "10.0.0.7:4711", map[string]string{"Authorization": "Bearer s3cret2"}, 401},
		{"empty token", token, "10.0.0.7:4711", map[string]string{"Authorization": "Bearer "}, 401},
		{"another scheme", token, "10.0.0.7:4711", map[string]string{"Authorization": "Basic s3cret"}, 401},
		{"token on a page of another site", token, "10.0.0.7:4711", map[string]string{"Authorization": "Bearer s3cret", "Sec-Fetch-Site": "cross-site"}, 403},
		{"token that cannot be read", broken, "127.0.0.1:4711", map[string]string{"Authorization": "Bearer "}, 503},
		{"token that is empty", empty, "127.0.0.1:4711", map[string]string{"Authorization": "Bearer "}, 503},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, func(w *world) { w.options.Token = c.token })
			served := api.New(w.options)
			for path := range changes() {
				checkGate(t, attempt(t, served, c.remote, c.headers, path), c.want)
			}
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/v1/schedule", http.NoBody)
			r.RemoteAddr = "203.0.113.9:1"
			got := httptest.NewRecorder()
			if served.ServeHTTP(got, r); got.Code != http.StatusOK {
				t.Errorf("reading: %d %s", got.Code, got.Body)
			}
		})
	}
}

// attempt is a change from an address. The path and its body are one of changes.
func attempt(t *testing.T, to http.Handler, remote string, headers map[string]string, path string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(changes()[path]))
	r.RemoteAddr, r.Host = remote, "127.0.0.1:8080"
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	if host := headers["Host"]; host != "" {
		r.Host = host
	}
	got := httptest.NewRecorder()
	to.ServeHTTP(got, r)
	return got
}

// checkGate fails unless a change was let in (want is 0), or refused with a
// status, a repair and nothing that it should not tell.
func checkGate(t *testing.T, got *httptest.ResponseRecorder, want int) {
	t.Helper()
	body := got.Body.String()
	refused := got.Code == 401 || got.Code == 403 || got.Code == 503
	if refused != (want != 0) || want != 0 && got.Code != want {
		t.Errorf("%d, want %d: %s", got.Code, want, body)
	}
	if refused && !strings.Contains(body, `"repair"`) || strings.Contains(body, "s3cret") || strings.Contains(body, "/etc/token") {
		t.Errorf("no repair, or a secret told: %s", body)
	}
	if (got.Code == 401) != (got.Header().Get("WWW-Authenticate") != "") || (got.Code == 503) != (got.Header().Get("Retry-After") != "") {
		t.Errorf("%d with headers %v", got.Code, got.Header())
	}
}

// calls makes each change over gRPC.
func calls() map[string]func(context.Context, *grpc.ClientConn) error {
	return map[string]func(context.Context, *grpc.ClientConn) error{
		"import": func(ctx context.Context, c *grpc.ClientConn) error {
			_, err := pb.NewScheduleServiceClient(c).ImportSchedule(ctx, &pb.ImportScheduleRequest{File: []byte(sheet("a")), Mode: "merge", Author: "mia"})
			return err
		},
		"correct": func(ctx context.Context, c *grpc.ClientConn) error {
			_, err := pb.NewScheduleServiceClient(c).CorrectSchedule(ctx, &pb.CorrectScheduleRequest{File: []byte(sheet("a"))})
			return err
		},
		"rollback": func(ctx context.Context, c *grpc.ClientConn) error {
			_, err := pb.NewScheduleServiceClient(c).RollbackSchedule(ctx, &pb.RollbackScheduleRequest{Version: 1, Author: "mia"})
			return err
		},
		"override": func(ctx context.Context, c *grpc.ClientConn) error {
			_, err := pb.NewOverrideServiceClient(c).CreateOverride(ctx, &pb.CreateOverrideRequest{Workload: "a/b", Author: "mia"})
			return err
		},
		"expire": func(ctx context.Context, c *grpc.ClientConn) error {
			_, err := pb.NewOverrideServiceClient(c).ExpireOverride(ctx, &pb.ExpireOverrideRequest{Id: 1, Author: "mia"})
			return err
		},
	}
}

func TestWhoMayChangeOverGRPC(t *testing.T) {
	w := newWorld(t, func(w *world) { w.options.Token = func() (string, error) { return "s3cret", nil } })
	open := newWorld(t)
	for name, call := range calls() {
		if err := call(t.Context(), w.grpc); status.Code(err) != codes.Unauthenticated {
			t.Errorf("%s without a token: %v", name, err)
		}
		bearer := func(token string) context.Context {
			return metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer "+token)
		}
		if err := call(bearer("other"), w.grpc); status.Code(err) != codes.Unauthenticated {
			t.Errorf("%s with another token: %v", name, err)
		}
		for _, err := range []error{call(bearer("s3cret"), w.grpc), call(t.Context(), open.grpc)} {
			if c := status.Code(err); c == codes.Unauthenticated || c == codes.PermissionDenied || c == codes.Unavailable {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if _, err := pb.NewScheduleServiceClient(w.grpc).GetSchedule(t.Context(), &pb.GetScheduleRequest{}); err != nil {
		t.Errorf("reading without a token: %v", err)
	}
}

func TestAProxyMayNotChangeOverGRPC(t *testing.T) {
	open := newWorld(t)
	for name, call := range calls() {
		for _, header := range []string{"forwarded", "x-forwarded-for", "x-real-ip"} {
			if err := call(metadata.AppendToOutgoingContext(t.Context(), header, "203.0.113.9"), open.grpc); status.Code(err) != codes.PermissionDenied {
				t.Errorf("%s through a proxy that says %s: %v", name, header, err)
			}
		}
	}
}

// recorder is a server that services are registered with and called at, as if
// by another machine.
type recorder struct{ services map[string]any }

func (r *recorder) RegisterService(d *grpc.ServiceDesc, service any) {
	r.services[d.ServiceName] = service
}

func TestAServerThatTheServicesAreRegisteredWithHasTheGateToo(t *testing.T) {
	w := newWorld(t)
	r := &recorder{map[string]any{}}
	api.New(w.options).Register(r)
	service, ok := r.services[pb.ScheduleService_ServiceDesc.ServiceName].(pb.ScheduleServiceServer)
	if !ok || len(r.services) != 4 {
		t.Fatalf("registered: %v", r.services)
	}
	for address, want := range map[string]codes.Code{"10.0.0.7": codes.PermissionDenied, "127.0.0.1": codes.OK} {
		ctx := peer.NewContext(t.Context(), &peer.Peer{Addr: &net.TCPAddr{IP: net.ParseIP(address), Port: 4711}})
		_, err := service.ImportSchedule(ctx, &pb.ImportScheduleRequest{File: []byte(sheet("a")), Mode: "merge", Author: "mia"})
		if status.Code(err) != want {
			t.Errorf("from %s: %v, want %s", address, err, want)
		}
	}
}
