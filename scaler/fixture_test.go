package scaler_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	pb "github.com/kedacore/keda/v2/pkg/scalers/externalscaler"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/pipeline"
	"github.com/headstart-scaler/headstart/scaler"
	"github.com/headstart-scaler/headstart/workload"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	noon     = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	deposits = workload.ID{Namespace: "demo", Name: "deposits"}
)

var _ scaler.Plan = (*pipeline.Pipeline)(nil)

var terms = scaler.Terms{FirstDecision: 5 * time.Second, MaxAge: 30 * time.Second}

// plan is a hand-written Plan: one board and a set of known policies.
type plan struct {
	pipeline.Board

	mu       sync.Mutex
	policies map[string]bool
	seen     map[workload.Trigger]int
	full     error // what Seen says
}

func newPlan(policies ...string) *plan {
	p := &plan{policies: map[string]bool{}, seen: map[workload.Trigger]int{}}
	for _, name := range policies {
		p.policies[name] = true
	}
	return p
}

func (p *plan) Snapshot() *pipeline.Snapshot { return p.Latest() }

func (p *plan) Check(t workload.Trigger) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.policies[t.Policy] {
		return errors.New("no policy " + t.Policy + ": did you mean deposits?")
	}
	if t.Max.Set && t.Max.Value > 100 {
		return errors.New("maxReplicas is above the policy's")
	}
	return nil
}

func (p *plan) Seen(t workload.Trigger) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen[t]++
	return p.full
}

func (p *plan) sawAny() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.seen) > 0
}

func (p *plan) forget(policy string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.policies, policy)
}

// decide publishes a snapshot of at with these entries.
func (p *plan) decide(at time.Time, entries ...*pipeline.Entry) {
	p.Publish(pipeline.NewSnapshot(at, 1, "hash", pipeline.Health{}, entries))
}

// object is an Objections of one text for every workload.
type object string

func (o object) Objection(workload.ID) (string, bool) { return string(o), o != "" }

func entry(t workload.Trigger, o decision.Outcome) *pipeline.Entry {
	return &pipeline.Entry{Trigger: t, DecisionID: "d-1", Outcome: o}
}

func depositsTrigger() workload.Trigger {
	return workload.Trigger{Workload: deposits, Policy: "deposits"}
}

// ref is what KEDA sends for a trigger: the whole metadata.
func ref(t workload.Trigger) *pb.ScaledObjectRef {
	return &pb.ScaledObjectRef{
		Name: t.Workload.Name, Namespace: t.Workload.Namespace,
		ScalerMetadata: map[string]string{"scalerAddress": "headstart.headstart.svc:9090", "policy": t.Policy},
	}
}

func metricsRequest(t workload.Trigger) *pb.GetMetricsRequest {
	return &pb.GetMetricsRequest{ScaledObjectRef: ref(t), MetricName: workload.MetricName(t.Policy)}
}

func at(now time.Time) func() time.Time { return func() time.Time { return now } }

func options() scaler.Options {
	o := scaler.Options{Log: slog.New(slog.DiscardHandler), Now: time.Now, Limits: scaler.DefaultLimits()}
	o.Limits.Notice = 0 // every test waits for its server
	return o
}

// running is a server on loopback.
type running struct {
	address string
	// stop begins the shutdown; ended has what Serve returned.
	stop  context.CancelFunc
	ended chan error
}

func start(t testing.TB, service pb.ExternalScalerServer, o scaler.Options) *running {
	t.Helper()
	server, err := scaler.NewServer(service, o)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{address: listener.Addr().String(), stop: cancel, ended: make(chan error, 1)}
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		r.ended <- server.Serve(ctx, listener)
	}()
	t.Cleanup(func() {
		cancel()
		<-finished
	})
	return r
}

// roundRobin is KEDA's own service configuration.
const roundRobin = `{"loadBalancingConfig": [{"round_robin":{}}]}`

// dial connects the way KEDA does: round_robin, nothing else.
func dial(t testing.TB, address string, more ...grpc.DialOption) *grpc.ClientConn {
	t.Helper()
	o := []grpc.DialOption{
		grpc.WithDefaultServiceConfig(roundRobin), grpc.WithTransportCredentials(insecure.NewCredentials()),
	}
	conn, err := grpc.NewClient(address, append(o, more...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// eventually polls until the condition holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for range 2000 {
		if holds() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("did not come about within 10 s: %s", what)
}
