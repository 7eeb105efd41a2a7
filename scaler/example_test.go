package scaler_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"time"

	pb "github.com/kedacore/keda/v2/pkg/scalers/externalscaler"
	"google.golang.org/grpc/status"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/scaler"
)

// KEDA asks what the metric is, then for its value. Sixty seconds later no
// tick has followed, and the same question is an error: the HPA then holds.
func ExampleService() {
	now := noon
	p := newPlan("deposits")
	p.decide(noon, entry(depositsTrigger(), decision.Outcome{Replicas: 42, Active: true}))
	service := scaler.NewService(p, nil, scaler.Terms{FirstDecision: 5 * time.Second, MaxAge: 30 * time.Second},
		func() time.Time { return now })

	object := &pb.ScaledObjectRef{
		Namespace: "demo", Name: "deposits", ScalerMetadata: map[string]string{"policy": "deposits"},
	}
	spec, _ := service.GetMetricSpec(context.Background(), object)
	metric := spec.GetMetricSpecs()[0]
	fmt.Println(metric.GetMetricName(), "has target", metric.GetTargetSizeFloat())

	request := &pb.GetMetricsRequest{ScaledObjectRef: object, MetricName: metric.GetMetricName()}
	metrics, _ := service.GetMetrics(context.Background(), request)
	fmt.Println("and value", metrics.GetMetricValues()[0].GetMetricValueFloat())

	now = noon.Add(time.Minute)
	_, err := service.GetMetrics(context.Background(), request)
	fmt.Println(status.Code(err))
	// Output:
	// headstart-deposits has target 1
	// and value 42
	// Unavailable
}

// A server lives as long as its context and then finishes what it accepted.
func ExampleServer_Serve() {
	service := scaler.NewService(newPlan("deposits"), nil, terms, time.Now)
	server, err := scaler.NewServer(service, scaler.Options{
		Log: slog.New(slog.DiscardHandler), Now: time.Now, Limits: scaler.DefaultLimits(),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	fmt.Println(server.Serve(ctx, listener))
	// Output: <nil>
}
