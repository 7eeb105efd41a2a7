package redis_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/headstart-scaler/headstart/store/redis"
	"github.com/headstart-scaler/headstart/store/storetest"
)

func TestContract(t *testing.T) {
	runContract(t, redis.Options{Connection: goredis.UniversalOptions{Addrs: []string{serve(t).addr()}}})
}

func TestContractInCluster(t *testing.T) {
	var addrs []string
	for _, node := range cluster(t) {
		addrs = append(addrs, node.addr())
	}
	runContract(t, redis.Options{Connection: goredis.UniversalOptions{Addrs: addrs}})
}

func TestContractBehindSentinels(t *testing.T) {
	_, _, addrs := sentinels(t)
	runContract(t, redis.Options{Connection: goredis.UniversalOptions{Addrs: addrs, MasterName: "ours"}, Replicas: 1})
}

func runContract(t *testing.T, o redis.Options) {
	var places atomic.Int64
	storetest.Run(t, func(*testing.T) storetest.Place {
		o := o
		o.Prefix = fmt.Sprintf("place-%d", places.Add(1))
		return func(t *testing.T, now func() time.Time) storetest.Store {
			o := o
			o.Now = now
			return open(t, o)
		}
	})
}

func open(t *testing.T, o redis.Options) *redis.Store {
	t.Helper()
	s, err := redis.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}
