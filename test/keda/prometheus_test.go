package keda

import (
	"math"
	"syscall"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/test/keda/harness"
	"github.com/headstart-scaler/headstart/test/rig"
)

// The values and bounds of KEDA's own end-to-end test of an external scaler:
// idle 0, min 1, max 2, one replica carrying 10.
func TestKEDAsEndToEndCasesOfAnExternalScaler(t *testing.T) {
	gauges := harness.StartGauges(t)
	gauges.Set("value", 0)
	prometheus := harness.StartPrometheus(t, gauges)
	hs := rig.StartHeadstart(t, server("", prometheus.URL, "")+rate("external", "value", 0, 2, 10))
	trigger := harness.Trigger{Address: hs.GRPC, Namespace: "e2e", Name: "external", Policy: "external"}
	object := scaled{t, harness.NewScaler(t, trigger), harness.HPA{Min: 1, Max: 2, Idle: 0, Tolerance: 0.1}}
	for _, step := range []struct {
		value float64
		want  int
	}{{0, 0}, {10, 1}, {20, 2}, {0, 0}} {
		gauges.Set("value", step.value)
		object.becomes(step.want)
	}
}

// The push scaler's: max 3, and a value and a capacity with a fraction.
func TestKEDAsEndToEndCasesOfAPushScaler(t *testing.T) {
	gauges := harness.StartGauges(t)
	gauges.Set("value", 0)
	prometheus := harness.StartPrometheus(t, gauges)
	hs := rig.StartHeadstart(t, server("", prometheus.URL, "")+
		rate("push", "value", 0, 3, 10)+rate("fraction", "value", 0, 9, 6.111))
	trigger := func(policy string) harness.Trigger {
		return harness.Trigger{Address: hs.GRPC, Namespace: "e2e", Name: policy, Policy: policy}
	}
	push := harness.NewPushScaler(t, trigger("push"))
	activations := make(chan bool, 16)
	go push.Run(t.Context(), activations)
	if first := receive(t, activations); first {
		t.Error("the push scaler's stream began with active, want inactive at value 0")
	}

	object := scaled{t, harness.NewScaler(t, trigger("push")), harness.HPA{Min: 1, Max: 3, Tolerance: 0.1}}
	object.becomes(0)
	gauges.Set("value", 22.222)
	if !receive(t, activations) {
		t.Error("the push scaler was told inactive, want active at value 22.222")
	}
	object.becomes(3) // 22.222 / 10 = 2.2
	answer, err := harness.Ask(t.Context(), push)
	if err != nil || answer.Value != 3 || answer.Target != 1 || !answer.Active {
		t.Errorf("the push scaler's poll gave %+v, %v, want 3 of target 1, active", answer, err)
	}

	// 22.222 / 6.111 = 3.64: four replicas, of which KEDA's case allows three.
	four := scaled{t, harness.NewScaler(t, trigger("fraction")), harness.HPA{Min: 1, Max: 9, Tolerance: 0.1}}
	four.becomes(4)
	four.hpa.Max = 3
	four.becomes(3)
}

func receive(t *testing.T, from <-chan bool) bool {
	t.Helper()
	select {
	case value, open := <-from:
		if !open {
			t.Fatal("the stream of activations has ended")
		}
		return value
	case <-time.After(30 * time.Second):
		t.Fatal("no activation within 30 s")
		return false
	}
}

// Each way a Prometheus can fail: the value is held, explain says stale and
// why, nothing is taken away, and the next good answer counts.
func TestAFailingPrometheusTakesNoReplica(t *testing.T) {
	for _, c := range []struct {
		name      string
		condition string
		fail      func(*harness.Gauges, *harness.Prometheus, *harness.Proxy)
		mend      func(*harness.Prometheus, *harness.Proxy)
	}{
		{
			name: "empty result", condition: "empty",
			fail: func(g *harness.Gauges, _ *harness.Prometheus, _ *harness.Proxy) { g.Drop("requests") },
		},
		{
			name: "NaN", condition: "nan",
			fail: func(g *harness.Gauges, _ *harness.Prometheus, _ *harness.Proxy) { g.Set("requests", math.NaN()) },
		},
		{
			name: "infinite", condition: "inf",
			fail: func(g *harness.Gauges, _ *harness.Prometheus, _ *harness.Proxy) { g.Set("requests", math.Inf(1)) },
		},
		{
			name: "500", condition: "refused",
			fail: func(_ *harness.Gauges, _ *harness.Prometheus, p *harness.Proxy) { p.Break(harness.ServerError) },
			mend: func(_ *harness.Prometheus, p *harness.Proxy) { p.Mend() },
		},
		{
			name: "a page instead of an answer", condition: "refused",
			fail: func(_ *harness.Gauges, _ *harness.Prometheus, p *harness.Proxy) { p.Break(harness.Garbage) },
			mend: func(_ *harness.Prometheus, p *harness.Proxy) { p.Mend() },
		},
		{
			name: "hangs", condition: "unreachable",
			fail: func(_ *harness.Gauges, s *harness.Prometheus, _ *harness.Proxy) { s.Signal(syscall.SIGSTOP) },
			mend: func(s *harness.Prometheus, _ *harness.Proxy) { s.Signal(syscall.SIGCONT) },
		},
		{
			name: "killed", condition: "unreachable", // the proxy before it answers 502, as an ingress does
			fail: func(_ *harness.Gauges, s *harness.Prometheus, _ *harness.Proxy) { s.Kill() },
			mend: func(s *harness.Prometheus, _ *harness.Proxy) { s.Start() },
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			gauges := harness.StartGauges(t)
			gauges.Set("requests", 55)
			prometheus := harness.StartPrometheus(t, gauges)
			proxy := harness.StartProxy(t, prometheus.URL)
			hs := rig.StartHeadstart(t, server("", proxy.URL, "")+rate("api", "requests", 0, 20, 10))
			trigger := harness.Trigger{Address: hs.GRPC, Namespace: "shop", Name: "api", Policy: "api"}
			api := scaled{t, harness.NewScaler(t, trigger), harness.HPA{Min: 0, Max: 20}}
			api.becomes(6)

			c.fail(gauges, prometheus, proxy)
			rig.Eventually(t, 30*time.Second, func() error {
				if err := api.is(6); err != nil { // held from the first moment on
					t.Fatal(err)
				}
				return stale(hs, "shop/api", "requests", c.condition)
			})
			api.stays(6, 5*time.Second)

			gauges.Set("requests", 25)
			if c.mend != nil {
				c.mend(prometheus, proxy)
			}
			api.becomes(3)
			// A query after it may be late again on a busy machine.
			rig.Eventually(t, 30*time.Second, func() error { return fine(hs, "shop/api", "requests") })
		})
	}
}
