package scaler

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/credentials"
)

// authority signs certificates for the tests.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  []byte
}

func newAuthority(t *testing.T, name string) *authority {
	t.Helper()
	a := &authority{t: t}
	a.cert, a.key, a.pem, _ = a.sign(name, true, time.Now().Add(time.Hour))
	return a
}

// sign makes a certificate; an authority without one yet signs itself.
func (a *authority) sign(name string, isCA bool, until time.Time) (*x509.Certificate, *ecdsa.PrivateKey, []byte, []byte) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: until,
		IsCA: isCA, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		a.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	return cert, key,
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw})
}

// issue writes a pair into a folder as Kubernetes names them.
func (a *authority) issue(folder, name string) {
	a.t.Helper()
	_, _, cert, key := a.sign(name, false, time.Now().Add(time.Hour))
	write(a.t, filepath.Join(folder, "tls.crt"), cert)
	write(a.t, filepath.Join(folder, "tls.key"), key)
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// client is a pair that holds for an hour; lapsed one that did.
func (a *authority) client(name string) []tls.Certificate {
	a.t.Helper()
	return a.pair(name, time.Now().Add(time.Hour))
}

func (a *authority) lapsed(name string) []tls.Certificate {
	a.t.Helper()
	return a.pair(name, time.Now().Add(-time.Hour))
}

func (a *authority) pair(name string, until time.Time) []tls.Certificate {
	a.t.Helper()
	_, _, cert, key := a.sign(name, false, until)
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		a.t.Fatal(err)
	}
	return []tls.Certificate{pair}
}

// insist sends a certificate even to a server that names other authorities.
func insist(pair []tls.Certificate) func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	return func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair[0], nil }
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// filesIn are the paths that issue writes, with ca.crt of the authority.
func filesIn(t *testing.T, folder string, clients *authority) TLSFiles {
	t.Helper()
	f := TLSFiles{Certificate: filepath.Join(folder, "tls.crt"), Key: filepath.Join(folder, "tls.key")}
	if clients != nil {
		f.ClientCA = filepath.Join(folder, "ca.crt")
		write(t, f.ClientCA, clients.pem)
	}
	return f
}

// handshake runs both sides over a pipe and returns what each got: the
// server's name as the client sees it, and both errors.
func handshake(t *testing.T, server credentials.TransportCredentials, client *tls.Config) (name string, clientErr, serverErr error) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	served := make(chan error, 1)
	go func() {
		raw, err := listener.Accept()
		if err != nil {
			served <- err
			return
		}
		defer raw.Close()
		conn, _, err := server.ServerHandshake(raw)
		if err == nil {
			_, err = conn.Write([]byte("."))
		}
		served <- err
	}()
	client.NextProtos = []string{"h2"}
	conn, err := tls.Dial("tcp", listener.Addr().String(), client)
	if err != nil {
		return "", err, <-served
	}
	defer conn.Close()
	// In TLS 1.3 a client hears of its own refusal with the first read.
	_, err = io.ReadFull(conn, make([]byte, 1))
	return conn.ConnectionState().PeerCertificates[0].Subject.CommonName, err, <-served
}

func TestMutualTLS(t *testing.T) {
	ours, theirs := newAuthority(t, "ours"), newAuthority(t, "theirs")
	folder := t.TempDir()
	ours.issue(folder, "headstart")
	var log bytes.Buffer
	certs, err := loadCertificates(filesIn(t, folder, ours), slog.New(slog.NewJSONHandler(&log, nil)), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	server := certs.credentials().Clone() // gRPC clones what it is given
	for _, c := range []struct {
		name   string
		client *tls.Config
		ok     bool
		log    string
	}{
		{"our client", &tls.Config{RootCAs: ours.pool(), Certificates: ours.client("keda")}, true, ""},
		{"no certificate", &tls.Config{RootCAs: ours.pool()}, false, "client didn't provide a certificate"},
		{"another authority's", &tls.Config{RootCAs: ours.pool(), GetClientCertificate: insist(theirs.client("keda"))}, false, "unknown authority"},
		{"an expired one", &tls.Config{RootCAs: ours.pool(), GetClientCertificate: insist(ours.lapsed("keda"))}, false, "expired"},
		{"too old a protocol", &tls.Config{RootCAs: ours.pool(), Certificates: ours.client("keda"), MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, false, "unsupported versions"},
		{"TLS 1.2", &tls.Config{RootCAs: ours.pool(), Certificates: ours.client("keda"), MaxVersion: tls.VersionTLS12}, true, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			log.Reset()
			_, clientErr, serverErr := handshake(t, server, c.client)
			if (clientErr == nil) != c.ok || (serverErr == nil) != c.ok {
				t.Fatalf("client got %v, server %v", clientErr, serverErr)
			}
			if !strings.Contains(log.String(), c.log) || c.log == "" && log.Len() > 0 {
				t.Errorf("logged %q, want %q", log.String(), c.log)
			}
		})
	}
}

// A peer that hangs up at once is a probe, not worth a line.
func TestProbesAreNotLogged(t *testing.T) {
	ours := newAuthority(t, "ours")
	folder := t.TempDir()
	ours.issue(folder, "headstart")
	var log bytes.Buffer
	certs, err := loadCertificates(filesIn(t, folder, nil), slog.New(slog.NewJSONHandler(&log, nil)), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	near, far := net.Pipe()
	near.Close()
	if _, _, err := certs.credentials().ServerHandshake(far); err == nil || log.Len() > 0 {
		t.Fatalf("got %v and log %q", err, log.String())
	}
}

// Real files change under a running server. Each step is seen by the next
// handshake; what cannot be used leaves the last good pair and one line.
func TestRotation(t *testing.T) {
	ours, theirs := newAuthority(t, "ours"), newAuthority(t, "theirs")
	folder := t.TempDir()
	files := filesIn(t, folder, ours)
	ours.issue(folder, "first")
	var log bytes.Buffer
	certs, err := loadCertificates(files, slog.New(slog.NewJSONHandler(&log, nil)), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	server := certs.credentials()
	keda, other := ours.client("keda"), theirs.client("keda")
	// Clients that would resume a session, and so be let in unchecked.
	sessions := tls.NewLRUClientSessionCache(0)
	_, _, stray, _ := ours.sign("stray", false, time.Now().Add(time.Hour))
	for _, step := range []struct {
		name   string
		change func()
		server string
		client []tls.Certificate
		log    string // of the first refresh; a second says nothing
	}{
		{"nothing changed", func() {}, "first", keda, ""},
		{"a new pair", func() { ours.issue(folder, "second") }, "second", keda, "taken over"},
		{"a broken certificate", func() { write(t, files.Certificate, []byte("broken")) }, "second", keda, "cannot be used"},
		{"a certificate of another key", func() { write(t, files.Certificate, stray) }, "second", keda, "private key does not match"},
		{"no key", func() { remove(t, files.Key) }, "second", keda, "read key"},
		{"a good pair again", func() { ours.issue(folder, "third") }, "third", keda, "taken over"},
		{"no key again", func() { remove(t, files.Key) }, "third", keda, "read key"},
		{"and again a pair", func() { ours.issue(folder, "fourth") }, "fourth", keda, "taken over"},
		{"an empty client CA", func() { write(t, files.ClientCA, nil) }, "fourth", keda, "no PEM certificate in it"},
		{"another client CA", func() { write(t, files.ClientCA, theirs.pem) }, "fourth", other, "taken over"},
		{"the former CA's client", func() {}, "refused", keda, ""},
		{"an expired pair", func() { expired(t, ours, files) }, "refused", other, "clients will refuse"},
	} {
		t.Run(step.name, func(t *testing.T) {
			step.change()
			refreshSays(t, certs, &log, step.log)
			refreshSays(t, certs, &log, "")
			name, clientErr, serverErr := handshake(t, server, &tls.Config{
				RootCAs: ours.pool(), ServerName: "127.0.0.1", Certificates: step.client, ClientSessionCache: sessions,
			})
			if clientErr != nil || serverErr != nil {
				name = "refused"
			}
			if name != step.server {
				t.Fatalf("served by %q, want %q: client %v, server %v", name, step.server, clientErr, serverErr)
			}
		})
	}
}

// refreshSays wants a line with the text, or none when it is empty.
func refreshSays(t *testing.T, certs *certificates, log *bytes.Buffer, want string) {
	t.Helper()
	log.Reset()
	certs.refresh()
	if !strings.Contains(log.String(), want) || want == "" && log.Len() > 0 {
		t.Fatalf("logged %q, want %q", log.String(), want)
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

func expired(t *testing.T, a *authority, files TLSFiles) {
	t.Helper()
	_, _, cert, key := a.sign("expired", false, time.Now().Add(-time.Hour))
	write(t, files.Certificate, cert)
	write(t, files.Key, key)
}

// The files are looked at every ten seconds, and no longer than the server
// lives.
func TestFollow(t *testing.T) {
	ours := newAuthority(t, "ours")
	folder := t.TempDir()
	files := filesIn(t, folder, nil)
	ours.issue(folder, "first")
	synctest.Test(t, func(t *testing.T) {
		certs, err := loadCertificates(files, slog.New(slog.DiscardHandler), time.Now)
		if err != nil {
			t.Fatal(err)
		}
		first := certs.current.Load()
		ours.issue(folder, "second")
		go certs.follow(t.Context())
		time.Sleep(certificatesPoll - time.Nanosecond)
		synctest.Wait()
		if certs.current.Load() != first {
			t.Fatal("taken over too early")
		}
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		if certs.current.Load() == first {
			t.Fatal("not taken over")
		}
	})
}

func TestLoadCertificatesRefuses(t *testing.T) {
	ours := newAuthority(t, "ours")
	for _, c := range []struct {
		name  string
		spoil func(*TLSFiles)
		want  string
	}{
		{"no certificate", func(f *TLSFiles) { remove(t, f.Certificate) }, "read certificate: open "},
		{"no key", func(f *TLSFiles) { remove(t, f.Key) }, "read key: open "},
		{"no client CA", func(f *TLSFiles) { remove(t, f.ClientCA) }, "read client CA: open "},
		{"files exchanged", func(f *TLSFiles) { f.Certificate, f.Key = f.Key, f.Certificate }, "certificate "},
		{"a key as client CA", func(f *TLSFiles) { f.ClientCA = f.Key }, "no PEM certificate in it"},
	} {
		t.Run(c.name, func(t *testing.T) {
			folder := t.TempDir()
			ours.issue(folder, "headstart")
			files := filesIn(t, folder, ours)
			c.spoil(&files)
			_, err := NewServer(nil, Options{Log: slog.New(slog.DiscardHandler), Now: time.Now, TLS: &files, Limits: DefaultLimits()})
			if err == nil || !strings.Contains(err.Error(), "load TLS files: ") || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want %q", err, c.want)
			}
		})
	}
}
