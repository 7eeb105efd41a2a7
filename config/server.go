package config

import (
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"time"
)

// Server is the configuration of one running Headstart. Names of files are
// relative to the working directory, or absolute.
type Server struct {
	GRPC GRPC
	HTTP HTTP
	// Tick is the time between decisions.
	Tick time.Duration
	// SnapshotMaxAge is the age from which an answer is an error. It is at
	// least two ticks.
	SnapshotMaxAge time.Duration
	// ReactiveOnly is the global kill switch: no forecast and no schedule
	// moves a replica, and every policy answers what is needed now. A reload
	// changes it.
	ReactiveOnly bool
	// PolicyPaths are the files and folders policies come from.
	PolicyPaths []string
	Kubernetes  Kubernetes
	Forecast    Forecast
	// Kafka and Prometheus are the sources. A name is used once over both.
	Kafka      []Kafka
	Prometheus []Prometheus
	Store      Store
	// Schedules are the files and folders with events. A reload changes them.
	Schedules []ScheduleFile
}

// Forecast says how the forecast learns.
type Forecast struct {
	// Timezone is the name of the zone by whose clock people's habits repeat.
	Timezone string
}

// Zone is that zone.
func (f Forecast) Zone() *time.Location {
	zone, err := time.LoadLocation(f.Timezone)
	if err != nil {
		panic(fmt.Sprintf("config: the zone of a valid configuration: %v", err))
	}
	return zone
}

// GRPC configures the external scaler's server.
type GRPC struct {
	Listen string
	TLS    ServerTLS
	// MaxConcurrentStreams bounds one connection, MaxReceiveBytes one request;
	// 0 leaves it to the scaler's default.
	MaxConcurrentStreams uint32
	MaxReceiveBytes      int
}

// HTTP configures the pages' server.
type HTTP struct {
	Listen string
	// Token of whoever may change something; without one, callers on this
	// machine may.
	Token Credential
}

// ServerTLS names PEM files; without a CertFile connections are in plain text.
type ServerTLS struct {
	CertFile, KeyFile string
	// ClientCAFile makes it mutual TLS.
	ClientCAFile string
}

// Enabled reports whether the server speaks TLS.
func (t ServerTLS) Enabled() bool { return t.CertFile != "" }

// ClusterMode says whether a cluster is looked at.
type ClusterMode string

// The modes. Auto means on inside a cluster or with a kubeconfig.
const (
	ClusterAuto ClusterMode = "auto"
	ClusterOn   ClusterMode = "on"
	ClusterOff  ClusterMode = "off"
)

// Kubernetes says how to find the cluster and what of it concerns us.
type Kubernetes struct {
	Mode       ClusterMode
	Kubeconfig string
	// Namespaces to watch, each once; none means all.
	Namespaces []string
	// Addresses, HOST:PORT, under which KEDA reaches us; none means that every
	// trigger with a policy is ours.
	Addresses []string
}

// Credential says where a secret is; the zero Credential is none.
type Credential struct {
	// File holds it and is read again when it changes, or Env names a
	// variable of the environment. At most one is set.
	File, Env string
}

// Set reports whether there is a secret.
func (c Credential) Set() bool { return c != Credential{} }

// Login is a user name and a password; the zero Login is none.
type Login struct {
	Username, Password Credential
}

// Kafka is one Kafka cluster.
type Kafka struct {
	Name             string
	BootstrapServers []string // HOST:PORT, at least one
	SASL             SASL
	TLS              TLS
	Timeout          time.Duration // of one request
}

// SASL authenticates toward Kafka; the zero SASL does not.
type SASL struct {
	// Mechanism is "plaintext", "scram_sha256" or "scram_sha512", as KEDA
	// names them.
	Mechanism string
	Login
}

// TLS says whom to trust and who we are, in PEM files; Enabled is false where
// the connection is in plain text.
type TLS struct {
	Enabled            bool
	CAFile             string
	CertFile, KeyFile  string
	ServerName         string
	InsecureSkipVerify bool
}

// Prometheus is one server with Prometheus' query API.
type Prometheus struct {
	Name string
	// ServerAddress is a URL without user, query and fragment.
	ServerAddress string
	Timeout       time.Duration // of one query
	Concurrency   int
	StaleAfter    time.Duration
	// At most one of BearerToken and BasicAuth is set.
	BearerToken Credential
	BasicAuth   Login
	// Headers are sent with every query; the tenant's is among them.
	Headers map[string]string
	TLS     TLS
}

// SourceNames lists all sources, Kafka's first.
func (s Server) SourceNames() []string {
	var names []string
	for _, k := range s.Kafka {
		names = append(names, k.Name)
	}
	for _, p := range s.Prometheus {
		names = append(names, p.Name)
	}
	return names
}

// Store is where schedules and overrides are kept; the zero Store is nowhere.
// At most one of its kinds is set.
type Store struct {
	SQLiteFile string
	Redis      Redis
}

// Redis is a single server, Sentinels or a cluster; without Addresses it is
// none.
type Redis struct {
	Addresses    []string
	MasterName   string
	Cluster      bool
	Database     int
	Prefix       string
	Login        Login // its parts may be missing
	TLS          TLS
	WaitReplicas int
	Timeout      time.Duration
}

// ScheduleFile is a file with events, or a folder of such files.
type ScheduleFile struct {
	Path string
	// Timezone of times that name none, and DateOrder dmy, mdy or ymd; empty
	// where nobody said.
	Timezone, DateOrder string
}

// resolve makes the names of files relative to dir.
func (s *Server) resolve(join func(dir, name string) string, dir string) {
	at := func(names ...*string) {
		for _, name := range names {
			if *name != "" {
				*name = join(dir, *name)
			}
		}
	}
	at(&s.GRPC.TLS.CertFile, &s.GRPC.TLS.KeyFile, &s.GRPC.TLS.ClientCAFile, &s.Kubernetes.Kubeconfig, &s.HTTP.Token.File)
	r := &s.Store.Redis
	at(&s.Store.SQLiteFile, &r.Login.Username.File, &r.Login.Password.File, &r.TLS.CAFile, &r.TLS.CertFile, &r.TLS.KeyFile)
	s.Schedules = slices.Clone(s.Schedules)
	for i := range s.Schedules {
		at(&s.Schedules[i].Path)
	}
	s.PolicyPaths, s.Kafka, s.Prometheus = slices.Clone(s.PolicyPaths), slices.Clone(s.Kafka), slices.Clone(s.Prometheus)
	for i := range s.PolicyPaths {
		at(&s.PolicyPaths[i])
	}
	for i := range s.Kafka {
		k := &s.Kafka[i]
		at(&k.SASL.Username.File, &k.SASL.Password.File, &k.TLS.CAFile, &k.TLS.CertFile, &k.TLS.KeyFile)
	}
	for i := range s.Prometheus {
		p := &s.Prometheus[i]
		at(&p.BearerToken.File, &p.BasicAuth.Username.File, &p.BasicAuth.Password.File)
		at(&p.TLS.CAFile, &p.TLS.CertFile, &p.TLS.KeyFile)
	}
}

// joinFile resolves a name against a folder of the file system.
func joinFile(dir, name string) string {
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(dir, name)
}

// isHTTPS reports whether an address, known to be valid, is encrypted.
func isHTTPS(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Scheme == "https"
}
