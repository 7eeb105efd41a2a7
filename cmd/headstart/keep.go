package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/headstart-scaler/headstart/config"
	"github.com/headstart-scaler/headstart/planner"
	"github.com/headstart-scaler/headstart/store"
	"github.com/headstart-scaler/headstart/store/redis"
	"github.com/headstart-scaler/headstart/store/sqlite"
)

// keeper is the store of whichever technology.
type keeper interface {
	planner.Store
	auditReader
	closer
}

type auditReader interface {
	Records(ctx context.Context, after int64, limit int) ([]store.Record, error)
	Head(ctx context.Context) (store.Checkpoint, error)
}

type closer interface {
	Findings() []store.Finding
	Close() error
}

// openStore opens what the configuration names; nil where it names none. What
// an operator should know of it is logged.
func openStore(ctx context.Context, c config.Store, log *slog.Logger) (keeper, error) {
	var k keeper
	var err error
	switch {
	case c.SQLiteFile != "":
		k, err = sqlite.Open(ctx, c.SQLiteFile, sqlite.Options{Now: time.Now})
	case len(c.Redis.Addresses) > 0:
		var o redis.Options
		redis.LogTo(log)
		if o, err = redisOptions(c.Redis); err == nil {
			k, err = redis.Open(ctx, o)
		}
	default:
		return nil, nil //nolint:nilnil // there is none, and that is fine
	}
	if err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	for _, f := range k.Findings() {
		log.Warn("the store works, and not as well as it could", "finding", f.Code, "meaning", f.Text)
	}
	return k, nil
}

// redisOptions translates the configuration. Files and variables are read when
// a connection is made, so that a password can be rotated.
func redisOptions(c config.Redis) (redis.Options, error) {
	o := goredis.UniversalOptions{
		Addrs: c.Addresses, MasterName: c.MasterName, IsClusterMode: c.Cluster, DB: c.Database,
		DialTimeout: c.Timeout, ReadTimeout: c.Timeout, WriteTimeout: c.Timeout,
	}
	user, err := opened(c.Login.Username)
	if err != nil {
		return redis.Options{}, err
	}
	password, err := opened(c.Login.Password)
	if err != nil {
		return redis.Options{}, err
	}
	if c.Login.Username.Set() || c.Login.Password.Set() {
		o.CredentialsProviderContext = func(context.Context) (string, string, error) {
			u, err := user()
			if err != nil {
				return "", "", fmt.Errorf("read the user name of Redis: %w", err)
			}
			p, err := password()
			if err != nil {
				return "", "", fmt.Errorf("read the password of Redis: %w", err)
			}
			return u, p, nil
		}
	}
	if c.TLS.Enabled {
		if o.TLSConfig, err = redisTLS(c.TLS); err != nil {
			return redis.Options{}, err
		}
	}
	return redis.Options{Connection: o, Prefix: c.Prefix, Replicas: c.WaitReplicas, Now: time.Now}, nil
}

func redisTLS(c config.TLS) (*tls.Config, error) {
	t := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: c.ServerName, InsecureSkipVerify: c.InsecureSkipVerify} //nolint:gosec // the operator's own choice, named so
	if c.CAFile != "" {
		pem, err := os.ReadFile(c.CAFile)
		if err != nil {
			return nil, fmt.Errorf("read the authorities of Redis: %w", err)
		}
		t.RootCAs = x509.NewCertPool()
		if !t.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("read the authorities of Redis: %s holds no certificate in PEM form", c.CAFile)
		}
	}
	if c.CertFile != "" {
		if _, err := tls.LoadX509KeyPair(c.CertFile, c.KeyFile); err != nil {
			return nil, fmt.Errorf("read our certificate toward Redis: %w", err)
		}
		t.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			pair, err := tls.LoadX509KeyPair(c.CertFile, c.KeyFile)
			return &pair, err
		}
	}
	return t, nil
}

// closeStore closes what may be none.
func closeStore(k keeper) error {
	if k == nil {
		return nil
	}
	if err := k.Close(); err != nil && !errors.Is(err, store.ErrClosed) {
		return fmt.Errorf("close the store: %w", err)
	}
	return nil
}
