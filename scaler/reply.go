package scaler

import (
	pb "github.com/kedacore/keda/v2/pkg/scalers/externalscaler"
)

// target is the metric's target, in replicas. With metricType AverageValue the
// HPA computes ceil(value / target): value is then the answer itself.
const target = 1

// A reply is a message with its only element and the slice that holds it, in
// one allocation. It is made afresh for each call: gRPC may still read a
// message after the handler returned, and stores its size in it.

type metricsReply struct {
	response pb.GetMetricsResponse
	value    pb.MetricValue
	values   [1]*pb.MetricValue
}

// newMetrics fills both fields of the value: KEDA reads the float if it is
// above 0 and the integer otherwise, older releases the integer always.
func newMetrics(name string, replicas int64) *pb.GetMetricsResponse {
	reply := &metricsReply{}
	reply.value.MetricName = name
	reply.value.MetricValue = replicas
	reply.value.MetricValueFloat = float64(replicas)
	reply.values[0] = &reply.value
	reply.response.MetricValues = reply.values[:]
	return &reply.response
}

type specReply struct {
	response pb.GetMetricSpecResponse
	spec     pb.MetricSpec
	specs    [1]*pb.MetricSpec
}

func newSpec(name string) *pb.GetMetricSpecResponse {
	reply := &specReply{}
	reply.spec.MetricName = name
	reply.spec.TargetSize = target
	reply.spec.TargetSizeFloat = target
	reply.specs[0] = &reply.spec
	reply.response.MetricSpecs = reply.specs[:]
	return &reply.response
}
