package redis

import (
	"encoding/json"
	"fmt"

	"github.com/redis/go-redis/v9"

	"github.com/headstart-scaler/headstart/store"
)

// keys names the keys. They have the prefix as their hash tag.
//
//	head            JSON: what the next change follows from
//	audit           stream: record n has the id n-0
//	versions        hash: number → JSON
//	document:<sum>  zstd, by the document's hash
//	overrides       hash: id → JSON
//	ends            sorted set: ids of overrides, by the second they are over at
//	answer:<sum>    JSON, by the hash of an idempotency key; expires
//	memory:<sum>    an instant and zstd, by the hash of a memory's key; expires
//	fence           string: empty; what WAIT waits for; expires
//	changed         channel: the number of the newest record
type keys struct{ prefix string }

func (k keys) of(name string) string { return "{" + k.prefix + "}:" + name }

func (k keys) head() string                   { return k.of("head") }
func (k keys) audit() string                  { return k.of("audit") }
func (k keys) versions() string               { return k.of("versions") }
func (k keys) document(d store.Digest) string { return k.of("document:" + d.String()) }
func (k keys) overrides() string              { return k.of("overrides") }
func (k keys) ends() string                   { return k.of("ends") }
func (k keys) changed() string                { return k.of("changed") }
func (k keys) fence() string                  { return k.of("fence") }

func (k keys) answer(key store.Key) string {
	return k.of("answer:" + store.Sum([]byte(key.Value)).String())
}

func (k keys) memory(key string) string {
	return k.of("memory:" + store.Sum([]byte(key)).String())
}

// format is the version of all this. A program that reads a higher one stops.
const format = 1

// head is what the next change follows from. text is how it was read: the
// script compares it letter by letter.
type head struct {
	Format    int              `json:"format"`
	Audit     store.Checkpoint `json:"audit"`
	Current   store.Version    `json:"current"`
	Overrides int64            `json:"overrides"`

	text string
}

func parseHead(text string) (head, error) {
	h := head{Format: format, text: text}
	if text == "" {
		return h, nil
	}
	if err := json.Unmarshal([]byte(text), &h); err != nil {
		return head{}, fmt.Errorf("read the head: %w: %w", store.ErrCorrupt, err)
	}
	if h.Format > format {
		return head{}, fmt.Errorf("%w: its format is %d, this program knows %d", store.ErrNewer, h.Format, format)
	}
	return h, nil
}

// parseEntry reads an entry of the stream.
func parseEntry(m redis.XMessage) (store.Record, error) {
	var r store.Record
	text, _ := m.Values["record"].(string)
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return store.Record{}, fmt.Errorf("read audit record %s: %w: %w", m.ID, store.ErrCorrupt, err)
	}
	if m.ID != entryID(r.Seq) {
		return store.Record{}, fmt.Errorf("read audit record %s: %w: it says it is record %d", m.ID, store.ErrCorrupt, r.Seq)
	}
	return r, nil
}

func entryID(seq int64) string { return fmt.Sprintf("%d-0", seq) }
