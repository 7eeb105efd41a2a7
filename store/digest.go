package store

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"time"
)

// Digest is a SHA-256. The zero Digest means none, and its text is empty.
type Digest [sha256.Size]byte

// Sum is the digest of bytes.
func Sum(data []byte) Digest { return sha256.Sum256(data) }

// IsZero reports whether there is none.
func (d Digest) IsZero() bool { return d == Digest{} }

// String is the digest in hexadecimal, as sha256sum prints it.
func (d Digest) String() string {
	if d.IsZero() {
		return ""
	}
	return hex.EncodeToString(d[:])
}

// MarshalText writes what String says.
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what String says, and nothing else: one digest has one
// text.
func (d *Digest) UnmarshalText(text []byte) error {
	var read Digest
	if len(text) > 0 {
		if hex.DecodedLen(len(text)) != len(read) {
			return fmt.Errorf("read digest: %d characters, want %d", len(text), hex.EncodedLen(len(read)))
		}
		if _, err := hex.Decode(read[:], text); err != nil {
			return fmt.Errorf("read digest: %w", err)
		}
		if read.String() != string(text) {
			return fmt.Errorf("read digest %s: want small letters, and no digest as no text", text)
		}
	}
	*d = read
	return nil
}

// canonical is the encoding that digests of structures are made of. Two
// different structures never have the same encoding: it begins with a name
// that tells kind and version of the structure, all fields follow in a fixed
// order, and each field has a length that is fixed or written before it.
//
//	text     its length in bytes, 8 bytes big-endian; its bytes (UTF-8)
//	number   8 bytes big-endian, two's complement
//	instant  a number: nanoseconds since 1970-01-01T00:00:00Z; the least number for none
//	digest   32 bytes
type canonical struct{ sum hash.Hash }

func encode(name string) canonical {
	c := canonical{sha256.New()}
	c.text(name)
	return c
}

func (c canonical) text(s string) {
	c.number(int64(len(s)))
	c.sum.Write([]byte(s))
}

func (c canonical) number(n int64) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(n))
	c.sum.Write(b[:])
}

func (c canonical) instant(t time.Time) {
	if t.IsZero() {
		c.number(-1 << 63)
		return
	}
	c.number(t.UnixNano())
}

func (c canonical) digest(d Digest) { c.sum.Write(d[:]) }

func (c canonical) done() Digest { return Digest(c.sum.Sum(nil)) }

// Instant is a time as it is stored: UTC, without a monotonic clock. Stored
// and read back it is equal, also by ==.
func Instant(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return time.Unix(0, t.UnixNano()).UTC()
}
