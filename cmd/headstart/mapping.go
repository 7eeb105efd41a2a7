package main

import (
	"time"

	"github.com/headstart-scaler/headstart/config"
	"github.com/headstart-scaler/headstart/pipeline"
	"github.com/headstart-scaler/headstart/scaler"
	"github.com/headstart-scaler/headstart/workload/kube"
)

// What follows translates the configuration into what the parts are made of.
// It opens nothing and asks nobody.

// streamAge is how long a push stream lasts before KEDA is let choose a
// replica anew.
const streamAge = 30 * time.Minute

func scalerTerms(s config.Server) scaler.Terms {
	return scaler.Terms{FirstDecision: s.Tick, MaxAge: s.SnapshotMaxAge, StreamAge: streamAge}
}

// pipelineTimes are the part of a pipeline's options that is configured. A
// source's timeout is that of one request: a read of the source has twice as
// long, as Kafka's needs several requests one after the other, and many queries
// of Prometheus are not all asked at once.
func pipelineTimes(s config.Server) pipeline.Options {
	o := pipeline.Options{Tick: s.Tick, SourceTimeouts: map[string]time.Duration{}}
	for _, k := range s.Kafka {
		o.SourceTimeouts[k.Name] = 2 * k.Timeout
	}
	for _, p := range s.Prometheus {
		o.SourceTimeouts[p.Name] = 2 * p.Timeout
	}
	return o
}

// clusterOptions are the part of a cluster's options that is configured.
func clusterOptions(k config.Kubernetes) kube.Options {
	return kube.Options{
		Mode: kube.Mode(k.Mode), Kubeconfig: k.Kubeconfig, Namespaces: k.Namespaces, Addresses: k.Addresses,
	}
}

// scalerLimits are the scaler's own where the configuration has none.
func scalerLimits(g config.GRPC) scaler.Limits {
	limits := scaler.DefaultLimits()
	if g.MaxConcurrentStreams > 0 {
		limits.Streams = g.MaxConcurrentStreams
	}
	if g.MaxReceiveBytes > 0 {
		limits.MessageBytes = g.MaxReceiveBytes
	}
	return limits
}

// scalerTLS is nil where connections are in plain text.
func scalerTLS(t config.ServerTLS) *scaler.TLSFiles {
	if !t.Enabled() {
		return nil
	}
	return &scaler.TLSFiles{Certificate: t.CertFile, Key: t.KeyFile, ClientCA: t.ClientCAFile}
}
