package main

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/config"
	"github.com/headstart-scaler/headstart/signal/kafka"
	"github.com/headstart-scaler/headstart/signal/prometheus"
)

func TestKafkaConfig(t *testing.T) {
	bare := config.Kafka{Name: "main", BootstrapServers: []string{"a:9092", "b:9092"}, Timeout: 4 * time.Second}
	secure := bare
	secure.TLS = config.TLS{Enabled: true, CAFile: "ca", CertFile: "cert", KeyFile: "key", ServerName: "kafka"}
	careless := bare
	careless.TLS = config.TLS{Enabled: true, InsecureSkipVerify: true}
	off := bare
	off.TLS = config.TLS{CAFile: "ca"}
	want := kafka.Config{Brokers: bare.BootstrapServers, Timeout: bare.Timeout}
	for name, c := range map[string]struct {
		in  config.Kafka
		tls *kafka.TLS
	}{
		"plaintext": {bare, nil},
		"not on":    {off, nil},
		"TLS":       {secure, &kafka.TLS{CAFile: "ca", CertFile: "cert", KeyFile: "key", ServerName: "kafka"}},
		"careless":  {careless, &kafka.TLS{InsecureSkipVerify: true}},
	} {
		got, err := kafkaConfig(c.in)
		want.TLS = c.tls
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v; want %+v", name, got, err, want)
		}
	}
}

// KEDA's names of mechanisms are others than Kafka's.
func TestKafkaLogin(t *testing.T) {
	password := filepath.Join(t.TempDir(), "password")
	t.Setenv("TEST_KAFKA_USER", "headstart")
	for name, want := range map[string]kafka.Mechanism{
		"plaintext": kafka.Plain, "scram_sha256": kafka.ScramSHA256, "scram_sha512": kafka.ScramSHA512,
	} {
		got, err := kafkaConfig(config.Kafka{SASL: config.SASL{
			Mechanism: name,
			Login:     config.Login{Username: config.Credential{Env: "TEST_KAFKA_USER"}, Password: config.Credential{File: password}},
		}})
		if err != nil || got.SASL == nil || got.SASL.Mechanism != want {
			t.Fatalf("%s: %+v, %v; want mechanism %s", name, got.SASL, err, want)
		}
		for _, secret := range []string{"one", "two"} { // a file is read each time anew
			if err := os.WriteFile(password, []byte(secret+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			if u, p, err := got.SASL.Credentials(); u != "headstart" || p != secret || err != nil {
				t.Errorf("%s: credentials %q %q %v", name, u, p, err)
			}
		}
	}
	_, err := kafkaConfig(config.Kafka{SASL: config.SASL{Mechanism: "plaintext", Login: config.Login{Username: config.Credential{Env: "TEST_NOT_SET"}}}})
	if err == nil {
		t.Error("a variable that is not set is taken for an empty name")
	}
}

func TestPrometheusConfig(t *testing.T) {
	t.Setenv("TEST_TOKEN", "secret")
	in := config.Prometheus{
		Name: "metrics", ServerAddress: "https://p:9090", Timeout: 10 * time.Second, Concurrency: 3, StaleAfter: 7 * time.Minute,
		BearerToken: config.Credential{Env: "TEST_TOKEN"},
		BasicAuth:   config.Login{Username: config.Credential{File: "user"}, Password: config.Credential{File: "password"}},
		Headers:     map[string]string{"X-Scope-OrgID": "aurora"},
		TLS:         config.TLS{Enabled: true, CAFile: "ca", CertFile: "cert", KeyFile: "key", ServerName: "p"},
	}
	want := prometheus.Config{
		Address: "https://p:9090", Timeout: 10 * time.Second, Concurrency: 3, StaleAfter: 7 * time.Minute,
		Auth: prometheus.Auth{
			Bearer:   prometheus.Secret{Value: "secret"},
			Username: prometheus.Secret{File: "user"}, Password: prometheus.Secret{File: "password"},
		},
		Headers: in.Headers,
		TLS:     prometheus.TLS{CAFile: "ca", CertFile: "cert", KeyFile: "key", ServerName: "p"},
	}
	if got, err := prometheusConfig(in); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	in.TLS.InsecureSkipVerify, want.TLS.InsecureSkipVerify = true, true
	if got, err := prometheusConfig(in); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("careless: %+v, %v; want %+v", got.TLS, err, want.TLS)
	}
	in.BearerToken.Env = "TEST_NOT_SET"
	if _, err := prometheusConfig(in); err == nil {
		t.Error("a variable that is not set is taken for an empty token")
	}
}
