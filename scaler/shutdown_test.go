package scaler_test

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	pb "github.com/kedacore/keda/v2/pkg/scalers/externalscaler"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/resolver"
	"google.golang.org/grpc/resolver/manual"
	"google.golang.org/grpc/status"

	"github.com/headstart-scaler/headstart/scaler"
	"github.com/headstart-scaler/headstart/workload"
)

// counted counts the calls that reached the service.
type counted struct {
	*scaler.Service
	accepted atomic.Int64
}

func (c *counted) GetMetrics(ctx context.Context, r *pb.GetMetricsRequest) (*pb.GetMetricsResponse, error) {
	c.accepted.Add(1)
	return c.Service.GetMetrics(ctx, r)
}

// load calls GetMetrics about a thousand times a second until it is stopped.
type load struct {
	sent, answered, failed atomic.Int64
	firstFailure           atomic.Pointer[error]

	stop chan struct{}
	done sync.WaitGroup
}

func putLoad(client pb.ExternalScalerClient, trigger workload.Trigger) *load {
	l := &load{stop: make(chan struct{})}
	l.done.Go(func() {
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-l.stop:
				return
			case <-tick.C:
				l.done.Go(func() { l.call(client, trigger) })
			}
		}
	})
	return l
}

func (l *load) call(client pb.ExternalScalerClient, trigger workload.Trigger) {
	l.sent.Add(1)
	if _, err := client.GetMetrics(context.Background(), metricsRequest(trigger)); err != nil {
		l.failed.Add(1)
		l.firstFailure.CompareAndSwap(nil, &err)
		return
	}
	l.answered.Add(1)
}

func (l *load) end() {
	close(l.stop)
	l.done.Wait()
}

// openStreams opens n push streams and returns how each has ended.
func openStreams(t *testing.T, client pb.ExternalScalerClient, trigger workload.Trigger, n int) <-chan error {
	t.Helper()
	ends := make(chan error, 2*n)
	for range n {
		active, err := client.StreamIsActive(t.Context(), ref(trigger))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := active.Recv(); err != nil {
			t.Fatal(err)
		}
		specs, err := client.StreamMetricSpec(t.Context(), ref(trigger))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := specs.Recv(); err != nil {
			t.Fatal(err)
		}
		go func() { _, err := active.Recv(); ends <- err }()
		go func() { _, err := specs.Recv(); ends <- err }()
	}
	return ends
}

// SIGTERM under a thousand calls a second: every call that reached us is
// answered, streams end cleanly, and it is over within five seconds.
func TestShutdownUnderLoad(t *testing.T) {
	service, triggers := decidedService(1)
	count := &counted{Service: service}
	o := options()
	o.Limits = scaler.DefaultLimits()
	server := start(t, count, o)
	client := pb.NewExternalScalerClient(dial(t, server.address))
	ends := openStreams(t, client, triggers[0], 50)
	l := putLoad(client, triggers[0])
	eventually(t, "the load runs", func() bool { return l.answered.Load() > 300 })
	if l.failed.Load() > 0 {
		t.Fatalf("a call failed before the shutdown: %v", *l.firstFailure.Load())
	}

	began := time.Now()
	server.stop()
	if err := <-server.ended; err != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	l.end()
	if took > 5*time.Second {
		t.Errorf("the shutdown took %s", took)
	}
	if accepted, answered := count.accepted.Load(), l.answered.Load(); accepted != answered {
		t.Errorf("%d calls were accepted and %d answered; the first failure: %v", accepted, answered, *l.firstFailure.Load())
	}
	for range cap(ends) {
		if err := <-ends; !errors.Is(err, io.EOF) {
			t.Fatalf("a stream ended with %v, want a clean end", err)
		}
	}
	t.Logf("%d calls, %d answered, shutdown in %s", l.sent.Load(), l.answered.Load(), took)
}

// While one of two replicas shuts down, KEDA's client notices nothing.
func TestRollingRestart(t *testing.T) {
	service, triggers := decidedService(1)
	one, two := start(t, service, options()), start(t, service, options())
	replicas := manual.NewBuilderWithScheme("replicas")
	replicas.InitialState(resolver.State{Addresses: []resolver.Address{{Addr: one.address}, {Addr: two.address}}})
	client := pb.NewExternalScalerClient(dial(t, replicas.Scheme()+":///", grpc.WithResolvers(replicas)))
	l := putLoad(client, triggers[0])
	eventually(t, "the load runs", func() bool { return l.answered.Load() > 300 })
	one.stop()
	if err := <-one.ended; err != nil {
		t.Fatal(err)
	}
	after := l.answered.Load()
	eventually(t, "the load goes on", func() bool { return l.answered.Load() > after+300 })
	l.end()
	if failed := l.failed.Load(); failed > 0 {
		t.Fatalf("%d of %d calls failed, the first with %v", failed, l.sent.Load(), *l.firstFailure.Load())
	}
}

// A health watcher is told before its stream ends, calls are still taken then,
// and the watcher does not hold us up.
func TestShutdownTellsHealthFirst(t *testing.T) {
	service, triggers := decidedService(1)
	o := options()
	o.Limits.Notice = time.Second
	server := start(t, service, o)
	conn := dial(t, server.address)
	watch, err := healthpb.NewHealthClient(conn).Watch(t.Context(), &healthpb.HealthCheckRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := watch.Recv(); err != nil || got.GetStatus() != healthpb.HealthCheckResponse_SERVING {
		t.Fatalf("got %v, %v", got, err)
	}
	began := time.Now()
	server.stop()
	if got, err := watch.Recv(); err != nil || got.GetStatus() != healthpb.HealthCheckResponse_NOT_SERVING {
		t.Fatalf("got %v, %v", got, err)
	}
	if _, err := pb.NewExternalScalerClient(conn).GetMetrics(t.Context(), metricsRequest(triggers[0])); err != nil {
		t.Errorf("a call during the notice: %v", err)
	}
	if got, err := watch.Recv(); !errors.Is(err, io.EOF) {
		t.Fatalf("got %v, %v, want a clean end", got, err)
	}
	if err := <-server.ended; err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("a health watcher held the shutdown up for %s", took)
	}
}

// stuck is a service whose call ignores its context until it is let go.
type stuck struct {
	pb.UnimplementedExternalScalerServer
	entered, let chan struct{}
}

func (s *stuck) IsActive(context.Context, *pb.ScaledObjectRef) (*pb.IsActiveResponse, error) {
	close(s.entered)
	<-s.let
	return &pb.IsActiveResponse{}, nil
}

func TestShutdownIsBounded(t *testing.T) {
	service := &stuck{entered: make(chan struct{}), let: make(chan struct{})}
	o := options()
	o.Limits.Drain = 100 * time.Millisecond
	server := start(t, service, o)
	defer close(service.let)
	client := pb.NewExternalScalerClient(dial(t, server.address))
	failed := make(chan error, 1)
	go func() {
		_, err := client.IsActive(context.Background(), ref(depositsTrigger()))
		failed <- err
	}()
	<-service.entered
	server.stop()
	if err := <-server.ended; err != nil {
		t.Fatal(err)
	}
	if err := <-failed; status.Code(err) != codes.Unavailable {
		t.Fatalf("got %v, want Unavailable", err)
	}
}

// A context that ended before is a shutdown like any other.
func TestServeAfterItsContextEnded(t *testing.T) {
	service, _ := decidedService(1)
	server, err := scaler.NewServer(service, options())
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := server.Serve(ctx, listener); err != nil {
		t.Fatal(err)
	}
	if _, err := listener.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Fatalf("the listener is still open: %v", err)
	}
}

func TestServeReportsABrokenListener(t *testing.T) {
	service, _ := decidedService(1)
	server, err := scaler.NewServer(service, options())
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	if err := server.Serve(t.Context(), listener); !errors.Is(err, net.ErrClosed) {
		t.Fatalf("got %v, want %v", err, net.ErrClosed)
	}
}

// A retired connection gives way to a new one without a failed call, and the
// streams on it go on until they are of age.
func TestConnectionAge(t *testing.T) {
	service, triggers := decidedService(1)
	o := options()
	o.Limits.ConnectionAge = 100 * time.Millisecond
	server := start(t, service, o)
	var connections atomic.Int64
	client := pb.NewExternalScalerClient(dial(t, server.address, grpc.WithContextDialer(
		func(ctx context.Context, address string) (net.Conn, error) {
			connections.Add(1)
			return new(net.Dialer).DialContext(ctx, "tcp", address)
		})))
	ends := openStreams(t, client, triggers[0], 1)
	l := putLoad(client, triggers[0])
	eventually(t, "three connections were made", func() bool { return connections.Load() >= 3 })
	l.end()
	if failed := l.failed.Load(); failed > 0 {
		t.Errorf("%d of %d calls failed, the first with %v", failed, l.sent.Load(), *l.firstFailure.Load())
	}
	select {
	case err := <-ends:
		t.Errorf("a stream ended with its connection: %v", err)
	default:
	}
	server.stop()
	for range cap(ends) {
		if err := <-ends; !errors.Is(err, io.EOF) {
			t.Errorf("a stream ended with %v, want a clean end", err)
		}
	}
}
