package prometheus

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/signal"
)

func put(t *testing.T, path string, content []byte) string {
	t.Helper()
	// A rename, as secrets are rotated, and always the same time: only that it
	// is another file tells of it.
	if err := errors.Join(os.WriteFile(path+".new", content, 0o600), os.Chtimes(path+".new", now, now)); err != nil {
		t.Fatal(err)
	}
	move(t, path+".new", path)
	return path
}

func move(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

// echo keeps the header of the last request.
func echo(seen *http.Header, host *string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		*seen, *host = r.Header.Clone(), r.Host
		respond(http.StatusOK, sample("1", 0))(w, r)
	}
}

func TestHeadersOfEveryRequest(t *testing.T) {
	cases := map[string]struct {
		edit func(*Config)
		want map[string]string
	}{
		"nobody":       {func(*Config) {}, map[string]string{"Authorization": "", "X-Scope-OrgID": "", "Host": "127.0.0.1"}},
		"bearer":       {func(c *Config) { c.Auth.Bearer.Value = "abc" }, map[string]string{"Authorization": "Bearer abc"}},
		"basic":        {func(c *Config) { c.Auth = Auth{Username: Secret{Value: "u"}, Password: Secret{Value: "p"}} }, map[string]string{"Authorization": "Basic dTpw"}},
		"no password":  {func(c *Config) { c.Auth.Username.Value = "u" }, map[string]string{"Authorization": "Basic dTo="}},
		"tenant":       {func(c *Config) { c.Tenant.Value = "brand-a" }, map[string]string{"X-Scope-OrgID": "brand-a"}},
		"other tenant": {func(c *Config) { c.Tenant = Tenant{Header: "THANOS-TENANT", Value: "b"} }, map[string]string{"Thanos-Tenant": "b", "X-Scope-OrgID": ""}},
		"custom":       {func(c *Config) { c.Headers = map[string]string{"x-key": "k", "host": "inner"} }, map[string]string{"X-Key": "k", "Host": "inner"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var seen http.Header
			var host string
			if got := one(t.Context(), serve(t, echo(&seen, &host), c.edit)); !got.OK() {
				t.Fatalf("read %+v", got)
			}
			for header, want := range c.want {
				got := seen.Get(header)
				if header == "Host" {
					got, _, _ = strings.Cut(host, ":")
				}
				if got != want {
					t.Errorf("%s is %q, want %q", header, got, want)
				}
			}
		})
	}
}

func TestCredentialsAreReloaded(t *testing.T) {
	var seen http.Header
	var host string
	var log bytes.Buffer
	path := put(t, filepath.Join(t.TempDir(), "token"), []byte("one\n"))
	s := serve(t, echo(&seen, &host), func(c *Config) {
		c.Auth.Bearer.File = path
		c.Logger = slog.New(slog.NewTextHandler(&log, nil))
	})
	send := func(want string) {
		t.Helper()
		if got := one(t.Context(), s); !got.OK() || seen.Get("Authorization") != "Bearer "+want {
			t.Fatalf("read %+v with %q, want %q", got, seen.Get("Authorization"), want)
		}
	}
	send("one")
	if log.Len() > 0 {
		t.Fatalf("log of an unchanged file: %s", &log)
	}
	put(t, path, []byte("two\n"))
	send("two")
	put(t, path, []byte(" \n"))
	send("two")
	send("two")
	if n := strings.Count(log.String(), "cannot be reloaded"); n != 1 {
		t.Fatalf("an empty token is reported %d times: %s", n, &log)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	send("two")
	put(t, path, []byte("three"))
	send("three")
	if strings.Contains(log.String(), "two") || strings.Contains(log.String(), "three") {
		t.Fatalf("a token is in the log: %s", &log)
	}
}

// A name read while the password was out of reach is used once that is back,
// though no file changes then.
func TestCredentialsAreReloadedTogether(t *testing.T) {
	var seen http.Header
	var host string
	dir := t.TempDir()
	user := put(t, filepath.Join(dir, "user"), []byte("u"))
	password := put(t, filepath.Join(dir, "password"), []byte("p"))
	s := serve(t, echo(&seen, &host), func(c *Config) {
		c.Auth = Auth{Username: Secret{File: user}, Password: Secret{File: password}}
	})
	send := func(want string) {
		t.Helper()
		one(t.Context(), s)
		name, _, _ := (&http.Request{Header: seen}).BasicAuth()
		if name != want {
			t.Fatalf("sent by %q, want %q", name, want)
		}
	}
	send("u")
	put(t, user, []byte("v"))
	move(t, password, password+".away")
	send("u")
	move(t, password+".away", password)
	send("v")
}

// authority signs certificates for tests.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  []byte
}

func newAuthority(t *testing.T, name string) *authority {
	t.Helper()
	a := &authority{}
	a.cert, a.key, a.pem, _ = issue(t, name, nil)
	return a
}

// issue makes a certificate signed by a, or by itself as an authority.
func issue(t *testing.T, name string, a *authority) (*x509.Certificate, *ecdsa.PrivateKey, []byte, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{name}, BasicConstraintsValid: true, IsCA: a == nil,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	parent, signer := template, key
	if a != nil {
		parent, signer = a.cert, a.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return cert, key, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})
}

// secure starts a server with a certificate for name, by a, that wants client
// certificates by clients if given.
func secure(t *testing.T, name string, a, clients *authority) string {
	t.Helper()
	_, _, cert, key := issue(t, name, a)
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(respond(http.StatusOK, sample("1", 0)))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	if clients != nil {
		server.TLS.ClientAuth = tls.RequireAndVerifyClientCert
		server.TLS.ClientCAs = x509.NewCertPool()
		server.TLS.ClientCAs.AddCert(clients.cert)
	}
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.StartTLS()
	t.Cleanup(server.Close)
	return "https://" + net.JoinHostPort("127.0.0.1", server.URL[strings.LastIndex(server.URL, ":")+1:])
}

func TestTLSTrust(t *testing.T) {
	ours, other := newAuthority(t, "ours"), newAuthority(t, "other")
	ca := put(t, filepath.Join(t.TempDir(), "ca.pem"), ours.pem)
	address := secure(t, "prometheus.internal", ours, nil)
	foreign := secure(t, "prometheus.internal", other, nil)
	cases := map[string]struct {
		address string
		tls     TLS
		want    signal.Condition
	}{
		"known authority":   {address, TLS{CAFile: ca, ServerName: "prometheus.internal"}, signal.Fine},
		"unknown authority": {foreign, TLS{CAFile: ca, ServerName: "prometheus.internal"}, signal.Unreachable},
		"system's roots":    {address, TLS{ServerName: "prometheus.internal"}, signal.Unreachable},
		"other name":        {address, TLS{CAFile: ca}, signal.Unreachable},
		"trust anybody":     {foreign, TLS{InsecureSkipVerify: true}, signal.Fine},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := one(t.Context(), connect(t, Config{Address: c.address, TLS: c.tls}, nil))
			if got.Condition != c.want || (c.want != signal.Fine && !strings.Contains(got.Reason, "CA file")) {
				t.Fatalf("read %+v, want %s", got, c.want)
			}
		})
	}
}

// A rotation writes certificate and key one after the other; between the two
// the last pair stays in use.
func TestClientCertificateIsReloaded(t *testing.T) {
	servers, clients, strangers := newAuthority(t, "servers"), newAuthority(t, "clients"), newAuthority(t, "strangers")
	dir := t.TempDir()
	address := secure(t, "localhost", servers, clients)
	_, _, cert, key := issue(t, "headstart", strangers)
	files := TLS{
		CAFile: put(t, filepath.Join(dir, "ca.pem"), servers.pem), ServerName: "localhost",
		CertFile: put(t, filepath.Join(dir, "tls.crt"), cert), KeyFile: put(t, filepath.Join(dir, "tls.key"), key),
	}
	s := connect(t, Config{Address: address, TLS: files}, nil)
	read := func(want signal.Condition, says string) {
		t.Helper()
		if got := one(t.Context(), s); got.Condition != want || !strings.Contains(got.Reason, says) {
			t.Fatalf("read %+v, want %s", got, want)
		}
	}
	read(signal.Unreachable, "client certificate")
	_, _, cert, key = issue(t, "headstart", clients)
	put(t, files.CertFile, cert)
	read(signal.Unreachable, "client certificate")
	put(t, files.KeyFile, key)
	read(signal.Fine, "")
	put(t, files.CAFile, strangers.pem)
	read(signal.Unreachable, "CA file")
	put(t, files.CAFile, []byte("no certificate"))
	read(signal.Unreachable, "CA file")
	put(t, files.CAFile, servers.pem)
	read(signal.Fine, "")
}

func TestNewReadsItsFiles(t *testing.T) {
	dir := t.TempDir()
	a := newAuthority(t, "a")
	_, _, cert, _ := issue(t, "one", a)
	_, _, _, key := issue(t, "two", a)
	junk := put(t, filepath.Join(dir, "junk"), []byte("junk"))
	for name, c := range map[string]TLS{
		"authority without one": {CAFile: junk},
		"pair that is none": {
			CertFile: put(t, filepath.Join(dir, "crt"), cert), KeyFile: put(t, filepath.Join(dir, "key"), key),
		},
	} {
		if _, err := New(Config{Address: "https://host", TLS: c}); err == nil || !strings.Contains(err.Error(), dir) {
			t.Errorf("%s: error %v names no file", name, err)
		}
	}
}
