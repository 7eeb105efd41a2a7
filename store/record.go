package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"time"
)

// Verbs of the store's own operations. Others write theirs by Note.
const (
	VerbApply    = "schedule.apply"
	VerbRollback = "schedule.rollback"
	VerbOverride = "override.create"
	VerbExpire   = "override.expire"
)

// Entry is what somebody did.
type Entry struct {
	Actor  string `json:"actor"`
	Verb   string `json:"verb"`
	Object string `json:"object"`
	Before Digest `json:"before,omitzero"` // of the object, by its Digest; none when it was created
	After  Digest `json:"after,omitzero"`  // none when it is gone
	Reason string `json:"reason,omitempty"`
}

// Validate returns all that is wrong with an entry, as FieldErrors.
func (e Entry) Validate() error {
	var c check
	c.required("actor", e.Actor)
	c.required("verb", e.Verb)
	c.required("object", e.Object)
	c.text("reason", e.Reason)
	return c.err("write to the audit log")
}

// Record is an Entry in the audit log. Records form a chain: each holds the
// hash of the one before it, and its own hash covers that.
type Record struct {
	Seq int64     `json:"seq"` // 1, 2, … without a gap
	At  time.Time `json:"at"`  // by the writer's clock; Seq is the order
	Entry
	Prev Digest `json:"prev,omitzero"` // Hash of the record before; none in the first
	Hash Digest `json:"hash"`
}

// digest is what Hash must be: the SHA-256 of the canonical encoding (see
// canonical) of the text "headstart audit record 1", Seq as number, At as
// instant, Actor, Verb and Object as texts, Before and After as digests,
// Reason as text, and Prev as digest.
func (r Record) digest() Digest {
	c := encode("headstart audit record 1")
	c.number(r.Seq)
	c.instant(r.At)
	c.text(r.Actor)
	c.text(r.Verb)
	c.text(r.Object)
	c.digest(r.Before)
	c.digest(r.After)
	c.text(r.Reason)
	c.digest(r.Prev)
	return c.done()
}

// Checkpoint is the audit log's head at a moment. Kept where the log's holder
// cannot change it, it shows later that the log up to Seq is the same.
type Checkpoint struct {
	Seq  int64     `json:"seq"` // 0: the log is empty
	Hash Digest    `json:"hash,omitzero"`
	At   time.Time `json:"at"` // of the record
}

// Append returns the record that follows the head.
func (c Checkpoint) Append(e Entry, now time.Time) Record {
	r := Record{Seq: c.Seq + 1, At: Instant(now), Entry: e, Prev: c.Hash}
	r.Hash = r.digest()
	return r
}

// Checkpoint is the head of a log that ends with the record.
func (r Record) Checkpoint() Checkpoint { return Checkpoint{Seq: r.Seq, Hash: r.Hash, At: r.At} }

// Intact reports whether a record's hash fits its content.
func (r Record) Intact() bool { return r.Hash == r.digest() }

// AppendLine appends the record as a line of JSON.
func (r Record) AppendLine(to []byte) ([]byte, error) {
	line, err := json.Marshal(r)
	if err != nil {
		return to, fmt.Errorf("write record %d: %w", r.Seq, err)
	}
	return append(append(to, line...), '\n'), nil
}

// ParseRecord reads a line that AppendLine wrote. It refuses a line that says
// anything the record's hash does not cover: an unknown field, a field twice.
func ParseRecord(line []byte) (Record, error) {
	var r Record
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return Record{}, fmt.Errorf("read an audit record: %w", err)
	}
	r.At = Instant(r.At)
	same, err := r.AppendLine(nil)
	if err != nil {
		return Record{}, err
	}
	if !bytes.Equal(bytes.TrimSpace(line), bytes.TrimSpace(same)) {
		return Record{}, fmt.Errorf("read audit record %d: the line is not as Headstart writes it: export it again", r.Seq)
	}
	return r, nil
}

// MaxPage is the most that one call reads; a limit of 0, or above it, means
// this.
const MaxPage = 1000

// Page is how many a call with a limit reads.
func Page(limit int) int {
	if limit <= 0 || limit > MaxPage {
		return MaxPage
	}
	return limit
}

// AllRecords yields all records after a sequence number, read in pages.
func AllRecords(after int64, read func(after int64, limit int) ([]Record, error)) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for after := after; ; {
			page, err := read(after, MaxPage)
			if err != nil {
				yield(Record{}, err)
				return
			}
			for _, r := range page {
				if !yield(r, nil) {
					return
				}
				after = r.Seq
			}
			if len(page) == 0 {
				return
			}
		}
	}
}
