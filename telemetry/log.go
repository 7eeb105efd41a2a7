package telemetry

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"go.opentelemetry.io/otel/trace"
)

// Formats of log lines.
const (
	FormatJSON = "json"
	FormatText = "text"
)

// NewLogger returns a logger that writes lines to w in the format json or
// text, from a level on: debug, info, warn or error, or one of them with an
// offset such as info+2. Times are UTC. A record made under a span carries
// its trace_id and span_id. The error says what to write instead.
func NewLogger(w io.Writer, format, level string) (*slog.Logger, error) {
	var least slog.Level
	if err := least.UnmarshalText([]byte(level)); err != nil {
		return nil, fmt.Errorf("log level %q: write debug, info, warn or error", level)
	}
	options := &slog.HandlerOptions{Level: least, ReplaceAttr: inUTC}
	switch format {
	case FormatJSON:
		return slog.New(newTraced(slog.NewJSONHandler(w, options))), nil
	case FormatText:
		return slog.New(newTraced(slog.NewTextHandler(w, options))), nil
	default:
		return nil, fmt.Errorf("log format %q: write %s or %s", format, FormatJSON, FormatText)
	}
}

func inUTC(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && a.Key == slog.TimeKey && a.Value.Kind() == slog.KindTime {
		a.Value = slog.TimeValue(a.Value.Time().UTC())
	}
	return a
}

// DecisionID is the attribute by which a log line, an answer and a page name
// the same decision.
func DecisionID(id string) slog.Attr { return slog.String("decision_id", id) }

// traced adds the ids of the span in the context, always at the top level of
// a line: inside a group that a logger has opened no search would find them.
type traced struct {
	slog.Handler // with everything applied
	// top is the handler before the first group was opened; then repeats on
	// it what came since. It is nil while no group is open.
	top  slog.Handler
	then func(slog.Handler) slog.Handler
}

func newTraced(h slog.Handler) *traced { return &traced{Handler: h} }

// Handle writes a record.
func (t *traced) Handle(ctx context.Context, r slog.Record) error {
	span := trace.SpanContextFromContext(ctx)
	if !span.IsValid() {
		return t.Handler.Handle(ctx, r)
	}
	ids := []slog.Attr{slog.String("trace_id", span.TraceID().String()), slog.String("span_id", span.SpanID().String())}
	if t.then == nil {
		r = r.Clone()
		r.AddAttrs(ids...)
		return t.Handler.Handle(ctx, r)
	}
	return t.then(t.top.WithAttrs(ids)).Handle(ctx, r)
}

// WithAttrs returns a handler whose records carry the attributes.
func (t *traced) WithAttrs(attrs []slog.Attr) slog.Handler {
	return t.with(false, func(h slog.Handler) slog.Handler { return h.WithAttrs(attrs) })
}

// WithGroup returns a handler whose further attributes are in a group.
func (t *traced) WithGroup(name string) slog.Handler {
	if name == "" {
		return t
	}
	return t.with(true, func(h slog.Handler) slog.Handler { return h.WithGroup(name) })
}

func (t *traced) with(opens bool, change func(slog.Handler) slog.Handler) slog.Handler {
	next := &traced{Handler: change(t.Handler), top: t.top, then: t.then}
	switch {
	case t.then != nil:
		next.then = func(h slog.Handler) slog.Handler { return change(t.then(h)) }
	case opens:
		next.top, next.then = t.Handler, change
	}
	return next
}
