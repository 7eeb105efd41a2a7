package keda

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/test/keda/harness"
	"github.com/headstart-scaler/headstart/test/rig"
)

// Mutual TLS as KEDA does it: the three texts of a TriggerAuthentication.
func TestMutualTLSThroughKEDAsOwnClient(t *testing.T) {
	ours, others := rig.NewAuthority(t, "ours"), rig.NewAuthority(t, "others")
	certificate, keda, stranger := ours.Issue(t, "headstart"), ours.Issue(t, "keda"), others.Issue(t, "keda")
	dir := t.TempDir()
	rig.WriteFiles(t, dir, map[string]string{"tls.crt": certificate.Cert, "tls.key": certificate.Key, "ca.crt": ours.PEM})

	gauges := harness.StartGauges(t)
	gauges.Set("requests", 55)
	prometheus := harness.StartPrometheus(t, gauges)
	grpc := fmt.Sprintf("  grpc: {tls: {certFile: %[1]s/tls.crt, keyFile: %[1]s/tls.key, clientCAFile: %[1]s/ca.crt}}\n", dir)
	hs := rig.StartHeadstart(t, server("", prometheus.URL, grpc)+rate("api", "requests", 1, 20, 10))

	ask := func(metadata map[string]string, ca string, client rig.Pair) (harness.Answer, error) {
		trigger := harness.Trigger{
			Address: hs.GRPC, Namespace: "shop", Name: "api", Policy: "api", Metadata: metadata,
			Auth: map[string]string{"caCert": ca, "tlsClientCert": client.Cert, "tlsClientKey": client.Key},
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		return harness.NewScaler(t, trigger).Ask(ctx)
	}
	withTLS := map[string]string{"enableTLS": "true"}
	answered := func(ca string) error {
		answer, err := ask(withTLS, ca, keda)
		if err == nil && answer.Value != 6 {
			err = fmt.Errorf("answer is %+v, want 6", answer)
		}
		return err
	}
	rig.Eventually(t, 30*time.Second, func() error { return answered(ours.PEM) })

	for name, refused := range map[string]func() (harness.Answer, error){
		"no client certificate":          func() (harness.Answer, error) { return ask(withTLS, ours.PEM, rig.Pair{}) },
		"another authority's client":     func() (harness.Answer, error) { return ask(withTLS, ours.PEM, stranger) },
		"a server the client mistrusts":  func() (harness.Answer, error) { return ask(withTLS, others.PEM, keda) },
		"plain text":                     func() (harness.Answer, error) { return ask(nil, "", rig.Pair{}) },
		"unsafeSsl, which is plain text": func() (harness.Answer, error) { return ask(map[string]string{"unsafeSsl": "true"}, "", rig.Pair{}) },
	} {
		if answer, err := refused(); err == nil {
			t.Errorf("%s: answered %+v, want a refusal", name, answer)
		}
	}

	// Rotation: from now on an authority that only a new certificate is
	// trusted by, while the process runs on.
	successor := rig.NewAuthority(t, "successor")
	if err := answered(successor.PEM); err == nil {
		t.Fatal(errors.New("the old certificate is trusted by an authority that did not sign it"))
	}
	renewed := successor.Issue(t, "headstart")
	rig.WriteFiles(t, dir, map[string]string{"tls.crt": renewed.Cert, "tls.key": renewed.Key})
	rig.Eventually(t, 90*time.Second, func() error { return answered(successor.PEM) })
}
