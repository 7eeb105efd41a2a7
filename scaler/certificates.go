package scaler

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/credentials"
)

// certificatesPoll is how often the files are read again. They are a few
// kilobytes; a kubelet takes about a minute to swap a Secret's.
const certificatesPoll = 10 * time.Second

// TLSFiles name PEM files. Their content may change while they are served.
type TLSFiles struct {
	// Certificate is the server's chain, leaf first; Key is its private key.
	Certificate, Key string
	// ClientCA holds the authorities whose clients are let in; with an empty
	// path clients are not asked for a certificate. mTLS is the only
	// authentication KEDA offers.
	ClientCA string
}

// certificates is the TLS configuration of the newest usable files.
type certificates struct {
	files   TLSFiles
	log     *slog.Logger
	now     func() time.Time
	current atomic.Pointer[tls.Config]

	// inUse is the hash of the content current was made of; trouble is what
	// is wrong with the files now, so that it is told once.
	inUse   [sha256.Size]byte
	trouble string
}

func loadCertificates(files TLSFiles, log *slog.Logger, now func() time.Time) (*certificates, error) {
	c := &certificates{files: files, log: log, now: now}
	if _, err := c.load(); err != nil {
		return nil, err
	}
	return c, nil
}

// credentials hand each new connection the configuration current then.
func (c *certificates) credentials() credentials.TransportCredentials {
	inner := credentials.NewTLS(&tls.Config{
		MinVersion:         tls.VersionTLS12,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return c.current.Load(), nil },
	})
	return &loggedCredentials{TransportCredentials: inner, log: c.log}
}

// follow reads the files again and again until ctx ends. It returns at once
// when there are none.
func (c *certificates) follow(ctx context.Context) {
	if c == nil {
		return
	}
	tick := time.NewTicker(certificatesPoll)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			c.refresh()
		case <-ctx.Done():
			return
		}
	}
}

// refresh takes over changed files, or keeps the last good ones and says so.
func (c *certificates) refresh() {
	changed, err := c.load()
	if err != nil {
		if err.Error() != c.trouble {
			c.log.Error("changed TLS files cannot be used; the last good ones stay in use", slog.Any("error", err))
		}
		c.trouble = err.Error()
		return
	}
	c.trouble = ""
	if changed {
		c.log.Info("TLS files taken over", slog.String("certificate", c.files.Certificate))
	}
}

// load takes the files into use and reports whether that changed anything.
func (c *certificates) load() (changed bool, err error) {
	certificate, key, clientCA, err := c.files.read()
	if err != nil {
		return false, err
	}
	hash := sha256.Sum256(bytes.Join([][]byte{certificate, key, clientCA}, []byte{0}))
	if hash == c.inUse {
		return false, nil
	}
	config, err := c.files.parse(certificate, key, clientCA)
	if err != nil {
		return false, err
	}
	c.inUse = hash
	c.current.Store(config)
	c.warnExpired(config.Certificates[0].Leaf)
	return true, nil
}

func (c *certificates) warnExpired(leaf *x509.Certificate) {
	if now := c.now(); now.Before(leaf.NotBefore) || now.After(leaf.NotAfter) {
		c.log.Warn("clients will refuse the TLS certificate at the present time",
			slog.String("certificate", c.files.Certificate),
			slog.Time("not_before", leaf.NotBefore), slog.Time("not_after", leaf.NotAfter))
	}
}

func (f TLSFiles) read() (certificate, key, clientCA []byte, err error) {
	if certificate, err = os.ReadFile(f.Certificate); err != nil {
		return nil, nil, nil, fmt.Errorf("read certificate: %w", err)
	}
	if key, err = os.ReadFile(f.Key); err != nil {
		return nil, nil, nil, fmt.Errorf("read key: %w", err)
	}
	if f.ClientCA == "" {
		return certificate, key, nil, nil
	}
	if clientCA, err = os.ReadFile(f.ClientCA); err != nil {
		return nil, nil, nil, fmt.Errorf("read client CA: %w", err)
	}
	return certificate, key, clientCA, nil
}

func (f TLSFiles) parse(certificate, key, clientCA []byte) (*tls.Config, error) {
	pair, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		return nil, fmt.Errorf("certificate %s with key %s: %w", f.Certificate, f.Key, err)
	}
	config := &tls.Config{
		Certificates: []tls.Certificate{pair},
		// 1.2 is what KEDA's client asks for at least.
		MinVersion: tls.VersionTLS12,
		// A resumed session would not be checked against a changed client CA,
		// and KEDA's connections are too few for resumption to matter.
		SessionTicketsDisabled: true,
	}
	if f.ClientCA == "" {
		return config, nil
	}
	config.ClientCAs = x509.NewCertPool()
	if !config.ClientCAs.AppendCertsFromPEM(clientCA) {
		return nil, fmt.Errorf("client CA %s: no PEM certificate in it", f.ClientCA)
	}
	config.ClientAuth = tls.RequireAndVerifyClientCert
	return config, nil
}

// loggedCredentials log why a client was not let in: it would hear of it at
// best, and we never.
type loggedCredentials struct {
	credentials.TransportCredentials
	log *slog.Logger
}

func (l *loggedCredentials) ServerHandshake(raw net.Conn) (net.Conn, credentials.AuthInfo, error) {
	conn, info, err := l.TransportCredentials.ServerHandshake(raw)
	// A peer that connects and hangs up is a port probe.
	if err != nil && !errors.Is(err, io.EOF) {
		l.log.Warn("TLS handshake refused", slog.String("peer", raw.RemoteAddr().String()), slog.Any("error", err))
	}
	return conn, info, err
}

func (l *loggedCredentials) Clone() credentials.TransportCredentials {
	return &loggedCredentials{TransportCredentials: l.TransportCredentials.Clone(), log: l.log}
}
