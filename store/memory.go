package store

import (
	"fmt"
	"time"
	"unicode/utf8"
)

// Memory is something that a machine learned: bytes that only the machine which
// wrote them understands, under a key of its choice. It is apart from what people
// gave: nobody did it, so the audit log says nothing of it, and what is lost is
// learned again.
type Memory struct {
	Key string // up to 255 bytes
	// At is until when was learned what it says. It is forgotten MemoryLife after.
	At      time.Time
	Content []byte // 1 byte to MaxMemory
}

const (
	// MemoryLife is how long a Memory is kept that is not renewed.
	MemoryLife = 60 * 24 * time.Hour
	// MaxMemory is the most bytes of a Memory.
	MaxMemory = 1 << 20
	// MaxMemories is how many one call may write or read.
	MaxMemories = 256
)

// Forgotten reports whether a Memory is older than what is kept.
func (m Memory) Forgotten(now time.Time) bool { return now.Sub(m.At) >= MemoryLife }

// CheckMemories returns what is wrong with what is to be remembered, as
// FieldErrors.
func CheckMemories(list []Memory) error {
	var c check
	c.between("memories", len(list), 0, MaxMemories)
	for i, m := range list {
		c.memoryKey(fmt.Sprintf("memories[%d].key", i), m.Key)
		c.instant(fmt.Sprintf("memories[%d].at", i), m.At)
		c.between(fmt.Sprintf("memories[%d].content", i), len(m.Content), 1, MaxMemory)
	}
	return c.err("remember")
}

// CheckRecall returns what is wrong with keys that are asked for, as FieldErrors.
func CheckRecall(keys []string) error {
	var c check
	c.between("keys", len(keys), 0, MaxMemories)
	for i, key := range keys {
		c.memoryKey(fmt.Sprintf("keys[%d]", i), key)
	}
	return c.err("recall")
}

func (c *check) memoryKey(field, key string) {
	if key == "" || len(key) > longestKey || !utf8.ValidString(key) {
		c.wrong(field, key, fmt.Sprintf("1 to %d bytes of UTF-8", longestKey))
	}
}
