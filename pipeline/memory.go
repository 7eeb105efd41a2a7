package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/headstart-scaler/headstart/signal"
)

// Memory keeps what was learned while no process runs. It may be slow and it may
// fail: no tick waits for it.
type Memory interface {
	// Remember keeps what was learned, in place of what it kept under the keys.
	Remember(ctx context.Context, learned []Learned) error
	// Recall returns what it keeps under the keys, in any order.
	Recall(ctx context.Context, keys []string) ([]Learned, error)
}

// Learned is what was learned until an instant, as bytes.
type Learned struct {
	Key     string
	At      time.Time
	Content []byte
}

// durable is what a Model can do besides that is to outlive the process. It is
// apart from Model: one that cannot is a model all the same, and learns anew.
type durable interface {
	encoding.BinaryMarshaler
	encoding.BinaryUnmarshaler
}

// memoryKey names what is learned of a feed. It is the same whichever policy asks
// for it, in every process, and where a query gets another field that is not set.
func memoryKey(k feedKey) string {
	var said any
	switch q := k.query.(type) {
	case signal.Expression:
		said = struct {
			Source, PromQL string
		}{k.source, q.PromQL}
	case signal.ConsumerGroup:
		said = struct {
			Source, Group               string
			Topics, Pattern, Partitions string             `json:",omitempty"`
			OffsetReset                 signal.OffsetReset `json:",omitempty"`
			ExcludePersistentLag        bool               `json:",omitempty"`
		}{k.source, q.Group, q.Topics, q.Pattern, q.Partitions, q.OffsetReset, q.ExcludePersistentLag}
	default:
		said = fmt.Sprintf("%T %q %s", q, k.source, q)
	}
	text, err := json.Marshal(said)
	if err != nil { // of texts and flags
		panic(err)
	}
	sum := sha256.Sum256(text)
	return "model " + hex.EncodeToString(sum[:])
}

// keeps reports whether what the feed's model learns is kept.
func (o Options) keeps(f *feed) bool {
	if o.Memory == nil {
		return false
	}
	_, lasts := f.model.(durable)
	return lasts
}

// revived is a model that knows what one knew before. What is too old to be of use
// or of a time to come is refused, as the error says.
func (o Options) revived(l Learned, now time.Time) (Model, error) {
	if age := now.Sub(l.At); age > o.Past || age < -time.Minute {
		return nil, fmt.Errorf("it is of %s", stamp(l.At))
	}
	model := o.Model()
	m, lasts := model.(durable)
	if !lasts {
		return nil, fmt.Errorf("%T reads none", model)
	}
	if err := m.UnmarshalBinary(l.Content); err != nil {
		return nil, err
	}
	return model, nil
}
