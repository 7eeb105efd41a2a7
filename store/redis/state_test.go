package redis_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	mathrand "math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/headstart-scaler/headstart/store"
	"github.com/headstart-scaler/headstart/store/redis"
	"github.com/headstart-scaler/headstart/store/storetest"
)

func TestMain(m *testing.M) {
	redis.LogTo(slog.New(slog.DiscardHandler)) // servers are killed all the time
	os.Exit(m.Run())
}

func (s *server) options() redis.Options {
	return redis.Options{Connection: goredis.UniversalOptions{Addrs: []string{s.addr()}}, Patience: 300 * time.Millisecond}
}

func TestFindings(t *testing.T) {
	primary := serve(t)
	for _, c := range []struct {
		name string
		args []string
		want []string
	}{
		{"always", nil, nil},
		{"every second", []string{"--appendfsync", "everysec"}, []string{"redis-fsync-everysec"}},
		{"when the system likes", []string{"--appendfsync", "no"}, []string{"redis-fsync-no"}},
		{"snapshots only", []string{"--appendonly", "no", "--appendfsync", "everysec"}, []string{"redis-no-aof"}},
		{"evicts", []string{"--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"}, []string{"redis-evicts"}},
		{"evicts what expires", []string{"--maxmemory", "100mb", "--maxmemory-policy", "volatile-lru"}, nil},
		{"replica", []string{"--replicaof", "127.0.0.1", fmt.Sprint(primary.port)}, []string{"redis-replica"}},
		{"says nothing", []string{"--rename-command", "CONFIG", "", "--rename-command", "INFO", ""}, []string{"redis-info-hidden", "redis-config-hidden"}},
		{"cluster", []string{"--cluster-enabled", "yes"}, []string{"redis-failover-loses"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, c.args...)
			o := s.options()
			if c.name == "cluster" {
				o.Connection.IsClusterMode = true
				client := s.client()
				defer client.Close()
				if err := client.ClusterAddSlotsRange(t.Context(), 0, 16383).Err(); err != nil {
					t.Fatal(err)
				}
				eventually(t, "the cluster", func() error {
					return client.Set(t.Context(), "{headstart}:x", 1, time.Second).Err()
				})
			}
			var got []string
			for _, f := range open(t, o).Findings() {
				got = append(got, f.Code)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestReplicaIsReadOnly(t *testing.T) {
	primary := serve(t)
	replica := serve(t, "--replicaof", "127.0.0.1", fmt.Sprint(primary.port), "--repl-diskless-sync-delay", "0")
	if _, err := open(t, primary.options()).Apply(t.Context(), storetest.Proposal(0, "one")); err != nil {
		t.Fatal(err)
	}
	s := open(t, replica.options())
	eventually(t, "the replica", func() error {
		if v, err := s.Current(t.Context()); err != nil || v.Number != 1 {
			return fmt.Errorf("version %d, %w", v.Number, err)
		}
		return nil
	})
	if _, err := s.Apply(t.Context(), storetest.Proposal(1, "two")); !errors.Is(err, store.ErrReadOnly) || errors.Is(err, store.ErrInDoubt) {
		t.Errorf("got %v, want ErrReadOnly", err)
	}
}

// The script asks whether it may write before it says anything: an answer of a
// replica would be one about the past.
func TestAReplicaDoesNotAnswerTheScript(t *testing.T) {
	script, err := os.ReadFile("change.lua")
	if err != nil {
		t.Fatal(err)
	}
	primary := serve(t)
	replica := serve(t, "--replicaof", "127.0.0.1", fmt.Sprint(primary.port))
	for _, c := range []struct {
		server *server
		want   string
	}{{primary, ""}, {replica, "READONLY"}} {
		client := c.server.client()
		defer client.Close()
		made, err := client.Eval(t.Context(), string(script), []string{"{x}:head", "{x}:audit"}, "not the head", "next", "1-0", "record", "nonce", "{x}:changed").Bool()
		if made || c.want == "" && err != nil || c.want != "" && (err == nil || !strings.HasPrefix(err.Error(), c.want)) {
			t.Errorf("made %v, got error %v, want %q", made, err, c.want)
		}
	}
}

// Others are told by a message, which is sooner than they look.
func TestAChangeIsPublished(t *testing.T) {
	server := serve(t)
	c := server.client()
	defer c.Close()
	messages := c.Subscribe(t.Context(), "{headstart}:changed")
	defer messages.Close()
	if _, err := messages.Receive(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, server.options()).Apply(t.Context(), storetest.Proposal(0, "one")); err != nil {
		t.Fatal(err)
	}
	if m, err := messages.ReceiveMessage(t.Context()); err != nil || m.Payload != "1-0" {
		t.Errorf("%v, %v", m, err)
	}
}

// Memory that is used up refuses a change as a whole.
func TestFullMemory(t *testing.T) {
	server := serve(t, "--maxmemory", "6mb", "--maxmemory-policy", "noeviction")
	s := open(t, server.options())
	last, err := fill(t, s)
	if !errors.Is(err, store.ErrFull) || last < 1 {
		t.Fatalf("after version %d: %v, want ErrFull", last, err)
	}
	checkWhole(t, s, last)
	c := server.client()
	defer c.Close()
	if err := c.ConfigSet(t.Context(), "maxmemory", "0").Err(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Apply(t.Context(), storetest.Proposal(last, "more")); err != nil {
		t.Errorf("with room again: %v", err)
	}
	storetest.VerifyAll(t, s)
}

// fill applies documents until one is refused, and returns the last version.
func fill(t *testing.T, s *redis.Store) (last int64, err error) {
	t.Helper()
	for ; last < 300; last++ {
		noise := make([]byte, 100_000)
		mathrand.NewChaCha8([32]byte{byte(last), byte(last >> 8)}).Read(noise) //nolint:errcheck // never fails
		if _, err = s.Apply(t.Context(), store.Proposal{Expected: last, Document: noise, Author: "ci"}); err != nil {
			return last, err
		}
	}
	return last, nil
}

func checkWhole(t *testing.T, s *redis.Store, last int64) {
	t.Helper()
	if v, err := s.Current(t.Context()); err != nil || v.Number != last {
		t.Errorf("current is %d, %v, want %d", v.Number, err, last)
	}
	if head, err := s.Head(t.Context()); err != nil || head.Seq != last {
		t.Errorf("the audit log ends with %d, %v, want %d", head.Seq, err, last)
	}
	if _, err := s.Document(t.Context(), last); err != nil {
		t.Error(err)
	}
	storetest.VerifyAll(t, s)
}

// A disk that is full: Redis, which must not acknowledge what it cannot write,
// ends. What it acknowledged is there when there is room again.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=3m,mode=0700"); err != nil {
		t.Skipf("SKIPPED: A SMALL FILE SYSTEM NEEDS ROOT AND THE RIGHT TO MOUNT: %v", err)
	}
	server := serve(t, "--dir", dir)
	t.Cleanup(func() { // before the folder is removed
		server.kill()
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	s := open(t, server.options())
	last, err := fill(t, s)
	if !errors.Is(err, store.ErrInDoubt) && !errors.Is(err, store.ErrFull) || last < 1 {
		t.Fatalf("after version %d: %v, want ErrInDoubt or ErrFull", last, err)
	}
	server.kill()
	if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT, "size=30m"); err != nil {
		t.Fatal(err)
	}
	server.start()
	s = open(t, server.options())
	v, err := s.Current(t.Context())
	if err != nil || v.Number != last && v.Number != last+1 {
		t.Fatalf("current is %d, %v, want %d, or the one in doubt", v.Number, err, last)
	}
	checkWhole(t, s, v.Number)
	if _, err := s.Apply(t.Context(), storetest.Proposal(v.Number, "more")); err != nil {
		t.Errorf("with room again: %v", err)
	}
}

// What does not fit together is noticed, at the start or when it is read, and
// nothing is written on top of it.
func TestSpoiltStateIsNoticed(t *testing.T) {
	server := serve(t)
	c := server.client()
	defer c.Close()
	n := 0
	for name, spoil := range map[string]func(ctx context.Context, key func(string) string) error{
		"head removed": func(ctx context.Context, key func(string) string) error { return c.Del(ctx, key("head")).Err() },
		"log removed":  func(ctx context.Context, key func(string) string) error { return c.Del(ctx, key("audit")).Err() },
		"log cut": func(ctx context.Context, key func(string) string) error {
			return c.XDel(ctx, key("audit"), "2-0").Err()
		},
		"last record forged": func(ctx context.Context, key func(string) string) error {
			entry := c.XRevRangeN(ctx, key("audit"), "+", "-", 1).Val()[0]
			text := strings.Replace(fmt.Sprint(entry.Values["record"]), "mia@", "eve@", 1)
			c.Del(ctx, key("audit"))
			return c.XAdd(ctx, &goredis.XAddArgs{Stream: key("audit"), ID: entry.ID, Values: []any{"record", text}}).Err()
		},
		"head is no JSON": func(ctx context.Context, key func(string) string) error { return c.Set(ctx, key("head"), "x", 0).Err() },
		"older head": func(ctx context.Context, key func(string) string) error {
			return c.Set(ctx, key("head"), `{"format":1}`, 0).Err()
		},
		"of another kind": func(ctx context.Context, key func(string) string) error {
			c.Del(ctx, key("audit"))
			return c.Set(ctx, key("audit"), "x", 0).Err()
		},
		"record is no one": func(ctx context.Context, key func(string) string) error {
			return c.XAdd(ctx, &goredis.XAddArgs{Stream: key("audit"), ID: "9-0", Values: []any{"a", "b"}}).Err()
		},
	} {
		t.Run(name, func(t *testing.T) {
			n++
			o := server.options()
			o.Prefix = fmt.Sprint("spoilt-", n)
			s := open(t, o)
			for i := range int64(2) {
				if _, err := s.Apply(t.Context(), storetest.Proposal(i, fmt.Sprint(i))); err != nil {
					t.Fatal(err)
				}
			}
			if err := spoil(t.Context(), func(name string) string { return "{" + o.Prefix + "}:" + name }); err != nil {
				t.Fatal(err)
			}
			if _, err := redis.Open(t.Context(), o); !errors.Is(err, store.ErrCorrupt) {
				t.Errorf("got %v, want ErrCorrupt", err)
			}
		})
	}
}

// A key that a write needs and that is of another kind: the script writes
// nothing at all.
func TestAScriptDoesAllOrNothing(t *testing.T) {
	server := serve(t)
	s := open(t, server.options())
	c := server.client()
	defer c.Close()
	if err := c.Set(t.Context(), "{headstart}:ends", "not a sorted set", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.PutOverride(t.Context(), storetest.Override(time.Now()), storetest.Key("k", "1")); !errors.Is(err, store.ErrCorrupt) {
		t.Errorf("got %v, want ErrCorrupt", err)
	}
	if keys, err := c.Keys(t.Context(), "*").Result(); err != nil || len(keys) != 1 {
		t.Errorf("written: %v, %v", keys, err)
	}
}

func TestLostDocumentIsNoticed(t *testing.T) {
	server := serve(t)
	s := open(t, server.options())
	v, err := s.Apply(t.Context(), storetest.Proposal(0, "one"))
	if err != nil {
		t.Fatal(err)
	}
	c := server.client()
	defer c.Close()
	for _, spoil := range []func() error{
		func() error { return c.Append(t.Context(), "{headstart}:document:"+v.Hash.String(), "x").Err() },
		func() error { return c.Del(t.Context(), "{headstart}:document:"+v.Hash.String()).Err() },
	} {
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Document(t.Context(), 1); !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("got %v, want ErrCorrupt", err)
		}
	}
}

func TestNewerFormatIsRefused(t *testing.T) {
	server := serve(t)
	s := open(t, server.options())
	c := server.client()
	defer c.Close()
	if err := c.Set(t.Context(), "{headstart}:head", `{"format":2}`, 0).Err(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Apply(t.Context(), storetest.Proposal(0, "one")); !errors.Is(err, store.ErrNewer) {
		t.Errorf("while open: %v", err)
	}
	if _, err := redis.Open(t.Context(), server.options()); !errors.Is(err, store.ErrNewer) {
		t.Errorf("opened: %v", err)
	}
}

func TestBadOptions(t *testing.T) {
	for _, o := range []redis.Options{{Prefix: "a{b}"}, {Prefix: "a*"}, {Replicas: -1}} {
		if _, err := redis.Open(t.Context(), o); err == nil {
			t.Errorf("%+v was taken", o)
		}
	}
}

// TLS, and a user who may do what doc.go says and nothing else.
func TestUserAndTLS(t *testing.T) {
	cert, key, pool := certificate(t)
	tlsPort := freePort(t)
	server := serve(t, "--tls-port", fmt.Sprint(tlsPort), "--tls-cert-file", cert, "--tls-key-file", key, "--tls-auth-clients", "no")
	admin := server.client()
	defer admin.Close()
	rights := "on >secret ~{headstart}* &{headstart}* -@all +@read +@write +@scripting +@pubsub +@connection +@transaction +info +config|get +wait"
	if err := admin.Do(t.Context(), append([]any{"ACL", "SETUSER", "headstart"}, fields(rights)...)...).Err(); err != nil {
		t.Fatal(err)
	}
	o := server.options()
	o.Connection = goredis.UniversalOptions{
		Addrs: []string{fmt.Sprintf("127.0.0.1:%d", tlsPort)}, Username: "headstart", Password: "secret",
		TLSConfig: &tls.Config{RootCAs: pool},
	}
	s := open(t, o)
	if f := s.Findings(); len(f) != 0 {
		t.Errorf("findings %v", f)
	}
	watch := s.Watch(t.Context())
	<-watch
	p := storetest.Proposal(0, "one")
	p.Key = storetest.Key("k", "one")
	if _, err := s.Apply(t.Context(), p); err != nil {
		t.Error(err)
	}
	<-watch
	if _, err := s.PutOverride(t.Context(), storetest.Override(time.Now()), store.Key{}); err != nil {
		t.Error(err)
	}
	storetest.VerifyAll(t, s)
	o.Connection.Password = "wrong"
	if _, err := redis.Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), "WRONGPASS") {
		t.Errorf("wrong password: %v", err)
	}
	o.Connection.Password, o.Prefix = "secret", "others"
	if _, err := redis.Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), "NOPERM") {
		t.Errorf("others' keys: %v", err)
	}
}

func fields(s string) (list []any) {
	for f := range strings.FieldsSeq(s) {
		list = append(list, f)
	}
	return list
}

func certificate(t *testing.T) (certFile, keyFile string, pool *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certFile, keyFile, pool = filepath.Join(dir, "cert"), filepath.Join(dir, "key"), x509.NewCertPool()
	for name, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: private}} {
		var text bytes.Buffer
		if err := errors.Join(pem.Encode(&text, block), os.WriteFile(name, text.Bytes(), 0o600)); err != nil {
			t.Fatal(err)
		}
		pool.AppendCertsFromPEM(text.Bytes())
	}
	return certFile, keyFile, pool
}
