package store

import (
	"fmt"
	"iter"
	"time"
)

// Fault is what was done to a record.
type Fault string

// The faults that Verify tells apart.
const (
	Changed   Fault = "changed"
	Removed   Fault = "removed"
	Inserted  Fault = "inserted"
	Reordered Fault = "reordered"
	Truncated Fault = "truncated" // removed from the end
)

// ChainError is the first record of a log that is not what was written.
type ChainError struct {
	Seq   int64
	Fault Fault
	Why   string
}

func (e *ChainError) Error() string {
	return fmt.Sprintf("audit record %d was %s: %s", e.Seq, e.Fault, e.Why)
}

// Is makes errors.Is(err, ErrCorrupt) true.
func (e *ChainError) Is(target error) bool { return target == ErrCorrupt }

// Verify reads a log from its first record to its last and returns a
// *ChainError for the first that was changed, removed, inserted or moved. With
// checkpoints it also sees that the log was cut at its end, and a log that
// begins after record n is taken when a checkpoint names record n.
//
// What a chain cannot show: who holds the log can write all of it anew, hashes
// included, and can cut its end. Only a checkpoint that was kept elsewhere
// shows that. Where a record and its hash were both changed, the one after it
// no longer fits; which of the two was changed is told by the record after
// those or by a checkpoint, and where neither is there the earlier one is
// named.
func Verify(records iter.Seq2[Record, error], checkpoints []Checkpoint) error {
	next, stop := iter.Pull2(records)
	defer stop()
	v := verifier{next: next, seen: make(map[int64]Checkpoint, len(checkpoints))}
	for _, c := range checkpoints {
		if was, twice := v.seen[c.Seq]; twice && was.Hash != c.Hash {
			return fmt.Errorf("two checkpoints disagree about record %d: %s and %s", c.Seq, was.Hash, c.Hash)
		}
		v.seen[c.Seq] = c
		v.last = max(v.last, c.Seq)
	}
	return v.run()
}

// verifier walks a log. head is the last record that was found right.
type verifier struct {
	next      func() (Record, error, bool)
	seen      map[int64]Checkpoint
	last      int64 // highest record a checkpoint names
	head      Checkpoint
	confirmed int64 // highest record a checkpoint agreed with
}

func (v *verifier) run() error {
	for first := true; ; first = false {
		r, err, more := v.next()
		if err != nil {
			return fmt.Errorf("read the audit record after %d: %w", v.head.Seq, err)
		}
		if !more {
			break
		}
		if anchor, known := v.seen[r.Seq-1]; first && known && r.Seq > 1 {
			v.head, v.confirmed = anchor, anchor.Seq
		}
		if err := v.follow(r); err != nil {
			return err
		}
		v.head = r.Checkpoint()
	}
	if v.last > v.head.Seq {
		return &ChainError{v.head.Seq + 1, Truncated, fmt.Sprintf("the log ends with record %d, and a checkpoint has seen record %d", v.head.Seq, v.last)}
	}
	return nil
}

// follow checks that a record is the one after the head.
func (v *verifier) follow(r Record) error {
	want := v.head.Seq + 1
	switch {
	case r.Seq > want:
		return v.gap(want, r.Seq)
	case r.Seq < want:
		return &ChainError{r.Seq, Inserted, fmt.Sprintf("it stands after record %d, and was there before", v.head.Seq)}
	case !r.Intact():
		return &ChainError{r.Seq, Changed, "its hash is not that of its content"}
	case r.Prev != v.head.Hash:
		return v.broken(r)
	}
	c, known := v.seen[r.Seq]
	if known && c.Hash != r.Hash {
		return &ChainError{r.Seq, Changed, fmt.Sprintf("the checkpoint of %s saw another one: it, or one since record %d, was written anew",
			c.At.Format(time.RFC3339), v.confirmed+1)}
	}
	if known {
		v.confirmed = r.Seq
	}
	return nil
}

// gap tells a record that is missing from one that stands further down.
func (v *verifier) gap(want, found int64) error {
	for {
		r, err, more := v.next()
		if err != nil {
			return fmt.Errorf("read the audit records after %d: %w", found, err)
		}
		if !more {
			return &ChainError{want, Removed, fmt.Sprintf("record %d stands in its place", found)}
		}
		if r.Seq == want {
			return &ChainError{want, Reordered, fmt.Sprintf("record %d stands before it", found)}
		}
	}
}

// broken finds out which of two records that do not fit each other is the
// wrong one: r, or the head before it.
func (v *verifier) broken(r Record) error {
	after, err, more := v.next()
	if err != nil {
		return fmt.Errorf("read the audit record after %d: %w", r.Seq, err)
	}
	if more && after.Seq == r.Seq && after.Prev == v.head.Hash {
		return &ChainError{r.Seq, Inserted, "another one with its number stands after it and fits the chain"}
	}
	headIsSure := v.head.Seq == 0 || v.confirmed == v.head.Seq
	if headIsSure || more && after.Seq == r.Seq+1 && after.Prev != r.Hash {
		return &ChainError{r.Seq, Changed, fmt.Sprintf("it does not follow record %d", v.head.Seq)}
	}
	return &ChainError{v.head.Seq, Changed, fmt.Sprintf("record %d was written after another one", r.Seq)}
}
