package api

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// guard stands around every handler: a panic of ours ends one request, and what
// went wrong inside is logged, as the answer does not tell it.
type guard struct {
	log *slog.Logger
}

func (g guard) unary(ctx context.Context, request any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (reply any, err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			reply, err = nil, g.panicked(ctx, info.FullMethod, panicked)
		}
		g.tell(ctx, info.FullMethod, err)
	}()
	return handle(ctx, request)
}

func (g guard) panicked(ctx context.Context, what string, value any) error {
	g.log.ErrorContext(ctx, "API handler panicked", "request", what, "panic", fmt.Sprint(value), "stack", string(debug.Stack()))
	return asFault(status.Error(codes.Internal, "panic"))
}

// tell logs faults of ours and of the store.
func (g guard) tell(ctx context.Context, what string, err error) {
	if err == nil {
		return
	}
	f := asFault(err)
	if f.Status < 500 || f.kind == "no-store" {
		return
	}
	cause := f.cause
	if cause == nil {
		cause = f
	}
	g.log.ErrorContext(ctx, "API request could not be answered", "request", what, "kind", f.kind, "error", cause.Error())
}
