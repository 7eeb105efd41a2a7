package kafka_test

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/headstart-scaler/headstart/signal"
	"github.com/headstart-scaler/headstart/signal/kafka"
)

func Example() {
	cluster, err := kfake.NewCluster(kfake.SeedTopics(12, "orders"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer cluster.Close()
	source, err := kafka.New(kafka.Config{Brokers: cluster.ListenAddrs(), Now: time.Now})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer source.Close()

	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	readings := source.Read(ctx, []signal.Query{
		signal.ConsumerGroup{Group: "billing", Topics: "orders", OffsetReset: signal.Earliest},
		signal.ConsumerGroup{Group: "billing", Topics: "order", OffsetReset: signal.Earliest},
	})
	fmt.Println(readings[0].Value, "messages on", readings[0].Group.Partitions, "partitions")
	fmt.Println(readings[1].Condition)
	// Output:
	// 0 messages on 12 partitions
	// refused
}
