package config

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/headstart-scaler/headstart/config/internal/shape"
)

// server judges a Server document. Its value is valid only when nothing was
// refused.
func (j *judge) server(in shape.Server) Server {
	spec := in.Spec
	out := Server{
		GRPC: GRPC{
			Listen:               spec.GRPC.Listen,
			TLS:                  ServerTLS(spec.GRPC.TLS),
			MaxConcurrentStreams: uint32(spec.GRPC.MaxConcurrentStreams),
			MaxReceiveBytes:      spec.GRPC.MaxReceiveBytes,
		},
		HTTP:           HTTP{Listen: spec.HTTP.Listen},
		Tick:           spec.Tick.Duration,
		SnapshotMaxAge: spec.SnapshotMaxAge.Duration,
		ReactiveOnly:   spec.ReactiveOnly,
		PolicyPaths:    spec.Policies,
		Kubernetes:     Kubernetes{Mode: ClusterMode(spec.Kubernetes.Mode), Kubeconfig: spec.Kubernetes.Kubeconfig},
	}
	j.listeners(out)
	j.ticks(out)
	if out.Kubernetes.Mode == ClusterOff && out.Kubernetes.Kubeconfig != "" {
		j.refuse("spec.kubernetes.kubeconfig", "is written while mode is off", "Remove it, or write mode: on.")
	}
	for i, path := range out.PolicyPaths {
		if path == "" {
			j.refuse(fmt.Sprintf("spec.policies[%d]", i), "is empty", "Write a file or a folder, relative to this file.")
		}
	}
	j.sources(spec.Sources, &out)
	return out
}

func (j *judge) listeners(s Server) {
	j.address("spec.grpc.listen", s.GRPC.Listen, false)
	j.address("spec.http.listen", s.HTTP.Listen, false)
	_, port, err := net.SplitHostPort(s.GRPC.Listen)
	if s.GRPC.Listen == s.HTTP.Listen && err == nil && port != "0" {
		j.refuse("spec.http.listen", "is the address of grpc.listen too: "+s.HTTP.Listen, "Write another port.")
	}
	tls := s.GRPC.TLS
	j.pair("spec.grpc.tls", tls.CertFile, tls.KeyFile)
	if tls.ClientCAFile != "" && tls.CertFile == "" {
		j.refuse("spec.grpc.tls.clientCAFile", "asks for client certificates without a certificate of our own", "Add certFile and keyFile.")
	}
}

func (j *judge) ticks(s Server) {
	j.between("spec.tick", s.Tick, 100*time.Millisecond, 5*time.Minute)
	j.between("spec.snapshotMaxAge", s.SnapshotMaxAge, time.Second, time.Hour)
	if s.SnapshotMaxAge < 2*s.Tick && j.fine("spec.tick") {
		j.refuse("spec.snapshotMaxAge", fmt.Sprintf("%s is less than two ticks of %s: one late tick would freeze every workload", short(s.SnapshotMaxAge), short(s.Tick)),
			fmt.Sprintf("Write at least %s.", short(2*s.Tick)))
	}
}

// address wants HOST:PORT; a listener may leave out the host.
func (j *judge) address(path, address string, needsHost bool) {
	host, port, err := net.SplitHostPort(address)
	n, portErr := strconv.ParseUint(port, 10, 16)
	switch {
	case err == nil && portErr == nil && !needsHost:
		return
	case err == nil && portErr == nil && host != "" && n > 0:
		return
	}
	example := ":9090 or 127.0.0.1:9090"
	if needsHost {
		example = "kafka-0.kafka:9092"
	}
	found := fmt.Sprintf("found %.80q", address)
	if strings.Contains(address, "@") {
		found = "holds a user or a password"
	}
	j.refuse(path, found, "Write HOST:PORT, such as "+example+".")
}

// pair wants a certificate and its key together.
func (j *judge) pair(path, certFile, keyFile string) {
	switch {
	case certFile != "" && keyFile == "":
		j.refuse(path+".certFile", "has no keyFile beside it", "Add keyFile.")
	case certFile == "" && keyFile != "":
		j.refuse(path+".keyFile", "has no certFile beside it", "Add certFile.")
	}
}
