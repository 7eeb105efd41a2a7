package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	"unicode/utf8"

	"github.com/headstart-scaler/headstart/config"
	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/signal"
)

// FuzzLoad holds that any bytes are either a configuration whose values are in
// bounds, or errors that name a place and a repair.
func FuzzLoad(f *testing.F) {
	for _, pattern := range []string{"testdata/errors/*.yaml", "testdata/check/*.yaml", examples + "/*.yaml", examples + "/policies/*.yaml"} {
		seed(f, pattern)
	}
	f.Add([]byte(server + "---\n" + fullPolicy))
	f.Fuzz(func(t *testing.T, data []byte) {
		set, err := config.LoadFS(fstest.MapFS{"x.yaml": {Data: data}}, "x.yaml")
		if err == nil {
			valid(t, set)
			return
		}
		helpful(t, err, data)
	})
}

func seed(f *testing.F, pattern string) {
	f.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		f.Fatalf("no %s: %v", pattern, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
}

func helpful(t *testing.T, err error, data []byte) {
	t.Helper()
	places, ok := errors.AsType[config.Errors](err)
	if !ok {
		t.Fatalf("no place: %v", err)
	}
	for _, p := range places {
		if p.Message == "" || p.Fix == "" || p.File == "" || (utf8.Valid(data) && !utf8.ValidString(p.Error())) {
			t.Fatalf("unhelpful: %+v\n%q", p, p.Error())
		}
		if lines := strings.Count(string(data), "\n") + 1; p.Line < 0 || p.Line > lines {
			t.Fatalf("line %d of %d", p.Line, lines)
		}
	}
}

func valid(t *testing.T, set *config.Set) {
	t.Helper()
	if s := set.Server; s.Tick <= 0 || s.SnapshotMaxAge < 2*s.Tick {
		t.Fatalf("server %+v", s)
	}
	for _, p := range set.Policies {
		if p.Min < 0 || p.Max < max(1, p.Min) || p.Quantile <= 0 || p.Quantile >= 1 || len(p.Signals) == 0 {
			t.Fatalf("policy %+v", p)
		}
		if n := p.Nodes; p.MissPrice < 0 || n.Replicas < 0 || n.Replicas > 1000 || n.Lead < 0 || n.Lead > time.Hour || (n.Replicas == 0 && n != decision.Nodes{}) {
			t.Fatalf("nodes %+v", p)
		}
		if limit, ok := p.ConnectionBudget.Limit(); ok && limit < max(1, p.Min) {
			t.Fatalf("budget %+v", p)
		}
		for _, s := range p.Signals {
			validSignal(t, s)
		}
	}
}

func validSignal(t *testing.T, s decision.Signal) {
	t.Helper()
	if s.Query == nil || s.Source == "" || s.Query.String() == "" {
		t.Fatalf("signal %+v", s)
	}
	c := s.Capacity
	if (s.Kind == signal.Latency) != (s.Objective > 0) ||
		(s.Kind != signal.Latency && (c.PerReplica <= 0 || c.Least <= 0 || c.Least > c.PerReplica || c.PerReplica > c.Most)) {
		t.Fatalf("signal %+v", s)
	}
}
