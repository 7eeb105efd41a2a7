package redis

import (
	"context"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/headstart-scaler/headstart/store"
)

// inspect looks at the server's settings for what could lose an acknowledged
// change. What it may not ask it says, too.
func (s *Store) inspect(ctx context.Context) ([]store.Finding, error) {
	node, err := s.node(ctx)
	if err != nil {
		return nil, explain("find the server of our keys", err)
	}
	var all []store.Finding
	found := func(code, text string, args ...any) {
		all = append(all, store.Finding{Code: code, Text: fmt.Sprintf(text, args...)})
	}
	info, err := facts(ctx, node)
	if err != nil {
		if !answered(err) {
			return nil, explain("read the server's state", err)
		}
		found("redis-info-hidden", "the server does not let us read INFO (%v): whether an acknowledged change can be lost is not known", err)
	}
	if info["role"] == "slave" {
		found("redis-replica", "this server is a replica: changes are refused; connect to the primary, through Sentinel or Cluster")
	}
	if info["aof_enabled"] == "0" {
		found("redis-no-aof", "appendonly is no: a crash loses all changes since the last snapshot; set appendonly yes and appendfsync always")
	}
	if policy := info["maxmemory_policy"]; strings.HasPrefix(policy, "allkeys-") {
		found("redis-evicts", "maxmemory-policy is %s: when memory is short, schedules and audit log are thrown away; set noeviction", policy)
	}
	s.inspectSync(ctx, node, info["aof_enabled"], found)
	if s.failsOver && s.replicas == 0 {
		found("redis-failover-loses", "no replica is waited for: a failover can lose changes of the last moment; wait for 1 or more replicas")
	}
	return all, nil
}

// inspectSync looks at when the append-only file is brought to disk.
func (s *Store) inspectSync(ctx context.Context, node redis.Cmdable, aof string, found func(code, text string, args ...any)) {
	sync, err := node.ConfigGet(ctx, "appendfsync").Result()
	switch {
	case err != nil || sync["appendfsync"] == "":
		found("redis-config-hidden", "the server does not let us read its configuration (%v): see that appendonly is yes and appendfsync is always", err)
	case aof != "1":
	case sync["appendfsync"] == "everysec":
		found("redis-fsync-everysec", "appendfsync everysec can lose a second of acknowledged changes when the machine fails; set appendfsync always")
	case sync["appendfsync"] == "no":
		found("redis-fsync-no", "appendfsync no can lose half a minute of acknowledged changes when the machine fails; set appendfsync always")
	}
}

// facts is what INFO says.
func facts(ctx context.Context, node redis.Cmdable) (map[string]string, error) {
	text, err := node.Info(ctx).Result()
	if err != nil {
		return nil, err
	}
	known := make(map[string]string)
	for line := range strings.Lines(text) {
		if name, value, found := strings.Cut(strings.TrimSpace(line), ":"); found {
			known[name] = value
		}
	}
	return known, nil
}
