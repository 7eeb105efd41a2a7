package plane

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/headstart-scaler/headstart/test/cluster/plane/kubelet"
	"github.com/headstart-scaler/headstart/test/cluster/plane/usage"
)

// startKubelet runs, in this process and until Stop, what is left out where
// kwok plays nodes: the kubelets' own part, and the resource metrics.
func (p *Plane) startKubelet(ctx context.Context) error {
	file, err := os.OpenFile(filepath.Join(p.folder, "logs", "kubelet.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("create the log of kubelets: %w", err)
	}
	logger := slog.New(slog.NewTextHandler(file, nil))
	stopUsage, err := p.serveUsage(ctx, logger)
	if err != nil {
		return errors.Join(err, file.Close())
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		kubelet.Run(ctx, p.kube, logger)
		_ = file.Close() // a log that ends early harms nobody
	}()
	p.stopKubelet = func() {
		stopUsage()
		cancel()
		<-done
	}
	return nil
}

// serveUsage serves resource metrics to the API server alone.
func (p *Plane) serveUsage(ctx context.Context, logger *slog.Logger) (stop func(), err error) {
	pair, err := tls.LoadX509KeyPair(p.cert(tlsFile), p.cert(tlsKeyFile))
	if err != nil {
		return nil, fmt.Errorf("read the certificate of resource metrics: %w", err)
	}
	front, err := os.ReadFile(p.cert(frontCAFile))
	if err != nil {
		return nil, fmt.Errorf("read the front proxy's authority: %w", err)
	}
	callers := x509.NewCertPool()
	callers.AppendCertsFromPEM(front)
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", loopback(p.ports.usage))
	if err != nil {
		return nil, fmt.Errorf("serve resource metrics: %w", err)
	}
	server := &http.Server{
		Handler: usage.Handler(p.kube, logger), ReadHeaderTimeout: 5 * time.Second,
		ErrorLog: slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
		TLSConfig: &tls.Config{
			MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair},
			ClientCAs: callers, ClientAuth: tls.RequireAndVerifyClientCert,
		},
	}
	go func() {
		if err := server.ServeTLS(listener, "", ""); !errors.Is(err, http.ErrServerClosed) {
			logger.ErrorContext(ctx, "resource metrics ended", "error", err)
		}
	}()
	return func() { _ = server.Close() }, nil // its end is all that is wanted
}
