package telemetry

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"
)

const (
	traceID = "0102030405060708090a0b0c0d0e0f10"
	spanID  = "0102030405060708"
)

func underSpan(t *testing.T) context.Context {
	t.Helper()
	tid, err := trace.TraceIDFromHex(traceID)
	if err != nil {
		t.Fatal(err)
	}
	sid, err := trace.SpanIDFromHex(spanID)
	if err != nil {
		t.Fatal(err)
	}
	return trace.ContextWithSpanContext(t.Context(), trace.NewSpanContext(trace.SpanContextConfig{TraceID: tid, SpanID: sid}))
}

func TestLoggerLevelsAndFormats(t *testing.T) {
	for _, c := range []struct {
		format, level string
		want          []string // messages that are written
		fails         string   // part of the error
	}{
		{format: "json", level: "info", want: []string{"info", "warn"}},
		{format: "json", level: "DEBUG", want: []string{"debug", "info", "warn"}},
		{format: "text", level: "warn", want: []string{"warn"}},
		{format: "text", level: "error"},
		{format: "xml", level: "info", fails: "write json or text"},
		{format: "", level: "info", fails: "write json or text"},
		{format: "json", level: "loud", fails: "write debug, info, warn or error"},
		{format: "json", level: "", fails: "write debug, info, warn or error"},
	} {
		var out bytes.Buffer
		log, err := NewLogger(&out, c.format, c.level)
		if (err != nil) != (c.fails != "") || (err != nil && !strings.Contains(err.Error(), c.fails)) {
			t.Errorf("%q, %q: got error %v, want %q", c.format, c.level, err, c.fails)
		}
		if err != nil {
			continue
		}
		log.Debug("debug")
		log.Info("info")
		log.Warn("warn")
		if got := strings.Count(out.String(), "\n"); got != len(c.want) {
			t.Errorf("%s, %s: got %d lines, want %v: %s", c.format, c.level, got, c.want, out.String())
		}
		for _, message := range c.want {
			if !strings.Contains(out.String(), message) {
				t.Errorf("%s, %s: %s is missing: %s", c.format, c.level, message, out.String())
			}
		}
	}
}

// logged is the line that a derived logger writes.
func logged(ctx context.Context, t *testing.T, derive func(*slog.Logger) *slog.Logger) map[string]any {
	t.Helper()
	var out bytes.Buffer
	log, err := NewLogger(&out, FormatJSON, "info")
	if err != nil {
		t.Fatal(err)
	}
	derive(log).InfoContext(ctx, "decided", DecisionID("d1"))
	line := map[string]any{}
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	return line
}

// A line under a span carries its ids at the top, whatever the logger has been
// through.
func TestLinesCarryTheSpan(t *testing.T) {
	for _, c := range []struct {
		name   string
		derive func(*slog.Logger) *slog.Logger
		want   string // the line but time, level, msg and the ids
	}{
		{"plain", func(l *slog.Logger) *slog.Logger { return l }, `{"decision_id":"d1"}`},
		{"attributes", func(l *slog.Logger) *slog.Logger { return l.With("a", 1) }, `{"a":1,"decision_id":"d1"}`},
		{"group", func(l *slog.Logger) *slog.Logger { return l.WithGroup("g") }, `{"g":{"decision_id":"d1"}}`},
		{"empty group", func(l *slog.Logger) *slog.Logger { return l.WithGroup("") }, `{"decision_id":"d1"}`},
		{
			"all, nested", func(l *slog.Logger) *slog.Logger {
				return l.With("a", 1).WithGroup("g").With("b", 2).WithGroup("h").With("c", 3)
			},
			`{"a":1,"g":{"b":2,"h":{"c":3,"decision_id":"d1"}}}`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			line := logged(underSpan(t), t, c.derive)
			if line["trace_id"] != traceID || line["span_id"] != spanID {
				t.Errorf("ids are not at the top: %v", line)
			}
			maps.DeleteFunc(line, func(key string, _ any) bool {
				return slices.Contains([]string{"time", "level", "msg", "trace_id", "span_id"}, key)
			})
			rest, err := json.Marshal(line)
			if err != nil {
				t.Fatal(err)
			}
			if string(rest) != c.want {
				t.Errorf("got %s, want %s", rest, c.want)
			}
			if _, found := logged(t.Context(), t, c.derive)["trace_id"]; found {
				t.Error("an id without a span")
			}
		})
	}
}

func TestTimesAreUTC(t *testing.T) {
	var out bytes.Buffer
	log, err := NewLogger(&out, FormatJSON, "info")
	if err != nil {
		t.Fatal(err)
	}
	record := slog.NewRecord(time.Date(2026, 11, 22, 14, 0, 0, 0, time.FixedZone("EET", 2*60*60)), slog.LevelInfo, "x", 0)
	if err := log.Handler().Handle(t.Context(), record); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), `"2026-11-22T12:00:00Z"`) {
		t.Errorf("got %s", out.String())
	}
}
