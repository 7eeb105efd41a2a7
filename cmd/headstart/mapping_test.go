package main

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/config"
	"github.com/headstart-scaler/headstart/scaler"
)

// load reads a configuration as serve does.
func load(t *testing.T, spec string) config.Server {
	t.Helper()
	path := filepath.Join(t.TempDir(), "server.yaml")
	text := "apiVersion: headstart/v1\nkind: Server\nspec:\n" + spec
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	set, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return set.Server
}

// KEDA holds two streams a push trigger on one connection: a configuration that
// says nothing has room for 40 000 of them and for calls besides.
func TestUnwrittenLimitsAreTheScalers(t *testing.T) {
	bare := scalerLimits(load(t, "  tick: 5s\n").GRPC)
	if bare != scaler.DefaultLimits() || bare.Streams < 100_000 || bare.MessageBytes != 256<<10 {
		t.Errorf("without a word the limits are %+v", bare)
	}
	written := scalerLimits(load(t, "  grpc: {maxConcurrentStreams: 7, maxReceiveBytes: 2048}\n").GRPC)
	want := scaler.DefaultLimits()
	want.Streams, want.MessageBytes = 7, 2048
	if written != want {
		t.Errorf("written, the limits are %+v", written)
	}
}

func TestSchemaNamesTheScalersLimits(t *testing.T) {
	data, err := os.ReadFile("../../docs/schema/headstart.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Defs map[string]struct {
			Properties map[string]struct{ Description string }
		} `json:"$defs"`
	}
	if err := json.Unmarshal(data, &schema); err != nil {
		t.Fatal(err)
	}
	limits := schema.Defs["GRPC"].Properties
	for field, value := range map[string]any{
		"maxConcurrentStreams": scaler.DefaultLimits().Streams, "maxReceiveBytes": scaler.DefaultLimits().MessageBytes,
	} {
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		if want := ": " + string(text) + " unless written"; !strings.Contains(limits[field].Description, want) {
			t.Errorf("%s is described as %q, want %q in it", field, limits[field].Description, want)
		}
	}
}

func TestScalerTermsAndFiles(t *testing.T) {
	s := load(t, "  tick: 3s\n  snapshotMaxAge: 40s\n")
	if got := scalerTerms(s); got != (scaler.Terms{FirstDecision: 3 * time.Second, MaxAge: 40 * time.Second, StreamAge: streamAge}) {
		t.Errorf("terms %+v", got)
	}
	if got := scalerTLS(s.GRPC.TLS); got != nil {
		t.Errorf("without a certificate the files are %+v", got)
	}
	files := scalerTLS(config.ServerTLS{CertFile: "c", KeyFile: "k", ClientCAFile: "a"})
	if files == nil || *files != (scaler.TLSFiles{Certificate: "c", Key: "k", ClientCA: "a"}) {
		t.Errorf("files %+v", files)
	}
}

func TestEachSourceIsReadForTwiceItsTimeout(t *testing.T) {
	s := load(t, `  tick: 7s
  sources:
    - {name: bare, kafka: {bootstrapServers: "a:9092"}}
    - {name: slow, kafka: {bootstrapServers: "a:9092", timeout: 4s}}
    - {name: metrics, prometheus: {serverAddress: "http://p:9090", timeout: 10s}}
`)
	got := pipelineTimes(s)
	want := map[string]time.Duration{"bare": 6 * time.Second, "slow": 8 * time.Second, "metrics": 20 * time.Second}
	if got.Tick != 7*time.Second || !maps.Equal(got.SourceTimeouts, want) {
		t.Errorf("tick %s and timeouts %v, want 7s and %v", got.Tick, got.SourceTimeouts, want)
	}
}
