package kafka_test

import (
	"github.com/headstart-scaler/headstart/pipeline"
	"github.com/headstart-scaler/headstart/signal/kafka"
)

var _ pipeline.Source = (*kafka.Source)(nil)
