package telemetry

import (
	"context"
	"fmt"
	"log/slog"

	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc/filters"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
	"google.golang.org/grpc/stats"
)

// Traces is where spans go. Its zero value does not work: see Tracing.
type Traces struct {
	provider    trace.TracerProvider
	propagators propagation.TextMapPropagator
	shutdown    func(context.Context) error // nil when off
}

// Tracing sets tracing up as the environment says, which lookup reads (empty
// for what is not set). The libraries read some of the standard variables by
// themselves, so lookup has to be the process's environment. Exporters connect
// in the background: a collector that is down is no error here, and what goes
// wrong later is logged. An error names the variable and what to write.
func Tracing(ctx context.Context, lookup func(string) string, version string, log *slog.Logger) (*Traces, error) {
	plan, err := planTracing(lookup)
	if err != nil {
		return nil, err
	}
	if !plan.on {
		return &Traces{provider: noop.NewTracerProvider(), propagators: propagation.NewCompositeTextMapPropagator()}, nil
	}
	from, err := resource.New(ctx,
		resource.WithAttributes(attribute.String("service.name", "headstart"), attribute.String("service.version", version)),
		resource.WithHost(), resource.WithTelemetrySDK(),
		resource.WithFromEnv()) // last, as it comes first
	if err != nil {
		return nil, fmt.Errorf("read OTEL_RESOURCE_ATTRIBUTES: %w: write key=value,key=value", err)
	}
	exporter, err := plan.exporter(ctx)
	if err != nil {
		return nil, fmt.Errorf("make exporter of traces to %s: %w", plan.endpoint, err)
	}
	// The libraries report what fails in the background to one handler of the
	// process, and offer no other way.
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		log.Warn("traces could not be exported", slog.String("error", err.Error()))
	}))
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(from))
	shutdown := func(ctx context.Context) error {
		err := provider.Shutdown(ctx)
		if err != nil {
			// The provider leaves an export that still runs to itself; stopping
			// the exporter, when ctx has ended, cuts it. The first error counts.
			_ = exporter.Shutdown(ctx)
		}
		return err
	}
	return &Traces{provider: provider, propagators: plan.propagators, shutdown: shutdown}, nil
}

// On reports whether spans go anywhere.
func (t *Traces) On() bool { return t.shutdown != nil }

// Provider makes tracers; those it makes while off cost nothing.
func (t *Traces) Provider() trace.TracerProvider { return t.provider }

// ServerStats are the handlers a gRPC server is to have: one that makes a span
// of each call but health checks, and none while off.
func (t *Traces) ServerStats() []stats.Handler {
	if !t.On() {
		return nil
	}
	return []stats.Handler{otelgrpc.NewServerHandler(
		otelgrpc.WithTracerProvider(t.provider),
		otelgrpc.WithPropagators(t.propagators),
		otelgrpc.WithMeterProvider(metricnoop.NewMeterProvider()), // metrics are Prometheus's
		otelgrpc.WithFilter(filters.Not(filters.HealthCheck())),
	)}
}

// Shutdown sends what is not sent yet, until ctx ends.
func (t *Traces) Shutdown(ctx context.Context) error {
	if !t.On() {
		return nil
	}
	if err := t.shutdown(ctx); err != nil {
		return fmt.Errorf("send the last traces: %w", err)
	}
	return nil
}
