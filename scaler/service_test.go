package scaler_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	pb "github.com/kedacore/keda/v2/pkg/scalers/externalscaler"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/scaler"
	"github.com/headstart-scaler/headstart/workload"
)

// A case of what stands in the way of an answer.
type obstacle struct {
	name      string
	published bool
	outcome   decision.Outcome
	age       time.Duration
	objection object
	code      codes.Code
	text      string // part of the error
}

func obstacles() []obstacle {
	return []obstacle{
		{name: "decided", published: true, outcome: decision.Outcome{Replicas: 42, Active: true}, code: codes.OK},
		{name: "zero is an answer", published: true, outcome: decision.Outcome{}, code: codes.OK},
		{
			name: "stale input is decided upon", published: true,
			outcome: decision.Outcome{Replicas: 42, Active: true, Stale: true}, code: codes.OK,
		},
		{
			name: "snapshot as old as allowed", published: true, age: 30 * time.Second,
			outcome: decision.Outcome{Replicas: 42, Active: true}, code: codes.OK,
		},
		{
			name: "snapshot from a clock that runs ahead", published: true, age: -time.Second,
			outcome: decision.Outcome{Replicas: 42, Active: true}, code: codes.OK,
		},
		{
			name: "snapshot older than allowed", published: true, age: 30*time.Second + time.Nanosecond,
			outcome: decision.Outcome{Replicas: 42, Active: true},
			code:    codes.Unavailable, text: "demo/deposits: the last decision is 30s old and none older than 30s is answered",
		},
		{
			name: "no snapshot", code: codes.Unavailable,
			text: "demo/deposits (policy deposits): no decision yet: the first decision is due within 5s",
		},
		{
			name: "refused", published: true, outcome: decision.Outcome{Refusal: "orders was never measured"},
			code: codes.Unavailable, text: "demo/deposits (policy deposits): orders was never measured",
		},
		{
			name: "objection", published: true, outcome: decision.Outcome{Replicas: 42}, objection: "metricType is Value: write AverageValue",
			code: codes.FailedPrecondition, text: "demo/deposits: metricType is Value: write AverageValue",
		},
		{
			name: "objection before the first decision", objection: "metricType is Value: write AverageValue",
			code: codes.FailedPrecondition, text: "metricType is Value",
		},
		{
			name: "negative replicas", published: true, outcome: decision.Outcome{Replicas: -1},
			code: codes.Internal, text: "d-1 asks for -1 replicas",
		},
	}
}

func (o obstacle) service() *scaler.Service {
	p := newPlan("deposits")
	if o.published {
		p.decide(noon, entry(depositsTrigger(), o.outcome))
	}
	return scaler.NewService(p, o.objection, terms, at(noon.Add(o.age)))
}

func (o obstacle) judge(t *testing.T, err error) {
	t.Helper()
	if got := status.Code(err); got != o.code {
		t.Fatalf("got %v, want %s", err, o.code)
	}
	if o.code != codes.OK && !strings.Contains(err.Error(), o.text) {
		t.Fatalf("got error %q, want one with %q", err, o.text)
	}
}

func TestGetMetrics(t *testing.T) {
	for _, o := range obstacles() {
		t.Run(o.name, func(t *testing.T) {
			got, err := o.service().GetMetrics(t.Context(), metricsRequest(depositsTrigger()))
			o.judge(t, err)
			if err != nil {
				return
			}
			want := &pb.GetMetricsResponse{MetricValues: []*pb.MetricValue{{
				MetricName: "headstart-deposits", MetricValue: int64(o.outcome.Replicas), MetricValueFloat: float64(o.outcome.Replicas),
			}}}
			if !proto.Equal(got, want) {
				t.Fatalf("got %v, want %v", got, want)
			}
		})
	}
}

func TestIsActive(t *testing.T) {
	for _, o := range obstacles() {
		t.Run(o.name, func(t *testing.T) {
			got, err := o.service().IsActive(t.Context(), ref(depositsTrigger()))
			o.judge(t, err)
			if err == nil && got.GetResult() != o.outcome.Active {
				t.Fatalf("got %v, want %v", got.GetResult(), o.outcome.Active)
			}
		})
	}
}

// GetMetricSpec comes from the configuration alone: none of what makes the
// others fail may make it fail.
func TestGetMetricSpec(t *testing.T) {
	want := &pb.GetMetricSpecResponse{MetricSpecs: []*pb.MetricSpec{{
		MetricName: "headstart-deposits", TargetSize: 1, TargetSizeFloat: 1,
	}}}
	for _, o := range obstacles() {
		t.Run(o.name, func(t *testing.T) {
			got, err := o.service().GetMetricSpec(t.Context(), ref(depositsTrigger()))
			if err != nil {
				t.Fatal(err)
			}
			if !proto.Equal(got, want) {
				t.Fatalf("got %v, want %v", got, want)
			}
		})
	}
}

// What is wrong with a request, for all three calls.
func TestRequests(t *testing.T) {
	good := ref(depositsTrigger())
	with := func(change func(*pb.ScaledObjectRef)) *pb.ScaledObjectRef {
		changed := proto.CloneOf(good)
		change(changed)
		return changed
	}
	for _, c := range []struct {
		name string
		ref  *pb.ScaledObjectRef
		code codes.Code
		text string
	}{
		{"fine", good, codes.OK, ""},
		{"no reference", nil, codes.InvalidArgument, "scaledObjectRef"},
		{"no name", with(func(r *pb.ScaledObjectRef) { r.Name = "" }), codes.InvalidArgument, `name ""`},
		{"no namespace", with(func(r *pb.ScaledObjectRef) { r.Namespace = "" }), codes.InvalidArgument, `namespace ""`},
		{"dotted namespace", with(func(r *pb.ScaledObjectRef) { r.Namespace = "a.b" }), codes.InvalidArgument, `namespace "a.b"`},
		{"endless name", with(func(r *pb.ScaledObjectRef) { r.Name = strings.Repeat("x", 200_000) }), codes.InvalidArgument, "xxx"},
		{"no metadata", with(func(r *pb.ScaledObjectRef) { r.ScalerMetadata = nil }), codes.InvalidArgument, "demo/deposits: trigger metadata policy: is missing"},
		{"unknown key", with(func(r *pb.ScaledObjectRef) { r.ScalerMetadata["polcy"] = "x" }), codes.InvalidArgument, "did you mean policy?"},
		{"unknown policy", with(func(r *pb.ScaledObjectRef) { r.ScalerMetadata["policy"] = "deposit" }), codes.NotFound, "did you mean deposits?"},
		{"unknown policy with overrides", with(func(r *pb.ScaledObjectRef) {
			r.ScalerMetadata["policy"], r.ScalerMetadata["maxReplicas"] = "deposit", "101"
		}), codes.NotFound, "did you mean deposits?"},
		{"overrides beyond the policy", with(func(r *pb.ScaledObjectRef) { r.ScalerMetadata["maxReplicas"] = "101" }), codes.InvalidArgument, "above the policy's"},
		{"overrides inside the policy", with(func(r *pb.ScaledObjectRef) { r.ScalerMetadata["maxReplicas"] = "100" }), codes.Unavailable, "no decision yet"},
		{"other overrides are another trigger", with(func(r *pb.ScaledObjectRef) { r.ScalerMetadata["minReplicas"] = "3" }), codes.Unavailable, "no decision yet"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPlan("deposits")
			p.decide(noon, entry(depositsTrigger(), decision.Outcome{Replicas: 42}))
			service := scaler.NewService(p, nil, terms, at(noon))

			_, active := service.IsActive(t.Context(), c.ref)
			_, metrics := service.GetMetrics(t.Context(), &pb.GetMetricsRequest{ScaledObjectRef: c.ref, MetricName: "headstart-deposits"})
			for _, err := range []error{active, metrics} {
				obstacle{code: c.code, text: c.text}.judge(t, err)
			}
			if seen := p.sawAny(); seen != (c.code == codes.OK || c.code == codes.Unavailable) {
				t.Errorf("trigger seen: %v, after %v", seen, active)
			}
			_, spec := service.GetMetricSpec(t.Context(), c.ref)
			if c.code == codes.Unavailable {
				c.code = codes.OK // no decision is needed
			}
			obstacle{code: c.code, text: c.text}.judge(t, spec)
		})
	}
}

func TestMetricName(t *testing.T) {
	p := newPlan("deposits")
	p.decide(noon, entry(depositsTrigger(), decision.Outcome{Replicas: 42}))
	service := scaler.NewService(p, nil, terms, at(noon))
	for _, name := range []string{"", "deposits", "s0-headstart-deposits", "headstart-deposits-1", "HEADSTART-DEPOSITS"} {
		_, err := service.GetMetrics(t.Context(), &pb.GetMetricsRequest{ScaledObjectRef: ref(depositsTrigger()), MetricName: name})
		obstacle{
			code: codes.InvalidArgument,
			text: fmt.Sprintf("metric %q does not exist: the metric of policy deposits is headstart-deposits", name),
		}.judge(t, err)
	}
}

// Whatever is decided, KEDA reads exactly that: one value, both fields alike.
func TestValueIsTheDecision(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		replicas := decision.Replicas(rapid.Int32Min(0).Draw(t, "replicas"))
		p := newPlan("deposits")
		p.decide(noon, entry(depositsTrigger(), decision.Outcome{Replicas: replicas}))
		got, err := scaler.NewService(p, nil, terms, at(noon)).GetMetrics(t.Context(), metricsRequest(depositsTrigger()))
		if err != nil {
			t.Fatal(err)
		}
		values := got.GetMetricValues()
		if len(values) != 1 {
			t.Fatalf("got %d values", len(values))
		}
		if value := kedaReads(values[0]); value != float64(replicas) || values[0].GetMetricValue() != int64(replicas) {
			t.Fatalf("got %v, want %d", values[0], replicas)
		}
	})
}

// kedaReads is how KEDA 2.21 takes a value: the float if above zero.
func kedaReads(v *pb.MetricValue) float64 {
	if v.GetMetricValueFloat() > 0 {
		return v.GetMetricValueFloat()
	}
	return float64(v.GetMetricValue())
}

// An error's text is cut at a whole rune, and short ones are not cut.
func TestFaultLength(t *testing.T) {
	for _, c := range []struct {
		refusal string
		cut     bool
	}{
		{strings.Repeat("x", 900), false},
		{strings.Repeat("x", 2000), true},
		{strings.Repeat("é", 1000), true},
		{"x" + strings.Repeat("é", 1000), true},
	} {
		p := newPlan("deposits")
		p.decide(noon, entry(depositsTrigger(), decision.Outcome{Refusal: c.refusal}))
		_, err := scaler.NewService(p, nil, terms, at(noon)).IsActive(t.Context(), ref(depositsTrigger()))
		text := status.Convert(err).Message()
		if len(text) > 1024 || !utf8.ValidString(text) || strings.HasSuffix(text, "…") != c.cut {
			t.Errorf("%d bytes of refusal became %d: …%q", len(c.refusal), len(text), text[len(text)-10:])
		}
	}
}

// A call allocates its reply and the metric's name in it, and nothing else.
func TestAllocations(t *testing.T) {
	p := newPlan("deposits")
	p.decide(noon, entry(depositsTrigger(), decision.Outcome{Replicas: 42, Active: true}))
	service := scaler.NewService(p, object(""), terms, at(noon))
	object, metrics := ref(depositsTrigger()), metricsRequest(depositsTrigger())
	ctx := t.Context()
	for _, c := range []struct {
		name string
		most float64
		call func() error
	}{
		{"GetMetrics", 2, func() error { _, err := service.GetMetrics(ctx, metrics); return err }},
		{"GetMetricSpec", 2, func() error { _, err := service.GetMetricSpec(ctx, object); return err }},
		{"IsActive", 1, func() error { _, err := service.IsActive(ctx, object); return err }},
	} {
		if got := testing.AllocsPerRun(1000, func() {
			if err := c.call(); err != nil {
				t.Fatal(err)
			}
		}); got > c.most {
			t.Errorf("%s: %v allocations, want at most %v", c.name, got, c.most)
		}
	}
}

func FuzzMetadata(f *testing.F) {
	f.Add("policy", "deposits", "minReplicas", "3")
	f.Add("policy", "deposits", "scalerAddress", "localhost:9090")
	f.Add("polcy", "deposits", "", "\x00")
	f.Add("policy", strings.Repeat("a", 70_000), "maxReplicas", "-1")
	p := newPlan("deposits")
	p.decide(noon, entry(depositsTrigger(), decision.Outcome{Replicas: 42}))
	server := start(f, scaler.NewService(p, nil, terms, at(noon)), options())
	client := pb.NewExternalScalerClient(dial(f, server.address))
	f.Fuzz(func(t *testing.T, key1, value1, key2, value2 string) {
		if !utf8.ValidString(key1 + value1 + key2 + value2) {
			t.Skip("NOT A PROTO STRING: THE CLIENT REFUSES TO SEND IT")
		}
		metadata := map[string]string{key1: value1, key2: value2}
		object := &pb.ScaledObjectRef{Name: "deposits", Namespace: "demo", ScalerMetadata: metadata}
		got, err := client.GetMetrics(t.Context(), &pb.GetMetricsRequest{ScaledObjectRef: object, MetricName: "headstart-deposits"})
		_, specErr := client.GetMetricSpec(t.Context(), object)
		trigger, invalid := workload.ParseTrigger(deposits, metadata)
		var want, wantSpec codes.Code
		switch {
		case len(key1)+len(value1)+len(key2)+len(value2) > 200<<10:
			t.Skip("TOO LONG A MESSAGE: THE TRANSPORT REFUSES IT")
		case invalid != nil:
			want, wantSpec = codes.InvalidArgument, codes.InvalidArgument
		case trigger.Policy == "deposits" && trigger.Max.Value > 100:
			want, wantSpec = codes.InvalidArgument, codes.InvalidArgument
		case trigger.Policy != "deposits":
			want, wantSpec = codes.NotFound, codes.NotFound
		case trigger != depositsTrigger():
			want, wantSpec = codes.Unavailable, codes.OK
		}
		if status.Code(err) != want || status.Code(specErr) != wantSpec {
			t.Fatalf("%q: got %v and %v, want %s and %s", metadata, err, specErr, want, wantSpec)
		}
		if err == nil && got.GetMetricValues()[0].GetMetricValue() != 42 {
			t.Fatalf("%q: got %v", metadata, got)
		}
	})
}
