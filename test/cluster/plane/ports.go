package plane

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

// ports are where the programs listen, all on loopback. They are below the
// range from which a kernel takes ports for outgoing connections, of which
// these programs make many before the last of them listens.
type ports struct {
	etcd, etcdPeer, apiserver, controllers, scheduler, kwok      int
	kedaMetrics, kedaHealth, kedaService, adapter, adapterMetric int
	karpenterMetrics, karpenterHealth, usage                     int
}

func freePorts() (ports, error) {
	var p ports
	wanted := []*int{
		&p.etcd, &p.etcdPeer, &p.apiserver, &p.controllers, &p.scheduler, &p.kwok,
		&p.kedaMetrics, &p.kedaHealth, &p.kedaService, &p.adapter, &p.adapterMetric,
		&p.karpenterMetrics, &p.karpenterHealth, &p.usage,
	}
	const lowest, count = 20000, 12000
	next := rand.IntN(count) //nolint:gosec // planes that start at once should not try the same ports
	for tried := 0; len(wanted) > 0; tried++ {
		if tried == count {
			return ports{}, errors.New("find free ports on 127.0.0.1: none are left between 20000 and 32000")
		}
		port := lowest + (next+tried)%count
		if free(port) {
			*wanted[0], wanted = port, wanted[1:]
		}
	}
	return p, nil
}

func free(port int) bool {
	l, err := net.Listen("tcp", loopback(port)) //nolint:noctx // a loopback port answers at once
	if err != nil {
		return false
	}
	return l.Close() == nil
}

func loopback(port int) string { return "127.0.0.1:" + strconv.Itoa(port) }

func flag(name string, value any) string { return fmt.Sprintf("--%s=%v", name, value) }
