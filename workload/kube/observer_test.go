package kube_test

import (
	"github.com/headstart-scaler/headstart/pipeline"
	"github.com/headstart-scaler/headstart/workload/kube"
)

var _ pipeline.Observer = (*kube.Cluster)(nil)
