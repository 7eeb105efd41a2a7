package harness

import (
	"context"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/kedacore/keda/v2/pkg/scalers"
	"github.com/kedacore/keda/v2/pkg/scalers/scalersconfig"
	autoscaling "k8s.io/api/autoscaling/v2"
)

// Trigger is the part of a ScaledObject that makes KEDA ask a Headstart.
type Trigger struct {
	Address         string // HOST:PORT of the scaler
	Namespace, Name string
	Policy          string
	Metadata        map[string]string // beside scalerAddress and policy
	Auth            map[string]string // as a TriggerAuthentication gives it
}

func (tr Trigger) config() *scalersconfig.ScalerConfig {
	metadata := map[string]string{"scalerAddress": tr.Address, "policy": tr.Policy}
	maps.Copy(metadata, tr.Metadata)
	return &scalersconfig.ScalerConfig{
		ScalableObjectName: tr.Name, ScalableObjectNamespace: tr.Namespace, ScalableObjectType: "ScaledObject",
		TriggerName: "headstart", TriggerType: "external", TriggerMetadata: metadata,
		ResolvedEnv: map[string]string{}, AuthParams: tr.Auth,
		MetricType: autoscaling.AverageValueMetricType, GlobalHTTPTimeout: 3 * time.Second,
	}
}

// Scaler is KEDA's own client of an external scaler.
type Scaler struct{ client scalers.Scaler }

// NewScaler makes what KEDA makes of a trigger of type external.
func NewScaler(t testing.TB, trigger Trigger) *Scaler {
	t.Helper()
	client, err := scalers.NewExternalScaler(trigger.config())
	if err != nil {
		t.Fatalf("make KEDA's external scaler: %v", err)
	}
	t.Cleanup(func() { _ = client.Close(context.WithoutCancel(t.Context())) }) // it drops a connection, no more
	return &Scaler{client}
}

// NewPushScaler makes what KEDA makes of a trigger of type external-push.
func NewPushScaler(t testing.TB, trigger Trigger) scalers.PushScaler {
	t.Helper()
	client, err := scalers.NewExternalPushScaler(trigger.config())
	if err != nil {
		t.Fatalf("make KEDA's external push scaler: %v", err)
	}
	t.Cleanup(func() { _ = client.Close(context.WithoutCancel(t.Context())) }) // it drops a connection, no more
	return client
}

// Answer is what KEDA learns in one poll.
type Answer struct {
	Metric        string
	Value, Target float64
	Active        bool
}

// Ask polls as KEDA does: the metric's specification, then its value, then
// whether the workload is active.
func (s *Scaler) Ask(ctx context.Context) (Answer, error) { return Ask(ctx, s.client) }

// Ask polls any of KEDA's scalers.
func Ask(ctx context.Context, client scalers.Scaler) (Answer, error) {
	specs := client.GetMetricSpecForScaling(ctx)
	if len(specs) != 1 || specs[0].External == nil || specs[0].External.Target.AverageValue == nil {
		return Answer{}, fmt.Errorf("want one external metric with an average value, got %+v", specs)
	}
	a := Answer{
		Metric: specs[0].External.Metric.Name,
		Target: specs[0].External.Target.AverageValue.AsApproximateFloat64(),
	}
	values, active, err := client.GetMetricsAndActivity(ctx, a.Metric)
	if err != nil {
		return a, err
	}
	if len(values) != 1 {
		return a, fmt.Errorf("want exactly one value, for the HPA adds them up; got %+v", values)
	}
	a.Value, a.Active = values[0].Value.AsApproximateFloat64(), active
	return a, nil
}
