package keda

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	pb "github.com/kedacore/keda/v2/pkg/scalers/externalscaler"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/headstart-scaler/headstart/test/keda/harness"
	"github.com/headstart-scaler/headstart/test/rig"
)

// load is calls at a steady pace and what became of them.
type load struct {
	answered, turnedAway atomic.Int64

	mu     sync.Mutex
	failed []error
}

// count sorts a call's end. A call that found nobody listening was never
// accepted: KEDA's connection is refused, and its next poll finds another
// replica or the restarted one. Every other failure is one of ours.
func (l *load) count(err error) {
	switch {
	case err == nil:
		l.answered.Add(1)
	case status.Code(err) == codes.Unavailable && strings.Contains(err.Error(), "connect: connection refused"):
		l.turnedAway.Add(1)
	default:
		l.mu.Lock()
		defer l.mu.Unlock()
		l.failed = append(l.failed, err)
	}
}

// run makes calls at the pace until ctx ends, and returns when all have come
// back.
func (l *load) run(ctx context.Context, perSecond int, call func(context.Context) error) {
	var calls sync.WaitGroup
	defer calls.Wait()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			for range perSecond / 100 {
				calls.Go(func() {
					ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
					defer cancel()
					l.count(call(ctx))
				})
			}
		}
	}
}

func TestSIGTERMUnderAThousandCallsASecondLosesNoAcceptedCall(t *testing.T) {
	gauges := harness.StartGauges(t)
	gauges.Set("requests", 55)
	prometheus := harness.StartPrometheus(t, gauges)
	hs := rig.StartHeadstart(t, server("", prometheus.URL, "")+rate("api", "requests", 1, 20, 10))
	trigger := harness.Trigger{Address: hs.GRPC, Namespace: "shop", Name: "api", Policy: "api"}
	scaler := harness.NewScaler(t, trigger)
	scaled{t, scaler, harness.HPA{Min: 1, Max: 20}}.becomes(6)

	connection, err := grpc.NewClient(hs.GRPC, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close() }()
	client := pb.NewExternalScalerClient(connection)
	ref := &pb.ScaledObjectRef{Namespace: "shop", Name: "api", ScalerMetadata: map[string]string{"scalerAddress": hs.GRPC, "policy": "api"}}
	spec, err := client.GetMetricSpec(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	request := &pb.GetMetricsRequest{ScaledObjectRef: ref, MetricName: spec.GetMetricSpecs()[0].GetMetricName()}
	ends := openStreams(t, client, ref, 50)

	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var l load
	done := make(chan struct{})
	go func() {
		defer close(done)
		l.run(ctx, 1000, func(ctx context.Context) error {
			_, err := client.GetMetrics(ctx, request)
			return err
		})
	}()
	rig.Eventually(t, 30*time.Second, func() error {
		if l.answered.Load() < 2000 {
			return errors.New("the load has not come up")
		}
		return nil
	})
	before := l.answered.Load()
	took, err := hs.Terminate(5 * time.Second)
	stop()
	<-done
	if err != nil {
		t.Fatal(err)
	}
	if code := hs.ExitCode(); code != 0 {
		t.Errorf("headstart ended with code %d after SIGTERM, want 0", code)
	}

	t.Logf("ended %s after SIGTERM; %d calls answered, of them %d after it; %d found nobody listening", took.Round(time.Millisecond), l.answered.Load(), l.answered.Load()-before, l.turnedAway.Load())
	if len(l.failed) > 0 {
		t.Errorf("%d accepted calls failed, the first: %v", len(l.failed), l.failed[0])
	}
	for range cap(ends) {
		select {
		case err := <-ends:
			if !errors.Is(err, io.EOF) {
				t.Errorf("a stream ended with %v, want a clean end, which resets KEDA's backoff", err)
			}
		case <-time.After(5 * time.Second):
			t.Fatal("a stream is open still")
		}
	}
}

// openStreams opens push streams, each past its first message, and returns
// where their ends will be told.
func openStreams(t *testing.T, client pb.ExternalScalerClient, ref *pb.ScaledObjectRef, n int) chan error {
	t.Helper()
	ends := make(chan error, n)
	for range n {
		stream, err := client.StreamIsActive(t.Context(), ref)
		if err != nil {
			t.Fatalf("open a stream: %v", err)
		}
		if _, err := stream.Recv(); err != nil {
			t.Fatalf("receive a stream's first message: %v", err)
		}
		go func() {
			for {
				if _, err := stream.Recv(); err != nil {
					ends <- err
					return
				}
			}
		}()
	}
	return ends
}
