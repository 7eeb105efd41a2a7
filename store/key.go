package store

import (
	"encoding/json"
	"fmt"
	"time"
)

// Key makes an operation safe to repeat: with the same value and the same
// request the answer of the first time comes again, and nothing is changed a
// second time. A request that was refused leaves no trace under its key. The
// zero Key is none.
type Key struct {
	Value   string // chosen by the client: up to 255 bytes
	Request Digest // of all the request says
}

// KeyLife is how long an answer is kept for its key. What is older is removed
// when other keys are stored, so that what is kept is bounded by a day's
// requests.
const KeyLife = 24 * time.Hour

// Operation names what a Key was used for.
type Operation string

// The operations.
const (
	OpApply    Operation = "apply"
	OpOverride Operation = "override"
	OpExpire   Operation = "expire"
	OpNote     Operation = "note"
)

// Answer is what is kept for a Key.
type Answer struct {
	Operation Operation       `json:"operation"`
	Request   Digest          `json:"request"`
	At        time.Time       `json:"at"`
	Body      json.RawMessage `json:"body"`
}

// NewAnswer returns the answer that is kept for the key of an operation.
func NewAnswer(op Operation, k Key, now time.Time, body any) (Answer, error) {
	b, err := json.Marshal(body)
	if err != nil {
		return Answer{}, fmt.Errorf("keep the answer for a key: %w", err)
	}
	return Answer{Operation: op, Request: k.Request, At: Instant(now), Body: b}, nil
}

// Stale reports whether an answer is older than what is kept.
func (a Answer) Stale(now time.Time) bool { return now.Sub(a.At) > KeyLife }

// Replay reads the answer into body, if it is for this very request; another
// one's is ErrKeyReused.
func (a Answer) Replay(op Operation, k Key, body any) error {
	if a.Operation != op || a.Request != k.Request {
		return fmt.Errorf("key %q: %w: it was used at %s", k.Value, ErrKeyReused, a.At.Format(time.RFC3339))
	}
	if err := json.Unmarshal(a.Body, body); err != nil {
		return fmt.Errorf("read the answer kept for key %q: %w: %w", k.Value, ErrCorrupt, err)
	}
	return nil
}

// Validate returns what is wrong with a key, as FieldErrors.
func (k Key) Validate() error {
	var c check
	c.key(k)
	return c.err("use an idempotency key")
}
