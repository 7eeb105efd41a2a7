package main

import (
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/headstart-scaler/headstart/config"
	"github.com/headstart-scaler/headstart/pipeline"
	"github.com/headstart-scaler/headstart/signal/kafka"
	"github.com/headstart-scaler/headstart/signal/prometheus"
)

// sources are the backends a configuration names, by name, and how to leave
// them.
type sources struct {
	byName map[string]pipeline.Source
	close  []func()
}

// openSources makes a source of each backend. Nothing is connected to yet: a
// backend that is down shows in its readings, not here.
func openSources(server config.Server, log *slog.Logger) (*sources, error) {
	s := &sources{byName: map[string]pipeline.Source{}}
	for _, k := range server.Kafka {
		source, err := openKafka(k, log.With("source", k.Name))
		if err != nil {
			s.Close()
			return nil, fmt.Errorf("source %s: %w", k.Name, err)
		}
		s.byName[k.Name] = source
		s.close = append(s.close, func() {
			if err := source.Close(); err != nil {
				log.Debug("close a source", "source", k.Name, "error", err)
			}
		})
	}
	for _, p := range server.Prometheus {
		source, err := openPrometheus(p, log.With("source", p.Name))
		if err != nil {
			s.Close()
			return nil, fmt.Errorf("source %s: %w", p.Name, err)
		}
		s.byName[p.Name] = source
		s.close = append(s.close, source.Close)
	}
	return s, nil
}

// Close leaves all sources.
func (s *sources) Close() {
	for _, leave := range s.close {
		leave()
	}
}

func openKafka(k config.Kafka, log *slog.Logger) (*kafka.Source, error) {
	c, err := kafkaConfig(k)
	if err != nil {
		return nil, err
	}
	c.Now, c.Logger = time.Now, log
	return kafka.New(c)
}

// kafkaConfig translates the configuration. Variables of the environment have
// to be set.
func kafkaConfig(k config.Kafka) (kafka.Config, error) {
	c := kafka.Config{Brokers: k.BootstrapServers, Timeout: k.Timeout}
	if k.SASL.Mechanism != "" {
		credentials, err := kafkaCredentials(k.SASL)
		if err != nil {
			return kafka.Config{}, err
		}
		c.SASL = &kafka.SASL{Mechanism: mechanism(k.SASL.Mechanism), Credentials: credentials}
	}
	if k.TLS.Enabled {
		c.TLS = &kafka.TLS{
			CAFile: k.TLS.CAFile, CertFile: k.TLS.CertFile, KeyFile: k.TLS.KeyFile,
			ServerName: k.TLS.ServerName, InsecureSkipVerify: k.TLS.InsecureSkipVerify,
		}
	}
	return c, nil
}

// mechanism translates KEDA's names of SASL mechanisms; kafka.New refuses others.
func mechanism(name string) kafka.Mechanism {
	switch name {
	case "plaintext":
		return kafka.Plain
	case "scram_sha256":
		return kafka.ScramSHA256
	case "scram_sha512":
		return kafka.ScramSHA512
	default:
		return kafka.Mechanism(name)
	}
}

func kafkaCredentials(sasl config.SASL) (kafka.Credentials, error) {
	user, err := opened(sasl.Username)
	if err != nil {
		return nil, err
	}
	password, err := opened(sasl.Password)
	if err != nil {
		return nil, err
	}
	return func() (string, string, error) {
		u, err := user()
		if err != nil {
			return "", "", err
		}
		p, err := password()
		return u, p, err
	}, nil
}

// opened returns how to read a credential, each time anew where it is a file.
func opened(c config.Credential) (func() (string, error), error) {
	if c.File != "" {
		return func() (string, error) {
			text, err := os.ReadFile(c.File)
			return strings.TrimRight(string(text), "\r\n"), err
		}, nil
	}
	value, err := fromEnv(c)
	return func() (string, error) { return value, nil }, err
}

func fromEnv(c config.Credential) (string, error) {
	if c.Env == "" {
		return "", nil
	}
	value, ok := os.LookupEnv(c.Env)
	if !ok || value == "" {
		return "", fmt.Errorf("environment variable %s is not set: set it, or name a file instead", c.Env)
	}
	return value, nil
}

func openPrometheus(p config.Prometheus, log *slog.Logger) (*prometheus.Source, error) {
	c, err := prometheusConfig(p)
	if err != nil {
		return nil, err
	}
	c.Now, c.Logger = time.Now, log
	return prometheus.New(c)
}

// prometheusConfig translates the configuration. Variables of the environment
// have to be set.
func prometheusConfig(p config.Prometheus) (prometheus.Config, error) {
	c := prometheus.Config{
		Address: p.ServerAddress, Headers: p.Headers, Timeout: p.Timeout,
		Concurrency: p.Concurrency, StaleAfter: p.StaleAfter,
	}
	if p.TLS.Enabled {
		c.TLS = prometheus.TLS{
			CAFile: p.TLS.CAFile, CertFile: p.TLS.CertFile, KeyFile: p.TLS.KeyFile,
			ServerName: p.TLS.ServerName, InsecureSkipVerify: p.TLS.InsecureSkipVerify,
		}
	}
	for into, from := range map[*prometheus.Secret]config.Credential{
		&c.Auth.Bearer: p.BearerToken, &c.Auth.Username: p.BasicAuth.Username, &c.Auth.Password: p.BasicAuth.Password,
	} {
		value, err := fromEnv(from)
		if err != nil {
			return prometheus.Config{}, err
		}
		*into = prometheus.Secret{Value: value, File: from.File}
	}
	return c, nil
}
