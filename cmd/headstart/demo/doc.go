// Package demo is a small platform to watch Headstart on, in one process and
// with nothing to install: a Kafka-protocol broker with producers and a real
// consumer group, a Prometheus-compatible endpoint, traffic that surges, and
// a stand-in for Kubernetes that asks over KEDA's own gRPC contract.
//
// What it simulates is the platform only. The adapters, the decision and the
// gRPC server it is scaled by are those of `headstart serve`.
package demo
