package scaler

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	pb "github.com/kedacore/keda/v2/pkg/scalers/externalscaler"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/stats"
)

// Options are how a Server serves. Log, Now and Limits are required.
type Options struct {
	Log *slog.Logger
	Now func() time.Time
	// TLS names the certificate files; nil serves plaintext. The kubelet's
	// own gRPC probe speaks no TLS: probe /readyz over HTTP instead.
	TLS *TLSFiles
	// Calls is told of each call; nil tells nobody.
	Calls Calls
	// Stats are further observers of gRPC, such as OpenTelemetry's.
	Stats  []stats.Handler
	Limits Limits
}

// Server serves an ExternalScaler, grpc.health.v1 and reflection.
type Server struct {
	grpc   *grpc.Server
	health *health.Server
	certs  *certificates // nil for plaintext
	log    *slog.Logger
	limits Limits
	// end ends every open stream, and those that are opened later at once.
	end context.CancelFunc
}

// NewServer returns a server that serves nothing yet. It fails when the
// certificate files cannot be used.
func NewServer(service pb.ExternalScalerServer, o Options) (*Server, error) {
	s := &Server{health: health.NewServer(), log: o.Log, limits: o.Limits}
	settings := o.Limits.settings()
	for _, handler := range o.Stats {
		settings = append(settings, grpc.StatsHandler(handler))
	}
	if o.TLS != nil {
		certs, err := loadCertificates(*o.TLS, o.Log, o.Now)
		if err != nil {
			return nil, fmt.Errorf("load TLS files: %w", err)
		}
		s.certs = certs
		settings = append(settings, grpc.Creds(certs.credentials()))
	}
	ending, end := context.WithCancel(context.Background())
	s.end = end
	guard := &guard{calls: o.Calls, log: o.Log, now: o.Now, ending: ending}
	settings = append(settings, grpc.UnaryInterceptor(guard.unary), grpc.StreamInterceptor(guard.stream))

	s.grpc = grpc.NewServer(settings...)
	pb.RegisterExternalScalerServer(s.grpc, service)
	healthpb.RegisterHealthServer(s.grpc, s.health)
	reflection.Register(s.grpc)
	s.health.SetServingStatus("", healthpb.HealthCheckResponse_SERVING)
	s.health.SetServingStatus(pb.ExternalScaler_ServiceDesc.ServiceName, healthpb.HealthCheckResponse_SERVING)
	return s, nil
}

// Serve accepts calls from the listener, which it closes, until ctx ends. Then
// every accepted call is finished and every stream ended cleanly, within
// Limits.Drain; what is left is cut. It returns nil unless the listener fails.
// A Server serves once.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	followed := make(chan struct{})
	go func() {
		defer close(followed)
		s.certs.follow(ctx)
	}()
	defer func() {
		cancel()
		<-followed
	}()

	served := make(chan error, 1)
	go func() { served <- s.grpc.Serve(listener) }()
	select {
	case err := <-served:
		s.stop()
		return fmt.Errorf("serve gRPC on %s: %w", listener.Addr(), err)
	case <-ctx.Done():
		s.stop()
	}
	if err := <-served; err != nil && !errors.Is(err, grpc.ErrServerStopped) {
		return fmt.Errorf("serve gRPC on %s: %w", listener.Addr(), err)
	}
	return nil
}

// stop says NOT_SERVING, then takes no new calls and finishes those that are
// running. Streams are ended first, as they would otherwise keep GracefulStop
// waiting.
func (s *Server) stop() {
	limit := time.NewTimer(s.limits.Drain)
	defer limit.Stop()
	s.health.Shutdown()
	<-time.After(s.limits.Notice)
	s.end()
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		s.grpc.GracefulStop()
	}()
	select {
	case <-finished:
	case <-limit.C:
		s.log.Warn("gRPC calls were still running at the end of the shutdown and are cut", slog.Duration("waited", s.limits.Drain))
		s.grpc.Stop()
	}
}
