// Package test holds what is true of the repository as a whole: its import
// rules and the size of its files. The real suites, which need a broker, a
// Prometheus and KEDA's own client, are modules of their own below.
package test

import (
	"slices"
	"strings"
	"testing"
)

// layer is one row of the architecture: which packages it speaks of, what
// they may import, and what must not be anywhere in their dependencies.
// Patterns are the go command's: x is one package, x/... also all below it.
// The first layer that names a package holds.
type layer struct {
	packages []string
	// standard, modules and own are allowlists of direct imports: of the
	// standard library, of other modules, of this module.
	standard, modules, own []string
	// unreachable must not appear in the dependency closure. Packages of this
	// module are named by folder.
	unreachable []string
	why         string
}

// pureStandard is the part of the standard library that does no I/O, reads no
// clock and starts no goroutine. time is in it for its types; forbidigo keeps
// time.Now out.
var pureStandard = []string{
	"bytes", "cmp", "container/...", "crypto/sha256", "encoding/...", "errors", "fmt", "hash/...", "iter", "maps",
	"math", "math/bits", "math/cmplx", "regexp", "slices", "sort", "strconv", "strings", "time", "unicode/...",
}

// Names for patterns that several rows share.
var (
	anything = []string{"..."}
	gonum    = "gonum.org/v1/gonum/..."
	nouns    = []string{"signal", "calendar", "workload", "forecast", "decision", "warmpool"}
	edges    = []string{"pipeline/...", "scaler/...", "web/...", "api/...", "cmd/..."}
	clouds   = []string{
		"cloud.google.com/...", "github.com/aws/...", "github.com/Azure/...", "google.golang.org/api/...",
		"github.com/kedacore/keda/v2/apis/...", "github.com/kedacore/keda/v2/pkg/scalers", "sigs.k8s.io/controller-runtime/...",
	}
	adapters = []string{
		"signal/kafka/...", "signal/prometheus/...", "signal/rabbitmq/...", "signal/redis/...", "signal/httpjson/...",
		"warmpool/kube/...", "workload/kube/...", "store/sqlite/...", "store/redis/...",
		"github.com/segmentio/kafka-go/...", "k8s.io/...",
	}
)

// architecture is the import rules of docs/ARCHITECTURE.md, innermost first.
var architecture = []layer{
	{
		packages: []string{"calendar"},
		standard: pureStandard, modules: []string{"github.com/teambition/rrule-go"},
		why: "what will happen is pure; rules of RFC 5545 are expanded by a library that is",
	},
	{
		packages: []string{"signal", "workload", "store"},
		standard: pureStandard,
		why:      "the innermost nouns are pure and know no other package",
	},
	{
		packages: []string{"forecast"},
		standard: pureStandard, modules: []string{gonum},
		own: []string{"signal", "calendar"},
		why: "a forecast is computed from what is happening and what will happen",
	},
	{
		packages: []string{"decision"},
		standard: pureStandard, modules: []string{gonum},
		own: []string{"signal", "calendar", "forecast", "workload"},
		why: "a decision is a pure function of its input",
	},
	{
		packages: []string{"warmpool"},
		standard: pureStandard,
		own:      []string{"signal", "calendar", "forecast", "decision", "workload"},
		why:      "what must be warm follows from decisions",
	},
	{
		packages: []string{"signal/...", "calendar/...", "forecast/...", "workload/...", "warmpool/...", "store/..."},
		standard: anything, modules: anything,
		own:         slices.Concat(nouns, []string{"signal/...", "calendar/...", "forecast/...", "workload/...", "store/..."}),
		unreachable: slices.Concat(edges, []string{"config/..."}, clouds),
		why:         "an adapter fits its consumer's interface without knowing it; it takes options, not configuration",
	},
	{
		packages: []string{"config/..."},
		standard: anything, modules: anything,
		own:         slices.Concat(nouns, []string{"config/..."}),
		unreachable: slices.Concat(edges, clouds, []string{"k8s.io/...", "github.com/segmentio/kafka-go/..."}),
		why:         "configuration is files turned into policies; edges read it, it reads no edge and no cluster",
	},
	{
		packages:    []string{"planner"},
		standard:    anything,
		own:         slices.Concat(nouns, []string{"calendar/intake", "store"}),
		unreachable: slices.Concat(edges, adapters, clouds, []string{"config/..."}),
		why:         "what people plan is read, compared and kept by interfaces; it decides nothing and knows no edge",
	},
	{
		packages: []string{"pipeline/..."},
		standard: anything, modules: []string{"go.opentelemetry.io/otel/..."},
		own:         slices.Concat(nouns, []string{"pipeline/..."}),
		unreachable: slices.Concat(adapters, clouds, []string{"scaler/...", "web/...", "cmd/...", "config/..."}),
		why:         "one tick knows sources by interface only",
	},
	{
		packages:    []string{"replay"},
		standard:    anything,
		own:         slices.Concat(nouns, []string{"pipeline"}),
		unreachable: slices.Concat(adapters, clouds, []string{"scaler/...", "web/...", "api/...", "cmd/...", "config/...", "planner", "store"}),
		why:         "a trace is played through the pipeline that runs in production, on a simulated cluster, and nothing else",
	},
	{
		packages:    []string{"replay/html"},
		standard:    anything,
		own:         slices.Concat(nouns, []string{"replay"}),
		unreachable: slices.Concat(adapters, clouds, []string{"scaler/...", "web/...", "api/...", "cmd/...", "config/...", "planner", "store"}),
		why:         "a report is drawn from what a replay found",
	},
	{
		packages: []string{"scaler/..."},
		standard: anything,
		modules: []string{
			"google.golang.org/grpc/...", "google.golang.org/protobuf/...", "go.opentelemetry.io/...",
			"github.com/kedacore/keda/v2/pkg/scalers/externalscaler",
		},
		own:         []string{"signal", "decision", "workload", "pipeline", "scaler/..."},
		unreachable: slices.Concat(adapters, clouds, []string{"web/...", "api/...", "cmd/...", "config/..."}),
		why:         "KEDA's face turns a snapshot into proto and nothing else; KEDA's proto must not bring Kubernetes or a cloud SDK with it",
	},
	{
		packages: []string{"telemetry/..."},
		standard: anything, modules: anything,
		own:         slices.Concat(nouns, []string{"pipeline", "telemetry/..."}),
		unreachable: slices.Concat(adapters, clouds, []string{"scaler/...", "web/...", "cmd/...", "config/..."}),
		why:         "metrics, traces and logs are made from what the pipeline publishes; edges are handed them",
	},
	{
		packages: []string{"web/..."},
		standard: anything, modules: anything,
		own:         slices.Concat(nouns, []string{"pipeline", "store", "config", "web/..."}),
		unreachable: slices.Concat(adapters, clouds, []string{"scaler/...", "api/...", "cmd/..."}),
		why:         "pages and API show the same snapshot and know no adapter",
	},
	{
		packages: []string{"proto/..."},
		standard: anything,
		modules: []string{
			"google.golang.org/grpc/...", "google.golang.org/protobuf/...", "google.golang.org/genproto/...",
			"github.com/grpc-ecosystem/grpc-gateway/v2/...",
		},
		unreachable: slices.Concat(adapters, clouds, edges, []string{"config/..."}),
		why:         "generated messages know nothing of what they carry",
	},
	{
		packages: []string{"api/..."},
		standard: anything,
		modules: []string{
			"google.golang.org/grpc/...", "google.golang.org/protobuf/...", "google.golang.org/genproto/...",
			"github.com/grpc-ecosystem/grpc-gateway/v2/...",
		},
		own: []string{
			"calendar", "calendar/intake", "decision", "workload", "store", "planner", "pipeline", "proto/...", "api/...",
		},
		unreachable: slices.Concat(adapters, clouds, []string{"scaler/...", "web/...", "cmd/...", "config/..."}),
		why:         "what people ask over gRPC and HTTP is handed to the planner, and answered from what it and the pipeline publish",
	},
	{
		packages: []string{"cmd/..."},
		standard: anything, modules: anything, own: anything,
		unreachable: clouds,
		why:         "cmd wires everything, and the binary carries no cloud SDK and none of KEDA's API types",
	},
	{
		packages: []string{"test/challengers/...", "test/benchtraces/..."},
		standard: anything,
		own:      slices.Concat(nouns, []string{"calendar/intake", "forecast/backtest", "replay"}),
		why:      "forecasters and autoscalers are compared on traces as replay reads them",
	},
	{
		packages: []string{"test/...", "tools/...", "deploy/...", "docs/..."},
		standard: anything, modules: anything, own: nouns,
		why: "what looks at the repository from outside needs its nouns at most",
	},
}

func TestPackagesKeepToTheirLayer(t *testing.T) {
	for _, v := range violations(listPackages(t), architecture) {
		t.Error(v)
	}
}

// The embedded broker and its client are for the demo and for tests: the
// product speaks Kafka with one client library. Franz-go's kmsg, which is the
// wire format alone, is no client.
func TestOnlyTheDemoHasTheEmbeddedBroker(t *testing.T) {
	broker := []string{"github.com/twmb/franz-go/pkg/kfake/...", "github.com/twmb/franz-go/pkg/kgo/..."}
	for path, n := range listPackages(t) {
		name, own := relative(path)
		if !own || matchesAny(name, []string{"cmd/headstart/demo/..."}) {
			continue
		}
		closure := n.Deps
		if name == "cmd/headstart" { // reaches it through the demo, and only so
			closure = n.Imports
		}
		for _, pattern := range broker {
			if reached, does := shortest(closure, pattern); does {
				t.Errorf("%s reaches %s: only cmd/headstart/demo and tests may", name, reached)
			}
		}
	}
}

// A rule that cannot fail is none: each kind of breach is built here.
func TestTheRulesBite(t *testing.T) {
	own := func(name string) string { return module + "/" + name }
	for _, c := range []struct {
		name    string
		from    string
		imports []string
		deps    []string
		want    string // part of the one violation; empty when allowed
	}{
		{"pure package opens files", own("signal"), []string{"os"}, nil, "signal imports standard package os"},
		{"pure package keeps to the list", own("signal"), []string{"math"}, nil, ""},
		{"subpackage of an allowed one", own("signal"), []string{"math/rand"}, nil, "signal imports standard package math/rand"},
		{"noun looks outward", own("forecast"), []string{own("decision")}, nil, "forecast imports package"},
		{"noun looks inward", own("forecast"), []string{own("signal")}, nil, ""},
		{"noun takes an adapter for its root", own("forecast"), []string{own("signal/kafka")}, nil, "forecast imports package"},
		{"forecast may have numerics", own("forecast"), []string{"gonum.org/v1/gonum/stat"}, nil, ""},
		{"signal may not", own("signal"), []string{"gonum.org/v1/gonum/stat"}, nil, "signal imports module package"},
		{"adapter knows its edge", own("signal/kafka"), nil, []string{own("pipeline")}, "signal/kafka reaches"},
		{"pipeline knows an adapter", own("pipeline"), []string{own("signal/kafka")}, nil, "pipeline imports package"},
		{"scaler reaches Kubernetes", own("scaler"), nil, []string{"k8s.io/api/core/v1"}, "scaler reaches k8s.io/api/core/v1"},
		{"web reaches the scaler", own("web"), nil, []string{own("scaler")}, "web reaches"},
		{"API knows a store's technology", own("api"), nil, []string{own("store/sqlite")}, "api reaches"},
		{"API imports pages", own("api"), []string{own("web")}, nil, "api imports package"},
		{"pages import the API", own("web"), nil, []string{own("api")}, "web reaches"},
		{"API hands to the planner", own("api"), []string{own("planner")}, []string{own("planner")}, ""},
		{"messages know the domain", own("proto/headstart/v1"), []string{own("calendar")}, nil, "proto/headstart/v1 imports package"},
		{"replay reads files of policies", own("replay"), []string{own("config")}, nil, "replay imports package"},
		{"replay drives the pipeline", own("replay"), []string{own("pipeline")}, []string{own("pipeline")}, ""},
		{"web reads snapshots", own("web"), []string{own("pipeline")}, []string{own("pipeline")}, ""},
		{"binary carries a cloud", own("cmd/headstart"), nil, []string{"github.com/aws/aws-sdk-go-v2/aws"}, "cmd/headstart reaches github.com/aws"},
		{"KEDA's scalers but not their proto", own("cmd/headstart"), nil, []string{"github.com/kedacore/keda/v2/pkg/scalers"}, "cmd/headstart reaches"},
		{"KEDA's proto alone", own("scaler"), []string{"github.com/kedacore/keda/v2/pkg/scalers/externalscaler"}, []string{"github.com/kedacore/keda/v2/pkg/scalers/externalscaler"}, ""},
		{"new folder without a row", own("util"), nil, nil, "util belongs to no layer"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := graph{c.from: {ImportPath: c.from, Imports: c.imports, Deps: c.deps}}
			for _, std := range []string{"os", "math", "math/rand"} {
				g[std] = node{ImportPath: std, Standard: true}
			}
			got := violations(g, architecture)
			switch {
			case c.want == "" && len(got) > 0:
				t.Errorf("allowed, but: %q", got)
			case c.want != "" && (len(got) != 1 || !strings.Contains(got[0], c.want)):
				t.Errorf("want one violation with %q, got %q", c.want, got)
			}
		})
	}
}
