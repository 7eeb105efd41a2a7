package kafka

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strings"
	"time"

	"github.com/segmentio/kafka-go/sasl"
	"github.com/segmentio/kafka-go/sasl/plain"
	"github.com/segmentio/kafka-go/sasl/scram"
)

// DefaultTimeout bounds one exchange with a broker, connecting included.
const DefaultTimeout = 3 * time.Second

// Config says how to reach a cluster.
type Config struct {
	// Brokers are HOST:PORT addresses to start from; at least one.
	Brokers []string
	// SASL is nil for listeners without it.
	SASL *SASL
	// TLS is nil for plaintext listeners.
	TLS *TLS
	// Timeout of one exchange with a broker; DefaultTimeout when zero. An
	// exchange also never takes more than half of what the read has left, so
	// that a hung broker leaves time for the others.
	Timeout time.Duration
	// Now tells the time; required.
	Now func() time.Time
	// Logger takes brokers lost and found again; nil logs nothing.
	Logger *slog.Logger
}

// SASL says how to log in.
type SASL struct {
	Mechanism   Mechanism
	Credentials Credentials
}

// Mechanism is a SASL mechanism by its registered name.
type Mechanism string

// The mechanisms that can be used.
const (
	Plain       Mechanism = "PLAIN"
	ScramSHA256 Mechanism = "SCRAM-SHA-256"
	ScramSHA512 Mechanism = "SCRAM-SHA-512"
)

// TLS says how to secure connections. Files are PEM and are read again for
// each new connection, so that rotated ones are taken without a restart.
type TLS struct {
	// CAFile holds the authorities to trust; the system's when empty.
	CAFile string
	// CertFile and KeyFile hold our certificate for mTLS; both or neither.
	CertFile, KeyFile string
	// ServerName is expected in brokers' certificates instead of the host
	// they are dialled by.
	ServerName string
	// InsecureSkipVerify accepts any certificate.
	InsecureSkipVerify bool
}

func (c *Config) check() error {
	if len(c.Brokers) == 0 {
		return errors.New("kafka: no brokers: give at least one HOST:PORT")
	}
	for i, b := range c.Brokers {
		if host, _, err := net.SplitHostPort(b); err != nil || host == "" {
			return fmt.Errorf("kafka: broker %d, %q: write HOST:PORT", i+1, b)
		}
	}
	if c.Now == nil {
		return errors.New("kafka: no clock: set Now")
	}
	if c.Timeout < 0 {
		return fmt.Errorf("kafka: timeout %s: must not be negative", c.Timeout)
	}
	if c.SASL != nil {
		if c.SASL.Credentials == nil {
			return errors.New("kafka: SASL without credentials: set user and password")
		}
		if _, err := c.SASL.Mechanism.with("", ""); err != nil {
			return err
		}
	}
	if c.TLS != nil {
		if _, err := c.TLS.load(); err != nil {
			return err
		}
	}
	return nil
}

// with returns kafka-go's mechanism for a login.
func (m Mechanism) with(user, password string) (sasl.Mechanism, error) {
	switch m {
	case Plain:
		return plain.Mechanism{Username: user, Password: password}, nil
	case ScramSHA256:
		return scram.Mechanism(scram.SHA256, user, password)
	case ScramSHA512:
		return scram.Mechanism(scram.SHA512, user, password)
	default:
		return nil, fmt.Errorf("kafka: SASL mechanism %q: use %s, %s or %s", string(m), Plain, ScramSHA256, ScramSHA512)
	}
}

// load reads the files into a configuration for one connection.
func (t *TLS) load() (*tls.Config, error) {
	conf := &tls.Config{
		MinVersion:         tls.VersionTLS12,
		ServerName:         t.ServerName,
		InsecureSkipVerify: t.InsecureSkipVerify, //nolint:gosec // the operator's explicit choice, off by default
	}
	if t.CAFile != "" {
		pem, err := os.ReadFile(t.CAFile)
		if err != nil {
			return nil, fmt.Errorf("kafka: TLS: read CA file: %w", err)
		}
		conf.RootCAs = x509.NewCertPool()
		if !conf.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("kafka: TLS: CA file %s holds no PEM certificate", t.CAFile)
		}
	}
	if (t.CertFile == "") != (t.KeyFile == "") {
		return nil, errors.New("kafka: TLS: a client certificate takes both a certificate and a key file")
	}
	if t.CertFile != "" {
		pair, err := tls.LoadX509KeyPair(t.CertFile, t.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("kafka: TLS: client certificate %s with key %s: %w", t.CertFile, t.KeyFile, err)
		}
		conf.Certificates = []tls.Certificate{pair}
	}
	return conf, nil
}

// Credentials returns the user and password to log in with. It is called for
// each new connection, so what it returns may change.
type Credentials func() (user, password string, err error)

// StaticCredentials returns credentials that do not change, such as values of
// the environment.
func StaticCredentials(user, password string) Credentials {
	return func() (string, string, error) { return user, password, nil }
}

// FileCredentials returns credentials held in one file each, as a mounted
// Secret has them. The files are read anew for each connection; a line end
// after their text does not count.
func FileCredentials(userFile, passwordFile string) Credentials {
	return func() (string, string, error) {
		user, err := readSecret(userFile)
		if err != nil {
			return "", "", fmt.Errorf("read SASL user: %w", err)
		}
		password, err := readSecret(passwordFile)
		if err != nil {
			return "", "", fmt.Errorf("read SASL password: %w", err)
		}
		return user, password, nil
	}
}

func readSecret(file string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	secret := strings.TrimRight(string(text), "\r\n")
	if secret == "" {
		return "", fmt.Errorf("%s is empty", file)
	}
	return secret, nil
}
