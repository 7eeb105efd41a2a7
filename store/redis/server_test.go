package redis_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// server is a real redis-server on loopback, with a folder of its own.
type server struct {
	t       testing.TB
	dir     string
	port    int
	args    []string
	process *exec.Cmd
}

// serve starts a server that acknowledges what is on disk. Further arguments
// are those of its command line.
func serve(t testing.TB, args ...string) *server {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Skip("SKIPPED: THE REAL REDIS IS MISSING: apt-get install redis-server")
	}
	s := &server{t: t, dir: t.TempDir(), port: freePort(t), args: args}
	s.start()
	t.Cleanup(s.kill)
	return s
}

func (s *server) start() {
	s.t.Helper()
	log, err := os.OpenFile(filepath.Join(s.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		s.t.Fatal(err)
	}
	defer log.Close()
	config := []string{
		"--bind", "127.0.0.1", "--port", fmt.Sprint(s.port), "--dir", s.dir,
		"--save", "", "--appendonly", "yes", "--appendfsync", "always",
	}
	s.process = redisServer(append(config, s.args...)...)
	s.process.Stdout, s.process.Stderr = log, log
	if err := s.process.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.answers()
}

// redisServer is one in a group of its own, which kill ends whole.
func redisServer(args ...string) *exec.Cmd {
	c := exec.Command("redis-server", args...)
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return c
}

// answers waits until the server is ready.
func (s *server) answers() {
	s.t.Helper()
	c := s.client()
	defer c.Close()
	eventually(s.t, "redis-server to answer", func() error { return c.Ping(s.t.Context()).Err() })
}

func (s *server) addr() string { return fmt.Sprintf("127.0.0.1:%d", s.port) }

func (s *server) client() *goredis.Client {
	return goredis.NewClient(&goredis.Options{Addr: s.addr(), DisableIdentity: true, MaxRetries: -1})
}

// kill ends the server as kill -9 does, and what it forked to write files.
func (s *server) kill() {
	if s.process.ProcessState != nil {
		return
	}
	group := -s.process.Process.Pid
	syscall.Kill(group, syscall.SIGKILL) //nolint:errcheck // it may have ended by itself
	s.process.Wait()                     //nolint:errcheck // killed
	// A second is enough to end, and no reason to fail where nobody reaps it.
	for range 100 {
		if err := syscall.Kill(group, 0); err != nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func freePort(t testing.TB) int {
	t.Helper()
	for {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		addr, is := l.Addr().(*net.TCPAddr)
		l.Close()
		if is && addr.Port < 55000 { // a Cluster's bus is 10000 above
			return addr.Port
		}
	}
}

func eventually(t testing.TB, what string, try func() error) {
	t.Helper()
	var err error
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if err = try(); err == nil {
			return
		}
	}
	t.Fatalf("waited for %s: %v", what, err)
}

// cluster starts three primaries that share the slots.
func cluster(t *testing.T) []*server {
	t.Helper()
	var nodes []*server
	for range 3 {
		nodes = append(nodes, serve(t, "--cluster-enabled", "yes", "--cluster-node-timeout", "2000"))
	}
	ctx := t.Context()
	for i, n := range nodes {
		c := n.client()
		defer c.Close()
		from, to := i*16384/3, (i+1)*16384/3-1
		if err := c.ClusterAddSlotsRange(ctx, from, to).Err(); err != nil {
			t.Fatal(err)
		}
		if err := c.ClusterMeet(ctx, "127.0.0.1", fmt.Sprint(nodes[0].port)).Err(); err != nil {
			t.Fatal(err)
		}
	}
	for _, n := range nodes {
		c := n.client()
		defer c.Close()
		eventually(t, "the cluster", func() error { return clusterOK(ctx, c) })
	}
	return nodes
}

func clusterOK(ctx context.Context, c *goredis.Client) error {
	info, err := c.ClusterInfo(ctx).Result()
	if err != nil {
		return err
	}
	if !strings.Contains(info, "cluster_state:ok") || !strings.Contains(info, "cluster_known_nodes:3") {
		return fmt.Errorf("not yet: %s", info)
	}
	return nil
}

// sentinels starts a primary, a replica of it, and three Sentinels.
func sentinels(t *testing.T) (primary, replica *server, addrs []string) {
	t.Helper()
	primary = serve(t)
	replica = serve(t, "--replicaof", "127.0.0.1", fmt.Sprint(primary.port), "--repl-diskless-sync-delay", "0")
	c := replica.client()
	defer c.Close()
	eventually(t, "the replica", func() error {
		info, err := c.Info(t.Context(), "replication").Result()
		if err == nil && !strings.Contains(info, "master_link_status:up") {
			err = fmt.Errorf("not yet: %s", info)
		}
		return err
	})
	for range 3 {
		s := &server{t: t, dir: t.TempDir(), port: freePort(t)}
		config := filepath.Join(s.dir, "sentinel.conf")
		text := fmt.Sprintf("bind 127.0.0.1\nport %d\ndir %s\nsentinel monitor ours 127.0.0.1 %d 2\n"+
			"sentinel down-after-milliseconds ours 1000\nsentinel failover-timeout ours 4000\n", s.port, s.dir, primary.port)
		if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		s.process = redisServer(config, "--sentinel")
		if err := s.process.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.kill)
		s.answers()
		addrs = append(addrs, s.addr())
	}
	for _, addr := range addrs {
		c := goredis.NewSentinelClient(&goredis.Options{Addr: addr, DisableIdentity: true})
		defer c.Close()
		eventually(t, "the Sentinels to know each other", func() error {
			others, err := c.Sentinels(t.Context(), "ours").Result()
			replicas, err2 := c.Replicas(t.Context(), "ours").Result()
			if err == nil && err2 == nil && (len(others) < 2 || len(replicas) < 1) {
				err = fmt.Errorf("%d others, %d replicas", len(others), len(replicas))
			}
			return err
		})
	}
	return primary, replica, addrs
}
