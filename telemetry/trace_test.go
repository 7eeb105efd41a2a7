package telemetry

import (
	"context"
	"encoding/hex"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	pb "github.com/kedacore/keda/v2/pkg/scalers/externalscaler"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// receiver is a collector that speaks OTLP over gRPC and over HTTP.
type receiver struct {
	collector.UnimplementedTraceServiceServer
	mu       sync.Mutex
	requests []*collector.ExportTraceServiceRequest
}

func (r *receiver) Export(_ context.Context, request *collector.ExportTraceServiceRequest) (*collector.ExportTraceServiceResponse, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests = append(r.requests, request)
	return &collector.ExportTraceServiceResponse{}, nil
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	var export collector.ExportTraceServiceRequest
	if err != nil || request.URL.Path != "/v1/traces" || proto.Unmarshal(body, &export) != nil {
		http.Error(w, "not an export", http.StatusBadRequest)
		return
	}
	_, _ = r.Export(request.Context(), &export)
	w.Header().Set("Content-Type", "application/x-protobuf")
}

// spans lists "service method trace-id" of what was received.
func (r *receiver) spans() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []string
	for _, request := range r.requests {
		for _, from := range request.GetResourceSpans() {
			all = append(all, spansOf(from)...)
		}
	}
	slices.Sort(all)
	return all
}

func spansOf(from *tracepb.ResourceSpans) (all []string) {
	service := ""
	for _, a := range from.GetResource().GetAttributes() {
		if a.GetKey() == "service.name" {
			service = a.GetValue().GetStringValue()
		}
	}
	for _, scope := range from.GetScopeSpans() {
		for _, span := range scope.GetSpans() {
			all = append(all, service+" "+span.GetName()+" "+hex.EncodeToString(span.GetTraceId()))
		}
	}
	return all
}

// listen serves gRPC on loopback until the test ends.
func listen(t *testing.T, s *grpc.Server) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Serve(l)
	}()
	t.Cleanup(func() {
		s.Stop()
		<-done
	})
	return l.Addr().String()
}

// call makes one traced call and one health check through a gRPC server that
// has the handlers of the traces. It returns after both have ended.
func call(t *testing.T, traces *Traces) {
	t.Helper()
	var options []grpc.ServerOption
	for _, h := range traces.ServerStats() {
		options = append(options, grpc.StatsHandler(h))
	}
	server := grpc.NewServer(options...)
	pb.RegisterExternalScalerServer(server, pb.UnimplementedExternalScalerServer{})
	healthpb.RegisterHealthServer(server, health.NewServer())
	c, err := grpc.NewClient(listen(t, server), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx := metadata.AppendToOutgoingContext(t.Context(), "traceparent", "00-"+traceID+"-"+spanID+"-01")
	if _, err := pb.NewExternalScalerClient(c).IsActive(ctx, &pb.ScaledObjectRef{}); status.Code(err) != codes.Unimplemented {
		t.Fatal(err)
	}
	if _, err := healthpb.NewHealthClient(c).Check(ctx, &healthpb.HealthCheckRequest{}); err != nil {
		t.Fatal(err)
	}
	// The span of a call ends after its answer is sent.
	server.GracefulStop()
}

func (r *receiver) overGRPC(t *testing.T) string {
	t.Helper()
	s := grpc.NewServer()
	collector.RegisterTraceServiceServer(s, r)
	return listen(t, s)
}

func (r *receiver) overHTTP(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(r)
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

func TestSpansReachTheCollector(t *testing.T) {
	for _, c := range []struct {
		name  string
		serve func(*receiver, *testing.T) string
		env   map[string]string
		want  string
	}{
		{"gRPC", (*receiver).overGRPC, map[string]string{"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "headstart externalscaler.ExternalScaler/IsActive"},
		{"HTTP, the default", (*receiver).overHTTP, nil, "headstart externalscaler.ExternalScaler/IsActive"},
		{
			"a name of one's own", (*receiver).overHTTP,
			map[string]string{"OTEL_SERVICE_NAME": "eu-headstart", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
			"eu-headstart externalscaler.ExternalScaler/IsActive",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &receiver{}
			t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://"+c.serve(r, t))
			for name, value := range c.env {
				t.Setenv(name, value)
			}
			traces := start(t)
			call(t, traces)
			if err := traces.Shutdown(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := r.spans(); !slices.Equal(got, []string{c.want + " " + traceID}) {
				t.Errorf("got spans %q, want %q in the caller's trace and none of the health check", got, c.want)
			}
		})
	}
}

// start sets tracing up as the test's environment says.
func start(t *testing.T) *Traces {
	t.Helper()
	traces, err := Tracing(t.Context(), os.Getenv, "1.2.3", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return traces
}

// A collector that is away is no error at start, and shutdown does not wait
// for it longer than it is let.
func TestCollectorAway(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://"+l.Addr().String())
	t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
	traces := start(t)
	call(t, traces)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	began := time.Now()
	if err := traces.Shutdown(ctx); err == nil {
		t.Error("no error, though the spans went nowhere")
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("shutdown took %s", took)
	}
}

func TestPlanFollowsTheEnvironment(t *testing.T) {
	const (
		endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT"
		own      = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
		exporter = "OTEL_TRACES_EXPORTER"
		protocol = "OTEL_EXPORTER_OTLP_PROTOCOL"
	)
	for _, c := range []struct {
		name     string
		env      map[string]string
		on       bool
		protocol string
		fails    string // part of the error
	}{
		{name: "nothing set"},
		{name: "only a name", env: map[string]string{"OTEL_SERVICE_NAME": "x"}},
		{name: "endpoint", env: map[string]string{endpoint: "http://c:4318"}, on: true, protocol: protocolHTTP},
		{name: "endpoint of gRPC's port", env: map[string]string{endpoint: "http://c:4317"}, on: true, protocol: protocolGRPC},
		{name: "protocol comes before the port", env: map[string]string{endpoint: "http://c:4317", protocol: protocolHTTP}, on: true, protocol: protocolHTTP},
		{name: "traces' own endpoint comes first", env: map[string]string{endpoint: "http://c:4318", own: "https://d:4317"}, on: true, protocol: protocolGRPC},
		{name: "exporter alone", env: map[string]string{exporter: "otlp"}, on: true, protocol: protocolHTTP},
		{name: "exporter none", env: map[string]string{exporter: "none", endpoint: "http://c:4318"}},
		{name: "disabled", env: map[string]string{"OTEL_SDK_DISABLED": "true", endpoint: "http://c:4318"}},
		{name: "not disabled", env: map[string]string{"OTEL_SDK_DISABLED": "false", endpoint: "http://c:4318"}, on: true, protocol: protocolHTTP},
		{name: "other exporter", env: map[string]string{exporter: "zipkin"}, fails: `OTEL_TRACES_EXPORTER: found "zipkin": write otlp or none`},
		{name: "no scheme", env: map[string]string{endpoint: "collector:4317"}, fails: `OTEL_EXPORTER_OTLP_ENDPOINT: found "collector:4317": write http://`},
		{name: "no host", env: map[string]string{own: "http://:4317"}, fails: own},
		{name: "no password is shown", env: map[string]string{endpoint: "u:hunter2@c:1"}, fails: `found "…@c:1"`},
		{name: "other protocol", env: map[string]string{endpoint: "http://c", protocol: "http/json"}, fails: `found "http/json": write grpc or http/protobuf`},
		{name: "disabled?", env: map[string]string{"OTEL_SDK_DISABLED": "maybe"}, fails: "write true or false"},
		{name: "propagators", env: map[string]string{endpoint: "http://c", "OTEL_PROPAGATORS": "tracecontext, none"}, on: true, protocol: protocolHTTP},
		{name: "other propagator", env: map[string]string{endpoint: "http://c", "OTEL_PROPAGATORS": "b3"}, fails: `OTEL_PROPAGATORS: found "b3"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := planTracing(func(name string) string { return c.env[name] })
			if (err != nil) != (c.fails != "") || (err != nil && !strings.Contains(err.Error(), c.fails)) {
				t.Fatalf("got error %v, want %q", err, c.fails)
			}
			if p.on != c.on || p.protocol != c.protocol {
				t.Errorf("got on %v, %q; want %v, %q", p.on, p.protocol, c.on, c.protocol)
			}
		})
	}
}

func TestOffCostsNothing(t *testing.T) {
	traces, err := Tracing(t.Context(), func(string) string { return "" }, "1.2.3", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if traces.On() || traces.ServerStats() != nil {
		t.Error("something is traced without being asked for")
	}
	if _, span := traces.Provider().Tracer("t").Start(t.Context(), "s"); span.IsRecording() {
		t.Error("a span is recorded")
	}
	if err := traces.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}
