package config

import (
	"fmt"
	"net"
	"slices"
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
		HTTP:           HTTP{Listen: spec.HTTP.Listen, Token: j.credential("spec.http.token", spec.HTTP.TokenFile, spec.HTTP.TokenFromEnv, false)},
		Tick:           spec.Tick.Duration,
		SnapshotMaxAge: spec.SnapshotMaxAge.Duration,
		ReactiveOnly:   spec.ReactiveOnly,
		PolicyPaths:    spec.Policies,
		Kubernetes:     j.cluster(spec.Kubernetes),
		Forecast:       Forecast(spec.Forecast),
	}
	j.listeners(out)
	j.ticks(out)
	for i, path := range out.PolicyPaths {
		if path == "" {
			j.refuse(fmt.Sprintf("spec.policies[%d]", i), "is empty", "Write a file or a folder, relative to this file.")
		}
	}
	j.zone("spec.forecast.timezone", spec.Forecast.Timezone)
	j.sources(spec.Sources, &out)
	out.Store, out.Schedules = j.store(spec.Store), j.schedules(spec.Schedule)
	return out
}

// cluster wants nothing of a cluster that is off: whoever writes it expects
// one to be looked at.
func (j *judge) cluster(in shape.Kubernetes) Kubernetes {
	const path = "spec.kubernetes"
	out := Kubernetes{Mode: ClusterMode(in.Mode), Kubeconfig: in.Kubeconfig}
	out.Namespaces = j.once(path+".namespaces", in.Namespaces, j.label)
	out.Addresses = j.once(path+".addresses", in.Addresses, func(path, address string) {
		j.address(path, address, "headstart-headless.headstart.svc.cluster.local:9090")
	})
	if out.Mode != ClusterOff {
		return out
	}
	for _, f := range []struct {
		name    string
		written bool
	}{{"kubeconfig", out.Kubeconfig != ""}, {"namespaces", out.Namespaces != nil}, {"addresses", out.Addresses != nil}} {
		if f.written {
			j.refuse(path+"."+f.name, "is written while mode is off", "Remove it, or write mode: on.")
		}
	}
	return out
}

// once judges the items of a list in which none may be twice. A list without
// any is nil, like one that is not written.
func (j *judge) once(path string, items []string, item func(path, text string)) (out []string) {
	for i, text := range items {
		at := fmt.Sprintf("%s[%d]", path, i)
		if slices.Contains(out, text) {
			j.refuse(at, fmt.Sprintf("%.80q is written twice", text), "Keep one.")
			continue
		}
		item(at, text)
		out = append(out, text)
	}
	return out
}

func (j *judge) listeners(s Server) {
	j.listener("spec.grpc.listen", s.GRPC.Listen)
	j.listener("spec.http.listen", s.HTTP.Listen)
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

// listener wants HOST:PORT, of which the host may be left out and the port be
// 0: any that is free.
func (j *judge) listener(path, address string) {
	if _, _, ok := splitAddress(address); !ok {
		j.refuseAddress(path, address, ":9090 or 127.0.0.1:9090")
	}
}

// address wants the HOST:PORT of somebody who listens.
func (j *judge) address(path, address, example string) {
	if host, port, ok := splitAddress(address); !ok || host == "" || port == 0 {
		j.refuseAddress(path, address, example)
	}
}

func splitAddress(address string) (host string, port uint64, ok bool) {
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0, false
	}
	port, err = strconv.ParseUint(text, 10, 16)
	return host, port, err == nil
}

func (j *judge) refuseAddress(path, address, example string) {
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
