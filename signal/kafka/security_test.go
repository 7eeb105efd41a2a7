package kafka_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/headstart-scaler/headstart/signal"
	"github.com/headstart-scaler/headstart/signal/kafka"
)

// secured is a cluster that takes no client but ours, so that reads are all
// that tests make of it.
func secured(t *testing.T, opts ...kfake.Opt) *fixture {
	t.Helper()
	cluster, err := kfake.NewCluster(append(opts, kfake.NumBrokers(1), kfake.SeedTopics(1, "orders"))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	return &fixture{T: t, cluster: cluster, clock: newClock()}
}

func write(t *testing.T, file string, text []byte) string {
	t.Helper()
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestLogins(t *testing.T) {
	q := group("g", "orders")
	for _, mechanism := range []kafka.Mechanism{kafka.Plain, kafka.ScramSHA256, kafka.ScramSHA512} {
		t.Run(string(mechanism), func(t *testing.T) {
			f := secured(t, kfake.EnableSASL(), kfake.Superuser(string(mechanism), "headstart", "right"))
			for password, want := range map[string]signal.Condition{"right": signal.Fine, "wrong": signal.Refused} {
				f.source = f.open(func(c *kafka.Config) {
					c.SASL = &kafka.SASL{Mechanism: mechanism, Credentials: kafka.StaticCredentials("headstart", password)}
				})
				r := f.read(q)
				if r.Condition != want {
					t.Fatalf("password %s: %s: %s", password, r.Condition, r.Reason)
				}
				if want == signal.Refused {
					f.wantBad(r, want, "headstart", "check user, password and mechanism")
				}
			}
		})
	}
	f := secured(t, kfake.EnableSASL(), kfake.Superuser("PLAIN", "headstart", "right"))
	f.source = f.open(func(*kafka.Config) {})
	f.wantBad(f.read(q), signal.Unreachable, "wants SASL")
}

func TestRotatedPasswordIsTakenFromItsFile(t *testing.T) {
	f := secured(t, kfake.EnableSASL(), kfake.Superuser("SCRAM-SHA-512", "headstart", "new"))
	dir := t.TempDir()
	user := write(t, filepath.Join(dir, "user"), []byte("headstart\n"))
	password := filepath.Join(dir, "password")
	f.source = f.open(func(c *kafka.Config) {
		c.SASL = &kafka.SASL{Mechanism: kafka.ScramSHA512, Credentials: kafka.FileCredentials(user, password)}
	})
	q := group("g", "orders")
	f.wantBad(f.read(q), signal.Refused, "read SASL password", password)
	write(t, password, []byte("\n"))
	f.wantBad(f.read(q), signal.Refused, "is empty")
	write(t, password, []byte("old"))
	f.wantBad(f.read(q), signal.Refused, "login of user headstart")
	write(t, password, []byte("new\r\n"))
	f.wantLag(f.read(q), 0)
}

func TestPlainPasswordsInClearTextAreWarnedOf(t *testing.T) {
	var log bytes.Buffer
	conf := kafka.Config{
		Brokers: []string{"localhost:1"}, Now: newClock().Now, Logger: slog.New(slog.NewTextHandler(&log, nil)),
		SASL: &kafka.SASL{Mechanism: kafka.Plain, Credentials: kafka.StaticCredentials("u", "secret-word")},
	}
	s, err := kafka.New(conf)
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	if !strings.Contains(log.String(), "clear text") || strings.Contains(log.String(), "secret-word") {
		t.Fatalf("log: %s", log.String())
	}
}

// authority signs certificates for tests.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{}
	a.cert, a.key = issue(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: "test authority"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}, nil)
	return a
}

func issue(t *testing.T, template *x509.Certificate, by *authority) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	if by == nil {
		by = &authority{template, key}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, by.cert, key.Public(), by.key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert, key
}

// pair writes a certificate for 127.0.0.1 and its key.
func (a *authority) pair(t *testing.T, certFile, keyFile string) tls.Certificate {
	t.Helper()
	cert, key := issue(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: "test"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}, a)
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write(t, certFile, pemOf("CERTIFICATE", cert.Raw))
	write(t, keyFile, pemOf("EC PRIVATE KEY", der))
	return tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key}
}

func pemOf(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func TestTLS(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	ours, theirs := newAuthority(t), newAuthority(t)
	ca := write(t, in("ca.pem"), pemOf("CERTIFICATE", ours.cert.Raw))
	otherCA := write(t, in("other.pem"), pemOf("CERTIFICATE", theirs.cert.Raw))
	served := ours.pair(t, in("server.pem"), in("server.key"))
	ours.pair(t, in("client.pem"), in("client.key"))
	theirs.pair(t, in("stranger.pem"), in("stranger.key"))

	pool := x509.NewCertPool()
	pool.AddCert(ours.cert)
	oneWay := kfake.TLS(&tls.Config{Certificates: []tls.Certificate{served}})
	mutual := kfake.TLS(&tls.Config{Certificates: []tls.Certificate{served}, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert})
	for name, c := range map[string]struct {
		server []kfake.Opt
		client *kafka.TLS
		want   signal.Condition
		words  string
	}{
		"trusted":           {[]kfake.Opt{oneWay}, &kafka.TLS{CAFile: ca}, signal.Fine, ""},
		"skipped":           {[]kfake.Opt{oneWay}, &kafka.TLS{InsecureSkipVerify: true}, signal.Fine, ""},
		"unknown authority": {[]kfake.Opt{oneWay}, &kafka.TLS{CAFile: otherCA}, signal.Refused, "set the CA file"},
		"another name":      {[]kfake.Opt{oneWay}, &kafka.TLS{CAFile: ca, ServerName: "kafka.example"}, signal.Refused, "set the server name"},
		"plaintext client":  {[]kfake.Opt{oneWay}, nil, signal.Unreachable, "wants TLS"},
		"plaintext server":  {nil, &kafka.TLS{CAFile: ca}, signal.Unreachable, "its TLS listener?"},
		"mutual":            {[]kfake.Opt{mutual}, &kafka.TLS{CAFile: ca, CertFile: in("client.pem"), KeyFile: in("client.key")}, signal.Fine, ""},
		"no certificate":    {[]kfake.Opt{mutual}, &kafka.TLS{CAFile: ca}, signal.Refused, "check the client certificate"},
		"a stranger's":      {[]kfake.Opt{mutual}, &kafka.TLS{CAFile: ca, CertFile: in("stranger.pem"), KeyFile: in("stranger.key")}, signal.Refused, "check the client certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			f := secured(t, c.server...)
			f.source = f.open(func(conf *kafka.Config) { conf.TLS, conf.Timeout = c.client, time.Second })
			r := f.read(group("g", "orders"))
			if c.want == signal.Fine {
				f.wantLag(r, 0)
				return
			}
			f.wantBad(r, c.want, c.words)
		})
	}
}

func TestRotatedClientCertificateIsTakenFromItsFiles(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	ours, theirs := newAuthority(t), newAuthority(t)
	ca := write(t, in("ca.pem"), pemOf("CERTIFICATE", ours.cert.Raw))
	served := ours.pair(t, in("server.pem"), in("server.key"))
	pool := x509.NewCertPool()
	pool.AddCert(ours.cert)
	f := secured(t, kfake.TLS(&tls.Config{Certificates: []tls.Certificate{served}, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert}))

	theirs.pair(t, in("client.pem"), in("client.key"))
	f.source = f.open(func(c *kafka.Config) {
		c.TLS = &kafka.TLS{CAFile: ca, CertFile: in("client.pem"), KeyFile: in("client.key")}
	})
	f.wantBad(f.read(group("g", "orders")), signal.Refused, "client certificate")
	write(t, in("client.key"), []byte("half written"))
	f.wantBad(f.read(group("g", "orders")), signal.Refused, "client.key")
	ours.pair(t, in("client.pem"), in("client.key"))
	f.wantLag(f.read(group("g", "orders")), 0)
}
