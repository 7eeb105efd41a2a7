package shape

// Server is the document of kind Server.
type Server struct {
	APIVersion string     `yaml:"apiVersion" jsonschema:"required,enum=headstart/v1"`
	Kind       string     `yaml:"kind" jsonschema:"required,enum=Server"`
	Spec       ServerSpec `yaml:"spec"`
}

// ServerSpec configures one running Headstart.
type ServerSpec struct {
	// KEDA's side: the external scaler.
	GRPC GRPC `yaml:"grpc"`
	// The pages, the API, metrics and health.
	HTTP HTTP `yaml:"http"`
	// Time between decisions.
	Tick Duration `yaml:"tick" jsonschema:"default=5s"`
	// An answer older than this is an error to KEDA, so that replicas freeze. At least two ticks.
	SnapshotMaxAge Duration `yaml:"snapshotMaxAge" jsonschema:"default=30s"`
	// The global kill switch: true means that every policy answers what is needed now, without any forecast and without the schedule, its floors included, and never zero for it. Overrides still count. Takes effect on reload.
	ReactiveOnly bool `yaml:"reactiveOnly" jsonschema:"default=false"`
	// Files and folders with policies, relative to this file.
	Policies []string `yaml:"policies"`
	// Whether to read ScaledObjects and replica counts from the cluster.
	Kubernetes Kubernetes `yaml:"kubernetes"`
	// How the forecast learns.
	Forecast Forecast `yaml:"forecast"`
	// The backends signals are read from.
	Sources []Source `yaml:"sources"`
	// Where uploaded schedules, overrides and the audit log are kept. Without it there are none.
	Store *Store `yaml:"store"`
	// Events that are kept in files.
	Schedule Schedule `yaml:"schedule"`
}

// GRPC configures the external scaler's server.
type GRPC struct {
	// Address to listen on.
	Listen string `yaml:"listen" jsonschema:"default=:9090"`
	// TLS, and mutual TLS with a clientCAFile. Without it connections are in plain text.
	TLS ServerTLS `yaml:"tls"`
	// Most concurrent streams of one connection: 100000 unless written. KEDA holds two for each push trigger, all on one connection, and beyond the limit its other calls hang.
	MaxConcurrentStreams int `yaml:"maxConcurrentStreams" jsonschema:"minimum=1,maximum=1000000"`
	// Largest request read, in bytes: 262144 unless written.
	MaxReceiveBytes int `yaml:"maxReceiveBytes" jsonschema:"minimum=1024,maximum=16777216"`
}

// ServerTLS names the files of a server's certificate. They are read again when they change.
type ServerTLS struct {
	// PEM file of the certificate and its chain.
	CertFile string `yaml:"certFile"`
	// PEM file of the private key.
	KeyFile string `yaml:"keyFile"`
	// PEM file of the authorities whose clients are let in: mutual TLS.
	ClientCAFile string `yaml:"clientCAFile"`
}

// HTTP configures the pages' server.
type HTTP struct {
	// Address to listen on.
	Listen string `yaml:"listen" jsonschema:"default=:8080"`
	// File that holds the token of whoever may change schedules and overrides. Without a token, callers on this machine may, and nobody else.
	TokenFile string `yaml:"tokenFile"`
	// Variable of the environment that holds it.
	TokenFromEnv string `yaml:"tokenFromEnv"`
}

// Kubernetes says whether a cluster is looked at. Everything works without one.
type Kubernetes struct {
	// on, off, or auto: on inside a cluster or with a kubeconfig.
	Mode string `yaml:"mode" jsonschema:"default=auto,enum=auto,enum=on,enum=off"`
	// File with the cluster's address and credentials, outside a cluster.
	Kubeconfig string `yaml:"kubeconfig"`
	// Namespaces to watch, each with rights of its own; without any, all of them by one right.
	Namespaces []string `yaml:"namespaces" jsonschema:"pattern=^[a-z0-9]([a-z0-9-]*[a-z0-9])?$,uniqueItems=true"`
	// Addresses under which KEDA reaches this Headstart, HOST:PORT, written exactly as in scalerAddress. A trigger with another one is left to whoever it names; without any, every trigger with a policy is ours.
	Addresses []string `yaml:"addresses" jsonschema:"uniqueItems=true"`
}

// Forecast says how the forecast learns.
type Forecast struct {
	// Zone by whose clock people's days and weeks repeat, such as Europe/Malta: habits are found again after clocks are moved.
	Timezone string `yaml:"timezone" jsonschema:"default=UTC"`
}

// Source is one backend; exactly one of its kinds is written.
type Source struct {
	// Name policies refer to.
	Name string `yaml:"name" jsonschema:"required,pattern=^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"`
	// A Kafka cluster.
	Kafka *Kafka `yaml:"kafka"`
	// A server with Prometheus' query API.
	Prometheus *Prometheus `yaml:"prometheus"`
}

// Kafka is a cluster whose consumer groups are watched.
type Kafka struct {
	// Brokers to begin with, HOST:PORT.
	BootstrapServers Words `yaml:"bootstrapServers" jsonschema:"required"`
	// Authentication.
	SASL *SASL `yaml:"sasl"`
	// Encryption, and mutual TLS with certFile and keyFile.
	TLS KafkaTLS `yaml:"tls"`
	// Time one request may take.
	Timeout Duration `yaml:"timeout" jsonschema:"default=3s"`
}

// SASL is a user name and a password, each from a file or a variable of the environment.
type SASL struct {
	// How the password is proven.
	Mechanism string `yaml:"mechanism" jsonschema:"required,enum=plaintext,enum=scram_sha256,enum=scram_sha512"`
	// File that holds the user name.
	UsernameFile string `yaml:"usernameFile"`
	// Variable of the environment that holds the user name.
	UsernameFromEnv string `yaml:"usernameFromEnv"`
	// File that holds the password.
	PasswordFile string `yaml:"passwordFile"`
	// Variable of the environment that holds the password.
	PasswordFromEnv string `yaml:"passwordFromEnv"`
}

// KafkaTLS is TLS that has to be switched on.
type KafkaTLS struct {
	// Whether the brokers speak TLS.
	Enabled bool `yaml:"enabled"`
	// PEM file of the authorities to trust instead of the system's.
	CAFile string `yaml:"caFile"`
	// PEM file of our own certificate.
	CertFile string `yaml:"certFile"`
	// PEM file of our own key.
	KeyFile string `yaml:"keyFile"`
	// Name the server's certificate has to have, where it is not the address.
	ServerName string `yaml:"serverName"`
	// Trust any certificate: for tests only.
	InsecureSkipVerify bool `yaml:"insecureSkipVerify"`
}

// Prometheus is a server with Prometheus' query API: Prometheus itself, Thanos, Mimir, VictoriaMetrics.
type Prometheus struct {
	// URL up to and without /api/v1.
	ServerAddress string `yaml:"serverAddress" jsonschema:"required,pattern=^https?://"`
	// Time one query may take.
	Timeout Duration `yaml:"timeout" jsonschema:"default=3s"`
	// Most queries at once.
	Concurrency int `yaml:"concurrency" jsonschema:"default=8,minimum=1,maximum=256"`
	// A sample older than this counts as stale.
	StaleAfter Duration `yaml:"staleAfter" jsonschema:"default=2m"`
	// File that holds a bearer token.
	BearerTokenFile string `yaml:"bearerTokenFile"`
	// Variable of the environment that holds a bearer token.
	BearerTokenFromEnv string `yaml:"bearerTokenFromEnv"`
	// HTTP basic authentication.
	BasicAuth *BasicAuth `yaml:"basicAuth"`
	// Headers sent with every query. Values are visible to whoever reads this file: tokens belong elsewhere.
	CustomHeaders map[string]string `yaml:"customHeaders"`
	// The header that names a tenant.
	Tenant *Tenant `yaml:"tenant"`
	// TLS of an https address.
	TLS ClientTLS `yaml:"tls"`
}

// BasicAuth is a user name and a password, each from a file or a variable of the environment.
type BasicAuth struct {
	// File that holds the user name.
	UsernameFile string `yaml:"usernameFile"`
	// Variable of the environment that holds the user name.
	UsernameFromEnv string `yaml:"usernameFromEnv"`
	// File that holds the password.
	PasswordFile string `yaml:"passwordFile"`
	// Variable of the environment that holds the password.
	PasswordFromEnv string `yaml:"passwordFromEnv"`
}

// Tenant names a tenant by a header.
type Tenant struct {
	// Name of the header.
	Header string `yaml:"header" jsonschema:"default=X-Scope-OrgID"`
	// Name of the tenant.
	Value string `yaml:"value" jsonschema:"required"`
}

// ClientTLS says whom to trust and who we are.
type ClientTLS struct {
	// PEM file of the authorities to trust instead of the system's.
	CAFile string `yaml:"caFile"`
	// PEM file of our own certificate.
	CertFile string `yaml:"certFile"`
	// PEM file of our own key.
	KeyFile string `yaml:"keyFile"`
	// Name the server's certificate has to have, where it is not the address.
	ServerName string `yaml:"serverName"`
	// Trust any certificate: for tests only.
	InsecureSkipVerify bool `yaml:"insecureSkipVerify"`
}
