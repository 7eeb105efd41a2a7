package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/headstart-scaler/headstart/api"
	"github.com/headstart-scaler/headstart/config"
	"github.com/headstart-scaler/headstart/planner"
	"github.com/headstart-scaler/headstart/store"
	"github.com/headstart-scaler/headstart/store/redis"
	"github.com/headstart-scaler/headstart/store/sqlite"
)

// keeper is the store of whichever technology.
type keeper interface {
	people
	memories
	io.Closer
}

// people are those whose changes it keeps.
type people interface {
	planner.Store
	api.Audit
}

// openStore opens what the configuration names; nil where it names none. One
// that does not answer yet is opened later.
func openStore(ctx context.Context, c config.Store, log *slog.Logger) (keeper, error) {
	open, err := opener(c, log)
	if err != nil || open == nil {
		return nil, err
	}
	k, err := open(ctx)
	if err != nil && patient(err) {
		return newLateStore(open, err, log), nil
	}
	if err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	return k, nil
}

// opener is how to open what the configuration names; nil where it names none.
// What an operator should know of the store is logged.
func opener(c config.Store, log *slog.Logger) (func(context.Context) (keeper, error), error) {
	switch {
	case c.SQLiteFile != "":
		return func(ctx context.Context) (keeper, error) {
			k, err := sqlite.Open(ctx, c.SQLiteFile, sqlite.Options{Now: time.Now})
			if err != nil {
				return nil, err // not a keeper that holds nil
			}
			tell(k.Findings(), log)
			return k, nil
		}, nil
	case len(c.Redis.Addresses) > 0:
		o, err := redisOptions(c.Redis)
		if err != nil {
			return nil, fmt.Errorf("open the store: %w", err)
		}
		redis.LogTo(log)
		return func(ctx context.Context) (keeper, error) {
			k, err := redis.Open(ctx, o)
			if err != nil {
				return nil, err // not a keeper that holds nil
			}
			tell(k.Findings(), log)
			return k, nil
		}, nil
	default:
		return nil, nil //nolint:nilnil // there is none, and that is fine
	}
}

// tell logs what an operator should know of a store that was opened.
func tell(findings []store.Finding, log *slog.Logger) {
	for _, f := range findings {
		log.Warn("the store works, and not as well as it could", "finding", f.Code, "meaning", f.Text)
	}
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
