package redis

import (
	"context"
	"encoding/binary"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/headstart-scaler/headstart/store"
	"github.com/headstart-scaler/headstart/store/internal/pack"
)

// Remember writes what machines learned in place of what they knew. Each memory
// is written whole; no replica is waited for.
func (s *Store) Remember(ctx context.Context, list []store.Memory) error {
	if err := store.CheckMemories(list); err != nil || len(list) == 0 {
		return err
	}
	packed, err := pack.Memories(list)
	if err != nil {
		return err
	}
	now := s.now()
	_, err = s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, m := range list {
			// The server's clock removes it, which Recall has not to rely on.
			if left := m.At.Add(store.MemoryLife).Sub(now); left >= time.Millisecond {
				p.Set(ctx, s.keys.memory(m.Key), memoryValue(m.At, packed[i]), left)
			} else {
				p.Del(ctx, s.keys.memory(m.Key))
			}
		}
		return nil
	})
	return explain("remember", err)
}

// Recall is what was remembered of keys, in their order, without those that
// nothing is known of.
func (s *Store) Recall(ctx context.Context, keys []string) ([]store.Memory, error) {
	if err := store.CheckRecall(keys); err != nil || len(keys) == 0 {
		return nil, err
	}
	names := make([]string, len(keys))
	for i, key := range keys {
		names[i] = s.keys.memory(key)
	}
	values, err := s.client.MGet(ctx, names...).Result()
	if err != nil {
		return nil, explain("recall", err)
	}
	now := s.now()
	var found []store.Memory
	for i, value := range values {
		if text, is := value.(string); is {
			found = append(found, parseMemory(keys[i], text, now))
		}
	}
	return pack.Recalled(keys, found, now)
}

// instantBytes are the first of a memory's value: At, in nanoseconds since 1970.
const instantBytes = 8

func memoryValue(at time.Time, packed []byte) []byte {
	return append(binary.BigEndian.AppendUint64(make([]byte, 0, instantBytes+len(packed)), uint64(at.UnixNano())), packed...)
}

// parseMemory reads what memoryValue wrote. What is too short is as of now, and
// has no content, which Recalled takes for damaged.
func parseMemory(key, text string, now time.Time) store.Memory {
	m := store.Memory{Key: key, At: now}
	if len(text) > instantBytes {
		m.At = time.Unix(0, int64(binary.BigEndian.Uint64([]byte(text[:instantBytes])))).UTC()
		m.Content = []byte(text[instantBytes:])
	}
	return m
}
