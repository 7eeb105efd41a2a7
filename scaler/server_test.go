package scaler_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	pb "github.com/kedacore/keda/v2/pkg/scalers/externalscaler"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	reflectionpb "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/stats"
	"google.golang.org/grpc/status"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/pipeline"
	"github.com/headstart-scaler/headstart/scaler"
	"github.com/headstart-scaler/headstart/workload"
)

// decidedPlan has n workloads demo/w-0 … with 42 replicas each.
func decidedPlan(n int) (*plan, []workload.Trigger) {
	p := newPlan("deposits")
	triggers := make([]workload.Trigger, n)
	entries := make([]*pipeline.Entry, n)
	for i := range triggers {
		triggers[i] = workload.Trigger{Workload: workload.ID{Namespace: "demo", Name: fmt.Sprintf("w-%d", i)}, Policy: "deposits"}
		entries[i] = entry(triggers[i], decision.Outcome{Replicas: 42, Active: true})
	}
	p.decide(noon, entries...)
	return p, triggers
}

func decidedService(n int) (*scaler.Service, []workload.Trigger) {
	p, triggers := decidedPlan(n)
	return scaler.NewService(p, nil, terms, at(noon)), triggers
}

func TestServerAnswers(t *testing.T) {
	service, triggers := decidedService(1)
	conn := dial(t, start(t, service, options()).address)
	client := pb.NewExternalScalerClient(conn)
	metrics, err := client.GetMetrics(t.Context(), metricsRequest(triggers[0]))
	if err != nil || metrics.GetMetricValues()[0].GetMetricValue() != 42 {
		t.Fatalf("got %v, %v", metrics, err)
	}
	for _, name := range []string{"", "externalscaler.ExternalScaler"} {
		got, err := healthpb.NewHealthClient(conn).Check(t.Context(), &healthpb.HealthCheckRequest{Service: name})
		if err != nil || got.GetStatus() != healthpb.HealthCheckResponse_SERVING {
			t.Errorf("health of %q: got %v, %v", name, got, err)
		}
	}
	if services := reflected(t, conn); !strings.Contains(services, "externalscaler.ExternalScaler ") {
		t.Errorf("reflection lists %q", services)
	}
}

// reflected is the services the server lists.
func reflected(t *testing.T, conn *grpc.ClientConn) string {
	t.Helper()
	ask, err := reflectionpb.NewServerReflectionClient(conn).ServerReflectionInfo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := ask.Send(&reflectionpb.ServerReflectionRequest{
		MessageRequest: &reflectionpb.ServerReflectionRequest_ListServices{},
	}); err != nil {
		t.Fatal(err)
	}
	answer, err := ask.Recv()
	if err != nil {
		t.Fatal(err)
	}
	if err := ask.CloseSend(); err != nil {
		t.Fatal(err)
	}
	var names strings.Builder
	for _, service := range answer.GetListServicesResponse().GetService() {
		names.WriteString(service.GetName() + " ")
	}
	return names.String()
}

// A request as large as allowed is read, and found wanting; a larger one, such
// as 10 MB of metadata, never enters memory.
func TestMessageLimit(t *testing.T) {
	service, triggers := decidedService(1)
	client := pb.NewExternalScalerClient(dial(t, start(t, service, options()).address))
	for _, c := range []struct {
		bytes int
		code  codes.Code
	}{{255 << 10, codes.InvalidArgument}, {257 << 10, codes.ResourceExhausted}, {10 << 20, codes.ResourceExhausted}} {
		object := ref(triggers[0])
		object.ScalerMetadata["note"] = strings.Repeat("x", c.bytes)
		if _, err := client.IsActive(t.Context(), object); status.Code(err) != c.code {
			t.Errorf("%d bytes: got %v, want %s", c.bytes, err, c.code)
		}
	}
}

// KEDA multiplexes all its streams over one connection, two for each push
// trigger; its unary calls have to get through beside them.
func TestTenThousandPushStreams(t *testing.T) {
	const streams = 10_000
	service, triggers := decidedService(1)
	client := pb.NewExternalScalerClient(dial(t, start(t, service, options()).address))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for i := range streams {
		open, err := client.StreamIsActive(ctx, ref(triggers[0]))
		if err != nil {
			t.Fatalf("stream %d: %v", i, err)
		}
		if _, err := open.Recv(); err != nil {
			t.Fatalf("stream %d: %v", i, err)
		}
	}
	if _, err := client.GetMetrics(ctx, metricsRequest(triggers[0])); err != nil {
		t.Fatalf("a call beside %d streams: %v", streams, err)
	}
}

// The limit exists: one more stream than allowed waits.
func TestStreamLimit(t *testing.T) {
	service, triggers := decidedService(1)
	o := options()
	o.Limits.Streams = 2
	client := pb.NewExternalScalerClient(dial(t, start(t, service, o).address))
	for range 2 {
		open, err := client.StreamIsActive(t.Context(), ref(triggers[0]))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := open.Recv(); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := client.GetMetrics(ctx, metricsRequest(triggers[0])); status.Code(err) != codes.DeadlineExceeded {
		t.Fatalf("got %v, want the call to wait for a free stream", err)
	}
}

// panicking is a service whose calls all panic.
type panicking struct {
	pb.UnimplementedExternalScalerServer
}

func (panicking) IsActive(context.Context, *pb.ScaledObjectRef) (*pb.IsActiveResponse, error) {
	panic("unary broke")
}

func (panicking) StreamIsActive(*pb.ScaledObjectRef, grpc.ServerStreamingServer[pb.IsActiveResponse]) error {
	panic("stream broke")
}

// calls records what it is told.
type calls struct {
	mu  sync.Mutex
	all []string
}

func (c *calls) Called(method string, code codes.Code, took time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, fmt.Sprintf("%s %s %t", method, code, took >= 0))
}

func (c *calls) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.Join(c.all, "\n")
}

// text is a buffer that a logger may write to while it is read.
type text struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *text) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func (b *text) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.String()
}

func TestPanicsAreContained(t *testing.T) {
	var log text
	told := &calls{}
	o := options()
	o.Log, o.Calls = slog.New(slog.NewJSONHandler(&log, nil)), told
	client := pb.NewExternalScalerClient(dial(t, start(t, panicking{}, o).address))
	for range 2 { // the second finds a living server
		_, unary := client.IsActive(t.Context(), ref(depositsTrigger()))
		open, err := client.StreamIsActive(t.Context(), ref(depositsTrigger()))
		if err != nil {
			t.Fatal(err)
		}
		_, streamed := open.Recv()
		if status.Code(unary) != codes.Internal || status.Code(streamed) != codes.Internal {
			t.Fatalf("got %v and %v, want Internal", unary, streamed)
		}
		if strings.Contains(unary.Error(), "broke") {
			t.Errorf("the client is told of the inside: %v", unary)
		}
	}
	for _, part := range []string{"unary broke", "stream broke", "server_test.go", "/externalscaler.ExternalScaler/IsActive"} {
		if !strings.Contains(log.String(), part) {
			t.Errorf("log lacks %q: %s", part, log.String())
		}
	}
	want := "/externalscaler.ExternalScaler/IsActive Internal true\n/externalscaler.ExternalScaler/StreamIsActive Internal true"
	if told.String() != want+"\n"+want {
		t.Errorf("told of %q", told)
	}
}

func TestCallsAreTold(t *testing.T) {
	var log text
	told, counted := &calls{}, &counter{}
	o := options()
	o.Log = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	o.Calls, o.Stats = told, []stats.Handler{counted}
	service, triggers := decidedService(1)
	client := pb.NewExternalScalerClient(dial(t, start(t, service, o).address))
	if _, err := client.GetMetrics(t.Context(), metricsRequest(triggers[0])); err != nil {
		t.Fatal(err)
	}
	if _, err := client.IsActive(t.Context(), nil); err == nil {
		t.Fatal("an empty reference was answered")
	}
	want := "/externalscaler.ExternalScaler/GetMetrics OK true\n/externalscaler.ExternalScaler/IsActive InvalidArgument true"
	if told.String() != want {
		t.Errorf("told of %q", told)
	}
	eventually(t, "the stats handler sees two calls end", func() bool { return counted.ends() == 2 })
	if !strings.Contains(log.String(), `"code":"InvalidArgument"`) || strings.Contains(log.String(), `"code":"OK"`) {
		t.Errorf("logged %s", log.String())
	}
}

// counter is a stats.Handler that counts ended calls.
type counter struct {
	mu sync.Mutex
	n  int
}

func (*counter) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context { return ctx }

func (c *counter) HandleRPC(_ context.Context, s stats.RPCStats) {
	if _, ended := s.(*stats.End); ended {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.n++
	}
}

func (*counter) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }
func (*counter) HandleConn(context.Context, stats.ConnStats)                       {}

func (c *counter) ends() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n
}
