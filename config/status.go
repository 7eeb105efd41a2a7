package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/headstart-scaler/headstart/signal"
)

// Status is how the last reload went, for metrics and pages.
type Status struct {
	// LastReloadSuccessful is false while the files differ from what is in
	// force because they are wrong.
	LastReloadSuccessful bool
	// LastReloadAt is when changed files were last read.
	LastReloadAt time.Time
	// LoadedAt is when they were last read successfully.
	LoadedAt time.Time
	// Hash names the configuration in force.
	Hash string
	// Error is empty after a successful reload.
	Error string
	// NeedsRestart lists the fields of the Server document that were changed
	// and are not in force before a restart; everything else is.
	NeedsRestart []string
}

// inForce is what a changed configuration means to a running server: new
// policies on the old sources, and the kill switch. It also lists what needs a
// restart.
func inForce(running Server, changed *Set) (*Set, []string, error) {
	out := *changed
	needs := restartFields(running, changed.Server)
	for _, p := range changed.Policies {
		for _, s := range p.Signals {
			if !running.has(s.Source, s.Kind) {
				return nil, needs, fmt.Errorf("policy %s, signal %s: source %s is not that of the running server: restart it", p.Name, s.Name, s.Source)
			}
		}
	}
	out.Server = running
	out.Server.PolicyPaths, out.Server.ReactiveOnly = changed.Server.PolicyPaths, changed.Server.ReactiveOnly
	out.Server.Schedules = changed.Server.Schedules
	return &out, needs, nil
}

func (s Server) has(source string, kind signal.Kind) bool {
	of := "prometheus"
	if kind == signal.Backlog {
		of = "kafka"
	}
	return slices.Contains(s.table().of(of), source)
}

// restartFields compares everything of a Server but what a reload changes.
func restartFields(a, b Server) []string {
	var out []string
	for _, f := range []struct {
		name string
		a, b any
	}{
		{"grpc.listen", a.GRPC.Listen, b.GRPC.Listen},
		{"grpc.tls", a.GRPC.TLS, b.GRPC.TLS},
		{"grpc.maxConcurrentStreams", a.GRPC.MaxConcurrentStreams, b.GRPC.MaxConcurrentStreams},
		{"grpc.maxReceiveBytes", a.GRPC.MaxReceiveBytes, b.GRPC.MaxReceiveBytes},
		{"http.listen", a.HTTP.Listen, b.HTTP.Listen},
		{"tick", a.Tick, b.Tick},
		{"snapshotMaxAge", a.SnapshotMaxAge, b.SnapshotMaxAge},
		{"forecast", a.Forecast, b.Forecast},
		{"kubernetes", a.Kubernetes, b.Kubernetes},
		{"http.token", a.HTTP.Token, b.HTTP.Token},
		{"store", a.Store, b.Store},
		{"sources", [2]any{a.Kafka, a.Prometheus}, [2]any{b.Kafka, b.Prometheus}},
	} {
		if !reflect.DeepEqual(f.a, f.b) {
			out = append(out, "spec."+f.name)
		}
	}
	return out
}

// String is one line for logs and pages.
func (s Status) String() string {
	switch {
	case !s.LastReloadSuccessful:
		first, _, _ := strings.Cut(s.Error, "\n")
		return fmt.Sprintf("configuration %s is in force; the files are not valid: %s", s.Hash, first)
	case len(s.NeedsRestart) > 0:
		return fmt.Sprintf("configuration %s is in force; %s needs a restart", s.Hash, strings.Join(s.NeedsRestart, ", "))
	default:
		return fmt.Sprintf("configuration %s is in force", s.Hash)
	}
}
