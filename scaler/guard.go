package scaler

import (
	"context"
	"log/slog"
	"runtime/debug"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Calls is told of each call when it ends; a stream is one call.
type Calls interface {
	// Called has the full method ("/package.Service/Method"), the code that
	// was answered and how long the handler ran.
	Called(method string, code codes.Code, took time.Duration)
}

// guard stands around every handler: it turns a panic into an error, tells of
// the call, and ends streams at shutdown.
type guard struct {
	calls  Calls
	log    *slog.Logger
	now    func() time.Time
	ending context.Context //nolint:containedctx // It is the server's life, not a call's.
}

func (g *guard) unary(ctx context.Context, request any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (reply any, err error) {
	began := g.now()
	defer func() {
		if panicked := recover(); panicked != nil {
			reply, err = nil, g.panicked(ctx, info.FullMethod, panicked)
		}
		g.called(ctx, info.FullMethod, err, began)
	}()
	return handle(ctx, request)
}

func (g *guard) stream(service any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handle grpc.StreamHandler) (err error) {
	began := g.now()
	ctx, cancel := context.WithCancel(stream.Context())
	defer cancel()
	defer context.AfterFunc(g.ending, cancel)()
	defer func() {
		if panicked := recover(); panicked != nil {
			err = g.panicked(ctx, info.FullMethod, panicked)
		}
		// A stream that shutdown ended has ended well: KEDA's backoff is only
		// reset by a stream that returns nil.
		if g.ending.Err() != nil && status.Code(err) == codes.Canceled {
			err = nil
		}
		g.called(ctx, info.FullMethod, err, began)
	}()
	return handle(service, &endingStream{ServerStream: stream, ctx: ctx})
}

func (g *guard) panicked(ctx context.Context, method string, value any) error {
	g.log.ErrorContext(ctx, "gRPC handler panicked",
		slog.String("method", method), slog.Any("panic", value), slog.String("stack", string(debug.Stack())))
	return status.Error(codes.Internal, "internal fault in Headstart: see this replica's log")
}

// called logs failures at debug level only: KEDA logs each one itself, and a
// stale snapshot fails every call of every workload.
func (g *guard) called(ctx context.Context, method string, err error, began time.Time) {
	code := status.Code(err)
	if g.calls != nil {
		g.calls.Called(method, code, g.now().Sub(began))
	}
	if err != nil && g.log.Enabled(ctx, slog.LevelDebug) {
		g.log.DebugContext(ctx, "gRPC call failed",
			slog.String("method", method), slog.String("code", code.String()), slog.String("error", status.Convert(err).Message()))
	}
}

// endingStream is a stream whose context also ends at shutdown.
type endingStream struct {
	grpc.ServerStream
	ctx context.Context //nolint:containedctx // It replaces the stream's own, which gRPC keeps the same way.
}

func (s *endingStream) Context() context.Context { return s.ctx }
