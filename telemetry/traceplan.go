package telemetry

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// The protocols of OTLP that are spoken.
const (
	protocolGRPC = "grpc"
	protocolHTTP = "http/protobuf"
)

// registeredForGRPC is OTLP's port for gRPC; 4318 is that for HTTP.
const registeredForGRPC = "4317"

// tracePlan is what the environment asks for, checked.
type tracePlan struct {
	on          bool
	endpoint    string // as given, for messages; empty for the libraries' default
	protocol    string
	propagators propagation.TextMapPropagator
}

func planTracing(lookup func(string) string) (tracePlan, error) {
	wanted, err := tracingWanted(lookup)
	if err != nil || !wanted {
		return tracePlan{}, err
	}
	p := tracePlan{on: true}
	port, err := p.setEndpoint(lookup)
	if err != nil {
		return tracePlan{}, err
	}
	if err := p.setProtocol(lookup, port); err != nil {
		return tracePlan{}, err
	}
	if p.propagators, err = propagators(lookup); err != nil {
		return tracePlan{}, err
	}
	return p, nil
}

// tracingWanted reports whether the environment asks for traces: by naming the
// exporter, or an endpoint to export to.
func tracingWanted(lookup func(string) string) (bool, error) {
	const disabled = "OTEL_SDK_DISABLED"
	if text := lookup(disabled); text != "" {
		off, err := strconv.ParseBool(text)
		if err != nil {
			return false, fmt.Errorf("environment variable %s: found %q: write true or false", disabled, text)
		}
		if off {
			return false, nil
		}
	}
	_, endpoint := first(lookup, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
	const exporter = "OTEL_TRACES_EXPORTER"
	switch text := lookup(exporter); text {
	case "":
		return endpoint != "", nil
	case "otlp":
		return true, nil
	case "none":
		return false, nil
	default:
		return false, fmt.Errorf("environment variable %s: found %q: write otlp or none", exporter, text)
	}
}

// setEndpoint checks the endpoint, which the exporter reads by itself, taking
// one it does not understand for localhost.
func (p *tracePlan) setEndpoint(lookup func(string) string) (port string, err error) {
	name, text := first(lookup, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
	if text == "" {
		return "", nil
	}
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" {
		return "", fmt.Errorf("environment variable %s: found %q: write http:// or https:// and the collector's host and port, such as http://collector:%s",
			name, withoutCredentials(text), registeredForGRPC)
	}
	p.endpoint = u.Redacted()
	return u.Port(), nil
}

// withoutCredentials shows an address that cannot be parsed, less what may be a
// password in it.
func withoutCredentials(address string) string {
	if i := strings.LastIndexByte(address, '@'); i >= 0 {
		return "…" + address[i:]
	}
	return address
}

func (p *tracePlan) setProtocol(lookup func(string) string, port string) error {
	switch name, text := first(lookup, "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"); text {
	case protocolGRPC, protocolHTTP:
		p.protocol = text
	case "":
		p.protocol = protocolHTTP
		if port == registeredForGRPC {
			p.protocol = protocolGRPC
		}
	default:
		return fmt.Errorf("environment variable %s: found %q: write %s or %s", name, text, protocolGRPC, protocolHTTP)
	}
	return nil
}

func propagators(lookup func(string) string) (propagation.TextMapPropagator, error) {
	const name = "OTEL_PROPAGATORS"
	text := lookup(name)
	if text == "" {
		text = "tracecontext,baggage"
	}
	var chosen []propagation.TextMapPropagator
	for word := range strings.SplitSeq(text, ",") {
		switch strings.TrimSpace(word) {
		case "tracecontext":
			chosen = append(chosen, propagation.TraceContext{})
		case "baggage":
			chosen = append(chosen, propagation.Baggage{})
		case "none":
		default:
			return nil, fmt.Errorf("environment variable %s: found %q: write tracecontext, baggage or none, joined by commas", name, word)
		}
	}
	return propagation.NewCompositeTextMapPropagator(chosen...), nil
}

// exporter makes the exporter of the protocol. It reads endpoint, headers,
// certificates, timeout and compression from the environment.
func (p *tracePlan) exporter(ctx context.Context) (sdktrace.SpanExporter, error) {
	if p.protocol == protocolGRPC {
		return otlptracegrpc.New(ctx)
	}
	return otlptracehttp.New(ctx)
}

// first returns the first of the variables that is set.
func first(lookup func(string) string, names ...string) (name, value string) {
	for _, name := range names {
		if value := lookup(name); value != "" {
			return name, value
		}
	}
	return "", ""
}
